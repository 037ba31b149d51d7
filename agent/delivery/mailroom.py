"""Everything that leaves the house and comes back, at a cadence that tells nothing.

One envelope a slot, all of one size: a committed message if one waits, else a batch of
health records, else a heartbeat. ``letterbox`` seals and keeps what is committed; it is
published again, ever more rarely (``slots``), until the desk's signed acknowledgement names
it; what comes back is read by ``inbox``. Before every send the gate is asked again. A call
for help alone waits for no slot.

With nothing granted, and nothing on its way that needs no consent, there is no connection
at all. After a withdrawal the connection is thrown away with whatever it still held.
"""

import secrets
import sqlite3
from collections.abc import Callable
from datetime import datetime
from typing import TYPE_CHECKING

from agent import ledger
from agent.consent import Answer
from agent.consents.consent_file import Purpose
from agent.delivery import letterbox, outbox, telemetry
from agent.delivery.broker_events import (
    Arrived,
    Connected,
    Disconnected,
    News,
    PublisherEvent,
    Taken,
)
from agent.delivery.desk_seal import DeskSeal
from agent.delivery.inbox import Inbox
from agent.delivery.letterbox import Parcel
from agent.delivery.slots import Slots
from agent.errors import StoreError
from agent.identity.desk_pin import PinnedDesk
from agent.identity.introduction import Introduction
from agent.journal import (
    CertificateRenewed,
    Journal,
    LinkChanged,
    MessagePublished,
    Trouble,
)
from agent.store import Store
from wire.keys import DeviceKeys
from wire.messages import Ack, Heartbeat
from wire.sealing import Opened
from wire.stamps import Stamp

if TYPE_CHECKING:
    # It brings an MQTT client with it, which a device that sends nothing never needs.
    from agent.delivery.publisher import Publisher

AT_ONCE = frozenset({"help"})
"""Types that wait for no slot: the owner has asked for a person."""


Gate = Callable[[Purpose], Answer]


class Mailroom:
    """Outbox, publisher and desk keys of one device."""

    def __init__(
        self,
        store: Store,
        *,
        keys: DeviceKeys,
        desk: PinnedDesk | None,
        connect: Callable[[], "Publisher"],
        slot_s: float,
        journal: Journal,
        introduction: Introduction | None = None,
    ) -> None:
        """``connect`` opens a publisher; ``desk`` is ``None`` on a device not enrolled.

        ``introduction`` is how such a device can get to know one.
        """
        self._store = store
        self._connect = connect
        self._journal = journal
        self._introduction = introduction
        self._slots = Slots(slot_s)
        self._seal = DeskSeal(keys=keys, desk=desk, epoch=store.epoch) if desk else None
        self._inbox = Inbox(store, self._seal, journal) if self._seal else None
        self._publisher: Publisher | None = None
        self._linked: bool | None = None
        """Whether the broker could be reached when it was last told; ``None`` before."""
        self._types: dict[str, str] = {}
        """Of what was handed over on this connection and is not signed for."""
        self._put_off: list[PublisherEvent] = []
        """What the disk refused to keep: the broker brings it again only on reconnecting."""
        self.reconnects = 0
        """How often the broker has let this device in since it started."""

    @property
    def enrolled(self) -> bool:
        """Whether this device knows a desk to write to."""
        return self._seal is not None

    @property
    def settled(self) -> bool:
        """Whether nothing is on its way: nothing handed over is unanswered, nothing unread."""
        if self._publisher is None:
            return True
        unread = self._publisher.unread or self._put_off
        return self._publisher.idle and not unread and not self._slots.anything_tried

    @property
    def unanswered(self) -> bool:
        """Whether a committed message still waits for the desk's signature."""
        return bool(outbox.headers(self._store.reading()))

    def commit(self, db: sqlite3.Connection, parcel: Parcel, at: datetime) -> None:
        """Seal, keep and enter into the ledger, in the caller's transaction."""
        letterbox.commit(db, self._enrolled_seal(), parcel, at)

    def commit_telemetry(
        self, db: sqlite3.Connection, parcel: Parcel, records: int, at: datetime
    ) -> int:
        """Keep a batch of ``records`` that may be lost, in the caller's transaction.

        Returns how many older records made room for it.
        """
        return letterbox.commit_telemetry(db, self._enrolled_seal(), parcel, records, at)

    def discard_connection(self) -> None:
        """Throw the connection away, with whatever its client still held.

        What is committed stays committed.
        """
        if self._publisher is not None:
            self._publisher.close()
            self._publisher = None
        self._slots.clear()
        self._types.clear()
        self._put_off.clear()

    def step(self, now: Stamp, gate: Gate) -> list[Opened]:
        """Send what is due and return what came back, committed and not seen before.

        Raises ``StoreError`` when something came back that the disk refuses to keep, and
        ``Introduced`` when this device has just got its desk.
        """
        if self._seal is None:
            if self._introduction is not None and _granted(gate):
                self._introduction.attend(now)
            return []
        self._follow_wish(gate)
        if self._publisher is None:
            return []
        arrived = self._read(self._publisher, now)
        if self._publisher.idle:
            self._send(self._publisher, now, gate)
        return arrived

    def _read(self, publisher: "Publisher", now: Stamp) -> list[Opened]:
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
        if _granted(gate) or outbox.free_to_go(self._store.reading()):
            if self._publisher is None:
                self._publisher = self._connect()
        else:
            self.discard_connection()

    def _send(self, publisher: "Publisher", now: Stamp, gate: Gate) -> None:
        now_s = now.monotonic_s
        free = self._slots.is_free(now_s)
        message = self._next_due(now_s, gate, slot=free)
        if message is None:
            if free and _granted(gate) and self._send_less(publisher, now, gate):
                self._slots.fill(now_s)
            return
        self._types[message.message_id] = message.type
        envelope = outbox.envelope(self._store.reading(), message.sequence)
        if publisher.publish(envelope, message.message_id):
            self._slots.sent(message.message_id, now_s)
            self._slots.fill(now_s)

    def _send_less(self, publisher: "Publisher", now: Stamp, gate: Gate) -> bool:
        """Send a batch of health records, or a heartbeat."""
        db = self._store.reading()
        batch = telemetry.oldest(db) if gate(telemetry.PURPOSE).granted else None
        if batch is not None:
            self._types[batch.message_id] = "health"
            return publisher.publish(batch.envelope, batch.message_id)
        assert self._seal is not None
        assert self._inbox is not None
        beat = Heartbeat(
            sent_at=now.utc,
            ledger_head=ledger.head(db),
            received=tuple(self._inbox.recent),
        )
        sequence = outbox.highest_sequence(db)
        return publisher.publish(self._seal.seal(beat, secrets.token_hex(16), sequence), "")

    def _next_due(self, now_s: float, gate: Gate, *, slot: bool) -> outbox.Header | None:
        """Return what is to be sent now: anything in a free ``slot``, else help alone."""
        # Asked at detection and at commit, and now again: this is the last door.
        allowed = {
            message.sequence: message
            for message in outbox.headers(self._store.reading())
            if message.purpose is None or gate(message.purpose).granted
            if slot or self._goes_at_once(message)
        }
        waiting = ((number, message.message_id) for number, message in allowed.items())
        sequence = self._slots.next_due(waiting, now_s)
        return None if sequence is None else allowed[sequence]

    def _goes_at_once(self, message: outbox.Header) -> bool:
        return message.type in AT_ONCE and self._slots.is_new(message.message_id)

    def _take(self, event: PublisherEvent, now: Stamp) -> Opened | None:
        match event:
            case Connected():
                self.reconnects += 1
                self._tell_link(True, "", now)
            case Disconnected(reason=reason):
                self._tell_link(False, reason, now)
            case Taken(token=token, refused=None):
                self._taken(token, now)
            case Taken(refused=reason):
                text = (
                    f"the broker refuses what this device sends ({reason}): "
                    "check its access rules for this device's own topics"
                )
                self._journal(Trouble(at=now.utc, text=text))
            case News(text=text, is_trouble=True):
                self._journal(Trouble(at=now.utc, text=text))
            case News(text=text):
                self._journal(CertificateRenewed(at=now.utc, text=text))
            case Arrived():
                return self._open(event, now)
        return None

    def _open(self, arrived: Arrived, now: Stamp) -> Opened | None:
        assert self._inbox is not None
        opened = self._inbox.take(arrived, now)
        if opened is not None and isinstance(opened.message, Ack):
            self._slots.forget(opened.message.message_id)
            self._types.pop(opened.message.message_id, None)
        return opened

    def _taken(self, token: str, now: Stamp) -> None:
        # What the desk has signed for in the meantime is no news any more.
        if (kind := self._types.get(token)) is None:
            return
        if kind == "health":
            # A batch may be lost at the broker; more than its answer is not waited for.
            with self._store.transaction() as db:
                telemetry.remove(db, token)
            del self._types[token]
            return
        self._journal(MessagePublished(at=now.utc, message_id=token, type=kind))

    def _tell_link(self, connected: bool, reason: str, now: Stamp) -> None:
        # Weeks without a broker are normal life: said once, and not at every try.
        if connected is not self._linked:
            self._journal(LinkChanged(at=now.utc, connected=connected, reason=reason))
        self._linked = connected

    def _enrolled_seal(self) -> DeskSeal:
        if self._seal is None:
            raise StoreError("this device is not enrolled: run `demitasse enroll` first")
        return self._seal


def _granted(gate: Gate) -> bool:
    """Tell whether the owner allows anything at all to be sent."""
    leaving = (Purpose.CARE_ALERT, Purpose.DEVICE_HEALTH, Purpose.NUDGE_ME)
    return any(gate(purpose).granted for purpose in leaving)
