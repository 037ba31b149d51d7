"""What must arrive: committed messages, sealed, kept until the desk has signed for them.

A message is sealed once, when it is committed, and the same envelope is sent until the
acknowledgement that names its hash: so a repeat is the same bytes, and nothing readable
waits on the disk. An acknowledged message stays, sealed, so that a desk that comes back
from a backup can have it again; when its case is closed, or the desk refuses it, the sealed
copy is deleted. A withdrawal destroys whatever its purpose covers. Nothing here is ever
evicted to make room; what may be is ``telemetry``.

Sequence numbers are handed out here and nowhere else. A heartbeat carries the highest one
handed out, so that the desk can see what it is missing.
"""

import sqlite3
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime, timedelta

from agent.consents.consent_file import Purpose
from agent.delivery import telemetry
from wire.messages import Outcome

KEPT_DONE = timedelta(days=90)
"""A desk that comes back from an older backup than this has other worries."""
MAKE_CASES = ("alert", "service_report", "help")
"""What is kept until the desk says that its case is closed."""

_ENDS = (Outcome.CLOSED, Outcome.REFUSED)


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


def free_to_go(db: sqlite3.Connection) -> bool:
    """Tell whether something waits that needs no consent, such as a withdrawal."""
    row = db.execute(
        "SELECT EXISTS (SELECT 1 FROM outbox WHERE acknowledged_at IS NULL AND purpose IS NULL)"
    ).fetchone()
    return bool(row[0])


def acknowledge(
    db: sqlite3.Connection,
    message_id: str,
    envelope_sha256: str,
    outcome: Outcome,
    at: datetime,
) -> bool:
    """Note the desk's signature; return whether it is news.

    It is none for a message that is unknown, has been signed for in the same way before,
    or went in another envelope.
    """
    still = "closed_at IS NULL" if outcome is Outcome.CLOSED else "acknowledged_at IS NULL"
    changed = db.execute(
        "UPDATE outbox SET outcome = ?, acknowledged_at = coalesce(acknowledged_at, ?)"
        f" WHERE message_id = ? AND envelope_sha256 = ? AND {still}",
        (outcome, at.isoformat(), message_id, envelope_sha256),
    )
    if changed.rowcount and outcome in _ENDS:
        db.execute(
            "UPDATE outbox SET closed_at = ?, envelope = x'' WHERE message_id = ?",
            (at.isoformat(), message_id),
        )
    return changed.rowcount == 1


def wait_again(db: sqlite3.Connection) -> None:
    """Let everything wait that the desk may have forgotten: all that is kept, sealed."""
    db.execute(
        "UPDATE outbox SET outcome = NULL, acknowledged_at = NULL WHERE closed_at IS NULL"
    )


def forget_done(db: sqlite3.Connection, at: datetime) -> None:
    """Delete what was done with long ago: its case is closed, or it never made one."""
    marks = ",".join("?" * len(MAKE_CASES))
    db.execute(
        "DELETE FROM outbox WHERE acknowledged_at < ?"
        f" AND (closed_at IS NOT NULL OR type NOT IN ({marks}))",
        ((at - KEPT_DONE).isoformat(), *MAKE_CASES),
    )


def type_of(db: sqlite3.Connection, message_id: str) -> str:
    """Return of which type a kept message is."""
    row = db.execute("SELECT type FROM outbox WHERE message_id = ?", (message_id,)).fetchone()
    return str(row[0])


def outcome(db: sqlite3.Connection, message_id: str) -> str | None:
    """Return what the desk signed for a message, ``""`` while it has not, ``None`` when no
    such message is kept: never committed, or destroyed by a withdrawal."""
    row = db.execute(
        "SELECT coalesce(outcome, '') FROM outbox WHERE message_id = ?", (message_id,)
    ).fetchone()
    return None if row is None else str(row[0])


def destroy(db: sqlite3.Connection, purposes: Iterable[Purpose]) -> tuple[str, ...]:
    """Delete every message under ``purposes``, sent or not; return their ids."""
    purposes = tuple(purposes)
    names = [str(purpose) for purpose in purposes]
    marks = ",".join("?" * len(names))
    gone = db.execute(
        f"DELETE FROM outbox WHERE purpose IN ({marks}) RETURNING message_id", names
    )
    ids = tuple(row[0] for row in gone)
    return ids + (telemetry.destroy(db) if telemetry.PURPOSE in purposes else ())


def take_out(db: sqlite3.Connection, message_ids: Iterable[str]) -> frozenset[str]:
    """Delete those of the messages whose case is not closed; return which there were."""
    asked = tuple(message_ids)
    marks = ",".join("?" * len(asked))
    gone = db.execute(
        f"DELETE FROM outbox WHERE closed_at IS NULL AND message_id IN ({marks})"
        " RETURNING message_id",
        asked,
    )
    return frozenset(row[0] for row in gone)


def last_outcome(db: sqlite3.Connection, kind: str) -> str | None:
    """Return what the desk signed for the latest message of this type that it signed for."""
    row = db.execute(
        "SELECT outcome FROM outbox WHERE type = ? AND outcome IS NOT NULL"
        " ORDER BY sequence DESC LIMIT 1",
        (kind,),
    ).fetchone()
    return str(row[0]) if row else None
