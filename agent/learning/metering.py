"""Gives a brew its volume where the machine tells how fast water flows, but not how much.

Some controllers end a brew with millilitres; some only say all the while how fast it flows,
or how much has passed the meter since the beginning. Both are added up here, once, so that
the brews and the device check speak of the same water. What was not heard is not guessed:
a brew with a gap in it keeps no volume.
"""

from collections.abc import Sequence
from dataclasses import dataclass, replace

from wire.readings import (
    BrewFinished,
    BrewStarted,
    FramesMissed,
    LinkLost,
    Quantity,
    Reading,
    Sample,
)

GAP_S = 3.0
"""Flow is told several times a second; between two samples further apart it is not known."""


@dataclass(slots=True)
class Meter:
    """What has flowed since the brew began."""

    flowed_ml: float | None = None
    """``None`` while no brew is followed, or its water cannot be known."""
    last: tuple[float, float] | None = None
    """(when, how fast) of the last sample of the flow."""
    drawn_ml: float | None = None
    began_ml: float | None = None
    """Where the meter stood when the brew began."""
    metered: bool = False
    """Whether the meter was heard since then."""

    def complete(self, readings: Sequence[Reading]) -> list[Reading]:
        """Return ``readings``, with a volume in each brew for which it is known."""
        return [self._take_in(reading) for reading in readings]

    def _take_in(self, reading: Reading) -> Reading:
        match reading:
            case BrewStarted():
                self.flowed_ml, self.last = 0.0, None
                self.began_ml, self.metered = self.drawn_ml, False
            case LinkLost() | FramesMissed():
                self.flowed_ml = self.last = self.began_ml = self.drawn_ml = None
            case Sample(quantity=Quantity.FLOW_ML_PER_S, value=value):
                self._flow(reading.at.monotonic_s, value)
            case Sample(quantity=Quantity.WATER_DRAWN_ML, value=value):
                self.drawn_ml, self.metered = value, True
            case BrewFinished(water_ml=None):
                reading = replace(reading, water_ml=self._volume())
                self.flowed_ml = self.began_ml = None
        return reading

    def _flow(self, now_s: float, value: float | None) -> None:
        before, self.last = self.last, None if value is None else (now_s, value)
        if self.flowed_ml is None:
            return
        if value is None or (before is not None and now_s - before[0] > GAP_S):
            self.flowed_ml = None
        elif before is not None:
            at_s, speed = before
            self.flowed_ml += (now_s - at_s) * (speed + value) / 2

    def _volume(self) -> float | None:
        # Without a single sample in the brew nothing was measured, not even nothing.
        if self.last is not None:
            return self.flowed_ml
        if self.began_ml is None or self.drawn_ml is None or not self.metered:
            return None
        return max(0.0, self.drawn_ml - self.began_ml)
