"""What was sent, word for word, for the owner to read at home.

The outbox keeps envelopes that only the desk can open. Table ``sent`` keeps what is inside
them, on this device alone, written in the same transaction, so that "exactly this left the
house" is never a summary.
"""

import sqlite3
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import datetime

from wire.messages import TYPES, Direction, Message, type_name
from wire.schema import decode, encode


@dataclass(frozen=True, slots=True, kw_only=True)
class Sent:
    """One message as it was committed."""

    message_id: str
    at: datetime
    type: str
    message: Message


def keep(db: sqlite3.Connection, message_id: str, message: Message, at: datetime) -> None:
    """Keep a copy of ``message``; one that is written anew takes the place of the first."""
    db.execute(
        "INSERT OR REPLACE INTO sent VALUES (?, ?, ?, ?)",
        (message_id, at.isoformat(), type_name(message), encode(message)),
    )


def copies(db: sqlite3.Connection) -> Iterator[Sent]:
    """Yield every copy, newest first."""
    return _read(db.execute("SELECT message_id, at, type, body FROM sent ORDER BY at DESC"))


def letters(db: sqlite3.Connection, limit: int = -1) -> Iterator[Sent]:
    """Yield the newest copies, without the hourly figures of the machine."""
    return _read(
        db.execute(
            "SELECT message_id, at, type, body FROM sent WHERE type != 'health'"
            " ORDER BY at DESC LIMIT ?",
            (limit,),
        )
    )


def figures(db: sqlite3.Connection) -> int:
    """Return how many batches of figures were sent, of those that are kept."""
    row = db.execute("SELECT count(*) FROM sent WHERE type = 'health'").fetchone()
    return int(row[0])


def drop(db: sqlite3.Connection, message_ids: Iterable[str]) -> None:
    """Forget the copies of what never left."""
    db.executemany("DELETE FROM sent WHERE message_id = ?", [(one,) for one in message_ids])


def _read(found: Iterable[tuple[str, str, str, bytes]]) -> Iterator[Sent]:
    for message_id, at, kind, body in found:
        yield Sent(
            message_id=message_id,
            at=datetime.fromisoformat(at),
            type=kind,
            message=decode(TYPES[Direction.UP][kind], body),
        )


def alerts(db: sqlite3.Connection) -> frozenset[str]:
    """Return the ids of the alerts that were ever sent."""
    found = db.execute("SELECT message_id FROM sent WHERE type = 'alert'")
    return frozenset(message_id for (message_id,) in found)


def message(db: sqlite3.Connection, message_id: str) -> Message | None:
    """Return what a message says, or ``None`` if none such was ever sent."""
    found = db.execute(
        "SELECT message_id, at, type, body FROM sent WHERE message_id = ?", (message_id,)
    )
    return next((copy.message for copy in _read(found)), None)


def type_of(db: sqlite3.Connection, message_id: str) -> str | None:
    """Return of which type a message was, or ``None`` if none such was ever sent."""
    row = db.execute("SELECT type FROM sent WHERE message_id = ?", (message_id,)).fetchone()
    return row[0] if row else None
