"""The machine that says nothing: what its bare sensors show becomes readings.

Source: the circuits and intervals of published espresso controllers. Covers any machine with
a hall flow meter, and whatever else of ``bare_sensors`` is wired. Like a driver it does no
I/O: what the pins show and a time go in, readings come out. Quirks, and what is done:

* There is no link that could be lost. A sensor that stops or sticks is a sensor: its value
  becomes "cannot tell", and is never taken for the absence of coffee.
* A flow meter with a broken wire looks like one at rest. Where pressure is measured, a pump
  that presses without turning the meter is a brew of no water: the device check then sees a
  dry pump or a dead meter. Without pressure nobody can tell, so wire it if you can.
* Air makes the turbine race, and it coasts when the pump stops: the flow is that of a whole
  second, and a brew lasts until the last pulse.
* A float switch chatters: it counts after three equal reads, 200 ms apart.
* Analogue values have sparks: what is told each second is the median of its looks.

A brew is flow or pump pressure; ``water_brew`` has the rule.
"""

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from statistics import median

from firmware_bridge.lines.steady import SteadyFlags
from firmware_bridge.pins.bare_sensors import BareSensors, load_bare_sensors
from firmware_bridge.pins.flow_meter import FlowMeter
from firmware_bridge.pins.water_brew import WaterBrew
from firmware_bridge.profile import MachineProfile
from wire.readings import (
    FlagName,
    FramesMissed,
    LinkLoss,
    LinkLost,
    LinkUp,
    Quantity,
    Reading,
    Sample,
)
from wire.stamps import Stamp

LOOK_EVERY_S = 0.2
TANK_EQUAL_LOOKS = 3
TELL_EVERY_S = 1.0


@dataclass(frozen=True, slots=True, kw_only=True)
class Sight:
    """What the pins show at one moment."""

    edges: int
    repeats: int
    """Edges of the flow meter since the start, and how many were of the same kind as the one
    before: see ``flow_meter``."""
    tank_closed: bool | None
    shares: Mapping[Quantity, float | None]
    """Each analogue sensor's share of the supply, ``None`` where the chip did not answer."""


class BareMachine:
    """Follows one machine by what its pins show."""

    def __init__(self, profile: MachineProfile) -> None:
        self.sensors: BareSensors = load_bare_sensors(profile)
        self._meter = FlowMeter(profile.water.ml_per_pulse)
        self._flags = SteadyFlags(TANK_EQUAL_LOOKS)
        self._brew = WaterBrew(self.sensors.flow)
        self._values: dict[Quantity, list[float | None]] = {}
        """What the analogue sensors have shown since the last time it was told."""
        self._up = False
        self._due_s = self._tell_s = -math.inf

    def wait_s(self, at: Stamp) -> float:
        """Return in how many seconds the pins are to be looked at again."""
        return max(0.0, self._due_s - at.monotonic_s)

    def see(self, sight: Sight, at: Stamp) -> list[Reading]:
        """Take one look at the pins and return what it tells."""
        self._due_s = at.monotonic_s + LOOK_EVERY_S
        readings: list[Reading] = [] if self._up else [LinkUp(at=at)]
        self._up = True
        if lost := self._meter.see(sight.edges, sight.repeats, at):
            readings.append(FramesMissed(at=at, count=lost))
        values = self._valued(sight)
        readings += self._tank(sight, at)
        readings += self._brewed(values.get(Quantity.PRESSURE_BAR), at)
        readings += self._told(values, at)
        return readings

    def unseen(self, at: Stamp) -> list[Reading]:
        """Take note that the pins cannot be read at all."""
        self._due_s = at.monotonic_s + LOOK_EVERY_S
        if not self._up:
            return []
        self._up = False
        self._flags.forget()
        self._brew.forget()
        self._values.clear()
        return [LinkLost(at=at, reason=LinkLoss.UNPLUGGED)]

    def _valued(self, sight: Sight) -> dict[Quantity, float | None]:
        values: dict[Quantity, float | None] = {}
        for name, sensor in self.sensors.analogue.items():
            share = sight.shares.get(name)
            values[name] = None if share is None else sensor.value(share)
        return values

    def _tank(self, sight: Sight, at: Stamp) -> list[Reading]:
        tank = self.sensors.tank
        if tank is None or sight.tank_closed is None:
            return []
        empty = sight.tank_closed is tank.empty_when_closed
        return list(self._flags.see({FlagName.TANK_EMPTY: empty}, at))

    def _brewed(self, bar: float | None, at: Stamp) -> list[Reading]:
        brew_bar = self.sensors.brew_bar
        pressing = bar is not None and brew_bar is not None and bar >= brew_bar
        return self._brew.see(pressing, self._meter, at)

    def _told(self, values: Mapping[Quantity, float | None], at: Stamp) -> list[Reading]:
        for name, value in values.items():
            self._values.setdefault(name, []).append(value)
        if at.monotonic_s < self._tell_s:
            return []
        self._tell_s = at.monotonic_s + TELL_EVERY_S
        now: dict[Quantity, float | None] = {
            name: middle(seen) for name, seen in self._values.items()
        }
        self._values.clear()
        now[Quantity.FLOW_ML_PER_S] = self._meter.ml_per_s
        now[Quantity.WATER_DRAWN_ML] = self._meter.drawn_ml
        return [Sample(at=at, quantity=name, value=value) for name, value in now.items()]


def middle(seen: Sequence[float | None]) -> float | None:
    """Return the median of what was seen, or ``None`` if mostly nothing was."""
    known = [value for value in seen if value is not None]
    return median(known) if len(known) > len(seen) / 2 else None
