"""How long each kind of data is kept at home, and the broom that keeps to it.

Once a day of trusted time; a clock that nothing confirms sweeps nothing, because it may say
any year. The routine itself forgets by its own window, the ledger is kept until the owner
has everything forgotten: it is the proof of what was consented to, and names no coffee.
"""

import sqlite3
from collections.abc import Mapping
from datetime import datetime, timedelta
from pathlib import Path

from agent import memory
from agent.delivery import outbox
from agent.learning.brews import Certainty

DAYS: Mapping[str, int] = {
    "brew": memory.BREWS_KEPT.days,
    "concern": 400,
    "received": 400,
    "sent": 400,
    "health": 30,
    "outbox": outbox.KEPT_DONE.days,
    "broken": 90,
}
"""By table; ``health`` are the hourly figures among what was sent, ``broken`` is a damaged
store that was moved aside. The owner's export and the notices say the same numbers."""

_SWEPT = "swept_on"


def due(db: sqlite3.Connection, now: datetime) -> bool:
    """Tell whether today's sweep has not been done yet."""
    return memory.meta(db, _SWEPT) != now.date().isoformat()


def sweep(db: sqlite3.Connection, now: datetime) -> int:
    """Delete what is older than its limit, in the caller's transaction; return how much."""
    gone = 0
    for table, column in (("brew", "started_at"), ("received", "at"), ("sent", "at")):
        gone += _delete(db, f"DELETE FROM {table} WHERE {column} < ?", _oldest(table, now))
    gone += _delete(
        db,
        "DELETE FROM concern WHERE noticed_at < ?"
        " AND state NOT IN ('noticed', 'asked', 'alerted', 'acknowledged')",
        _oldest("concern", now),
    )
    gone += _delete(
        db, "DELETE FROM sent WHERE type = 'health' AND at < ?", _oldest("health", now)
    )
    # A brew of a clock that was never set has no age; it goes with its neighbours.
    gone += _delete(
        db,
        "DELETE FROM brew WHERE certainty = ? AND id < coalesce("
        "(SELECT min(id) FROM brew WHERE certainty != ?), 0)",
        Certainty.UNSYNCED,
        Certainty.UNSYNCED,
    )
    outbox.forget_done(db, now)
    memory.set_meta(db, _SWEPT, now.date().isoformat())
    return gone


def sweep_broken(store: Path, now: datetime) -> list[Path]:
    """Delete damaged stores that were moved aside long ago; return which."""
    oldest = (now - timedelta(days=DAYS["broken"])).timestamp()
    old = [f for f in store.parent.glob(f"{store.stem}.broken-*") if f.stat().st_mtime < oldest]
    for file in old:
        file.unlink()
    return old


def _delete(db: sqlite3.Connection, sql: str, *values: str) -> int:
    return db.execute(sql, values).rowcount


def _oldest(table: str, now: datetime) -> str:
    return (now - timedelta(days=DAYS[table])).isoformat()
