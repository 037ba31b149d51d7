"""A device that runs as its command, with a button that is pressed and a light that is seen.

The pins are gpiozero's stand-ins in the child process: ``down`` and ``up`` on its standard
input move the button, and each change of the light is a line on its standard output. Seconds
and beats are shorter than on a device; nothing else is.

    with pressed_by_hand(unit) as hand:
        hand.press_until_flashing()
        numbers = hand.count()
"""

import contextlib
import os
import queue
import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from pathlib import Path

from tests.agent.examined import PROFILE, Unit

ROOT = Path(__file__).parents[2]
LIGHT, BUTTON = 18, 23
SECOND_S, BEAT_S = 0.3, 0.08
WITHIN_S = 60.0

_CHILD = f"""
import os, sys, threading, time
from gpiozero import Device
from gpiozero.pins.mock import MockFactory, MockPWMPin
from firmware_bridge.pins import light_and_button as pins
from agent.main import main

class Seen(MockPWMPin):
    def _change_state(self, value):
        changed = super()._change_state(value)
        if changed and self.info.name == "GPIO{LIGHT}":
            os.write(1, f"{{time.monotonic():.3f}} {{float(value):.2f}}\\n".encode())
        return changed

def move():
    for word in sys.stdin:
        pin = Device.pin_factory.pin({BUTTON})
        pin.drive_low() if word == "down\\n" else pin.drive_high()

pins.SECOND_S, pins.BEAT_S, pins.FLASH_S = {SECOND_S}, {BEAT_S}, 0.05
Device.pin_factory = MockFactory(pin_class=Seen)
threading.Thread(target=move, daemon=True).start()
sys.exit(main(["--config", sys.argv[1], "run"]))
"""


class Hand:
    """The owner beside the machine."""

    def __init__(self, device: "subprocess.Popen[str]") -> None:
        self.device = device
        self._peeked: tuple[float, float] | None = None
        self._seen: queue.SimpleQueue[tuple[float, float] | None] = queue.SimpleQueue()
        threading.Thread(target=self._watch, daemon=True).start()

    def press_until_flashing(self) -> None:
        """Hold the button until the light flashes, and let go."""
        down_s = time.monotonic()
        self._move("down")
        flashes = 0
        while flashes < 4:
            # Before that second it shines, or shows what it showed before.
            flashes += self._next()[0] > down_s + 5 * SECOND_S
        self._move("up")

    def count(self, numbers: int = 5) -> list[int]:
        """Look at the light for a while, and say which numbers it counts."""
        deadline = time.monotonic() + WITHIN_S
        while time.monotonic() < deadline:
            found = self._one_round()
            if len(found) == numbers:
                return found
        raise AssertionError("the light does not count")

    def _one_round(self) -> list[int]:
        """Return what is counted from one long light to the next."""
        while self._shine()[0] < 3 * BEAT_S:
            pass
        found = [1]
        while True:
            lit_s, dark_s = self._shine()
            if lit_s > 3 * BEAT_S:
                return found[:-1] if found else []
            if dark_s > 3 * BEAT_S:
                found.append(1)
            else:
                found[-1] += 1

    def _shine(self) -> tuple[float, float]:
        """Return how long the next light is, and the dark after it."""
        at_s, level = self._next()
        while level == 0:
            at_s, level = self._next()
        off_s, _ = self._next()
        self._peeked = self._next()
        return off_s - at_s, self._peeked[0] - off_s

    def _next(self) -> tuple[float, float]:
        if self._peeked is not None:
            found, self._peeked = self._peeked, None
            return found
        seen = self._seen.get(timeout=WITHIN_S)
        assert seen is not None, f"the device has ended with status {self.device.wait()}"
        return seen

    def _move(self, word: str) -> None:
        assert self.device.stdin is not None
        self.device.stdin.write(f"{word}\n")
        self.device.stdin.flush()

    def _watch(self) -> None:
        assert self.device.stdout is not None
        for line in self.device.stdout:
            at_s, level = line.split()
            self._seen.put((float(at_s), float(level)))
        self._seen.put(None)


@contextlib.contextmanager
def pressed_by_hand(unit: Unit) -> Iterator[Hand]:
    """Run the device of ``unit``, with a light and a button, for as long as the block lasts."""
    profile = unit.folder / "machine.toml"
    text = PROFILE.read_text(encoding="utf-8")
    for pin, number in (("light_gpio", LIGHT), ("button_gpio", BUTTON)):
        at = text.index(f"# {pin} = ")
        end = text.index("\n", at)
        text = f"{text[:at]}{pin} = {number}{text[end:]}"
    profile.write_text(text, encoding="utf-8")
    unit.config.write_text(
        unit.config.read_text(encoding="utf-8").replace(str(PROFILE), str(profile)),
        encoding="utf-8",
    )
    device = subprocess.Popen(
        [sys.executable, "-c", _CHILD, str(unit.config)],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
        cwd=ROOT,
        env={**os.environ, "PYTHONPATH": str(ROOT)},
    )
    try:
        yield Hand(device)
    finally:
        device.terminate()
        device.wait(WITHIN_S)
