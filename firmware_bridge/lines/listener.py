"""What every driver does that listens: find frames, watch the link, count.

A driver for a controller derives from ``Listener`` and says three things: what it can tell
at all (``tells``), what one frame tells (``understand``), and what is to be forgotten when
the machine was not heard for a while (``forget``). One that has to ask for its readings adds
``poll``; one whose line also carries the other side's frames adds ``is_from_machine``.
"""

from abc import ABC, abstractmethod
from typing import Protocol

from firmware_bridge.driver import FrameCounts
from firmware_bridge.lines.link import LinkWatch
from firmware_bridge.lines.tally import Tally
from firmware_bridge.profile import MachineProfile
from wire.readings import FlagName, LinkLost, Quantity, Reading
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

    tells: frozenset[Quantity | FlagName]
    """All that this driver with its profile can ever report; see ``Driver.tells``."""

    def __init__(self, profile: MachineProfile, reader: FrameReader) -> None:
        self._reader = reader
        self._link = LinkWatch(profile.serial.link_lost_ms)

    @abstractmethod
    def understand(self, frame: bytes, at: Stamp) -> list[Reading]:
        """Return what one sound frame tells."""

    @abstractmethod
    def forget(self) -> None:
        """Forget the present: whatever is heard next is told as if for the first time."""

    def is_from_machine(self, frame: bytes) -> bool:
        """Tell whether a frame shows that the machine itself is heard.

        Who hears the display alone, or an echo of what was asked, hears no coffee either: to
        call that a link would make an absence of coffee out of a wire in the wrong place.
        """
        return True

    @property
    def counts(self) -> FrameCounts:
        """What has been seen of the line so far."""
        return self._reader.tally.counts()

    def receive(self, data: bytes, at: Stamp) -> list[Reading]:
        """Take what has arrived by ``at`` and return what it tells."""
        bad_before = self._reader.tally.bad
        frames = self._reader.receive(data)
        if any(map(self.is_from_machine, frames)):
            readings = self._link.frame(at)
        elif data:
            damage = self._reader.tally.bad - bad_before
            readings = self._link.noise(at, others=len(frames), damage=damage)
        else:
            readings = self._link.quiet(at)
        if any(isinstance(reading, LinkLost) for reading in readings):
            self.forget()
        for frame in frames:
            readings += self.understand(frame, at)
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
