"""How a case moves in the database: by the table of ``cases``, exactly once, written down.

Every move is compare-and-set: the row changes only while state and fence are still what
was read, and zero changed rows means that somebody else got there first. The audit row and
the message to the owner belong to the same transaction, which the caller holds.
"""

from datetime import datetime
from typing import Any

from escalation import outgoing
from escalation.cases import Event, Matter, Role, SomeoneElseFirst, State, move
from escalation.desk_keys import DeskIdentity
from escalation.models import Case, CaseEvent, OutgoingMessage, Staff
from wire.messages import Access, Decision

DESK_ROLE = frozenset({Role.DESK})


def close(case: Case, event: Event, now: datetime) -> None:
    """Close the case for the reason that ``event`` names."""
    apply(case, event, now=now, lease_until=None, closed_at=now, closed_by_event=event)


def apply(
    case: Case,
    event: Event,
    *,
    now: datetime,
    actor: Staff | None = None,
    told_owner: OutgoingMessage | None = None,
    **changes: Any,
) -> None:
    """Move the case by the table, or raise; then write it down. ``case`` is refreshed."""
    before = State(case.state)
    roles = DESK_ROLE if actor is None else actor.roles
    after = move(Matter(case.matter), before, event, roles)
    unchanged = Case.objects.filter(pk=case.pk, state=before, fence=case.fence)
    if not unchanged.update(state=after, **changes):
        raise SomeoneElseFirst
    case.refresh_from_db()
    write_down(case, event, now=now, from_state=before, actor=actor, told_owner=told_owner)


def write_down(
    case: Case,
    event: Event,
    *,
    now: datetime,
    from_state: str,
    actor: Staff | None = None,
    told_owner: OutgoingMessage | None = None,
) -> None:
    """Append a line to the case's audit."""
    CaseEvent.objects.create(
        case=case,
        at=now,
        event=event,
        actor=actor,
        told_owner=told_owner,
        from_state=from_state,
        to_state=case.state,
        fence=case.fence,
    )


def tell_owner(
    case: Case, message: Access | Decision, desk: DeskIdentity, now: datetime
) -> OutgoingMessage:
    """Seal what the owner is to know, and keep it until it is published."""
    return outgoing.queue(
        message, device=case.device, about=case.alert_id, case=case, desk=desk, now=now
    )
