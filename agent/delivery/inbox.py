"""What came back: opened, committed, and only then confirmed to the broker.

An acknowledgement counts if the desk has signed it, for this very envelope, in the desk's
present epoch. The first signature of a new epoch tells that the desk was restored from a
backup and may have forgotten: then everything kept that is not closed waits to be sent
again. An epoch that was followed by another is believed no more, so an old signature that
a broker brings late can neither start that again nor stand for what the desk has lost.
"""

import sqlite3
from collections import deque
from datetime import datetime

from agent import ledger, memory
from agent.delivery import outbox
from agent.delivery.broker_events import Arrived
from agent.delivery.desk_seal import DeskSeal
from agent.errors import StoreError
from agent.identity.desk_pin import NotFollowed, followed
from agent.journal import Journal, MessageAcknowledged, Trouble
from agent.store import Store
from wire.enrolment import NextDeskKeys
from wire.messages import Access, Ack, Decision, Erased, GivenBack, Note
from wire.options import ConfigError
from wire.schema import JSON
from wire.sealing import Opened, SealError
from wire.stamps import Stamp

_EPOCHS = "desk_epochs"
RECENT_NAMED = 16
"""So many ids fit a heartbeat's slot several times over."""
_EPOCHS_KEPT = 64
"""A desk is restored a few times in its life."""


class Inbox:
    """Reads for one device what its desk sends."""

    def __init__(self, store: Store, seal: DeskSeal, journal: Journal) -> None:
        """Read into ``store``; tell ``journal`` what was refused or signed for."""
        self._store = store
        self._seal = seal
        self._journal = journal
        self.recent: deque[str] = deque(maxlen=RECENT_NAMED)
        """What was committed lately, by its ids; a heartbeat names them to the desk."""

    def take(self, arrived: Arrived, now: Stamp) -> Opened | None:
        """Return what has arrived, committed, or ``None`` when it is no news.

        Raises ``StoreError`` when the disk refuses; then the broker is told nothing.
        """
        try:
            opened = self._seal.open(arrived.envelope, now.utc)
        except SealError as error:
            self._journal(Trouble(at=now.utc, text=f"an envelope was refused: {error}"))
            arrived.done()
            return None
        fresh = self._keep(opened, now.utc)
        if not isinstance(opened.message, Ack):
            # A repeat is named again: the desk may not have heard it the first time.
            self.recent.append(opened.header.message_id)
        arrived.done()
        if fresh and isinstance(opened.message, Ack):
            self._tell(opened.message, now)
        return opened if fresh else None

    def _keep(self, opened: Opened, at: datetime) -> bool:
        match opened.message:
            case Ack() as ack:
                return self._sign_off(ack, at)
            case NextDeskKeys() as document:
                return self._follow(opened, document, at)
            case Decision() | Access() | Note() | Erased() | GivenBack() as message:
                with self._store.transaction() as db:
                    return self._remember(db, opened, message, at)
        return False

    def _remember(
        self,
        db: sqlite3.Connection,
        opened: Opened,
        message: Decision | Access | Note | Erased | GivenBack,
        at: datetime,
    ) -> bool:
        message_id = opened.header.message_id
        fresh = memory.remember_received(db, message_id, message, at)
        if fresh:
            entry = ledger.MessageReceived(message_id=message_id, type=opened.header.type)
            ledger.append(db, entry, at, self._seal.signer())
        return fresh

    def _follow(self, opened: Opened, document: NextDeskKeys, at: datetime) -> bool:
        """Pin the desk's next keys, if the desk that is pinned has signed for them."""
        desk = self._seal.desk
        try:
            if followed(desk.pin, document, at) == desk.pin:
                return False
            # The ledger first: power lost in between makes a second line, never none.
            with self._store.transaction() as db:
                header = opened.header
                entry = ledger.MessageReceived(message_id=header.message_id, type=header.type)
                ledger.append(db, entry, at, self._seal.signer())
            return desk.follow(document, at)
        except NotFollowed as error:
            self._journal(Trouble(at=at, text=f"new keys of the desk were refused: {error}"))
        except ConfigError as error:
            raise StoreError(str(error)) from None
        return False

    def _sign_off(self, ack: Ack, at: datetime) -> bool:
        if ack.epoch != self._seal.epoch:
            return False
        with self._store.transaction() as db:
            kept = memory.meta(db, _EPOCHS)
            epochs = kept if isinstance(kept, list) else []
            if ack.desk_epoch in epochs[:-1]:
                return False
            if epochs and ack.desk_epoch not in epochs:
                outbox.wait_again(db)
                _keep_epochs(db, [*epochs, ack.desk_epoch])
            if not outbox.acknowledge(db, ack.message_id, ack.envelope_sha256, ack.outcome, at):
                return False
            if not epochs:
                _keep_epochs(db, [ack.desk_epoch])
            entry = ledger.MessageAcknowledged(
                message_id=ack.message_id, outcome=ack.outcome, anchored_head=ack.ledger_head
            )
            ledger.append(db, entry, at, self._seal.signer())
        return True

    def _tell(self, ack: Ack, now: Stamp) -> None:
        kind = outbox.type_of(self._store.reading(), ack.message_id)
        self._journal(
            MessageAcknowledged(
                at=now.utc, message_id=ack.message_id, type=kind, outcome=ack.outcome
            )
        )


def _keep_epochs(db: sqlite3.Connection, epochs: list[JSON]) -> None:
    memory.set_meta(db, _EPOCHS, epochs[-_EPOCHS_KEPT:])
