"""What was seen, local day by local day: brews and seen time in each hour of the clock.

The routine learns from nothing else. A row is a local calendar day, a column an hour of
the local clock, so that summer time needs no further thought: the hour that exists twice
in October is one cell that collects both, the hour that March skips stays unseen. Seen
time is kept in tenths of an hour, and a cell counts no more brews than one digit can say,
because what is remembered must come back exactly.

The window is bounded; older days are forgotten. Pure values: no clock, disk or network.
"""

from typing import Any

import numpy as np
from numpy.typing import NDArray

WINDOW_DAYS = 200
"""Half a year and a little: the routine compares with at most 180 days."""

_DIGITS = "0123456789abcdefghijklmnopqrstuvwxyz"
FULL_TENTHS = 10
BREWS_AN_HOUR_MAX = len(_DIGITS) - 1
"""More brews in an hour of the clock are a fault of the counter, not coffee."""

Grid = NDArray[np.int64]


class ObservedDays:
    """A grid of days by hours, growing at the end and bounded at the start.

    Days are proleptic Gregorian ordinals (``date.toordinal``); row 0 is ``first_day``.
    """

    def __init__(self, first_day: int) -> None:
        self.first_day = first_day
        self.brews: Grid = np.zeros((1, 24), dtype=np.int64)
        self.seen_tenths: Grid = np.zeros((1, 24), dtype=np.int64)

    @property
    def last_day(self) -> int:
        """The newest day that has a row."""
        return self.first_day + len(self.brews) - 1

    def extend_to(self, day: int) -> None:
        """Add empty rows until ``day`` has one, and forget what leaves the window."""
        missing = day - self.last_day
        if missing <= 0:
            return
        rows = np.zeros((min(missing, WINDOW_DAYS), 24), dtype=np.int64)
        self.brews = np.vstack([self.brews, rows])[-WINDOW_DAYS:]
        self.seen_tenths = np.vstack([self.seen_tenths, rows])[-WINDOW_DAYS:]
        self.first_day = day - len(self.brews) + 1

    def add_brews(self, day: int, hour: int, brews: int) -> None:
        """Count ``brews`` in a cell, up to ``BREWS_AN_HOUR_MAX``; older days are ignored."""
        if self.first_day <= day <= self.last_day:
            row = day - self.first_day
            total = int(self.brews[row, hour]) + brews
            self.brews[row, hour] = min(BREWS_AN_HOUR_MAX, total)

    def add_seen(self, day: int, hour: int, tenths: int) -> None:
        """Add seen time to a cell, negative to take it back; one cell holds one hour."""
        if self.first_day <= day <= self.last_day:
            row = day - self.first_day
            total = int(self.seen_tenths[row, hour]) + tenths
            self.seen_tenths[row, hour] = min(FULL_TENTHS, max(0, total))

    def to_json(self) -> dict[str, Any]:
        """Return the grid as text: one digit a cell, base 36 for brews."""
        return {
            "first_day": self.first_day,
            "brews": ["".join(_DIGITS[n] for n in row) for row in self.brews],
            "seen_tenths": ["".join(_DIGITS[n] for n in row) for row in self.seen_tenths],
        }

    @classmethod
    def from_json(cls, state: dict[str, Any]) -> "ObservedDays":
        """Return the grid that ``to_json`` described."""
        days = cls(int(state["first_day"]))
        days.brews = _grid(state["brews"])
        days.seen_tenths = _grid(state["seen_tenths"])
        return days


def _grid(rows: list[str]) -> Grid:
    return np.array([[_DIGITS.index(digit) for digit in row] for row in rows], dtype=np.int64)
