"""What the owner asks for, and what a withdrawal takes with it: lived through in a house."""

from collections.abc import Iterable
from datetime import timedelta
from pathlib import Path

import pytest

from agent import ledger
from agent.asking import errands
from agent.asking.concerns import State
from agent.asking.errands import Kind
from agent.consents.consent_file import Purpose
from agent.delivery import outbox, sent_copies
from tests.agent.consents import CONTACT, TRUSTED
from tests.agent.house import CARE, House
from tests.agent.stores import refusing_disk
from tests.agent.worried_house import acknowledged, alerted, next_slots, worried
from wire.messages import Alert, Felt, Help, Outcome, Reply, ServiceReport, Withdrawal
from wire.owner import Press

LEARN, HEALTH, ALERT = Purpose.LEARN_ROUTINE, Purpose.DEVICE_HEALTH, Purpose.CARE_ALERT
CONTACTS = (*CARE, Purpose.CONTACT_ME, Purpose.CONTACT_TRUSTED_PERSON)


def leave(house: House, kind: Kind, about: str = "", text: str = "") -> None:
    """Ask for something as the page does, and let the device act on it."""
    beside = house.beside()
    with beside.transaction() as db:
        errands.leave(db, kind, house.utc, about=about, text=text)
    beside.close()
    house.step(seconds=1)


def waiting(house: House) -> list[str]:
    return [message.type for message in outbox.waiting(house.store.reading())]


def withdrawals(house: House) -> list[tuple[str, ...]]:
    """Return what the desk is told to forget, in order."""
    found = []
    for copy in sent_copies.copies(house.store.reading()):
        if isinstance(copy.message, Withdrawal):
            found.append(copy.message.purposes)
    return found[::-1]


@pytest.fixture
def house(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterable[House]:
    made = worried(tmp_path, monkeypatch, granted=CONTACTS)
    yield made
    made.device.close()


# --------------------------------------------------------------------------- withdrawal


def test_taking_back_what_was_learned_takes_back_what_was_said_about_it(house: House) -> None:
    acknowledged(house)
    house.grant([ALERT, HEALTH])
    house.step(seconds=1)
    assert ("learn_routine", "care_alert") in withdrawals(house)
    assert "alert" not in waiting(house)
    next_slots(house)
    assert house.sent("withdrawal")


def test_a_waiting_alert_falls_with_the_routine_it_speaks_of(house: House) -> None:
    house.broker_is_there = False
    house.live_until(State.ALERTED)
    assert waiting(house) == ["alert"]
    house.grant([p for p in CONTACTS if p is not LEARN])
    house.step(seconds=1)
    assert waiting(house) == ["withdrawal"]
    house.grant(CONTACTS)
    house.broker_is_there = True
    house.live(hours=2)
    assert house.sent("alert") == []


def test_a_contact_taken_back_before_sending_does_not_leave_any_more(house: House) -> None:
    house.broker_is_there = False
    house.live_until(State.ALERTED)
    [copy] = sent_copies.copies(house.store.reading())
    assert isinstance(copy.message, Alert)
    assert (copy.message.owner.contact, copy.message.owner.trusted_person) == (CONTACT, TRUSTED)
    house.grant(CARE)
    house.step(seconds=1)
    assert sorted(waiting(house)) == ["alert", "withdrawal", "withdrawal"]
    house.broker_is_there = True
    house.restart()
    house.live(hours=2)
    [opened] = house.sent("alert")
    assert isinstance(opened.message, Alert)
    assert opened.message.owner.contact is None
    assert opened.message.owner.trusted_person is None
    assert opened.message.change == copy.message.change
    assert (
        ledger.first_broken(house.store.reading(), house.desk.device.signer().public_key())
        is None
    )


def test_a_contact_the_desk_has_goes_from_the_copy_that_is_kept_for_it(house: House) -> None:
    """An acknowledged alert is sent again to a desk that was restored from a backup."""
    alert_id = acknowledged(house)
    house.grant(CARE)
    next_slots(house)
    again = [o for o in house.sent("alert") if o.header.message_id == alert_id][-1]
    assert isinstance(again.message, Alert)
    assert again.message.owner.contact is None
    assert house.state is State.ACKNOWLEDGED


def test_a_fault_report_loses_the_contact_too(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    house = House(tmp_path / "house", monkeypatch, granted=CONTACTS)
    house.broker_is_there = False
    house.stick_the_tank_switch()
    house.grant(CARE)
    house.step(seconds=1)
    house.broker_is_there = True
    house.restart(stuck=True)
    house.live(hours=2)
    [report] = house.sent("service_report")
    assert isinstance(report.message, ServiceReport)
    assert report.message.owner.contact is None
    house.device.close()


def test_off_and_on_within_a_second_still_reaches_the_desk(house: House) -> None:
    alerted(house)
    leave(house, Kind.WITHDRAW, about="care_alert")
    assert withdrawals(house) == [("care_alert",)]
    assert errands.waiting(house.store.reading()) == []
    assert house.device.concern is None


def test_a_switch_that_was_off_anyway_leaves_no_errand_behind(house: House) -> None:
    house.grant([LEARN])
    house.step(seconds=1)
    leave(house, Kind.WITHDRAW, about="care_alert")
    assert errands.waiting(house.store.reading()) == []


def test_a_no_that_the_disk_refuses_at_first_is_not_forgotten(house: House) -> None:
    alerted(house)
    beside = house.beside()
    with beside.transaction() as db:
        errands.leave(db, Kind.WITHDRAW, house.utc, about="care_alert")
    beside.close()
    with refusing_disk(house.store):
        house.step(seconds=1)
    assert withdrawals(house) == []
    house.step(seconds=1)
    assert withdrawals(house) == [("care_alert",)]


# ------------------------------------------------------------------------------ call me


@pytest.mark.parametrize("granted", [(), (LEARN,), CARE])
@pytest.mark.parametrize("how", ["button", "page"])
def test_a_wish_for_a_call_goes_at_once_whatever_the_file_says(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, granted: tuple[Purpose, ...], how: str
) -> None:
    house = House(tmp_path / "house", monkeypatch, granted=granted)
    if how == "button":
        house.press(Press.LONG)
    else:
        leave(house, Kind.HELP)
    house.step(seconds=1)
    house.step(seconds=1)
    [help_] = house.sent("help")
    assert isinstance(help_.message, Help)
    assert help_.message.owner.call_me == "Rosalie"
    assert help_.message.owner.contact == CONTACT
    assert help_.message.owner.trusted_person is None
    house.device.close()


def test_a_wish_for_a_call_goes_although_the_file_cannot_be_read(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    house = House(tmp_path / "house", monkeypatch, granted=CARE)
    house.settings.consent_file.write_text("on = maybe", encoding="utf-8")
    house.step(seconds=1)
    house.press(Press.LONG)
    house.live(hours=0.1)
    assert len(house.sent("help")) == 1
    house.device.close()


def test_pressing_again_does_not_call_twice_until_the_desk_has_signed(house: House) -> None:
    for _ in range(3):
        house.press(Press.LONG)
    next_slots(house)
    [first] = house.sent("help")
    house.sign(first)
    house.press(Press.LONG)
    next_slots(house)
    assert len(house.sent("help")) == 2


def test_after_a_call_was_wished_nothing_else_leaves_without_consent(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    house = House(tmp_path / "house", monkeypatch, granted=())
    house.press(Press.LONG)
    house.live(hours=0.2)
    house.sign(house.sent("help")[0])
    handed = sum(len(p.handed) for p in house.publishers)
    house.live(hours=24)
    assert sum(len(p.handed) for p in house.publishers) == handed
    assert house.line.closed
    house.device.close()


# -------------------------------------------------------------------------------- words


def test_an_answer_to_the_desk_goes_under_the_consent_of_what_it_answers(house: House) -> None:
    alert_id = acknowledged(house)
    leave(house, Kind.REPLY, alert_id, "J’étais chez ma sœur.")
    next_slots(house)
    [reply] = house.sent("reply")
    assert isinstance(reply.message, Reply)
    assert (reply.message.alert_id, reply.message.text) == (alert_id, "J’étais chez ma sœur.")
    house.sign(reply)
    house.grant([LEARN])
    house.step(seconds=1)
    leave(house, Kind.REPLY, alert_id, "Encore un mot.")
    next_slots(house)
    assert len(house.sent("reply")) == 1


def test_an_answer_to_nothing_goes_nowhere(house: House) -> None:
    for kind in (Kind.REPLY, Kind.FELT):
        leave(house, kind, "ab" * 16, "Bonjour")
    next_slots(house)
    assert house.sent() == []
    assert errands.waiting(house.store.reading()) == []


def test_how_it_felt_is_told_only_with_consent(house: House) -> None:
    alert_id = acknowledged(house)
    leave(house, Kind.FELT, alert_id, "Cela m’a fait plaisir.")
    next_slots(house)
    [felt] = house.sent("felt")
    assert isinstance(felt.message, Felt)
    assert felt.message.text == "Cela m’a fait plaisir."
    house.sign(felt, Outcome.ACCEPTED)
    house.grant([HEALTH])
    house.step(seconds=1)
    leave(house, Kind.FELT, alert_id, "Et encore.")
    house.utc += timedelta(hours=1)
    next_slots(house)
    assert len(house.sent("felt")) == 1
