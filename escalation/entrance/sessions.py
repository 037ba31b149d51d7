"""Ends the sessions of one person: those that are in, and those that wait for a code.

A session does not say whose it is until it is opened. There are as many as people who were
there today, and this happens when somebody is worried: all of them are looked at.
"""

from django.contrib.auth import SESSION_KEY
from django.contrib.sessions.models import Session

from escalation.models import Staff

WAITING_FOR_CODE = "waiting_for_code"
"""In a session whose password was right, with ``staff``: nobody is in yet."""


def end(staff: Staff, *, keep: str | None = None) -> int:
    """End every session of ``staff`` but ``keep``; return how many there were."""
    theirs = [
        session.session_key
        for session in Session.objects.exclude(session_key=keep or "").iterator()
        if _is_of(staff, session)
    ]
    Session.objects.filter(session_key__in=theirs).delete()
    return len(theirs)


def _is_of(staff: Staff, session: Session) -> bool:
    said = session.get_decoded()
    waiting = said.get(WAITING_FOR_CODE)
    inside = said.get(SESSION_KEY) == str(staff.pk)
    return inside or (isinstance(waiting, dict) and waiting.get("staff") == staff.pk)
