"""The one file that must survive: SQLite, every commit on the disk before it counts.

``synchronous=EXTRA`` is set before the journal mode becomes WAL: FULL alone loses
acknowledged rows when the directory entry of a new WAL is not on the disk yet. What
belongs together (a concern's state, its ledger entry, its outbox row) is written in one
``transaction``. Tables are owned by the modules named beside them; this file only opens.

A store of an earlier version climbs the ladder of ``_LADDER`` in one transaction, so that a
power cut leaves it as it was or as it should be. A new store climbs the same ladder from its
foot: there is one description of every table.

A store of a later version, after a downgrade, is left alone and said to be so: it is sound,
and an empty one in its place would forget consents and alerts.

A store that is torn or corrupt is moved aside with its bytes kept, and the agent starts
with an empty one and a higher epoch, so that the desk can tell new from lost.
"""

import contextlib
import os
import re
import sqlite3
from collections.abc import Callable, Iterator
from pathlib import Path

from agent.durable_file import write_durably
from agent.errors import StoreError

_LADDER = (
    """
CREATE TABLE meta (key TEXT PRIMARY KEY, value TEXT NOT NULL) WITHOUT ROWID;   -- memory.py
CREATE TABLE brew (                                                            -- memory.py
    id INTEGER PRIMARY KEY, started_at TEXT NOT NULL, duration_s REAL NOT NULL,
    water_ml REAL, certainty TEXT NOT NULL);
CREATE INDEX brew_started_at ON brew (started_at);
CREATE TABLE concern (                                                         -- memory.py
    concern_id TEXT PRIMARY KEY, state TEXT NOT NULL, noticed_at TEXT NOT NULL,
    body BLOB NOT NULL) WITHOUT ROWID;
CREATE TABLE request (                                                         -- memory.py
    id INTEGER PRIMARY KEY, at TEXT NOT NULL, word TEXT NOT NULL);
CREATE TABLE received (                                                        -- memory.py
    message_id TEXT PRIMARY KEY, at TEXT NOT NULL, type TEXT NOT NULL,
    body BLOB NOT NULL) WITHOUT ROWID;
CREATE TABLE ledger (                                                          -- ledger.py
    sequence INTEGER PRIMARY KEY, at TEXT NOT NULL, kind TEXT NOT NULL,
    body BLOB NOT NULL, previous_hash TEXT NOT NULL, hash TEXT NOT NULL,
    signature BLOB NOT NULL);
CREATE TABLE outbox (                                                          -- outbox.py
    sequence INTEGER PRIMARY KEY AUTOINCREMENT, message_id TEXT NOT NULL UNIQUE,
    type TEXT NOT NULL, purpose TEXT, concern_id TEXT, committed_at TEXT NOT NULL,
    envelope BLOB NOT NULL, envelope_sha256 TEXT NOT NULL,
    outcome TEXT, acknowledged_at TEXT);
""",
    """
ALTER TABLE outbox ADD COLUMN closed_at TEXT;                                  -- outbox.py
CREATE TABLE telemetry (                                                    -- telemetry.py
    id INTEGER PRIMARY KEY, message_id TEXT NOT NULL UNIQUE, records INTEGER NOT NULL,
    envelope BLOB NOT NULL);
CREATE TABLE errand (                                                         -- errands.py
    id INTEGER PRIMARY KEY, at TEXT NOT NULL, kind TEXT NOT NULL, about TEXT NOT NULL,
    text TEXT NOT NULL);
CREATE TABLE sent (                                                        -- sent_copies.py
    message_id TEXT PRIMARY KEY, at TEXT NOT NULL, type TEXT NOT NULL,
    body BLOB NOT NULL) WITHOUT ROWID;
""",
)
"""One step a version, the first from nothing; a step that was released is never changed."""

VERSION = len(_LADDER)

_TABLES = tuple(
    frozenset(re.findall(r"CREATE TABLE (\w+)", " ".join(_LADDER[:version])))
    for version in range(VERSION + 1)
)
"""By version: what a sound store has."""
_EPOCH_MAX = 2**32
CACHE_KIB = 256
"""SQLite would fill 2 MiB in some months, with pages that are looked at once a day."""


ReadThrough = Callable[[sqlite3.Connection], object]


class Store:
    """An open store. One connection, one thread."""

    def __init__(
        self, path: Path, *, mend: bool = True, read_through: ReadThrough | None = None
    ) -> None:
        """Open or create the store in ``path``; move a broken one aside.

        ``read_through`` reads what is in it and raises if it cannot: a card may damage what
        a row says where SQLite, which has no checksums, sees a sound file.

        ``mend=False`` is for a command beside a device that may be running: it creates
        nothing and moves nothing. Raises ``StoreError`` when there is no way to open it.
        """
        self.path = path
        self.quarantined: Path | None = None
        try:
            if mend:
                path.parent.mkdir(parents=True, exist_ok=True)
            self._db = self._open_sound(read_through) if mend else self._open_as_it_is()
        except _LaterError as error:
            raise LaterStore(
                f"{path}: {error}; nothing was changed: install the later Demitasse again"
            ) from None
        except (OSError, sqlite3.OperationalError) as error:
            raise StoreError(f"{path}: cannot be opened: {error}") from None

    @property
    def epoch(self) -> int:
        """Return how many stores this device has had: a lost one is not forgotten."""
        row = self._db.execute("SELECT value FROM meta WHERE key = 'epoch'").fetchone()
        return int(row[0])

    @contextlib.contextmanager
    def transaction(self) -> Iterator[sqlite3.Connection]:
        """Yield the connection inside one all-or-nothing write.

        Raises ``StoreError`` when the disk refuses; nothing of the block is kept then.
        """
        try:
            self._db.execute("BEGIN IMMEDIATE")
            try:
                yield self._db
            except BaseException:
                self._db.rollback()
                raise
            self._db.execute("COMMIT")
        except sqlite3.Error as error:
            with contextlib.suppress(sqlite3.Error):
                self._db.rollback()
            raise StoreError(f"{self.path}: not written: {error}") from error

    def reading(self) -> sqlite3.Connection:
        """Return the connection for reading."""
        return self._db

    def close(self) -> None:
        self._db.close()

    def _open_sound(self, read_through: ReadThrough | None) -> sqlite3.Connection:
        if _orphaned_log(self.path):
            self.quarantined = self._move_aside()
        db = _connect(self.path)
        try:
            _prepare(db)
            version = _sound_version(db)
        except (sqlite3.DatabaseError, _BrokenError) as error:
            if isinstance(error, sqlite3.OperationalError):
                raise
            # Moved before it is closed: closing removes a log by the name it was opened by.
            self.quarantined = self._move_aside()
            db.close()
            db, version = _connect(self.path), 0
            _prepare(db)
        if version == 0:
            self._take_epoch(db)
            return db
        _climb(db)
        if read_through is not None and not _can_be_read(db, read_through):
            self.quarantined = self._move_aside()
            db.close()
            return self._open_sound(None)
        return db

    def _open_as_it_is(self) -> sqlite3.Connection:
        if not _size(self.path):
            raise NoStoreYet(self.path)
        db = _connect(self.path)
        try:
            _prepare(db)
            version = _sound_version(db)
        except (sqlite3.DatabaseError, _BrokenError) as error:
            db.close()
            if isinstance(error, sqlite3.OperationalError):
                raise
            raise StoreError(
                f"{self.path}: is damaged; `demitasse run` moves it aside and begins anew"
            ) from None
        if version == 0:
            # The device is making it at this moment.
            db.close()
            raise NoStoreYet(self.path)
        if version < VERSION:
            db.close()
            raise StoreError(
                f"{self.path}: is of an earlier version; `demitasse run` upgrades it"
            )
        return db

    def _take_epoch(self, db: sqlite3.Connection) -> None:
        # The epoch file is written first: an epoch that is skipped does no harm, an epoch
        # that is used twice would make new messages look like replays.
        epoch = self._next_epoch()
        write_durably(self._epoch_file, f"{epoch}\n")
        _climb(db, epoch=epoch)

    @property
    def _epoch_file(self) -> Path:
        return self.path.with_suffix(".epoch")

    def _next_epoch(self) -> int:
        """Return a higher number than any store of this device has had."""
        try:
            last = int(self._epoch_file.read_text(encoding="ascii"))
        except (FileNotFoundError, ValueError):
            last = 0
        if not 0 < last < _EPOCH_MAX:
            last = 0
        # Each store that was moved aside has had one, even if the file cannot be read.
        return max(last + 1, self._first_free())

    def _first_free(self) -> int:
        number = 1
        while self._aside(number).exists():
            number += 1
        return number

    def _aside(self, number: int) -> Path:
        return self.path.with_suffix(f".broken-{number}")

    def _move_aside(self) -> Path:
        aside = self._aside(self._first_free())
        # The number is taken even where only a log is left of a store.
        aside.touch()
        for suffix in ("", "-wal", "-shm"):
            part = Path(f"{self.path}{suffix}")
            if part.exists():
                part.rename(f"{aside}{suffix}")
        return aside


class LaterStore(StoreError):
    """A later version of this program has written it, and this one must not."""


class NoStoreYet(StoreError):
    """The device has not run yet, or has just been started."""

    def __init__(self, path: Path) -> None:
        super().__init__(f"{path}: there is no store yet; `demitasse run` makes it")


class _BrokenError(Exception):
    pass


class _LaterError(Exception):
    pass


def _orphaned_log(path: Path) -> bool:
    """Tell whether there is a log without the file it belongs to.

    SQLite would delete it, and with it what was committed last.
    """
    log = Path(f"{path}-wal")
    return _size(log) > 0 and _size(path) == 0


def _size(path: Path) -> int:
    return path.stat().st_size if path.exists() else 0


def _can_be_read(db: sqlite3.Connection, read_through: ReadThrough) -> bool:
    try:
        read_through(db)
    except (ValueError, KeyError, TypeError):
        return False
    except sqlite3.OperationalError as error:
        if "UTF-8" in str(error):
            return False
        raise
    return True


def _connect(path: Path) -> sqlite3.Connection:
    # Made here and not by SQLite, which would let every user of the computer read it.
    os.close(os.open(path, os.O_WRONLY | os.O_CREAT, 0o600))
    return sqlite3.connect(path, isolation_level=None)


def _prepare(db: sqlite3.Connection) -> None:
    db.execute("PRAGMA synchronous = EXTRA")
    db.execute("PRAGMA journal_mode = WAL")
    db.execute("PRAGMA secure_delete = ON")
    db.execute(f"PRAGMA cache_size = -{CACHE_KIB}")


def _sound_version(db: sqlite3.Connection) -> int:
    """Return the version of a sound store, 0 for a new one; raise for any other file."""
    # Not ``quick_check``, which sees no key out of its order; five years of brews take 5 ms.
    verdict = db.execute("PRAGMA integrity_check(1)").fetchone()[0]
    version = int(db.execute("PRAGMA user_version").fetchone()[0])
    tables = {name for (name,) in db.execute("SELECT name FROM sqlite_master")}
    if verdict == "ok" and version > VERSION and tables >= _TABLES[VERSION]:
        db.close()
        raise _LaterError(f"is of version {version}, and this Demitasse knows {VERSION}")
    known = 0 <= version <= VERSION and tables >= _TABLES[version]
    if verdict != "ok" or not known or (version == 0 and tables):
        raise _BrokenError(verdict)
    return version


def _climb(db: sqlite3.Connection, *, epoch: int | None = None) -> None:
    """Bring a sound store to today's version, all at once; ``epoch`` is that of a new one."""
    db.execute("BEGIN IMMEDIATE")
    try:
        version = int(db.execute("PRAGMA user_version").fetchone()[0])
        for statement in _statements(_LADDER[version:]):
            db.execute(statement)
        if epoch is not None:
            db.execute("INSERT INTO meta VALUES ('epoch', ?)", (str(epoch),))
        db.execute(f"PRAGMA user_version = {VERSION}")
        db.execute("COMMIT")
    except BaseException:
        db.rollback()
        raise


def _statements(steps: tuple[str, ...]) -> Iterator[str]:
    # Not ``executescript``, which would commit what stands open before it begins.
    for step in steps:
        yield from filter(str.strip, step.split(";"))
