"""Tells the service manager how the device is: ready, still alive, stopping.

Speaks systemd's notification protocol: one datagram of ``NAME=value`` lines to the socket
that ``NOTIFY_SOCKET`` names. Started by hand there is no such socket, and nothing is told.

``alive`` feeds the watchdog. Whoever calls it says that reading, scoring and the outbox have
all come round; a device that hangs in any of them goes hungry and is started anew.
"""

import contextlib
import socket
from collections.abc import Mapping

_FED_PER_LIMIT = 3
"""So often within the watchdog's limit: one meal that comes late does no harm."""
_MICROSECONDS = 1_000_000


class ServiceManager:
    """The service manager that started this process, if one did."""

    def __init__(self, address: str | None, watchdog_s: float | None) -> None:
        """``address`` is a socket's path, or ``@name``; ``watchdog_s`` its limit, if any."""
        self._socket: socket.socket | None = None
        if address:
            self._socket = socket.socket(
                socket.AF_UNIX, socket.SOCK_DGRAM | socket.SOCK_CLOEXEC
            )
            # An abstract name is written with @ and begins with a zero byte.
            self._address = "\0" + address[1:] if address.startswith("@") else address
        self._meal_every_s = watchdog_s / _FED_PER_LIMIT if watchdog_s else None
        self._fed_s: float | None = None

    @classmethod
    def of(cls, environment: Mapping[str, str]) -> "ServiceManager":
        """Return the one that ``environment`` names."""
        limit = environment.get("WATCHDOG_USEC", "")
        return cls(
            environment.get("NOTIFY_SOCKET"),
            int(limit) / _MICROSECONDS if limit.isdecimal() else None,
        )

    def ready(self) -> None:
        """Say that the device has started."""
        self._tell("READY=1")

    def stopping(self) -> None:
        """Say that the device is on its way out."""
        self._tell("STOPPING=1")

    def alive(self, now_s: float) -> None:
        """Feed the watchdog, if it is hungry at the monotonic ``now_s``."""
        if self._meal_every_s is None:
            return
        if self._fed_s is None or now_s - self._fed_s >= self._meal_every_s:
            self._tell("WATCHDOG=1")
            self._fed_s = now_s

    def _tell(self, words: str) -> None:
        if self._socket is not None:
            # A manager that does not listen is no reason for the device to stop.
            with contextlib.suppress(OSError):
                self._socket.sendto(words.encode(), self._address)
