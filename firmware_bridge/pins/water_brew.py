"""Turns "water flows, the pump presses" into brews with their water.

When a brew begins and ends is the rule of ``brew_span``, with what recorded espresso shots
taught about water:

1. It takes a real flow, or pump pressure, to begin. Once begun, a trickle goes on with it:
   while the coffee swells a tenth of the flow passes, for up to half a minute.
2. It is told of once ``brew_ml_min`` were drawn, or once the pump was seen to press, whatever
   the meter says: a splash is no brew, and a dry pump is worth telling.
3. A trickle that never ends is a leak, and pressure that never falls is a dead sensor: after
   ``ALONE_S_MAX`` without a real flow neither counts any more.
4. It lasts until the last pulse, and all water until it is over is its water.
"""

import math
from dataclasses import replace

from firmware_bridge.lines.brew_span import BrewSpan
from firmware_bridge.pins.bare_sensors import FlowPin
from firmware_bridge.pins.flow_meter import FlowMeter
from wire.readings import BrewFinished, BrewStarted, Reading
from wire.stamps import Stamp

EQUAL_LOOKS = 2
"""In a row; for how long, ``brew_span`` says."""
FLOWING_ML_PER_S = 0.5
"""A brew begins with more than this: a dripping tap or a leaking group has less."""
SURE_ML_PER_S = 1.0
"""Twice that, because a meter counts whole pulses: a leak can look like the former."""
ALONE_S_MAX = 60.0


class WaterBrew:
    """Follows one machine through its brews, by its water."""

    def __init__(self, flow: FlowPin) -> None:
        self._ml_min = flow.brew_ml_min
        self._span = BrewSpan(EQUAL_LOOKS, flow.pause_s)
        self._begun = False
        """It lasts long enough to be a brew, ..."""
        self._told = False
        """... and was worth telling of."""
        self._pressed = False
        self._rest_ml = 0.0
        """What the meter said when the machine last rested."""
        self._sure_s = -math.inf
        """When it was last sure: a real flow, or the pressure rose."""
        self._pressing = False
        self._seen_s = self._moved_s = 0.0
        """When it was last seen to brew, and the last sign of that: the flow is that of a
        whole second, and so outlasts the water."""

    def see(self, pressing: bool, meter: FlowMeter, at: Stamp) -> list[Reading]:
        """Take one look at the water, and return what has begun or ended."""
        brewing = self._brewing(pressing, meter, at)
        readings: list[Reading] = []
        for told in self._span.see(brewing, at):
            if isinstance(told, BrewFinished) and self._told:
                readings.append(self._measured(told, meter))
            self._begun = isinstance(told, BrewStarted)
        if not self._span.under_way:
            self._begun = self._told = self._pressed = False
            self._rest_ml = meter.drawn_ml
            return readings
        self._pressed |= pressing
        if brewing:
            self._seen_s = at.monotonic_s
            turned = meter.drawn_ml > self._rest_ml
            self._moved_s = meter.moved_s if turned else at.monotonic_s
        if self._begun and not self._told and self._worth_telling(meter):
            self._told = True
            readings.append(BrewStarted(at=at, number=None))
        return readings

    def forget(self) -> None:
        """Drop a brew that cannot be followed to its end."""
        self._span.forget()
        self._begun = self._told = self._pressed = False

    def _brewing(self, pressing: bool, meter: FlowMeter, at: Stamp) -> bool:
        flow = meter.ml_per_s or 0.0
        if flow >= SURE_ML_PER_S or (pressing and not self._pressing):
            self._sure_s = at.monotonic_s
        self._pressing = pressing
        alone = at.monotonic_s - self._sure_s >= ALONE_S_MAX
        if self._begun:
            return not alone and (pressing or flow > 0)
        return flow >= FLOWING_ML_PER_S or (pressing and not alone)

    def _worth_telling(self, meter: FlowMeter) -> bool:
        return self._pressed or meter.drawn_ml - self._rest_ml >= self._ml_min

    def _measured(self, brew: BrewFinished, meter: FlowMeter) -> BrewFinished:
        return replace(
            brew,
            duration_s=max(0.0, brew.duration_s - (self._seen_s - self._moved_s)),
            water_ml=meter.drawn_ml - self._rest_ml,
        )
