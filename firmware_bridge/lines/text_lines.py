r"""Finds the sound lines of text in a stream, whatever arrives.

A line ends at a carriage return, a line feed or a zero byte; spaces around it mean nothing,
and an empty one is no line. Text has no checksum, so each driver says by ``is_sound`` which
form a line must have. What is longer than ``longest`` is damage, counted once, and dropped up
to its end.

>>> TextLines(20, re.compile(rb"T=[0-9]+").fullmatch).receive(b"T=93\r\nT=9?\r\nT=9")
[b'T=93']
"""

import re
from collections.abc import Callable

from firmware_bridge.lines.tally import Tally

_ENDS = re.compile(rb"[\r\n\0]")


class TextLines:
    """Bytes in, sound lines out."""

    def __init__(self, longest: int, is_sound: Callable[[bytes], object]) -> None:
        self.tally = Tally()
        self._longest = longest
        self._is_sound = is_sound
        self._held = b""
        self._overlong = False

    def receive(self, data: bytes) -> list[bytes]:
        """Take what has arrived; return the sound lines that are now complete."""
        self.tally.bytes += len(data)
        *ended, rest = _ENDS.split(data)
        lines = []
        for piece in ended:
            self._hold(piece)
            line = self._held.strip()
            if line and self.tally.judged(self._is_sound(line)):
                lines.append(line)
            self.forget()
        self._hold(rest)
        return lines

    def forget(self) -> None:
        """Drop half a line."""
        self._held = b""
        self._overlong = False

    def _hold(self, piece: bytes) -> None:
        if self._overlong:
            return
        if len(self._held) + len(piece) <= self._longest:
            self._held += piece
        else:
            self._held = b""
            self._overlong = True
            self.tally.damage()
