"""Gives an owner what the desk has of their household: who looked, what was decided, and why.

One line a fact, in the order in which it happened, by first name; the words that people wrote
about this household word for word. Which table is given, and which is not and why, are two
lists here, and a test holds that every table about a case or a device is in one of them.

Not given is how the desk works (leases, who was there, how hard it was) and who the people
are beyond their first name. The answer names both categories; the owner's device says why,
and how to object. It changes nothing, and goes in as many envelopes as it needs.
"""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime

from django.db import models

from escalation.broker import outgoing
from escalation.guarding.models import Objection
from escalation.models import (
    Apology,
    Case,
    CaseEvent,
    ContactRequest,
    Device,
    EmergencyStep,
    HandOver,
    NamedPerson,
    OutgoingMessage,
    OwnerReply,
    OwnerWishes,
    ServiceNote,
    Staff,
    Unheard,
    Withdrawn,
)
from escalation.notices.models import Nudge
from wire import schema
from wire.messages import DeskLine, GivenBack

WITHHELD = ("work", "staff")
"""The categories of what no answer holds; the device has the reasons in words."""

PART_BYTES = 2_600
"""Of lines and what is around them: an envelope holds a little more than this."""
LINE_BYTES = 2_000
"""What is longer, of many bytes a letter, goes on in a line of its own."""


@dataclass(frozen=True, slots=True)
class Words:
    """A table of what people wrote about a household."""

    model: type[models.Model]
    about: str = field(kw_only=True)
    """The field that names case or device."""
    texts: Mapping[str, str] = field(kw_only=True)
    """Each field of words, and what such a line is called."""
    at: str = field(kw_only=True)
    by: str = field(default="", kw_only=True)
    """The field that names who wrote it; empty: the owner, or the desk itself."""


GIVEN: tuple[Words, ...] = (
    Words(HandOver, about="case", texts={"text": "hand_over"}, at="at", by="by"),
    Words(
        EmergencyStep,
        about="case",
        texts={"step": "emergency_step", "left_out_because": "left_out"},
        at="at",
        by="by",
    ),
    Words(
        Apology, about="case", texts={"text": "apology", "repair": "repair"}, at="at", by="by"
    ),
    Words(
        ServiceNote,
        about="case",
        texts={"text": "service_words", "part": "service_part"},
        at="at",
        by="by",
    ),
    Words(
        ContactRequest,
        about="case",
        texts={
            "why": "contact_why",
            "request": "contact_request",
            "answer": "contact_answer",
            "came_of_it": "contact_came_of_it",
        },
        at="asked_at",
        by="asked_by",
    ),
    Words(
        Objection,
        about="case",
        texts={"done": "objection_done", "answer": "objection_answer"},
        at="answered_at",
        by="answered_by",
    ),
    Words(NamedPerson, about="device", texts={"name": "named_person"}, at="invited_at"),
    Words(
        OwnerWishes,
        about="device",
        texts={
            "words": "wishes",
            "call_from": "call_from",
            "call_until": "call_until",
            "rather_written": "rather_written",
            "prefers": "prefers",
        },
        at="noted_at",
    ),
    Words(Nudge, about="device", texts={"message_id": "note_waits"}, at="received_at"),
    Words(Unheard, about="device", texts={"kind": "unheard"}, at="since"),
    Words(Withdrawn, about="device", texts={"purpose": "withdrawn"}, at="withdrawn_at"),
)
"""Beside the cases themselves, their audit and the owner's own replies."""

NOT_GIVEN: Mapping[str, str] = {
    "Intake": "that a message was here, by number and hash; its words are kept at home",
    "OutgoingMessage": "sealed to the device, which has opened it",
    "NameLine": "the name once more, cut up so that it can be looked up",
    "TakeOver": "how the desk works",
    "Conversation": "what a guardian and a colleague say to each other of how it was written",
    "Enrolment": "how the device is let in; it says nothing of a household",
    "IssuedCertificate": "the same",
}
"""Tables about a case or a device of which nothing is given, and why."""


def answer(device: Device, asked: str, now: datetime) -> None:
    """Queue all that the desk has of the household of ``device``, for the message ``asked``."""
    earlier = OutgoingMessage.objects.filter(device=device, type="given_back")
    # Who asks again wants today's answer: an earlier one is not sent any more.
    earlier.filter(published_at=None).update(published_at=now)
    earlier.update(unconfirmed=False)
    parts = in_parts(lines_of(device), asked, now)
    for part in parts:
        outgoing.queue(part, device=device, about=asked, case=None, now=now)


def lines_of(device: Device) -> list[DeskLine]:
    """Return every line about a household, oldest first."""
    found = [*_household(device)]
    for case in Case.objects.filter(device=device).select_related("decided_by"):
        found += _case(case)
    for words in GIVEN:
        found += _written(words, device)
    return sorted(found, key=lambda line: line.at)


def in_parts(lines: Sequence[DeskLine], asked: str, now: datetime) -> list[GivenBack]:
    """Return ``lines`` as messages of which each fits an envelope; at least one."""
    rooms: list[list[DeskLine]] = [[]]
    left = PART_BYTES
    for piece in (piece for line in lines for piece in _pieces(line)):
        size = len(schema.encode(piece)) + 1
        if size > left or len(rooms[-1]) == schema.MAX_ITEMS:
            rooms.append([])
            left = PART_BYTES
        rooms[-1].append(piece)
        left -= size
    return [
        GivenBack(
            asked=asked,
            number=number,
            of=len(rooms),
            made_at=now,
            lines=tuple(room),
            withheld=WITHHELD,
        )
        for number, room in enumerate(rooms, start=1)
    ]


def _household(device: Device) -> Iterator[DeskLine]:
    yield _line("", device.enrolled_at, "enrolled")
    if device.last_heard_at is not None:
        yield _line("", device.last_heard_at, "heard")
        if device.call_me:
            yield _line("", device.last_heard_at, "name", text=device.call_me)


def _case(case: Case) -> Iterator[DeskLine]:
    about = case.alert_id
    for event in CaseEvent.objects.filter(case=case).select_related("actor"):
        yield _line(about, event.at, event.event, by=event.actor)
    if case.decided_at is not None:
        yield _line(about, case.decided_at, "choice", by=case.decided_by, text=case.choice)
        for what, text in (("reason", case.reason), ("message", case.message)):
            if text:
                yield _line(about, case.decided_at, what, by=case.decided_by, text=text)
    for reply in OwnerReply.objects.filter(case=case):
        what = "owner_felt" if reply.felt else "owner_reply"
        yield _line(about, reply.replied_at, what, text=reply.text)
    yield _line(about, case.closed_at or case.opened_at, "emptied" if case.erased else "kept")


def _written(words: Words, device: Device) -> Iterator[DeskLine]:
    of_case = words.about == "case"
    found = words.model._default_manager.filter(
        **{f"{words.about}__device" if of_case else words.about: device}
    )
    for row in found:
        about = row.case.alert_id if of_case else ""  # type: ignore[attr-defined]
        by: Staff | None = getattr(row, words.by) if words.by else None
        for name, what in words.texts.items():
            if value := getattr(row, name):
                text = value.first_name if isinstance(value, Staff) else str(value)
                yield _line(about, getattr(row, words.at), what, by=by, text=text)


def _line(
    about: str, at: datetime, what: str, *, by: Staff | None = None, text: str = ""
) -> DeskLine:
    return DeskLine(about=about, at=at, what=what, by=by.first_name if by else "", text=text)


def _pieces(line: DeskLine) -> Iterable[DeskLine]:
    if len(schema.encode(line)) <= LINE_BYTES:
        return (line,)
    half = len(line.text) // 2
    return (
        *_pieces(replace(line, text=line.text[:half])),
        *_pieces(replace(line, text=line.text[half:])),
    )
