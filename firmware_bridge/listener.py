"""What every driver does that listens: find frames, watch the link, count.

A driver for a controller derives from ``Listener`` and says two things: what one frame
tells (``understand``), and what is to be forgotten when the machine was not heard for a
while (``forget``). One that has to ask for its readings adds ``poll``.
"""

from abc import ABC, abstractmethod
from typing import Protocol

from firmware_bridge.driver import FrameCounts
from firmware_bridge.link import LinkWatch
from firmware_bridge.profile import MachineProfile
from firmware_bridge.tally import Tally
from wire.readings import LinkLost, Reading
from wire.stamps import Stamp


class FrameReader(Protocol):
    """Finds the frames in a stream: ``FrameScanner``, or a driver's own."""

    tally: Tally

    def receive(self, data: bytes) -> list[bytes]:
        """Take what has arrived; return the sound frames that are now complete."""
        ...

    def forget(self) -> None:
        """Drop half a frame."""
        ...


class Listener(ABC):
    """A driver that sends nothing of itself."""

    def __init__(self, profile: MachineProfile, reader: FrameReader) -> None:
        self._reader = reader
        self._link = LinkWatch(profile.serial.link_lost_ms)

    @abstractmethod
    def understand(self, frame: bytes, at: Stamp) -> list[Reading]:
        """Return what one sound frame tells."""

    @abstractmethod
    def forget(self) -> None:
        """Forget the present: whatever is heard next is told as if for the first time."""

    @property
    def counts(self) -> FrameCounts:
        """What has been seen of the line so far."""
        return self._reader.tally.counts()

    def receive(self, data: bytes, at: Stamp) -> list[Reading]:
        """Take what has arrived by ``at`` and return what it tells."""
        frames = self._reader.receive(data)
        if frames:
            readings = self._link.frame(at)
            for frame in frames:
                readings += self.understand(frame, at)
            return readings
        readings = self._link.noise(at) if data else self._link.quiet(at)
        if any(isinstance(reading, LinkLost) for reading in readings):
            self.forget()
        return readings

    def poll(self, at: Stamp) -> bytes:
        """Return nothing: this driver listens."""
        return b""

    def unplugged(self, at: Stamp) -> list[Reading]:
        """Forget half a frame, and the machine: another may be plugged in next."""
        self._reader.forget()
        self.forget()
        return self._link.unplugged(at)

    def next_due_s(self, at: Stamp) -> float | None:
        """Return when silence alone loses the link."""
        return self._link.next_due_s(at)
