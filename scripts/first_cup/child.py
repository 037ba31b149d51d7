"""Child processes that never outlive the demonstration, however it ends.

Three ways out are covered. Leaving the ``with`` block: each child is asked to end, and
killed when it does not. Ctrl-C: children stand in sessions of their own, so that the
terminal interrupts the demonstration alone and it ends them in its own order. A killed
demonstration: the kernel ends each child, as ``tether`` has asked it to.

Start children from the main thread: the kernel watches the *thread* that started them.
"""

import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import TypeVar

from scripts.first_cup.stoppable import Stoppable

T = TypeVar("T")


class ChildError(Exception):
    """A part of the demonstration could not be started; the message says which and why."""


class Child(Stoppable):
    """One running command whose output goes into a log file of its own."""

    def __init__(
        self,
        name: str,
        command: Sequence[str],
        *,
        folder: Path,
        environment: Mapping[str, str] | None = None,
    ) -> None:
        self.name = name
        self.output = folder / f"{name}.out"
        self.log = folder / f"{name}.log"
        with self.output.open("wb") as output, self.log.open("wb") as log:
            self._process = subprocess.Popen(
                (*_tethered(), *command),
                stdin=subprocess.DEVNULL,
                stdout=output,
                stderr=log,
                cwd=folder,
                env=None if environment is None else {**os.environ, **environment},
                start_new_session=True,
            )

    @property
    def pid(self) -> int:
        return self._process.pid

    def ended(self) -> bool:
        """Tell whether the process is no longer running."""
        return self._process.poll() is not None

    def complain(self) -> str:
        """Return the last lines it said, for an error message."""
        said = (self.log.read_bytes() + self.output.read_bytes()).decode(errors="replace")
        lines = [line for line in said.splitlines() if line.strip()]
        return "\n".join(lines[-5:]) or "it said nothing"

    def await_ready(self, look: Callable[[], T | None], *, within_s: float) -> T:
        """Return what ``look`` finds as soon as it finds something."""
        deadline = time.monotonic() + within_s
        while (found := look()) is None:
            if self.ended():
                raise ChildError(f"{self.name} ended while starting:\n{self.complain()}")
            if time.monotonic() > deadline:
                raise ChildError(
                    f"{self.name} was not ready within {within_s:g} s:\n{self.complain()}"
                )
            time.sleep(0.01)
        return found

    def stop(self, *, within_s: float = 5.0) -> None:
        """Ask the process to end, and kill it if it does not. May be called twice."""
        if self.ended():
            return
        self._process.terminate()
        try:
            self._process.wait(within_s)
        except subprocess.TimeoutExpired:
            # Its session holds whatever it started itself; none of it may stay.
            os.killpg(self._process.pid, signal.SIGKILL)
            self._process.wait()


def _tethered() -> Sequence[str]:
    tether = Path(__file__).with_name("tether.py")
    return (sys.executable, "-I", "-S", str(tether), str(os.getpid()))
