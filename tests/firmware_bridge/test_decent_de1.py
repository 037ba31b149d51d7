"""A Decent DE1 is asked to tell, and tells pressure, flow, heat, water and brews."""

import pytest

from firmware_bridge.makes.decent_de1 import DecentDe1Driver, Subscription, request
from firmware_bridge.profile import load_profile, profile_path
from tests.firmware_bridge.machine_lines import NOW, at, de1_sample, de1_state, de1_water
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

PROFILE = load_profile(profile_path("decent-de1"))
ALL = b"<+M>\n<+N>\n<+Q>\n"


def flags(readings: list[Reading]) -> dict[FlagName, bool]:
    return {r.name: r.on for r in readings if isinstance(r, Flag)}


def test_only_three_subscriptions_can_be_built() -> None:
    assert request(list(Subscription)) == ALL
    with pytest.raises(ValueError, match="is not a valid Subscription"):
        request([b"B"])  # type: ignore[list-item]


def test_a_sample_tells_pressure_flow_and_the_head() -> None:
    driver = DecentDe1Driver(PROFILE)
    assert driver.receive(de1_sample(bar=8.5, ml_per_s=2.25, head_c=92.5), NOW) == [
        LinkUp(at=NOW),
        Sample(at=NOW, quantity=Quantity.PRESSURE_BAR, value=8.5),
        Sample(at=NOW, quantity=Quantity.FLOW_ML_PER_S, value=2.25),
        Sample(at=NOW, quantity=Quantity.BOILER_TEMP_C, value=92.5),
    ]


def test_what_is_not_answered_is_asked_for_again_every_two_seconds() -> None:
    driver = DecentDe1Driver(PROFILE)
    assert driver.poll(at(0)) == ALL
    assert driver.poll(at(1.9)) == b""
    driver.receive(de1_sample(), at(1))
    driver.receive(de1_state(2, 0), at(1))
    assert driver.next_due_s(at(1)) == 1.0
    assert driver.poll(at(2)) == b"<+Q>\n"
    driver.receive(de1_water(20, 5), at(2.5))
    assert driver.poll(at(60)) == b""


def test_a_machine_that_was_silent_is_asked_for_everything_again() -> None:
    driver = DecentDe1Driver(PROFILE)
    driver.poll(at(0))
    driver.receive(de1_sample() + de1_state(2, 0) + de1_water(20, 5), at(0))
    driver.receive(b"", at(9))
    assert driver.poll(at(9)) == ALL


def test_a_brew_is_preinfusion_and_pouring_at_the_pace_of_the_samples() -> None:
    lines = [
        *[de1_sample()] * 8,
        de1_state(4, 1) + de1_sample(),
        *[de1_sample()] * 7,
        de1_state(4, 4) + de1_sample(),
        *[de1_sample()] * 40,
        de1_state(4, 5) + de1_sample(),
        *[de1_sample()] * 78,
        de1_state(4, 6) + de1_sample(),
        *[de1_sample()] * 20,
    ]
    driver = DecentDe1Driver(PROFILE)
    readings = [r for k, line in enumerate(lines) for r in driver.receive(line, at(k / 4))]
    brews = [r for r in readings if isinstance(r, BrewStarted | BrewFinished)]

    assert [type(r) for r in brews] == [BrewStarted, BrewFinished]
    assert isinstance(brews[1], BrewFinished)
    assert brews[1].duration_s == 119 / 4


def test_hot_water_and_steam_are_no_brews() -> None:
    for state in (5, 6):
        driver = DecentDe1Driver(PROFILE)
        line = de1_state(state, 5) + de1_sample(ml_per_s=3) * 40 + de1_state(2, 0)
        readings = driver.receive(line, NOW)
        assert not any(isinstance(r, BrewStarted) for r in readings)


@pytest.mark.parametrize(
    ("lines", "empty", "error"),
    [
        (de1_state(2, 0) * 2, False, False),
        (de1_state(0x11, 0) * 2, True, False),
        (de1_state(2, 206) * 2, True, False),
        (de1_state(2, 200) * 2, False, True),
        ((de1_state(2, 0) + de1_water(4, 5)) * 2, True, False),
        ((de1_state(2, 0) + de1_water(6, 5)) * 2, False, False),
        (de1_water(4, 5) * 2, True, None),
        (de1_sample() * 5, None, None),
    ],
)
def test_state_and_water_tell_the_flags(
    lines: bytes, empty: bool | None, error: bool | None
) -> None:
    shown = flags(DecentDe1Driver(PROFILE).receive(lines, NOW))
    assert shown.get(FlagName.TANK_EMPTY) is empty
    assert shown.get(FlagName.MACHINE_ERROR) is error


@pytest.mark.parametrize(
    "line",
    [de1_sample()[:-3] + b"\n", b"[M]00\n", b"[N]0400FF\n", b"[Q]0\n", b"M0102\n", b"[m]00\n"],
)
def test_a_short_or_long_line_is_damage(line: bytes) -> None:
    driver = DecentDe1Driver(PROFILE)
    assert driver.receive(line, NOW) == []
    assert driver.counts.frames_bad == 1


def test_other_notifications_are_counted_as_unknown() -> None:
    driver = DecentDe1Driver(PROFILE)
    driver.receive(b"[R]0102030405\r\n", NOW)
    assert driver.counts.frames_skipped == 1
