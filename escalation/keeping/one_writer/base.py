"""The database engine ``escalation.keeping.one_writer``, under the name Django asks for."""

import fcntl
import os
from typing import Any

from django.db.backends.sqlite3 import base

QUEUE_SUFFIX = "-queue"
"""Of an empty file beside the database, as SQLite's own ``-wal`` and ``-shm``."""


class DatabaseWrapper(base.DatabaseWrapper):
    """One connection. It has its turn from the first word of a transaction to its last."""

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        """Wait for nobody yet."""
        super().__init__(*args, **kwargs)
        self._turn: int | None = None

    def _start_transaction_under_autocommit(self) -> None:
        self._take_turn()
        try:
            super()._start_transaction_under_autocommit()  # type: ignore[misc]
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
