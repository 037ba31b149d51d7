"""Turns the frames of a Gicar board round that were received without an inverter.

The line of this board rests low. A receiver that expects it to rest high takes a falling edge
for the beginning of a byte, and one comes where a *sent* byte has a 1: at its first one, or at
its stop bit at the latest. In general that loses bits (see ``uart``). Here nearly nothing is
lost, because much is known beforehand: a frame is sent without a gap, begins with ``81``, and
no other byte has its highest bit set. So the bits that arrived have only one or a few ways to
lie in the frame; what lies between two received bytes is a run of 1, where the receiver had to
wait for the line, and a run of 0. Which way it was, form and check of the frame decide.

``3F FF 4F 01 FD …`` was published of a real board before it was known to be inverted; it is
understood here, and its check is right.
"""

from collections.abc import Iterator

RECEIVED_FIRST = 0x3F
"""What arrives of 81."""
RECEIVED_BYTES = 17
"""One byte of the frame lies between two others and is not seen as one."""

_FRAME_BYTES = 18
_CELL = 10
"""Bits a byte on the line: start, eight of data, stop."""
_BITS = _FRAME_BYTES * _CELL
_FRAME = (1 << _BITS) - 1
_VALUE_ENDS = tuple(0x7F << cell * _CELL + 1 for cell in range(4, 17, 3))
"""The seven bits that end a value are all 0 or all 1."""
_STATUS_BITS = 0x06
"""Of the second byte only brew switch and tank are ever set."""
_RECEIVED = 9
"""Bits of a received byte whose place is known: its beginning and its data."""


def restored(received: bytes) -> Iterator[bytes]:
    """Yield the frames that may have been sent where ``received`` arrived."""
    if received[:1] == bytes([RECEIVED_FIRST]):
        yield from _placed(_Sent(), received[:RECEIVED_BYTES], 1)


class _Sent:
    """The bits of a frame in the order in which they are sent, as far as they are known."""

    def __init__(self) -> None:
        """Know what is the same in every frame."""
        self._values = self._known = 0
        for cell in range(_FRAME_BYTES):
            first = cell * _CELL
            self._values |= 1 << first + 9
            self._known |= (1 | 1 << 8 | 1 << 9) << first
        self._values |= 0x81 << 1
        self._known |= 0xFF << 1 | (0xFF ^ _STATUS_BITS) << _CELL + 1

    def with_bits(self, bits: int, count: int, place: int) -> "_Sent | None":
        """Return this with ``count`` more bits at ``place``, or ``None`` if that cannot be."""
        mask = ((1 << count) - 1) << place & _FRAME
        if (bits << place ^ self._values) & self._known & mask:
            return None
        more = _Sent.__new__(_Sent)
        more._known = self._known | mask
        more._values = self._values | bits << place & mask
        return more if more._ends_agree() else None

    def _ends_agree(self) -> bool:
        ones, zeros = self._values & self._known, ~self._values & self._known
        return not any(ones & end and zeros & end for end in _VALUE_ENDS)

    def frame(self) -> bytes:
        """Return the bytes."""
        return bytes(self._values >> cell * _CELL + 1 & 0xFF for cell in range(_FRAME_BYTES))


def _placed(sent: _Sent, received: bytes, place: int) -> Iterator[bytes]:
    """Let the next received byte begin at ``place``."""
    more = sent.with_bits(1 | (received[0] ^ 0xFF) << 1, _RECEIVED, place)
    after = place + _RECEIVED
    if more is None:
        return
    if after >= _BITS - 2:
        yield more.frame()
    elif len(received) > 1:
        yield from _waited(more, received[1:], after)


def _waited(sent: _Sent, received: bytes, place: int) -> Iterator[bytes]:
    """Let a run of 1 and a run of 0 lie before the next received byte, of any length."""
    ones: _Sent | None = sent
    while ones is not None:
        begin = place
        zeros = ones.with_bits(0, 1, begin)
        while zeros is not None:
            begin += 1
            yield from _placed(zeros, received, begin)
            zeros = zeros.with_bits(0, 1, begin)
        ones = ones.with_bits(1, 1, place)
        place += 1
