"""Somebody with habits, who lives six ordinary weeks and then one story.

The habits are a table of cups: what usually calls for one, when, how punctually, and on
how many days of a hundred. The figures are chosen from life. A first cup belongs to
getting up, so it is the most certain and the most punctual of the day, and later and
looser on a day off; the cup after lunch is a French habit; the afternoon cup depends on
who drops in; an evening cup is rare. Together they make about four a day. Guests come on
some Sundays and are served within minutes of each other. Once in the six weeks the house
is empty for a few days. Noise is what is left: a cup skipped, a morning slept through.

Every day draws from a generator of its own, seeded with the seed, the household's first
day and the date, so that one day is the same however the days are asked for.
"""

import random
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from enum import StrEnum
from zoneinfo import ZoneInfo

from scripts.first_cup.household import PlannedBrew, Span, real_local, spaced

ORDINARY_DAYS = 42
"""Six weeks: each weekday is seen six times before anything happens."""
PATIENCE_DAYS = 21
"""How long the story is told at most; a routine that notices nothing by then has failed."""

LUNGO_ML, ESPRESSO_ML = 110, 40
APART = timedelta(minutes=3)
"""A cup is put under, brewed and taken away: nobody presses the button faster than that."""
DAY_BEGINS_H, DAY_ENDS_H = 5, 23


NIGHT_MINUTES = (60.0, 265.0)
"""From one o'clock to half past four, the last cup brewed and drunk."""


class Story(StrEnum):
    """What happens after the six weeks."""

    SURGE = "surge"
    """Twice the coffee, day after day."""
    STOP = "stop"
    """One last cup in the morning, and then none."""
    NIGHT = "night"
    """Cups in the hours in which this household sleeps."""


STORY_DAYS = {Story.SURGE: 10, Story.STOP: 7, Story.NIGHT: 3}
"""So long before ``today`` the routine breaks: about as long as it takes to be noticed with
one false question a year, so that the concern is of these days."""


@dataclass(frozen=True, slots=True)
class Habit:
    """What usually calls for a cup."""

    around: time
    spread_min: float
    """Two days of three fall within this many minutes of ``around``."""
    of_100_days: int
    water_ml: int = LUNGO_ML


WORKING_DAY = (
    Habit(time(7, 10), 11, 96),  # the news on the radio
    Habit(time(8, 5), 14, 70),
    Habit(time(10, 20), 20, 50),
    Habit(time(13, 10), 15, 82, ESPRESSO_ML),
    Habit(time(15, 40), 35, 75),
    Habit(time(20, 30), 30, 12, ESPRESSO_ML),
)
DAY_OFF = (
    Habit(time(8, 40), 24, 95),  # no alarm clock
    Habit(time(9, 30), 20, 85),
    Habit(time(11, 15), 25, 45),
    Habit(time(13, 30), 20, 80, ESPRESSO_ML),
    Habit(time(16, 10), 40, 70),
    Habit(time(20, 50), 30, 18, ESPRESSO_ML),
)
GUESTS_OF_100_SUNDAYS = 30
AWAY_DAYS = (2, 5)
"""A long weekend, or most of a week with family."""


class Resident:
    """A household as ``scripts.first_cup.household`` describes it, made up from a seed."""

    def __init__(
        self, *, story: Story, seed: int, today: date, timezone: str = "Europe/Paris"
    ) -> None:
        self.story = story
        self.seed = seed
        self.timezone = timezone
        self.breaks_on = today - timedelta(days=STORY_DAYS[story])
        self.first_day = self.breaks_on - timedelta(days=ORDINARY_DAYS)
        self.last_day = self.breaks_on + timedelta(days=PATIENCE_DAYS)
        self._zone = ZoneInfo(timezone)
        self._away = self._choose_days_away()

    def brews(self, first: date, last: date) -> Iterator[PlannedBrew]:
        """Yield the brews of the local days ``first`` to ``last``, in order."""
        day = max(first, self.first_day)
        while day <= min(last, self.last_day):
            yield from spaced(self._day(day), APART)
            day += timedelta(days=1)

    def switched_off(self, _first: date, _last: date) -> Iterator[Span]:
        """Yield nothing: this device is never switched off, also when nobody is at home."""
        return iter(())

    def away_on(self, day: date) -> bool:
        """Tell whether nobody is at home on ``day``."""
        return day in self._away

    def _day(self, day: date) -> list[PlannedBrew]:
        dice = self._dice(day.isoformat())
        if self.away_on(day):
            return []
        own = self._habitual(day, dice)
        brews = own + self._guests(day, dice)
        if day < self.breaks_on:
            return brews
        return self._broken(day, own, brews, dice)

    def _broken(
        self, day: date, own: list[PlannedBrew], brews: list[PlannedBrew], dice: random.Random
    ) -> list[PlannedBrew]:
        match self.story:
            case Story.SURGE:
                return brews + [_another(cup, dice) for cup in own]
            case Story.STOP:
                return sorted(brews, key=_when)[:1] if day == self.breaks_on else []
            case Story.NIGHT:
                cups = dice.randint(2, 3)
                minutes = [dice.uniform(*NIGHT_MINUTES) for _ in range(cups)]
                return brews + [self._at(day, minute, LUNGO_ML) for minute in minutes]

    def _habitual(self, day: date, dice: random.Random) -> list[PlannedBrew]:
        habits = WORKING_DAY if day.weekday() < 5 else DAY_OFF
        return [
            self._cup(day, _minutes(habit.around) + dice.gauss(0, habit.spread_min), habit)
            for habit in habits
            if dice.randrange(100) < habit.of_100_days
        ]

    def _guests(self, day: date, dice: random.Random) -> list[PlannedBrew]:
        if day.weekday() != 6 or dice.randrange(100) >= GUESTS_OF_100_SUNDAYS:
            return []
        arrival = dice.uniform(15.5 * 60, 17 * 60)
        return [self._cup(day, arrival + 4 * i) for i in range(dice.randint(2, 4))]

    def _choose_days_away(self) -> frozenset[date]:
        # Neither the first week nor the last: a routine is left from within, and the
        # days right before the story are ordinary ones.
        dice = self._dice("away")
        length = dice.randint(*AWAY_DAYS)
        leaves = self.first_day + timedelta(days=dice.randint(7, ORDINARY_DAYS - 7 - length))
        return frozenset(leaves + timedelta(days=i) for i in range(length))

    def _cup(self, day: date, minute: float, habit: Habit | None = None) -> PlannedBrew:
        # A very early or late draw must not look like the night that a story is about.
        kept = min(max(minute, DAY_BEGINS_H * 60), DAY_ENDS_H * 60)
        return self._at(day, kept, habit.water_ml if habit else LUNGO_ML)

    def _at(self, day: date, minute: float, water_ml: int) -> PlannedBrew:
        wall = datetime.combine(day, time()) + timedelta(seconds=round(minute * 60))
        return PlannedBrew(at=real_local(wall, self._zone), water_ml=water_ml)

    def _dice(self, what: str) -> random.Random:
        # A text seeds through SHA-512: the same numbers on every computer and version.
        return random.Random(f"{self.seed} {self.first_day} {what}")


def _another(cup: PlannedBrew, dice: random.Random) -> PlannedBrew:
    later = timedelta(minutes=dice.randint(15, 50))
    return PlannedBrew(at=cup.at + later, water_ml=cup.water_ml)


def _when(cup: PlannedBrew) -> datetime:
    return cup.at


def _minutes(at: time) -> int:
    return at.hour * 60 + at.minute
