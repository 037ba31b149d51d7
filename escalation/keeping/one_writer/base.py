"""The database engine ``escalation.keeping.one_writer``, under the name Django asks for."""

import fcntl
import functools
import os
from typing import Any

from django.db.backends.sqlite3 import base

QUEUE_SUFFIX = "-queue"
"""Of an empty file beside the database, as SQLite's own ``-wal`` and ``-shm``."""

STATEMENTS_KEPT = 128
"""As many as the driver keeps prepared in a connection."""


@functools.lru_cache(STATEMENTS_KEPT)
def _with_question_marks(query: str) -> str:
    django: Any = base.SQLiteCursorWrapper
    return str(django.convert_query(None, query))


class Cursor(base.SQLiteCursorWrapper):
    """A cursor that has looked for the places of the values in what it is asked again."""

    def convert_query(self, query: str, *, param_names: list[str] | None = None) -> str:
        """Return ``query`` as SQLite reads it."""
        if param_names is None:
            return _with_question_marks(query)
        return super().convert_query(query, param_names=param_names)


class DatabaseWrapper(base.DatabaseWrapper):
    """One connection. It has its turn from the first word of a transaction to its last."""

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        """Wait for nobody yet."""
        super().__init__(*args, **kwargs)
        self._turn: int | None = None

    def create_cursor(self, name: str | None = None) -> Cursor:
        """Return a cursor of the driver."""
        return self.connection.cursor(factory=Cursor)  # type: ignore[no-any-return]

    def _start_transaction_under_autocommit(self) -> None:
        self._take_turn()
        try:
            with self.wrap_database_errors:
                mode = self.transaction_mode  # type: ignore[attr-defined]
                self.connection.execute(f"BEGIN {mode}")
        except BaseException:
            self._end_turn()
            raise

    def _commit(self) -> None:
        super()._commit()  # type: ignore[misc]
        self._end_turn()

    def _rollback(self) -> None:
        try:
            super()._rollback()  # type: ignore[misc]
        finally:
            self._end_turn()

    def _close(self) -> None:
        try:
            super()._close()  # type: ignore[misc]
        finally:
            self._end_turn()

    def _take_turn(self) -> None:
        path = f"{self.settings_dict['NAME']}{QUEUE_SUFFIX}"
        self._turn = os.open(path, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)
        fcntl.flock(self._turn, fcntl.LOCK_EX)

    def _end_turn(self) -> None:
        turn, self._turn = self._turn, None
        if turn is not None:
            os.close(turn)
            # The next one has only been woken: who goes on at once is at the door before them.
            os.sched_yield()
