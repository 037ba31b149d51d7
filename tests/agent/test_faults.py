"""A fault is told once, however often it flickers, until it was gone for a sensible time."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from agent.checks.faults import SETTLED_AFTER, Fault, State, follow, matters
from wire.facts import CheckName, DeviceCheck, Evidence, Finding, Verdict

NOW = datetime(2026, 3, 8, 9, 0, tzinfo=UTC)
WEEK = SETTLED_AFTER[CheckName.TANK]

STUCK = Evidence(
    check=CheckName.TANK, verdict=Verdict.FAULTY, finding=Finding.TANK_SWITCH_STUCK_EMPTY
)
WELL = Evidence(check=CheckName.TANK, verdict=Verdict.SOUND, finding=Finding.TANK_PLAUSIBLE)
UNHEARD = Evidence(check=CheckName.TANK, verdict=Verdict.UNKNOWN, finding=Finding.NOT_SEEN_YET)
DRY = Evidence(
    check=CheckName.FLOW, verdict=Verdict.FAULTY, finding=Finding.PUMP_WITHOUT_FLOW, value=2
)
UNTRIED = Evidence(check=CheckName.FLOW, verdict=Verdict.SOUND, finding=Finding.FLOW_UNTRIED)
SCALE = Evidence(
    check=CheckName.SCALE, verdict=Verdict.SOUND, finding=Finding.SCALE_GROWING, value=30
)


def check(*lines: Evidence) -> DeviceCheck:
    return DeviceCheck(verdict=Verdict.UNKNOWN, checked_at=NOW, evidence=lines)


def lived(*steps: tuple[timedelta, Evidence], synced: bool = True) -> tuple[Fault, ...]:
    """Return the faults known after one line at each time since ``NOW``."""
    faults: tuple[Fault, ...] = ()
    for after, line in steps:
        faults = follow(faults, check(line), NOW + after, synced=synced)
    return faults


def hours(number: float) -> timedelta:
    return timedelta(hours=number)


def test_a_new_fault_stands_since_it_was_seen() -> None:
    [fault] = lived((hours(0), STUCK), (hours(5), STUCK))
    assert (fault.state, fault.since, fault.last) == (State.STANDING, NOW, STUCK)
    assert not fault.reported


def test_a_fault_that_flickers_stays_one_fault() -> None:
    steps = [(hours(n), STUCK if n % 2 else WELL) for n in range(1, 200)]
    [fault] = lived(*steps)
    assert fault.since == NOW + hours(1)


def test_a_fault_is_forgotten_after_a_sound_week_and_not_before() -> None:
    passed = lived((hours(0), STUCK), (hours(1), WELL), (hours(1) + WEEK - hours(1), WELL))
    assert [fault.state for fault in passed] == [State.PASSED]
    assert follow(passed, check(WELL), NOW + hours(1) + WEEK, synced=True) == ()


def test_the_week_begins_anew_when_the_fault_is_seen_again() -> None:
    steps = ((hours(0), STUCK), (hours(1), WELL), (hours(100), STUCK), (hours(101), WELL))
    assert lived(*steps, (hours(1) + WEEK, WELL))
    assert not lived(*steps, (hours(101) + WEEK, WELL))


@pytest.mark.parametrize("silent", [UNHEARD, UNTRIED])
def test_what_cannot_be_told_repairs_nothing(silent: Evidence) -> None:
    broken = STUCK if silent is UNHEARD else DRY
    [fault] = lived((hours(0), broken), (hours(1), silent), (hours(5000), silent))
    assert fault.state is State.STANDING


def test_without_a_confirmed_clock_nothing_passes() -> None:
    faults = lived((hours(0), STUCK))
    assert follow(faults, check(WELL), NOW + 9 * WEEK, synced=False) == faults


def test_the_wish_to_be_descaled_is_a_service_matter_beside_the_faults() -> None:
    both = check(STUCK, SCALE)
    assert matters(both) == (STUCK, SCALE)
    steady = replace(SCALE, finding=Finding.HEATING_TIME_STEADY)
    hint = follow((), check(SCALE), NOW, synced=True)
    [watched] = follow(hint, check(steady), NOW + hours(1), synced=True)
    assert watched.state is State.PASSED
    assert follow((watched,), check(steady), NOW + timedelta(days=29), synced=True)
    assert not follow((watched,), check(steady), NOW + timedelta(days=32), synced=True)


def test_every_part_of_the_machine_has_its_time() -> None:
    assert set(SETTLED_AFTER) == set(CheckName)


@given(
    st.lists(
        st.tuples(st.sampled_from([STUCK, WELL, UNHEARD]), st.integers(0, 60)), max_size=60
    )
)
def test_between_two_tellings_of_one_fault_lies_a_sound_week(
    steps: list[tuple[Evidence, int]],
) -> None:
    faults: tuple[Fault, ...] = ()
    told_at: list[datetime] = []
    now = last_stuck = NOW
    for line, passed_h in steps:
        now += hours(passed_h)
        before = {fault.finding for fault in faults}
        faults = follow(faults, check(line), now, synced=True)
        if line is STUCK:
            if STUCK.finding not in before:
                assert not told_at or now - last_stuck >= WEEK
                told_at.append(now)
            last_stuck = now
