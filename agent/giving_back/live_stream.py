"""The readings as they come, for whoever sits at this device: one JSON object a line.

A Unix socket in the state folder, which only the user of the device can open: nothing
listens on a network. It is read-only, keeps nothing, and a listener who is too slow is let
go; the device waits for nobody. Access to the data of one's own product (EU Data Act) needs
no switch: it goes from the machine to its owner and to nobody else.
"""

import contextlib
import json
import os
import socket
from collections.abc import Sequence
from pathlib import Path

from agent.settings import AgentSettings
from wire.readings import Reading, Source
from wire.schema import SchemaError, to_plain
from wire.stamps import Stamp

SOCKET_FILE = "live.sock"
LISTENERS_MAX = 8


def socket_file(settings: AgentSettings) -> Path:
    """Return where the stream is."""
    return settings.state_dir / SOCKET_FILE


def line_of(reading: Reading) -> bytes:
    """Return one line: which reading, its time, and its values with units in their names."""
    fields = {name: _plain(getattr(reading, name)) for name in reading.__dataclass_fields__}
    at = reading.at
    plain = {
        "reading": type(reading).__name__,
        **fields,
        "at": {"utc": at.utc.isoformat(), "monotonic_s": at.monotonic_s, "synced": at.synced},
    }
    return json.dumps(plain, ensure_ascii=False).encode() + b"\n"


def _plain(value: object) -> object:
    try:
        return to_plain(value)
    except SchemaError:
        return str(value)


class LiveStream:
    """A socket at which readings are told."""

    def __init__(self, file: Path) -> None:
        """Listen at ``file``. Raises ``OSError``."""
        self._file = file
        file.unlink(missing_ok=True)
        self._door = socket.socket(socket.AF_UNIX, socket.SOCK_STREAM)
        self._door.setblocking(False)
        before = os.umask(0o177)
        try:
            self._door.bind(str(file))
        finally:
            os.umask(before)
        self._door.listen(LISTENERS_MAX)
        self._listeners: list[socket.socket] = []

    def tell(self, readings: Sequence[Reading]) -> None:
        """Let new listeners in, and tell everybody what there is."""
        self._let_in()
        if not self._listeners or not readings:
            return
        data = b"".join(map(line_of, readings))
        self._listeners = [one for one in self._listeners if _sent(one, data)]

    def close(self) -> None:
        for one in (*self._listeners, self._door):
            one.close()
        self._file.unlink(missing_ok=True)

    def _let_in(self) -> None:
        with contextlib.suppress(OSError):
            while len(self._listeners) < LISTENERS_MAX:
                listener, _ = self._door.accept()
                listener.setblocking(False)
                self._listeners.append(listener)


def _sent(listener: socket.socket, data: bytes) -> bool:
    try:
        complete = listener.send(data) == len(data)
    except OSError:
        complete = False
    if not complete:
        # Half a line would be worse than an end.
        listener.close()
    return complete


class Overheard:
    """A source whose readings are also told to a stream; otherwise it is that source."""

    def __init__(self, source: Source, stream: LiveStream) -> None:
        self._source = source
        self._stream = stream

    def read(self, now: Stamp) -> Sequence[Reading]:
        """Return what the source has read, once it is told."""
        readings = self._source.read(now)
        self._stream.tell(readings)
        return readings

    def next_due_s(self, now: Stamp) -> float | None:
        """Return when the source wants to be read again."""
        return self._source.next_due_s(now)

    def fileno(self) -> int | None:
        """Return the source's descriptor."""
        return self._source.fileno()

    def close(self) -> None:
        """Close the source and the stream."""
        self._source.close()
        self._stream.close()
