"""The owner's light and button on the pins of a Raspberry Pi.

The light says that a question waits (breathing), that all is noted (on) or nothing (off).
The button answers: a short press, or a long one of two seconds. What either means is not
decided here; this file turns edges into presses and states into light.

gpiozero calls back from its own threads. A callback here does one thing, put a press into
a queue, and ``presses`` takes them out on the agent's thread.
"""

import queue
from functools import partial
from pathlib import Path
from typing import Any

from gpiozero import PWMLED, Button  # type: ignore[import-untyped]

from firmware_bridge.pins import claim
from wire.options import ConfigError
from wire.owner import Light, Press

LONG_PRESS_S = 2.0
"""Long enough that nobody calls for help by brushing past; short enough for weak hands."""
BOUNCE_S = 0.02
"""Contacts of such buttons settle within 5 to 10 ms."""
BREATH_S = 2.0
"""In, and the same out: a resting person's breath, so it asks and does not alarm."""


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
        self._presses: queue.SimpleQueue[Press] = queue.SimpleQueue()
        self._held = False
        self._shown: Light | None = None
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
            self._button.when_held = self._on_held
            self._button.when_released = self._on_released
        self.show(Light.OFF)

    def show(self, light: Light) -> None:
        """Show ``light``; saying it again does not restart a breath."""
        if self._light is None or light is self._shown:
            return
        self._shown = light
        match light:
            case Light.OFF:
                self._light.off()
            case Light.BREATHING:
                self._light.pulse(fade_in_time=BREATH_S, fade_out_time=BREATH_S)
            case Light.ON:
                self._light.on()

    def presses(self) -> list[Press]:
        """Return the presses since the last call, oldest first."""
        taken = []
        while True:
            try:
                taken.append(self._presses.get_nowait())
            except queue.Empty:
                return taken

    def close(self) -> None:
        """Turn the light off and release the pins."""
        for device in (self._light, self._button):
            if device is not None:
                device.close()
        self._light = self._button = None

    def _on_held(self) -> None:
        # A long press counts while the finger is still there: the light can answer it.
        self._held = True
        self._presses.put(Press.LONG)

    def _on_released(self) -> None:
        if not self._held:
            self._presses.put(Press.SHORT)
        self._held = False


def _held_button(pin: int, *, pin_factory: Any) -> Any:
    return Button(
        pin, pull_up=True, bounce_time=BOUNCE_S, hold_time=LONG_PRESS_S, pin_factory=pin_factory
    )
