"""The coffee on a load cell, as an HX711 converts it (twin of ``firmware/core/dose.c``).

An HX711 has no checksum, so its numbers are weighed before they are believed; ``dose.h``
says why these rules. Counts, not grams: the calibration is the host's.
"""

from firmware_bridge.simulation.twin_sensing import elapsed_ms

DOSE_WINDOW = 3
DOSE_LOST_MS = 500
"""Five conversions; after a start an HX711 needs four by itself."""

_BITS = 0xFF_FFFF
_SIGN_BIT = 0x80_0000


def believable(conversion: int) -> bool:
    """Return whether these 24 bits can be a weight.

    Ones at the low end alone are a data line read as one level for too long, and the two
    extremes, of which one is such a number anyway, are an overloaded cell.
    """
    return conversion & (conversion + 1) != 0 and conversion != _SIGN_BIT


class Dose:
    """The median of the last three believed conversions."""

    def __init__(self) -> None:
        self.counts: int | None = None
        self._believed: list[int] = []
        self._believed_ms = 0

    def see(self, now_ms: int, conversion: int | None) -> None:
        """Take note of time, and of the 24 bits that have arrived since last time."""
        if conversion is not None and believable(conversion & _BITS):
            self._believe(now_ms, ((conversion & _BITS) ^ _SIGN_BIT) - _SIGN_BIT)
        elif self._believed and elapsed_ms(self._believed_ms, now_ms) >= DOSE_LOST_MS:
            self._believed.clear()
            self.counts = None

    def _believe(self, now_ms: int, counts: int) -> None:
        self._believed = [*self._believed, counts][-DOSE_WINDOW:]
        self._believed_ms = now_ms
        if len(self._believed) == DOSE_WINDOW:
            self.counts = sorted(self._believed)[DOSE_WINDOW // 2]
