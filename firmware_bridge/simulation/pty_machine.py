"""A simulated machine on a real pseudo-terminal: the other end is a serial port.

This is the shell around ``simulated_machine``: it moves bytes and keeps no time. Like a
serial line it never waits for its reader: what nobody reads in time is lost, and counted,
so that a reader who comes late does not hear an old story. One step must therefore not
send more than the line holds: a whole brew fits, an hour in steps of a second does not.
"""

import contextlib
import fcntl
import os
import pty
import struct
import termios
import time
import tty
from typing import Protocol

from wire.options import ConfigError

READ_BYTES_MAX = 4096
LINE_BYTES_MAX = 4095
"""What Linux keeps for the reader of a terminal."""


class Machine(Protocol):
    """Whatever answers bytes with bytes as time passes."""

    def step(self, now_ms: int, received: bytes = b"") -> bytes:
        """Let time pass until ``now_ms``; return what has been sent meanwhile."""
        ...


class PtyMachine:
    """Carries a machine's bytes over a pseudo-terminal whose path is ``port``."""

    def __init__(self, machine: Machine) -> None:
        """Open the terminal, or raise ``ConfigError`` where the system has none left."""
        try:
            self._master, self._slave = pty.openpty()
        except OSError as error:
            raise ConfigError(
                f"pseudo-terminal: {error.strerror}; mount /dev/pts, or close other terminals"
            ) from None
        # Without raw mode the kernel would echo our bytes back and change line ends. Our
        # own hold on the other end keeps it there while nobody reads.
        tty.setraw(self._slave)
        os.set_blocking(self._master, False)
        self._machine = machine
        self._expected = 0
        self.port = os.ttyname(self._slave)
        self.bytes_dropped = 0

    def step(self, now_ms: int) -> None:
        """Let the machine's time pass until ``now_ms`` and carry bytes both ways."""
        received = b""
        with contextlib.suppress(BlockingIOError):
            received = os.read(self._master, READ_BYTES_MAX)
        self._write(self._machine.step(now_ms, received))

    def drain(self, timeout_s: float = 1.0) -> None:
        """Wait until the reader's end holds what has been written.

        The kernel hands bytes over in the background, so a reader in the same thread may
        look a moment too early and read them with a later time. Only for such a reader,
        who has read everything before: with another one reading meanwhile it only waits.
        """
        deadline_s = time.monotonic() + timeout_s
        while self._readable() < self._expected and time.monotonic() < deadline_s:
            os.sched_yield()

    def fileno(self) -> int:
        """Return the descriptor on which a request of the host can be waited for."""
        return self._master

    def close(self) -> None:
        """Hang up, as a pulled plug does."""
        os.close(self._slave)
        os.close(self._master)

    def _write(self, data: bytes) -> None:
        written = 0
        self._expected = self._readable()
        if self._expected + len(data) <= LINE_BYTES_MAX:
            with contextlib.suppress(BlockingIOError):
                written = os.write(self._master, data)
        self._expected += written
        self.bytes_dropped += len(data) - written

    def _readable(self) -> int:
        answer = fcntl.ioctl(self._slave, termios.FIONREAD, bytes(4))
        return int(struct.unpack("i", answer)[0])
