"""What an answer teaches, what a return says, and what the machine's story leaves behind."""

from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from random import Random

import pytest

from agent import journal, memory
from agent.asking.answers import Answer
from agent.asking.concerns import Concern, State
from agent.asking.service import known_faults
from agent.checks.faults import State as FaultState
from agent.checks.machine_memory import HEATING, last_check
from agent.giving_back.home_report import report
from agent.learning import absence
from agent.learning.routine import Routine
from tests.agent.house import CARE, House
from tests.agent.resident import START, ordinary_day, surge
from tests.agent.stores import refusing_disk
from wire.facts import Finding, RoutineKind, Verdict
from wire.messages import ServiceReport
from wire.readings import (
    BrewFinished,
    BrewStarted,
    Flag,
    FlagName,
    Quantity,
    Reading,
    Sample,
)

FIRST_DAY = 42
"""The household of these tests has lived so many days."""
Habit = Callable[[datetime, Random], list[datetime]]


def live_days(
    house: House, habit: Habit, days: int, *, first: int, until_noticed: bool = False
) -> int:
    """Live ``days`` in which coffee is made as ``habit`` says; return the next day."""
    random = Random(5)
    for number in range(first, first + days):
        for at in habit(START + timedelta(days=number), random):
            house.utc = max(house.utc, at.astimezone(UTC))
            house.brew()
        house.utc = max(house.utc, (START + timedelta(days=number + 1)).astimezone(UTC))
        house.step()
        if until_noticed and house.device.concern is not None:
            return number + 1
    return first + days


def twice(day: datetime, random: Random) -> list[datetime]:
    """More coffee from now on."""
    return surge(day, random)


def answer(house: House, word: str) -> None:
    """Answer from the command beside the device."""
    beside = house.beside()
    with beside.transaction() as db:
        memory.ask(db, word, house.utc)
    beside.close()
    house.step(seconds=1)


def routine_of(house: House) -> Routine:
    """Return the routine as it is on the disk."""
    state = memory.meta(house.store.reading(), "routine")
    assert isinstance(state, dict)
    return Routine.from_json(state, timezone="Europe/Paris", budget_per_year=1.0)


def asked_about_more_coffee(house: House) -> int:
    """Live until the owner is asked about a rise; return the day that follows."""
    day = live_days(house, twice, 21, first=FIRST_DAY, until_noticed=True)
    assert house.device.concern is not None
    assert house.device.concern.change.kind is RoutineKind.RISE
    house.live(hours=24, until=lambda: house.state is State.ASKED)
    assert house.state is State.ASKED
    return day


def kept(house: House) -> Concern:
    """Return the newest concern, as it is on the disk."""
    return memory.concerns(house.store.reading())[0]


# ------------------------------------------------------------------- what an answer teaches


@pytest.mark.parametrize("word", [Answer.FINE, Answer.KNEW, Answer.NOT_NOTICED, "tomorrow"])
def test_an_answer_that_says_nothing_about_the_routine_teaches_nothing(
    house: House, word: str
) -> None:
    asked_about_more_coffee(house)
    before = routine_of(house)
    answer(house, word)
    assert kept(house).state is State.ANSWERED
    assert kept(house).answer == word
    after = routine_of(house)
    assert after.picture() == before.picture()
    assert after.scores(house.utc) == before.scores(house.utc)


def test_that_is_how_it_is_now_makes_the_change_the_new_usual(house: House) -> None:
    day = asked_about_more_coffee(house)
    before = routine_of(house).picture().usual_brews_per_day
    answer(house, Answer.NEW_NORMAL)
    live_days(house, twice, 14, first=day + 1)
    assert routine_of(house).picture().usual_brews_per_day > 1.5 * before
    assert len(memory.concerns(house.store.reading())) == 1


def test_it_was_not_me_sets_those_days_aside(house: House) -> None:
    asked_about_more_coffee(house)
    concern = house.device.concern
    assert concern is not None
    seen = routine_of(house).picture().seen_days
    answer(house, Answer.NOT_ME)
    after = routine_of(house).picture()
    guest_days = (house.utc - concern.change.since).days
    assert guest_days >= 2
    assert after.seen_days <= seen - guest_days + 1
    assert after.usual_brews_per_day < 6


def test_what_an_answer_teaches_is_on_the_disk_with_the_answer(house: House) -> None:
    """A power cut right after the answer loses neither or both."""
    asked_about_more_coffee(house)
    seen = routine_of(house).picture().seen_days
    with refusing_disk(house.store):
        answer_while_refused(house)
        assert house.state is State.ASKED
        assert routine_of(house).picture().seen_days == seen
    house.step(seconds=1)
    assert kept(house).state is State.ANSWERED
    assert routine_of(house).picture().seen_days < seen


def answer_while_refused(house: House) -> None:
    """Answer through a store that another process still can write."""
    answer(house, Answer.NOT_ME)


def test_an_answer_when_nothing_is_asked_changes_nothing(house: House) -> None:
    before = routine_of(house).picture()
    answer(house, Answer.NEW_NORMAL)
    assert routine_of(house).picture() == before


# --------------------------------------------------------------------------------- scores


def test_a_concern_keeps_the_scores_of_its_moment(house: House) -> None:
    house.live(hours=14 * 24, until=lambda: house.device.concern is not None)
    concern = house.device.concern
    assert concern is not None
    scores = {one.kind: one.score for one in concern.scores}
    assert set(scores) == set(RoutineKind)
    assert scores[RoutineKind.SILENCE] >= 1.0
    assert concern.machine_score < 1.0


# -------------------------------------------------------------------------------- returning


def test_a_change_that_passes_by_itself_withdraws_the_concern_and_says_so(
    house: House,
) -> None:
    house.grant(CARE, answer_within_h="72", quiet_from='"00:00"', quiet_to='"23:59"')
    day = live_days(house, twice, 21, first=FIRST_DAY, until_noticed=True)
    assert house.state is State.NOTICED
    live_days(house, ordinary_day, 30, first=day)
    assert kept(house).state is State.RETURNED
    assert kept(house).ended_at is not None
    assert "it is as usual again" in "\n".join(report(house.settings).lines)
    assert house.told(journal.QuestionPut) == []


def test_one_coffee_ends_a_pause_and_the_sentence_says_that_use_returned(
    house: House,
) -> None:
    house.live_until(State.ASKED)
    house.brew()
    assert kept(house).state is State.RETURNED
    assert kept(house).ended_at == house.utc
    assert "use returned on" in "\n".join(report(house.settings).lines)


def test_coffee_in_a_pause_is_noted_and_asks_nothing(house: House) -> None:
    last_day = (house.utc + timedelta(days=12)).date()
    house.grant(CARE, until=f'"{last_day}"')
    house.live(hours=24)
    assert absence.kept(house.store.reading()) is None
    for _ in range(3):
        house.live(hours=8)
        house.brew()
    back = absence.kept(house.store.reading())
    assert back is not None
    assert (back.brews, back.until) == (3, last_day.isoformat())
    assert len(house.told(journal.BackNoticed)) == 1
    house.live(hours=24)
    assert house.told(journal.QuestionPut) == []
    assert house.told(journal.ConcernNoticed) == []
    assert house.sent("alert") == []


# ------------------------------------------------------------------------------ the machine


def test_the_last_check_is_on_the_disk_for_whoever_looks(house: House) -> None:
    house.live(hours=1)
    found = last_check(house.store.reading())
    assert found is not None
    assert found.check.verdict is Verdict.SOUND
    house.stick_the_tank_switch()
    house.live(hours=1)
    found = last_check(house.store.reading())
    assert found is not None
    assert found.check.verdict is Verdict.FAULTY
    assert found.score >= 1.0


def test_a_fault_that_flickers_is_told_once_and_written_rarely(house: House) -> None:
    writes = house.store.reading().total_changes
    for _ in range(50):
        house.stick_the_tank_switch()
        house.free_the_tank_switch()
    assert len(house.told(journal.ServiceNoticed)) == 1
    [fault] = known_faults(house.store.reading())
    assert fault.finding is Finding.TANK_SWITCH_STUCK_EMPTY
    assert fault.state is FaultState.STANDING
    # An hour of flicker: a few lines about it, not one for each time it came and went.
    assert house.store.reading().total_changes - writes < 60


def test_without_any_consent_nothing_about_the_machine_is_kept(
    house: House,
) -> None:
    house.grant(())
    with house.store.transaction() as db:
        db.execute("DELETE FROM meta WHERE key IN ('device_check', 'heating_times_s')")
    house.stick_the_tank_switch()
    house.live(hours=3)
    assert last_check(house.store.reading()) is None
    assert memory.meta(house.store.reading(), HEATING) is None


def warm_up(house: House, took_s: float) -> None:
    """Warm the boiler from cold, in ``took_s`` seconds from 40 to 80 °C."""

    def heard(*readings: Reading) -> None:
        house.hear(*readings)
        house.step()

    def temp(value: float) -> Sample:
        return Sample(at=house.now, quantity=Quantity.BOILER_TEMP_C, value=value)

    heard(temp(20.0), Flag(at=house.now, name=FlagName.HEATER_ON, on=True))
    house.step(seconds=20)
    heard(temp(41.0))
    house.step(seconds=took_s)
    heard(temp(81.0))
    house.step(seconds=20)
    heard(temp(93.0), Flag(at=house.now, name=FlagName.HEATER_ON, on=False))
    house.step(seconds=60)
    heard(temp(30.0))


def test_weeks_of_slower_heating_become_a_hint_to_a_technician_and_nothing_of_care(
    house: House,
) -> None:
    for day in range(35):
        warm_up(house, 40 + day)
        house.brew()
        if day == 20:
            house.restart()
        house.step(seconds=23 * 3600)
    house.live(hours=1)
    [opened] = house.sent("service_report")
    assert isinstance(opened.message, ServiceReport)
    check = opened.message.device_check
    assert [line.finding for line in check.maintenance()] == [Finding.SCALE_GROWING]
    assert check.verdict is Verdict.SOUND
    assert State.MACHINE not in house.moves()
    text = "\n".join(report(house.settings).lines)
    assert "descaling is worth a try" in text


def test_a_brew_of_a_machine_that_only_tells_its_flow_has_a_volume(house: House) -> None:
    start = house.now
    readings: list[Reading] = [BrewStarted(at=start, number=None)]
    for quarter in range(81):
        house.utc += timedelta(seconds=0.25) if quarter else timedelta(0)
        flow = Sample(at=house.now, quantity=Quantity.FLOW_ML_PER_S, value=2.0)
        readings.append(flow)
    end = BrewFinished(at=house.now, number=None, duration_s=20.0, water_ml=None)
    house.hear(*readings, end)
    house.step()
    [seen] = house.told(journal.BrewSeen)[-1:]
    assert seen.brew.water_ml == pytest.approx(40.0)


# --------------------------------------------------------------------------------- the clock


@pytest.mark.parametrize("days", [2, 10])
def test_a_confirmed_clock_that_jumps_forward_is_no_silence(house: House, days: int) -> None:
    """The skipped days were lived by nobody; the device asks nothing about them."""
    house.brew()
    house.clock_error = timedelta(days=days)
    house.step(seconds=1)
    house.live(hours=24)
    assert house.told(journal.ConcernNoticed) == []
    unseen = max(
        told.unseen.end - told.unseen.start for told in house.told(journal.HoursUnseen)
    )
    assert unseen >= timedelta(days=days)
