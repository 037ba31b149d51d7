"""What the desk itself does to cases, following a message, a rule or the clock.

Nobody's decision is made here: cases are opened where a person will see them, and closed
when the owner, the owner's consent or a decision already taken has closed them.
"""

from datetime import datetime

from django.db import transaction
from django.db.models import Q

from escalation import outgoing
from escalation.cases import QUEUES, Event, SomeoneElseFirst, State
from escalation.matters import NewCase, Position
from escalation.models import Case, Device, OwnerReply
from escalation.moves import apply, close, write_down
from wire import schema
from wire.messages import Reply


@transaction.atomic
def open_case(
    device: Device, new: NewCase, *, alert_id: str, position: Position, now: datetime
) -> Case:
    """Make the case of an alert or report and put it where it waits for a person."""
    message = new.message
    case = Case.objects.create(
        device=device,
        alert_id=alert_id,
        matter=new.matter,
        epoch=position[0],
        sequence=position[1],
        opened_at=now,
        consent_until=message.consent.valid_until,
        call_me=message.owner.call_me,
        owner_language=message.owner.language,
        verdict=message.device_check.verdict,
        payload=schema.to_plain(message),
    )
    write_down(case, Event.RECEIVE, now=now, from_state="")
    apply(case, Event.CHECK, now=now)
    apply(case, Event.QUEUE, now=now)
    return case


@transaction.atomic
def owner_resolved(case: Case, now: datetime) -> None:
    """Close the case, unless it is decided or closed already: the owner is back."""
    if case.state in QUEUES or case.state == State.CLAIMED:
        close(case, Event.OWNER_RESOLVE, now)


@transaction.atomic
def withdraw(case: Case, now: datetime) -> None:
    """Close the case and erase what it knows of the household."""
    if case.state != State.CLOSED:
        close(case, Event.WITHDRAW, now)
    case.replies.all().delete()
    Case.objects.filter(pk=case.pk).update(
        payload={}, call_me="", reason="", message="", erased=True
    )


def forget_contact(case: Case) -> None:
    """Drop how the owner is reached; the case itself goes on."""
    if not case.erased:
        case.payload["owner"]["contact"] = None
        Case.objects.filter(pk=case.pk).update(payload=case.payload)


@transaction.atomic
def note_reply(case: Case, reply: Reply, now: datetime) -> None:
    """Keep what the owner answered, where whoever opens the case reads it."""
    if not case.erased:
        OwnerReply.objects.create(case=case, text=reply.text, replied_at=reply.replied_at)
        write_down(case, Event.REPLY, now=now, from_state=case.state)


@transaction.atomic
def published(pk: int, now: datetime) -> None:
    """Note that the broker took a message; a case whose decision it was is closed."""
    row = outgoing.published(pk, now)
    if row and row.type == "decision" and row.case and row.case.state == State.DECIDED:
        close(row.case, Event.SENT_HOME, now)


@transaction.atomic
def settle(case: Case, now: datetime) -> None:
    """Apply what the clock alone has decided: a lease or a consent that has ended."""
    consent_ended = now >= case.consent_until
    if consent_ended and (case.state in QUEUES or case.state == State.CLAIMED):
        close(case, Event.CONSENT_END, now)
    elif case.state == State.CLAIMED and not case.held_at(now):
        apply(case, Event.LEASE_END, now=now, holder=None, lease_until=None)


def settle_due(now: datetime) -> None:
    """Settle every case whose lease or consent has ended."""
    waits = Q(state__in=[*QUEUES, State.CLAIMED])
    over = Q(consent_until__lte=now) | Q(state=State.CLAIMED, lease_until__lte=now)
    for case in Case.objects.filter(waits & over):
        try:
            settle(case, now)
        except SomeoneElseFirst:
            continue
