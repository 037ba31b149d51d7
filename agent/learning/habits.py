"""Which days may be called usual: what the owner's answers, or their absence, teach.

* ``accept``: the owner said that it is how it is now. Nothing from before that change is
  usual any more, and the days of the change are usual at once.
* ``decline``: a fall was noticed. As long as it lasts and nobody has accepted it, its days
  are not taken as usual: less coffee is not learned by habituation. That ends after
  ``DECLINE_DAYS_MAX``, when too little from before is remembered to compare with.

Days are ordinals. Pure values: no clock, disk or network.
"""

from collections.abc import Mapping
from typing import Any

import numpy as np
from numpy.typing import NDArray

DECLINE_DAYS_MAX = 120
DECLINES_MAX = 8
"""Of which the newest are kept; the routine forgets older days anyway."""

Mask = NDArray[np.bool_]


class Habits:
    """Starts with all days alike."""

    def __init__(self) -> None:
        self._since_day = 0
        self._accepted_day = 0
        """The days up to here are what was accepted; only later ones can depart from it."""
        self._declines: list[tuple[int, int | None]] = []
        """First day and day after the last one, ``None`` while it lasts."""

    def accept(self, since_day: int, accepted_day: int) -> None:
        """Take ``since_day`` to ``accepted_day`` as the new habit."""
        self._since_day, self._accepted_day = since_day, accepted_day
        self._declines = []

    def decline_begins(self, day: int) -> None:
        """A fall was noticed that began on ``day``."""
        self._declines = [*self._declines, (day, None)][-DECLINES_MAX:]

    def decline_ends(self, day: int) -> bool:
        """Use has come back on ``day``; return whether there was a decline."""
        if not self._declines or self._declines[-1][1] is not None:
            return False
        self._declines[-1] = (self._declines[-1][0], day)
        return True

    def usual(self, days: NDArray[np.int64]) -> Mask:
        """Return which of ``days`` may be called usual."""
        usual: Mask = days >= self._since_day
        for first, end in self._declines:
            last = first + DECLINE_DAYS_MAX
            usual &= (days < first) | (days >= (last if end is None else min(end, last)))
        return usual

    def settled(self, days: NDArray[np.int64]) -> Mask:
        """Return which of ``days`` the owner has accepted."""
        settled: Mask = (days >= self._since_day) & (days <= self._accepted_day)
        return settled

    def to_json(self) -> dict[str, Any]:
        """Return what must be remembered."""
        return {
            "since_day": self._since_day,
            "accepted_day": self._accepted_day,
            "declines": [list(span) for span in self._declines],
        }

    @classmethod
    def from_json(cls, state: Mapping[str, Any]) -> "Habits":
        """Return the habits that ``to_json`` described."""
        habits = cls()
        habits._since_day = int(state["since_day"])
        habits._accepted_day = int(state["accepted_day"])
        habits._declines = [(first, end) for first, end in state["declines"]]
        return habits
