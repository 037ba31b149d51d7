"""Opens the machine that a profile describes: its port, its two ports, or its pins.

Both who runs a device and who debugs one (``demitasse decode --live``) come through here, so
that what a maker sees while debugging is what the device will see.
"""

from collections.abc import Callable
from typing import Protocol

from firmware_bridge.driver import Driver, FrameCounts, TwoLineDriver, load_driver
from firmware_bridge.lines.misread import Explainer, LineDoctor
from firmware_bridge.ports.serial_source import SerialSource
from firmware_bridge.ports.two_ports import TwoPorts
from firmware_bridge.profile import MachineProfile
from wire.options import ConfigError
from wire.readings import FlagName, Quantity, Source


class MachineSource(Source, Protocol):
    """A source that also says what it can tell, and what it has seen of its line."""

    @property
    def tells(self) -> frozenset[Quantity | FlagName]:
        """All that this machine can ever report."""
        ...

    @property
    def counts(self) -> FrameCounts:
        """What has been seen so far."""
        ...


def open_source(
    profile: MachineProfile,
    *,
    port: str = "",
    driver: Driver | None = None,
    tell: Callable[[str], None] | None = None,
) -> MachineSource:
    """Open ``port`` or, if that is empty, what ``profile`` names; ``ConfigError`` if it fails.

    ``driver`` takes the place of the profile's own. With ``tell``, a serial port that cannot
    be opened yet is no error: the reason is told, and the port is looked for from then on.
    """
    if profile.serial_port is None and not port:
        # Here, so that a device with a serial port needs no library for pins.
        from firmware_bridge.pins.gpio_source import GpioSource  # noqa: PLC0415

        return GpioSource(profile)
    serial = profile.serial
    driver = driver or load_driver(profile.driver, profile)
    first = SerialSource(
        port or serial.port,
        driver,
        baud_rate=serial.baud_rate,
        option=f"{profile.file} [serial] port",
        explainer=Explainer(LineDoctor(profile)),
    )
    _open(first, tell)
    if not serial.second_port:
        return first
    place = f"{profile.file} [serial] second_port"
    if not isinstance(driver, TwoLineDriver):
        raise ConfigError(
            f"{place} = {serial.second_port!r}: {profile.driver} listens on one line; "
            f"leave it out"
        )
    second = SerialSource(
        serial.second_port, driver.second_line(), baud_rate=serial.baud_rate, option=place
    )
    try:
        _open(second, tell)
    except ConfigError:
        first.close()
        raise
    return TwoPorts(first, second)


def _open(source: SerialSource, tell: Callable[[str], None] | None) -> None:
    try:
        source.check()
    except ConfigError as error:
        if tell is None:
            raise
        tell(str(error))
