"""The ladder of reminders: one table, read the same whenever it is read."""

from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from escalation.cases import Role
from escalation.casework.unstaffed import IN_TIME, IN_TIME_CALLED
from escalation.notices.kinds import KINDS, Audience, Kind
from escalation.notices.ladder import LADDER, Due, Waiting, What, due

SINCE = datetime(2026, 3, 3, 9, 0, tzinfo=UTC)


def told(what: What, age: timedelta, *, nobody_here: bool = False) -> list[tuple[Kind, str]]:
    """Return who has been told of one that waits for ``age``."""
    steps = due([Waiting(what=what, since=SINCE)], SINCE + age, nobody_here=nobody_here)
    return [(step.kind, step.audience) for step in steps]


def test_a_call_goes_to_whoever_is_there_then_to_supervisors_then_to_all_skilled() -> None:
    """At once, after 30 s, after 120 s: early enough for 60 s, and for 180 s."""
    present = (Kind.CALLED, Audience.PRESENT)
    supervisors = (Kind.CALLED, Audience.SUPERVISORS)
    on_rota = (Kind.CALLED, Audience.ON_ROTA)
    assert told(What.CALL, timedelta(0)) == [present]
    assert told(What.CALL, timedelta(seconds=29.9)) == [present]
    assert told(What.CALL, timedelta(seconds=30)) == [present, supervisors]
    assert told(What.CALL, timedelta(seconds=120)) == [present, supervisors, on_rota]


def test_everybody_who_could_come_is_told_before_a_case_is_unstaffed() -> None:
    """The last step stands before the time in which somebody should have come."""
    assert LADDER[What.CALL][-1].after < IN_TIME_CALLED
    assert LADDER[What.CARE][-1].after < IN_TIME


def test_while_somebody_is_there_nobody_at_home_is_disturbed_at_first() -> None:
    """The page tells whoever is there."""
    assert told(What.CARE, timedelta(0), nobody_here=False) == []
    alone = told(What.CARE, timedelta(0), nobody_here=True)
    assert alone == [(Kind.WAITING, Audience.ON_ROTA)]


@pytest.mark.parametrize("what", What)
def test_everything_that_can_wait_has_a_step_in_the_order_of_time(what: What) -> None:
    """Something that is added later needs a line, or this fails."""
    assert LADDER[what]
    times = [rung.after for rung in LADDER[what]]
    assert times == sorted(times)


def test_every_kind_of_the_ladder_can_be_wished_for_by_whoever_is_told() -> None:
    """Nobody gets what they cannot choose."""
    roles = {
        Audience.PRESENT: Role.REVIEWER,
        Audience.ON_ROTA: Role.REVIEWER,
        Audience.TECHNICIANS: Role.TECHNICIAN,
        Audience.SUPERVISORS: Role.SUPERVISOR,
        Audience.GUARDIANS: Role.GUARDIAN,
    }
    for rungs in LADDER.values():
        for rung in rungs:
            assert roles[rung.told] in KINDS[rung.kind].roles


def test_a_step_that_repeats_has_a_new_name_each_round_and_no_other_has() -> None:
    """So that it is told again, and nothing else is."""
    unstaffed = Waiting(what=What.CARE_ALONE, since=SINCE)
    call = Waiting(what=What.CALL, since=SINCE)
    names = {
        step.fact
        for minute in range(180)
        for step in due([unstaffed, call], SINCE + timedelta(minutes=minute), nobody_here=False)
    }
    assert sorted(name for name in names if name.startswith("care_alone")) == [
        "care_alone/20260303T090000/0/0",
        "care_alone/20260303T090000/0/1",
        "care_alone/20260303T090000/0/2",
    ]
    assert len([name for name in names if name.startswith("call/")]) == 3


@given(
    what=st.sampled_from(What),
    age_s=st.floats(-1e5, 1e6),
    later_s=st.floats(0, 1e5),
    nobody_here=st.booleans(),
)
def test_time_alone_takes_no_step_back(
    what: What, age_s: float, later_s: float, nobody_here: bool
) -> None:
    """What was due stays due, and nothing is before its time, whatever the clock says."""
    waits = [Waiting(what=what, since=SINCE)]
    at = SINCE + timedelta(seconds=age_s)
    before = due(waits, at, nobody_here=nobody_here)
    after = due(waits, at + timedelta(seconds=later_s), nobody_here=nobody_here)
    assert numbers(before) == numbers(after)[: len(before)]
    if at < SINCE:
        assert before == []


def numbers(steps: list[Due]) -> list[tuple[str, int]]:
    """Return what names these steps, without the round."""
    return [(step.wait, step.number) for step in steps]
