"""Everything that leaves the house and comes back, at a cadence that tells nothing.

One envelope a slot, all of one size: a committed message if one waits, else a heartbeat.
What is committed is published again, ever more rarely, until the desk's signed
acknowledgement names it. Before every send the gate is asked again.

With nothing granted, and no withdrawal on its way, there is no connection at all. After a
withdrawal the connection is thrown away with whatever it still held.
"""

import hashlib
import random
import secrets
import sqlite3
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime

from agent import ledger, memory, outbox
from agent.consent import Answer
from agent.consent_file import Purpose
from agent.errors import StoreError
from agent.journal import (
    Journal,
    LinkChanged,
    MessageAcknowledged,
    MessagePublished,
    Trouble,
)
from agent.publisher import (
    Arrived,
    Connected,
    Disconnected,
    Publisher,
    PublisherEvent,
    Taken,
)
from agent.store import Store
from wire.keys import DeviceKeys, PublicKeys
from wire.messages import (
    Access,
    Ack,
    Decision,
    Direction,
    Heartbeat,
    Message,
    type_name,
)
from wire.sealing import Opened, SealError, open_sealed, seal
from wire.stamps import Stamp

RETRY_SLOTS_MAX = 48
"""At five minutes a slot, an unanswered message is sent again at least every four hours."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Parcel:
    """A message to commit: what it is, under which purpose and about which concern."""

    message: Message
    message_id: str
    purpose: Purpose | None
    record_id: str | None
    concern_id: str | None


@dataclass(slots=True)
class _Attempts:
    count: int = 0
    not_before_s: float = 0.0


Gate = Callable[[Purpose], Answer]


class Mailroom:
    """Outbox, publisher and desk keys of one device."""

    def __init__(
        self,
        store: Store,
        *,
        keys: DeviceKeys,
        desk: PublicKeys | None,
        connect: Callable[[], Publisher],
        slot_s: float,
        journal: Journal,
    ) -> None:
        """``connect`` opens a publisher; ``desk`` is ``None`` on a device not enrolled."""
        self._store = store
        self._keys = keys
        self._device = keys.device_id
        self._desk = desk
        self._connect = connect
        self._slot_s = slot_s
        self._journal = journal
        self._publisher: Publisher | None = None
        self._filled_slot = -1
        self._attempts: dict[str, _Attempts] = {}
        self._types: dict[str, str] = {}
        self._put_off: list[PublisherEvent] = []
        """What the disk refused to keep: the broker brings it again only on reconnecting."""

    @property
    def enrolled(self) -> bool:
        """Whether this device knows a desk to write to."""
        return self._desk is not None

    @property
    def settled(self) -> bool:
        """Whether nothing is on its way: nothing handed over is unanswered, nothing unread."""
        if self._publisher is None:
            return True
        unread = self._publisher.unread or self._put_off
        sent = any(attempts.count for attempts in self._attempts.values())
        return self._publisher.idle and not unread and not sent

    @property
    def unanswered(self) -> bool:
        """Whether a committed message still waits for the desk's signature."""
        return bool(outbox.waiting(self._store.reading()))

    def commit(self, db: sqlite3.Connection, parcel: Parcel, at: datetime) -> None:
        """Seal, keep and enter into the ledger, in the caller's transaction."""
        if self._desk is None:
            raise StoreError("this device is not enrolled: run `demitasse enroll` first")
        sequence = outbox.highest_sequence(db) + 1
        envelope = self._seal(parcel.message, parcel.message_id, sequence)
        sha256 = hashlib.sha256(envelope).hexdigest()
        kind = type_name(parcel.message)
        outbox.add(
            db,
            outbox.Waiting(
                sequence=sequence,
                message_id=parcel.message_id,
                type=kind,
                purpose=parcel.purpose,
                concern_id=parcel.concern_id,
                envelope=envelope,
                envelope_sha256=sha256,
            ),
            at,
        )
        entry = ledger.MessageCommitted(
            message_id=parcel.message_id,
            type=kind,
            purpose=parcel.purpose,
            record_id=parcel.record_id,
            envelope_sha256=sha256,
        )
        ledger.append(db, entry, at, self._keys.signer())

    def discard_connection(self) -> None:
        """Throw the connection away, with whatever its client still held.

        What is committed stays committed.
        """
        if self._publisher is not None:
            self._publisher.close()
            self._publisher = None
        self._attempts.clear()
        self._types.clear()
        self._put_off.clear()

    def step(self, now: Stamp, gate: Gate) -> list[Opened]:
        """Send what is due and return what came back, committed and not seen before.

        Raises ``StoreError`` when something came back that the disk refuses to keep.
        """
        if self._desk is None:
            return []
        self._follow_wish(gate)
        if self._publisher is None:
            return []
        arrived = self._read(self._publisher, now)
        slot = int(now.monotonic_s // self._slot_s)
        if slot > self._filled_slot and self._fill_slot(self._publisher, now, gate):
            self._filled_slot = slot
        return arrived

    def _read(self, publisher: Publisher, now: Stamp) -> list[Opened]:
        arrived: list[Opened] = []
        events = [*self._put_off, *publisher.events()]
        self._put_off = []
        for number, event in enumerate(events):
            try:
                opened = self._take(event, now)
            except StoreError:
                self._put_off = events[number:]
                if not arrived:
                    raise
                break
            arrived += [opened] if opened is not None else []
        return arrived

    def _follow_wish(self, gate: Gate) -> None:
        wanted = _granted(gate) or any(
            message.purpose is None for message in outbox.waiting(self._store.reading())
        )
        if wanted and self._publisher is None:
            self._publisher = self._connect()
        elif not wanted:
            self.discard_connection()

    def _fill_slot(self, publisher: Publisher, now: Stamp, gate: Gate) -> bool:
        if not publisher.idle:
            return False
        message = self._next_due(now, gate)
        if message is None:
            # While only a withdrawal waits for its signature, nothing else is said.
            return _granted(gate) and publisher.publish(self._heartbeat(now), "")
        self._types[message.message_id] = message.type
        if not publisher.publish(message.envelope, message.message_id):
            return False
        attempts = self._attempts[message.message_id]
        attempts.count += 1
        slots = min(2**attempts.count, RETRY_SLOTS_MAX)
        attempts.not_before_s = now.monotonic_s + self._slot_s * random.uniform(1, slots)
        return True

    def _next_due(self, now: Stamp, gate: Gate) -> outbox.Waiting | None:
        """Return what was tried least, and of that the oldest: no repeat delays an alert."""
        due: list[tuple[int, int, outbox.Waiting]] = []
        for message in outbox.waiting(self._store.reading()):
            attempts = self._attempts.setdefault(message.message_id, _Attempts())
            if now.monotonic_s < attempts.not_before_s:
                continue
            # Asked at detection and at commit, and now again: this is the last door.
            if message.purpose is None or gate(message.purpose).granted:
                due.append((attempts.count, message.sequence, message))
        return min(due)[2] if due else None

    def _heartbeat(self, now: Stamp) -> bytes:
        db = self._store.reading()
        beat = Heartbeat(sent_at=now.utc, ledger_head=ledger.head(db))
        return self._seal(beat, secrets.token_hex(16), outbox.highest_sequence(db))

    def _take(self, event: PublisherEvent, now: Stamp) -> Opened | None:
        match event:
            case Connected():
                self._journal(LinkChanged(at=now.utc, connected=True, reason=""))
            case Disconnected(reason=reason):
                self._journal(LinkChanged(at=now.utc, connected=False, reason=reason))
            # What the desk has signed for in the meantime is no news any more.
            case Taken(token=token, refused=None) if token in self._types:
                self._journal(
                    MessagePublished(at=now.utc, message_id=token, type=self._types[token])
                )
            case Taken(refused=str(reason)):
                self._journal(
                    Trouble(
                        at=now.utc,
                        text=f"the broker refuses what this device sends ({reason}): "
                        "check its access rules for this device's own topics",
                    )
                )
            case Arrived():
                return self._open(event, now)
        return None

    def _open(self, arrived: Arrived, now: Stamp) -> Opened | None:
        assert self._desk is not None
        try:
            opened = open_sealed(
                arrived.envelope,
                direction=Direction.DOWN,
                device=self._device,
                recipient=self._keys,
                sender=self._desk,
            )
        except SealError as error:
            self._journal(Trouble(at=now.utc, text=f"an envelope was refused: {error}"))
            arrived.done()
            return None
        fresh = self._keep(opened, now)
        arrived.done()
        if fresh and isinstance(opened.message, Ack):
            self._signed_for(opened.message, now)
        return opened if fresh else None

    def _keep(self, opened: Opened, now: Stamp) -> bool:
        with self._store.transaction() as db:
            match opened.message:
                case Ack() as ack:
                    return self._acknowledge(db, ack, now)
                case Decision() | Access() as message:
                    message_id = opened.header.message_id
                    fresh = memory.remember_received(db, message_id, message, now.utc)
                    if fresh:
                        entry = ledger.MessageReceived(
                            message_id=message_id, type=opened.header.type
                        )
                        ledger.append(db, entry, now.utc, self._keys.signer())
                    return fresh
        return False

    def _acknowledge(self, db: sqlite3.Connection, ack: Ack, now: Stamp) -> bool:
        if ack.epoch != self._store.epoch:
            return False
        concern_id = outbox.acknowledge(
            db, ack.message_id, ack.envelope_sha256, ack.outcome, now.utc
        )
        if concern_id is None:
            return False
        entry = ledger.MessageAcknowledged(
            message_id=ack.message_id, outcome=ack.outcome, anchored_head=ack.ledger_head
        )
        ledger.append(db, entry, now.utc, self._keys.signer())
        return True

    def _signed_for(self, ack: Ack, now: Stamp) -> None:
        self._attempts.pop(ack.message_id, None)
        kind = self._types.pop(ack.message_id, "message")
        self._journal(
            MessageAcknowledged(
                at=now.utc, message_id=ack.message_id, type=kind, outcome=ack.outcome
            )
        )

    def _seal(self, message: Message, message_id: str, sequence: int) -> bytes:
        assert self._desk is not None
        return seal(
            message,
            direction=Direction.UP,
            device=self._device,
            message_id=message_id,
            epoch=self._store.epoch,
            sequence=sequence,
            sender=self._keys,
            recipient=self._desk,
        )


def _granted(gate: Gate) -> bool:
    """Tell whether the owner allows anything at all to be sent."""
    return any(gate(p).granted for p in (Purpose.CARE_ALERT, Purpose.DEVICE_HEALTH))
