"""The functions of lgpio that gpiozero calls, without a chip: so its real code for a Pi runs.

What is asked of the pins is noted; the test moves them, and plays the converter on the bus.
"""

import importlib
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from types import ModuleType
from typing import Any
from unittest.mock import patch

PI_4 = 0xC03111


class LgpioError(Exception):
    """lgpio's own root of errors, which is no ``OSError``."""


class _Callback:
    def __init__(self, cancel: Callable[[], object]) -> None:
        self.cancel = cancel


class FakeLgpio(ModuleType):
    """Stands in for the module ``lgpio``."""

    SET_PULL_NONE, SET_PULL_UP, SET_PULL_DOWN = 128, 32, 64
    RISING_EDGE, FALLING_EDGE, BOTH_EDGES = 1, 2, 3
    error = LgpioError

    def __init__(self) -> None:
        super().__init__("lgpio")
        self.levels: dict[int, int] = {}
        self.flags: dict[int, int] = {}
        self.edges: dict[int, int] = {}
        self.debounce_us: dict[int, int] = {}
        self.busy: set[int] = set()
        self.spi_is_on = True
        self.adc: dict[int, int] = {}
        """What each channel of the converter reads, in its steps."""
        self._watchers: dict[int, Callable[[int, int, int, int], object]] = {}

    # What gpiozero calls.

    def gpiochip_open(self, chip: int) -> int:
        return chip

    def gpiochip_close(self, handle: int) -> None:
        self.levels.clear()

    def gpio_claim_input(self, handle: int, gpio: int, flags: int = 0) -> None:
        if gpio in self.busy:
            raise LgpioError("GPIO busy")
        self.flags[gpio] = flags
        self.levels.setdefault(gpio, 0)
        if flags & self.SET_PULL_UP:
            self.levels[gpio] = 1

    def gpio_claim_output(self, handle: int, gpio: int) -> None:
        raise AssertionError("bare sensors are only read")

    def gpio_free(self, handle: int, gpio: int) -> None:
        del self.flags[gpio]

    def gpio_get_mode(self, handle: int, gpio: int) -> int:
        return self.flags[gpio]

    def gpio_read(self, handle: int, gpio: int) -> int:
        return self.levels[gpio]

    def gpio_set_debounce_micros(self, handle: int, gpio: int, micros: int) -> None:
        self.debounce_us[gpio] = micros

    def gpio_claim_alert(self, handle: int, gpio: int, edges: int, flags: int) -> None:
        self.edges[gpio] = edges

    def callback(self, handle: int, gpio: int, edges: int, call: Any) -> _Callback:
        self._watchers[gpio] = call
        return _Callback(lambda: self._watchers.pop(gpio, None))

    def spi_open(self, port: int, device: int, baud: int, flags: int) -> int:
        if not self.spi_is_on:
            raise LgpioError("can not open SPI device")
        return 1

    def spi_close(self, handle: int) -> None:
        """Close nothing."""

    def spi_xfer(self, handle: int, request: list[int]) -> tuple[int, bytes]:
        """Answer as an MCP3008 does: start bit, one for single-ended, channel, ten bits."""
        start, channel = request[0], request[1] >> 4 & 7
        assert (start, request[1] >> 7) == (1, 1)
        return 3, bytes([0, *self.adc.get(channel, 0).to_bytes(2, "big")])

    # What the test calls.

    def edge(self, gpio: int, level: int) -> None:
        """Let a pin change, as the library tells it: chip, pin, level, nanoseconds."""
        self.levels[gpio] = level
        if watcher := self._watchers.get(gpio):
            watcher(0, gpio, level, 1_000_000_000)


@contextmanager
def pi_with(fake: FakeLgpio) -> Iterator[Any]:
    """Give gpiozero's factory for lgpio, on a Pi that has ``fake`` installed."""
    before = sys.modules.pop("gpiozero.pins.lgpio", None)
    try:
        with patch.dict(sys.modules, {"lgpio": fake}):
            real = importlib.import_module("gpiozero.pins.lgpio")
            with patch("gpiozero.pins.local.get_pi_revision", return_value=PI_4):
                factory = real.LGPIOFactory(chip=0)
                yield factory
                factory.close()
                factory.pins.clear()
                factory._reservations.clear()
    finally:
        sys.modules.pop("gpiozero.pins.lgpio", None)
        if before is not None:
            sys.modules["gpiozero.pins.lgpio"] = before
