"""Bare sensors on the pins of a Raspberry Pi as a source of readings.

This is the shell around ``bare_machine``: it claims the pins that the profile names, looks at
them five times a second, and keeps no rule of its own. The flow meter alone is not looked at
but counted, in a callback that does nothing else, because the kernel keeps only 16 edges for
whoever comes late.

Opening raises ``ConfigError`` with the fix; afterwards nothing raises. An analogue sensor that
cannot be read is told as such, and pins that cannot be read at all as a lost link.
"""

from collections.abc import Callable, Mapping, Sequence
from functools import partial
from typing import Any

import gpiozero  # type: ignore[import-untyped]

from firmware_bridge.driver import FrameCounts
from firmware_bridge.pins.bare_machine import BareMachine, Sight
from firmware_bridge.pins.claim import claim
from firmware_bridge.profile import MachineProfile
from wire.options import ConfigError
from wire.readings import FlagName, Quantity, Reading
from wire.stamps import Stamp

SECTIONS = {
    Quantity.BOILER_TEMP_C: "boiler",
    Quantity.PRESSURE_BAR: "pressure",
    Quantity.WATER_LEVEL_ML: "level",
}


class EdgeCount:
    """Counts the edges of one pin, on the thread of the pin library."""

    def __init__(self) -> None:
        self.counts = (0, 0)
        """All edges, and those of the same kind as the one before. Replaced as a whole, so
        that a reader never sees one count without the other."""
        self._state: int | None = None

    def take(self, _ticks: float, state: int) -> None:
        """Count one edge, and nothing else: the kernel's memory for more is short."""
        edges, repeats = self.counts
        self.counts = (edges + 1, repeats + (state == self._state))
        self._state = state


class GpioSource:
    """Reads a machine that has no protocol."""

    def __init__(self, profile: MachineProfile, *, pin_factory: Any = None) -> None:
        """Claim the pins that ``profile`` names, or raise ``ConfigError``."""
        self._machine = BareMachine(profile)
        self._looks = 0
        self._edges = EdgeCount()
        self._claimed: list[Any] = []
        self._file = profile.file
        self._factory = pin_factory
        flow = self._machine.sensors.flow
        try:
            self._claim("flow", f"gpio = {flow.gpio}", partial(self._counted, flow.gpio))
            self._tank = self._tank_switch()
            self._channels = self._analogue_channels()
        except ConfigError:
            self.close()
            raise

    @property
    def tells(self) -> frozenset[Quantity | FlagName]:
        """All that these sensors can ever report."""
        return self._machine.sensors.tells

    @property
    def counts(self) -> FrameCounts:
        """A look at the pins counts as a frame."""
        return FrameCounts(frames_ok=self._looks)

    def read(self, now: Stamp) -> Sequence[Reading]:
        """Return what the pins show, if a look is due."""
        if self._machine.wait_s(now) > 0:
            return []
        try:
            sight = self._look()
        except Exception:
            # Each pin library has its own root of errors, see ``pins``.
            return self._machine.unseen(now)
        self._looks += 1
        return self._machine.see(sight, now)

    def next_due_s(self, now: Stamp) -> float:
        """Return in how many seconds the next look is due."""
        return self._machine.wait_s(now)

    def fileno(self) -> None:
        """Return nothing to wait on: pins are looked at by the clock."""

    def close(self) -> None:
        """Release the pins."""
        while self._claimed:
            self._claimed.pop().close()

    def _look(self) -> Sight:
        edges, repeats = self._edges.counts
        return Sight(
            edges=edges,
            repeats=repeats,
            tank_closed=None if self._tank is None else bool(self._tank.is_active),
            shares={name: share_of(device) for name, device in self._channels.items()},
        )

    def _claim(self, section: str, what: str, make: Callable[..., Any]) -> Any:
        place = f"{self._file} [bare-sensors.{section}] {what}"
        device = claim(place, partial(make, pin_factory=self._factory))
        self._claimed.append(device)
        return device

    def _counted(self, gpio: int, *, pin_factory: Any) -> Any:
        device = gpiozero.InputDevice(gpio, pull_up=True, pin_factory=pin_factory)
        try:
            # A hall sensor does not bounce, and debouncing would swallow fast pulses.
            device.pin.bounce = None
            device.pin.edges = "both"
            device.pin.when_changed = self._edges.take
        except Exception:
            device.close()
            raise
        return device

    def _tank_switch(self) -> Any:
        tank = self._machine.sensors.tank
        if tank is None:
            return None
        make = partial(gpiozero.InputDevice, tank.gpio, pull_up=True)
        return self._claim("tank", f"gpio = {tank.gpio}", make)

    def _analogue_channels(self) -> Mapping[Quantity, Any]:
        sensors = self._machine.sensors
        if sensors.converter is None:
            return {}
        make = getattr(gpiozero, sensors.converter.chip)
        channels = {
            name: self._claim(
                SECTIONS[name],
                f"channel = {sensor.channel}",
                partial(make, channel=sensor.channel, port=0, device=sensors.converter.select),
            )
            for name, sensor in sensors.analogue.items()
        }
        if is_silent([share_of(device) for device in channels.values()]):
            raise ConfigError(
                f"{self._file} [bare-sensors.converter] chip = {sensors.converter.chip!r}: "
                f"no chip answers; check its supply, its wires on GPIO 9, 10 and 11, and its "
                f"select wire"
            )
        return channels


def share_of(device: Any) -> float | None:
    """Return the share of its supply that a channel reads, ``None`` if it cannot be read."""
    try:
        return float(device.raw_value) / float(2**device.bits - 1)
    except Exception:
        return None


def is_silent(shares: Sequence[float | None]) -> bool:
    """Tell whether no chip is there: then its line stays where it rests, for each channel.

    One channel alone may as well have a broken wire, which is a sensor's matter.
    """
    same = len(shares) > 1 and (set(shares) == {0.0} or set(shares) == {1.0})
    return same or None in shares
