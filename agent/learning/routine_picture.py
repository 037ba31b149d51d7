"""What was learned about a household, as plain values for a chart and for words.

Nothing here decides anything. ``Picture`` is the routine itself; ``TradeOff`` says what a
budget buys in this very home: after how many hours without coffee a question would come.
"""

import sys
from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum

import numpy as np

from agent.learning.baseline import OLD_DAYS_MIN, REFERENCE_DAYS_MIN, Baseline
from agent.learning.judge import Judge
from wire.facts import RoutineKind

BUDGETS = (0.5, 1.0, 2.0, 4.0, 12.0)
"""The budgets that ``Routine.trade_off`` compares, false questions a year."""
PROMISED_H_MAX = 14 * 24
"""Beyond two weeks a pause says too little: the routine then does not promise anything."""


class Steadiness(StrEnum):
    """How well this home's own past allows to judge one kind of change."""

    LEARNING = "learning"
    """Too few days so far."""
    STEADY = "steady"
    """No more evidence is needed here than in other homes."""
    VARIED = "varied"
    """This home changes much by itself: more evidence is needed here than elsewhere."""
    CANNOT_SAY = "cannot_say"
    """No evidence would be enough, or (for ``night``) there are no hours of sleep."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Picture:
    """What is usual here."""

    weekday_brews: tuple[float, ...]
    """Usual brews in each of the 24 local hours, Monday to Friday."""
    weekend_brews: tuple[float, ...]
    quiet_hours: tuple[int, ...]
    """Local hours in which this household sleeps; empty when it has none."""
    usual_brews_per_day: float
    longest_pause_h: float
    """The longest pause that ended in the remembered days."""
    seen_days: int
    """Remembered days of which at least half was seen."""
    compared_days: int
    """How far back the comparison reaches."""
    learning: bool
    regularity: Mapping[RoutineKind, Steadiness]


@dataclass(frozen=True, slots=True, kw_only=True)
class TradeOff:
    """What a budget would buy."""

    budget_per_year: float
    stop_noticed_after_h: float | None
    """Hours after the last coffee; ``None`` when that cannot be promised (yet)."""


def drawn(baseline: Baseline | None, longest_pause_h: float, judge: Judge) -> Picture:
    """Return the picture of a household; without a baseline an empty one."""
    rates = baseline.rates if baseline else np.zeros((2, 24))
    weekday, weekend = (tuple(float(rate) for rate in row) for row in rates)
    return Picture(
        weekday_brews=weekday,
        weekend_brews=weekend,
        quiet_hours=tuple(sorted(int(hour) for hour in baseline.quiet)) if baseline else (),
        usual_brews_per_day=baseline.usual_daily if baseline else 0.0,
        longest_pause_h=longest_pause_h,
        seen_days=baseline.days_seen if baseline else 0,
        compared_days=baseline.compared_days if baseline else 0,
        learning=baseline is None or baseline.learning,
        regularity={kind: _steadiness(kind, baseline, judge) for kind in RoutineKind},
    )


def traded_off(baseline: Baseline | None, judge: Judge) -> tuple[TradeOff, ...]:
    """Return what each of ``BUDGETS`` would buy."""
    return tuple(
        TradeOff(
            budget_per_year=budget, stop_noticed_after_h=promised_h(baseline, judge, budget)
        )
        for budget in BUDGETS
    )


def promised_h(baseline: Baseline | None, judge: Judge, budget_per_year: float) -> float | None:
    """Return after how many hours without coffee a question would come."""
    if baseline is None or baseline.learning:
        return None
    hours = 24 * judge.threshold(RoutineKind.SILENCE, budget_per_year)
    return hours if hours <= PROMISED_H_MAX else None


def _steadiness(kind: RoutineKind, baseline: Baseline | None, judge: Judge) -> Steadiness:
    if baseline is None or baseline.learning or _too_few_days(kind, baseline):
        return Steadiness.LEARNING
    needed = judge.threshold(kind, judge.budget_per_year)
    asleep = kind is not RoutineKind.NIGHT or baseline.quiet.size > 0
    if not asleep or needed > _needed_max(kind):
        return Steadiness.CANNOT_SAY
    return Steadiness.STEADY if needed <= judge.usual_threshold(kind) else Steadiness.VARIED


def _too_few_days(kind: RoutineKind, baseline: Baseline) -> bool:
    match kind:
        case RoutineKind.SILENCE:
            return False
        case RoutineKind.DRIFT:
            return baseline.old_days < OLD_DAYS_MIN
        case _:
            return baseline.reference_days < REFERENCE_DAYS_MIN


def _needed_max(kind: RoutineKind) -> float:
    return PROMISED_H_MAX / 24 if kind is RoutineKind.SILENCE else sys.float_info.max
