"""What kind of machine this is: its driver, its port or pins, its sizes, its plausible ranges.

A profile is one file in ``config/machines/``. It is read strictly: an unknown option, a
missing one, a wrong type or a value out of range is a ``ConfigError`` that names the file,
the ``[section] option = value``, the allowed range and so the fix. Nothing is guessed and
nothing is silently corrected, because a wrong calibration would look like a changed habit.

A section that is named like the driver (``[jura-v1]``) belongs to that driver alone, which
reads it with the same strict ``Options``; so a maker adds a driver without changing this file.

A machine speaks over a serial port, or it says nothing at all and its sensors are wired to the
pins of the Pi. The latter has the driver ``bare-sensors`` and no section ``[serial]``.

>>> profile = load_profile(profile_path("reference"))
>>> profile.driver, profile.water.tank_ml
('reference', 1800.0)
"""

import sys
from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum
from pathlib import Path
from typing import Any

from firmware_bridge.load_cell import LoadCell, read_load_cell
from wire.options import ConfigError, Options

__all__ = ["BARE_SENSORS", "ConfigError", "MachineProfile", "load_profile", "profile_path"]

_FOLDERS = (
    Path(__file__).resolve().parent.parent / "config" / "machines",  # a checkout
    Path(sys.prefix) / "share" / "demitasse" / "machines",  # installed by pip
    Path("/etc/demitasse/machines"),  # Debian's package, where they can be edited
)
MACHINES_FOLDER = next((folder for folder in _FOLDERS if folder.is_dir()), _FOLDERS[0])
"""Where the shipped profiles are."""

BARE_SENSORS = "bare-sensors"
"""What stands for a driver where there is no protocol; see ``bare_machine``."""

BAUD_RATES = (1200, 2400, 4800, 9600, 19200, 38400, 57600, 115200, 230400)


class Polarity(StrEnum):
    """What the machine's line is when nothing is sent."""

    NORMAL = "normal"
    """High, as every serial receiver expects it."""
    INVERTED = "inverted"
    """Low. The wiring has to turn it round: no serial port of a Pi can."""


@dataclass(frozen=True, slots=True, kw_only=True)
class SerialPort:
    """How the machine is wired to this device."""

    port: str
    second_port: str
    """The other line of a machine that is listened to on two; empty: one line is enough."""
    baud_rate: int
    polarity: Polarity
    link_lost_ms: int
    """After this long without a valid frame the machine counts as not heard."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Water:
    """How the machine's water figures become millilitres."""

    tank_ml: float
    ml_per_pulse: float


@dataclass(frozen=True, slots=True, kw_only=True)
class Plausible:
    """What this machine does when it is well: the device check compares with it."""

    boiler_temp_c: tuple[float, float]
    flow_ml_per_s: tuple[float, float]
    warm_up_s_max: float


@dataclass(frozen=True, slots=True, kw_only=True)
class Pins:
    """BCM numbers of the owner's light and button, where there are any."""

    light_gpio: int | None
    button_gpio: int | None


@dataclass(frozen=True, slots=True, kw_only=True)
class MachineProfile:
    """One file of ``config/machines/``, checked."""

    file: Path
    model: str
    driver: str
    serial_port: SerialPort | None
    water: Water
    plausible: Plausible
    pins: Pins
    load_cell: LoadCell | None
    driver_table: Mapping[str, Any]

    @property
    def serial(self) -> SerialPort:
        """The machine's serial port, or ``ConfigError`` for one that has none."""
        if self.serial_port is None:
            raise self.no_port()
        return self.serial_port

    def no_port(self) -> ConfigError:
        """Return what to say to whoever wants bytes of a machine that sends none."""
        return ConfigError(
            f"{self.file} [machine] driver = {self.driver!r}: this machine has sensors on pins "
            f"and no serial port; listen to it with demitasse decode --live, or choose a "
            f"profile that has a section [serial]"
        )

    def driver_options(self) -> Options:
        """Return the section that belongs to this profile's driver, to be read by it."""
        return Options(self.driver_table, str(self.file), self.driver)


def profile_path(name: str, folder: Path = MACHINES_FOLDER) -> Path:
    """Return the file that ``name`` means: a path as it is, or a shipped profile's name."""
    if name.endswith(".toml") or "/" in name:
        return Path(name)
    path = folder / f"{name}.toml"
    if path.is_file():
        return path
    known = sorted(file.stem for file in folder.glob("*.toml"))
    shown = ", ".join(known) if known else f"none in {folder}"
    raise ConfigError(
        f"machine profile {name[:60]!r}: "
        f"unknown; choose a profile ({shown}) or give the path of a .toml file"
    )


def load_profile(file: Path) -> MachineProfile:
    """Return the checked profile in ``file``, or raise ``ConfigError``."""
    options = Options.load(file)
    machine = options.section("machine", required=True)
    driver = machine.text("driver")
    profile = MachineProfile(
        file=file,
        model=machine.text("model", max_length=80),  # as much as a message carries
        driver=driver,
        serial_port=None if driver == BARE_SENSORS else _serial(options),
        water=_water(options.section("water", required=True)),
        plausible=_plausible(options.section("plausible", required=True)),
        pins=_pins(options.section("pins")),
        load_cell=read_load_cell(options.section("load_cell"))
        if options.table("load_cell")
        else None,
        driver_table=options.table(driver),
    )
    options.close()
    return profile


def _serial(profile: Options) -> SerialPort:
    options = profile.section("serial", required=True)
    return SerialPort(
        port=options.text("port"),
        second_port=options.text("second_port", default=""),
        baud_rate=options.choice("baud_rate", among=BAUD_RATES),
        polarity=Polarity(
            options.choice("polarity", among=tuple(map(str, Polarity)), default="normal")
        ),
        link_lost_ms=options.integer(
            "link_lost_ms", low=500, high=120_000, unit="milliseconds"
        ),
    )


def _water(options: Options) -> Water:
    return Water(
        tank_ml=options.number("tank_ml", low=100, high=20_000, unit="millilitres"),
        ml_per_pulse=options.number("ml_per_pulse", low=0.01, high=10, unit="millilitres"),
    )


def _plausible(options: Options) -> Plausible:
    return Plausible(
        boiler_temp_c=options.span("boiler_temp_c", low=-20, high=200, unit="degrees Celsius"),
        flow_ml_per_s=options.span(
            "flow_ml_per_s", low=0.1, high=50, unit="millilitres a second"
        ),
        warm_up_s_max=options.number("warm_up_s_max", low=5, high=3600, unit="seconds"),
    )


def _pins(options: Options) -> Pins:
    light, button = (
        options.optional_integer(name, low=0, high=27, unit="BCM number")
        for name in ("light_gpio", "button_gpio")
    )
    if light is not None and light == button:
        options.refuse("button_gpio", button, "light_gpio has this pin already; choose another")
    return Pins(light_gpio=light, button_gpio=button)
