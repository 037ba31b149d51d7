"""What a driver is, and how one is found by its name.

A driver is the part that understands one controller. It does no I/O and reads no clock:
bytes and a time go in, readings come out, so that the same driver serves the port,
``demitasse decode``, the tests and the fuzzer. Rules that every driver keeps:

1. No input raises. Damage is dropped, counted, and the next good frame is understood.
2. Memory is bounded, whatever arrives and however it is cut into pieces.
3. ``poll`` returns only requests that read. No driver can build another.
4. It never guesses: what a model's map does not name is not reported.

A maker's own driver is a class with these methods, announced by the maker's package under
the entry point group ``demitasse.drivers``; nothing here needs to change.
"""

import pkgutil
from collections.abc import Callable
from dataclasses import dataclass
from importlib.metadata import entry_points
from typing import Protocol, cast

from firmware_bridge.profile import MachineProfile
from wire.options import ConfigError
from wire.readings import Reading
from wire.stamps import Stamp

GROUP = "demitasse.drivers"

OWN_DRIVERS = {
    "decent-de1": "firmware_bridge.decent_de1:DecentDe1Driver",
    "jura-v1": "firmware_bridge.jura_v1:JuraV1Driver",
    "lelit-gicar": "firmware_bridge.lelit_gicar:LelitGicarDriver",
    "lelit-marax": "firmware_bridge.lelit_marax:LelitMaraXDriver",
    "philips-2200": "firmware_bridge.philips_2200:Philips2200Driver",
    "philips-5400": "firmware_bridge.philips_5400:Philips5400Driver",
    "reference": "firmware_bridge.reference:ReferenceDriver",
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


class Driver(Protocol):
    """Understands one kind of controller."""

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


def load_driver(name: str, profile: MachineProfile) -> Driver:
    """Return a new driver by its entry point name, or raise ``ConfigError``."""
    points = {point.name: point for point in entry_points(group=GROUP)}
    if name in points:
        make = points[name].load()
    elif name in OWN_DRIVERS:
        make = pkgutil.resolve_name(OWN_DRIVERS[name])
    else:
        known = ", ".join(sorted(points.keys() | OWN_DRIVERS.keys()))
        raise ConfigError(
            f"{profile.file} [machine] driver = {name[:60]!r}: "
            f"no such driver is installed; choose {known}"
        )
    return cast(Callable[[MachineProfile], Driver], make)(profile)
