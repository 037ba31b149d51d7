"""What a load cell's counts weigh: two numbers of the machine's profile.

They stand in the profile and not in the controller's memory because a calibration in there
would need a frame that changes a machine, and the reference protocol has none; and because a
file outlives a power cut, can be read and corrected by a person, and moves to a new
controller by being kept.
"""

from dataclasses import dataclass

from wire.options import Options

COUNTS_MAX = 0x7F_FFFF
"""What 24 bits with a sign can hold."""


@dataclass(frozen=True, slots=True, kw_only=True)
class LoadCell:
    """How one cell counts."""

    empty_counts: int
    """With the empty cup on it."""
    counts_per_g: float
    """Below zero where the cell counts downwards."""

    def grams(self, counts: int) -> float:
        """Return the weight of what lies in the cup; below zero, the cup is not there."""
        return (counts - self.empty_counts) / self.counts_per_g

    def counts(self, grams: float) -> int:
        """Return what the cell counts for ``grams``: the way back, for simulators."""
        counts = self.empty_counts + round(grams * self.counts_per_g)
        return max(-COUNTS_MAX - 1, min(counts, COUNTS_MAX))


def read_load_cell(options: Options) -> LoadCell:
    """Return the load cell that the section ``options`` describes."""
    cell = LoadCell(
        empty_counts=options.integer(
            "empty_counts", low=-COUNTS_MAX, high=COUNTS_MAX, unit="counts"
        ),
        counts_per_g=options.number(
            "counts_per_g", low=-100_000, high=100_000, unit="counts a gram"
        ),
    )
    if abs(cell.counts_per_g) < 1:
        fix = "choose at least 1, or at most -1 where the cell counts downwards"
        options.refuse("counts_per_g", cell.counts_per_g, fix)
    return cell
