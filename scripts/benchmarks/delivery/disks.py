"""A real disk that refuses under a device or under a desk, while alerts flow; then it recovers.

Full is a file system of a few megabytes with a file that fills it. Failing and read-only are
the kernel's own answers, ``EIO`` and ``EROFS``, which strace gives in the place of each write
and sync for a while. A device must promise nothing that it could not write down; a desk must
acknowledge nothing; and when the disk is well again each promised alert must make one case,
without anybody having started anything anew. Mounting and tracing take root.
"""

import json
import os
import shutil
import subprocess
import time
from collections.abc import Iterable, Iterator
from contextlib import ExitStack, closing, contextmanager, suppress
from dataclasses import dataclass
from enum import StrEnum
from itertools import product
from pathlib import Path

from scripts.benchmarks.delivery import desk as desks
from scripts.benchmarks.delivery.agent_process import COMMITTED, REFUSED
from scripts.benchmarks.delivery.kills import Agent, Desk, promised, until
from scripts.benchmarks.delivery.mosquitto import Mosquitto
from scripts.benchmarks.delivery.refusals import Refusal
from wire.keys import DeviceKeys

SIZE = "6m"
WRITES = "pwrite64,ftruncate,fsync,fdatasync"
FLOWING = 5
"""Alerts that have arrived before the disk refuses."""
REFUSES_S = 1.5
BALLAST = "ballast"


class Side(StrEnum):
    """Whose disk refuses."""

    DEVICE = "device"
    DESK = "desk"


EVERY = tuple(product(Side, Refusal))


@dataclass(slots=True)
class Disks:
    """What was found."""

    episodes: int = 0
    refused: int = 0
    """Episodes in which it was seen that the disk did refuse."""
    lost: int = 0
    doubled: int = 0
    stuck: int = 0
    """Episodes after which not everything was signed for in time."""


def can_refuse() -> bool:
    """Tell whether this user may mount and trace, and whether strace is here."""
    return os.geteuid() == 0 and shutil.which("strace") is not None


def disks(folder: Path, episodes: Iterable[tuple[Side, Refusal]]) -> Disks:
    """Let the disks of these sides refuse in these ways, one after the other."""
    found = Disks()
    for side, refusal in episodes:
        _live(folder / f"{side}-{refusal}", side, refusal, found)
    return found


def _live(folder: Path, side: Side, refusal: Refusal, found: Disks) -> None:
    places = {each: folder / each for each in Side}
    for place in places.values():
        place.mkdir(parents=True)
    keys, log = DeviceKeys.create(), folder / COMMITTED
    with ExitStack() as stack:
        stack.enter_context(_small_disk(places[side]))
        (places[Side.DESK] / "house.json").write_text(json.dumps({"device": keys.to_json()}))
        # What the observer reads lies outside of the disk that refuses.
        (places[Side.DEVICE] / COMMITTED).symlink_to(log)
        broker = stack.enter_context(closing(Mosquitto(folder / "broker")))
        desk = stack.enter_context(closing(Desk(places[Side.DESK], broker.port)))
        shutil.copy(places[Side.DESK] / "house.json", places[Side.DEVICE])
        agent = stack.enter_context(closing(Agent(places[Side.DEVICE], broker.port)))

        def cases() -> int:
            return desks.cases(places[Side.DESK] / "desk.sqlite3")

        until(lambda: cases() >= FLOWING, "the first cases")
        process = agent.pid if side is Side.DEVICE else desk.workers[-1]
        with _refusing(places[side], refusal, process):
            # What was under way may still arrive.
            time.sleep(REFUSES_S / 3)
            before = cases()
            time.sleep(REFUSES_S)
            after = cases()
        found.refused += REFUSED in log.read_text() if side is Side.DEVICE else before == after
        before = len(promised(log))
        try:
            # Nobody starts anything: it goes on by itself.
            until(lambda: len(promised(log)) >= before + FLOWING, "more alerts")
            agent.drain()
        except (TimeoutError, subprocess.TimeoutExpired):
            found.stuck += 1
        made = desks.cases_by_position(places[Side.DESK] / "desk.sqlite3", keys.device_id)
    found.episodes += 1
    found.lost += len(promised(log) - made.keys())
    found.doubled += sum(count > 1 for count in made.values())


@contextmanager
def _small_disk(place: Path) -> Iterator[None]:
    subprocess.run(["mount", "-t", "tmpfs", "-o", f"size={SIZE}", "tmpfs", place], check=True)
    try:
        yield
    finally:
        subprocess.run(["umount", "--lazy", place], check=True)


@contextmanager
def _refusing(place: Path, refusal: Refusal, process: int) -> Iterator[None]:
    """Let the disk in ``place`` refuse what ``process`` writes, during the block."""
    if refusal is Refusal.FULL:
        _fill(place / BALLAST)
        try:
            yield
        finally:
            (place / BALLAST).unlink()
        return
    wrong = f"inject={WRITES}:error={refusal}"
    command = ["strace", "-f", "-qq", "-o", "/dev/null", "-e", wrong, "-p", str(process)]
    strace = subprocess.Popen(command)
    try:
        until(lambda: _is_traced(process), "strace")
        yield
    finally:
        strace.terminate()
        strace.wait()


def _fill(file: Path) -> None:
    with file.open("wb", buffering=0) as ballast, suppress(OSError):
        while True:
            ballast.write(bytes(1 << 12))


def _is_traced(process: int) -> bool:
    status = Path(f"/proc/{process}/status").read_text()
    return "TracerPid:\t0\n" not in status
