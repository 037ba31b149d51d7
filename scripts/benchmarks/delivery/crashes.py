"""Power cuts at every write and every sync: is what was committed still there?

A device's own store and mailroom live through a year's worth of mail on a recording disk.
Then, for every moment of the record, the folder is laid out as a power cut at that moment
could leave it, and the device's own ``Store`` is opened on it, on a real file system and
with the SQLite that ships. It must start, have every alert that had been committed by then
(unless it had been signed for and closed, or taken back), and have each alert once:
concern and outbox must agree, or it would be raised again.
"""

import os
import random
import shutil
import sqlite3
import tempfile
from collections.abc import Iterator, Set
from dataclasses import dataclass
from pathlib import Path
from unittest import mock

from agent import memory, store
from agent.asking.concerns import Concern, State
from agent.delivery import outbox
from agent.delivery.mailroom import Mailroom
from agent.errors import StoreError
from agent.store import Store
from scripts.benchmarks.delivery.apsw_store import connector
from scripts.benchmarks.delivery.guards import Guard, without
from scripts.benchmarks.delivery.household import (
    CARE,
    START,
    House,
    message_id,
    parcel,
    resolved,
)
from scripts.benchmarks.delivery.recorded_disk import (
    Image,
    Kept,
    Operation,
    PowerCuts,
    RecordingVfs,
)
from wire.messages import Outcome

FILE = "demitasse.db"
PAGE_BYTES = 4096
DAMAGED_EVERY = 20
EPOCH_FILE = {"demitasse.epoch": b"1\n"}
_HOUSE = House()


Promise = frozenset[str]
"""The alerts that are safe, as the device has said: committed, and not let go."""


@dataclass(slots=True)
class Crashes:
    """What was found in all the states looked at."""

    states: int = 0
    lost: int = 0
    doubled: int = 0
    refused_start: int = 0


@dataclass(slots=True)
class Life:
    """A device that lives on a recording disk, and what it promised when."""

    record: list[Operation]
    promises: list[tuple[int, Promise]]
    """After how many operations each promise holds."""


def crashes(*, states: int, seed: int, guard: Guard | None = None) -> Crashes:
    """Look at about ``states`` states, and at some that a bad card has damaged besides."""
    found, chance = Crashes(), random.Random(seed)
    with tempfile.TemporaryDirectory(dir=fast_folder()) as name:
        folder = Path(name)
        life = _live(folder / "life", guard)
        with without(guard):
            for image, promise in _images(life, states, chance):
                _judge(image, promise, folder / "after", found)
                if found.states % DAMAGED_EVERY == 0:
                    # What a card has destroyed cannot be promised; that it starts, can.
                    _judge(_damaged(image, chance), frozenset(), folder / "after", found)
    return found


# ------------------------------------------------------------------------------ the life


def _live(folder: Path, guard: Guard | None) -> Life:
    folder.mkdir()
    synchronous = "NORMAL" if guard is Guard.SYNCHRONOUS else None
    vfs = RecordingVfs("demitasse-recording")
    life = Life(record=vfs.record, promises=[(0, frozenset())])
    with mock.patch.object(store, "_connect", connector(vfs.vfs_name, synchronous)):
        device = _Device(folder, life, together=guard is not Guard.TRANSACTION)
        for year in range(2):
            for number in range(year * 24, year * 24 + 24):
                device.live_through(number)
            device.restart()
        device.close()
    vfs.unregister()
    return life


class _Device:
    """Store and mailroom of one device, and the promises it makes."""

    def __init__(self, folder: Path, life: Life, *, together: bool) -> None:
        self._together = together
        self._path = folder / FILE
        self._life = life
        self._start()

    def _start(self) -> None:
        self._store = Store(self._path)
        self._room = _HOUSE.room(self._store)

    def restart(self) -> None:
        """Close the store, which folds its log into the file, and open it again."""
        self.close()
        self._start()

    def close(self) -> None:
        """Let go of the store."""
        self._store.close()

    def live_through(self, number: int) -> None:
        """Raise an alert; let the desk sign, some cases close and one purpose be taken back."""
        alert = message_id(number)
        self._raise_alert(alert)
        if number % 3:
            self._sign(alert, Outcome.ACCEPTED, ends=False)
        if number % 6 == 1:
            self._sign(alert, Outcome.CLOSED, ends=True)
        if number % 4 == 2:
            with self._store.transaction() as db:
                self._room.commit(db, parcel(resolved(alert), message_id(1000 + number)), START)
        if number % 12 == 11:
            self._take_back()

    def _raise_alert(self, alert: str) -> None:
        raise_alert(self._store, self._room, alert, together=self._together)
        self._promise(add={alert})

    def _sign(self, alert: str, outcome: Outcome, *, ends: bool) -> None:
        [sha256] = (
            self._store.reading()
            .execute("SELECT envelope_sha256 FROM outbox WHERE message_id = ?", (alert,))
            .fetchone()
        )
        if ends:
            self._promise(closing={alert})
        with self._store.transaction() as db:
            outbox.acknowledge(db, alert, sha256, outcome, START)

    def _take_back(self) -> None:
        self._promise(closing=self._life.promises[-1][1])
        with self._store.transaction() as db:
            for gone in outbox.destroy(db, [CARE]):
                memory.save_concern(db, _concern(gone, State.KEPT_HOME))

    def _promise(self, add: Set[str] = frozenset(), closing: Set[str] = frozenset()) -> None:
        """From the next operation on, ``add`` is safe, and ``closing`` may be gone."""
        alerts = (self._life.promises[-1][1] | add) - closing
        self._life.promises.append((len(self._life.record), alerts))


def raise_alert(opened: Store, room: Mailroom, alert: str, *, together: bool) -> None:
    """Commit an alert and its concern, ``together`` as the agent does, or apart."""
    concern = _concern(alert, State.ALERTED)
    with opened.transaction() as db:
        room.commit(db, parcel(_HOUSE.alert(), alert), START)
        if together:
            memory.save_concern(db, concern)
    if not together:
        with opened.transaction() as db:
            memory.save_concern(db, concern)


def _concern(alert: str, state: State) -> Concern:
    return Concern(concern_id=alert, state=state, change=_HOUSE.alert().change, score=1.0)


# ---------------------------------------------------------------------------- the states


def _images(life: Life, states: int, chance: random.Random) -> Iterator[tuple[Image, Promise]]:
    cuts = PowerCuts({FILE: b"", **EPOCH_FILE})
    wanted = states / len(life.record)
    promises = iter([*life.promises, (len(life.record) + 1, frozenset())])
    promise, (begins, following) = frozenset[str](), next(promises)
    for number, operation in enumerate(life.record, start=1):
        cuts.take(operation)
        while begins <= number:
            promise, (begins, following) = following, next(promises)
        for kept, strict in _ways(wanted, chance):
            yield cuts.image(kept, strict=strict, chance=chance), promise


def _ways(wanted: float, chance: random.Random) -> list[tuple[Kept, bool]]:
    """Return about ``wanted`` of the ways in which one cut can end."""
    sure = [(kept, strict) for kept in Kept for strict in (False, True)]
    count = int(wanted) + (chance.random() < wanted % 1)
    if count < len(sure):
        return chance.sample(sure, count)
    # What is torn is torn differently each time.
    return sure + [(Kept.TORN, chance.random() < 0.5) for _ in range(count - len(sure))]


def _judge(image: Image, promise: Promise, folder: Path, found: Crashes) -> None:
    shutil.rmtree(folder, ignore_errors=True)
    folder.mkdir()
    for name, content in image.items():
        (folder / name).write_bytes(content)
    found.states += 1
    try:
        after = Store(folder / FILE, read_through=memory.read_through)
        alerts, concerns = alerts_of(after), concerns_of(after)
        with after.transaction() as db:
            memory.set_meta(db, "alive", 1)
        after.close()
        Store(folder / FILE).close()
    except (StoreError, sqlite3.Error):
        found.refused_start += 1
        return
    found.lost += len(promise - alerts)
    # A concern whose alert is not there is raised again; so is an alert without its concern.
    found.doubled += len(concerns ^ alerts)


def alerts_of(after: Store) -> set[str]:
    """Return the alerts that are kept."""
    rows = after.reading().execute("SELECT message_id FROM outbox WHERE type = 'alert'")
    return {message_id for (message_id,) in rows}


def concerns_of(after: Store) -> set[str]:
    """Return the concerns that count as alerted."""
    return {
        concern.concern_id
        for concern in memory.concerns(after.reading())
        if concern.state is State.ALERTED
    }


def _damaged(image: Image, chance: random.Random) -> Image:
    """Return ``image`` with one file zeroed in part, cut off, or filled with noise."""
    name = chance.choice(sorted(image))
    data = bytearray(image[name])
    at = chance.randrange(len(data) + 1)
    match chance.randrange(3):
        case 0:
            data[at : at + PAGE_BYTES] = bytes(len(data[at : at + PAGE_BYTES]))
        case 1:
            del data[at:]
        case _:
            data = bytearray(chance.randbytes(len(data)))
    return {**image, name: bytes(data)}


def fast_folder() -> str | None:
    """Return a folder in memory where there is one: what is looked at is laid out by hand."""
    memory_folder = Path("/dev/shm")
    return str(memory_folder) if os.access(memory_folder, os.W_OK) else None
