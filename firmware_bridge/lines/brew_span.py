"""Turns "it brews, it does not" into brews, by the rule of the reference protocol.

A brew starts when brewing was seen for ``BEGIN_S`` without interruption, and finishes when
it was not seen for ``END_S``, or for as long as a machine is known to pause: pre-infusion is
part of the brew, a short burst of the pump is none. It lasts from the first sight to the
last. Both need ``repeats`` sights in a row, which are all that a recording without times has
(see ``steady``).

A brew during which the link is lost is not told: how it went on is not known.
"""

from firmware_bridge.lines.steady import Steady
from wire.readings import BrewFinished, BrewStarted, Reading
from wire.stamps import Stamp

BEGIN_S = 1.0
END_S = 2.0


class BrewSpan:
    """Follows one machine through its brews."""

    _started: bool
    _first_s: float | None
    _last_s: float

    def __init__(self, repeats: int, end_s: float = END_S) -> None:
        self._repeats = repeats
        self._end_s = end_s
        self.forget()

    def see(self, brewing: bool, at: Stamp, *, lasted_s: float = 0.0) -> list[Reading]:
        """Take note of what one frame shows, and has shown for ``lasted_s`` already."""
        began = self._brewing.see(brewing, at) and brewing
        ended = self._resting.see(not brewing, at) and not brewing
        if brewing:
            if self._first_s is None:
                self._first_s = at.monotonic_s - lasted_s
            self._last_s = at.monotonic_s
        if began and not self._started:
            self._started = True
            return [BrewStarted(at=at, number=None)]
        if not brewing and not self._started:
            self._first_s = None
        if ended and self._started:
            return [self._finish(at)]
        return []

    @property
    def under_way(self) -> bool:
        """Whether a brew is going on, or what may become one."""
        return self._first_s is not None

    def forget(self) -> None:
        """Drop a brew that cannot be followed to its end."""
        self._brewing: Steady[bool] = Steady(self._repeats, BEGIN_S)
        self._resting: Steady[bool] = Steady(self._repeats, self._end_s)
        self._started = False
        self._first_s = None
        self._last_s = 0.0

    def _finish(self, at: Stamp) -> BrewFinished:
        assert self._first_s is not None
        duration_s = self._last_s - self._first_s
        self.forget()
        return BrewFinished(at=at, number=None, duration_s=duration_s, water_ml=None)
