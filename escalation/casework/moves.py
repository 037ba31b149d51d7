"""How a case moves in the database: by the table of ``cases``, exactly once, written down.

Every move is compare-and-set: the row changes only while state and fence are still what
was read, and zero changed rows means that somebody else got there first. The audit row and
the message to the owner belong to the same transaction, which the caller holds.
"""

from datetime import datetime
from typing import Any

from escalation.broker import outgoing
from escalation.cases import Event, Matter, Role, SomeoneElseFirst, State, move
from escalation.keeping.audit import link
from escalation.models import Case, CaseEvent, OutgoingMessage, Staff
from escalation.team import skills
from wire.messages import Access, Decision, Note

DESK_ROLE = frozenset({Role.DESK})

TAKES_SKILL = frozenset({Event.CLAIM, Event.DECIDE})
"""What nobody does without a valid skill, whatever page they came from."""


def close(case: Case, event: Event, now: datetime) -> None:
    """Close the case for the reason that ``event`` names, and let the device forget it."""
    apply(case, event, now=now, lease_until=None, closed_at=now, closed_by_event=event)
    outgoing.queue_closed(case, now)


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
    if actor is not None and event in TAKES_SKILL:
        skills.require(actor, Matter(case.matter), now)
    unchanged = Case.objects.filter(pk=case.pk, state=before, fence=case.fence)
    if not unchanged.update(state=after, **changes):
        raise SomeoneElseFirst
    # The row is ours until the transaction ends, and so is the last link of its audit.
    case.refresh_from_db()
    _append(case, event, now=now, from_state=before, actor=actor, told_owner=told_owner)


def write_down(
    case: Case,
    event: Event,
    *,
    now: datetime,
    from_state: str,
    actor: Staff | None = None,
    told_owner: OutgoingMessage | None = None,
) -> None:
    """Append a line to the case's audit, bound to the line before it.

    Must run in a transaction: the case is locked, so that two lines never follow the same one.
    """
    locked = Case.objects.select_for_update().filter(pk=case.pk)
    case.audit_head = locked.values_list("audit_head", flat=True).get()
    _append(case, event, now=now, from_state=from_state, actor=actor, told_owner=told_owner)


def _append(
    case: Case,
    event: Event,
    *,
    now: datetime,
    from_state: str,
    actor: Staff | None,
    told_owner: OutgoingMessage | None,
) -> None:
    event_row = CaseEvent(
        case=case,
        at=now,
        event=event,
        actor=actor,
        told_owner=told_owner,
        from_state=from_state,
        to_state=case.state,
        fence=case.fence,
    )
    event_row.link = link(case.audit_head, event_row.line().facts())
    event_row.save()
    case.audit_head = event_row.link
    Case.objects.filter(pk=case.pk).update(audit_head=event_row.link)


def tell_owner(case: Case, message: Access | Decision | Note, now: datetime) -> OutgoingMessage:
    """Seal what the owner is to know, and keep it until it is published."""
    return outgoing.queue(message, device=case.device, about=case.alert_id, case=case, now=now)
