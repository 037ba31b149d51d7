"""Tells an owner what staff do about their case: in their language, by a note to answer."""

from collections.abc import Callable
from datetime import datetime

from django.utils import translation

from escalation.casework.moves import tell_owner
from escalation.models import Case, OutgoingMessage
from wire.messages import Note, TrustedPerson


def tell(
    case: Case,
    words: Callable[[], str],
    now: datetime,
    *,
    sender: str = "",
    offers: TrustedPerson | None = None,
) -> OutgoingMessage | None:
    """Queue what ``words`` says in the owner's language; nothing for an erased case.

    Must run in the transaction that the note reports on. ``sender`` is a first name, or empty
    when the desk itself speaks; ``offers`` somebody whom the owner could name.
    """
    if case.erased:
        return None
    with translation.override(case.owner_language):
        text = words()
    note = Note(alert_id=case.alert_id, sender=sender, text=text, sent_at=now, offers=offers)
    return tell_owner(case, note, now)
