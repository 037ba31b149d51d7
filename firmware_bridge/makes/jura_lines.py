"""Finds the lines of a Jura in its UART bytes.

Each character is four bytes of two bits each, and nothing in a byte tells which of the four
it is. The end of a line does: the eight symbols of carriage return and line feed occur at no
other alignment of text that such a machine sends. So a line is what stands before its end,
counted back from there in fours, and lost or added bytes cost one line.

There is no checksum: by ``is_sound`` the driver looks at prefix, length and digits.
"""

from collections.abc import Callable

from firmware_bridge.lines.tally import Tally
from firmware_bridge.makes.jura_requests import GROUP_BYTES, symbol

LONGEST = 128
"""Characters; the longest known reply has 67."""

_SYMBOLS = bytes(symbol(byte) for byte in range(256))
_END = bytes([1, 3, 0, 0, 2, 2, 0, 0])
"""Carriage return and line feed."""


class JuraLines:
    """Bytes in, sound lines out; which are sound, ``is_sound`` says."""

    def __init__(self, is_sound: Callable[[bytes], object] = bool) -> None:
        self.tally = Tally()
        self._is_sound = is_sound
        self._held = b""
        """Symbols since the last end of a line."""
        self._overlong = False

    def receive(self, data: bytes) -> list[bytes]:
        """Take what has arrived; return the sound lines that are now complete."""
        self.tally.bytes += len(data)
        *ended, rest = (self._held + data.translate(_SYMBOLS)).split(_END)
        lines = []
        for symbols in ended:
            self._bound(symbols)
            line = b"" if self._overlong else _characters(symbols)
            if line and self.tally.judged(self._is_sound(line)):
                lines.append(line)
            self._overlong = False
        self._bound(rest)
        # Of a line that is dropped, the last symbols may be the beginning of its end.
        self._held = rest[-len(_END) :] if self._overlong else rest
        return lines

    def forget(self) -> None:
        """Drop half a line."""
        self._held = b""
        self._overlong = False

    def _bound(self, symbols: bytes) -> None:
        if not self._overlong and len(symbols) > LONGEST * GROUP_BYTES:
            self._overlong = True
            self.tally.damage()


def _characters(symbols: bytes) -> bytes:
    ragged = len(symbols) % GROUP_BYTES
    return bytes(
        sum(symbols[place + k] << 2 * k for k in range(GROUP_BYTES))
        for place in range(ragged, len(symbols), GROUP_BYTES)
    )
