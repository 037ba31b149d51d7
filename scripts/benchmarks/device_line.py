"""A machine that says ten things a second on a pseudo-terminal, and a clock beside each.

with SpeakingLine(words) as line:      # words(n) returns the bytes of the n-th thing
    ...                                # line.port
    line.heard(n)                      # somebody has told thing n: how late is it?
"""

import os
import pty
import threading
import time
import tty
from collections.abc import Callable
from types import TracebackType
from typing import Self

from firmware_bridge.reference.codec import encode_frame
from firmware_bridge.reference.frames import SampleFrame, Status

A_SECOND = 10
KINDS = 100
"""After so many things they repeat: nobody is ten seconds late and still meant."""
COLDEST_TENTHS_C = 850

Words = Callable[[int], bytes]


def as_text(number: int) -> bytes:
    """Return thing ``number`` as a line of text."""
    return b"%d\n" % (1000 + number % KINDS)


def as_frame(number: int) -> bytes:
    """Return thing ``number`` as the reference controller's sample: a boiler temperature."""
    return encode_frame(
        SampleFrame(
            sequence=number % 65_536,
            device_ms=number * 1000 // A_SECOND,
            status=Status(0),
            boiler_temp_tenths_c=COLDEST_TENTHS_C + number % KINDS,
            water_level_permille=800,
            flow_pulses_total=1,
            dose_counts=None,
        )
    )


def of_temperature(celsius: float) -> int:
    """Return which thing a temperature is."""
    return round(celsius * 10) - COLDEST_TENTHS_C


class SpeakingLine:
    """One end of a pseudo-terminal on which something is said ten times a second."""

    def __init__(self, words: Words) -> None:
        self._words = words
        self._master, self._slave = pty.openpty()
        tty.setraw(self._slave)
        os.set_blocking(self._master, False)
        self.port = os.ttyname(self._slave)
        self.lateness_s: list[float] = []
        self.begun_s, self.first_s = 0.0, 0.0
        """When listening began, and when the first thing was told; 0 before that."""
        self._said_s: dict[int, float] = {}
        self._over = threading.Event()
        self._thread = threading.Thread(target=self._speak, daemon=True)

    def begin(self) -> None:
        """Begin to listen anew."""
        self.begun_s, self.first_s = time.perf_counter(), 0.0

    @property
    def is_heard(self) -> bool:
        """Whether anything was told since then."""
        return self.first_s > 0

    def heard(self, thing: int) -> None:
        """Note that ``thing`` has arrived where it was to arrive."""
        now_s = time.perf_counter()
        self.first_s = self.first_s or now_s
        said_s = self._said_s.pop(thing, None)
        if said_s is not None:
            self.lateness_s.append(now_s - said_s)

    def _speak(self) -> None:
        number, next_s = 0, time.perf_counter()
        while not self._over.wait(max(0.0, next_s - time.perf_counter())):
            data = self._words(number)
            self._said_s[number % KINDS] = time.perf_counter()
            try:
                os.write(self._master, data)
                os.read(self._master, 4096)
            except BlockingIOError:
                pass  # nobody reads yet, or nobody has asked anything
            number, next_s = number + 1, next_s + 1 / A_SECOND

    def __enter__(self) -> Self:
        self._thread.start()
        return self

    def __exit__(
        self,
        _kind: type[BaseException] | None,
        _error: BaseException | None,
        _trace: TracebackType | None,
    ) -> None:
        self._over.set()
        self._thread.join()
        os.close(self._slave)
        os.close(self._master)
