"""A question waits in awake hours only, whatever the clock on the wall does that night."""

from datetime import UTC, datetime, time, timedelta
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from agent.asking.grace import awake_s, is_quiet
from agent.consents.consent_file import QuietHours

PARIS = "Europe/Paris"
NIGHT = QuietHours(start=time(22), end=time(8))
NEVER = QuietHours(start=time(0), end=time(0))
HOUR = 3600.0


def local(text: str, *, zone: str = PARIS, fold: int = 0) -> datetime:
    """Return the instant that a clock in the household shows as ``text``."""
    at = datetime.fromisoformat(text).replace(tzinfo=ZoneInfo(zone), fold=fold)
    return at.astimezone(UTC)


@pytest.mark.parametrize(
    ("start", "end", "hours"),
    [
        ("2026-03-10T09:00", "2026-03-10T15:00", 6),
        ("2026-03-10T21:00", "2026-03-11T09:00", 2),
        ("2026-03-10T22:00", "2026-03-11T08:00", 0),
        ("2026-03-10T23:00", "2026-03-11T08:30", 0.5),
        ("2026-03-10T12:00", "2026-03-13T12:00", 3 * 14),
    ],
)
def test_the_night_does_not_count(start: str, end: str, hours: float) -> None:
    assert awake_s(local(start), local(end), NIGHT, PARIS) == pytest.approx(hours * HOUR)


def test_quiet_hours_within_one_day_do_not_count_either() -> None:
    nap = QuietHours(start=time(13, 30), end=time(15))
    start, end = local("2026-03-10T13:00"), local("2026-03-10T16:00")
    assert awake_s(start, end, nap, PARIS) == pytest.approx(1.5 * HOUR)


@pytest.mark.parametrize(
    ("evening", "elapsed_h"), [("2026-03-28T20:00", 13), ("2026-10-24T20:00", 15)]
)
def test_the_nights_in_which_the_clock_changes_are_an_hour_shorter_or_longer(
    evening: str, elapsed_h: int
) -> None:
    start = local(evening)
    morning = datetime.fromisoformat(evening) + timedelta(hours=14)
    end = local(morning.isoformat())
    assert (end - start).total_seconds() == elapsed_h * HOUR
    assert awake_s(start, end, NIGHT, PARIS) == pytest.approx(4 * HOUR)


def test_awake_hours_that_the_clock_skips_or_repeats_are_counted_as_they_are_lived() -> None:
    owl = QuietHours(start=time(4), end=time(12))
    spring = awake_s(local("2026-03-29T00:00"), local("2026-03-29T04:00"), owl, PARIS)
    autumn = awake_s(local("2026-10-25T00:00"), local("2026-10-25T04:00"), owl, PARIS)
    assert [spring, autumn] == pytest.approx([3 * HOUR, 5 * HOUR])


def test_quiet_hours_that_the_clock_skips_are_not_missed_and_repeated_ones_rest_twice() -> None:
    rest = QuietHours(start=time(2, 15), end=time(2, 45))
    spring = awake_s(local("2026-03-29T00:00"), local("2026-03-29T06:00"), rest, PARIS)
    autumn = awake_s(local("2026-10-25T00:00"), local("2026-10-25T06:00"), rest, PARIS)
    assert [spring, autumn] == pytest.approx([5 * HOUR, 6 * HOUR])


def test_the_edges_of_quiet_hours_are_exact() -> None:
    ten = local("2026-03-10T22:00")
    assert not is_quiet(ten - timedelta(microseconds=1), NIGHT, PARIS)
    assert is_quiet(ten, NIGHT, PARIS)
    assert awake_s(ten - timedelta(seconds=7), ten + timedelta(hours=1), NIGHT, PARIS) == 7.0


def test_time_that_did_not_pass_does_not_count() -> None:
    nine = local("2026-03-10T09:00")
    assert awake_s(nine, nine, NEVER, PARIS) == 0.0
    assert awake_s(nine, nine - timedelta(hours=3), NEVER, PARIS) == 0.0


ZONES = st.sampled_from(
    [PARIS, "UTC", "Asia/Kathmandu", "Australia/Lord_Howe", "America/St_Johns", "Africa/Cairo"]
)
MINUTES = st.builds(time, st.integers(0, 23), st.integers(0, 59))
QUIET = st.builds(QuietHours, start=MINUTES, end=MINUTES)
STARTS = st.datetimes(
    min_value=datetime(2024, 1, 1), max_value=datetime(2030, 1, 1), timezones=st.just(UTC)
)
GAPS = st.timedeltas(timedelta(0), timedelta(hours=40))


@settings(max_examples=60)
@given(start=STARTS, gaps=st.lists(GAPS, min_size=1, max_size=4), quiet=QUIET, zone=ZONES)
def test_waiting_counted_in_pieces_is_waiting_counted_at_once(
    start: datetime, gaps: list[timedelta], quiet: QuietHours, zone: str
) -> None:
    pieces, at = [], start
    for gap in gaps:
        pieces.append(awake_s(at, at + gap, quiet, zone))
        assert 0.0 <= pieces[-1] <= gap.total_seconds() + 1e-6
        at += gap
    assert sum(pieces) == pytest.approx(awake_s(start, at, quiet, zone), abs=1e-3)


@settings(max_examples=60)
@given(start=STARTS, gap=GAPS, quiet=QUIET, zone=ZONES)
def test_awake_and_quiet_are_all_there_is(
    start: datetime, gap: timedelta, quiet: QuietHours, zone: str
) -> None:
    awake = awake_s(start, start + gap, quiet, zone)
    complement = QuietHours(start=quiet.end, end=quiet.start)
    if quiet.start == quiet.end:
        assert awake == pytest.approx(gap.total_seconds(), abs=1e-3)
    else:
        resting = awake_s(start, start + gap, complement, zone)
        assert awake + resting == pytest.approx(gap.total_seconds(), abs=1e-3)
