"""What the share of its supply that an analogue sensor gives back means, with its unit.

Each sensor has ends that no sound one reaches: a broken wire and a short circuit give
``None``, which says "the sensor cannot tell", and never a number that looks like a fact.
Shares run from 0 (ground) to 1 (the supply of the converter).
"""

import math
from dataclasses import dataclass
from typing import Protocol

SHORT_SHARE, OPEN_SHARE = 0.008, 0.992
"""The wire and not the sensor: the limits of the reference controller, 8 steps of 1023."""

KELVIN = 273.15
ROOM_K = KELVIN + 25.0
"""At which a thermistor has the resistance that it is named for."""


class Analogue(Protocol):
    """A sensor on one channel of the converter."""

    @property
    def channel(self) -> int:
        """The channel of the converter."""
        ...

    def value(self, share: float) -> float | None:
        """Return what ``share`` means, or ``None`` for a wire that is broken or shorted."""
        ...


@dataclass(frozen=True, slots=True, kw_only=True)
class Thermistor:
    """An NTC to ground, and a resistor to the supply: degrees Celsius."""

    channel: int
    ntc_ohm: float
    beta_k: float
    fixed_ohm: float

    def value(self, share: float) -> float | None:
        """Return the temperature, by the beta formula."""
        if not SHORT_SHARE < share < OPEN_SHARE:
            return None
        ohm = self.fixed_ohm * share / (1 - share)
        return 1 / (1 / ROOM_K + math.log(ohm / self.ntc_ohm) / self.beta_k) - KELVIN


@dataclass(frozen=True, slots=True, kw_only=True)
class Linear:
    """A sensor whose voltage grows (or falls) evenly from ``low`` to ``high``."""

    channel: int
    low_share: float
    high_share: float
    high_value: float
    """The value at ``high_share``; that at ``low_share`` is 0."""

    MARGIN = 0.05
    """Of the span: ripple and tolerance leave it by so much, a broken wire by more."""

    def value(self, share: float) -> float | None:
        """Return the value; what is a little beyond an end is that end."""
        part = (share - self.low_share) / (self.high_share - self.low_share)
        if not -self.MARGIN <= part <= 1 + self.MARGIN:
            return None
        return min(max(part, 0.0), 1.0) * self.high_value
