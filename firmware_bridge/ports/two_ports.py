"""Two serial ports as one source: a machine that is listened to on two lines.

Each port is a ``SerialSource`` of its own, with all that it survives; bytes of the two lines
never meet. Here they only become one ``Source``.
"""

import contextlib
import select
from collections.abc import Sequence

from firmware_bridge.driver import FrameCounts
from firmware_bridge.ports.serial_source import SerialSource
from wire.readings import FlagName, Quantity, Reading
from wire.stamps import Stamp


class TwoPorts:
    """Reads the machine's line and the other one."""

    def __init__(self, first: SerialSource, second: SerialSource) -> None:
        """``first`` is the machine's own line; what it counts includes the second."""
        self._sources = (first, second)
        self._waiting = select.epoll()
        self._watched: set[int] = set()

    @property
    def tells(self) -> frozenset[Quantity | FlagName]:
        """All that the machine can ever report."""
        return self._sources[0].tells

    @property
    def counts(self) -> FrameCounts:
        """What has been seen of both lines."""
        return self._sources[0].counts

    def read(self, now: Stamp) -> Sequence[Reading]:
        """Return what has been learned since the last call."""
        return [reading for source in self._sources for reading in source.read(now)]

    def next_due_s(self, now: Stamp) -> float | None:
        """Return in how many seconds ``read`` should run even if no byte arrives."""
        due_s = [source.next_due_s(now) for source in self._sources]
        return min((wait_s for wait_s in due_s if wait_s is not None), default=None)

    def fileno(self) -> int | None:
        """Return a descriptor that is ready when either port is."""
        ports = {port for source in self._sources if (port := source.fileno()) is not None}
        for gone in self._watched - ports:
            # The kernel forgets a closed descriptor by itself.
            with contextlib.suppress(OSError):
                self._waiting.unregister(gone)
        for port in ports:
            # Also one that is watched already: the number may be that of a new port.
            with contextlib.suppress(FileExistsError):
                self._waiting.register(port, select.EPOLLIN)
        self._watched = ports
        return self._waiting.fileno() if ports else None

    def close(self) -> None:
        """Release both ports."""
        for source in self._sources:
            source.close()
        self._waiting.close()
