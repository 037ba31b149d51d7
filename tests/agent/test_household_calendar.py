"""Summer time, a household that moves, free days: the calendar is no change of a routine."""

from datetime import UTC, date, datetime, timedelta
from random import Random
from zoneinfo import ZoneInfo

import pytest

from agent.learning.routine import Noticed, Routine
from tests.agent.resident import START, ZONE, live, ordinary_day
from wire.facts import RoutineKind

LEARNED_DAYS = 56
EASTER_2025 = (date(2025, 4, 18), date(2025, 4, 21))
MAY_2025 = (date(2025, 5, 1), date(2025, 5, 8), date(2025, 5, 29), date(2025, 6, 9))


def routine(zone: str = ZONE) -> Routine:
    return Routine(timezone=zone, budget_per_year=1.0)


def restored(known: Routine, zone: str) -> Routine:
    """Return ``known`` as it wakes up with another time zone in its settings."""
    return Routine.from_json(known.to_json(), timezone=zone, budget_per_year=1.0)


def at_home(known: Routine, zone: str, start: datetime, days: int) -> list[Noticed]:
    """Keep the habits of the clock on the wall in ``zone``."""
    local = start.astimezone(ZoneInfo(zone)).date()
    midnight = datetime.combine(local, datetime.min.time(), tzinfo=ZoneInfo(zone))
    return live(known, Random(3), days=days, start=midnight + timedelta(days=1))


@pytest.mark.parametrize(
    "start",
    [
        datetime(2025, 1, 20, tzinfo=ZoneInfo(ZONE)),
        datetime(2025, 8, 18, tzinfo=ZoneInfo(ZONE)),
    ],
    ids=["into summer time", "out of summer time"],
)
@pytest.mark.parametrize("seed", [1, 2])
def test_habits_that_follow_the_clock_on_the_wall_do_not_change_with_summer_time(
    start: datetime, seed: int
) -> None:
    print(f"seed {seed}")
    known = routine()
    assert live(known, Random(seed), days=98, start=start) == []
    first, last = known.picture().weekday_brews, max(known.scores(start).values())
    assert max(range(24), key=lambda hour: first[hour]) in (7, 8, 10, 13, 16)
    assert last < 1.0


def test_the_hour_that_exists_twice_is_lived_once_in_the_statistics() -> None:
    known = routine()
    night = datetime(2025, 10, 26, tzinfo=ZoneInfo(ZONE))
    known.advance((night - timedelta(days=1)).astimezone(UTC))
    for minutes in range(0, 5 * 60, 20):
        known.advance(night.astimezone(UTC) + timedelta(minutes=minutes))
    known.advance((night + timedelta(days=2)).astimezone(UTC))
    assert known.picture().seen_days <= 3


@pytest.mark.parametrize(
    "zone",
    ["America/Toronto", "Asia/Tokyo", "Asia/Kolkata", "Pacific/Apia", "UTC"],
)
@pytest.mark.parametrize("hour", [0, 12, 23])
def test_a_household_that_moved_keeps_its_habits_on_the_clock_of_the_new_place(
    zone: str, hour: int
) -> None:
    known = routine()
    live(known, Random(1), days=LEARNED_DAYS)
    moved_at = START + timedelta(days=LEARNED_DAYS, hours=hour)
    known.advance(moved_at.astimezone(UTC))
    usual = known.picture()
    moved = restored(known, zone)
    # The days stay as they were lived, on the clock of the place where they were lived.
    assert moved.picture().weekday_brews == usual.weekday_brews
    noticed = at_home(moved, zone, moved_at, days=28)
    assert [one.change.kind for one in noticed] == []


def test_a_corrected_time_zone_is_asked_about_at_most_once_and_never_as_use() -> None:
    """An hour was wrong all along: the clock moves, the coffee does not."""
    known = routine("UTC")
    live(known, Random(1), days=LEARNED_DAYS)
    corrected = restored(known, ZONE)
    start = START + timedelta(days=LEARNED_DAYS)
    noticed = live(corrected, Random(4), days=28, start=start)
    assert len(noticed) <= 1
    assert {one.change.kind for one in noticed} <= {RoutineKind.TIMING, RoutineKind.DRIFT}
    for one in noticed:
        corrected.accept(one.change.kind, start + timedelta(days=28))
    assert live(corrected, Random(5), days=28, start=start + timedelta(days=28)) == []


def test_free_days_in_the_week_are_lived_like_a_weekend_and_are_no_change() -> None:
    known, random, noticed = routine(), Random(2), []
    free = {*EASTER_2025, *MAY_2025}
    for number in range(170):
        day = START + timedelta(days=number)
        lived = day - timedelta(days=day.weekday()) + timedelta(days=6)
        habit = ordinary_day(lived if day.date() in free else day, random)
        for at in (day + (one - (lived if day.date() in free else day)) for one in habit):
            noticed += known.advance(at.astimezone(UTC))
            known.brew(at.astimezone(UTC))
        noticed += known.advance((day + timedelta(days=1)).astimezone(UTC))
    assert [one.change.kind for one in noticed] == []


def test_weekends_have_their_own_usual_hours() -> None:
    known = routine()
    live(known, Random(1), days=LEARNED_DAYS)
    picture = known.picture()
    assert picture.weekday_brews[7] > 1.3 * picture.weekend_brews[7]
    assert picture.weekend_brews[17] > 1.3 * picture.weekday_brews[17]


def test_a_week_away_that_was_masked_is_no_silence() -> None:
    known = routine()
    live(known, Random(1), days=LEARNED_DAYS)
    gone = START + timedelta(days=LEARNED_DAYS)
    back = gone + timedelta(days=14)
    known.unseen(gone.astimezone(UTC), back.astimezone(UTC))
    assert known.advance(back.astimezone(UTC)) == []
    assert known.scores(back)[RoutineKind.SILENCE] < 0.5
