"""Bare sensors through gpiozero's real code for lgpio, the library of a Raspberry Pi."""

import gc
from collections.abc import Iterator
from typing import Any

import pytest

from firmware_bridge.pins.gpio_source import GpioSource
from firmware_bridge.profile import load_profile, profile_path
from firmware_bridge.simulation.twin_sensing import adc_of_temp
from tests.firmware_bridge.fake_lgpio import FakeLgpio, pi_with
from tests.firmware_bridge.machine_lines import at
from tests.firmware_bridge.pin_rig import (
    BOILER,
    FLOW,
    HALF_FULL,
    LEVEL,
    LOOK_S,
    ML_PER_PULSE,
    PRESSURE,
    TANK,
    share_of_bar,
)
from wire.options import ConfigError
from wire.readings import BrewFinished, Flag, FlagName, FramesMissed, Quantity, Reading, Sample

PROFILE = load_profile(profile_path("bare-sensors"))


@pytest.fixture
def lgpio() -> FakeLgpio:
    fake = FakeLgpio()
    fake.adc = {
        BOILER: adc_of_temp(93),
        PRESSURE: round(share_of_bar(0) * 1023),
        LEVEL: round(HALF_FULL * 1023),
    }
    return fake


@pytest.fixture
def pi(lgpio: FakeLgpio) -> Iterator[Any]:
    gc.collect()
    with pi_with(lgpio) as factory:
        yield factory


@pytest.fixture
def source(pi: Any) -> Iterator[GpioSource]:
    made = GpioSource(PROFILE, pin_factory=pi)
    yield made
    made.close()


def live(
    lgpio: FakeLgpio, source: GpioSource, from_s: float, pulses: list[int]
) -> list[Reading]:
    readings: list[Reading] = []
    for look, count in enumerate(pulses):
        for _ in range(count):
            lgpio.edge(FLOW, 0)
            lgpio.edge(FLOW, 1)
        readings += source.read(at(from_s + look * LOOK_S))
    return readings


def test_the_meter_is_watched_on_both_edges_without_debounce(
    lgpio: FakeLgpio, source: GpioSource
) -> None:
    assert lgpio.edges[FLOW] == lgpio.BOTH_EDGES
    assert lgpio.debounce_us[FLOW] == 0
    assert lgpio.flags[FLOW] & lgpio.SET_PULL_UP
    assert lgpio.flags[TANK] & lgpio.SET_PULL_UP


def test_a_coffee_is_counted_by_its_edges(lgpio: FakeLgpio, source: GpioSource) -> None:
    readings = live(lgpio, source, 0, [0] * 10 + [4] * 100 + [0] * 60)

    (brew,) = [r for r in readings if isinstance(r, BrewFinished)]
    assert brew.water_ml == pytest.approx(400 * ML_PER_PULSE)
    assert brew.duration_s == pytest.approx(20, abs=0.5)
    assert not [r for r in readings if isinstance(r, FramesMissed)]


def test_an_edge_that_the_kernel_dropped_is_told(lgpio: FakeLgpio, source: GpioSource) -> None:
    live(lgpio, source, 0, [4, 4])
    for level in (0, 0, 1):
        lgpio.edge(FLOW, level)
    readings = live(lgpio, source, 0.4, [0])
    assert [r.count for r in readings if isinstance(r, FramesMissed)] == [1]


def test_the_converter_is_read_over_the_hardware_bus(
    lgpio: FakeLgpio, source: GpioSource
) -> None:
    told = {
        r.quantity: r.value for r in live(lgpio, source, 0, [0] * 6) if isinstance(r, Sample)
    }
    assert told[Quantity.BOILER_TEMP_C] == pytest.approx(93, abs=0.5)
    assert told[Quantity.PRESSURE_BAR] == pytest.approx(0, abs=0.1)
    assert told[Quantity.WATER_LEVEL_ML] == pytest.approx(900, abs=5)


def test_the_tank_switch_is_read(lgpio: FakeLgpio, source: GpioSource) -> None:
    lgpio.edge(TANK, 0)
    closed = live(lgpio, source, 0, [0] * 3)
    lgpio.edge(TANK, 1)
    open_again = live(lgpio, source, 1, [0] * 3)
    flags = [(r.name, r.on) for r in closed + open_again if isinstance(r, Flag)]
    assert flags == [(FlagName.TANK_EMPTY, False), (FlagName.TANK_EMPTY, True)]


def test_spi_that_is_off_is_said_and_not_replaced_by_toggling_pins(
    lgpio: FakeLgpio, pi: Any
) -> None:
    lgpio.spi_is_on = False
    with pytest.raises(ConfigError, match=r"the SPI bus cannot be opened .*can not open SPI"):
        GpioSource(PROFILE, pin_factory=pi)


def test_a_pin_of_another_program_is_said(lgpio: FakeLgpio, pi: Any) -> None:
    lgpio.busy = {FLOW}
    with pytest.raises(ConfigError, match=r"flow\] gpio = 17: .*GPIO busy.*end the program"):
        GpioSource(PROFILE, pin_factory=pi)
