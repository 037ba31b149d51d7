"""Quiet hours and promised hours, in any zone and on any day, also when the clocks change."""

from datetime import UTC, datetime, time, timedelta
from zoneinfo import ZoneInfo, available_timezones

from hypothesis import assume, given
from hypothesis import strategies as st

from escalation.team.quiet_hours import quiet
from escalation.team.rota import Hours, next_there, there_until

PARIS = ZoneInfo("Europe/Paris")
ZONES = st.sampled_from(sorted(available_timezones())).map(ZoneInfo)
NOWS = st.datetimes(datetime(2000, 1, 1), datetime(2036, 1, 1), timezones=st.just(UTC))
MINUTES = st.integers(0, 24 * 60 - 1).map(lambda m: time(m // 60, m % 60))


def shifts_near(zone: ZoneInfo, now: datetime) -> bool:
    """Return whether the clocks of ``zone`` change within two days of ``now``."""
    offsets = {
        (now + timedelta(hours=hours)).astimezone(zone).utcoffset() for hours in range(-48, 49)
    }
    return len(offsets) > 1


def test_a_night_stays_a_night_when_the_clocks_change() -> None:
    """In Paris, on the last Sundays of March and October of 2026."""
    for day in (datetime(2026, 3, 28, tzinfo=PARIS), datetime(2026, 10, 24, tzinfo=PARIS)):
        evening = day.replace(hour=22).astimezone(UTC)
        morning = (day + timedelta(days=1)).replace(hour=7).astimezone(UTC)
        assert not quiet(time(22), time(7), PARIS, evening - timedelta(seconds=1))
        at = evening
        while at < morning:
            assert quiet(time(22), time(7), PARIS, at)
            at += timedelta(minutes=5)
        assert not quiet(time(22), time(7), PARIS, morning)


@given(begins=MINUTES, ends=MINUTES, zone=ZONES, now=NOWS)
def test_quiet_hours_and_the_others_share_each_instant(
    begins: time, ends: time, zone: ZoneInfo, now: datetime
) -> None:
    """Of two halves of a day, one and only one is quiet, wherever and whenever."""
    assume(begins != ends)
    assert quiet(begins, ends, zone, now) != quiet(ends, begins, zone, now)


@given(zone=ZONES, now=NOWS)
def test_without_hours_nobody_is_left_in_peace_for_ever(zone: ZoneInfo, now: datetime) -> None:
    """Nothing written down, or half of it, is no quiet."""
    assert not quiet(None, None, zone, now)
    assert not quiet(time(9), None, zone, now)
    assert not quiet(time(9), time(9), zone, now)


@given(begins=MINUTES, ends=MINUTES, zone=ZONES, now=NOWS)
def test_quiet_ends_within_the_day(
    begins: time, ends: time, zone: ZoneInfo, now: datetime
) -> None:
    """Nobody is unreachable for longer than a day, and an hour more where clocks go back."""
    later = [now + timedelta(minutes=minutes) for minutes in range(26 * 60)]
    assert not all(quiet(begins, ends, zone, at) for at in later)


@given(weekday=st.integers(0, 6), begins=MINUTES, ends=MINUTES, zone=ZONES, now=NOWS)
def test_promised_hours_are_what_the_clock_on_the_wall_says(
    weekday: int, begins: time, ends: time, zone: ZoneInfo, now: datetime
) -> None:
    """Compared with the wall itself, minute by minute, away from a change of the clocks."""
    assume(not shifts_near(zone, now))
    local = now.astimezone(zone)
    since_midnight = timedelta(hours=local.hour, minutes=local.minute, seconds=local.second)
    first = timedelta(hours=begins.hour, minutes=begins.minute)
    length = timedelta(hours=ends.hour, minutes=ends.minute) - first
    if length <= timedelta(0):
        length += timedelta(days=1)
    there = any(
        (local.date() - timedelta(days=back)).weekday() == weekday
        and first <= since_midnight + timedelta(days=back) < first + length
        for back in (0, 1)
    )
    promised = [Hours(weekday=weekday, begins=begins, ends=ends, zone=zone)]
    assert (there_until(promised, now) is not None) == there


@given(weekday=st.integers(0, 6), begins=MINUTES, ends=MINUTES, zone=ZONES, now=NOWS)
def test_nobody_is_expected_at_an_hour_that_does_not_exist(
    weekday: int, begins: time, ends: time, zone: ZoneInfo, now: datetime
) -> None:
    """Whoever is expected is there then, for a while, and never beyond a day and an hour."""
    promised = [Hours(weekday=weekday, begins=begins, ends=ends, zone=zone)]
    found = next_there(promised, now)
    if found is None:
        return
    until = there_until(promised, found)
    assert until is not None
    assert timedelta(0) < until - found <= timedelta(days=1, hours=3)


def test_half_an_hour_that_the_clocks_leap_over_is_nobodys() -> None:
    """In Paris on 29 March 2026 it is three o'clock right after two."""
    sunday = [Hours(weekday=6, begins=time(2, 30), ends=time(3, 15), zone=PARIS)]
    saturday = datetime(2026, 3, 28, 12, tzinfo=UTC)
    assert next_there(sunday, saturday) == datetime(2026, 4, 5, 0, 30, tzinfo=UTC)
