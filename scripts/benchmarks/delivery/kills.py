"""Real SIGKILLs of agent, broker and intake, each in moments drawn by chance.

Alerts flow from a device's own mailroom through a real Mosquitto into a desk's own intake,
each in processes of its own, while three killers end one of them each, again and again. Then
all are left in peace until the desk has signed for everything. What the device promised is
read from the log it wrote after each commit; what the desk has, from its database file.
"""

import json
import os
import random
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing, suppress
from dataclasses import dataclass
from pathlib import Path

from scripts.benchmarks.delivery import desk as desks
from scripts.benchmarks.delivery.agent_process import COMMITTED, REFUSED
from scripts.benchmarks.delivery.guards import Guard
from scripts.benchmarks.delivery.mosquitto import Mosquitto
from wire.keys import DeviceKeys

ROOT = Path(__file__).parents[3]
HERE = {**os.environ, "PYTHONPATH": str(ROOT)}
"""The benchmarks are in no installed package."""
READY_WITHIN_S = 60.0
DRAINED_WITHIN_S = 900.0
LIFE_S = {"agent": (0.05, 0.6), "broker": (0.2, 1.2), "intake": (0.02, 0.5)}
"""How long each lives after it works, drawn evenly: long enough for some alerts to pass."""
AT_DESK = (Guard.DEDUPE,)
AT_DEVICE = (Guard.SIGNED_ACK,)


@dataclass(slots=True)
class Kills:
    """What became of the alerts."""

    cycles: dict[str, int]
    alerts: int = 0
    lost: int = 0
    doubled: int = 0


class Desk:
    """A desk's intake in processes of its own; its worker can be killed, or stopped."""

    def __init__(self, folder: Path, port: int, *more: str) -> None:
        """Start it, and wait until it listens at the broker of ``port``."""
        self.workers: list[int] = []
        self._process = subprocess.Popen(
            _module("desk_process", folder, port, *more),
            cwd=ROOT,
            env=HERE,
            stdout=subprocess.PIPE,
            stderr=(folder / "desk.log").open("wb"),
            text=True,
            start_new_session=True,
        )
        threading.Thread(target=self._listen, daemon=True).start()
        try:
            self._await_worker(1)
        except TimeoutError as error:
            self.close()
            said = (folder / "desk.log").read_text(errors="replace")
            raise TimeoutError(f"{error}:\n{said}") from None

    def kill_worker(self) -> None:
        """End the worker in the middle of whatever it does; wait for the next one."""
        before = len(self.workers)
        self._signal(signal.SIGKILL)
        self._await_worker(before + 1)

    def stop_worker(self) -> None:
        """Let the worker do nothing for a while, as if it were away."""
        self._signal(signal.SIGSTOP)

    def continue_worker(self) -> None:
        """Let it go on."""
        self._signal(signal.SIGCONT)

    def close(self) -> None:
        """End the desk and its worker, which are one session of their own."""
        with suppress(ProcessLookupError):
            os.killpg(self._process.pid, signal.SIGKILL)
        self._process.wait()

    def _await_worker(self, count: int) -> None:
        until(
            lambda: len(self.workers) >= count or self._process.poll() is not None,
            "a worker of the desk's intake",
        )
        if len(self.workers) < count:
            raise TimeoutError("the desk's intake has ended by itself")

    def _signal(self, number: int) -> None:
        with suppress(ProcessLookupError):
            os.kill(self.workers[-1], number)

    def _listen(self) -> None:
        assert self._process.stdout is not None
        for line in self._process.stdout:
            self.workers.append(int(line))


class Agent:
    """A device in a process of its own, which raises alerts."""

    def __init__(self, folder: Path, port: int, *more: str) -> None:
        """Start it, and wait for its first alert."""
        self._command = _module("agent_process", folder, port, *more)
        self._log = folder / COMMITTED
        self._start()

    def kill(self) -> None:
        """End it in the middle of whatever it does, and start it again."""
        self.close()
        self._start()

    @property
    def pid(self) -> int:
        """Of its process."""
        return self._process.pid

    def drain(self) -> None:
        """Let it raise no more, and wait until the desk has signed for everything."""
        self._process.terminate()
        self._process.wait(DRAINED_WITHIN_S)

    def close(self) -> None:
        """End it."""
        self._process.kill()
        self._process.wait()

    def _start(self) -> None:
        before = self._size()
        self._process = subprocess.Popen(self._command, cwd=ROOT, env=HERE)
        try:
            until(lambda: self._size() > before, "an alert of the device")
        except TimeoutError:
            self._process.kill()
            raise

    def _size(self) -> int:
        return self._log.stat().st_size if self._log.exists() else 0


def kills(folder: Path, *, cycles: int, seed: int, guard: Guard | None = None) -> Kills:
    """Kill each part ``cycles`` times, and count what arrived."""
    keys = DeviceKeys.create()
    folder.mkdir(parents=True, exist_ok=True)
    (folder / "house.json").write_text(json.dumps({"device": keys.to_json()}))
    broken = ("--break", guard) if guard else ()
    with (
        closing(Mosquitto(folder / "broker")) as broker,
        closing(Desk(folder, broker.port, *(broken if guard in AT_DESK else ()))) as desk,
        closing(Agent(folder, broker.port, *(broken if guard in AT_DEVICE else ()))) as agent,
    ):
        killed = _kill_all(
            {"agent": agent.kill, "broker": broker.restart, "intake": desk.kill_worker},
            cycles=cycles,
            seed=seed,
        )
        agent.drain()
    promises = promised(folder / COMMITTED)
    cases = desks.cases_by_position(folder / "desk.sqlite3", keys.device_id)
    return Kills(
        cycles=killed,
        alerts=len(promises),
        lost=len(promises - cases.keys()),
        doubled=sum(made > 1 for made in cases.values()),
    )


def promised(log: Path) -> set[tuple[int, int]]:
    """Return where the alerts stand that a device has noted as committed."""
    lines = [line.split() for line in log.read_text().splitlines() if line != REFUSED]
    return {(int(epoch), int(number)) for epoch, number in lines}


def _kill_all(
    parts: dict[str, Callable[[], None]], *, cycles: int, seed: int
) -> dict[str, int]:
    """Kill each part ``cycles`` times, all at once; return how often each was killed."""
    with ThreadPoolExecutor(max_workers=len(parts)) as threads:
        done = {
            part: threads.submit(_kill_often, kill, LIFE_S[part], cycles, f"{seed} {part}")
            for part, kill in parts.items()
        }
        return {part: killed.result() for part, killed in done.items()}


def _kill_often(
    kill: Callable[[], None], life_s: tuple[float, float], cycles: int, seed: str
) -> int:
    chance = random.Random(seed)
    for _ in range(cycles):
        time.sleep(chance.uniform(*life_s))
        kill()
    return cycles


def _module(name: str, folder: Path, port: int, *more: str) -> list[str]:
    module = f"scripts.benchmarks.delivery.{name}"
    return [sys.executable, "-P", "-m", module, str(folder), str(port), *more]


def until(condition: Callable[[], bool], what: str) -> None:
    """Wait until it is so."""
    deadline = time.monotonic() + READY_WITHIN_S
    while not condition():
        if time.monotonic() > deadline:
            raise TimeoutError(f"{what}: not within {READY_WITHIN_S:g} s")
        time.sleep(0.01)
