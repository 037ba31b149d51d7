"""What a driver is, and how one is found by its name.

A driver is the part that understands one controller. It does no I/O and reads no clock:
bytes and a time go in, readings come out, so that the same driver serves the port,
``demitasse decode``, the tests and the fuzzer. Rules that every driver keeps:

1. No input raises. Damage is dropped, counted, and the next good frame is understood.
2. Memory is bounded, whatever arrives and however it is cut into pieces.
3. ``poll`` returns only requests that read. No driver can build another.
4. It never guesses: what a model's map does not name is not reported.
5. ``tells`` promises no more than it can report, and no less.

A maker's own driver is a class with these methods, announced by the maker's package under
the entry point group ``demitasse.drivers``; nothing here needs to change.
"""

import pkgutil
from collections.abc import Callable
from dataclasses import dataclass
from typing import Protocol, cast, runtime_checkable

from firmware_bridge.profile import BARE_SENSORS, MachineProfile
from wire.options import ConfigError
from wire.readings import FlagName, Quantity, Reading
from wire.stamps import Stamp

GROUP = "demitasse.drivers"

OWN_DRIVERS = {
    "decent-de1": "firmware_bridge.makes.decent_de1:DecentDe1Driver",
    "jura-v1": "firmware_bridge.makes.jura_v1:JuraV1Driver",
    "lelit-gicar": "firmware_bridge.makes.lelit_gicar:LelitGicarDriver",
    "lelit-marax": "firmware_bridge.makes.lelit_marax:LelitMaraXDriver",
    "philips-2200": "firmware_bridge.makes.philips_2200:Philips2200Driver",
    "philips-5400": "firmware_bridge.makes.philips_5400:Philips5400Driver",
    "reference": "firmware_bridge.reference.driver:ReferenceDriver",
}
"""The same lines as in pyproject.toml, so that a checkout runs without being installed."""


@dataclass(frozen=True, slots=True, kw_only=True)
class FrameCounts:
    """What a driver has seen of its line since it was made."""

    bytes: int = 0
    frames_ok: int = 0
    frames_bad: int = 0
    frames_skipped: int = 0
    """Sound frames of a type or a major version that this driver does not know."""
    resyncs: int = 0
    """How often a good frame came after bad ones."""

    def __add__(self, other: "FrameCounts") -> "FrameCounts":
        """Return what was seen of two lines together."""
        return FrameCounts(
            bytes=self.bytes + other.bytes,
            frames_ok=self.frames_ok + other.frames_ok,
            frames_bad=self.frames_bad + other.frames_bad,
            frames_skipped=self.frames_skipped + other.frames_skipped,
            resyncs=self.resyncs + other.resyncs,
        )


class Driver(Protocol):
    """Understands one kind of controller."""

    @property
    def tells(self) -> frozenset[Quantity | FlagName]:
        """All that this driver with its profile can ever report.

        The device check expects what is promised here and looks at nothing else.
        """
        ...

    @property
    def counts(self) -> FrameCounts:
        """What has been seen of the line so far."""
        ...

    def receive(self, data: bytes, at: Stamp) -> list[Reading]:
        """Take what has arrived by ``at`` and return what it tells.

        ``data`` may be empty: then only time has passed, and the link may be lost by it.
        """
        ...

    def poll(self, at: Stamp) -> bytes:
        """Return what is to be sent now; listen-only drivers have nothing to send."""
        ...

    def unplugged(self, at: Stamp) -> list[Reading]:
        """Take note that the port is gone, and with it any half of a frame."""
        ...

    def next_due_s(self, at: Stamp) -> float | None:
        """Return in how many seconds time alone changes something, or ``None``."""
        ...


@runtime_checkable
class TwoLineDriver(Driver, Protocol):
    """Understands a controller that is listened to on two lines."""

    def second_line(self) -> Driver:
        """Return what understands the other line; the two are never mixed."""
        ...


def load_driver(name: str, profile: MachineProfile) -> Driver:
    """Return a new driver by its entry point name, or raise ``ConfigError``."""
    if name == BARE_SENSORS:
        raise profile.no_port()
    if name in OWN_DRIVERS:
        make = pkgutil.resolve_name(OWN_DRIVERS[name])
    else:
        make = _makers_own(name, profile)
    return cast(Callable[[MachineProfile], Driver], make)(profile)


def _makers_own(name: str, profile: MachineProfile) -> object:
    # Late: whoever has a driver of ours does not look through all that is installed.
    from importlib.metadata import entry_points  # noqa: PLC0415

    points = {point.name: point for point in entry_points(group=GROUP)}
    if name in points:
        return points[name].load()
    known = ", ".join(sorted(points.keys() | OWN_DRIVERS.keys()))
    raise ConfigError(
        f"{profile.file} [machine] driver = {name[:60]!r}: "
        f"no such driver is installed; choose {known}"
    )
