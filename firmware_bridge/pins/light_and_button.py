"""The owner's light and button on the pins of a Raspberry Pi.

The light says that a question waits (breathing), that the owner's page is open (counting),
that all is noted (on), that the device can keep nothing (winking) or nothing at all (off);
while the button is down it says what letting go will mean (``button_hold``). What a press does
is not decided here; this file turns edges into presses and states into light.

gpiozero calls back from its own threads. A callback here takes one step of the table, shows
it, and puts a press into a queue; ``presses`` takes them out on the agent's thread.
"""

import queue
import threading
from functools import partial
from itertools import cycle
from pathlib import Path
from typing import Any

from gpiozero import PWMLED, Button  # type: ignore[import-untyped]

from firmware_bridge.pins.button_hold import ButtonHold, Hold
from firmware_bridge.pins.claim import claim
from firmware_bridge.pins.counted_light import BEAT_S, beats
from wire.options import ConfigError
from wire.owner import Light, Pressed

SECOND_S = 1.0
"""What ``button_hold`` counts."""
BOUNCE_S = 0.02
"""Contacts of such buttons settle within 5 to 10 ms."""
BREATH_S = 2.0
"""In, and the same out: a resting person's breath, so it asks and does not alarm."""
FLASH_S = 0.25
"""Twice a second: clearly another light than any other, and not one that troubles."""
WINK_S, DARK_S = 0.2, 2.8
"""Seen by whoever looks, and no alarm: nobody is in danger because a memory card is full."""


class LightAndButton:
    """One light-emitting diode and one button; either may be missing."""

    def __init__(
        self,
        light_gpio: int | None,
        button_gpio: int | None,
        *,
        profile: Path,
        pin_factory: Any = None,
    ) -> None:
        """Claim the pins (BCM numbers) that ``profile`` names, or raise ``ConfigError``."""
        self._presses: queue.SimpleQueue[Pressed] = queue.SimpleQueue()
        self._turn = threading.RLock()
        """The agent shows, and the button's threads show: one after the other."""
        self._button_hold = ButtonHold()
        self._shown: tuple[Light, tuple[int, ...]] | None = None
        self._under_finger = Light.OFF
        self._light: Any = None
        self._button: Any = None
        try:
            if light_gpio is not None:
                self._light = claim(
                    f"{profile} [pins] light_gpio = {light_gpio}",
                    partial(PWMLED, light_gpio, pin_factory=pin_factory),
                )
            if button_gpio is not None:
                self._button = claim(
                    f"{profile} [pins] button_gpio = {button_gpio}",
                    partial(_held_button, button_gpio, pin_factory=pin_factory),
                )
        except ConfigError:
            self.close()
            raise
        if self._button is not None:
            self._button.when_pressed = self._on_pressed
            self._button.when_held = self._on_second
            self._button.when_released = self._on_released
        self.show(Light.OFF)

    def show(self, light: Light, numbers: tuple[int, ...] = ()) -> None:
        """Show ``light``; saying it again does not restart a breath or a count."""
        with self._turn:
            if (light, numbers) == self._shown:
                return
            self._shown = (light, numbers)
            if self._button_hold.hold in (Hold.UP, Hold.DOWN):
                self._shine()

    def presses(self) -> list[Pressed]:
        """Return the presses since the last call, oldest first."""
        taken = []
        while True:
            try:
                taken.append(self._presses.get_nowait())
            except queue.Empty:
                return taken

    def close(self) -> None:
        """Turn the light off and release the pins."""
        for device in (self._button, self._light):
            if device is not None:
                device.close()
        self._light = self._button = None

    def _on_pressed(self) -> None:
        with self._turn:
            self._under_finger = self._shown[0] if self._shown else Light.OFF
            self._button_hold.down()

    def _on_second(self) -> None:
        with self._turn:
            if self._button_hold.second():
                self._shine()

    def _on_released(self) -> None:
        with self._turn:
            signalled = self._button_hold.hold is not Hold.DOWN
            press = self._button_hold.up()
            if press is not None:
                self._presses.put(Pressed(press, self._under_finger))
            if signalled:
                self._shine()

    def _shine(self) -> None:
        """Let the light show the stage of a press, or else what the agent wants shown."""
        if self._light is None:
            return
        light, numbers = self._shown or (Light.OFF, ())
        self._light.source = None
        match self._button_hold.hold:
            case Hold.LONG:
                self._light.on()
            case Hold.VERY_LONG:
                self._light.blink(on_time=FLASH_S, off_time=FLASH_S)
            case Hold.BETWEEN | Hold.TOO_LONG:
                self._light.off()
            case _:
                self._rest(light, numbers)

    def _rest(self, light: Light, numbers: tuple[int, ...]) -> None:
        match light:
            case Light.OFF:
                self._light.off()
            case Light.BREATHING:
                self._light.pulse(fade_in_time=BREATH_S, fade_out_time=BREATH_S)
            case Light.COUNTING:
                self._light.off()
                self._light.source_delay = BEAT_S
                self._light.source = cycle(beats(numbers))
            case Light.ON:
                self._light.on()
            case Light.TROUBLE:
                self._light.blink(on_time=WINK_S, off_time=DARK_S)


def _held_button(pin: int, *, pin_factory: Any) -> Any:
    return Button(
        pin,
        pull_up=True,
        bounce_time=BOUNCE_S,
        hold_time=SECOND_S,
        hold_repeat=True,
        pin_factory=pin_factory,
    )
