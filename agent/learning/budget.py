"""How much evidence is needed before a change is worth one of the owner's few questions.

The owner chooses how many false questions a year are acceptable; every kind gets a fixed
share. The threshold of a kind is the evidence that this household is expected to exceed
no more often than that share without any change worth asking about. Two sources are weighed:
the population, and the household's own *peaks* (excursions of the evidence) in real order,
drifts and holidays included. A peak that was raised as a concern counts as well, so every
question makes the next one rarer. A quiet home earns lower thresholds with time; a restless
one outgrows its own records.

``Tail``        For nats, of which a home has few peaks. The population says how many are to be
                expected a year beyond a level, ``exp((once_a_year - level) / scale)``, the home
                counts its own; with a prior worth ``prior_years`` the expected rate is
                ``(prior_years · tail(level) + own peaks beyond) / (prior_years + own years)``.
``PauseTail``   For days of pause, of which a home has many: their number a year and their mean
                length beyond ``floor`` are this home's own, each with a prior worth
                ``prior_years`` of a usual home. As the mean is not known for sure, long pauses
                are expected more often than it alone would say (a Pareto tail, not an
                exponential one), and all the more so the less of this home is known.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from math import log
from typing import Any, Protocol

MERGE_HOURS = 14 * 24
"""Peaks of a ``Tail`` closer than two weeks have one cause and count once."""
MEMORY_HOURS = 2 * 8766
REARM = 0.5
"""A concern of a kind is over when its evidence has fallen to this share of its peak."""


class Rarity(Protocol):
    """How rare evidence is, in homes that nothing is wrong with and in this one."""

    @property
    def smallest(self) -> float:
        """Peaks below this say nothing and are not kept."""

    @property
    def merge_hours(self) -> int:
        """Peaks closer than this count once."""

    @property
    def record_hours(self) -> int:
        """For so long nothing shorter than the last peaks is worth a question."""

    def threshold(self, peaks: Sequence[float], years: float, allowed: float) -> float:
        """Return the level that is expected to be exceeded ``allowed`` times a year."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Tail:
    """The rarity of evidence in nats."""

    once_a_year: float
    """The evidence that peaks once a year in a home."""
    scale: float
    """How much more evidence is e times rarer."""
    smallest: float
    prior_years: float
    """How many own years weigh as much as the population: few where homes differ much."""
    margin: float = 1.2
    """How far above an own peak counts as beyond it: own peaks are few."""
    merge_hours: int = MERGE_HOURS
    record_hours: int = 0

    def threshold(self, peaks: Sequence[float], years: float, allowed: float) -> float:
        """Return the level that is expected to be exceeded ``allowed`` times a year."""
        allowed_now = allowed * (self.prior_years + years)
        records = [self.margin * peak for peak in sorted(peaks, reverse=True)]
        best = float("inf")
        for above, floor in enumerate([*records, self.smallest]):
            # With ``above`` own peaks beyond the level, the population may add the rest.
            spare = allowed_now - above
            if spare <= 0:
                break
            level = self.once_a_year + self.scale * log(self.prior_years / spare)
            best = min(best, max(level, floor))
        return best


@dataclass(frozen=True, slots=True, kw_only=True)
class PauseTail:
    """The rarity of pauses, in days."""

    smallest: float
    """Shorter pauses say nothing about long ones, and no threshold is below."""
    a_year: float
    """How many longer ones a usual home has in a year."""
    mean_beyond: float
    """How much longer they are on average."""
    prior_years: float
    merge_hours: int = 0
    record_hours: int = 28 * 24
    """Absences come in groups: for four weeks after one, only a longer one is news."""

    def threshold(self, peaks: Sequence[float], years: float, allowed: float) -> float:
        """Return the level that is expected to be exceeded ``allowed`` times a year."""
        beyond = [peak - self.smallest for peak in peaks]
        number = self.prior_years * self.a_year + len(beyond)
        total = self.prior_years * self.a_year * self.mean_beyond + sum(beyond)
        rarer = number / (self.prior_years + years) / allowed
        return self.smallest + total * float(max(1.0, rarer) ** (1 / number) - 1)


class Watch:
    """One kind's evidence over time: its peaks, and whether a concern may be raised."""

    def __init__(self, tail: Rarity) -> None:
        self._tail = tail
        self._peaks: list[tuple[int, float]] = []
        self._top: tuple[int, float] = (0, 0.0)
        self._accepted: tuple[int, float] = (0, 0.0)
        self._hour = 0
        self._raised = False

    @property
    def smallest(self) -> float:
        """Evidence below this is no question."""
        return self._tail.smallest

    @property
    def top(self) -> float:
        """The highest evidence of the peak that is going on."""
        return self._top[1]

    @property
    def raised(self) -> bool:
        """Whether the peak that is going on was asked about."""
        return self._raised

    def update(self, hour: int, evidence: float) -> bool:
        """Take the evidence of this hour (hours since 1970); return whether a peak is over."""
        self._hour = hour
        closes = evidence <= REARM * self._top[1] and self._top[1] > 0
        if closes:
            self.end(hour)
        if evidence > self._top[1]:
            self._top = (hour, evidence)
        return closes

    def raise_now(self) -> None:
        """The peak that is going on was asked about."""
        self._raised = True

    def accept(self, hour: int, level: float) -> None:
        """Take ``level`` as normal: for as long as peaks are remembered, none asks for less."""
        self._accepted = (hour, max(self._accepted[1], level))

    def threshold(self, years: float, allowed_per_year: float) -> float:
        """Return how much evidence a concern needs now."""
        own = self._tail.threshold([level for _, level in self._peaks], years, allowed_per_year)
        record_from = self._hour - self._tail.record_hours
        records = [level for hour, level in self._peaks if hour > record_from]
        return max(own, self._accepted[1], *records)

    def end(self, hour: int) -> None:
        """Close the peak that is going on and remember it."""
        self._raised = False
        top, self._top = self._top, (hour, 0.0)
        if hour - self._accepted[0] > MEMORY_HOURS:
            self._accepted = (0, 0.0)
        if top[1] < self._tail.smallest:
            return
        self._peaks = [peak for peak in self._peaks if hour - peak[0] <= MEMORY_HOURS]
        if self._peaks and top[0] - self._peaks[-1][0] < self._tail.merge_hours:
            top = (top[0], max(top[1], self._peaks.pop()[1]))
        self._peaks.append(top)

    def to_json(self) -> dict[str, Any]:
        """Return what must be remembered."""
        return {
            "peaks": [list(peak) for peak in self._peaks],
            "top": list(self._top),
            "accepted": list(self._accepted),
            "hour": self._hour,
            "raised": self._raised,
        }

    @classmethod
    def from_json(cls, tail: Rarity, state: dict[str, Any]) -> "Watch":
        """Return the watch that ``to_json`` described."""
        watch = cls(tail)
        watch._peaks = [(int(hour), float(level)) for hour, level in state["peaks"]]
        watch._top = (int(state["top"][0]), float(state["top"][1]))
        watch._accepted = (int(state["accepted"][0]), float(state["accepted"][1]))
        watch._hour = int(state["hour"])
        watch._raised = bool(state["raised"])
        return watch
