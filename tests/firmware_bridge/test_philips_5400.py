"""The status of a Philips 5400 tells when it brews and what it lacks."""

import pytest

from firmware_bridge.makes.philips_5400 import Philips5400Driver
from firmware_bridge.profile import load_profile, profile_path
from tests.firmware_bridge.machine_lines import NOW, at, philips_5400
from wire.readings import BrewFinished, BrewStarted, Flag, FlagName, Reading

PROFILE = load_profile(profile_path("philips-5400"))
OFF = philips_5400(0x05, 0x00, 0, 0xC0, 0, 0, 0)
GRINDING = philips_5400(0x07, 0x0D, 0, 0, 0, 0, 0)
BETWEEN = philips_5400(0x07, 0x0F, 0, 0, 0, 0, 0)
POURING = philips_5400(0x07, 0x11, 0, 0, 0, 0, 0)


def lived(*frames: bytes) -> list[Reading]:
    driver = Philips5400Driver(PROFILE)
    return [r for k, frame in enumerate(frames) for r in driver.receive(frame, at(k))]


def flags(readings: list[Reading]) -> dict[FlagName, bool]:
    return {r.name: r.on for r in readings if isinstance(r, Flag)}


def test_a_brew_is_from_grinding_to_the_end_of_pouring() -> None:
    readings = lived(OFF, OFF, *[GRINDING] * 8, *[BETWEEN] * 5, *[POURING] * 20, *[OFF] * 5)
    brews = [r for r in readings if isinstance(r, BrewStarted | BrewFinished)]

    assert [type(r) for r in brews] == [BrewStarted, BrewFinished]
    assert isinstance(brews[1], BrewFinished)
    assert brews[1].duration_s == 32.0


def test_an_unknown_detail_of_a_drink_alone_is_no_brew() -> None:
    assert not any(isinstance(r, BrewStarted) for r in lived(*[BETWEEN] * 20))


@pytest.mark.parametrize("program", [(0x08, 0x02), (0x08, 0x16), (0x08, 0x18)])
def test_rinsing_and_descaling_are_no_brew_and_no_flag(program: tuple[int, int]) -> None:
    readings = lived(*[philips_5400(*program, 0, 0, 0, 0, 0)] * 20)
    assert len(readings) == 1


def test_warnings_tell_what_is_missing() -> None:
    def warning(details: int) -> dict[FlagName, bool]:
        return flags(lived(*[philips_5400(0x0E, 0, 0, details, 0, 0, 0)] * 2))

    names = (FlagName.TANK_EMPTY, FlagName.TRAY_MISSING, FlagName.GROUNDS_FULL)
    assert warning(0x40) == dict(zip(names, (True, False, False), strict=True))
    assert warning(0x80) == dict(zip(names, (False, True, False), strict=True))
    assert warning(0x00) == dict(zip(names, (False, False, True), strict=True))
    assert flags(lived(*[philips_5400(0x08, 0x05, 0, 0)] * 2)) == {FlagName.BEANS_EMPTY: True}


def test_a_machine_that_pours_has_all_it_needs() -> None:
    no_water = philips_5400(0x0E, 0, 0, 0x40, 0, 0, 0)
    shown = flags(lived(no_water, no_water, POURING, POURING))
    assert set(shown.values()) == {False}
    assert FlagName.BEANS_EMPTY in shown


def test_a_machine_that_is_off_says_nothing_about_its_tank() -> None:
    assert flags(lived(*[OFF] * 9)) == {}


def test_a_length_that_noise_has_promised_does_not_hold_up_the_next_frame() -> None:
    driver = Philips5400Driver(PROFILE)
    driver.receive(b"\xaa\xaa\xaa\xb0\x00\xff" + POURING, NOW)
    assert driver.counts.frames_ok == 1


def test_frames_of_unknown_kinds_are_counted_as_such() -> None:
    driver = Philips5400Driver(PROFILE)
    for kind in (0xFE, 0xFF, 0xB5, 0x77):
        driver.receive(philips_5400(1, kind=kind), NOW)
    driver.receive(philips_5400(7, 0x11), NOW)
    assert (driver.counts.frames_ok, driver.counts.frames_skipped) == (3, 2)
