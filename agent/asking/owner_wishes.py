"""Does what the owner asks for: a call, an answer to the desk, a word on how it felt.

A wish for a call always goes at once, whatever the consent file says: it is consent for
that one call. Everything else passes the gate like any message. Wishes come from the
button, and as errands from the command and the page.
"""

import sqlite3
from collections.abc import Iterable

from agent import memory
from agent.asking import errands, welcome
from agent.asking.concerns import OPEN
from agent.asking.errands import Errand, Kind
from agent.consent import Answer, Withdrawn, fallen
from agent.consents.consent_file import Purpose
from agent.consents.take_back import reached_the_desk, rewritten
from agent.delivery import outbox, sent_copies
from agent.delivery.letterbox import Parcel
from agent.journal import Trouble
from agent.office import Office
from wire.stamps import Stamp

PURPOSE_OF = {
    "alert": Purpose.CARE_ALERT,
    "service_report": Purpose.DEVICE_HEALTH,
    "help": None,
}
"""Under which purpose the owner answers about a message of each type."""

ATTENDED = (Kind.WITHDRAW, Kind.HELP, Kind.REPLY, Kind.FELT, Kind.WELCOME)
"""What is done here; the other errands wait for somebody else."""

SETTLED = "budget_settled"
"""In ``memory.meta``: when the owner last decided about an offer of fewer questions."""

NOBODY_TO_CALL = (
    "the owner asks for a call, and this device knows no desk: run `demitasse enroll`; "
    "until then call 112 in an emergency, or somebody you trust"
)


class OwnerWishes:
    """What the owner of one device asks for."""

    def __init__(
        self,
        office: Office,
    ) -> None:
        self._office = office

    def switched_off(self) -> frozenset[Purpose]:
        """Return what page or command switched off since the last look."""
        waiting = errands.waiting(self._office.store.reading(), Kind.WITHDRAW)
        return frozenset(Purpose(errand.about) for errand in waiting)

    def take_back(self, db: sqlite3.Connection, withdrawn: Withdrawn) -> None:
        """Commit, with the withdrawal, what tells the desk to forget what it knows."""
        purpose, at = withdrawn.purpose, withdrawn.withdrawn_at
        waiting = errands.waiting(db, Kind.WITHDRAW)
        errands.done(db, [errand for errand in waiting if errand.about == purpose])
        if not self._office.mailroom.enrolled:
            return
        told = reached_the_desk(db, purpose)
        again = rewritten(db, purpose)
        if told:
            parcel = self._office.letters.withdrawal(db, fallen(purpose), at)
            self._office.mailroom.commit(db, parcel, at)
        for parcel in again:
            self._office.mailroom.commit(db, parcel, at)

    def attend(self, now: Stamp) -> None:
        """Do what was asked for since the last step."""
        db = self._office.store.reading()
        asked = errands.waiting(db, *ATTENDED)
        if not asked:
            return
        if any(errand.kind is Kind.HELP for errand in asked):
            self.call_me(now)
        parcels = [parcel for errand in asked if (parcel := self._letter(errand, now))]
        with self._office.store.transaction() as db:
            self._commit(db, parcels, now)
            for errand in asked:
                if errand.kind is Kind.WELCOME:
                    _keep_welcome(db, errand)
            # What could not be sent is not kept for later: the owner sees that it was not.
            errands.done(db, asked)

    def call_me(self, now: Stamp) -> None:
        """Ask the desk for a call, unless that wish is on its way already."""
        if not self._office.mailroom.enrolled:
            self._office.tell(Trouble(at=now.utc, text=NOBODY_TO_CALL))
            return
        db = self._office.store.reading()
        if any(message.type == "help" for message in outbox.waiting(db)):
            return
        concern = memory.open_concern(db)
        about = (
            concern.concern_id if concern and outbox.outcome(db, concern.concern_id) else None
        )
        with self._office.store.transaction() as writing:
            self._commit(writing, [self._office.letters.help(writing, about, now)], now)

    def _letter(self, errand: Errand, now: Stamp) -> Parcel | None:
        if errand.kind not in (Kind.REPLY, Kind.FELT) or not self._office.mailroom.enrolled:
            return None
        kind = sent_copies.type_of(self._office.store.reading(), errand.about)
        if kind not in PURPOSE_OF:
            return None
        purpose = PURPOSE_OF[kind]
        if errand.kind is Kind.FELT:
            felt = self._granted(purpose or Purpose.CARE_ALERT, now)
            if felt is None:
                return None
            return self._office.letters.felt(errand.about, errand.text, felt, now)
        answer = self._granted(purpose, now)
        if purpose is not None and answer is None:
            return None
        return self._office.letters.reply(errand.about, errand.text, answer, now)

    def _granted(self, purpose: Purpose | None, now: Stamp) -> Answer | None:
        if purpose is None:
            return None
        answer = self._office.consent.ask(purpose, now)
        return answer if answer.granted else None

    def _commit(self, db: sqlite3.Connection, parcels: Iterable[Parcel], now: Stamp) -> None:
        for parcel in parcels:
            self._office.mailroom.commit(db, parcel, now.utc)


def _keep_welcome(db: sqlite3.Connection, errand: Errand) -> None:
    """Keep at home what the owner said about a question, or that they have decided."""
    if not errand.about:
        memory.set_meta(db, SETTLED, errand.at.isoformat())
        return
    concern = memory.concern(db, errand.about)
    word, _, text = errand.text.partition(" ")
    if concern is not None and concern.state not in OPEN:
        memory.save_concern(db, welcome.said(concern, word, text, errand.at))
