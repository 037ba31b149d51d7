"""Decides when a reviewer may speak with somebody whom the owner named: with everybody's yes.

After the invitation of ``named_persons``, each step written down and told to the owner, whose
word ends it at any point:

1. A reviewer who has the case asks, with a reason and the very words of the request.
2. A supervisor who is not this reviewer approves, within ``ASKED_FOR``.
3. Within ``APPROVED_FOR`` the reviewer asks for the contact. Consent, acceptance, the claim's
   fence and the person's own details are read once more, and must be those of step 1. A
   volunteer has to be there at that moment, too.

The person reads the request on their page, which is written down, and says there whether they
can and what came of it.
"""

from dataclasses import replace
from datetime import datetime, timedelta
from enum import StrEnum

from django.db import transaction
from django.utils.translation import gettext as _

from escalation.cases import (
    APPROVED_FOR,
    ASKED_FOR,
    ConsentEnded,
    Event,
    ForbiddenMove,
    LeaseLost,
    NotThere,
    OwnApproval,
    SomeoneElseFirst,
    State,
)
from escalation.casework import circle
from escalation.casework.holding import lock_home, require_hold, settle_first
from escalation.casework.moves import apply, write_down
from escalation.casework.named_persons import (
    Standing,
    hold,
    is_named,
    named_in,
    person_of,
    require_named,
    say_to_owner,
    standing,
)
from escalation.casework.telling import tell
from escalation.models import Case, ContactRequest, NamedPerson, Staff
from wire.messages import TrustedPerson

SHOWN_FOR = timedelta(days=1)
"""How long a request stands on the person's page."""


WORDS_MAX = 400
"""Of what came of it: it goes home with a name before it, in one sentence of the wire."""


class Answer(StrEnum):
    """What the person says to a request."""

    YES = "yes"
    NOT_NOW = "not_now"


def running_request(case: Case) -> ContactRequest | None:
    """Return what is asked at the moment."""
    running = case.contact_requests.filter(ended_at=None)
    return running.select_related("asked_by", "approved_by", "person").first()


def contacted(case: Case) -> ContactRequest | None:
    """Return the request of the running claim that has led to the contact."""
    done = case.contact_requests.filter(fence=case.fence, contacted_at__isnull=False)
    return done.order_by("pk").last()


@transaction.atomic
def ask(
    case: Case, staff: Staff, *, fence: int, why: str, request: str, now: datetime
) -> ContactRequest:
    """Ask for a second person's word, with the reason and the very words of the request."""
    hold(case, staff, fence, now)
    named, person = require_named(case), person_of(case)
    stands = standing(person, now)
    if stands is Standing.AWAY:
        raise NotThere
    if person is None or stands is not Standing.ACCEPTED:
        raise ForbiddenMove("this person has not accepted to be asked")
    asked = ContactRequest(
        case=case,
        person=person,
        who=person.who,
        fence=case.fence,
        asked_by=staff,
        asked_at=now,
        why=why,
        request=request,
        until=now + ASKED_FOR,
    )
    told = tell(
        case,
        lambda: (
            _(
                "%(staff)s would like to speak with %(name)s, because: %(why)s A second person "
                "here decides first. If you do not want it, take that consent back at home."
            )
            % {"staff": staff.first_name, "name": named.name, "why": _sentence(why)}
        ),
        now,
    )
    apply(case, Event.ASK_PERSON, now=now, actor=staff, told_owner=told)
    asked.save()
    return asked


@transaction.atomic
def approve(case: Case, supervisor: Staff, *, request: int, now: datetime) -> None:
    """Agree, as the second person. Whoever asked never can, whatever roles they have."""
    lock_home(case.device_id)
    case.refresh_from_db()
    settle_first(case, now)
    asked = _for_a_second_person(case, supervisor, request, now)
    named = require_named(case)
    _require_same(case, asked, now)
    ContactRequest.objects.filter(pk=asked.pk).update(
        approved_by=supervisor, until=now + APPROVED_FOR
    )
    told = tell(
        case,
        lambda: (
            _("%(staff)s agrees that we speak with %(name)s, within a quarter of an hour.")
            % {"staff": supervisor.first_name, "name": named.name}
        ),
        now,
    )
    apply(case, Event.APPROVE, now=now, actor=supervisor, told_owner=told)


@transaction.atomic
def refuse(case: Case, supervisor: Staff, *, request: int, now: datetime) -> None:
    """Say no, as the second person: the reviewer goes on without it."""
    lock_home(case.device_id)
    case.refresh_from_db()
    settle_first(case, now)
    _for_a_second_person(case, supervisor, request, now)
    name = _name_in(case)
    told = tell(
        case,
        lambda: (
            _("%(staff)s has decided that we do not speak with %(name)s now.")
            % {"staff": supervisor.first_name, "name": name}
        ),
        now,
    )
    apply(case, Event.REFUSE, now=now, actor=supervisor, told_owner=told)


@transaction.atomic
def contact(case: Case, staff: Staff, *, fence: int, now: datetime) -> TrustedPerson:
    """Return how to reach the person, having read every yes once more."""
    # Locked: a withdrawal commits before this, and is seen, or it finds what was done.
    lock_home(case.device_id)
    case.refresh_from_db()
    settle_first(case, now)
    require_hold(case, staff, fence, now)
    asked = running_request(case)
    if case.state != State.CONTACTING or asked is None:
        raise ForbiddenMove("nobody has agreed to it, or not any more")
    if asked.approved_by_id in (None, staff.pk) or asked.asked_by_id != staff.pk:
        raise OwnApproval
    _require_same(case, asked, now)
    named = reached(require_named(case), asked.person, now)
    ContactRequest.objects.filter(pk=asked.pk).update(contacted_at=now)
    told = tell(
        case,
        lambda: (
            _("%(staff)s is getting in touch with %(name)s now. The request: “%(request)s”")
            % {"staff": staff.first_name, "name": named.name, "request": asked.request}
        ),
        now,
    )
    apply(case, Event.CONTACT, now=now, actor=staff, told_owner=told)
    return named


def reached(named: TrustedPerson, person: NamedPerson, now: datetime) -> TrustedPerson:
    """Return how to reach them: of a volunteer, what stands at the desk and nowhere else."""
    if person.volunteer is None:
        return named
    here = circle.place(person.volunteer, now) is circle.Place.IN
    return replace(named, channel=person.volunteer.reached_by if here else "")


# ------------------------------------------------------------------- what they answer


def request_for(person: NamedPerson, now: datetime) -> ContactRequest | None:
    """Return what the person is asked for at the moment."""
    lately = person.requests.filter(contacted_at__gt=now - SHOWN_FOR, case__erased=False)
    asked = lately.select_related("case", "asked_by").order_by("pk").last()
    if asked is None or not is_named(asked.case, asked.who) or now >= asked.case.consent_until:
        return None
    return asked


@transaction.atomic
def answer(person: NamedPerson, said: Answer, now: datetime) -> None:
    """Note what the person says to the request, for staff and owner."""
    lock_home(person.device_id)
    asked = request_for(person, now)
    if asked is None or asked.answer == said:
        return
    ContactRequest.objects.filter(pk=asked.pk).update(answer=said, answered_at=now)
    texts = {
        Answer.YES: lambda: _("%(name)s has said yes to our request."),
        Answer.NOT_NOW: lambda: _("%(name)s cannot at the moment, and has told us so."),
    }
    say_to_owner(asked.case, Event.ANSWER, lambda: texts[said]() % {"name": person.name}, now)


@transaction.atomic
def came_of_it(person: NamedPerson, words: str, now: datetime) -> None:
    """Keep in the person's own words what came of the request, and let the owner read them."""
    lock_home(person.device_id)
    asked = request_for(person, now)
    if asked is None or not words or asked.came_of_it == words:
        return
    ContactRequest.objects.filter(pk=asked.pk).update(came_of_it=words, answered_at=now)
    say_to_owner(
        asked.case,
        Event.ANSWER,
        lambda: _("%(name)s writes: “%(words)s”") % {"name": person.name, "words": words},
        now,
    )


@transaction.atomic
def read(asked: ContactRequest, now: datetime) -> None:
    """Write down that the person has read what is asked of them."""
    write_down(asked.case, Event.READ, now=now, from_state=asked.case.state)


def _for_a_second_person(
    case: Case, supervisor: Staff, request: int, now: datetime
) -> ContactRequest:
    asked = running_request(case)
    if asked is None or asked.pk != request or now >= asked.until:
        raise SomeoneElseFirst
    if supervisor.pk in (asked.asked_by_id, case.holder_id):
        raise OwnApproval
    return asked


def _require_same(case: Case, asked: ContactRequest, now: datetime) -> None:
    """Refuse what is not bound to this claim and this person as they are named now."""
    if now >= asked.until or asked.fence != case.fence:
        raise LeaseLost
    if not is_named(case, asked.who):
        raise ConsentEnded("the owner names somebody else now, or another way to reach them")
    person = NamedPerson.objects.select_for_update(of=("self",)).get(pk=asked.person_id)
    if person.volunteer_id is not None:
        # Locked, and read after that: who pauses or leaves at this moment is not reached.
        person.volunteer = circle.lock(person.volunteer_id)
    stands = standing(person, now)
    if stands is Standing.AWAY:
        raise NotThere
    if stands is not Standing.ACCEPTED:
        raise ConsentEnded("this person does not wish it any more")


def _name_in(case: Case) -> str:
    named = named_in(case)
    return named.name if named else ""


def _sentence(text: str) -> str:
    return text if text.endswith((".", "!", "?", "…")) else text + "."
