"""What the desk itself does to cases, following a message, a rule or the clock.

Nobody's decision is made here: cases are opened where a person will see them, and closed
when the owner, the owner's consent or a decision already taken has closed them.
"""

import functools
from collections.abc import Sequence
from collections.abc import Set as AbstractSet
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.db import transaction
from django.db.models import Q

from escalation.broker import outgoing
from escalation.cases import (
    ASKING,
    IN_HAND,
    UNDECIDED,
    Event,
    Matter,
    SomeoneElseFirst,
    State,
    move,
)
from escalation.casework.moves import DESK_ROLE, apply, close, write_down
from escalation.intake.matters import (
    CONTACT_PURPOSE,
    TRUSTED_PERSON_PURPOSE,
    NewCase,
    Position,
)
from escalation.keeping import audit, rows
from escalation.keeping.locks import lock_homes
from escalation.models import Case, CaseEvent, ContactRequest, Device, OwnerReply
from wire import schema
from wire.messages import Asked, Help

BECAUSE_MAX = 16
"""Longer than any reason that a device knows."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Birth:
    """A case to be made, and the message it is made of."""

    device: Device
    new: NewCase
    alert_id: str
    position: Position
    as_sent: bytes = b""
    """The message's own JSON, where nothing of it had to be left out."""


def open_cases(births: Sequence[Birth], now: datetime) -> list[int]:
    """Make these cases and put them where they wait for a person, by the table of moves.

    Must run in the transaction that takes in the messages. All rows are written together:
    this is what a flood of alerts spends its time on. Returns the numbers of the cases.
    """
    numbers = rows.fresh_numbers(Case, len(births))
    lines = [_first_lines(n, birth, now) for n, birth in zip(numbers, births, strict=True)]
    rows.insert(
        Case,
        (
            {**_case_of(birth, now), "id": number, "audit_head": its_lines[-1]["link"]}
            for number, birth, its_lines in zip(numbers, births, lines, strict=True)
        ),
    )
    rows.insert(CaseEvent, (line for its_lines in lines for line in its_lines))
    return numbers


def _first_lines(number: int, birth: Birth, now: datetime) -> list[dict[str, Any]]:
    """Return the audit of a case that was just born, each line bound to the one before."""
    before, found = audit.START, []
    for event, from_state, to_state in _way_to_the_queue(birth.new.matter):
        line = audit.Line(
            case=number,
            at=now,
            event=event,
            actor=None,
            told_owner=None,
            from_state=from_state,
            to_state=to_state,
            fence=0,
        )
        before = audit.link(before, line.facts())
        found.append(
            {
                "case_id": number,
                "at": now,
                "event": event,
                "from_state": from_state,
                "to_state": to_state,
                "link": before,
            }
        )
    return found


def _case_of(birth: Birth, now: datetime) -> dict[str, Any]:
    message, (epoch, sequence) = birth.new.message, birth.position
    *_others, (_event, _before, queue) = _way_to_the_queue(birth.new.matter)
    return {
        "device_id": birth.device.device_id,
        "alert_id": birth.alert_id,
        "matter": birth.new.matter.value,
        "state": queue,
        "epoch": epoch,
        "sequence": sequence,
        "opened_at": now,
        "waits_since": now,
        "consent_until": birth.new.consent_until,
        "call_me": message.owner.call_me,
        "owner_called": birth.new.owner_called,
        "owner_language": message.owner.language.value,
        "verdict": birth.new.verdict.value,
        "payload": rows.Json(birth.as_sent.decode())
        if birth.as_sent
        else schema.to_plain(message),
        "machine_model": message.machine.model,
        "machine_firmware": message.machine.firmware or "",
        "machine_batch": birth.device.batch,
        "noticed": birth.new.noticed,
    }


@functools.cache
def _way_to_the_queue(matter: Matter) -> tuple[tuple[str, str, str], ...]:
    """Return the moves that every case of ``matter`` makes at its birth."""
    checked = move(matter, State.RECEIVED, Event.CHECK, DESK_ROLE)
    queue = move(matter, checked, Event.QUEUE, DESK_ROLE)
    return (
        (Event.RECEIVE.value, "", State.RECEIVED.value),
        (Event.CHECK.value, State.RECEIVED.value, checked.value),
        (Event.QUEUE.value, checked.value, queue.value),
    )


@transaction.atomic
def owner_resolved(case: Case, now: datetime, *, because: str = "") -> None:
    """Close the case, unless it is decided or closed already: the owner is back."""
    if case.state in UNDECIDED:
        close(case, Event.OWNER_RESOLVE, now)
        Case.objects.filter(pk=case.pk).update(resolved_because=because[:BECAUSE_MAX])


@transaction.atomic
def withdraw(case: Case, now: datetime) -> None:
    """Close the case and erase what it knows of the household."""
    if case.state != State.CLOSED:
        close(case, Event.WITHDRAW, now)
    erase(case)


def erase(case: Case) -> None:
    """Empty the case of all that was the household's; who did what and when stays."""
    for words in (case.replies, case.hand_overs, case.apologies, case.emergency_steps):
        words.all().delete()
    for kept in (
        case.service_notes,
        case.contact_requests,
        case.objections,
        case.conversations,
    ):
        kept.all().delete()
    Case.objects.filter(pk=case.pk).update(
        payload={}, call_me="", reason="", message="", resolved_because=None, erased=True
    )


@transaction.atomic
def forget_contact(case: Case, purposes: AbstractSet[str], now: datetime) -> None:
    """Drop whom these purposes allowed to reach; the case itself goes on."""
    if case.erased:
        return
    if TRUSTED_PERSON_PURPOSE in purposes and case.state in ASKING:
        apply(case, Event.PERSON_END, now=now)
    owner = case.payload["owner"]
    if CONTACT_PURPOSE in purposes:
        owner["contact"] = owner["quiet"] = None
    if TRUSTED_PERSON_PURPOSE in purposes:
        owner["trusted_person"] = None
    Case.objects.filter(pk=case.pk).update(payload=case.payload)


@transaction.atomic
def note_reply(case: Case, text: str, at: datetime, now: datetime, *, felt: bool) -> None:
    """Keep what the owner answered, where whoever opens the case reads it."""
    if not case.erased:
        OwnerReply.objects.create(case=case, text=text, replied_at=at, felt=felt)
        write_down(case, Event.REPLY, now=now, from_state=case.state)
        speak_up(case, now)


def speak_up(case: Case, now: datetime) -> None:
    """Let a person listen to whoever was held and has said something."""
    if case.state == State.HELD and now < case.consent_until:
        apply(
            case,
            Event.SPEAK_UP,
            now=now,
            held_until=None,
            waits_since=now,
            comes_first=True,
        )


@transaction.atomic
def asked_to_be_called(case: Case, message: Help, now: datetime) -> None:
    """Note on the owner's own case that they ask for a call, and how to reach them."""
    plain = case.payload
    plain["question"]["outcome"] = Asked.OWNER_CALLED.value
    plain["owner"]["contact"] = message.owner.contact or plain["owner"]["contact"]
    Case.objects.filter(pk=case.pk).update(payload=plain, owner_called=True, waits_since=now)
    write_down(case, Event.REPLY, now=now, from_state=case.state)
    speak_up(case, now)


@transaction.atomic
def published(pks: Sequence[int], now: datetime) -> None:
    """Note what the broker took; a case whose decision was among it is closed."""
    for case in outgoing.published(pks, now):
        if case.state == State.DECIDED:
            close(case, Event.SENT_HOME, now)


def settle(case: Case, now: datetime) -> None:
    """Apply what the clock alone has decided: a lease or a consent that has ended."""
    state = State(case.state)
    runs = state not in IN_HAND or (case.held_at(now) and state not in ASKING)
    if runs and now < case.consent_until:
        return  # Most cases most of the time: nobody waits for a transaction about nothing.
    with transaction.atomic():
        # Whoever goes on in the same transaction may have something to say to the home.
        lock_homes([case.device_id])
        _settle(case, state, now)


def _settle(case: Case, state: State, now: datetime) -> None:
    if now >= case.consent_until and state in UNDECIDED:
        close(case, Event.CONSENT_END, now)
    elif state in IN_HAND and not case.held_at(now):
        apply(
            case,
            Event.LEASE_END,
            now=now,
            holder=None,
            lease_until=None,
            waits_since=now,
            # A line that broke in the middle of a call is the next one to be picked up.
            owner_called=case.owner_called or state is State.TALKING,
        )
    elif state in ASKING and _request_is_over(case, now):
        apply(case, Event.PERSON_END, now=now)


def _request_is_over(case: Case, now: datetime) -> bool:
    return case.contact_requests.filter(ended_at=None, until__lte=now).exists()


def settle_due(now: datetime) -> None:
    """Settle every case whose lease or consent has ended."""
    ended = Q(state__in=UNDECIDED, consent_until__lte=now)
    lapsed = Q(state__in=IN_HAND, lease_until__lte=now)
    requests = ContactRequest.objects.filter(ended_at=None, until__lte=now)
    for case in Case.objects.filter(ended | lapsed | Q(pk__in=requests.values("case"))):
        try:
            settle(case, now)
        except SomeoneElseFirst:
            continue
