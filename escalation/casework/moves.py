"""How a case moves in the database: by the table of ``cases``, exactly once, written down.

Every move is compare-and-set: the row changes only while state, fence and the last line of
its audit are still what was read. If only somebody's look came between, it is tried again;
else somebody else got there first. A skill that the move takes is asked for by the same
statement: one that ends a moment before moves nothing.

The audit row and the message to the owner belong to the same transaction. A move that nothing
else belongs to is one by itself; for any other, the caller holds it.
"""

from dataclasses import replace
from datetime import datetime
from typing import Any

from django.db import transaction
from django.db.models import QuerySet

from escalation.broker import outgoing
from escalation.cases import ASKING, Event, Matter, Role, SomeoneElseFirst, State, move
from escalation.keeping import rows
from escalation.keeping.audit import Line, link
from escalation.keeping.queries import Given, PreparedQuery
from escalation.models import (
    Case,
    CaseEvent,
    ContactRequest,
    OutgoingMessage,
    Staff,
    TakeOver,
)
from escalation.team import skills
from wire.messages import Access, Decision, Note

DESK_ROLE = frozenset({Role.DESK})

TAKES_SKILL = frozenset(
    {
        *(Event.CLAIM, Event.DECIDE, Event.TALK, Event.TAKE_OVER),
        *(Event.ASK_PERSON, Event.CONTACT),
    }
)
"""What nobody does without a valid skill, whatever page they came from."""

READ = ("state", "fence", "audit_head")
"""What has to be still as it was read, for a move to happen."""

LOOKS_BETWEEN_MAX = 8
"""How many looks at a case may come between its reading and its writing."""


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
    line = _line(case, event, now, from_state=before, actor=actor, told_owner=told_owner)
    line = replace(line, to_state=after, fence=changes.get("fence", case.fence))
    changes["state"] = after
    for _look_between in range(LOOKS_BETWEEN_MAX):
        running = None
        if actor is not None and event in TAKES_SKILL:
            skill_ends = skills.require(actor, Matter(case.matter), now)
            if skill_ends:
                running = skills.RUNNING.statement(staff=actor.pk, now=now)
                if changes.get("lease_until"):
                    changes["lease_until"] = min(changes["lease_until"], skill_ends)
        changes["audit_head"] = link(case.audit_head, line.facts())
        beside = (CaseEvent, _row(line, changes["audit_head"]))
        if rows.change(case, changes, while_still=READ, while_found=running, beside=beside):
            return _tidy_up(case, before, now)
        # Somebody may only have looked: that moves nothing, and is a line of the audit.
        if not is_as_read(case):
            break
        case.refresh_from_db()
    raise SomeoneElseFirst


def is_as_read(case: Case) -> bool:
    """Return whether nobody has moved the case since it was read."""
    return (case.state, case.fence) in _STANDS.fetch(case=case.pk)


def _tidy_up(case: Case, before: State, now: datetime) -> None:
    """End what is bound to the state that was left, however it was left."""
    if before in ASKING and case.state not in ASKING:
        ContactRequest.objects.filter(case=case, ended_at=None).update(ended_at=now)
    if before is State.TALKING:
        TakeOver.objects.filter(case=case).delete()


@transaction.atomic
def apply_many(
    cases: QuerySet[Case],
    event: Event,
    *,
    now: datetime,
    actor: Staff | None = None,
    at_most: int | None = None,
    **changes: Any,
) -> list[Case]:
    """Move these care cases together, by the table, each with its own line of the audit.

    Their rows are locked and read again, and what somebody else is just moving is left out:
    that is compare-and-set for many. Nobody is told; returns what was moved.
    """
    roles = DESK_ROLE if actor is None else actor.roles
    locked = cases.select_for_update(skip_locked=True).defer("payload").order_by("pk")
    moved, lines = list(locked[:at_most]), []
    for case in moved:
        before = State(case.state)
        case.state = move(Matter(case.matter), before, event, roles)
        for name, value in changes.items():
            setattr(case, name, value)
        line = _line(case, event, now, from_state=before, actor=actor, told_owner=None)
        case.audit_head = link(case.audit_head, line.facts())
        lines.append(_row(line, case.audit_head))
    rows.update(Case, moved, ["state", "audit_head", *(n.removesuffix("_id") for n in changes)])
    rows.insert(CaseEvent, lines)
    return moved


def _row(line: Line, its_link: str) -> dict[str, Any]:
    return {
        "case_id": line.case,
        "at": line.at,
        "event": str(line.event),
        "actor_id": line.actor,
        "told_owner_id": line.told_owner,
        "from_state": str(line.from_state),
        "to_state": str(line.to_state),
        "fence": line.fence,
        "link": its_link,
    }


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
    ((case.audit_head,),) = _HEAD.fetch(case=case.pk)
    line = _line(case, event, now, from_state=from_state, actor=actor, told_owner=told_owner)
    head = link(case.audit_head, line.facts())
    changes, row = {"audit_head": head}, _row(line, head)
    rows.change(case, changes, while_still=(), beside=(CaseEvent, row))


_STANDS = PreparedQuery(
    lambda: Case.objects.filter(pk=Given("case")).values_list("state", "fence"), keeps_plan=True
)
_HEAD = PreparedQuery(
    lambda: Case.objects.select_for_update().filter(pk=Given("case")).values_list("audit_head"),
    keeps_plan=True,
)


def _line(
    case: Case,
    event: Event,
    now: datetime,
    *,
    from_state: str,
    actor: Staff | None,
    told_owner: OutgoingMessage | None,
) -> Line:
    return Line(
        case=case.pk,
        at=now,
        event=event,
        actor=None if actor is None else actor.pk,
        told_owner=None if told_owner is None else told_owner.pk,
        from_state=from_state,
        to_state=case.state,
        fence=case.fence,
    )


def tell_owner(case: Case, message: Access | Decision | Note, now: datetime) -> OutgoingMessage:
    """Seal what the owner is to know, and keep it until it is published."""
    return outgoing.queue(message, device=case.device, about=case.alert_id, case=case, now=now)
