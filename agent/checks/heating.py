"""The heater: does it warm up in time, does it stop, and does nothing heat without it?

Needs the heater's flag. With a thermometer beside it the heater is judged by what it does
to the boiler; without one, only by how long it is on.
"""

from dataclasses import dataclass, field

from agent.checks.limits import MachineLimits
from agent.checks.room import Look, Span, not_seen_yet, sound, weighed
from wire.facts import CheckName, Finding
from wire.readings import Flag, FlagName, LinkLost, Quantity, Reading, Sample
from wire.stamps import Stamp

READY_C = 85.0
"""Brewing water below this is not coffee water; every machine passes it while warming up."""
KEEPS_HEATING = 2.0
"""Of the longest warm-up: a thermostat that works has switched off long before."""
GAP_S = 60.0
"""Between two samples further apart the thermostat may have clicked off and on unheard."""
HOT_C = 60.0
UNCOMMANDED_C = 15.0
"""After the heater is off a boiler overshoots by a few degrees. No kitchen, and no sun on
the lid, warms a boiler that is hot already by so much."""
OVERSHOOTS_S = 60.0


@dataclass(slots=True)
class HeatingCheck:
    """What the heater does, and what the boiler makes of it."""

    limits: MachineLimits
    heater_on: bool | None = None
    temp_c: float | None = None
    sampled_s: float = 0.0
    tried: bool = False
    last_warm_up_s: float = 0.0
    warming: Span = field(default_factory=Span)
    keeps_on: Span = field(default_factory=Span)
    """The heater is on although the boiler is hot; or on at all, without a thermometer."""
    off: Span = field(default_factory=Span)
    coolest_c: float | None = None
    """Since the heater is off and has overshot."""
    uncommanded_c: float = 0.0

    def receive(self, reading: Reading) -> None:
        """Take one reading into account."""
        now_s = reading.at.monotonic_s
        match reading:
            case LinkLost():
                self.heater_on = self.temp_c = None
                self.warming.hold(False, now_s)
            case Flag(name=FlagName.HEATER_ON, on=on):
                self.heater_on = on
                self.tried = self.tried or on
            case Sample(quantity=Quantity.BOILER_TEMP_C, value=value):
                self._sample(value, now_s)
        self._weigh_warming(now_s)
        hot = self.temp_c is not None and self.temp_c >= READY_C
        thermometer = self.limits.promise(Quantity.BOILER_TEMP_C)
        self.keeps_on.hold(self.heater_on is True and (hot or not thermometer), now_s)
        self._weigh_cooling(now_s)

    def look(self, now: Stamp) -> Look | None:
        """Return whether the boiler heats as it should."""
        if not self.limits.promise(FlagName.HEATER_ON):
            return None
        worst = max(self._weigh(now.monotonic_s), key=lambda one: one.score)
        if worst.score > 1:
            return worst
        if self.heater_on is None:
            return not_seen_yet(CheckName.HEATING)
        if not self.tried:
            return sound(CheckName.HEATING, Finding.HEATING_UNTRIED)
        return sound(CheckName.HEATING, Finding.HEATING_PLAUSIBLE, score=worst.score)

    def _weigh(self, now_s: float) -> list[Look]:
        longest_s = self.limits.warm_up_s_max
        warming_s = max(self.warming.lasted_s(now_s), self.last_warm_up_s)
        keeps_on_s = self.keeps_on.lasted_s(self._known_until_s(now_s))
        return [
            weighed(CheckName.HEATING, finding, score, value)
            for finding, score, value in (
                (Finding.HEATING_TOO_SLOW, warming_s / longest_s, warming_s),
                (
                    Finding.HEATING_TOO_LONG,
                    keeps_on_s / (KEEPS_HEATING * longest_s),
                    keeps_on_s,
                ),
                (
                    Finding.HEATING_UNCOMMANDED,
                    self.uncommanded_c / UNCOMMANDED_C,
                    self.temp_c,
                ),
            )
        ]

    def _sample(self, value: float | None, now_s: float) -> None:
        if now_s - self.sampled_s > GAP_S:
            self.keeps_on.hold(False, now_s)
        self.temp_c, self.sampled_s = value, now_s

    def _known_until_s(self, now_s: float) -> float:
        # Where there is a thermometer, only as long as it was heard: after a pause of the
        # device itself, what it has missed waits in the line.
        thermometer = self.limits.promise(Quantity.BOILER_TEMP_C)
        return min(now_s, self.sampled_s) if thermometer else now_s

    def _weigh_warming(self, now_s: float) -> None:
        if self.temp_c is None or not self.heater_on:
            # Switched off before it was warm: that took too long, or it proves nothing.
            self.last_warm_up_s = max(self.last_warm_up_s, self.warming.lasted_s(now_s))
            self.warming.hold(False, now_s)
            return
        cold = self.temp_c < READY_C
        if not cold and self.warming.since_s is not None:
            self.last_warm_up_s = self.warming.lasted_s(now_s)
        self.warming.hold(cold, now_s)

    def _weigh_cooling(self, now_s: float) -> None:
        self.off.hold(self.heater_on is False, now_s)
        settled = self.off.lasted_s(now_s) > OVERSHOOTS_S and self.temp_c is not None
        if not settled or self.temp_c is None or self.temp_c < HOT_C:
            self.coolest_c, self.uncommanded_c = None, 0.0
            return
        coolest_c = self.temp_c if self.coolest_c is None else self.coolest_c
        self.coolest_c = min(coolest_c, self.temp_c)
        self.uncommanded_c = self.temp_c - self.coolest_c
