"""What the agent remembers at home: brews, concerns, what came back, where it stood.

Tables ``meta``, ``brew``, ``concern``, ``request`` and ``received`` of the store. None of
it leaves the house; ``outbox`` is the only way out.
"""

import json
import sqlite3
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta

from agent.asking.concerns import OPEN, Concern
from agent.learning.brews import Brew, Certainty
from wire.messages import TYPES, Access, Decision, Direction, Message, type_name
from wire.schema import JSON, decode, encode

BREWS_KEPT = timedelta(days=400)
"""What the notice promises: a year and the season beside it."""


def remember_brew(db: sqlite3.Connection, brew: Brew) -> None:
    """Keep ``brew`` and forget those that are older than the notice allows."""
    db.execute(
        "INSERT INTO brew (started_at, duration_s, water_ml, certainty) VALUES (?, ?, ?, ?)",
        (brew.started_at.isoformat(), brew.duration_s, brew.water_ml, brew.certainty),
    )
    if brew.certainty is Certainty.UNSYNCED:
        # A clock that was never set may say any year: it must not make others look old.
        return
    oldest = (brew.started_at - BREWS_KEPT).isoformat()
    db.execute("DELETE FROM brew WHERE started_at < ?", (oldest,))


def last_brews(db: sqlite3.Connection, limit: int) -> list[tuple[datetime, Certainty]]:
    """Return start and certainty of the latest brews, newest first."""
    found = db.execute(
        "SELECT started_at, certainty FROM brew ORDER BY started_at DESC LIMIT ?", (limit,)
    )
    return [(datetime.fromisoformat(at), Certainty(certainty)) for at, certainty in found]


def save_concern(db: sqlite3.Connection, concern: Concern) -> None:
    """Keep ``concern`` as it stands now."""
    db.execute(
        "INSERT OR REPLACE INTO concern VALUES (?, ?, ?, ?)",
        (
            concern.concern_id,
            concern.state,
            concern.change.noticed_at.isoformat(),
            encode(concern),
        ),
    )


def concerns(db: sqlite3.Connection) -> list[Concern]:
    """Return every concern ever noticed, newest first."""
    found = db.execute("SELECT body FROM concern ORDER BY noticed_at DESC")
    return [decode(Concern, body) for (body,) in found]


def concern(db: sqlite3.Connection, concern_id: str) -> Concern | None:
    """Return the concern of that id, or ``None``."""
    row = db.execute("SELECT body FROM concern WHERE concern_id = ?", (concern_id,)).fetchone()
    return decode(Concern, row[0]) if row else None


def open_concern(db: sqlite3.Connection) -> Concern | None:
    """Return the one concern that is not ended, or ``None``."""
    return next((concern for concern in concerns(db) if concern.state in OPEN), None)


@dataclass(frozen=True, slots=True, kw_only=True)
class Request:
    """What the owner asked for from another process: a command or the page."""

    id: int
    word: str


def ask(db: sqlite3.Connection, word: str, at: datetime) -> None:
    """Leave ``word`` for the agent, which acts on it within a second."""
    db.execute("INSERT INTO request (at, word) VALUES (?, ?)", (at.isoformat(), word))


def requests(db: sqlite3.Connection) -> list[Request]:
    """Return what was asked for, oldest first."""
    found = db.execute("SELECT id, word FROM request ORDER BY id")
    return [Request(id=number, word=word) for number, word in found]


def forget_requests(db: sqlite3.Connection, done: Request) -> None:
    """Remove what was asked for, up to and with ``done``."""
    db.execute("DELETE FROM request WHERE id <= ?", (done.id,))


def remember_received(
    db: sqlite3.Connection, message_id: str, message: Message, at: datetime
) -> bool:
    """Keep what the desk told the owner; return ``False`` for a repeat."""
    written = db.execute(
        "INSERT OR IGNORE INTO received VALUES (?, ?, ?, ?)",
        (message_id, at.isoformat(), type_name(message), encode(message)),
    )
    return written.rowcount == 1


def received(db: sqlite3.Connection) -> Iterator[Decision | Access]:
    """Yield what came back for the owner to read, newest first."""
    found = "SELECT type, body FROM received WHERE type != 'given_back' ORDER BY at DESC"
    for kind, body in db.execute(found):
        message = decode(TYPES[Direction.DOWN][kind], body)
        if isinstance(message, Decision | Access):
            yield message


def came_back(db: sqlite3.Connection) -> Iterator[tuple[datetime, Message]]:
    """Yield everything the desk told the owner, with when it came, newest first.

    What the desk has given back of its own book is not among it: ``desk_part`` has that.
    """
    for at, kind, body in db.execute(
        "SELECT at, type, body FROM received WHERE type != 'given_back' ORDER BY at DESC"
    ):
        yield datetime.fromisoformat(at), decode(TYPES[Direction.DOWN][kind], body)


def is_decided(db: sqlite3.Connection, alert_id: str) -> bool:
    """Tell whether a person's decision about this alert has come back."""
    return any(
        isinstance(message, Decision) and message.alert_id == alert_id
        for message in received(db)
    )


def set_meta(db: sqlite3.Connection, key: str, value: JSON) -> None:
    """Keep a small value under ``key``."""
    db.execute("INSERT OR REPLACE INTO meta VALUES (?, ?)", (key, json.dumps(value)))


def meta(db: sqlite3.Connection, key: str) -> JSON:
    """Return the value under ``key``, or ``None``."""
    row = db.execute("SELECT value FROM meta WHERE key = ?", (key,)).fetchone()
    value: JSON = json.loads(row[0]) if row else None
    return value


def read_through(db: sqlite3.Connection) -> None:
    """Read all that is remembered; raises ``ValueError`` or ``KeyError`` if it cannot be."""
    concerns(db)
    for _ in came_back(db):
        pass
    last_brews(db, -1)
    for (value,) in db.execute("SELECT value FROM meta"):
        json.loads(value)
