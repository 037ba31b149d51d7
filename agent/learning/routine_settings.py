"""How much evidence each kind of change needs: the few numbers that were calibrated.

Evidence is days of pause for ``silence`` and nats for the others. ``once_a_year`` and
``scale`` were set on eight real homes in real order; how, what was tried and what it cost
stands in ``docs/decisions/routine-settings.md``. Change nothing here without that.
"""

from collections.abc import Mapping

from agent.learning.budget import PauseTail, Tail
from wire.facts import RoutineKind

EARLY_PAUSES = PauseTail(smallest=2.0, a_year=6.2, mean_beyond=1.8, prior_years=2.0)
LATE_PAUSES = PauseTail(smallest=2.0, a_year=3.0, mean_beyond=2.1, prior_years=2.0)
"""For ``silence``, by the hour of the last coffee."""
TAILS: Mapping[RoutineKind, Tail] = {
    RoutineKind.RISE: Tail(once_a_year=0.15, scale=0.7, smallest=0.1, prior_years=1.0),
    RoutineKind.FALL: Tail(once_a_year=0.9, scale=1.0, smallest=1.0, prior_years=0.3),
    RoutineKind.TIMING: Tail(once_a_year=6.1, scale=1.3, smallest=1.0, prior_years=0.3),
    RoutineKind.NIGHT: Tail(once_a_year=2.4, scale=0.6, smallest=1.0, prior_years=0.3),
    RoutineKind.DRIFT: Tail(once_a_year=4.05, scale=0.6, smallest=0.5, prior_years=0.3),
}
SHARES: Mapping[RoutineKind, float] = {
    RoutineKind.SILENCE: 0.95,
    RoutineKind.RISE: 0.25,
    RoutineKind.FALL: 0.1,
    RoutineKind.TIMING: 0.05,
    RoutineKind.NIGHT: 0.03,
    RoutineKind.DRIFT: 0.04,
}
"""Of the budget. They add up to 1.4, because kinds overlap and only one is raised at a time."""
