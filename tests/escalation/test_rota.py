"""The rota: promised hours at wall-clock time, over midnight and over changes of the clocks."""

from datetime import UTC, datetime, time, timedelta
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from escalation.team.rota import Hours, next_there, there_until

PARIS = ZoneInfo("Europe/Paris")
MONTREAL = ZoneInfo("America/Toronto")


def hours(weekday: int, begins: int, ends: int, zone: ZoneInfo = PARIS) -> Hours:
    return Hours(weekday=weekday, begins=time(begins), ends=time(ends), zone=zone)


def local(day: int, hour: int, month: int = 3, zone: ZoneInfo = PARIS) -> datetime:
    return datetime(2026, month, day, hour, tzinfo=zone).astimezone(UTC)


def test_during_the_hours_somebody_is_there_until_their_end() -> None:
    """The last minute is over when it begins: nobody is asked at the door."""
    tuesday = [hours(1, 9, 12), hours(1, 11, 17)]
    assert there_until(tuesday, local(3, 9)) == local(3, 12)
    assert there_until(tuesday, local(3, 11)) == local(3, 17)
    assert there_until(tuesday, local(3, 17)) is None
    assert there_until(tuesday, local(2, 10)) is None


def test_the_night_belongs_to_the_day_on_which_it_begins() -> None:
    """Monday evening, and still there on Tuesday before breakfast."""
    night = [hours(0, 22, 6)]
    assert there_until(night, local(3, 5)) == local(3, 6)
    assert there_until(night, local(3, 22)) is None


def test_nine_in_the_morning_stays_nine_when_the_clocks_change() -> None:
    """In Paris on 29 March 2026; in UTC it is an hour earlier than the week before."""
    sunday = [hours(6, 9, 12)]
    assert next_there(sunday, local(22, 13)) == datetime(2026, 3, 29, 7, tzinfo=UTC)
    assert next_there(sunday, local(15, 13)) == datetime(2026, 3, 22, 8, tzinfo=UTC)


def test_everybody_has_their_own_local_time() -> None:
    """Nine in Montréal is the afternoon in Paris."""
    assert next_there([hours(1, 9, 12, MONTREAL)], local(3, 9)) == local(3, 15)


def test_without_promised_hours_nobody_knows() -> None:
    """Then the answer is nothing, and not a guess."""
    assert next_there([], local(3, 9)) is None
    assert there_until([], local(3, 9)) is None


@pytest.mark.parametrize("weekday", range(7))
def test_whoever_was_just_there_comes_again_in_a_week(weekday: int) -> None:
    """No weekday is forgotten, from any day of the week."""
    assert next_there([hours(weekday, 9, 12)], local(2 + weekday, 12)) == local(9 + weekday, 9)


@given(
    weekday=st.integers(0, 6),
    begins=st.times(),
    ends=st.times(),
    zone=st.sampled_from([PARIS, MONTREAL, ZoneInfo("Australia/Lord_Howe")]),
    at=st.datetimes(datetime(2020, 1, 1), datetime(2035, 1, 1)),
)
def test_next_is_never_before_now_and_soon(
    weekday: int, begins: time, ends: time, zone: ZoneInfo, at: datetime
) -> None:
    """And whoever is there now is next now."""
    now = at.replace(tzinfo=UTC)
    promised = [Hours(weekday=weekday, begins=begins, ends=ends, zone=zone)]
    found = next_there(promised, now)
    assert found is not None
    # A week later, if the clocks leap over these hours.
    assert now <= found <= now + timedelta(days=15, hours=2)
    assert (there_until(promised, now) is not None) == (found == now)
