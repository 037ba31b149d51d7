"""The tank: does its switch agree with the level sensor and with the water that flows?

Switches on real machines stick and lie. One is believed as long as nothing contradicts it;
where the machine has a switch and nothing beside it, there is nothing to contradict.
"""

from dataclasses import dataclass, field

from agent.checks.limits import MachineLimits
from agent.checks.room import MINUTE_S, Look, Span, not_seen_yet, sound, weighed
from wire.facts import CheckName, Finding
from wire.readings import (
    BrewFinished,
    Flag,
    FlagName,
    LinkLost,
    Quantity,
    Reading,
    Sample,
)
from wire.stamps import Stamp

TANK_DISAGREES_S = MINUTE_S
"""Water sloshes: switch and level may disagree for a moment, not for a minute."""
TANK_CLEARLY_FULL = 0.25
TANK_CLEARLY_EMPTY = 0.01
"""Share of the tank. Between the two a switch may be anywhere on its hysteresis, and so
much may still flow after it has called for water: that is the reserve."""
LEVEL_RANGE = (-0.05, 1.15)
"""Share of the tank that a level sensor may show; the scale of a float is a rough one."""
IMPLAUSIBLE_LEVELS = 10
"""So many unreadable or impossible samples in a row are a broken sensor, not a spark."""


@dataclass(slots=True)
class TankCheck:
    """What the switch says, and what speaks against it."""

    limits: MachineLimits
    empty: bool | None = None
    level_ml: float | None = None
    level_heard: bool = False
    implausible: int = 0
    flowed_ml: float = 0.0
    """Since the switch has called for water."""
    stuck_empty: Span = field(default_factory=Span)
    stuck_full: Span = field(default_factory=Span)

    def receive(self, reading: Reading) -> None:
        """Take one reading into account."""
        match reading:
            case LinkLost():
                # What the sensors said before the silence is not what they say now.
                self.empty = self.level_ml = None
                self.level_heard, self.implausible = False, 0
            case Flag(name=FlagName.TANK_EMPTY, on=on):
                self.empty = on
                self.flowed_ml = self.flowed_ml if on else 0.0
            case Sample(quantity=Quantity.WATER_LEVEL_ML, value=value):
                self._level(value)
            case BrewFinished(water_ml=water_ml) if water_ml is not None and self.empty:
                self.flowed_ml += water_ml
        self._compare(reading.at.monotonic_s)

    def look(self, now: Stamp) -> Look | None:
        """Return whether the switch and the level can be believed."""
        switch = self.limits.promise(FlagName.TANK_EMPTY)
        level = self.limits.promise(Quantity.WATER_LEVEL_ML)
        if not switch and not level:
            return None
        if self.implausible:
            score = self.implausible / IMPLAUSIBLE_LEVELS
            return weighed(CheckName.TANK, Finding.LEVEL_OUT_OF_RANGE, score, self.level_ml)
        if found := self._contradicted(now.monotonic_s):
            return found
        if (switch and self.empty is None) or (level and not self.level_heard):
            return not_seen_yet(CheckName.TANK)
        return sound(CheckName.TANK, Finding.TANK_PLAUSIBLE)

    def _contradicted(self, now_s: float) -> Look | None:
        for span, finding in (
            (self.stuck_empty, Finding.TANK_SWITCH_STUCK_EMPTY),
            (self.stuck_full, Finding.TANK_SWITCH_STUCK_FULL),
        ):
            if span.since_s is not None:
                score = span.lasted_s(now_s) / TANK_DISAGREES_S
                return weighed(CheckName.TANK, finding, score, self.level_ml)
        reserve_ml = TANK_CLEARLY_FULL * self.limits.tank_ml
        if self.empty and self.flowed_ml > reserve_ml:
            flows = Finding.TANK_EMPTY_BUT_WATER_FLOWS
            return weighed(CheckName.TANK, flows, 1.0, self.flowed_ml)
        return None

    def _level(self, value: float | None) -> None:
        low, high = LEVEL_RANGE
        plausible = value is not None and low <= value / self.limits.tank_ml <= high
        self.implausible = 0 if plausible else self.implausible + 1
        self.level_ml, self.level_heard = value, True

    def _compare(self, now_s: float) -> None:
        share = None if self.level_ml is None else self.level_ml / self.limits.tank_ml
        known = share is not None and self.empty is not None and not self.implausible
        self.stuck_empty.hold(
            known and self.empty is True and (share or 0) > TANK_CLEARLY_FULL, now_s
        )
        self.stuck_full.hold(
            known and self.empty is False and (share or 0) < TANK_CLEARLY_EMPTY, now_s
        )
