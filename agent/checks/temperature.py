"""The thermometer: possible values, no jumps, and a value that moves when it must."""

from collections import deque
from dataclasses import dataclass, field

from agent.checks.limits import MachineLimits
from agent.checks.room import HOUR_S, Look, Span, not_seen_yet, sound, weighed
from wire.facts import CheckName, Finding
from wire.readings import Flag, FlagName, LinkLost, Quantity, Reading, Sample
from wire.stamps import Stamp

STUCK_HEATING_S = 120.0
"""A heater that is on for so long moves any real thermometer."""
STUCK_HOT_S = 2 * HOUR_S
"""A hot boiler that is left alone cools, and one that is kept hot goes up and down."""
STUCK_HOT_C = 60.0
READY_C = 85.0
IMPLAUSIBLE_SAMPLES = 10
"""So many unreadable or impossible samples in a row are a broken sensor, not a spark."""
JUMP_C = 30.0
JUMP_S = 5.0
"""No kettle of water gets warmer or colder by so much in so short a time."""
JUMPS_AN_HOUR = 6
"""A spark is one jump there and one back; a loose plug goes on."""


@dataclass(slots=True)
class TemperatureCheck:
    """What the thermometer said, and when it last moved."""

    limits: MachineLimits
    temp_c: float | None = None
    sampled_s: float = 0.0
    heater_on: bool = False
    implausible: int = 0
    jumps_s: deque[float] = field(default_factory=lambda: deque(maxlen=64))
    unchanged: Span = field(default_factory=Span)
    warming: Span = field(default_factory=Span)

    def receive(self, reading: Reading) -> None:
        """Take one reading into account."""
        now_s = reading.at.monotonic_s
        match reading:
            case LinkLost():
                self.temp_c = None
                self.unchanged.hold(False, now_s)
            case Flag(name=FlagName.HEATER_ON, on=on):
                self.heater_on = on
            case Sample(quantity=Quantity.BOILER_TEMP_C, value=value):
                self._sample(value, now_s)
        cold = self.temp_c is not None and self.temp_c < READY_C
        self.warming.hold(self.heater_on and cold, now_s)

    def look(self, now: Stamp) -> Look | None:
        """Return whether the thermometer can be believed."""
        if not self.limits.promise(Quantity.BOILER_TEMP_C):
            return None
        if self.implausible:
            impossible, score = (
                Finding.TEMPERATURE_OUT_OF_RANGE,
                self.implausible / IMPLAUSIBLE_SAMPLES,
            )
            return weighed(CheckName.TEMPERATURE, impossible, score, self.temp_c)
        if self.temp_c is None:
            return not_seen_yet(CheckName.TEMPERATURE)
        jumps = sum(1 for at_s in self.jumps_s if now.monotonic_s - at_s < HOUR_S)
        if jumps >= JUMPS_AN_HOUR:
            score = jumps / JUMPS_AN_HOUR
            jumping = Finding.TEMPERATURE_JUMPS
            return weighed(CheckName.TEMPERATURE, jumping, score, float(jumps))
        stuck = self._stuck(now.monotonic_s)
        if stuck >= 1:
            still = Finding.TEMPERATURE_STUCK
            return weighed(CheckName.TEMPERATURE, still, stuck, self.temp_c)
        plausible = Finding.TEMPERATURE_PLAUSIBLE
        return sound(CheckName.TEMPERATURE, plausible, self.temp_c, score=stuck)

    def _sample(self, value: float | None, now_s: float) -> None:
        low, high = self.limits.boiler_temp_c
        plausible = value is not None and low <= value <= high
        self.implausible = 0 if plausible else self.implausible + 1
        before = self.temp_c
        if value is not None and before is not None:
            if abs(value - before) > JUMP_C and now_s - self.sampled_s < JUMP_S:
                self.jumps_s.append(now_s)
        self.unchanged.hold(value is not None and value == before, now_s)
        self.temp_c, self.sampled_s = value, now_s

    def _stuck(self, now_s: float) -> float:
        """Return the share of the time after which it must have moved."""
        # Up to the last sample: a controller at rest samples rarely, or not at all.
        until_s = min(now_s, self.sampled_s)
        heating = min(self.unchanged.lasted_s(until_s), self.warming.lasted_s(until_s))
        hot_s = 0.0
        if self.temp_c is not None and self.temp_c >= STUCK_HOT_C:
            hot_s = self.unchanged.lasted_s(until_s)
        return max(heating / STUCK_HEATING_S, hot_s / STUCK_HOT_S)
