"""The whole device, from readings to envelopes: what it promises, lived through by hand."""

import shutil
from datetime import UTC, timedelta
from pathlib import Path
from random import Random

import pytest

from agent import journal, ledger, memory
from agent.asking.concerns import OPEN, State
from agent.consents.consent_file import Purpose
from tests.agent.house import CARE, PATIENCE_H, House, keep, learn
from tests.agent.resident import START, ordinary_day, surge
from tests.agent.stores import refusing_disk
from tests.wire.examples import DEVICE
from wire.facts import Finding, RoutineKind, Verdict
from wire.messages import (
    Access,
    Alert,
    Asked,
    Heartbeat,
    Outcome,
    Resolved,
    ServiceReport,
    Withdrawal,
)
from wire.owner import Light, Press

LEARN = (Purpose.LEARN_ROUTINE,)
STAGES = (State.NOTICED, State.ASKED, State.ALERTED, State.ACKNOWLEDGED)


def _copy(learned: Path, tmp_path: Path) -> Path:
    return Path(shutil.copytree(learned, tmp_path / "house"))


def bring_to(house: House, state: State) -> None:
    """Live without coffee until the concern is in ``state``."""
    for stage in STAGES[: STAGES.index(state) + 1]:
        if stage is State.NOTICED:
            # Quiet all day, so that the question waits until a test has looked.
            house.grant(CARE, quiet_from='"00:00"', quiet_to='"23:59"')
            house.live_until(stage)
            house.grant(CARE)
        elif stage is State.ACKNOWLEDGED:
            house.live(hours=1, until=lambda: bool(house.sent("alert")))
            house.sign(house.sent("alert")[0])
            assert house.state is stage
        else:
            house.live_until(stage)


def ask_at_eight(house: House, **edits: str) -> None:
    """Live without coffee until a question is put, in the morning when quiet hours end."""
    bring_to(house, State.NOTICED)
    house.grant(CARE, quiet_from='"00:00"', quiet_to='"23:59"')
    house.live(hours=24, until=lambda: house.utc.astimezone(START.tzinfo).hour == 7)
    house.grant(CARE, **edits)
    house.live_until(State.ASKED)


def alert_of(house: House) -> Alert:
    """Return the one alert that has left the house."""
    [opened] = house.sent("alert")
    assert isinstance(opened.message, Alert)
    return opened.message


# ------------------------------------------------------------------------- the whole way


def test_a_silence_is_checked_asked_about_and_only_then_sent(house: House) -> None:
    house.journal.clear()
    house.live(hours=PATIENCE_H, until=lambda: bool(house.sent("alert")))
    kinds = [type(happening).__name__ for happening in house.journal]
    assert [kind for kind in kinds if kind not in ("HoursUnseen", "LinkChanged")] == [
        "ConcernNoticed",
        "DeviceChecked",
        "ConcernMoved",
        "QuestionPut",
        "DeviceChecked",
        "ConcernMoved",
    ]
    assert house.moves() == [State.ASKED, State.ALERTED]
    assert {check.check.verdict for check in house.told(journal.DeviceChecked)} == {
        Verdict.SOUND
    }
    [put] = house.told(journal.QuestionPut)
    assert 8 <= put.at.astimezone(START.tzinfo).hour < 22


def test_an_alert_says_what_was_noticed_how_it_was_asked_and_under_which_consent(
    house: House,
) -> None:
    bring_to(house, State.ACKNOWLEDGED)
    alert = alert_of(house)
    assert alert.change.kind is RoutineKind.SILENCE
    assert alert.device_check.verdict is Verdict.SOUND
    assert alert.question.outcome is Asked.NO_ANSWER
    assert alert.question.waited_h == 6.0
    assert alert.question.channels == ("light",)
    assert (alert.owner.call_me, alert.owner.contact) == ("Rosalie", None)
    assert alert.machine.firmware == "1.0.0"
    given = {
        row.entry.record_id: row
        for row in ledger.rows(house.store.reading())
        if isinstance(row.entry, ledger.ConsentGiven)
    }
    assert given[alert.consent.record_id].hash == alert.consent.record_hash
    assert set(alert.consent.purposes) == set(CARE)


def test_the_light_breathes_while_the_owner_is_asked_and_at_no_other_time(
    house: House,
) -> None:
    bring_to(house, State.NOTICED)
    assert house.shows() is Light.OFF
    house.live_until(State.ASKED)
    assert house.shows() is Light.BREATHING
    house.live_until(State.ALERTED)
    assert house.shows() is Light.OFF


def test_nothing_glows_and_nothing_waits_in_quiet_hours(house: House) -> None:
    ask_at_eight(house, answer_within_h="20")
    asked_at = house.utc
    house.live(hours=13.5)  # from eight in the morning to half past nine at night
    assert house.shows() is Light.BREATHING
    house.live(hours=1)
    assert house.shows() is Light.OFF
    house.press(Press.SHORT)
    assert house.state is State.ASKED
    house.live(hours=10)
    assert house.shows() is Light.BREATHING
    house.live_until(State.ALERTED)
    assert house.utc - asked_at == timedelta(hours=20 + 10)


def test_a_person_who_decides_ends_the_concern_and_the_owner_reads_it(house: House) -> None:
    bring_to(house, State.ACKNOWLEDGED)
    [alert] = house.sent("alert")
    house.decide(alert.header.message_id)
    assert house.moves()[-2:] == [State.ACKNOWLEDGED, State.DECIDED]
    assert house.device.concern is None
    [arrived] = house.told(journal.DecisionArrived)
    assert list(memory.received(house.store.reading())) == [arrived.decision]


def test_a_decision_that_overtakes_the_acknowledgement_counts_as_well(house: House) -> None:
    bring_to(house, State.ALERTED)
    house.live(hours=1)
    [alert] = house.sent("alert")
    house.decide(alert.header.message_id)
    house.sign(alert)
    assert house.moves()[-1] is State.DECIDED
    assert not house.device.unanswered


def test_a_desk_that_may_not_take_it_ends_the_concern(house: House) -> None:
    bring_to(house, State.ALERTED)
    house.live(hours=1)
    house.sign(house.sent("alert")[0], Outcome.REFUSED)
    assert house.moves()[-1] is State.REFUSED


def test_a_case_that_closes_without_a_decision_ends_the_concern_too(house: House) -> None:
    """The consent may have ended at the desk: the next concern must not wait for ever."""
    bring_to(house, State.ACKNOWLEDGED)
    house.sign(house.sent("alert")[0], Outcome.CLOSED)
    assert house.moves()[-1] is State.CLOSED
    assert house.device.concern is None


def test_a_decision_that_came_with_the_end_of_the_case_counts(house: House) -> None:
    bring_to(house, State.ACKNOWLEDGED)
    [alert] = house.sent("alert")
    house.line.bring(house.desk.decision(alert.header.message_id))
    house.sign(alert, Outcome.CLOSED)
    assert house.moves()[-1] is State.DECIDED


def test_a_decision_about_something_else_leaves_the_concern_alone(house: House) -> None:
    bring_to(house, State.ACKNOWLEDGED)
    house.decide("cd" * 16)
    assert house.state is State.ACKNOWLEDGED


def test_whoever_looks_is_told_to_the_owner(house: House) -> None:
    bring_to(house, State.ACKNOWLEDGED)
    [alert] = house.sent("alert")
    access = Access(alert_id=alert.header.message_id, reviewer="Maud", looked_at=house.utc)
    house.line.bring(house.desk.seal(access))
    house.step()
    assert [told.access for told in house.told(journal.AccessTold)] == [access]
    assert list(memory.received(house.store.reading())) == [access]


def drink_twice_as_much(house: House) -> None:
    """Until a question about that is due."""
    random = Random(5)
    for number in range(14):
        for at in surge(START + timedelta(days=42 + number), random):
            house.utc = max(house.utc, at.astimezone(UTC))
            house.brew()
        if house.device.concern is not None:
            break
    assert asked_about(house) is RoutineKind.RISE


def asked_about(house: House) -> RoutineKind | None:
    concern = house.device.concern
    return None if concern is None else concern.change.kind


def test_twice_the_coffee_is_noticed_too_and_one_coffee_does_not_end_it(house: House) -> None:
    drink_twice_as_much(house)
    house.brew()
    assert house.state in OPEN


def test_a_silence_during_another_question_is_asked_about_when_that_one_has_ended(
    house: House,
) -> None:
    drink_twice_as_much(house)
    house.live(hours=PATIENCE_H)
    assert asked_about(house) is RoutineKind.RISE
    house.restart()
    assert asked_about(house) is RoutineKind.RISE
    house.sign(house.sent("alert")[0], Outcome.CLOSED)
    house.step()
    assert asked_about(house) is None
    house.live(hours=2)
    assert asked_about(house) is RoutineKind.SILENCE


def test_a_device_that_can_ask_nobody_says_so_in_the_alert(dark_house: House) -> None:
    dark_house.live(hours=PATIENCE_H, until=lambda: bool(dark_house.sent("alert")))
    alert = alert_of(dark_house)
    assert alert.question.outcome is Asked.OWNER_NOT_ASKED
    assert (alert.question.asked_at, alert.question.channels) == (None, ())
    assert dark_house.told(journal.QuestionPut) == []


def test_a_new_concern_may_follow_once_the_last_one_has_ended(house: House) -> None:
    house.live_until(State.ASKED)
    house.press(Press.SHORT)
    house.brew()
    house.live_until(State.ASKED)
    assert house.moves().count(State.ASKED) == 2


# ------------------------------------------------------------------ the machine's fault


def test_a_fault_is_reported_once_and_never_as_care(house: House) -> None:
    house.live_until(State.ASKED)
    house.stick_the_tank_switch()
    house.live(hours=48)
    assert house.moves()[-1] is State.MACHINE
    [opened] = house.sent()
    report = opened.message
    assert isinstance(report, ServiceReport)
    assert [line.finding for line in report.device_check.faults()] == [
        Finding.TANK_SWITCH_STUCK_EMPTY
    ]
    assert house.shows() is Light.OFF


@pytest.mark.parametrize(("pause_h", "reports"), [(1, 1), (6 * 24, 1), (8 * 24, 2)])
def test_a_fault_that_comes_back_is_reported_anew_once_it_was_gone_for_a_week(
    house: House, pause_h: int, reports: int
) -> None:
    for _ in range(2):
        house.stick_the_tank_switch()
        house.live(hours=1)
        house.free_the_tank_switch()
        house.live(hours=pause_h)
    assert len(house.sent("service_report")) == reports


def test_a_restart_does_not_report_a_known_fault_again(house: House) -> None:
    house.stick_the_tank_switch()
    house.live(hours=1)
    house.restart(stuck=True)
    house.live(hours=1)
    assert len(house.sent("service_report")) == 1


def test_days_with_a_faulty_machine_are_no_silence(house: House) -> None:
    house.stick_the_tank_switch()
    house.live(hours=PATIENCE_H)
    assert house.told(journal.ConcernNoticed) == []


def test_a_fault_stays_at_home_when_the_owner_has_not_allowed_to_report_it(
    house: House,
) -> None:
    house.grant((Purpose.LEARN_ROUTINE, Purpose.CARE_ALERT))
    house.step()
    house.journal.clear()
    house.stick_the_tank_switch()
    house.live(hours=1)
    [noticed] = house.told(journal.ServiceNoticed)
    assert not noticed.reported
    assert house.sent("service_report") == []


def test_a_fault_that_was_kept_at_home_is_reported_once_that_is_allowed(house: House) -> None:
    house.grant((Purpose.LEARN_ROUTINE, Purpose.CARE_ALERT))
    house.stick_the_tank_switch()
    house.live(hours=1)
    house.grant(tuple(Purpose))
    house.live(hours=48)
    assert len(house.sent("service_report")) == 1


def test_a_machine_that_is_not_heard_is_neither_asked_about_nor_silent(house: House) -> None:
    bring_to(house, State.NOTICED)
    house.pull_the_plug()
    house.live(hours=PATIENCE_H)
    assert house.state is State.NOTICED
    assert house.sent() == []
    house.plug_in()
    house.live_until(State.ASKED)


def test_hours_without_the_machines_voice_make_no_concern(house: House) -> None:
    house.pull_the_plug()
    house.live(hours=PATIENCE_H)
    assert house.told(journal.ConcernNoticed) == []


# ------------------------------------------------------------------------------- consent


def test_without_any_consent_nothing_is_learned_and_nothing_connects(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    house = House(tmp_path / "house", monkeypatch, granted=())
    learn(house)
    house.stick_the_tank_switch()
    house.live(hours=PATIENCE_H)
    assert house.publishers == []
    assert memory.last_brews(house.store.reading(), 1) == []
    assert memory.meta(house.store.reading(), "routine") is None
    assert house.told(journal.ConcernNoticed) == []
    house.device.close()


def test_learning_alone_asks_at_home_and_connects_to_nobody(
    learned: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    folder = _copy(learned, tmp_path)
    (folder / "consent.toml").unlink()
    house = House(folder, monkeypatch, granted=LEARN)
    # The desk had health records until now; that they are taken back is the last it hears.
    house.step(seconds=300)
    [withdrawal] = house.sent()
    assert withdrawal.header.type == "withdrawal"
    house.sign(withdrawal)
    house.step()
    assert house.line.closed
    house.live(hours=PATIENCE_H, until=lambda: State.KEPT_HOME in house.moves())
    assert house.moves() == [State.ASKED, State.KEPT_HOME]
    assert len(house.publishers) == 1
    house.device.close()


def test_each_envelope_that_leaves_is_in_the_ledger_or_a_heartbeat(house: House) -> None:
    bring_to(house, State.ACKNOWLEDGED)
    house.brew()
    house.live(hours=24)
    committed = {
        row.entry.message_id: row.entry.type
        for row in ledger.rows(house.store.reading())
        if isinstance(row.entry, ledger.MessageCommitted)
    }
    letters = {one.header.message_id for one in house.sent()}
    assert letters == {name for name, kind in committed.items() if kind != "health"}
    assert {one.header.message_id for one in house.sent("health")} <= committed.keys()
    others = [
        house.desk.open(envelope).message
        for envelope, token in house.line.handed
        if token == ""
    ]
    assert all(isinstance(message, Heartbeat) for message in others)
    assert ledger.first_broken(house.store.reading(), DEVICE.signer().public_key()) is None


def test_consent_that_ends_while_the_question_waits_keeps_it_at_home(house: House) -> None:
    house.live_until(State.ASKED)
    house.grant((Purpose.LEARN_ROUTINE, Purpose.DEVICE_HEALTH))
    house.live(hours=24)
    assert house.moves()[-1] is State.KEPT_HOME
    assert house.sent() == []


@pytest.mark.parametrize("state", [State.ALERTED, State.ACKNOWLEDGED])
def test_a_withdrawal_cuts_the_line_ends_the_concern_and_reaches_the_desk(
    house: House, state: State
) -> None:
    bring_to(house, state)
    before = house.line
    sent_before = len(house.sent("alert"))
    house.grant((Purpose.LEARN_ROUTINE, Purpose.DEVICE_HEALTH))
    house.step(seconds=1)
    assert before.closed
    assert house.device.concern is None
    assert house.moves()[-1] is State.KEPT_HOME
    house.live(hours=24)
    assert len(house.sent("alert")) == sent_before
    [withdrawal] = house.sent("withdrawal")
    assert isinstance(withdrawal.message, Withdrawal)
    assert withdrawal.message.purposes == ("care_alert",)
    house.sign(withdrawal)
    assert not house.device.unanswered


def test_after_everything_is_withdrawn_only_that_leaves_and_then_nothing(
    house: House,
) -> None:
    bring_to(house, State.ACKNOWLEDGED)
    house.grant(())
    house.step(seconds=1)
    first = house.line
    house.live(hours=1)
    for withdrawal in house.sent("withdrawal"):
        house.sign(withdrawal)
    house.live(hours=1)
    assert first.closed
    assert house.line.closed
    after = [
        house.desk.open(envelope).header.type
        for line in house.publishers[1:]
        for envelope, _ in line.handed
    ]
    assert set(after) <= {"withdrawal", "heartbeat"}
    handed = sum(len(line.handed) for line in house.publishers)
    house.live(hours=48)
    assert sum(len(line.handed) for line in house.publishers) == handed


def test_a_file_that_became_unreadable_sends_nothing_and_withdraws_nothing(
    house: House,
) -> None:
    bring_to(house, State.ALERTED)
    good = house.settings.consent_file.read_text(encoding="utf-8")
    house.settings.consent_file.write_text("on = maybe", encoding="utf-8")
    handed = len(house.line.handed)
    house.live(hours=24)
    assert len(house.line.handed) == handed
    assert house.line.closed
    assert house.state is State.ALERTED
    house.settings.consent_file.write_text(good, encoding="utf-8")
    house.live(hours=5)
    assert [token for _, token in house.line.handed if token] != []
    assert house.sent("withdrawal") == []


def test_the_contact_goes_along_only_when_that_was_allowed_too(house: House) -> None:
    house.grant((*CARE, Purpose.CONTACT_ME), contact='"rosalie@home.example"')
    house.live(hours=PATIENCE_H, until=lambda: bool(house.sent("alert")))
    assert alert_of(house).owner.contact == "rosalie@home.example"


def test_nothing_is_asked_and_nothing_is_sent_in_a_pause(house: House) -> None:
    bring_to(house, State.NOTICED)
    last_day = (house.utc + timedelta(days=5)).date()
    house.grant(CARE, until=f'"{last_day}"')
    house.live(hours=24 * 4)
    assert house.told(journal.QuestionPut) == []
    assert house.shows() is Light.OFF
    assert house.sent() == []


# ------------------------------------------------------------------------ the owner's word


@pytest.mark.parametrize("how", ["button", "command"])
def test_i_am_fine_ends_it_and_nothing_has_left_the_house(house: House, how: str) -> None:
    house.live_until(State.ASKED)
    if how == "button":
        house.press(Press.SHORT)
    else:
        beside = house.beside()
        with beside.transaction() as db:
            memory.ask(db, "fine", house.utc)
        beside.close()
        house.step(seconds=1)
    assert house.moves()[-1] is State.ANSWERED
    assert house.device.concern is None
    assert house.shows() is Light.OFF
    house.live(hours=48)
    assert house.sent() == []
    [answered] = memory.concerns(house.store.reading())
    assert answered.answer == "fine"


def test_i_am_fine_after_the_alert_reaches_the_desk(house: House) -> None:
    bring_to(house, State.ACKNOWLEDGED)
    beside = house.beside()
    with beside.transaction() as db:
        memory.ask(db, "fine", house.utc)
    beside.close()
    house.live(hours=1)
    [resolved] = house.sent("resolved")
    assert isinstance(resolved.message, Resolved)
    assert resolved.message.reason == "owner_answered"
    assert resolved.message.alert_id == alert_of_id(house)
    assert house.moves()[-1] is State.ANSWERED


def alert_of_id(house: House) -> str:
    return house.sent("alert")[0].header.message_id


def test_a_press_means_nothing_while_the_light_is_off(house: House) -> None:
    house.press(Press.SHORT)
    bring_to(house, State.ACKNOWLEDGED)
    house.press(Press.SHORT)
    house.live(hours=1)
    assert house.state is State.ACKNOWLEDGED
    assert house.sent("resolved") == []


# ---------------------------------------------------------------------------- use returned


@pytest.mark.parametrize("state", [State.NOTICED, State.ASKED])
def test_one_coffee_ends_a_silence_before_anybody_is_told(house: House, state: State) -> None:
    bring_to(house, state)
    house.brew()
    house.live(hours=10)
    assert house.moves()[-1] is State.RETURNED
    assert house.sent() == []


@pytest.mark.parametrize("state", [State.ALERTED, State.ACKNOWLEDGED])
def test_a_coffee_after_the_alert_is_told_to_the_desk(house: House, state: State) -> None:
    bring_to(house, state)
    house.brew()
    house.live(hours=1)
    [resolved] = house.sent("resolved")
    assert isinstance(resolved.message, Resolved)
    assert resolved.message.reason == "use_returned"
    assert house.moves()[-1] is State.RETURNED


# --------------------------------------------------------------------------------- restart


@pytest.mark.parametrize("state", STAGES)
def test_a_power_cut_loses_no_concern_and_doubles_no_alert(
    house: House, state: State, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    bring_to(house, state)
    concern_id = house.device.concern.concern_id if house.device.concern else ""
    keep(house, tmp_path / "after")
    after = House(tmp_path / "after", monkeypatch, at=house.utc + timedelta(minutes=1))
    assert after.device.concern is not None
    assert after.device.concern.concern_id == concern_id
    assert after.state is state or (state, after.state) == (State.NOTICED, State.ASKED)
    after.live(hours=48, until=lambda: bool(after.sent("alert")))
    if state is State.ACKNOWLEDGED:
        assert after.sent("alert") == []
    else:
        [alert] = after.sent("alert")
        assert alert.header.message_id == concern_id
        after.sign(alert)
    after.decide(concern_id)
    assert after.moves()[-1] is State.DECIDED
    after.device.close()


def test_the_very_envelope_that_was_committed_is_sent_after_a_power_cut(house: House) -> None:
    bring_to(house, State.ALERTED)
    house.live(hours=1)
    [before] = house.sent("alert")
    house.restart()
    house.live(hours=1)
    [again] = house.sent("alert")
    assert again.envelope_sha256 == before.envelope_sha256
    assert {token for _, token in house.line.handed if token} == {before.header.message_id}


def test_a_question_goes_on_waiting_where_the_power_cut_found_it(house: House) -> None:
    ask_at_eight(house)
    asked_at = house.utc
    for _ in range(3):
        house.live(hours=1.5)
        house.restart()
    assert house.state is State.ASKED
    house.live_until(State.ALERTED)
    waited = house.utc - asked_at
    assert timedelta(hours=6) <= waited <= timedelta(hours=7)


def test_hours_in_which_the_device_was_off_are_no_waiting_time(house: House) -> None:
    """Nobody can answer a light that is dark."""
    house.live_until(State.ASKED)
    house.live(hours=1)
    house.restart(off=timedelta(hours=10))
    house.live(hours=1)
    assert house.state is State.ASKED


def test_a_decision_that_arrived_with_the_power_cut_ends_the_concern(
    house: House, monkeypatch: pytest.MonkeyPatch
) -> None:
    """It is committed and confirmed, so nobody will send it again."""
    bring_to(house, State.ACKNOWLEDGED)
    concern_id = alert_of_id(house)

    def power_cut(_self: object, *_arguments: object) -> None:
        raise KeyboardInterrupt

    with monkeypatch.context() as cut:
        cut.setattr("agent.device.Device._receive", power_cut)
        with pytest.raises(KeyboardInterrupt):
            house.decide(concern_id)
    house.restart()
    house.live(hours=1)
    assert house.device.concern is None
    assert memory.concerns(house.store.reading())[0].state is State.DECIDED


# ------------------------------------------------------------------------- clock and disk


def test_without_a_set_clock_nothing_is_asked_sent_or_counted(house: House) -> None:
    house.live_until(State.ASKED)
    house.synced = False
    house.live(hours=48)
    assert house.state is State.ASKED
    house.synced = True
    house.live(hours=1)
    assert house.state is State.ASKED
    house.live_until(State.ALERTED)


@pytest.mark.parametrize("wrong", [timedelta(days=400), timedelta(days=-400)])
def test_a_device_that_woke_with_a_wrong_clock_is_neither_deaf_nor_alarmed(
    house: House, wrong: timedelta
) -> None:
    house.synced, house.clock_error = False, wrong
    house.restart()
    house.live(hours=1)
    house.synced, house.clock_error = True, timedelta(0)
    house.step()
    house.pull_the_plug()
    house.live(hours=PATIENCE_H)
    house.plug_in()
    house.live(hours=24)
    assert house.told(journal.ConcernNoticed) == []
    house.live_until(State.ASKED)


def test_a_disk_that_refuses_is_told_once_and_nothing_is_sent_meanwhile(house: House) -> None:
    ask_at_eight(house)
    with refusing_disk(house.store):
        house.live(hours=12)
        assert house.state is State.ASKED
        assert [trouble.at for trouble in house.told(journal.Trouble)][1:] == []
        assert house.sent() == []
    house.live(hours=1)
    assert house.state is State.ASKED, "no answer could have been kept all that time"
    house.live(hours=24, until=lambda: house.state is State.ALERTED)
    house.live(hours=1)
    assert len(house.sent("alert")) == 1


def test_an_answer_is_not_lost_when_the_disk_refuses_it_at_first(house: House) -> None:
    house.live_until(State.ASKED)
    with refusing_disk(house.store):
        house.press(Press.SHORT)
        assert house.state is State.ASKED
    house.step(seconds=1)
    assert house.moves()[-1] is State.ANSWERED
    house.live(hours=48)
    assert house.sent("alert") == []


def test_days_in_which_the_disk_refused_become_no_silence(house: House) -> None:
    random = Random(3)
    with refusing_disk(house.store):
        for number in range(8):
            for at in ordinary_day(START + timedelta(days=42 + number), random):
                house.live(hours=(at.astimezone(UTC) - house.utc).total_seconds() / 3600)
                house.brew()
    house.live(hours=12)
    assert house.told(journal.ConcernNoticed) == []


def test_a_withdrawal_reaches_the_desk_although_the_disk_refused_at_first(
    house: House,
) -> None:
    bring_to(house, State.ALERTED)
    house.live(hours=1)
    house.grant((Purpose.LEARN_ROUTINE, Purpose.DEVICE_HEALTH))
    with refusing_disk(house.store):
        house.live(hours=1)
    house.live(hours=1)
    assert len(house.sent("withdrawal")) == 1
    assert house.moves()[-1] is State.KEPT_HOME


def test_a_power_cut_during_a_withdrawal_leaves_all_of_it_or_nothing(
    house: House, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Recorded and not told, the case would stay open at the desk for good."""
    bring_to(house, State.ACKNOWLEDGED)
    house.grant((Purpose.LEARN_ROUTINE, Purpose.DEVICE_HEALTH))

    def power_cut(*_arguments: object) -> None:
        raise KeyboardInterrupt

    with monkeypatch.context() as cut:
        cut.setattr("agent.delivery.letters.Letters.withdrawal", power_cut)
        with pytest.raises(KeyboardInterrupt):
            house.step(seconds=1)
    house.restart()
    house.live(hours=1)
    assert len(house.sent("withdrawal")) == 1
    assert memory.concerns(house.store.reading())[0].state is State.KEPT_HOME


@pytest.mark.parametrize("call_me", ["Rosalie\\u0000", "é" * 80, "\\U0001F469" * 80])
def test_any_name_in_the_owners_file_can_be_sent_or_is_refused_beforehand(
    house: House, call_me: str
) -> None:
    house.grant((*CARE, Purpose.CONTACT_ME), call_me=f'"{call_me}"', contact='"é{}"')
    house.live(hours=PATIENCE_H, until=lambda: bool(house.sent("alert")))
    if house.sent("alert"):
        assert alert_of(house).owner.call_me


def test_a_store_that_had_to_be_moved_aside_is_told(house: House) -> None:
    house.device.close()
    house.store.path.write_bytes(b"not a database, by far" * 100)
    house.restart()
    [trouble] = house.told(journal.Trouble)
    assert "was damaged" in trouble.text
    assert ".broken-1" in trouble.text


def test_closing_lets_go_of_everything(house: House) -> None:
    bring_to(house, State.ALERTED)
    house.live(hours=1)
    house.device.close()
    assert house.line.closed
    assert house.source.closed
    assert house.lamp.closed


def test_it_wants_to_be_stepped_at_least_once_a_second(house: House) -> None:
    assert house.device.next_due_s(house.now) == 1.0


def test_a_step_in_the_same_moment_does_nothing_twice(house: House) -> None:
    bring_to(house, State.ALERTED)
    before = len(house.journal)
    for _ in range(3):
        house.step()
    assert house.told(journal.ConcernMoved)[-1].concern.state is State.ALERTED
    assert len(house.journal) - before <= 1
