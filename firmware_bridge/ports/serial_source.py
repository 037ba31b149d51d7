"""A serial port as a source of readings, whatever its cable does.

The driver understands the bytes; this file only carries them. Rules:

1. ``read`` never blocks and never raises for anything that a cable, an adapter or the
   other end can do. A port that is gone is ``LinkLost(UNPLUGGED)``, and is looked for again
   every second under the same name, so an adapter that returns under another number is found.
2. One call takes a bounded number of bytes: a flood cannot hold the agent.
3. What the other end does not take is dropped after ``UNSENT_BYTES_MAX`` bytes: a peer that
   does not read cannot block the agent. Requests are repeated by the driver anyway.
4. The port is held exclusively, or two readers would each get half of the bytes.
5. Of bytes that nobody understands, an ``explainer`` may say why, if they show it.

``check`` is for the start of a program: it says in words why the port cannot be opened.
"""

import contextlib
import errno
import glob
import os
import termios
from collections.abc import Sequence

import serial

from firmware_bridge.driver import Driver, FrameCounts
from firmware_bridge.lines.misread import Explainer
from wire.options import ConfigError
from wire.readings import FlagName, Quantity, Reading
from wire.stamps import Stamp

READ_BYTES_MAX = 16 * 1024
"""A second of 115200 baud is 11.5 kB, so an agent that comes round once a second keeps up."""
UNSENT_BYTES_MAX = 256
REOPEN_AFTER_S = 1.0

_CANNOT_OPEN = (OSError, ValueError, termios.error)


class SerialSource:
    """Reads a machine on a serial port. Opens lazily and opens again for ever."""

    def __init__(
        self,
        port: str,
        driver: Driver,
        *,
        baud_rate: int = 115200,
        option: str = "port",
        explainer: Explainer | None = None,
    ) -> None:
        """``option`` says in errors where the operator named the port."""
        self._explainer = explainer
        self._port_name = port
        self._driver = driver
        self._baud_rate = baud_rate
        self._option = option
        self._port: serial.Serial | None = None
        self._tried_s: float | None = None
        self._unsent = b""

    @property
    def tells(self) -> frozenset[Quantity | FlagName]:
        """All that the driver can ever report."""
        return self._driver.tells

    @property
    def counts(self) -> FrameCounts:
        """What has been seen of the line so far."""
        return self._driver.counts

    def check(self) -> None:
        """Open and keep the port, or raise ``ConfigError`` with the cause and the fix."""
        try:
            self._port = self._port or self._open()
        except _CANNOT_OPEN as error:
            raise ConfigError(
                f"{self._option} = {self._port_name!r}: {_advice(error, self._port_name)}"
            ) from None

    def read(self, now: Stamp) -> Sequence[Reading]:
        """Return what has been learned since the last call."""
        if self._port is None and not self._reopen(now):
            return self._driver.unplugged(now)
        readings: list[Reading] = []
        try:
            data = self._take()
            readings += self._driver.receive(data, now)
            if self._explainer is not None:
                readings = self._explainer.explain(data, readings, now)
            self._send(self._driver.poll(now))
        except OSError:
            self.close()
            self._tried_s = now.monotonic_s
            readings += self._driver.unplugged(now)
        return readings

    def next_due_s(self, now: Stamp) -> float | None:
        """Return in how many seconds ``read`` should run even if no byte arrives."""
        if self._port is None:
            return self._reopen_wait_s(now)
        return self._driver.next_due_s(now)

    def fileno(self) -> int | None:
        """Return the descriptor to wait on, or ``None`` while there is none."""
        return None if self._port is None else int(self._port.fileno())

    def close(self) -> None:
        """Release the port; the next ``read`` opens it again."""
        port, self._port, self._unsent = self._port, None, b""
        if port is not None:
            # A close waits for unsent bytes, half a minute with a peer that does not read.
            with contextlib.suppress(OSError, termios.error):
                port.reset_output_buffer()
            with contextlib.suppress(OSError):
                port.close()

    def _open(self) -> serial.Serial:
        return serial.Serial(
            self._port_name, self._baud_rate, timeout=0, write_timeout=0, exclusive=True
        )

    def _reopen(self, now: Stamp) -> bool:
        if self._reopen_wait_s(now) > 0:
            return False
        self._tried_s = now.monotonic_s
        try:
            self._port = self._open()
        except _CANNOT_OPEN:
            return False
        return True

    def _reopen_wait_s(self, now: Stamp) -> float:
        if self._tried_s is None:
            return 0.0
        return max(0.0, self._tried_s + REOPEN_AFTER_S - now.monotonic_s)

    def _take(self) -> bytes:
        # Asking first tells silence from a hang-up: only the latter fails.
        port = self._opened()
        taken = bytearray()
        while waiting := min(port.in_waiting, READ_BYTES_MAX - len(taken)):
            piece = os.read(port.fileno(), waiting)
            if not piece:
                raise OSError(errno.EIO, "bytes were announced and none came")
            taken += piece
        return bytes(taken)

    def _send(self, request: bytes) -> None:
        # pyserial's own non-blocking write spins while the line is full; the system's
        # does not. A request that came while another was stuck is dropped.
        self._unsent = self._unsent or request[:UNSENT_BYTES_MAX]
        if self._unsent:
            try:
                sent = os.write(self._opened().fileno(), self._unsent)
            except BlockingIOError:
                return
            self._unsent = self._unsent[sent:]

    def _opened(self) -> serial.Serial:
        assert self._port is not None
        return self._port


def _advice(error: Exception, port: str) -> str:
    known = ", ".join(sorted(glob.glob("/dev/serial/by-id/*"))) or "none is plugged in"
    code = error.errno if isinstance(error, OSError) else None
    match code:
        case errno.ENOENT | errno.ENODEV | errno.ENXIO:
            return f"no such port; plug the machine in, or choose one of: {known}"
        case errno.EACCES | errno.EPERM:
            return "this user may not open it; run: sudo usermod -aG dialout $USER, log in anew"
        case errno.EBUSY | errno.EAGAIN:
            return f"another program holds it; find it with: fuser {port}, and end it"
    return f"not usable as a serial port ({error}); choose one of: {known}"
