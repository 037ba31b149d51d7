"""Runs the demonstration as a process of its own, and looks at what it leaves behind.

Each run has a folder for temporary files and a mark in its environment that every process
it starts inherits: what is still there when it has ended is an orphan.
"""

import json
import os
import pty
import re
import select
import signal
import subprocess
import sys
import time
import uuid
from collections.abc import Callable, Iterator, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

ROOT = Path(__file__).parents[2]
WITHIN_S = 240.0
"""Far beyond what a run takes here: only a run that hangs is stopped."""
GONE_WITHIN_S = 10.0
AT_A_TIME = 2
TODAY = ("--today", "2026-03-12")
_MARK = "DEMITASSE_TEST_RUN"
_INK = re.compile(r"\x1b\[[0-9;]*m")

Step = dict[str, Any]


@dataclass(frozen=True, kw_only=True)
class Run:
    """One demonstration that has ended."""

    status: int
    steps: list[Step]
    complaints: str
    wall_s: float
    orphans: list[str]
    left_files: list[str]

    def kinds(self, *without: str) -> list[str]:
        """Return the types of its steps, a stretch of equal ones once."""
        kinds = [step["type"] for step in self.steps if step["type"] not in without]
        return [kind for n, kind in enumerate(kinds) if n == 0 or kinds[n - 1] != kind]

    def all_of(self, kind: str) -> list[Step]:
        """Return the steps of one type."""
        return [step for step in self.steps if step["type"] == kind]

    def only(self, kind: str) -> Step:
        """Return the one step of its type."""
        [step] = self.all_of(kind)
        return step

    def repeatable(self) -> list[Step]:
        """Return the steps without what may differ between two runs of one seed."""
        own = ("message_id", "console", "logins")
        return [{k: v for k, v in step.items() if k not in own} for step in self.steps]


@dataclass(kw_only=True)
class Live:
    """A demonstration that is running."""

    process: subprocess.Popen[str]
    folder: Path
    mark: str
    said: list[Step]

    def wait_for(self, happened: Callable[[], bool]) -> None:
        """Read on until ``happened``, or until the run has ended."""
        deadline = time.monotonic() + WITHIN_S
        assert self.process.stdout is not None
        while not happened():
            assert time.monotonic() < deadline, self.said[-3:]
            readable, _, _ = select.select([self.process.stdout], [], [], 0.05)
            if readable:
                line = self.process.stdout.readline()
                if not line:
                    return
                self.said.append(json.loads(line))

    def has_told(self, kind: str) -> bool:
        """Tell whether a step of this type was told."""
        return any(step["type"] == kind for step in self.said)


def headless(folder: Path, *options: str) -> Run:
    """Let a whole demonstration happen."""
    with live(folder, *options) as running:
        started = time.monotonic()
        running.wait_for(lambda: False)
        return ended(running, time.monotonic() - started)


def ended(running: Live, wall_s: float = 0.0) -> Run:
    """Wait for the end, and look around."""
    running.wait_for(lambda: False)
    status = running.process.wait(WITHIN_S)
    complaints = (running.folder / "stderr").read_text(encoding="utf-8")
    return Run(
        status=status,
        steps=running.said,
        complaints=complaints,
        wall_s=wall_s,
        orphans=orphans_of(running.mark),
        left_files=sorted(file.name for file in (running.folder / "tmp").iterdir()),
    )


@contextmanager
def live(folder: Path, *options: str) -> Iterator[Live]:
    """Run a demonstration in a process group of its own, as a terminal would."""
    mark = uuid.uuid4().hex
    (folder / "tmp").mkdir(parents=True)
    with (folder / "stderr").open("w", encoding="utf-8") as stderr:
        process = subprocess.Popen(
            [*command(*options), "--headless"],
            stdout=subprocess.PIPE,
            stderr=stderr,
            text=True,
            bufsize=1,
            env=environment(folder, mark),
            start_new_session=True,
        )
    try:
        yield Live(process=process, folder=folder, mark=mark, said=[])
    finally:
        if process.poll() is None:
            os.killpg(process.pid, signal.SIGKILL)
            process.wait()
        assert process.stdout is not None
        process.stdout.close()


def together(folder: Path, runs: Mapping[str, Sequence[str]]) -> dict[str, Run]:
    """Let several demonstrations happen, two at a time."""
    with ThreadPoolExecutor(AT_A_TIME) as pool:
        futures = {
            name: pool.submit(headless, folder / name, *options)
            for name, options in runs.items()
        }
        return {name: future.result() for name, future in futures.items()}


def command(*options: str) -> list[str]:
    """Return the command line, as ``scripts/demo`` has it."""
    return [sys.executable, "-P", "-m", "scripts.first_cup", *options]


def environment(folder: Path, mark: str) -> dict[str, str]:
    """Return an environment that marks every process and every temporary file."""
    # A test of the desk may have named another desk to Django in this very process.
    kept = {k: v for k, v in os.environ.items() if not k.startswith("DJANGO")}
    own = {"PYTHONPATH": str(ROOT), "TMPDIR": str(folder / "tmp"), _MARK: mark}
    return {**kept, **own, "LC_ALL": "C.UTF-8", "TERM": "xterm"}


def orphans_of(mark: str) -> list[str]:
    """Return the processes that still carry ``mark``, once they had time to end."""
    deadline = time.monotonic() + GONE_WITHIN_S
    while (found := _marked(mark)) and time.monotonic() < deadline:
        time.sleep(0.05)
    return found


def _marked(mark: str) -> list[str]:
    wanted = f"{_MARK}={mark}".encode()
    found = []
    for process in Path("/proc").glob("[0-9]*"):
        try:
            if wanted in (process / "environ").read_bytes().split(b"\0"):
                found.append((process / "cmdline").read_text().replace("\0", " "))
        except OSError:
            continue
    return found


class Viewer:
    """Somebody at a terminal, who reads and may press Ctrl-C."""

    def __init__(self, folder: Path, *options: str) -> None:
        self.mark = uuid.uuid4().hex
        self.folder = folder
        self.text = ""
        (folder / "tmp").mkdir(parents=True)
        arguments, own = command(*options), environment(folder, self.mark)
        self._pid, self._terminal = pty.fork()
        if self._pid == 0:  # the child becomes the demonstration, or nothing
            os.execve(arguments[0], arguments, own)

    def read_until(self, awaited: str) -> str:
        """Read until ``awaited`` is there; return all that was read so far."""
        deadline = time.monotonic() + WITHIN_S
        while awaited not in self.plain():
            assert time.monotonic() < deadline, self.plain()[-2000:]
            assert self._read(), f"it ended before {awaited!r}: {self.plain()[-2000:]}"
        return self.plain()

    def plain(self) -> str:
        """Return what was read, without ink, and in single lines and spaces."""
        return re.sub(r"\s+", " ", _INK.sub("", self.text))

    def press_ctrl_c(self) -> int:
        """Press it, and return the exit status."""
        os.write(self._terminal, b"\x03")
        while self._read():
            pass
        _, status = os.waitpid(self._pid, 0)
        self._pid = 0
        return os.waitstatus_to_exitcode(status)

    def leave(self) -> None:
        """Close the terminal, whatever is still running."""
        if self._pid:
            os.kill(self._pid, signal.SIGKILL)
            os.waitpid(self._pid, 0)
        os.close(self._terminal)

    def _read(self) -> bool:
        readable, _, _ = select.select([self._terminal], [], [], WITHIN_S)
        try:
            data = os.read(self._terminal, 65536) if readable else b""
        except OSError:  # a terminal that nobody writes to any more
            return False
        self.text += data.decode(errors="replace")
        return bool(data)
