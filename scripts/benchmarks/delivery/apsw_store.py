"""The device's own store on a recording disk: apsw behind the face of ``sqlite3``.

Only as much of ``sqlite3.Connection`` as the agent uses. SQLite keeps the index of its log
in the memory of one process here (``locking_mode = EXCLUSIVE``), because a disk that is
written in Python has no shared memory; what it writes, and when it syncs, is the same.
"""

import sqlite3
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path
from typing import Any

import apsw

CHECKPOINT_PAGES = 60
"""Far more often than in life, so that there are power cuts within it too."""


class Rows:
    """What a statement has returned, as a cursor of ``sqlite3`` gives it."""

    def __init__(self, found: list[Any], rowcount: int) -> None:
        self._found = found
        self.rowcount = rowcount

    def fetchone(self) -> Any:
        """Return the next row, or ``None``."""
        return self._found.pop(0) if self._found else None

    def fetchall(self) -> list[Any]:
        """Return the rest."""
        found, self._found = self._found, []
        return found

    def __iter__(self) -> Iterator[Any]:
        return iter(self.fetchall())


class RecordedConnection:
    """A connection to a store on the disk ``vfs``."""

    def __init__(self, path: Path, vfs: str, synchronous: str | None) -> None:
        """Open ``path``; ``synchronous`` takes the place of what the agent asks for."""
        self._synchronous = synchronous
        self._db = apsw.Connection(str(path), vfs=vfs)
        self._db.execute("PRAGMA locking_mode = EXCLUSIVE")

    def execute(self, statement: str, values: Sequence[Any] = ()) -> Rows:
        """Run one statement."""
        if self._synchronous and statement.startswith("PRAGMA synchronous"):
            statement = f"PRAGMA synchronous = {self._synchronous}"
        try:
            before = self._db.total_changes()
            found = list(self._db.execute(statement, values))
        except apsw.Error as error:
            raise _as_sqlite3(error) from error
        if statement.startswith("PRAGMA journal_mode"):
            self._db.execute(f"PRAGMA wal_autocheckpoint = {CHECKPOINT_PAGES}")
        return Rows(found, self._db.total_changes() - before)

    def rollback(self) -> None:
        """Undo what is open, if anything is."""
        if self._db.in_transaction:
            self.execute("ROLLBACK")

    def close(self) -> None:
        """Close, and fold the log into the file."""
        self._db.close()


def connector(vfs: str, synchronous: str | None = None) -> Callable[[Path], RecordedConnection]:
    """Return what takes the place of ``agent.store._connect``."""

    def connect(path: Path) -> RecordedConnection:
        path.touch(mode=0o600)
        return RecordedConnection(path, vfs, synchronous)

    return connect


def _as_sqlite3(error: apsw.Error) -> sqlite3.Error:
    broken = (apsw.CorruptError, apsw.NotADBError)
    if isinstance(error, broken):
        return sqlite3.DatabaseError(str(error))
    if isinstance(error, apsw.ConstraintError):
        return sqlite3.IntegrityError(str(error))
    return sqlite3.OperationalError(str(error))
