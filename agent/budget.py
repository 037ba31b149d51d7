"""How much evidence is needed before a change is worth one of the owner's few questions.

The owner chooses how many false questions a year are acceptable; every kind gets a fixed
share. The threshold of a kind is the evidence that this household is expected to exceed
no more often than that share without any change worth asking about. Two sources are weighed:

* the population: ``Tail`` says how many *peaks* (excursions of the evidence) a year are to be
  expected at a level, ``exp((once_a_year - level) / scale)``;
* the household's own peaks, in real order, drifts and holidays included. A peak that was
  raised as a concern counts as well, so every question makes the next one rarer.

With a gamma prior worth ``prior_years`` the expected rate of peaks at a level ``s`` is

    (prior_years · tail(s) + own peaks at or above s) / (prior_years + own years)

and the threshold is the smallest ``s`` at which this is no more than the share. A quiet home
earns lower thresholds with time; a restless one outgrows its own records.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from math import log
from typing import Any

MERGE_HOURS = 14 * 24
"""Peaks closer than two weeks have one cause and count once."""
MEMORY_HOURS = 2 * 8766
REARM = 0.5
"""A concern of a kind is over when its evidence has fallen to this share of its peak."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Tail:
    """How often evidence peaks at a level in real homes that nothing is wrong with."""

    once_a_year: float
    """The evidence that peaks once a year in a home."""
    scale: float
    """How much more evidence is e times rarer."""
    smallest: float
    """Peaks below this say nothing about the tail and are not kept."""
    prior_years: float
    """How many own years weigh as much as the population: few where homes differ much."""
    margin: float = 1.2
    """How far above an own peak counts as beyond it: own peaks are few."""


def threshold(
    tail: Tail, peaks: Sequence[float], years: float, allowed_per_year: float
) -> float:
    """Return the level that is expected to be exceeded ``allowed_per_year``."""
    allowed = allowed_per_year * (tail.prior_years + years)
    records = [tail.margin * peak for peak in sorted(peaks, reverse=True)]
    best = float("inf")
    for above, floor in enumerate([*records, tail.smallest]):
        # With ``above`` own peaks beyond the level, the population may add the rest.
        spare = allowed - above
        if spare <= 0:
            break
        level = tail.once_a_year + tail.scale * log(tail.prior_years / spare)
        best = min(best, max(level, floor))
    return best


class Watch:
    """One kind's evidence over time: its peaks, and whether a concern may be raised."""

    def __init__(self, tail: Tail) -> None:
        self._tail = tail
        self._peaks: list[tuple[int, float]] = []
        self._top: tuple[int, float] = (0, 0.0)
        self.raised = False

    def update(self, hour: int, evidence: float) -> None:
        """Take the evidence of this hour (hours since 1970)."""
        if evidence <= REARM * self._top[1]:
            self._close(hour)
        if evidence > self._top[1]:
            self._top = (hour, evidence)

    def threshold(self, years: float, allowed_per_year: float) -> float:
        """Return how much evidence a concern needs now."""
        return threshold(
            self._tail, [level for _, level in self._peaks], years, allowed_per_year
        )

    def _close(self, hour: int) -> None:
        self.raised = False
        top, self._top = self._top, (hour, 0.0)
        if top[1] < self._tail.smallest:
            return
        self._peaks = [peak for peak in self._peaks if hour - peak[0] <= MEMORY_HOURS]
        if self._peaks and top[0] - self._peaks[-1][0] < MERGE_HOURS:
            top = (top[0], max(top[1], self._peaks.pop()[1]))
        self._peaks.append(top)

    def to_json(self) -> dict[str, Any]:
        """Return what must be remembered."""
        return {
            "peaks": [list(peak) for peak in self._peaks],
            "top": list(self._top),
            "raised": self.raised,
        }

    @classmethod
    def from_json(cls, tail: Tail, state: dict[str, Any]) -> "Watch":
        """Return the watch that ``to_json`` described."""
        watch = cls(tail)
        watch._peaks = [(int(hour), float(level)) for hour, level in state["peaks"]]
        watch._top = (int(state["top"][0]), float(state["top"][1]))
        watch.raised = bool(state["raised"])
        return watch
