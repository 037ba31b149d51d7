"""A disk that refuses: full, failing, or read-only from one moment on, and well again later.

A device raises alerts on a disk written in Python (``recorded_disk``) that refuses every
write, or fails every write and sync, from one operation on and for some while. The device
must go on: a commit that was refused has not happened, and every one that was not is there
when the disk is well again, and after the next start.
"""

import errno
import random
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from enum import StrEnum
from pathlib import Path
from typing import Any
from unittest import mock

import apsw

from agent import store
from agent.errors import StoreError
from agent.store import Store
from scripts.benchmarks.delivery.apsw_store import connector
from scripts.benchmarks.delivery.crashes import (
    FILE,
    alerts_of,
    concerns_of,
    fast_folder,
    raise_alert,
)
from scripts.benchmarks.delivery.guards import Guard, without
from scripts.benchmarks.delivery.household import House, message_id
from scripts.benchmarks.delivery.recorded_disk import RecordingFile, RecordingVfs

ALERTS = 12


class Refusal(StrEnum):
    """What the disk answers."""

    FULL = "ENOSPC"
    FAILING = "EIO"
    READ_ONLY = "EROFS"


@dataclass(slots=True)
class Refusals:
    """What was found."""

    episodes: int = 0
    refused_commits: int = 0
    stuck: int = 0
    """Commits and starts that were refused although the disk was well again."""
    lost: int = 0
    doubled: int = 0


class _RefusingVfs(RecordingVfs):
    """Refuses what is written while ``refusal`` is set."""

    refusal: Refusal | None = None
    operations = 0
    begins = 0
    ends = 0

    def xOpen(self, name: Any, flags: Any) -> "_RefusingFile":  # noqa: N802
        path = Path(name.filename() if isinstance(name, apsw.URIFilename) else name)
        return _RefusingFile(self, name, flags, path.name)

    def refuse_now(self) -> None:
        """Count an operation; raise if the disk refuses it."""
        self.operations += 1
        if self.refusal is None or not self.begins <= self.operations < self.ends:
            return
        match self.refusal:
            case Refusal.FULL:
                raise apsw.FullError(errno.errorcode[errno.ENOSPC])
            case Refusal.FAILING:
                raise apsw.IOError(errno.errorcode[errno.EIO])
            case Refusal.READ_ONLY:
                raise apsw.ReadOnlyError(errno.errorcode[errno.EROFS])


class _RefusingFile(RecordingFile):
    """One open file of it."""

    def __init__(self, vfs: _RefusingVfs, name: Any, flags: Any, short: str) -> None:
        super().__init__(vfs, name, flags, short)
        self._vfs = vfs

    def xWrite(self, data: bytes, offset: int) -> None:  # noqa: N802
        self._vfs.refuse_now()
        super().xWrite(data, offset)

    def xSync(self, flags: int) -> None:  # noqa: N802
        if self._vfs.refusal is Refusal.FAILING:
            self._vfs.refuse_now()
        super().xSync(flags)


def refusals(*, episodes: int, seed: int, guard: Guard | None = None) -> Refusals:
    """Live through ``episodes``, each with its own disk."""
    found, chance = Refusals(), random.Random(seed)
    for number in range(episodes):
        with tempfile.TemporaryDirectory(dir=fast_folder()) as name:
            _live(Path(name), list(Refusal)[number % len(Refusal)], chance, guard, found)
    return found


def _live(
    folder: Path,
    refusal: Refusal,
    chance: random.Random,
    guard: Guard | None,
    found: Refusals,
) -> None:
    promised: set[str] = set()
    with _refusing_disk() as vfs, without(guard):
        opened = Store(folder / FILE)
        # It refuses somewhere in the life that follows, for as long as one to five alerts.
        vfs.begins = vfs.operations + chance.randrange(10 * ALERTS)
        vfs.ends = vfs.begins + chance.randrange(1, 50)
        vfs.refusal = refusal
        room = House().room(opened)
        for number in range(ALERTS + 1):
            if number == ALERTS:
                vfs.refusal = None
            alert, together = message_id(number), guard is not Guard.TRANSACTION
            try:
                raise_alert(opened, room, alert, together=together)
                promised.add(alert)
            except StoreError:
                found.refused_commits += 1
                found.stuck += number == ALERTS
        opened.close()
    found.episodes += 1
    try:
        after = Store(folder / FILE)
    except StoreError:
        found.stuck += 1
        return
    alerts, concerns = alerts_of(after), concerns_of(after)
    after.close()
    found.lost += len(promised - alerts)
    # A commit that failed in its last moment may stand after the next start, whole; a concern
    # whose alert is not there, or the other way round, would be raised again.
    found.doubled += len(alerts ^ concerns)


@contextmanager
def _refusing_disk() -> Iterator[_RefusingVfs]:
    vfs = _RefusingVfs("demitasse-refusing")
    with mock.patch.object(store, "_connect", connector(vfs.vfs_name)):
        yield vfs
    vfs.unregister()
