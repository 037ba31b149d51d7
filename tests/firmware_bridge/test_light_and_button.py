"""The owner's light and button, on gpiozero's mock pins."""

from collections.abc import Iterator
from pathlib import Path

import pytest
from gpiozero.pins.mock import MockFactory, MockPWMPin  # type: ignore[import-untyped]

from firmware_bridge.pins.light_and_button import LightAndButton
from wire.options import ConfigError
from wire.owner import Light, Press, Pressed

PROFILE = Path("config/machines/mine.toml")


@pytest.fixture
def pins() -> Iterator[MockFactory]:
    factory = MockFactory(pin_class=MockPWMPin)
    yield factory
    factory.reset()


@pytest.fixture
def both(pins: MockFactory) -> Iterator[LightAndButton]:
    made = LightAndButton(18, 23, profile=PROFILE, pin_factory=pins)
    yield made
    made.close()


def test_light_is_off_at_first_and_shows_what_it_is_told(
    both: LightAndButton, pins: MockFactory
) -> None:
    pin = pins.pin(18)
    assert pin.state == 0

    both.show(Light.ON)
    assert pin.state == 1

    both.show(Light.OFF)
    assert pin.state == 0


def test_breathing_goes_on_by_itself_and_is_not_restarted_by_saying_it_again(
    both: LightAndButton,
) -> None:
    both.show(Light.BREATHING)
    breath = both._light._blink_thread
    both.show(Light.BREATHING)

    assert breath is not None
    assert both._light._blink_thread is breath
    both.show(Light.OFF)
    assert both._light._blink_thread is None


def test_trouble_winks_and_every_light_is_another_one(both: LightAndButton) -> None:
    seen = set()
    for light in Light:
        both.show(light, (1, 2))
        source, blinks = both._light.source, both._light._blink_thread is not None
        delay = both._light.source_delay if source is not None else None
        times = tuple(both._light._blink_thread._args[:4]) if blinks else ()
        seen.add((both._light.value > 0 and not blinks, blinks, times, delay))
    assert len(seen) == len(Light)
    both.show(Light.TROUBLE)
    assert both._light._blink_thread is not None


def test_short_press_is_reported_once_when_the_button_is_released(
    both: LightAndButton, pins: MockFactory
) -> None:
    pins.pin(23).drive_low()
    assert both.presses() == []

    pins.pin(23).drive_high()

    assert both.presses() == [Pressed(Press.SHORT, Light.OFF)]
    assert both.presses() == []


def test_long_press_is_reported_when_the_button_is_released_and_shown_before(
    both: LightAndButton, pins: MockFactory
) -> None:
    pins.pin(23).drive_low()
    for _ in range(2):
        both._button.when_held()  # what gpiozero's own timer calls every second
    assert pins.pin(18).state == 1
    assert both.presses() == []

    pins.pin(23).drive_high()

    assert both.presses() == [Pressed(Press.LONG, Light.OFF)]
    assert pins.pin(18).state == 0


def test_the_button_is_timed_by_the_second(both: LightAndButton) -> None:
    assert (both._button.hold_time, both._button.hold_repeat) == (1.0, True)


def test_without_pins_there_is_nothing_to_claim_and_nothing_fails() -> None:
    none = LightAndButton(None, None, profile=PROFILE)

    none.show(Light.BREATHING)

    assert none.presses() == []
    none.close()


def test_pin_in_use_names_the_option_and_releases_what_was_claimed(
    both: LightAndButton, pins: MockFactory
) -> None:
    with pytest.raises(ConfigError) as caught:
        LightAndButton(24, 23, profile=PROFILE, pin_factory=pins)

    assert str(caught.value).startswith(f"{PROFILE} [pins] button_gpio = 23: pin GPIO23 is")
    assert str(caught.value).endswith("choose another pin")
    LightAndButton(24, None, profile=PROFILE, pin_factory=pins).close()


def test_pin_without_pwm_names_the_option() -> None:
    with pytest.raises(ConfigError, match=r"light_gpio = 18: this pin cannot do it"):
        LightAndButton(18, None, profile=PROFILE, pin_factory=MockFactory())


def test_no_gpio_chip_says_what_to_install_or_leave_out(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setenv("GPIOZERO_PIN_FACTORY", "a-board-without-pins")

    with pytest.raises(ConfigError, match=r"light_gpio = 18: no GPIO chip can be opened here"):
        LightAndButton(18, None, profile=PROFILE)
