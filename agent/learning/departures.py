"""How far the last days depart from the baseline: evidence for each kind of change.

Evidence is a log likelihood ratio in nats, maximised over windows that end now and start
1 to 28 present days ago (a scan, the offline twin of a CUSUM). Every ratio is against a
*tolerance null*, not against "exactly as usual": real homes always differ a little from
their past, and a small difference is not worth a question.

``rise``, ``fall``  Poisson deviance of the brews in the window beyond the tolerated ratio,
                    divided by the home's own dispersion. The day of a window that says
                    most is left out: what one day of guests can explain is not a rise.
                    A rise must also stand out from the days right before its window, because
                    homes have seasons, and feast days are left out of it.
``night``           the same for nights with a brew in quiet hours, each night counted once.
``timing``          best shift of the day by 2 h or more against best by 1 h or less.
``drift``           the same for 1 h or more against half an hour or less, over two to four
                    weeks, against a reference that ended five weeks ago.

``silence`` needs no baseline: its evidence is the seen hours since the last brew.
"""

from dataclasses import dataclass, replace
from math import log
from typing import Any

import numpy as np
from numpy.typing import NDArray

from agent.learning.baseline import SHIFTS_H, Baseline, Floats, RecentDay
from agent.learning.feast_days import is_feast
from wire.facts import Measure, RoutineKind

TOLERATED_RISE = 1.4
TOLERATED_FALL = 0.7
"""Homes wander by a third either way: visits, errands, short trips."""
BEFORE_DAYS, BEFORE_DAYS_MIN = 14, 5
BEFORE_SHRINK = 5.0
"""So many brews as usual are added to the days before, which are few."""
NIGHT_FLOOR = 0.04
"""A household is never held to fewer brewing nights than one in 25."""

RISE_WINDOWS = np.arange(4, 29)
"""Every length, so that a rise that lasts never falls between two of them."""
FALL_WINDOWS = np.array((4, 5, 7, 10, 14, 21, 28))
NIGHT_WINDOWS = (2, 3, 4, 5, 7, 10, 14)
TIMING_WINDOWS = (2, 3, 5, 7, 10, 14)
DRIFT_WINDOWS = (14, 21, 28)
TOLERATED_SHIFTS = {
    RoutineKind.TIMING: (np.abs(SHIFTS_H) <= 1, np.abs(SHIFTS_H) >= 2),
    RoutineKind.DRIFT: (np.abs(SHIFTS_H) <= 0.5, np.abs(SHIFTS_H) >= 1),
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Departure:
    """The strongest evidence for one kind, and the facts that go with it."""

    kind: RoutineKind
    evidence: float
    since_day: int
    measure: Measure
    observed: float

    def to_json(self) -> list[Any]:
        """Return what must be remembered, beside the kind."""
        return [self.evidence, self.since_day, self.measure.value, self.observed]

    @classmethod
    def from_json(cls, kind: RoutineKind, state: list[Any]) -> "Departure":
        """Return the departure that ``to_json`` described."""
        evidence, since_day, measure, observed = state
        return cls(
            kind=kind,
            evidence=float(evidence),
            since_day=int(since_day),
            measure=Measure(measure),
            observed=float(observed),
        )


def _none(kind: RoutineKind, measure: Measure, day: int) -> Departure:
    return Departure(kind=kind, evidence=0.0, since_day=day, measure=measure, observed=0.0)


def deviance(observed: float, expected: float) -> float:
    """Return how many nats ``observed`` speaks against a mean of ``expected``."""
    if observed <= 0:
        return expected
    return observed * log(observed / expected) - observed + expected


def rise(baseline: Baseline, days: list[RecentDay]) -> Departure:
    """Return the evidence that there is more use; ``days`` run from the newest back."""
    days = [day for day in days if not is_feast(day.day)]
    return _count(baseline, days, RoutineKind.RISE, TOLERATED_RISE, RISE_WINDOWS)


def fall(baseline: Baseline, days: list[RecentDay]) -> Departure:
    """Return the evidence that there is less use on days with some use."""
    return _count(baseline, days, RoutineKind.FALL, TOLERATED_FALL, FALL_WINDOWS)


def _count(
    baseline: Baseline,
    days: list[RecentDay],
    kind: RoutineKind,
    tolerated: float,
    windows: NDArray[np.int64],
) -> Departure:
    best = _none(kind, Measure.BREWS_PER_DAY, baseline.today)
    windows = windows[windows <= len(days)]
    if not windows.size:
        return best
    observed = np.array([day.total for day in days])
    expected = np.array([day.expected for day in days])
    sign = 1 if kind is RoutineKind.RISE else -1
    strongest = _record_days(sign * (observed - tolerated * expected))[windows - 1]
    got = np.cumsum(observed)[windows - 1] - observed[strongest]
    limits = np.cumsum(expected)[windows - 1] - expected[strongest]
    limits = np.maximum(limits * tolerated, 0.1)
    if kind is RoutineKind.RISE:
        limits *= _levels_before(observed, expected, windows)
    for window, brews, limit in zip(windows, got, limits, strict=True):
        evidence = deviance(brews, limit) / baseline.dispersion
        if sign * (brews - limit) > 0 and evidence > best.evidence:
            best = replace(
                best,
                evidence=float(evidence),
                since_day=days[window - 1].day,
                observed=float(observed[:window].mean()),
            )
    return best


def _record_days(values: Floats) -> NDArray[np.int64]:
    """Return for each day, newest first, which one up to it has the highest value."""
    records = np.maximum.accumulate(values)
    return np.maximum.accumulate(np.where(values == records, np.arange(len(values)), 0))


def _levels_before(observed: Floats, expected: Floats, windows: NDArray[np.int64]) -> Floats:
    """Return how far the days right before each window were above usual: 1 or more."""
    last = np.minimum(windows + BEFORE_DAYS, len(observed))
    got, usual = (np.concatenate(([0.0], np.cumsum(values))) for values in (observed, expected))
    ratio = (got[last] - got[windows] + BEFORE_SHRINK) / (
        usual[last] - usual[windows] + BEFORE_SHRINK
    )
    known = last - windows >= BEFORE_DAYS_MIN
    levels: Floats = np.where(known, np.maximum(1.0, ratio), 1.0)
    return levels


def night(baseline: Baseline, days: list[RecentDay]) -> Departure:
    """Return the evidence that there is use at night."""
    best = _none(RoutineKind.NIGHT, Measure.NIGHT_BREWS_PER_WEEK, baseline.today)
    if not baseline.quiet.size or not days or not days[0].night:
        return best
    nights = np.cumsum([day.night for day in days])
    for window in NIGHT_WINDOWS:
        if window > len(days):
            break
        got = float(nights[window - 1])
        usual = max(baseline.night_rate, NIGHT_FLOOR) * window
        evidence = deviance(got, usual) if got > usual else 0.0
        if evidence > best.evidence:
            brews = sum(float(day.brews[baseline.quiet].sum()) for day in days[:window])
            best = Departure(
                kind=RoutineKind.NIGHT,
                evidence=evidence,
                since_day=days[window - 1].day,
                measure=Measure.NIGHT_BREWS_PER_WEEK,
                observed=7 * brews / window,
            )
    return best


def timing(baseline: Baseline, days: list[RecentDay]) -> Departure:
    """Return the evidence that the whole day has moved by two hours or more."""
    late = np.cumsum([day.late for day in days], axis=0)
    best = _none(RoutineKind.TIMING, Measure.HOURS_SHIFTED, baseline.today)
    return _shift(baseline, days, late, TIMING_WINDOWS, best)


def drift(baseline: Baseline, days: list[RecentDay]) -> Departure:
    """Return the evidence that the day has moved slowly since the old reference."""
    late = np.cumsum([day.late_old for day in days], axis=0)
    best = _none(RoutineKind.DRIFT, Measure.HOURS_SHIFTED, baseline.today)
    return _shift(baseline, days, late, DRIFT_WINDOWS, best)


def _shift(
    baseline: Baseline,
    days: list[RecentDay],
    late: Floats,
    windows: tuple[int, ...],
    best: Departure,
) -> Departure:
    near, far = TOLERATED_SHIFTS[best.kind]
    for window in windows:
        if window > len(days):
            break
        likelihood = late[window - 1]
        evidence = float(likelihood[far].max() - likelihood[near].max()) / baseline.dispersion
        if evidence > best.evidence:
            shift = SHIFTS_H[far][int(likelihood[far].argmax())]
            best = replace(
                best, evidence=evidence, since_day=days[window - 1].day, observed=float(shift)
            )
    return best
