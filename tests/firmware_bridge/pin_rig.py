"""A machine with bare sensors on gpiozero's mock pins: what a test bench would be of wires.

The test turns the tap, moves the float and sets voltages; the source under test sees pins.
"""

import gc
from pathlib import Path
from typing import Any

from gpiozero import Device  # type: ignore[import-untyped]
from gpiozero.pins.mock import MockFactory, MockSPIDevice  # type: ignore[import-untyped]

from firmware_bridge.pins.gpio_source import GpioSource
from firmware_bridge.profile import load_profile, profile_path
from firmware_bridge.simulation.twin_sensing import adc_of_temp
from tests.firmware_bridge.machine_lines import at
from wire.readings import Reading

FLOW, TANK = 17, 27
BOILER, PRESSURE, LEVEL = 0, 1, 2
ML_PER_PULSE = 0.19
LOOK_S = 0.2

BOILER_93_C = adc_of_temp(93) / 1023
HALF_FULL = (0.5 + 2.8) / 2 / 3.3


def share_of_bar(bar: float) -> float:
    """Return what the profile's pressure sensor gives: 0.5 to 4.5 V for 0 to 16 bar."""
    return (0.5 + 4.0 * bar / 16) * 0.667 / 3.3


class FakeMcp3008(MockSPIDevice):  # type: ignore[misc]
    """An MCP3008: after the start bit four bits of request, two clocks, ten bits of answer."""

    def __init__(self, pins: MockFactory, shares: dict[int, float]) -> None:
        super().__init__(11, 10, 9, 8, pin_factory=pins)
        self.shares = shares

    def on_bit(self) -> None:
        bits = self.rx_buf
        start = bits.index(1) if 1 in bits else len(bits)
        if len(bits) - start == 5:
            _single, *channel = bits[start + 1 :]
            number = channel[0] << 2 | channel[1] << 1 | channel[2]
            self.tx_word(round(self.shares.get(number, 0.0) * 1023), 12)


class Rig:
    """The pins, the time, and the source that looks at them."""

    def __init__(self, profile: Path | None = None) -> None:
        # An SPI bus that gpiozero shares among channels lives until it is collected, and then
        # takes its successor's entry with it: the buses of earlier tests go first.
        gc.collect()
        self.pins = MockFactory()
        # gpiozero's mock of an SPI bus claims its four pins from the default factory alone.
        Device.pin_factory = self.pins
        self.shares = {BOILER: BOILER_93_C, PRESSURE: share_of_bar(0), LEVEL: HALF_FULL}
        self.chip = FakeMcp3008(self.pins, self.shares)
        self.now_s = 0.0
        self.profile = profile or profile_path("bare-sensors")
        self._owed = 0.0

    def open(self) -> GpioSource:
        source = GpioSource(load_profile(self.profile), pin_factory=self.pins)
        self.pins.pin(TANK).drive_low()  # the float is up: the switch is closed
        return source

    def close(self) -> None:
        self.pins.reset()
        Device.pin_factory = None

    def pulse(self, times: int = 1) -> None:
        """Let the meter turn: its open collector pulls the pin down and lets it go."""
        for _ in range(times):
            self.pins.pin(FLOW).drive_low()
            self.pins.pin(FLOW).drive_high()

    def live(self, source: GpioSource, seconds: float, ml_per_s: float = 0.0) -> list[Reading]:
        """Let time pass with the tap that far open; return what the source tells."""
        readings: list[Reading] = []
        for _ in range(round(seconds / LOOK_S)):
            self.now_s += LOOK_S
            self._owed += ml_per_s * LOOK_S / ML_PER_PULSE
            self.pulse(int(self._owed))
            self._owed -= int(self._owed)
            readings += source.read(at(self.now_s))
        return readings

    def lose_edges(self, states: list[Any]) -> None:
        """Report these edges alone, as a kernel does whose memory was full."""
        pin = self.pins.pin(FLOW)
        for state in states:
            pin.when_changed(self.now_s, state)
