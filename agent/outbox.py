"""What must arrive: committed messages, sealed, kept until the desk has signed for them.

A message is sealed once, when it is committed, and the same envelope is sent until the
acknowledgement that names its hash: so a repeat is the same bytes, and nothing readable
waits on the disk. Acknowledged messages stay, sealed; a withdrawal destroys whatever its
purpose covers. Nothing here is ever evicted to make room.

Sequence numbers are handed out here and nowhere else. A heartbeat carries the highest one
handed out, so that the desk can see what it is missing.
"""

import sqlite3
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime

from agent.consent_file import Purpose


@dataclass(frozen=True, slots=True, kw_only=True)
class Waiting:
    """A committed message that the desk has not signed for yet."""

    sequence: int
    message_id: str
    type: str
    purpose: Purpose | None
    """What it is sent under; ``None`` for a withdrawal, which needs no consent."""
    concern_id: str | None
    envelope: bytes
    envelope_sha256: str


def highest_sequence(db: sqlite3.Connection) -> int:
    """Return the highest sequence number ever handed out, 0 before the first."""
    row = db.execute("SELECT seq FROM sqlite_sequence WHERE name = 'outbox'").fetchone()
    return int(row[0]) if row else 0


def add(db: sqlite3.Connection, message: Waiting, at: datetime) -> None:
    """Commit a sealed message, inside the transaction of what it tells about."""
    db.execute(
        "INSERT INTO outbox (sequence, message_id, type, purpose, concern_id, committed_at,"
        " envelope, envelope_sha256) VALUES (?, ?, ?, ?, ?, ?, ?, ?)",
        (
            message.sequence,
            message.message_id,
            message.type,
            message.purpose,
            message.concern_id,
            at.isoformat(),
            message.envelope,
            message.envelope_sha256,
        ),
    )


def waiting(db: sqlite3.Connection) -> list[Waiting]:
    """Return what the desk has not signed for, oldest first."""
    found = db.execute(
        "SELECT sequence, message_id, type, purpose, concern_id, envelope, envelope_sha256"
        " FROM outbox WHERE acknowledged_at IS NULL ORDER BY sequence"
    )
    return [
        Waiting(
            sequence=sequence,
            message_id=message_id,
            type=kind,
            purpose=Purpose(purpose) if purpose else None,
            concern_id=concern_id,
            envelope=envelope,
            envelope_sha256=sha256,
        )
        for sequence, message_id, kind, purpose, concern_id, envelope, sha256 in found
    ]


def acknowledge(
    db: sqlite3.Connection, message_id: str, envelope_sha256: str, outcome: str, at: datetime
) -> str | None:
    """Note the desk's signature. Returns the concern it belongs to, ``""`` for none, or
    ``None`` when no such message waits: unknown, signed for before, or another envelope."""
    row = db.execute(
        "UPDATE outbox SET outcome = ?, acknowledged_at = ? WHERE message_id = ?"
        " AND envelope_sha256 = ? AND acknowledged_at IS NULL RETURNING concern_id",
        (outcome, at.isoformat(), message_id, envelope_sha256),
    ).fetchone()
    return None if row is None else row[0] or ""


def outcome(db: sqlite3.Connection, message_id: str) -> str | None:
    """Return what the desk signed for a message, ``""`` while it has not, ``None`` when no
    such message is kept: never committed, or destroyed by a withdrawal."""
    row = db.execute(
        "SELECT coalesce(outcome, '') FROM outbox WHERE message_id = ?", (message_id,)
    ).fetchone()
    return None if row is None else str(row[0])


def destroy(db: sqlite3.Connection, purposes: Iterable[Purpose]) -> tuple[str, ...]:
    """Delete every message under ``purposes``, sent or not; return their ids."""
    names = [str(purpose) for purpose in purposes]
    marks = ",".join("?" * len(names))
    gone = db.execute(
        f"DELETE FROM outbox WHERE purpose IN ({marks}) RETURNING message_id", names
    )
    return tuple(row[0] for row in gone)
