"""A simulated population of households, for the interval of the routine's budget.

Eight real homes are too few to say how often the routine asks for nothing. Here each
household is one of them (``routine_homes``), made different and set in motion: its level
and its hours drift, days vary, guests come, people travel as that home's own people did, and
the device is off at times. None of it is worth a question, so every concern counts against
the budget. What the simulation does not know: holidays that come in groups, illness, moves,
new machines. It is kinder than life; the real homes are the other half of the evidence.
"""

from collections import Counter
from collections.abc import Mapping, Sequence
from concurrent.futures import ProcessPoolExecutor
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from functools import partial
from random import Random
from typing import Any
from zoneinfo import ZoneInfo

import numpy as np

from agent.learning.baseline import LEARNING_DAYS
from agent.learning.routine import Routine
from scripts.benchmarks.routine_homes import HOMES, RealHome
from wire.facts import RoutineKind

ZONE = "Europe/London"
START = datetime(2024, 1, 1, tzinfo=ZoneInfo(ZONE))
UNLIKE_ITS_MODEL = 0.2
"""Spread of the logarithm of a household's level and travels around those of its model."""
LEVEL_DRIFT, LEVEL_PULL = 0.05, 0.97
"""How much the logarithm of the level moves in a week, and what of it stays: within about
20 % in the long run, as in the real homes."""
HOURS_DRIFT, HOURS_PULL = 0.06, 0.95
DAY_SPREAD = 0.15
GUESTS_PER_YEAR, GUEST_DAYS, GUEST_FACTORS = 5.0, (1, 6), (1.3, 2.0)
UNSEEN_PER_YEAR, UNSEEN_DAYS = 6.0, (1, 10)
RESAMPLES = 2000


@dataclass(frozen=True, slots=True, kw_only=True)
class LivedHome:
    """What the routine made of one simulated household."""

    years: float
    """Lived after learning."""
    concerns: Mapping[RoutineKind, int]


def live(seed: int, *, days: int, budget_per_year: float) -> LivedHome:
    """Live one household; nothing happens in it that is worth a question."""
    random = Random(seed)
    home = random.choice(HOMES)
    profiles = [_rates(home.weekday), _rates(home.weekend)]
    own_level = random.gauss(0.0, UNLIKE_ITS_MODEL)
    away, guests, off = _episodes(home, random, days)
    routine = Routine(timezone=ZONE, budget_per_year=budget_per_year)
    concerns: Counter[RoutineKind] = Counter()
    level = shift = 0.0
    for number in range(days):
        day, tomorrow = (START + timedelta(days=number + one) for one in (0, 1))
        if number % 7 == 0:
            level = LEVEL_PULL * level + random.gauss(0, LEVEL_DRIFT)
            shift = HOURS_PULL * shift + random.gauss(0, HOURS_DRIFT)
        if number in off:
            routine.unseen(day.astimezone(UTC), tomorrow.astimezone(UTC))
        elif number not in away:
            factor = np.exp(own_level + level + random.gauss(0, DAY_SPREAD))
            factor *= guests.get(number, 1.0)
            rates = profiles[int(day.weekday() >= 5)]
            for at in _brews(day, rates, float(factor), shift, random):
                routine.brew(at.astimezone(UTC))
        noticed = routine.advance(tomorrow.astimezone(UTC))
        concerns.update(one.change.kind for one in noticed)
    return LivedHome(years=(days - LEARNING_DAYS) / 365.25, concerns=concerns)


def population(
    *, seed: int, households: int, days: int, budget_per_year: float, jobs: int
) -> list[LivedHome]:
    """Live many households; the same seed gives the same ones, whatever ``jobs`` is."""
    one = partial(live, days=days, budget_per_year=budget_per_year)
    seeds = range(seed * 1_000_000, seed * 1_000_000 + households)
    if jobs == 1:
        return [one(number) for number in seeds]
    with ProcessPoolExecutor(jobs) as pool:
        return list(pool.map(one, seeds, chunksize=4))


def summary(homes: Sequence[LivedHome], *, seed: int) -> dict[str, Any]:
    """Return concerns a household-year with the interval that resampled homes give."""
    counts = np.array([sum(home.concerns.values()) for home in homes])
    years = np.array([home.years for home in homes])
    draws = np.random.default_rng(seed).integers(len(homes), size=(RESAMPLES, len(homes)))
    rates = counts[draws].sum(axis=1) / years[draws].sum(axis=1)
    by_kind: Counter[RoutineKind] = Counter()
    for home in homes:
        by_kind.update(home.concerns)
    return {
        "households": len(homes),
        "household_years": round(float(years.sum()), 1),
        "per_year": round(float(counts.sum() / years.sum()), 3),
        "interval_95": [round(float(np.quantile(rates, q)), 3) for q in (0.025, 0.975)],
        "worst_tenth_of_homes_per_year": round(float(np.quantile(counts / years, 0.9)), 2),
        "by_kind_per_year": {
            kind.value: round(by_kind[kind] / float(years.sum()), 3) for kind in RoutineKind
        },
    }


def _rates(hundredths: str) -> list[float]:
    return [int(value) / 100 for value in hundredths.split()]


def _episodes(
    home: RealHome, random: Random, days: int
) -> tuple[set[int], dict[int, float], set[int]]:
    """Return the days away, the days with guests and their factor, the days unseen."""
    travels = home.absences_per_year * random.lognormvariate(0, UNLIKE_ITS_MODEL)
    away, off, guests = set[int](), set[int](), dict[int, float]()
    for first in _dates(travels, random, days):
        away.update(range(first, first + random.choice(home.absence_days)))
    for first in _dates(UNSEEN_PER_YEAR, random, days):
        off.update(range(first, first + random.randint(*UNSEEN_DAYS)))
    for first in _dates(GUESTS_PER_YEAR, random, days):
        factor = random.uniform(*GUEST_FACTORS)
        guests.update(dict.fromkeys(range(first, first + random.randint(*GUEST_DAYS)), factor))
    return away, guests, off


def _dates(per_year: float, random: Random, days: int) -> list[int]:
    dates, at = [], random.expovariate(per_year / 365.25)
    while at < days:
        dates.append(int(at))
        at += random.expovariate(per_year / 365.25)
    return dates


def _brews(
    day: datetime, rates: Sequence[float], factor: float, shift_h: float, random: Random
) -> list[datetime]:
    """Return one day's brews: habits more than chance, so counts vary less than Poisson."""
    brews = []
    for hour, rate in enumerate(rates):
        expected = rate * factor
        for _ in range(int(expected) + (random.random() < expected % 1.0)):
            at = min(23.98, max(0.0, hour + random.random() + shift_h))
            brews.append(day + timedelta(hours=at))
    return sorted(brews)
