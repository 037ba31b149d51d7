"""A simulated resident with habits, noise, guests and free days, for the routine's tests."""

from datetime import UTC, datetime, timedelta
from random import Random
from zoneinfo import ZoneInfo

from agent.learning.routine import Noticed, Routine

ZONE = "Europe/Paris"
START = datetime(2025, 1, 6, tzinfo=ZoneInfo(ZONE))
WEEKDAY_HOURS = (7.0, 8.5, 10.5, 13.5, 16.0)
WEEKEND_HOURS = (8.5, 10.0, 13.0, 15.5, 17.5)


def ordinary_day(day: datetime, random: Random) -> list[datetime]:
    """Return one day's brews: habits with half an hour of noise, sometimes skipped."""
    hours = WEEKEND_HOURS if day.weekday() >= 5 else WEEKDAY_HOURS
    brews = [random.gauss(hour, 0.5) for hour in hours if random.random() < 0.9]
    if random.random() < 0.07:  # guests
        brews += [random.gauss(16, 1) for _ in range(random.randint(2, 4))]
    return sorted(day + timedelta(hours=hour) for hour in brews)


def surge(day: datetime, random: Random) -> list[datetime]:
    """Twice the coffee."""
    return sorted(ordinary_day(day, random) + ordinary_day(day, random))


def stop(_day: datetime, _random: Random) -> list[datetime]:
    """No coffee."""
    return []


def night_use(day: datetime, random: Random) -> list[datetime]:
    """Two coffees between 01:00 and 04:30 beside the usual ones."""
    extra = [day + timedelta(hours=random.uniform(1, 4.5)) for _ in range(2)]
    return sorted(extra + ordinary_day(day, random))


STORIES = {"rise": surge, "silence": stop, "night": night_use}


def live(
    routine: Routine,
    random: Random,
    *,
    days: int,
    story: str | None = None,
    story_days: int = 0,
    start: datetime = START,
) -> list[Noticed]:
    """Live ``days`` ordinary days and then ``story_days`` of ``story``."""
    noticed = []
    for number in range(days + story_days):
        day = start + timedelta(days=number)
        habit = ordinary_day if number < days or story is None else STORIES[story]
        for at in habit(day, random):
            noticed += routine.advance(at.astimezone(UTC))
            routine.brew(at.astimezone(UTC))
        noticed += routine.advance((day + timedelta(days=1)).astimezone(UTC))
    return noticed
