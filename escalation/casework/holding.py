"""Decides whether a person has a case at this moment, and until when they may.

Every act of staff begins here: what the clock has decided is applied first, and a writer whose
claim is not the one that runs is refused.
"""

from datetime import datetime

from escalation.cases import (
    HELD_AT_MOST,
    LEASE,
    ConsentEnded,
    Event,
    LeaseLost,
    SomeoneElseFirst,
    State,
)
from escalation.casework.deskwork import settle
from escalation.keeping.locks import lock_homes
from escalation.models import Case, Staff


def settle_first(case: Case, now: datetime) -> None:
    """Apply what the clock has decided; raise ``ConsentEnded`` if that was the consent."""
    settle(case, now)
    if case.closed_by_event == Event.CONSENT_END:
        raise ConsentEnded


def lock_home(device_id: str) -> None:
    """Let nobody else move anything of this home until the transaction ends.

    Before anything of it is moved: ``locks`` says why.
    """
    lock_homes([device_id])


def require_hold(case: Case, staff: Staff, fence: int, now: datetime) -> None:
    """Refuse a writer whose claim is not the one that runs now."""
    if case.decided_by_id is not None and case.decided_by_id != staff.pk:
        raise SomeoneElseFirst
    if case.state == State.CLOSED:
        raise SomeoneElseFirst
    if not case.held_at(now) or case.holder_id != staff.pk or case.fence != fence:
        raise LeaseLost


def lease(case: Case, now: datetime, *, since: datetime) -> datetime:
    """Return until when a claim that began at ``since`` may run, seen from ``now``.

    The skill may end it sooner: ``moves`` sees to that.
    """
    ends = [now + LEASE, case.consent_until]
    if case.emergency_at is None:
        ends.append(since + HELD_AT_MOST)
    return min(ends)
