"""The demonstration's clock goes where it is told, and never back."""

from datetime import UTC, datetime, timedelta, timezone

import pytest
from hypothesis import given
from hypothesis import strategies as st

from scripts.first_cup.virtual_clock import VirtualClock
from wire.stamps import Clock

START = datetime(2026, 1, 22, tzinfo=UTC)


def test_it_is_a_clock_of_the_contract_and_always_synchronised() -> None:
    clock: Clock = VirtualClock(START)
    stamp = clock.now()
    assert (stamp.utc, stamp.monotonic_s, stamp.synced) == (START, 0.0, True)


@given(st.lists(st.timedeltas(min_value=timedelta(0), max_value=timedelta(days=9))))
def test_wall_time_and_elapsed_time_advance_together(steps: list[timedelta]) -> None:
    clock = VirtualClock(START)
    for step in steps:
        clock.advance(step)
    total = sum(steps, timedelta())
    assert clock.now().utc == START + total
    assert clock.now().monotonic_s == total.total_seconds()
    assert clock.elapsed_ms == total // timedelta(milliseconds=1)


def test_it_never_goes_back_and_stays_where_it_was() -> None:
    clock = VirtualClock(START)
    clock.advance_to(START + timedelta(hours=1))
    with pytest.raises(ValueError, match="cannot go back"):
        clock.advance_to(START)
    assert clock.utc == START + timedelta(hours=1)


def test_the_boot_stays_the_same_while_time_passes() -> None:
    clock = VirtualClock(START)
    before = clock.now().boot_id
    clock.advance(timedelta(days=42))
    assert clock.now().boot_id == before


def test_local_time_is_understood_and_told_in_utc() -> None:
    clock = VirtualClock(datetime(2026, 1, 22, 1, tzinfo=timezone(timedelta(hours=1))))
    assert clock.utc == START
    assert clock.utc.utcoffset() == timedelta(0)


def test_a_start_without_a_zone_is_refused() -> None:
    with pytest.raises(ValueError, match="time-zone aware"):
        VirtualClock(datetime(2026, 1, 22))
