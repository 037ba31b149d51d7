"""Bare sensors on mock pins: what they show becomes readings, what is wrong is said."""

import re
import warnings
from collections.abc import Iterator
from pathlib import Path

import gpiozero  # type: ignore[import-untyped]
import pytest
from gpiozero.exc import PinUnknownPi, SPISoftwareFallback  # type: ignore[import-untyped]
from gpiozero.pins.mock import MockFactory, MockPWMPin  # type: ignore[import-untyped]

from firmware_bridge.pins.gpio_source import GpioSource
from firmware_bridge.pins.light_and_button import LightAndButton
from firmware_bridge.profile import load_profile, profile_path
from tests.firmware_bridge.machine_lines import at
from tests.firmware_bridge.pin_rig import (
    BOILER,
    LEVEL,
    LOOK_S,
    PRESSURE,
    TANK,
    Rig,
    share_of_bar,
)
from wire.options import ConfigError
from wire.readings import (
    BrewFinished,
    BrewStarted,
    Flag,
    FlagName,
    FramesMissed,
    LinkLoss,
    LinkLost,
    LinkUp,
    Quantity,
    Reading,
    Sample,
)


@pytest.fixture
def rig() -> Iterator[Rig]:
    made = Rig()
    yield made
    made.close()


@pytest.fixture
def source(rig: Rig) -> Iterator[GpioSource]:
    made = rig.open()
    yield made
    made.close()


def last(readings: list[Reading], quantity: Quantity) -> float | None:
    found = [r for r in readings if isinstance(r, Sample) and r.quantity is quantity]
    assert found, quantity
    return found[-1].value


def brews(readings: list[Reading]) -> list[Reading]:
    return [r for r in readings if isinstance(r, BrewStarted | BrewFinished)]


def test_the_first_look_says_that_the_machine_is_heard(rig: Rig, source: GpioSource) -> None:
    assert rig.live(source, LOOK_S)[0] == LinkUp(at=at(LOOK_S))


def test_all_that_is_promised_is_told(rig: Rig, source: GpioSource) -> None:
    readings = rig.live(source, 5)
    told = {r.quantity for r in readings if isinstance(r, Sample)}
    flags = {r.name for r in readings if isinstance(r, Flag)}
    assert source.tells == told | flags


def test_analogue_sensors_are_told_once_a_second_with_their_units(
    rig: Rig, source: GpioSource
) -> None:
    readings = rig.live(source, 10)

    assert last(readings, Quantity.BOILER_TEMP_C) == pytest.approx(93, abs=0.5)
    assert last(readings, Quantity.PRESSURE_BAR) == pytest.approx(0, abs=0.1)
    assert last(readings, Quantity.WATER_LEVEL_ML) == pytest.approx(900, abs=5)
    assert sum(isinstance(r, Sample) for r in readings) == pytest.approx(5 * 10, abs=5)


def test_a_spark_on_an_analogue_line_is_not_told(rig: Rig, source: GpioSource) -> None:
    rig.live(source, 2)
    good, rig.shares[BOILER] = rig.shares[BOILER], 0.9
    readings = rig.live(source, LOOK_S)
    rig.shares[BOILER] = good
    readings += rig.live(source, 2)

    temps = [r.value for r in readings if isinstance(r, Sample) and "temp" in r.quantity]
    assert all(temp == pytest.approx(93, abs=0.5) for temp in temps)


@pytest.mark.parametrize(
    ("channel", "quantity"),
    [
        (BOILER, Quantity.BOILER_TEMP_C),
        (PRESSURE, Quantity.PRESSURE_BAR),
        (LEVEL, Quantity.WATER_LEVEL_ML),
    ],
)
@pytest.mark.parametrize("stuck", [0.0, 1.0])
def test_a_broken_wire_is_a_sensor_that_cannot_tell(
    rig: Rig, source: GpioSource, channel: int, quantity: Quantity, stuck: float
) -> None:
    rig.live(source, 2)
    rig.shares[channel] = stuck
    readings = rig.live(source, 3)

    assert last(readings, quantity) is None
    assert not [r for r in readings if isinstance(r, LinkLost)]


def test_a_coffee_is_a_brew_with_its_water_and_duration(rig: Rig, source: GpioSource) -> None:
    rig.live(source, 5)
    readings = rig.live(source, 20, ml_per_s=4.29)
    readings += rig.live(source, 15)

    started, finished = brews(readings)
    assert isinstance(started, BrewStarted)
    assert isinstance(finished, BrewFinished)
    assert finished.duration_s == pytest.approx(20, abs=0.5)
    assert finished.water_ml == pytest.approx(85.8, abs=0.5)
    assert last(readings, Quantity.WATER_DRAWN_ML) == pytest.approx(85.8, abs=0.5)
    assert last(readings, Quantity.FLOW_ML_PER_S) == 0


def test_a_pause_for_pre_infusion_is_part_of_the_brew(rig: Rig, source: GpioSource) -> None:
    readings = rig.live(source, 4, ml_per_s=4)
    readings += rig.live(source, 1.8)
    readings += rig.live(source, 14, ml_per_s=4)
    readings += rig.live(source, 15)
    assert [type(r) for r in brews(readings)] == [BrewStarted, BrewFinished]


@pytest.mark.parametrize(
    ("seconds", "ml_per_s"),
    [(2.0, 4.0), (0.4, 12.0)],
    ids=["a splash", "a burst"],
)
def test_what_is_too_little_is_no_brew(
    rig: Rig, source: GpioSource, seconds: float, ml_per_s: float
) -> None:
    readings = rig.live(source, seconds, ml_per_s)
    readings += rig.live(source, 15)
    assert brews(readings) == []


def test_a_pump_that_presses_without_flow_is_a_brew_of_no_water(
    rig: Rig, source: GpioSource
) -> None:
    """A dead flow meter must not look like a household that drinks no coffee."""
    rig.live(source, 5)
    rig.shares[PRESSURE] = share_of_bar(9)
    readings = rig.live(source, 20)
    rig.shares[PRESSURE] = share_of_bar(0)
    readings += rig.live(source, 15)

    _started, finished = brews(readings)
    assert isinstance(finished, BrewFinished)
    assert finished.water_ml == 0
    assert finished.duration_s == pytest.approx(20, abs=0.5)


def test_a_loose_wire_that_picks_up_sparks_is_neither_water_nor_coffee(
    rig: Rig, source: GpioSource
) -> None:
    rig.live(source, 3)
    readings: list[Reading] = []
    for _ in range(50):
        rig.pulse(500)
        readings += rig.live(source, LOOK_S)
    quiet = rig.live(source, 5)

    assert brews(readings + quiet) == []
    assert last(readings, Quantity.FLOW_ML_PER_S) is None
    assert last(quiet, Quantity.WATER_DRAWN_ML) == pytest.approx(0, abs=1)


def test_edges_that_the_kernel_dropped_are_reported(rig: Rig, source: GpioSource) -> None:
    """Its memory was full: 17 edges are missing, and so two falls stand side by side."""
    rig.live(source, 3, ml_per_s=4)
    rig.lose_edges([0, 0, 1])
    readings = rig.live(source, LOOK_S)

    assert [r.count for r in readings if isinstance(r, FramesMissed)] == [1]
    assert not [r for r in rig.live(source, 5, ml_per_s=4) if isinstance(r, FramesMissed)]


def test_the_tank_switch_counts_after_three_equal_looks(rig: Rig, source: GpioSource) -> None:
    tank = rig.pins.pin(TANK)
    first = rig.live(source, 3 * LOOK_S)
    assert [(r.name, r.on) for r in first if isinstance(r, Flag)] == [
        (FlagName.TANK_EMPTY, False)
    ]
    chatter: list[Reading] = []
    for state in (1, 1, 0, 1, 0, 1, 1, 0):
        tank.drive_high() if state else tank.drive_low()
        chatter += rig.live(source, LOOK_S)
    tank.drive_high()
    told = rig.live(source, 3 * LOOK_S)

    assert not [r for r in chatter if isinstance(r, Flag)]
    assert [(r.name, r.on) for r in told if isinstance(r, Flag)] == [
        (FlagName.TANK_EMPTY, True)
    ]


def test_looks_are_200_ms_apart_however_often_it_is_asked(rig: Rig, source: GpioSource) -> None:
    """Three reads of one moment would be no debounce."""
    source.read(at(1.0))
    looks = source.counts.frames_ok
    for k in range(10):
        assert source.read(at(1.0 + k / 100)) == []
    assert source.counts.frames_ok == looks
    assert source.next_due_s(at(1.05)) == pytest.approx(0.15)


def test_pins_that_cannot_be_read_are_a_lost_link_and_come_back(
    rig: Rig, source: GpioSource, monkeypatch: pytest.MonkeyPatch
) -> None:
    rig.live(source, 2)
    with monkeypatch.context() as broken:
        broken.setattr(type(source._tank), "is_active", property(lambda self: 1 / 0))
        lost = rig.live(source, 5)
    back = rig.live(source, 1)

    assert [(type(r), getattr(r, "reason", None)) for r in lost] == [
        (LinkLost, LinkLoss.UNPLUGGED)
    ]
    assert isinstance(back[0], LinkUp)


def test_a_chip_that_stops_answering_is_a_sensor_that_cannot_tell(
    rig: Rig, source: GpioSource, monkeypatch: pytest.MonkeyPatch
) -> None:
    rig.live(source, 2)
    for device in source._channels.values():
        monkeypatch.setattr(type(device), "raw_value", property(lambda self: 1 / 0))
    readings = rig.live(source, 3, ml_per_s=4)

    assert last(readings, Quantity.BOILER_TEMP_C) is None
    assert last(readings, Quantity.FLOW_ML_PER_S) == pytest.approx(4, abs=0.4)


def test_light_and_button_share_the_pins_with_the_sensors(rig: Rig, source: GpioSource) -> None:
    rig.pins.pin_class = MockPWMPin
    both = LightAndButton(18, 23, profile=rig.profile, pin_factory=rig.pins)
    rig.pins.pin(23).drive_low()
    rig.pins.pin(23).drive_high()
    assert len(both.presses()) == 1
    both.close()


def test_closing_releases_the_pins(rig: Rig) -> None:
    rig.open().close()
    rig.open().close()


# ------------------------------------------------------------------ what is said at the start


def changed(tmp_path: Path, old: str, new: str) -> Path:
    text = profile_path("bare-sensors").read_text()
    assert old in text
    file = tmp_path / "mine.toml"
    file.write_text(text.replace(old, new, 1))
    return file


def said(rig: Rig, profile: Path) -> str:
    rig.profile = profile
    with pytest.raises(ConfigError) as caught:
        rig.open()
    assert str(caught.value).startswith(str(profile))
    return str(caught.value)


@pytest.mark.parametrize(
    ("old", "new", "says"),
    [
        ("gpio = 27", "gpio = 17", "tank] gpio = 17: the flow meter has this pin; choose"),
        ("gpio = 17", "gpio = 11", "flow] gpio = 11: the converter (clock) has this pin"),
        ("gpio = 17", "gpio = 8", "flow] gpio = 8: the converter (select) has this pin"),
        ("# button_gpio = 23", "button_gpio = 27", "tank] gpio = 27: the button has this pin"),
        ("gpio = 17", "gpio = 40", "flow] gpio = 40: choose a whole number from 0 to 27"),
        ("channel = 2", "channel = 1", "level] channel = 1: pressure_bar has it; choose"),
        ("channel = 2", "channel = 8", "level] channel = 8: choose a whole number from 0 to 7"),
        ('chip = "MCP3008"', 'chip = "MCP3009"', "chip = 'MCP3009': choose 'MCP3002'"),
        ("divider = 0.667", "divider = 1.0", "divider = 1.0: 4.5 V × divider must stay below"),
        ("full_v = 2.8", "full_v = 0.6", "full_v = 0.6: too near to empty_v"),
        ('when = "open"', 'when = "shut"', "empty_when = 'shut': choose 'open' or 'closed'"),
        ("[bare-sensors.flow]", "[bare-sensors.meter]", "[bare-sensors.flow]: the section is"),
        (
            "[bare-sensors.converter]",
            "[bare-sensors.adc]",
            "converter]: the section is missing",
        ),
        ("[water]", "[serial]\n[water]", "[serial]: unknown section"),
    ],
)
def test_a_mistake_in_the_profile_is_named_with_its_fix(
    rig: Rig, tmp_path: Path, old: str, new: str, says: str
) -> None:
    assert says in said(rig, changed(tmp_path, old, new))


def test_a_pin_that_is_in_use_is_named(rig: Rig) -> None:
    first = rig.open()
    text = said(rig, rig.profile)
    assert "[bare-sensors.flow] gpio = 17: pin GPIO17 is already in use" in text
    first.close()


def test_what_was_claimed_is_released_when_a_later_pin_fails(rig: Rig, tmp_path: Path) -> None:
    blocker = gpiozero.InputDevice(TANK, pull_up=True, pin_factory=rig.pins)
    said(rig, rig.profile)
    blocker.close()
    rig.open().close()


@pytest.mark.parametrize("share", [0.0, 1.0])
def test_a_chip_that_is_not_there_is_said(rig: Rig, share: float) -> None:
    for channel in rig.shares:
        rig.shares[channel] = share
    assert "chip = 'MCP3008': no chip answers; check its supply" in said(rig, rig.profile)


def test_one_broken_sensor_does_not_keep_the_device_from_starting(
    rig: Rig, tmp_path: Path
) -> None:
    text = profile_path("bare-sensors").read_text()
    for section in ("pressure", "level"):
        text = re.sub(rf"\[bare-sensors.{section}\].*?(?=\n\[)", "", text, flags=re.DOTALL)
    rig.profile = tmp_path / "boiler-only.toml"
    rig.profile.write_text(text)
    rig.shares[BOILER] = 1.0

    source = rig.open()

    assert last(rig.live(source, 3), Quantity.BOILER_TEMP_C) is None
    assert Quantity.PRESSURE_BAR not in source.tells
    source.close()


def test_spi_that_is_switched_off_says_how_to_switch_it_on(
    rig: Rig, monkeypatch: pytest.MonkeyPatch
) -> None:
    def fall_back(self: MockFactory, **arguments: object) -> object:
        warnings.warn(SPISoftwareFallback("no spidev"), stacklevel=1)
        raise AssertionError("the warning was to be an error")

    monkeypatch.setattr(MockFactory, "spi", fall_back)
    assert (
        "the SPI bus cannot be opened (no spidev); switch it on with: sudo raspi-config"
        in said(rig, rig.profile)
    )


def test_no_gpio_chip_says_what_to_install(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("GPIOZERO_PIN_FACTORY", "a-board-without-pins")
    with pytest.raises(ConfigError, match=r"flow\] gpio = 17: no GPIO chip can be opened here"):
        GpioSource(load_profile(profile_path("bare-sensors")))


def test_a_computer_that_is_no_pi_is_told_so(rig: Rig, monkeypatch: pytest.MonkeyPatch) -> None:
    """lgpio is installed, and finds no board that it knows."""

    def no_board(self: MockFactory, name: object) -> object:
        raise PinUnknownPi("unable to locate Pi revision")

    monkeypatch.setattr(MockFactory, "pin", no_board)
    assert "gpio = 17: no GPIO chip can be opened here" in said(rig, rig.profile)


def test_a_machine_of_bare_sensors_has_no_serial_port() -> None:
    profile = load_profile(profile_path("bare-sensors"))
    with pytest.raises(ConfigError, match="sensors on pins and no serial port"):
        _ = profile.serial


def test_only_the_flow_meter_must_be_there(rig: Rig, tmp_path: Path) -> None:
    text = profile_path("bare-sensors").read_text()
    for section in ("tank", "converter", "boiler", "pressure", "level"):
        text = re.sub(rf"\[bare-sensors.{section}\].*?(?=\n\[)", "", text, flags=re.DOTALL)
    rig.profile = tmp_path / "meter.toml"
    rig.profile.write_text(text)

    source = rig.open()

    assert source.tells == {Quantity.FLOW_ML_PER_S, Quantity.WATER_DRAWN_ML}
    readings = rig.live(source, 20, ml_per_s=4) + rig.live(source, 15)
    assert [type(r) for r in brews(readings)] == [BrewStarted, BrewFinished]
    source.close()
