"""What may be lost: health records, batched, sealed, and bounded in bytes.

The second class of what leaves the house. A batch is sealed when it is complete, waits here
until the broker has taken it, and has no sequence number of its own: when the oldest makes
room for the newest, no gap appears that would look like a lost alert. What was dropped is
counted by reason, and the next batch tells it.
"""

import sqlite3
from dataclasses import dataclass
from datetime import datetime

from agent.consents.consent_file import Purpose
from agent.delivery import sent_copies
from wire.messages import Dropped
from wire.sealing import SLOT_BYTES

PURPOSE = Purpose.DEVICE_HEALTH
BYTES_MAX = 1_048_576
"""Ten days of hourly batches."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Records:
    """Health records, a column each, before they are sealed."""

    first_at: datetime
    every_s: int
    machine_scores: tuple[int, ...]
    frames_missed: tuple[int, ...]
    reconnects: tuple[int, ...]
    dropped: tuple[Dropped, ...]
    written_bytes: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Batch:
    """A sealed batch that the broker has not taken yet."""

    message_id: str
    records: int
    envelope: bytes


def add(db: sqlite3.Connection, batch: Batch, *, bytes_max: int = BYTES_MAX) -> int:
    """Keep ``batch``; return how many records of the oldest batches made room for it."""
    db.execute(
        "INSERT INTO telemetry (message_id, records, envelope) VALUES (?, ?, ?)",
        (batch.message_id, batch.records, batch.envelope),
    )
    gone = db.execute(
        "DELETE FROM telemetry WHERE id NOT IN"
        " (SELECT id FROM telemetry ORDER BY id DESC LIMIT ?) RETURNING message_id, records",
        (bytes_max // SLOT_BYTES,),
    ).fetchall()
    # The owner's list of what has left must not show what never did.
    sent_copies.drop(db, (message_id for message_id, _ in gone))
    return sum(records for _, records in gone)


def oldest(db: sqlite3.Connection) -> Batch | None:
    """Return the batch that has waited longest, or ``None``."""
    row = db.execute(
        "SELECT message_id, records, envelope FROM telemetry ORDER BY id LIMIT 1"
    ).fetchone()
    if row is None:
        return None
    return Batch(message_id=row[0], records=row[1], envelope=row[2])


def remove(db: sqlite3.Connection, message_id: str) -> None:
    """Forget a batch that the broker has taken."""
    db.execute("DELETE FROM telemetry WHERE message_id = ?", (message_id,))


def destroy(db: sqlite3.Connection) -> tuple[str, ...]:
    """Delete everything: the owner has taken back the purpose. Return the ids."""
    return tuple(row[0] for row in db.execute("DELETE FROM telemetry RETURNING message_id"))
