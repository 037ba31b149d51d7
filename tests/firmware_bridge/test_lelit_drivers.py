"""What a Lelit tells: the MaraX as text, the Bianca over its Gicar board."""

import pytest

from firmware_bridge.makes.lelit_gicar import LelitGicarDriver
from firmware_bridge.makes.lelit_marax import LelitMaraXDriver
from firmware_bridge.profile import load_profile, profile_path
from tests.firmware_bridge.machine_lines import NOW, at, gicar, marax
from wire.readings import (
    BrewFinished,
    BrewStarted,
    Flag,
    FlagName,
    LinkUp,
    Quantity,
    Reading,
    Sample,
)

MARAX = load_profile(profile_path("lelit-marax"))
GICAR = load_profile(profile_path("lelit-gicar"))


def lived(
    driver: LelitMaraXDriver | LelitGicarDriver, frames: list[bytes], every_s: float
) -> list[Reading]:
    return [r for k, f in enumerate(frames) for r in driver.receive(f, at(k * every_s))]


def brews(readings: list[Reading]) -> list[Reading]:
    return [r for r in readings if isinstance(r, BrewStarted | BrewFinished)]


def test_a_line_of_the_marax_tells_its_boiler_heater_and_pump() -> None:
    driver = LelitMaraXDriver(MARAX)

    assert driver.receive(marax(pump=0, heater=1), NOW) == [
        LinkUp(at=NOW),
        Sample(at=NOW, quantity=Quantity.BOILER_TEMP_C, value=116.0),
    ]
    assert driver.receive(marax(pump=0, heater=1), NOW)[1:] == [
        Flag(at=NOW, name=FlagName.HEATER_ON, on=True),
        Flag(at=NOW, name=FlagName.PUMP_ON, on=False),
    ]


def test_the_pump_of_the_marax_is_a_brew_with_its_duration() -> None:
    lines = [marax(0)] * 5 + [marax(1)] * 60 + [marax(0)] * 10
    started, finished = brews(lived(LelitMaraXDriver(MARAX), lines, 0.45))

    assert isinstance(started, BrewStarted)
    assert isinstance(finished, BrewFinished)
    assert finished.duration_s == pytest.approx(59 * 0.45)


def test_firmware_without_a_pump_tells_no_pump_and_no_brew() -> None:
    readings = lived(LelitMaraXDriver(MARAX), [b"C1.23,121,112,100,0000,0\r\n"] * 9, 0.45)

    assert [r.name for r in readings if isinstance(r, Flag)] == [FlagName.HEATER_ON]
    assert brews(readings) == []


def test_the_second_marax_has_a_plus_for_its_mode() -> None:
    driver = LelitMaraXDriver(MARAX)
    driver.receive(b"+1.06,116,124,093,0840,1,0\n", NOW)
    assert driver.counts.frames_ok == 1


@pytest.mark.parametrize(
    "line",
    [
        b"C1.06,116,124,093,0840,1,2",
        b"C1.06,116,124,093,0840",
        b"C1.06,916,124,093,0840,1,0",
        b"C1.06,11,124,093,0840,1,0",
        b"C1.06,116,124,093,0840,1,0,0",
        b"c1.06,116,124,093,0840,1,0",
        b"\xff" * 25,
        b"C" * 500,
    ],
)
def test_a_line_of_the_marax_without_its_form_is_damage(line: bytes) -> None:
    driver = LelitMaraXDriver(MARAX)
    driver.receive(marax(), NOW)

    assert driver.receive(line + b"\r\n", NOW) == []
    assert (driver.counts.frames_ok, driver.counts.frames_bad) == (1, 1)
    driver.receive(marax(), NOW)
    assert driver.counts.resyncs == 1


def test_the_brew_switch_of_the_gicar_is_a_brew_with_its_duration() -> None:
    frames = [gicar(0)] * 20 + [gicar(2)] * 250 + [gicar(0)] * 40
    started, finished = brews(lived(LelitGicarDriver(GICAR), frames, 0.11))

    assert isinstance(started, BrewStarted)
    assert isinstance(finished, BrewFinished)
    assert finished.duration_s == pytest.approx(249 * 0.11)


def test_the_tank_of_the_gicar_is_believed_at_the_third_frame() -> None:
    readings = lived(
        LelitGicarDriver(GICAR), [gicar(4), gicar(4), gicar(0), *[gicar(4)] * 3], 1
    )

    assert [r for r in readings if isinstance(r, Flag)] == [
        Flag(at=at(5), name=FlagName.TANK_EMPTY, on=True)
    ]


def test_raw_values_of_the_gicar_are_never_told_as_temperatures() -> None:
    readings = lived(LelitGicarDriver(GICAR), [gicar(0)] * 50, 0.11)
    assert not any(isinstance(r, Sample) for r in readings)


def test_a_display_that_speaks_between_is_understood_and_tells_nothing() -> None:
    driver = LelitGicarDriver(GICAR)
    readings = lived(driver, [bytes.fromhex("80 11 17 00 28"), gicar(0)] * 3, 0.05)

    assert driver.counts.frames_ok == 6
    assert [type(r) for r in readings] == [LinkUp, Flag]


def test_a_high_bit_inside_a_frame_of_the_gicar_begins_the_next() -> None:
    """At once, although the broken frame would still have room for the whole next one."""
    driver = LelitGicarDriver(GICAR)
    driver.receive(gicar(0)[:9] + bytes.fromhex("80 11 17 00 28"), NOW)
    assert (driver.counts.frames_ok, driver.counts.frames_bad) == (1, 1)


@pytest.mark.parametrize("place", [1, 5, 17])
def test_a_changed_bit_of_the_gicar_is_damage(place: int) -> None:
    frame = bytearray(gicar(0))
    frame[place] ^= 0x04
    driver = LelitGicarDriver(GICAR)
    driver.receive(bytes(frame) * 20, NOW)
    assert driver.counts.frames_ok == 0


def test_a_value_with_a_wrong_end_is_damage_even_if_the_check_is_right() -> None:
    frame = bytearray(gicar(0))
    frame[4] ^= 0x01
    frame[-1] = sum(frame[:-1]) & 0x7F
    driver = LelitGicarDriver(GICAR)
    driver.receive(bytes(frame), NOW)
    assert driver.counts.frames_ok == 0
