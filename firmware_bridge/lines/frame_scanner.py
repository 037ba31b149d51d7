"""Finds frames that begin with a header in a stream that may begin, break or lie anywhere.

What a frame is, each driver says with one function: ``measure(held, place)`` returns the
length of the sound frame at ``place``, ``0`` if none begins there, or ``None`` while more
bytes are needed to tell. Where no frame begins, one byte is dropped and the next is asked
about, so a damaged frame never takes the good one behind it along.

The buffer is bounded by ``longest``, which ``measure`` must not exceed with its ``None``.
"""

from collections.abc import Callable

from firmware_bridge.lines.tally import Tally

Measure = Callable[[bytearray, int], int | None]


class FrameScanner:
    """Bytes in, sound frames out."""

    def __init__(self, measure: Measure, longest: int) -> None:
        self.tally = Tally()
        self._measure = measure
        self._longest = longest
        self._held = bytearray()
        self._dropped = 0
        """Bytes since the last sound frame that belonged to none."""

    def receive(self, data: bytes) -> list[bytes]:
        """Take what has arrived; return the sound frames that are now complete."""
        self.tally.bytes += len(data)
        held = self._held
        held += data
        frames = []
        place = 0
        while place < len(held):
            length = self._measure(held, place)
            if length is None:
                break
            if length:
                frames.append(bytes(held[place : place + length]))
                self.tally.sound()
                self._dropped = 0
            else:
                self._drop()
            place += length or 1
        del held[:place]
        return frames

    def forget(self) -> None:
        """Drop half a frame: what comes next is from another line."""
        self._held.clear()

    def _drop(self) -> None:
        # Endless noise is as many bad frames as would have had room in it.
        if self._dropped % self._longest == 0:
            self.tally.damage()
        self._dropped += 1
