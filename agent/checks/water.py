"""The water balance: what left the tank must be what flowed, and the other way round.

From a moment on, level and flow meter are added up side by side. Less level without flow
is a leak or a lying sensor; flow without less level is a stuck sensor or a meter that
turns by itself. Hands are told from faults by their haste: a level that rises, or falls
at once without flow, is somebody at the tank, and the sums begin anew.
"""

from dataclasses import dataclass, field

from agent.checks.limits import MachineLimits
from agent.checks.room import DAY_S, MINUTE_S, Look, Span, not_seen_yet, sound, weighed
from wire.facts import CheckName, Finding
from wire.readings import Flag, FlagName, FramesMissed, LinkLost, Quantity, Reading, Sample
from wire.stamps import Stamp

DISAGREES_ML = 150.0
"""A cup. Sloshing, a meter that is 5 % off and a day's evaporation stay below it."""
DISAGREES_SHARE = 0.2
"""Of what has flowed: nobody calibrates the meter of a coffee machine."""
DISAGREES_S = 10 * MINUTE_S
"""Longer than any water takes to settle, or anybody to carry the tank to the tap."""
RISES_ML = 60.0
"""More than water sloshes: somebody is filling."""
POURED_ML = 100.0
"""Gone between two samples without flow: the tank was lifted out. A leak takes longer."""


@dataclass(frozen=True, slots=True, kw_only=True)
class _Beginning:
    """Where the two sums began."""

    at_s: float
    level_ml: float
    drawn_ml: float


@dataclass(slots=True)
class WaterCheck:
    """Level and flow, added up since a common beginning."""

    limits: MachineLimits
    beginning: _Beginning | None = None
    level_ml: float | None = None
    level_s: float = 0.0
    lowest_ml: float = 0.0
    drawn_ml: float | None = None
    drawn_at_level_ml: float = 0.0
    pump_on: bool = False
    disagreement_ml: float = 0.0
    """Positive when more is gone than has flowed."""
    gone: Span = field(default_factory=Span)
    unmoved: Span = field(default_factory=Span)

    def receive(self, reading: Reading) -> None:
        """Take one reading into account."""
        now_s = reading.at.monotonic_s
        match reading:
            case LinkLost() | FramesMissed():
                # Hands and brews may have been at the tank meanwhile.
                self._begin_anew()
            case Flag(name=FlagName.PUMP_ON, on=on):
                self.pump_on = on
            case Sample(quantity=Quantity.WATER_DRAWN_ML, value=value):
                if value is None or (self.drawn_ml is not None and value < self.drawn_ml):
                    self._begin_anew()
                self.drawn_ml = value
            case Sample(quantity=Quantity.WATER_LEVEL_ML, value=value):
                self._level(value, now_s)

    def look(self, now: Stamp) -> Look | None:
        """Return whether the two sums agree."""
        if not self.limits.promise(Quantity.WATER_LEVEL_ML, Quantity.WATER_DRAWN_ML):
            return None
        if self.level_ml is None or self.drawn_ml is None:
            return not_seen_yet(CheckName.WATER)
        for span, finding in (
            (self.gone, Finding.LEVEL_DROP_WITHOUT_FLOW),
            (self.unmoved, Finding.FLOW_WITHOUT_LEVEL_DROP),
        ):
            if span.since_s is not None:
                score = span.lasted_s(min(now.monotonic_s, self.level_s)) / DISAGREES_S
                amount_ml = abs(self.disagreement_ml)
                return weighed(CheckName.WATER, finding, score, amount_ml)
        score = abs(self.disagreement_ml) / self._tolerated_ml()
        return sound(CheckName.WATER, Finding.WATER_ADDS_UP, score=min(score, 1.0) / 2)

    def _level(self, value: float | None, now_s: float) -> None:
        before, self.level_ml, self.level_s = self.level_ml, value, now_s
        if value is None or self.drawn_ml is None:
            self._begin_anew()
            return
        flowed_ml = self.drawn_ml - self.drawn_at_level_ml
        self.drawn_at_level_ml = self.drawn_ml
        self.lowest_ml = min(self.lowest_ml, value)
        poured = before is not None and before - value > POURED_ML + 2 * flowed_ml
        if self.beginning is None or poured or value - self.lowest_ml > RISES_ML:
            self._begin(value, now_s)
        elif not self.pump_on:
            self._compare(self.beginning, value, now_s)

    def _compare(self, beginning: _Beginning, level_ml: float, now_s: float) -> None:
        assert self.drawn_ml is not None
        drawn_ml = self.drawn_ml - beginning.drawn_ml
        self.disagreement_ml = beginning.level_ml - level_ml - drawn_ml
        tolerated_ml = self._tolerated_ml()
        self.gone.hold(self.disagreement_ml > tolerated_ml, now_s)
        self.unmoved.hold(self.disagreement_ml < -tolerated_ml, now_s)
        agrees = self.gone.since_s is None and self.unmoved.since_s is None
        if agrees and now_s - beginning.at_s > DAY_S:
            self._begin(level_ml, now_s)

    def _tolerated_ml(self) -> float:
        if self.beginning is None or self.drawn_ml is None:
            return DISAGREES_ML
        drawn_ml = self.drawn_ml - self.beginning.drawn_ml
        return max(DISAGREES_ML, DISAGREES_SHARE * drawn_ml)

    def _begin(self, level_ml: float, now_s: float) -> None:
        self._begin_anew()
        assert self.drawn_ml is not None
        self.beginning = _Beginning(at_s=now_s, level_ml=level_ml, drawn_ml=self.drawn_ml)
        self.lowest_ml = level_ml

    def _begin_anew(self) -> None:
        self.beginning, self.disagreement_ml = None, 0.0
        self.gone.hold(False, 0.0)
        self.unmoved.hold(False, 0.0)
