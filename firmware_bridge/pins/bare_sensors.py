"""Which bare sensors a machine has: the ``[bare-sensors]`` section of its profile.

A flow meter is what brews are told by, so it must be there. Each other sensor has a section
of its own; a machine without the sensor leaves the section out, and nothing is told of it.

>>> from firmware_bridge.profile import load_profile, profile_path
>>> bare = load_bare_sensors(load_profile(profile_path("bare-sensors")))
>>> bare.flow.gpio, sorted(map(str, bare.analogue))
(17, ['boiler_temp_c', 'pressure_bar', 'water_level_ml'])
"""

from collections.abc import Mapping
from dataclasses import dataclass

from firmware_bridge.pins.analogue import Analogue, Linear, Thermistor
from firmware_bridge.profile import MachineProfile
from wire.options import Options
from wire.readings import FlagName, Quantity

CHANNELS = {"MCP3002": 2, "MCP3004": 4, "MCP3008": 8, "MCP3202": 2, "MCP3204": 4, "MCP3208": 8}
"""The converters that may be chosen, and how many channels each has."""

SPI_GPIO = {"miso": 9, "mosi": 10, "clock": 11}
SELECT_GPIO = (8, 7)
"""The pins of the Pi's first SPI bus, and the two that choose a chip on it."""

PRESSURE_LOW_V, PRESSURE_HIGH_V, PRESSURE_HIGH_BAR = 0.5, 4.5, 16.0
"""Such sensors give neither 0 V nor their whole supply: that is how a broken wire shows."""


@dataclass(frozen=True, slots=True, kw_only=True)
class FlowPin:
    """A hall flow meter."""

    gpio: int
    brew_ml_min: float
    """Less water than this is a rinse of the group or a leak, and no brew."""
    pause_s: float
    """Without water for so long, a brew is over."""


@dataclass(frozen=True, slots=True, kw_only=True)
class TankPin:
    """A float switch from a pin to ground."""

    gpio: int
    empty_when_closed: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class Converter:
    """The chip that turns voltages into numbers."""

    chip: str
    select: int
    supply_v: float


@dataclass(frozen=True, slots=True, kw_only=True)
class BareSensors:
    """What is wired to the pins."""

    flow: FlowPin
    tank: TankPin | None
    converter: Converter | None
    analogue: Mapping[Quantity, Analogue]
    brew_bar: float | None
    """From here up only a running pump presses so hard."""

    @property
    def tells(self) -> frozenset[Quantity | FlagName]:
        """All that these sensors can ever report."""
        tank = set() if self.tank is None else {FlagName.TANK_EMPTY}
        flow = {Quantity.FLOW_ML_PER_S, Quantity.WATER_DRAWN_ML}
        return frozenset(flow | tank | self.analogue.keys())


def load_bare_sensors(profile: MachineProfile) -> BareSensors:
    """Return the sensors that the profile has, or raise ``ConfigError``."""
    options = profile.driver_options()
    flow = options.section("flow", required=True)
    tank = options.optional_section("tank")
    pressure = options.optional_section("pressure")
    sections = {
        Quantity.BOILER_TEMP_C: options.optional_section("boiler"),
        Quantity.PRESSURE_BAR: pressure,
        Quantity.WATER_LEVEL_ML: options.optional_section("level"),
    }
    wired = {name: section for name, section in sections.items() if section is not None}
    converter = _converter(options.section("converter", required=True)) if wired else None
    found = BareSensors(
        flow=FlowPin(
            gpio=_gpio(flow),
            brew_ml_min=flow.number("brew_ml_min", low=0, high=200, unit="millilitres"),
            pause_s=flow.number("pause_s", low=2, high=60, unit="seconds"),
        ),
        tank=None if tank is None else _tank(tank),
        converter=converter,
        analogue=_analogue(wired, converter, profile.water.tank_ml),
        brew_bar=None if pressure is None else _brew_bar(pressure),
    )
    options.close()
    _refuse_shared_pins(profile, found, flow, tank)
    return found


def _gpio(options: Options) -> int:
    return options.integer("gpio", low=0, high=27, unit="BCM number")


def _tank(options: Options) -> TankPin:
    empty_when = options.choice("empty_when", among=("open", "closed"))
    return TankPin(gpio=_gpio(options), empty_when_closed=empty_when == "closed")


def _converter(options: Options) -> Converter:
    return Converter(
        chip=options.choice("chip", among=tuple(CHANNELS)),
        select=options.choice("select", among=(0, 1)),
        supply_v=options.number("supply_v", low=1, high=5.5, unit="volts"),
    )


def _brew_bar(options: Options) -> float:
    return options.number("brew_bar", low=0.5, high=15, unit="bar")


def _analogue(
    wired: Mapping[Quantity, Options], converter: Converter | None, tank_ml: float
) -> dict[Quantity, Analogue]:
    if converter is None:
        return {}
    found: dict[Quantity, Analogue] = {}
    taken: dict[int, Quantity] = {}
    for name, section in wired.items():
        channel = section.integer("channel", low=0, high=CHANNELS[converter.chip] - 1)
        if channel in taken:
            section.refuse("channel", channel, f"{taken[channel]} has it; choose another")
        taken[channel] = name
        match name:
            case Quantity.BOILER_TEMP_C:
                found[name] = _thermistor(section, channel)
            case Quantity.PRESSURE_BAR:
                found[name] = _pressure(section, channel, converter.supply_v)
            case _:
                found[name] = _level(section, channel, converter.supply_v, tank_ml)
    return found


def _thermistor(options: Options, channel: int) -> Thermistor:
    return Thermistor(
        channel=channel,
        ntc_ohm=options.number("ntc_ohm", low=100, high=1_000_000, unit="ohm at 25 °C"),
        beta_k=options.number("beta_k", low=1000, high=6000, unit="kelvin"),
        fixed_ohm=options.number("fixed_ohm", low=100, high=1_000_000, unit="ohm"),
    )


def _pressure(options: Options, channel: int, supply_v: float) -> Linear:
    part = options.number("divider", low=0.1, high=1, unit="share of the sensor's voltage")
    if PRESSURE_HIGH_V * part >= supply_v:
        options.refuse("divider", part, f"4.5 V × divider must stay below {supply_v} V")
    return Linear(
        channel=channel,
        low_share=PRESSURE_LOW_V * part / supply_v,
        high_share=PRESSURE_HIGH_V * part / supply_v,
        high_value=PRESSURE_HIGH_BAR,
    )


def _level(options: Options, channel: int, supply_v: float, tank_ml: float) -> Linear:
    empty_v, full_v = (
        options.number(name, low=0, high=supply_v, unit="volts")
        for name in ("empty_v", "full_v")
    )
    if abs(full_v - empty_v) < supply_v / 10:
        options.refuse("full_v", full_v, "too near to empty_v to measure anything between")
    return Linear(
        channel=channel,
        low_share=empty_v / supply_v,
        high_share=full_v / supply_v,
        high_value=tank_ml,
    )


def _refuse_shared_pins(
    profile: MachineProfile, found: BareSensors, flow: Options, tank: Options | None
) -> None:
    taken = {
        profile.pins.light_gpio: "the light",
        profile.pins.button_gpio: "the button",
    }
    if found.converter is not None:
        taken |= {gpio: f"the converter ({wire})" for wire, gpio in SPI_GPIO.items()}
        taken[SELECT_GPIO[found.converter.select]] = "the converter (select)"
    wanted = [(flow, found.flow.gpio, "the flow meter")]
    if tank is not None and found.tank is not None:
        wanted.append((tank, found.tank.gpio, "the tank switch"))
    for section, gpio, whose in wanted:
        if gpio in taken:
            section.refuse("gpio", gpio, f"{taken[gpio]} has this pin; choose another")
        taken[gpio] = whose
