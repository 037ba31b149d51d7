"""Where a message becomes final: signed, sealed, kept and entered into the ledger, all at once.

Everything happens in the caller's transaction, together with what the message tells about.
No ledger entry, no send: there is no other way into ``outbox`` or ``telemetry``.
"""

import hashlib
import sqlite3
from dataclasses import dataclass
from datetime import datetime

from agent import ledger
from agent.consents.consent_file import Purpose
from agent.delivery import outbox, sent_copies, telemetry
from agent.delivery.desk_seal import DeskSeal
from wire.messages import Message, type_name


@dataclass(frozen=True, slots=True, kw_only=True)
class Parcel:
    """A message to commit: what it is, under which purpose and about which concern."""

    message: Message
    message_id: str
    purpose: Purpose | None
    record_id: str | None
    concern_id: str | None


def commit(db: sqlite3.Connection, seal: DeskSeal, parcel: Parcel, at: datetime) -> None:
    """Commit what must arrive."""
    sequence = outbox.highest_sequence(db) + 1
    envelope = seal.seal(parcel.message, parcel.message_id, sequence)
    outbox.add(
        db,
        outbox.Waiting(
            sequence=sequence,
            message_id=parcel.message_id,
            type=type_name(parcel.message),
            purpose=parcel.purpose,
            concern_id=parcel.concern_id,
            envelope=envelope,
            envelope_sha256=hashlib.sha256(envelope).hexdigest(),
        ),
        at,
    )
    sent_copies.keep(db, parcel.message_id, parcel.message, at)
    _enter(db, seal, parcel, envelope, at)
    outbox.forget_done(db, at)


def commit_telemetry(
    db: sqlite3.Connection, seal: DeskSeal, parcel: Parcel, records: int, at: datetime
) -> int:
    """Commit a batch of ``records`` that may be lost.

    Returns how many older records made room for it.
    """
    # Like a heartbeat it names the highest number handed out and takes none itself.
    sequence = outbox.highest_sequence(db)
    envelope = seal.seal(parcel.message, parcel.message_id, sequence)
    sent_copies.keep(db, parcel.message_id, parcel.message, at)
    _enter(db, seal, parcel, envelope, at)
    batch = telemetry.Batch(message_id=parcel.message_id, records=records, envelope=envelope)
    return telemetry.add(db, batch)


def _enter(
    db: sqlite3.Connection, seal: DeskSeal, parcel: Parcel, envelope: bytes, at: datetime
) -> None:
    entry = ledger.MessageCommitted(
        message_id=parcel.message_id,
        type=type_name(parcel.message),
        purpose=parcel.purpose,
        record_id=parcel.record_id,
        envelope_sha256=hashlib.sha256(envelope).hexdigest(),
    )
    ledger.append(db, entry, at, seal.signer())
