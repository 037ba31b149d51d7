"""What a press becomes, second by second, and what the light says meanwhile."""

import time
from collections.abc import Iterator
from itertools import groupby, pairwise
from pathlib import Path

import pytest
from gpiozero.pins.mock import MockFactory, MockPWMPin  # type: ignore[import-untyped]
from hypothesis import given
from hypothesis import strategies as st

from firmware_bridge.pins import light_and_button
from firmware_bridge.pins.button_hold import BEGINS_AT_S, LETTING_GO, ButtonHold, Hold
from firmware_bridge.pins.counted_light import BEAT_S, beats
from firmware_bridge.pins.light_and_button import LightAndButton
from wire.owner import Light, Press, Pressed

LIGHT, BUTTON = 18, 23
STAGES = [
    (0, Hold.DOWN, Press.SHORT),
    (1, Hold.DOWN, Press.SHORT),
    (2, Hold.LONG, Press.LONG),
    (3, Hold.LONG, Press.LONG),
    (4, Hold.BETWEEN, None),
    (5, Hold.VERY_LONG, Press.VERY_LONG),
    (9, Hold.VERY_LONG, Press.VERY_LONG),
    (10, Hold.TOO_LONG, None),
    (3600, Hold.TOO_LONG, None),
]


def held(seconds: int) -> ButtonHold:
    button = ButtonHold()
    button.down()
    for _ in range(seconds):
        button.second()
    return button


@pytest.mark.parametrize(("seconds", "stage", "press"), STAGES)
def test_letting_go_means_what_the_stage_says_and_happens_once(
    seconds: int, stage: Hold, press: Press | None
) -> None:
    button = held(seconds)
    assert button.hold is stage
    assert button.up() is press
    assert button.hold is Hold.UP
    assert button.up() is None


def test_every_stage_has_a_meaning_and_is_reached() -> None:
    assert set(LETTING_GO) == set(Hold)
    assert {stage for _, stage, _ in STAGES} | {Hold.UP} == set(Hold)
    assert {press for press in LETTING_GO.values() if press} == set(Press)
    assert [*BEGINS_AT_S] == sorted(BEGINS_AT_S)


def test_between_a_call_and_the_page_lies_a_second_that_means_nothing() -> None:
    """Whoever wants the page and counts too fast has asked for nothing, and sees the dark."""
    stages = [held(second).hold for second in range(11)]
    for one, next_ in pairwise(stages):
        meanings = {LETTING_GO[one], LETTING_GO[next_]}
        assert not {Press.LONG, Press.VERY_LONG} <= meanings


def test_the_light_is_told_exactly_when_the_meaning_changes() -> None:
    button = ButtonHold()
    button.down()
    assert [second for second in range(1, 30) if button.second()] == [*BEGINS_AT_S]


def test_a_timer_that_comes_after_the_finger_has_left_changes_nothing() -> None:
    button = held(1)
    assert button.up() is Press.SHORT
    assert not button.second()
    assert not button.second()
    assert button.hold is Hold.UP


@given(st.lists(st.sampled_from(["down", "second", "up"]), max_size=60))
def test_no_order_of_edges_and_timers_makes_a_press_without_a_finger(moves: list[str]) -> None:
    button, down = ButtonHold(), False
    for move in moves:
        press = button.up() if move == "up" else None
        assert down or press is None
        if move == "second":
            button.second()
        elif move == "down":
            button.down()
        down = move == "down" or (down and move == "second")


# ------------------------------------------------------------------------------ the light


@given(st.lists(st.integers(1, 5), min_size=1, max_size=6))
def test_whoever_counts_the_light_finds_the_numbers(numbers: list[int]) -> None:
    runs = [(level, len(list(run))) for level, run in groupby(beats(numbers) * 2)]
    lit = [length for level, length in runs if level]
    assert lit[0] > 3 * max(length for length in lit[1:] if length == 1)
    counted: list[int] = []
    for level, length in runs[1 : len(runs) // 2]:
        if level and length == 1:
            counted[-1] += 1
        elif not level and length > 2:
            counted.append(0)
    assert [number for number in counted if number] == numbers


def test_the_light_never_flashes_faster_than_is_good_for_anybody() -> None:
    assert 1 / (2 * BEAT_S) <= 3
    assert 1 / (2 * light_and_button.FLASH_S) <= 3


@pytest.fixture
def pins() -> Iterator[MockFactory]:
    factory = MockFactory(pin_class=MockPWMPin)
    yield factory
    factory.reset()


@pytest.fixture
def both(pins: MockFactory, monkeypatch: pytest.MonkeyPatch) -> Iterator[LightAndButton]:
    monkeypatch.setattr(
        light_and_button, "SECOND_S", 3600.0
    )  # the test counts the seconds itself
    made = LightAndButton(LIGHT, BUTTON, profile=Path("mine.toml"), pin_factory=pins)
    yield made
    made.close()


def hold(both: LightAndButton, pins: MockFactory, seconds: int) -> None:
    pins.pin(BUTTON).drive_low()
    for _ in range(seconds):
        both._button.when_held()  # what gpiozero's own timer calls


@pytest.mark.parametrize("light", [*Light])
@pytest.mark.parametrize("stages", STAGES)
def test_a_press_says_what_the_light_had_shown_and_gives_the_light_back(
    both: LightAndButton,
    pins: MockFactory,
    light: Light,
    stages: tuple[int, Hold, Press | None],
) -> None:
    """The walk: whatever the light shows, for however long the finger stays."""
    seconds, stage, press = stages
    both.show(light, (2, 1) if light is Light.COUNTING else ())
    hold(both, pins, min(seconds, 20))

    pin = pins.pin(LIGHT)
    if stage is Hold.LONG:
        assert pin.state == 1
    if stage in (Hold.BETWEEN, Hold.TOO_LONG):
        assert pin.state == 0
    moves = light in (Light.BREATHING, Light.TROUBLE)
    assert (both._light._blink_thread is not None) == (
        stage is Hold.VERY_LONG or (stage is Hold.DOWN and moves)
    )
    assert both.presses() == []

    pins.pin(BUTTON).drive_high()

    assert both.presses() == ([Pressed(press, light)] if press else [])
    assert (both._light._blink_thread is not None) == moves
    assert (both._light.source is not None) == (light is Light.COUNTING)
    if light in (Light.OFF, Light.ON):
        assert pin.state == (light is Light.ON)


def test_what_begins_to_glow_under_a_finger_is_not_what_it_answers(
    both: LightAndButton, pins: MockFactory
) -> None:
    pins.pin(BUTTON).drive_low()
    both.show(Light.BREATHING)
    pins.pin(BUTTON).drive_high()
    assert both.presses() == [Pressed(Press.SHORT, Light.OFF)]


def test_the_stage_of_a_press_stays_in_sight_whatever_the_device_wants_to_show(
    both: LightAndButton, pins: MockFactory
) -> None:
    hold(both, pins, 2)
    both.show(Light.BREATHING)
    assert pins.pin(LIGHT).state == 1
    assert both._light._blink_thread is None
    pins.pin(BUTTON).drive_high()
    assert both._light._blink_thread is not None


def test_gpiozeros_own_timer_walks_through_the_stages(
    pins: MockFactory, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(light_and_button, "SECOND_S", 0.02)
    both = LightAndButton(LIGHT, BUTTON, profile=Path("mine.toml"), pin_factory=pins)
    try:
        seen = []
        pins.pin(BUTTON).drive_low()
        deadline = time.monotonic() + 20
        while both._button_hold.hold is not Hold.TOO_LONG:
            assert time.monotonic() < deadline
            if both._button_hold.hold not in seen:
                seen.append(both._button_hold.hold)
            time.sleep(0.002)
        assert seen == [Hold.DOWN, Hold.LONG, Hold.BETWEEN, Hold.VERY_LONG]
        pins.pin(BUTTON).drive_high()
        assert both.presses() == []
    finally:
        both.close()
