"""The flow: does water flow when the pump runs, only then, and as fast as it should?

Judged from the meter. A machine without one gives no line. Without a brew there is nothing
to say about the flow, and nothing against it.
"""

from collections import deque
from dataclasses import dataclass, field

from agent.checks.limits import MachineLimits
from agent.checks.room import HOUR_S, Look, Span, sound, weighed
from wire.facts import CheckName, Finding
from wire.readings import (
    BrewFinished,
    Flag,
    FlagName,
    FramesMissed,
    LinkLost,
    Quantity,
    Reading,
    Sample,
)
from wire.stamps import Stamp

DRY_BREW_S = 5.0
"""A brew shorter than this may end before the first pulse of the flow meter."""
DRY_BREW_ML = 3.0
DRY_BREWS = 2
"""One dry brew is an airlock or an empty tank; two in a row are a pump or a meter."""
DRY_PUMP_S = 60.0
"""A pump that moves no water for so long is in trouble, whether or not it is a brew."""
DRY_PUMP_DOUBT_S = 10.0
WRONG_FLOWS = 3
"""One slow cup is a fine grind; three in a row are a clogged valve or a worn pump."""
STRAY_ML = 30.0
"""So much in an hour without the pump is no drip that was still in the hose."""
DRIPS_S = 5.0
"""After the pump has stopped, the pressure still leaves through the meter."""


@dataclass(slots=True)
class FlowCheck:
    """What the pump did, and what the meter made of it."""

    limits: MachineLimits
    tried: bool = False
    dry_brews: int = 0
    slow: int = 0
    fast: int = 0
    flow_ml_per_s: float = 0.0
    drawn_ml: float | None = None
    drawn_s: float = 0.0
    pump_on: bool | None = None
    stopped_s: float = 0.0
    dry_pump: Span = field(default_factory=Span)
    stray: deque[tuple[float, float]] = field(default_factory=lambda: deque(maxlen=256))
    """(when, ml) that flowed although the pump was off."""

    def receive(self, reading: Reading) -> None:
        """Take one reading into account."""
        now_s = reading.at.monotonic_s
        match reading:
            case LinkLost() | FramesMissed():
                # The pump may have run meanwhile: the next figure of the meter is a start.
                self.drawn_ml = self.pump_on = None
                self.dry_pump.hold(False, now_s)
            case Flag(name=FlagName.PUMP_ON, on=on):
                self.pump_on, self.stopped_s = on, now_s
                self.dry_pump.hold(on and self._metered(), now_s)
            case Sample(quantity=Quantity.WATER_DRAWN_ML, value=value):
                self._drawn(value, now_s)
            case BrewFinished(duration_s=duration_s, water_ml=water_ml):
                self._brewed(duration_s, water_ml)

    def look(self, now: Stamp) -> Look | None:
        """Return whether pump and meter agree."""
        promise = self.limits.promise
        if not promise(Quantity.WATER_DRAWN_ML) and not promise(Quantity.FLOW_ML_PER_S):
            return None
        doubts = [self._look_at_dryness(now.monotonic_s), self._look_at_stray_water(now)]
        doubts += self._look_at_speed()
        worst = max((one for one in doubts if one), key=lambda one: one.score, default=None)
        if worst is not None:
            return worst
        if not self.tried:
            return sound(CheckName.FLOW, Finding.FLOW_UNTRIED)
        return sound(CheckName.FLOW, Finding.FLOW_PLAUSIBLE, score=self._on_the_way())

    def _look_at_dryness(self, now_s: float) -> Look | None:
        if self.dry_brews >= DRY_BREWS:
            score, brews = self.dry_brews / DRY_BREWS, float(self.dry_brews)
            return weighed(CheckName.FLOW, Finding.PUMP_WITHOUT_FLOW, score, brews)
        # Up to the last figure of the meter: without one nothing is known of its water.
        dry_s = self.dry_pump.lasted_s(min(now_s, self.drawn_s))
        if dry_s >= DRY_PUMP_DOUBT_S:
            return weighed(CheckName.FLOW, Finding.PUMP_WITHOUT_FLOW, dry_s / DRY_PUMP_S)
        return None

    def _look_at_stray_water(self, now: Stamp) -> Look | None:
        stray_ml = sum(ml for at_s, ml in self.stray if now.monotonic_s - at_s < HOUR_S)
        if stray_ml <= DRY_BREW_ML:
            return None
        score = stray_ml / STRAY_ML
        return weighed(CheckName.FLOW, Finding.FLOW_WITHOUT_PUMP, score, stray_ml)

    def _look_at_speed(self) -> list[Look | None]:
        return [
            weighed(CheckName.FLOW, finding, count / WRONG_FLOWS, self.flow_ml_per_s)
            for count, finding in (
                (self.slow, Finding.FLOW_TOO_SLOW),
                (self.fast, Finding.FLOW_TOO_FAST),
            )
            if count >= WRONG_FLOWS
        ]

    def _on_the_way(self) -> float:
        return max(self.dry_brews / DRY_BREWS, max(self.slow, self.fast) / WRONG_FLOWS)

    def _metered(self) -> bool:
        return self.limits.promise(Quantity.WATER_DRAWN_ML)

    def _drawn(self, value: float | None, now_s: float) -> None:
        before, self.drawn_ml, self.drawn_s = self.drawn_ml, value, now_s
        if value is None or before is None or value <= before:
            return
        if self.pump_on:
            self.dry_pump.since_s = now_s
        elif self.pump_on is False and now_s - self.stopped_s > DRIPS_S:
            self.stray.append((now_s, value - before))

    def _brewed(self, duration_s: float, water_ml: float | None) -> None:
        if duration_s < DRY_BREW_S or water_ml is None:
            return
        self.tried = True
        if water_ml < DRY_BREW_ML:
            self.dry_brews += 1
            return
        self.dry_brews = 0
        self.flow_ml_per_s = water_ml / duration_s
        low, high = self.limits.flow_ml_per_s
        self.slow = self.slow + 1 if self.flow_ml_per_s < low else 0
        self.fast = self.fast + 1 if self.flow_ml_per_s > high else 0
