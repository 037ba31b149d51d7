"""The lamps of a Philips 2200 tell when it brews and what it lacks."""

from collections.abc import Iterator, Mapping

import pytest

from firmware_bridge.makes.philips_2200 import BUTTONS_BYTES, Philips2200Driver, check_bytes
from firmware_bridge.profile import load_profile, profile_path
from tests.firmware_bridge.machine_lines import READY, at, philips_2200
from wire.readings import (
    BrewFinished,
    BrewStarted,
    Flag,
    FlagName,
    LinkLoss,
    LinkLost,
    Reading,
)

PROFILE = load_profile(profile_path("philips-2200"))
COFFEE = {"b4": 7}
FRAME_S = 0.02
"""A rate at which a machine may repeat its lamps."""


def lamps(
    seconds: float, *, blinking: bool = False, drinks: Mapping[str, int] = READY, **shown: int
) -> Iterator[bytes]:
    """Yield frames for so long; ``blinking`` is the play lamp, with its 750 ms."""
    for k in range(round(seconds / FRAME_S)):
        lit = not blinking or k * FRAME_S % 0.75 < 0.375
        yield philips_2200(**drinks, **shown, b16=7 if lit else 0)


def lived(driver: Philips2200Driver, *phases: Iterator[bytes]) -> list[Reading]:
    frames = [frame for phase in phases for frame in phase]
    return [r for k, f in enumerate(frames) for r in driver.receive(f, at(k * FRAME_S))]


def flags(readings: list[Reading]) -> list[tuple[FlagName, bool]]:
    return [(r.name, r.on) for r in readings if isinstance(r, Flag)]


def test_a_chosen_drink_blinks_and_only_the_brewing_one_is_a_brew() -> None:
    readings = lived(
        Philips2200Driver(PROFILE),
        lamps(3),
        lamps(5, blinking=True, drinks=COFFEE),
        lamps(30, drinks=COFFEE),
        lamps(5),
    )
    brews = [r for r in readings if isinstance(r, BrewStarted | BrewFinished)]

    assert [type(r) for r in brews] == [BrewStarted, BrewFinished]
    assert isinstance(brews[1], BrewFinished)
    assert brews[1].duration_s == pytest.approx(30, abs=0.4)
    assert 8 <= brews[0].at.monotonic_s <= 12


def test_a_choice_that_is_given_up_is_no_brew() -> None:
    readings = lived(
        Philips2200Driver(PROFILE), lamps(20, blinking=True, drinks=COFFEE), lamps(5)
    )
    assert not any(isinstance(r, BrewStarted | BrewFinished) for r in readings)


def test_warnings_are_flags_once_they_have_stood() -> None:
    readings = lived(
        Philips2200Driver(PROFILE),
        lamps(2),
        lamps(2, b14=0x38, b12=0x38),
        lamps(2, b15=0x07),
    )
    assert set(flags(readings)[:4]) == {
        (name, False)
        for name in (
            FlagName.TANK_EMPTY, FlagName.GROUNDS_FULL, FlagName.DESCALE_DUE,
            FlagName.MACHINE_ERROR,
        )
    }  # fmt: skip
    assert set(flags(readings)[4:6]) == {
        (FlagName.TANK_EMPTY, True), (FlagName.DESCALE_DUE, True),
    }  # fmt: skip
    assert set(flags(readings)[6:]) == {
        (FlagName.TANK_EMPTY, False), (FlagName.DESCALE_DUE, False),
        (FlagName.GROUNDS_FULL, True),
    }  # fmt: skip


def test_all_warnings_together_are_an_error_and_no_word_about_water() -> None:
    readings = lived(Philips2200Driver(PROFILE), lamps(3, drinks={}, b14=0x38, b15=0x3F))
    assert set(flags(readings)) == {
        (FlagName.MACHINE_ERROR, True), (FlagName.DESCALE_DUE, False),
    }  # fmt: skip


def test_a_state_that_flickers_is_not_believed() -> None:
    frames = [philips_2200(**READY), philips_2200(**READY, b14=0x38)] * 500
    readings = lived(Philips2200Driver(PROFILE), iter(frames))
    assert FlagName.TANK_EMPTY not in dict(flags(readings))


def test_half_a_second_without_bytes_is_a_machine_that_is_off() -> None:
    driver = Philips2200Driver(PROFILE)
    driver.receive(philips_2200(**READY), at(0))
    driver.receive(b"", at(0.4))
    assert driver.receive(b"", at(0.5)) == [LinkLost(at=at(0.5), reason=LinkLoss.SILENT)]


def test_lamps_whose_beginning_has_a_right_check_by_chance_are_still_lamps() -> None:
    """Such lamps would otherwise be lost for as long as they are lit."""
    for b8 in range(256):
        for b7 in (0x00, 0x03, 0x07, 0x38):
            body = bytes([0xD5, 0x55, 0, 7, 0, 0, 0, b7, b8, 0])
            frame = philips_2200(b3=7, b7=b7, b8=b8, **dict(zip(
                ("b10", "b11"), check_bytes(body), strict=True)))  # fmt: skip
            driver = Philips2200Driver(PROFILE)
            driver.receive(frame, at(0))
            counts = driver.counts
            assert (counts.frames_ok, counts.frames_bad) == (1, 0), frame.hex(" ")


def test_buttons_are_counted_and_tell_nothing() -> None:
    driver = Philips2200Driver(PROFILE)
    body = bytes.fromhex("D5 55 00 01 02 00 02 08 00 00")
    frame = body + check_bytes(body)
    assert len(frame) == BUTTONS_BYTES
    readings = [r for k in range(200) for r in driver.receive(frame, at(k * FRAME_S))]

    assert len(readings) == 1  # the link is up
    assert driver.counts.frames_ok == 200
