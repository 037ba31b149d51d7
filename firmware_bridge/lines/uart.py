"""What a serial receiver makes of a line, bit by bit: also of one that it reads wrongly.

A receiver waits for the line to fall, looks at the middle of each of the next bits, and calls
that a byte. It does so at the wrong speed and on an inverted line as well, and then gives
bytes that nobody has sent. Here that can be computed, so that what recognises such bytes
(``misread``) is tested with what a real receiver would deliver.

An inverted line cannot in general be turned round by software afterwards. A receiver that sees
it begins a byte where the *sent* byte has its first 1, and so never learns how many 0 came
before: alone, ``80``, ``C0`` and ``FE`` all arrive as ``00``, and of 256 bytes 128 remain
apart. Where bytes follow each other without a gap, each loses the one bit that the receiver
takes for its stop bit, and the first its beginning: only where frames say enough of themselves
can they be brought back (``gicar_inverted``).

>>> received(sent([b"\\x81"], bit_s=1.0), bit_s=1.0)
[129]
>>> received(sent([b"\\x80", b"\\xfe"], bit_s=1.0), bit_s=1.0, inverted=True)
[0, 0]
"""

from bisect import bisect_right
from collections.abc import Iterable
from dataclasses import dataclass, field

DATA_BITS = 8
FRAME_BITS = DATA_BITS + 2
"""Start, data, stop."""
PAUSE_BITS = 30.0
"""Between two pieces that were sent apart: long enough for any receiver to come to rest."""


@dataclass(slots=True)
class Line:
    """The level of a line over time: high, until the first of its changes."""

    changes_s: list[float] = field(default_factory=list)
    """Each turns the level round."""
    end_s: float = 0.0

    def level(self, at_s: float) -> bool:
        """Return whether the line is high at a time."""
        return bisect_right(self.changes_s, at_s) % 2 == 0

    def put(self, high: bool, seconds: float) -> None:
        """Hold a level for a while from the end on."""
        if (len(self.changes_s) % 2 == 0) is not high:
            self.changes_s.append(self.end_s)
        self.end_s += seconds


def sent(pieces: Iterable[bytes], bit_s: float, pause_bits: float = PAUSE_BITS) -> Line:
    """Return the line of a sender: the bytes of a piece without a gap, then a pause."""
    line = Line()
    line.put(True, pause_bits * bit_s)
    for piece in pieces:
        for byte in piece:
            line.put(False, bit_s)
            for bit in range(DATA_BITS):
                line.put(bool(byte >> bit & 1), bit_s)
            line.put(True, bit_s)
        line.put(True, pause_bits * bit_s)
    return line


def received(line: Line, bit_s: float, *, inverted: bool = False) -> list[int]:
    """Return the bytes that a receiver delivers, those with a wrong stop bit as well.

    After such a one it waits until the line is high again, as the receiver of a Pi does.
    """
    found = []
    at_s = 0.0
    while (start_s := _next_fall(line, at_s, inverted)) is not None:
        middle_s = start_s + bit_s / 2
        if line.level(middle_s) is not inverted:
            at_s = middle_s  # a spike, no start
            continue
        byte = 0
        for bit in range(DATA_BITS):
            high = line.level(middle_s + (bit + 1) * bit_s) is not inverted
            byte |= high << bit
        found.append(byte)
        at_s = middle_s + (FRAME_BITS - 1) * bit_s
    return found


def _next_fall(line: Line, at_s: float, inverted: bool) -> float | None:
    """Return when the line falls next; an inverted one that rests low counts as fallen."""
    index = bisect_right(line.changes_s, at_s)
    # Even changes turn a straight line low, odd ones an inverted line.
    if index % 2 != inverted:
        index += 1
    return line.changes_s[index] if index < len(line.changes_s) else None
