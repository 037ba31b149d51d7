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
_STILL = {
    Outcome.CLOSED: "closed_at IS NULL",
    # Only a note may be taken first, and then turn out not to be deliverable.
    Outcome.REFUSED: "(acknowledged_at IS NULL OR (type = 'nudge' AND closed_at IS NULL))",
}
"""To which messages a signature is news, where that is not all that nobody signed for."""


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


@dataclass(frozen=True, slots=True, kw_only=True)
class Header:
    """What is written on a waiting message; the envelope itself stays on the disk."""

    sequence: int
    message_id: str
    type: str
    purpose: Purpose | None


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


def headers(db: sqlite3.Connection) -> list[Header]:
    """Return what is written on all that the desk has not signed for, oldest first.

    Looked at in every step, by a device that may have been away from its desk for months.
    """
    found = db.execute(
        "SELECT sequence, message_id, type, purpose FROM outbox"
        " WHERE acknowledged_at IS NULL ORDER BY sequence"
    )
    return [
        Header(
            sequence=sequence,
            message_id=message_id,
            type=kind,
            purpose=Purpose(purpose) if purpose else None,
        )
        for sequence, message_id, kind, purpose in found
    ]


def envelope(db: sqlite3.Connection, sequence: int) -> bytes:
    """Return the sealed bytes of a message that is kept."""
    row = db.execute("SELECT envelope FROM outbox WHERE sequence = ?", (sequence,)).fetchone()
    return bytes(row[0])


def free_to_go(db: sqlite3.Connection) -> bool:
    """Tell whether something waits that needs no consent, such as a withdrawal, or the
    answer to it that the owner has asked for."""
    row = db.execute(
        "SELECT EXISTS (SELECT 1 FROM outbox WHERE purpose IS NULL AND (acknowledged_at IS NULL"
        " OR (type = 'give_back' AND closed_at IS NULL)))"
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
    still = _STILL.get(outcome, "acknowledged_at IS NULL")
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


def outcome_about(db: sqlite3.Connection, kind: str, concern_id: str) -> str | None:
    """Return what the desk signed last for a message of this type about a concern."""
    row = db.execute(
        "SELECT outcome FROM outbox WHERE type = ? AND concern_id = ?"
        " ORDER BY sequence DESC LIMIT 1",
        (kind, concern_id),
    ).fetchone()
    return row[0] if row else None


def accepted(db: sqlite3.Connection, kind: str) -> list[str]:
    """Return the ids of the messages of a type that the desk has, and is not done with."""
    found = db.execute(
        "SELECT message_id FROM outbox WHERE type = ? AND acknowledged_at IS NOT NULL"
        " AND closed_at IS NULL",
        (kind,),
    )
    return [message_id for (message_id,) in found]


def asked(db: sqlite3.Connection, kind: str) -> list[tuple[str, datetime, bool]]:
    """Return id, time and whether they still wait for an answer, of all messages of a type."""
    found = db.execute(
        "SELECT message_id, committed_at, closed_at IS NULL FROM outbox WHERE type = ?"
        " ORDER BY sequence",
        (kind,),
    )
    return [(one, datetime.fromisoformat(at), bool(waits)) for one, at, waits in found]


def close(db: sqlite3.Connection, message_ids: Iterable[str], at: datetime) -> None:
    """Be done with messages that need no more answer, and let go of their sealed copies."""
    db.executemany(
        "UPDATE outbox SET closed_at = ?, envelope = x'',"
        " acknowledged_at = coalesce(acknowledged_at, ?)"
        " WHERE message_id = ? AND closed_at IS NULL",
        [(at.isoformat(), at.isoformat(), message_id) for message_id in message_ids],
    )


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


def refused_at(db: sqlite3.Connection, kind: str) -> datetime | None:
    """Return when the desk refused a message of this type, if that was its latest answer."""
    row = db.execute(
        "SELECT outcome, closed_at FROM outbox WHERE type = ? AND outcome IS NOT NULL"
        " ORDER BY sequence DESC LIMIT 1",
        (kind,),
    ).fetchone()
    return datetime.fromisoformat(row[1]) if row and row[0] == Outcome.REFUSED else None
