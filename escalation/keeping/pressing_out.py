"""Leaves nothing of what was erased in the database's files, not even in pages nobody reads.

SQLite overwrites what is deleted (``secure_delete``); its log alone still has it, and is
emptied each time. PostgreSQL keeps the old row beside the new one, and its plain vacuum only
frees the place: the bytes stay, and names stay among its statistics. So once a day, and when
the desk starts, every table is written anew (``VACUUM FULL``), the statistics last. A table is
locked for as long as that takes, some seconds for a hundred thousand cases; whoever is at it
is waited for ``PATIENCE_S``, and otherwise it is tried again later.

What this cannot reach is said in docs/staff.md: PostgreSQL's own log of changes, its archive,
and backups.
"""

import logging
from datetime import timedelta

from django.db import OperationalError, connection

log = logging.getLogger("escalation.keeping.pressing_out")

DAILY = timedelta(days=1)
SOON = timedelta(minutes=10)
PATIENCE_S = 2
OLD = "1 minute"
"""Whoever reads for longer may still see what was erased, and so it cannot go yet."""


def press_out() -> timedelta:
    """Do it; return in what time to do it again. Must not run in a transaction."""
    if connection.vendor == "postgresql":
        return DAILY if _write_anew() else SOON
    _empty_the_log()
    return timedelta(0)


def _empty_the_log() -> None:
    """Leave nothing in SQLite's log.

    Whoever reads or writes at this moment is not waited for: the next minute does as well.
    """
    with connection.cursor() as cursor:
        [(patience_ms,)] = cursor.execute("PRAGMA busy_timeout").fetchall()
        cursor.execute("PRAGMA busy_timeout = 0")
        cursor.execute("PRAGMA wal_checkpoint(TRUNCATE)")
        cursor.execute(f"PRAGMA busy_timeout = {patience_ms}")


def _write_anew() -> bool:
    """Write every table anew; return whether nobody was in the way."""
    with connection.cursor() as cursor:
        if _somebody_reads_for_long():
            return False
        tables = [*map(connection.ops.quote_name, connection.introspection.table_names())]
        cursor.execute(f"SET lock_timeout = '{PATIENCE_S}s'")
        try:
            for table in tables:
                cursor.execute(f"VACUUM (FULL, ANALYZE) {table}")
            # The most frequent names stood in it until the tables were looked at anew.
            cursor.execute("VACUUM FULL pg_statistic")
        except OperationalError as error:
            log.info("what was erased is pressed out later: %s", error)
            return False
        finally:
            cursor.execute("RESET lock_timeout")
    return True


def _somebody_reads_for_long() -> bool:
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT count(*) FROM pg_stat_activity WHERE datname = current_database() "
            f"AND backend_xmin IS NOT NULL AND xact_start < now() - interval '{OLD}'"
        )
        (number,) = cursor.fetchone()
    return bool(number)
