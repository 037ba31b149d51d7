"""What kind of machine this is: its driver, its port, its sizes, its plausible ranges.

A profile is one file in ``config/machines/``. It is read strictly: an unknown option, a
missing one, a wrong type or a value out of range is a ``ConfigError`` that names the file,
the ``[section] option = value``, the allowed range and so the fix. Nothing is guessed and
nothing is silently corrected, because a wrong calibration would look like a changed habit.

A section that is named like the driver (``[jura-v1]``) belongs to that driver alone, which
reads it with the same strict ``Options``; so a maker adds a driver without changing this file.

>>> profile = load_profile(profile_path("reference"))
>>> profile.driver, profile.water.tank_ml
('reference', 1800.0)
"""

import tomllib
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from firmware_bridge.options import ConfigError, Options

__all__ = ["ConfigError", "MachineProfile", "load_profile", "profile_path"]

MACHINES_FOLDER = Path(__file__).resolve().parent.parent / "config" / "machines"
"""Where the shipped profiles are."""

BAUD_RATES = (1200, 2400, 4800, 9600, 19200, 38400, 57600, 115200, 230400)

FILE_BYTES_MAX = 64 * 1024
"""A profile is a page of text; whatever is larger is some other file."""


@dataclass(frozen=True, slots=True, kw_only=True)
class SerialPort:
    """How the machine is wired to this device."""

    port: str
    baud_rate: int
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
    serial: SerialPort
    water: Water
    plausible: Plausible
    pins: Pins
    driver_table: Mapping[str, object]

    def driver_options(self) -> Options:
        """Return the section that belongs to this profile's driver, to be read by it."""
        return Options(self.file, self.driver, self.driver_table)


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
        f"machine profile {name[:60]!r}",
        f"unknown; choose a profile ({shown}) or give the path of a .toml file",
    )


def load_profile(file: Path) -> MachineProfile:
    """Return the checked profile in ``file``, or raise ``ConfigError``."""
    tables = _sections(file)
    machine = _take(file, tables, "machine")
    profile = MachineProfile(
        file=file,
        model=machine.text("model"),
        driver=machine.text("driver"),
        serial=_serial(_take(file, tables, "serial")),
        water=_water(_take(file, tables, "water")),
        plausible=_plausible(_take(file, tables, "plausible")),
        pins=_pins(_take(file, tables, "pins", {})),
        driver_table=tables.pop(machine.text("driver"), {}),
    )
    machine.finish()
    for name in tables:
        raise ConfigError(
            f"{file} [{name[:60]}]",
            "no such section; remove it, or choose [machine], [serial], [water], "
            f"[plausible], [pins] or [{profile.driver}]",
        )
    return profile


def _serial(options: Options) -> SerialPort:
    settings = SerialPort(
        port=options.text("port"),
        baud_rate=options.choice("baud_rate", BAUD_RATES),
        link_lost_ms=options.integer("link_lost_ms", 500, 120_000, "milliseconds"),
    )
    options.finish()
    return settings


def _water(options: Options) -> Water:
    settings = Water(
        tank_ml=options.number("tank_ml", 100, 20_000, "millilitres"),
        ml_per_pulse=options.number("ml_per_pulse", 0.01, 10, "millilitres"),
    )
    options.finish()
    return settings


def _plausible(options: Options) -> Plausible:
    settings = Plausible(
        boiler_temp_c=options.span("boiler_temp_c", -20, 200, "degrees Celsius"),
        flow_ml_per_s=options.span("flow_ml_per_s", 0.1, 50, "millilitres a second"),
        warm_up_s_max=options.number("warm_up_s_max", 5, 3600, "seconds"),
    )
    options.finish()
    return settings


def _pins(options: Options) -> Pins:
    settings = Pins(
        light_gpio=options.optional_integer("light_gpio", 0, 27, "BCM number"),
        button_gpio=options.optional_integer("button_gpio", 0, 27, "BCM number"),
    )
    if settings.light_gpio is not None and settings.light_gpio == settings.button_gpio:
        raise options.error("button_gpio", "light_gpio has this pin already; choose another")
    options.finish()
    return settings


def _sections(file: Path) -> dict[str, Mapping[str, object]]:
    try:
        with file.open("rb") as opened:
            data = opened.read(FILE_BYTES_MAX + 1)
    except OSError as error:
        raise ConfigError(str(file), f"{error.strerror}; give a readable profile") from None
    if len(data) > FILE_BYTES_MAX:
        raise ConfigError(str(file), f"more than {FILE_BYTES_MAX} bytes: not a profile")
    try:
        tables = tomllib.loads(data.decode("utf-8"))
    except (UnicodeDecodeError, tomllib.TOMLDecodeError, RecursionError) as error:
        raise ConfigError(str(file), f"not TOML: {error}; correct that line") from None
    for name, table in tables.items():
        if not isinstance(table, dict):
            raise ConfigError(
                f"{file} {name[:60]}", "stands outside every section; move it into one"
            )
    return tables


def _take(
    file: Path,
    tables: dict[str, Mapping[str, object]],
    name: str,
    default: Mapping[str, object] | None = None,
) -> Options:
    table = tables.pop(name, default)
    if table is None:
        raise ConfigError(f"{file} [{name}]", "the section is missing; add it")
    return Options(file, name, table)
