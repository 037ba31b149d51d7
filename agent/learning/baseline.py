"""What is usual in this household: the reference that the last days are compared with.

A ``Baseline`` is made once a day from the ``ObservedDays`` before it:

* A day counts as *present* when it was seen for at least half and had a brew. Days of
  absence are the business of ``silence`` alone, so that a holiday neither lowers the
  baseline nor reads as less coffee.
* The newest ``GUARD_DAYS`` are left out of the reference, because a change must not be
  compared with itself. Older days fade with ``HALF_LIFE_DAYS``: homes drift.
* Weekdays and weekends have their own rate an hour, and the weekend, of which there are
  few days, is shrunk toward all days.
* Counts of real days vary more than a Poisson would. ``dispersion`` says how much in this
  household, shrunk toward the population's, and all evidence is divided by it.

* ``Habits`` says which days may be called usual at all: what the owner has accepted as the
  new normal, and what nobody has accepted.

Brews in hours that were not seen are left out, together with those hours.
"""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from agent.learning.habits import Habits
from agent.learning.observed_days import ObservedDays

LEARNING_DAYS = 28
"""Nothing is judged before so many days were seen."""
REFERENCE_DAYS_MIN = 10
"""Nothing but silence is judged with fewer days to compare with,"""
OLD_DAYS_MIN = 21
"""and drift needs these."""
GUARD_DAYS = 14
REFERENCE_DAYS = 180
OLD_DAYS = 35
"""The reference of ``drift`` ends this long ago."""
HALF_LIFE_DAYS = 42.0
RECENT_DAYS = 42
"""The longest window, and the days right before it."""
MIN_SEEN_HOURS = 12.0
SHRINK_DAYS = 10.0
"""How many days of its own outweigh what is borrowed: from all days, or the population."""
PRIOR_DISPERSION = 1.1

SHIFTS_H = np.arange(-5.0, 5.5, 0.5)
"""Shifts of the whole day that ``timing`` and ``drift`` consider, later positive."""
_WHOLE = np.floor(SHIFTS_H).astype(np.int64)
_PART = (SHIFTS_H - _WHOLE)[:, np.newaxis]
_EARLIER = (np.arange(24) - _WHOLE[:, np.newaxis]) % 24
"""For each shift, the hour from which each hour's use comes; the part comes from one before."""
UNIFORM_SHARE = 0.2
"""How much of the use may fall anywhere, so that one odd hour never decides."""
QUIET_SHARE = 0.15
"""An hour is quiet when it has less than this share of an average hour's use."""
QUIET_HOURS_MIN, QUIET_HOURS_MAX = 3, 5

Floats = NDArray[np.float64]


@dataclass(frozen=True, slots=True, kw_only=True)
class RecentDay:
    """A present day against the baseline: what was seen and what was expected of it."""

    day: int
    brews: Floats
    """Counted brews in each hour, 0 where nothing was seen."""
    total: float
    expected: float
    late: Floats
    """Log likelihood of this day's hours under each of ``SHIFTS_H``."""
    late_old: Floats
    """The same against the old reference, for ``drift``."""
    night: bool
    """Whether there was a brew in the quiet hours."""


def weekend(day: int) -> int:
    """Return 1 on Saturday and Sunday, else 0 (ordinal 1 was a Monday)."""
    return int((day - 1) % 7 >= 5)


class Baseline:
    """The reference for one local day, and the recent days seen against it."""

    def __init__(self, days: ObservedDays, today: int, habits: Habits | None = None) -> None:
        self.today = today
        rows = slice(0, max(0, today - days.first_day))
        seen = days.seen_tenths[rows] / 10.0
        brews = np.where(seen > 0, days.brews[rows], 0).astype(np.float64)
        age = today - (days.first_day + np.arange(len(seen)))
        watched = seen.sum(axis=1) >= MIN_SEEN_HOURS
        present = watched & (brews.sum(axis=1) > 0)
        self.days_seen = int(watched.sum())
        self.learning = self.days_seen < LEARNING_DAYS
        self.brews_a_day = float(brews[watched].sum() / max(1, self.days_seen))
        """Over all days that were seen, those without coffee as well."""
        habits = habits or Habits()
        usual = present & (age <= REFERENCE_DAYS) & habits.usual(today - age)
        settled = habits.settled(today - age)
        reference = usual & (settled | (age > GUARD_DAYS))
        self.compared_days = int(age[reference].max()) if reference.any() else 0
        self.reference_days = int(reference.sum())
        weight = np.where(reference, 0.5 ** (age / HALF_LIFE_DAYS), 0.0)
        weekends = np.array([weekend(today - int(a)) for a in age], dtype=np.int64)
        self.rates = _rates(brews, seen, weight, weekends)
        counts = brews.sum(axis=1)
        expected = (seen * self.rates[weekends]).sum(axis=1)
        self.dispersion = _dispersion(counts, expected, weight)
        self.usual_daily = _median(counts[reference])
        self.tables = _shift_tables(self.rates)
        old = usual & (settled | (age > OLD_DAYS))
        self.old_days = int(old.sum())
        old_rates = _rates(brews, seen, old.astype(np.float64), weekends)
        self.old_tables = _shift_tables(old_rates)
        self.quiet = _quiet_hours(self.rates)
        nights = (brews[:, self.quiet] > 0).any(axis=1)
        self.night_rate = float(
            (weight @ nights + 0.02 * SHRINK_DAYS) / (weight.sum() + SHRINK_DAYS)
        )
        self.usual_weekly_nights = _median_week(brews[reference][:, self.quiet].sum(axis=1))
        recent = present & (age <= 2 * RECENT_DAYS) & ~settled
        self.recent = [
            self.see(today - int(age[i]), brews[i], seen[i])
            for i in np.flatnonzero(recent)[::-1][:RECENT_DAYS]
        ]

    @property
    def usual_shift_h(self) -> float:
        """By how many hours a week of this household is usually shifted, either way."""
        older = self.recent[7:]
        weeks = [older[i : i + 7] for i in range(0, len(older) - 6, 7)]
        best = [SHIFTS_H[np.sum([day.late for day in week], axis=0).argmax()] for week in weeks]
        return _median(np.abs(np.array(best)))

    def see(self, day: int, brews: Floats, seen: Floats) -> RecentDay:
        """Return one day against this baseline; today's hours to come are unseen."""
        kind = weekend(day)
        by_day = np.minimum(brews, 2.0)
        by_day[self.quiet] = 0.0  # Use at night is the business of ``night`` alone.
        return RecentDay(
            day=day,
            brews=brews,
            total=float(brews.sum()),
            expected=float(seen @ self.rates[kind]),
            late=self.tables[kind] @ by_day,
            late_old=self.old_tables[kind] @ by_day,
            night=bool((brews[self.quiet] > 0).any()) if self.quiet.size else False,
        )


def _rates(brews: Floats, seen: Floats, weight: Floats, weekends: NDArray[np.int64]) -> Floats:
    """Return brews an hour for each hour, weekdays in row 0 and weekends in row 1."""
    rates = np.zeros((2, 24))
    total_seen = weight @ seen
    overall = (weight @ brews) / np.maximum(total_seen, 1e-9)
    for kind in (0, 1):
        own = np.where(weekends == kind, weight, 0.0)
        rates[kind] = (own @ brews + SHRINK_DAYS * overall) / (own @ seen + SHRINK_DAYS)
    return rates


def _dispersion(counts: Floats, expected: Floats, weight: Floats) -> float:
    """Return variance over mean of the daily counts, at least 1."""
    spread = weight @ (counts - expected) ** 2 + SHRINK_DAYS * PRIOR_DISPERSION
    mean = weight @ expected + SHRINK_DAYS
    return max(1.0, float(spread / mean))


def _shift_tables(rates: Floats) -> Floats:
    """Return log probabilities [day type, shift, hour] of a brew's hour."""
    smooth = 0.25 * np.roll(rates, 1, axis=1) + 0.5 * rates + 0.25 * np.roll(rates, -1, axis=1)
    shape = smooth / np.maximum(smooth.sum(axis=1, keepdims=True), 1e-9)
    moved = (1 - _PART) * shape[:, _EARLIER] + _PART * shape[:, _EARLIER - 1]
    tables: Floats = np.log((1 - UNIFORM_SHARE) * moved + UNIFORM_SHARE / 24)
    return tables


def _quiet_hours(rates: Floats) -> NDArray[np.int64]:
    """Return the hours in which this household sleeps, or none when it has no such hours.

    They are the last hours of the longest quiet run, because people sleep until their
    first coffee and not from their last; the very last hour is left out, because rising
    early is no use at night.
    """
    pooled = (5 * rates[0] + 2 * rates[1]) / 7
    quiet = pooled < QUIET_SHARE * pooled.mean()
    best: list[int] = []
    for start in range(24):
        run: list[int] = []
        while len(run) < 24 and quiet[(start + len(run)) % 24]:
            run.append((start + len(run)) % 24)
        best = max(best, run, key=len)
    asleep = best[:-1][-QUIET_HOURS_MAX:]
    return np.array(asleep if len(asleep) >= QUIET_HOURS_MIN else [], dtype=np.int64)


def _median_week(nights: Floats) -> float:
    """Return the median of the sums over seven days."""
    weeks = len(nights) // 7
    return _median(nights[-7 * weeks :].reshape(weeks, 7).sum(axis=1)) if weeks else 0.0


def _median(values: Floats) -> float:
    return float(np.median(values)) if values.size else 0.0
