"""The append-only book of consent and of all that was sent: hash-chained and signed.

Each entry's hash covers the hash before it, so no entry can be changed, removed or
inserted without every later one telling. The head's hash travels in every message, and
the desk's signed acknowledgement carries it back: from then on not even the device
itself could rewrite what came before.

Rule: no ledger entry, no send. ``append`` runs in the transaction of what it records.
"""

import hashlib
import sqlite3
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime

from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric.ed25519 import (
    Ed25519PrivateKey,
    Ed25519PublicKey,
)

from agent.consent import ConsentRecord, Given, Withdrawn
from agent.consents.consent_file import Purpose
from wire.schema import SchemaError, decode, encode

GENESIS = "0" * 64
_DOMAIN = b"demitasse/1 ledger\0"


@dataclass(frozen=True, slots=True, kw_only=True)
class ConsentGiven:
    """The owner switched a purpose on, with this notice beside it."""

    record_id: str
    purpose: Purpose
    notice_id: str
    notice_sha256: str
    language: str
    switch_fingerprint: str
    given_at: datetime
    valid_until: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class ConsentWithdrawn:
    """The owner switched a purpose off, or changed what stands beside it."""

    purpose: Purpose
    withdrawn_at: datetime
    destroyed: tuple[str, ...]
    """Messages that were waiting or kept under it, now gone from this device."""


@dataclass(frozen=True, slots=True, kw_only=True)
class MessageCommitted:
    """A message that will leave: what, why, under which consent."""

    message_id: str
    type: str
    purpose: Purpose | None
    record_id: str | None
    envelope_sha256: str


@dataclass(frozen=True, slots=True, kw_only=True)
class MessageAcknowledged:
    """The desk signed that it has a message, and which ledger head came with it."""

    message_id: str
    outcome: str
    anchored_head: str


@dataclass(frozen=True, slots=True, kw_only=True)
class MessageReceived:
    """Something the desk sent to the owner."""

    message_id: str
    type: str


Entry = (
    ConsentGiven | ConsentWithdrawn | MessageCommitted | MessageAcknowledged | MessageReceived
)

KINDS: Mapping[str, type[Entry]] = {
    "consent_given": ConsentGiven,
    "consent_withdrawn": ConsentWithdrawn,
    "message_committed": MessageCommitted,
    "message_acknowledged": MessageAcknowledged,
    "message_received": MessageReceived,
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Damaged:
    """A line that is not what was written, or does not follow the line before it."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Row:
    """One line of the book."""

    sequence: int
    at: str
    entry: Entry | Damaged
    hash: str


def append(
    db: sqlite3.Connection, entry: Entry, at: datetime, signer: Ed25519PrivateKey
) -> Row:
    """Write ``entry`` after the last one, inside the caller's transaction."""
    sequence, previous = _last(db)
    kind = next(name for name, cls in KINDS.items() if type(entry) is cls)
    stamp = at.isoformat()
    body = encode(entry)
    digest = _digest(sequence + 1, stamp.encode(), kind.encode(), body, previous.encode())
    db.execute(
        "INSERT INTO ledger VALUES (?, ?, ?, ?, ?, ?, ?)",
        (sequence + 1, stamp, kind, body, previous, digest.hex(), signer.sign(digest)),
    )
    return Row(sequence=sequence + 1, at=stamp, entry=entry, hash=digest.hex())


def head(db: sqlite3.Connection) -> str:
    """Return the hash of the last entry."""
    return _last(db)[1]


def rows(db: sqlite3.Connection) -> Iterator[Row]:
    """Yield every entry, oldest first."""
    for line in _lines(db):
        yield Row(
            sequence=line.sequence,
            at=_text(line.at),
            entry=_entry(line) if line.whole else Damaged(),
            hash=_text(line.hash),
        )


def records(db: sqlite3.Connection) -> dict[Purpose, ConsentRecord]:
    """Return the consent that stands: the last word of the book on each purpose.

    A damaged line may have been a withdrawal of anything: nothing before it stands.
    """
    standing: dict[Purpose, ConsentRecord] = {}
    for row in rows(db):
        match row.entry:
            case ConsentGiven() as given:
                standing[given.purpose] = ConsentRecord(
                    record_id=given.record_id,
                    record_hash=row.hash,
                    purpose=given.purpose,
                    notice_id=given.notice_id,
                    switch_fingerprint=given.switch_fingerprint,
                    given_at=given.given_at,
                    valid_until=given.valid_until,
                )
            case ConsentWithdrawn() as withdrawn:
                standing.pop(withdrawn.purpose, None)
            case Damaged():
                standing.clear()
    return standing


def entry_of(change: Given | Withdrawn, record_id: str, destroyed: tuple[str, ...]) -> Entry:
    """Return the entry that records a change of consent."""
    if isinstance(change, Withdrawn):
        return ConsentWithdrawn(
            purpose=change.purpose, withdrawn_at=change.withdrawn_at, destroyed=destroyed
        )
    return ConsentGiven(
        record_id=record_id,
        purpose=change.purpose,
        notice_id=change.notice.id,
        notice_sha256=change.notice.sha256,
        language=change.notice.language,
        switch_fingerprint=change.switch_fingerprint,
        given_at=change.given_at,
        valid_until=change.valid_until,
    )


def first_broken(db: sqlite3.Connection, public: Ed25519PublicKey) -> int | None:
    """Return the sequence number of the first entry that was tampered with, or ``None``.

    A removed last entry cannot be seen from here; the desk's anchor shows it.
    """
    for expected, line in enumerate(_lines(db), start=1):
        try:
            public.verify(line.signature, line.digest)
        except InvalidSignature:
            return expected
        if not line.whole:
            return expected
    return None


@dataclass(frozen=True, slots=True, kw_only=True)
class _Line:
    """The bytes of one row, and whether they fit together."""

    sequence: int
    at: bytes
    kind: bytes
    body: bytes
    hash: bytes
    signature: bytes
    digest: bytes
    """What ``hash`` should say."""
    whole: bool


def _lines(db: sqlite3.Connection) -> Iterator[_Line]:
    previous = GENESIS.encode()
    # As bytes: a damaged text need not be UTF-8, and must be found all the same.
    for sequence, at, kind, body, before, stored, signature in db.execute(
        "SELECT sequence, CAST(at AS BLOB), CAST(kind AS BLOB), CAST(body AS BLOB),"
        " CAST(previous_hash AS BLOB), CAST(hash AS BLOB), CAST(signature AS BLOB)"
        " FROM ledger ORDER BY sequence"
    ):
        digest = _digest(sequence, at, kind, body, before)
        yield _Line(
            sequence=sequence,
            at=at,
            kind=kind,
            body=body,
            hash=stored,
            signature=signature,
            digest=digest,
            whole=before == previous and stored == digest.hex().encode(),
        )
        previous = stored


def _entry(line: _Line) -> Entry | Damaged:
    try:
        return decode(KINDS[_text(line.kind)], line.body)
    except (KeyError, SchemaError):
        return Damaged()


def _text(data: bytes) -> str:
    return data.decode("utf-8", "replace")


def _last(db: sqlite3.Connection) -> tuple[int, str]:
    row = db.execute(
        "SELECT sequence, CAST(hash AS BLOB) FROM ledger ORDER BY sequence DESC LIMIT 1"
    ).fetchone()
    return (row[0], _text(row[1])) if row else (0, GENESIS)


def _digest(sequence: int, at: bytes, kind: bytes, body: bytes, previous: bytes) -> bytes:
    parts = (str(sequence).encode(), at, kind, previous, body)
    # Each part with its length: no two different entries may be the same bytes.
    framed = b"".join(len(part).to_bytes(4, "big") + part for part in parts)
    return hashlib.sha256(_DOMAIN + framed).digest()
