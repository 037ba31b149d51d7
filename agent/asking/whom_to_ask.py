"""Tells the desk whom the owner names now, and their quiet hours, while it has their alert.

Somebody named, or named in another's place, after an alert has left, or other quiet hours: the
alert is written anew, under its own id, with that in it, and takes the place of the one that is
kept. Everything else in it stays as it was said. What the owner takes back goes the same way
(``take_back``).

Looks at file, consent and copy and at nothing else, so that a power cut loses no change.
"""

import sqlite3

from agent.asking.concerns import SENT, Concern
from agent.consents.consent_file import ConsentFile, Purpose
from agent.delivery import outbox, sent_copies
from agent.delivery.letterbox import Parcel
from agent.office import Office
from wire.messages import Alert
from wire.stamps import Stamp


class WhomToAsk:
    """Whom the desk may ask about the concern that it knows of."""

    def __init__(self, office: Office) -> None:
        self._office = office

    def attend(self, concern: Concern | None, now: Stamp) -> None:
        """Write the alert anew, if something else is true now, and may be told."""
        if concern is None or concern.state not in SENT:
            return
        parcel = self._written_anew(self._office.store.reading(), concern.concern_id, now)
        if parcel is None:
            return
        with self._office.store.transaction() as db:
            # Gone meanwhile: its case is closed, and nobody is to be asked about it.
            if outbox.take_out(db, [parcel.message_id]):
                self._office.mailroom.commit(db, parcel, now.utc)

    def _written_anew(self, db: sqlite3.Connection, alert_id: str, now: Stamp) -> Parcel | None:
        file, ask = self._office.consent.file, self._office.consent.ask
        care = ask(Purpose.CARE_ALERT, now)
        named = ask(Purpose.CONTACT_TRUSTED_PERSON, now).granted
        reached = ask(Purpose.CONTACT_ME, now).granted
        if not (care.granted and (named or reached) and isinstance(file, ConsentFile)):
            return None
        sent = sent_copies.message(db, alert_id)
        if not isinstance(sent, Alert):
            return None
        other_person = named and sent.owner.trusted_person != file.trusted_person
        quiet = self._office.letters.quiet_hours(file)
        other_hours = reached and sent.owner.contact is not None and sent.owner.quiet != quiet
        if not (other_person or other_hours):
            return None
        return self._office.letters.alert_anew(db, sent, alert_id, care, now)
