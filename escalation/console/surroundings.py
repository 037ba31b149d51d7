"""What stands around a case on its page: others like it, wishes, calls, a named person, danger.

Each part is what the templates show, and nothing else of it. What only whoever has the case may
read (how to reach a person) is here for them alone.
"""

from dataclasses import dataclass
from datetime import datetime

from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, ngettext

from escalation.cases import ASKING, Matter, Role, State
from escalation.casework import (
    acts,
    circle,
    contact_requests,
    incidents,
    named_persons,
    proposals,
    wishes,
)
from escalation.casework.contact_requests import Answer
from escalation.casework.danger import Step
from escalation.console import case_words, clock_words, offered_words
from escalation.console.case_words import CHOICE_LABELS
from escalation.console.forms import ApologyForm, AskPersonForm, ServiceNoteForm, WishesForm
from escalation.keeping.queries import Given, PreparedQuery
from escalation.models import Case, EmergencyStep, OwnerWishes, Staff
from wire.messages import Choice

EARLIER_ROWS = 5

STEPS = {
    Step.ASK: (
        gettext_lazy("Ask how they are, where they are, and whether they can speak."),
        gettext_lazy("Slowly, one question at a time. Believe what they say."),
    ),
    Step.CALL: (
        gettext_lazy("112: they call, or you do from another telephone."),
        gettext_lazy(
            "At once if somebody does not breathe well, bleeds, cannot get up, does not answer "
            "any more, or speaks of dying; and for fire or gas. You need their address: ask."
        ),
    ),
    Step.STAY: (
        gettext_lazy("Stay on the line until help, or somebody they trust, is there."),
        gettext_lazy("A colleague may take the call over; until they have it, you have it."),
    ),
    Step.TELL: (
        gettext_lazy("Tell a supervisor, now."),
        gettext_lazy("Nobody carries this alone."),
    ),
}

ANSWERS = {
    Answer.YES: gettext_lazy("said yes"),
    Answer.NOT_NOW: gettext_lazy("cannot at the moment"),
}


@dataclass(frozen=True, slots=True, kw_only=True)
class StepLine:
    """One step of what danger asks for."""

    name: str
    title: object
    help: object
    taken: EmergencyStep | None


@dataclass(frozen=True, slots=True, kw_only=True)
class Earlier:
    """An earlier contact with this home: what was done, and how it was for them."""

    on: str
    what: str
    felt: tuple[str, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class PersonSheet:
    """Somebody whom the owner named, as far as whoever reads the page may know."""

    name: str
    relation: str
    standing: str
    of_the_circle: bool
    channel: str
    request: str
    answer: str
    came_of_it: str


def around(case: Case, staff: Staff, now: datetime, *, holds: bool) -> dict[str, object]:
    """Return what the case page shows around the case."""
    if case.erased:
        return {"alike": ""}
    if case.matter != Matter.CARE:
        return {
            "alike": alike(case, now),
            "service_notes": case.service_notes.select_related("by", "part_ended_by").order_by(
                "pk"
            ),
            "service_note_form": ServiceNoteForm(),
            "may_go_on": case.decided_by_id is not None and Role.TECHNICIAN in staff.roles,
        }
    talking = case.state == State.TALKING
    asked = contact_requests.running_request(case) if case.state in ASKING else None
    known, quiet = wishes.of(case), wishes.quiet_of(case)
    second = asked is not None and staff.is_supervisor and case.state == State.APPROVAL
    volunteer = proposals.standing(case, now) if holds else proposals.Standing()
    return {
        "alike": alike(case, now),
        "held_until": clock_words.moment(case.held_until, now) if case.held_until else "",
        "told_together": case.informed_at is not None,
        "wishes": known,
        "wished_hours_over": wishes.outside(case, known, now),
        "quiet": quiet,
        "quiet_now": quiet is not None and quiet.lasts(now) and not case.owner_called,
        "their_time": now.astimezone(quiet.zone).time() if quiet else None,
        "earlier": earlier(case),
        "person": person_sheet(case, now, holds=holds),
        "volunteer": volunteer.candidate,
        "proposed": volunteer.proposed,
        "asked": asked,
        "asked_until": clock_words.moment(asked.until, now) if asked else "",
        "second_word": second and staff.pk not in (case.holder_id, asked and asked.asked_by_id),
        "talking": talking,
        "offered": talking and hasattr(case, "take_over"),
        "first_minute": offered_words.first_minute(case, staff) if holds else None,
        "danger": case.emergency_at is not None,
        "steps": steps_of(case) if case.emergency_at else [],
        "looks_again": case.looks_again_at is not None,
        "may_apologise": case.decided_by_id is not None
        and (staff.is_supervisor or acts.had_before(case, staff)),
        "apologies": case.apologies.select_related("by").order_by("pk"),
        "wishes_form": wishes_form(known),
        "ask_form": AskPersonForm(),
        "apology_form": ApologyForm(),
    }


def alike(case: Case, now: datetime) -> str:
    """Return how many other machines report the same: the first thing to read of all."""
    if not case.noticed or not case.machine_model:
        return ""
    n = incidents.alike(case, now)
    since = clock_words.day(now - incidents.ALIKE_SINCE)
    if n == 0:
        return _("No other machine of this model has reported this since %(day)s.") % {
            "day": since
        }
    if n > incidents.MORE_THAN:
        text = _("More than %(n)d other machines of this model report the same since %(day)s.")
        return text % {"n": incidents.MORE_THAN, "day": since}
    return ngettext(
        "%(n)d other machine of this model reports the same since %(day)s.",
        "%(n)d other machines of this model report the same since %(day)s.",
        n,
    ) % {"n": n, "day": since}


def earlier(case: Case) -> list[Earlier]:
    """Return the last contacts with this home, the newest first, with what they said of it."""
    decided = _DECIDED_BEFORE.fetch(home=case.device_id, number=case.pk)
    # Sorted here: a home has a few, and SQLite would look through all cases for the last ones.
    latest = sorted(decided, key=lambda one: one.pk, reverse=True)
    return [
        Earlier(
            on=clock_words.day(one.decided_at) if one.decided_at else "",
            what=case_words.outcome_of(one) or str(CHOICE_LABELS[Choice(one.choice)]),
            felt=tuple(reply.text for reply in one.replies.all() if reply.felt),
        )
        for one in latest[:EARLIER_ROWS]
    ]


_DECIDED_BEFORE = PreparedQuery(
    lambda: (
        Case.objects.filter(
            device=Given("home"),
            erased=False,
            pk__lt=Given("number"),
            decided_by__isnull=False,
        )
        .defer("payload")
        .select_related("decided_by")
        .prefetch_related("replies")
    ),
    keeps_plan=True,
)


def person_sheet(case: Case, now: datetime, *, holds: bool) -> PersonSheet | None:
    """Return whom the owner named, while that consent lives."""
    named, person = named_persons.named_in(case), named_persons.person_of(case)
    if named is None:
        return None
    contact = contact_requests.contacted(case) if holds else None
    answer = Answer(contact.answer) if contact and contact.answer else None
    reached = contact_requests.reached(named, contact.person, now) if contact else None
    return PersonSheet(
        name=named.name,
        relation=named.relation,
        standing=named_persons.standing(person, now),
        of_the_circle=named.channel in circle.CHANNELS.values(),
        channel=reached.channel if reached else "",
        request=contact.request if contact else "",
        answer=str(ANSWERS[answer]) if answer else "",
        came_of_it=(contact.came_of_it or "") if contact else "",
    )


def steps_of(case: Case) -> list[StepLine]:
    """Return the steps in their order, each with what became of it."""
    taken = {row.step: row for row in case.emergency_steps.select_related("by")}
    return [
        StepLine(name=step, title=title, help=text, taken=taken.get(step))
        for step, (title, text) in STEPS.items()
    ]


def wishes_form(known: OwnerWishes | None) -> WishesForm:
    """Return the form, with what is known."""
    if known is None:
        return WishesForm()
    return WishesForm(
        initial={
            "call_from": known.call_from,
            "call_until": known.call_until,
            "rather_written": known.rather_written,
            "prefers": known.prefers_id,
            "words": known.words,
        }
    )
