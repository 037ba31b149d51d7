"""A wire with an ear: passes TCP on to a broker and keeps every byte, with its time.

What somebody on the way sees, without asking anybody who could be wrong about it.

    with closing(RecordingProxy(broker.port)) as wire:
        ...
"""

import contextlib
import socket
import threading
import time
from dataclasses import dataclass

PIECE_BYTES = 65_536


@dataclass(frozen=True, slots=True)
class Heard:
    """Bytes that came by, up to the broker or down from it."""

    at_s: float
    """Seconds of ``time.monotonic``."""
    up: bool
    data: bytes


class RecordingProxy:
    """Listens on ``port`` of this computer and passes everything on to ``target_port``."""

    def __init__(self, target_port: int) -> None:
        """Listen at once."""
        self._target = ("127.0.0.1", target_port)
        self._heard: list[Heard] = []
        self._lock = threading.Lock()
        self._sockets: set[socket.socket] = set()
        self._listener = socket.create_server(("127.0.0.1", 0))
        self.port: int = self._listener.getsockname()[1]
        self._thread = threading.Thread(target=self._listen, daemon=True)
        self._thread.start()

    def heard(self, *, up: bool | None = None, since_s: float = 0.0) -> bytes:
        """Return what came by, in order."""
        with self._lock:
            return b"".join(
                one.data
                for one in self._heard
                if one.at_s >= since_s and (up is None or one.up is up)
            )

    def close(self) -> None:
        """Stop listening and cut every connection."""
        for one in (self._listener, *self._sockets):
            with contextlib.suppress(OSError):
                one.shutdown(socket.SHUT_RDWR)
            one.close()
        self._thread.join(timeout=2.0)

    def _listen(self) -> None:
        with contextlib.suppress(OSError):
            while True:
                near, _address = self._listener.accept()
                self._join(near)

    def _join(self, near: socket.socket) -> None:
        try:
            far = socket.create_connection(self._target, timeout=5.0)
        except OSError:
            near.close()
            return
        far.settimeout(None)
        self._sockets |= {near, far}
        for source, sink, up in ((near, far, True), (far, near, False)):
            arguments = (source, sink, up)
            threading.Thread(target=self._pass_on, args=arguments, daemon=True).start()

    def _pass_on(self, source: socket.socket, sink: socket.socket, up: bool) -> None:
        with contextlib.suppress(OSError):
            while data := source.recv(PIECE_BYTES):
                with self._lock:
                    self._heard.append(Heard(time.monotonic(), up, data))
                sink.sendall(data)
        for one in (source, sink):
            with contextlib.suppress(OSError):
                one.shutdown(socket.SHUT_RDWR)
