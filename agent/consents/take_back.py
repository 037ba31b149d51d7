"""What a withdrawal takes with it on this device, in the transaction that records it.

Messages under the purpose are destroyed, sent or not, and so is what cannot stand without
it: a care alert says what was learned, so it falls with ``learn_routine``. A contact only
ever travels inside another message; that message is written anew without it and takes the
place of the first. What of all this has ever left the house is told to the desk.
"""

import sqlite3
from dataclasses import replace

from agent import ledger
from agent.consent import fallen
from agent.consents.consent_file import Purpose
from agent.delivery import outbox, sent_copies
from agent.delivery.letterbox import Parcel
from wire.messages import Alert, Message, ServiceReport

TRAVELS_IN = (Purpose.CARE_ALERT, Purpose.DEVICE_HEALTH)
"""Whose messages carry a contact."""

CONTACTS = {
    Purpose.CONTACT_ME: "contact",
    Purpose.CONTACT_TRUSTED_PERSON: "trusted_person",
}
"""Which field of ``Owner`` each of these fills."""


def reached_the_desk(db: sqlite3.Connection, purpose: Purpose) -> bool:
    """Tell whether anything that rests on ``purpose`` was ever committed to be sent."""
    carriers = TRAVELS_IN if purpose in CONTACTS else fallen(purpose)
    return any(
        isinstance(row.entry, ledger.MessageCommitted)
        and (row.entry.purpose in carriers or row.entry.type == "help")
        for row in ledger.rows(db)
    )


def rewritten(db: sqlite3.Connection, purpose: Purpose) -> list[Parcel]:
    """Take what carries this contact out of the outbox; return it without, to be committed."""
    field = CONTACTS.get(purpose)
    if field is None:
        return []
    telling = [copy for copy in sent_copies.letters(db) if _tells(copy.message, field)]
    gone = outbox.take_out(db, (copy.message_id for copy in telling))
    return [
        _without(copy.message, field, copy.message_id)
        for copy in telling
        if copy.message_id in gone and isinstance(copy.message, Alert | ServiceReport)
    ]


def _tells(message: Message, field: str) -> bool:
    # A call for help is not among them: it was consent for that one call.
    if not isinstance(message, Alert | ServiceReport):
        return False
    return getattr(message.owner, field) is not None


def _without(message: Alert | ServiceReport, field: str, message_id: str) -> Parcel:
    alert = isinstance(message, Alert)
    owner = (
        replace(message.owner, contact=None, quiet=None)
        if field == "contact"
        else replace(message.owner, trusted_person=None)
    )
    return Parcel(
        message=replace(message, owner=owner),
        message_id=message_id,
        purpose=Purpose.CARE_ALERT if alert else Purpose.DEVICE_HEALTH,
        record_id=message.consent.record_id,
        concern_id=message_id if alert else None,
    )
