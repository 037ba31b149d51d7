"""Lets PostgreSQL keep the plan of a statement for as long as the connection lasts.

Parsing and planning cost it more than finding a row by its key, and putting the values into
the text of the statement costs the desk as much. That is saved here, for statements whose best
plan is the same whatever they are given: most of them find their rows by a key. Not for others:
what is best for one state of a hundred thousand cases is bad for the next.

SQLite's driver keeps what it has prepared by itself.
"""

from typing import Any

from django.db.backends.base.base import BaseDatabaseWrapper
from django.db.backends.utils import CursorWrapper


def cursor(connection: BaseDatabaseWrapper) -> CursorWrapper:
    """Return a cursor of this connection whose statements are planned once."""
    # Django can write down only what its own cursors say.
    if connection.vendor != "postgresql" or connection.queries_logged:
        return connection.cursor()
    # A desk on SQLite needs no driver for it.
    from django.db.backends.postgresql import base  # noqa: PLC0415

    binds_at_server: Any = base.ServerBindingCursor
    connection.close_if_health_check_failed()
    connection.ensure_connection()
    return CursorWrapper(binds_at_server(connection.connection), connection)


class KeepsPlans:
    """A connection for a query of Django's: every cursor of it keeps plans."""

    def __init__(self, connection: BaseDatabaseWrapper) -> None:
        """Stand for ``connection``."""
        self._connection = connection

    def __getattr__(self, name: str) -> Any:
        """Be the connection in everything else."""
        return getattr(self._connection, name)

    def cursor(self) -> CursorWrapper:
        """Return a cursor that keeps plans."""
        return cursor(self._connection)
