"""Decides whom of the circle an owner may be told of; naming them stays the owner's own act.

1. A reviewer who has the case proposes, while the owner consents to be spoken with or to
   somebody being asked; once a claim. Whom, the software says: the first of those who are
   there by language and time of day.
2. The owner reads who it is, what they would see and how to say yes. The yes is the owner's
   own: this person, under ``contact_trusted_person``, in the file at home. Without it a
   volunteer is asked nothing and knows nothing, and no answer is a no.
3. From then on ``contact_requests`` rules, as for anybody whom an owner named. Whether the
   volunteer is there is read once more at each of its steps.
4. A volunteer who pauses or leaves ends what is being asked of them; for good, when they leave.

Homes are locked before volunteers, several homes in one order.
"""

from collections.abc import Callable, Iterable
from datetime import datetime
from typing import NamedTuple

from django.db import transaction
from django.db.models import QuerySet
from django.utils.translation import gettext as _

from escalation.cases import ConsentEnded, Event, ForbiddenMove, NotThere, State
from escalation.casework import circle, named_persons, volunteers
from escalation.casework.acts import message_of
from escalation.casework.moves import write_down
from escalation.casework.telling import tell
from escalation.intake.matters import CONTACT_PURPOSE, TRUSTED_PERSON_PURPOSE
from escalation.keeping import locks
from escalation.keeping.queries import Given, PreparedQuery
from escalation.models import (
    Case,
    CaseEvent,
    CircleDoing,
    NamedPerson,
    Staff,
    Volunteer,
)
from wire.messages import Alert, TrustedPerson

IN_CONVERSATION = (State.CLAIMED, State.TALKING)


class Standing(NamedTuple):
    """How it stands with a volunteer in a claim."""

    candidate: Volunteer | None = None
    """Whom a reviewer may propose to this owner now."""
    proposed: NamedPerson | None = None
    """Of whom the owner was told in this claim, while they have not named them."""


def standing(case: Case, now: datetime) -> Standing:
    """Return whom the owner may be told of, or was."""
    if _proposed_in_this_claim(case):
        return Standing(proposed=_proposed(case))
    if not _may_be_told(case) or _has_one(case, now):
        return Standing()
    return Standing(candidate=next(iter(_suitable(case, now)), None))


def _proposed(case: Case) -> NamedPerson | None:
    told = NamedPerson.objects.filter(
        device=case.device_id, volunteer__isnull=False, resigned_at=None
    )
    newest = told.order_by("invited_at").last()
    return None if newest is None or named_persons.is_named(case, newest.who) else newest


@transaction.atomic
def propose(case: Case, staff: Staff, *, fence: int, volunteer: int, now: datetime) -> None:
    """Tell the owner of the volunteer who stood on the reviewer's page."""
    named_persons.hold(case, staff, fence, now)
    if case.state not in IN_CONVERSATION:
        raise ForbiddenMove("somebody is being asked already")
    if not _may_be_told(case):
        raise ConsentEnded("the owner consents neither to a word nor to anybody being asked")
    if _has_one(case, now) or _proposed_in_this_claim(case):
        raise ForbiddenMove("one volunteer at a time, and one proposal a claim")
    circle.lock(volunteer)
    chosen = next((one for one in _suitable(case, now) if one.pk == volunteer), None)
    if chosen is None:
        raise NotThere("this volunteer is not there any more")
    person = circle.as_named(chosen, case.owner_language)
    NamedPerson.objects.update_or_create(
        device_id=case.device_id,
        who=named_persons.who_is(case.device_id, person),
        defaults={
            "name": person.name,
            "owner": case.call_me,
            "language": case.owner_language,
            "volunteer": chosen,
            "token_until": case.consent_until,
            "invited_at": now,
        },
    )
    Volunteer.objects.filter(pk=chosen.pk).update(proposed_at=now)
    circle.note(chosen, CircleDoing.PROPOSED, now, by=staff)
    replaced = named_persons.named_in(case)
    told = tell(
        case,
        lambda: words_of(chosen, person, replaced.name if replaced else ""),
        now,
        sender=staff.first_name,
        offers=person,
    )
    write_down(
        case, Event.PROPOSE, now=now, from_state=case.state, actor=staff, told_owner=told
    )


def words_of(volunteer: Volunteer, person: TrustedPerson, replaced: str) -> str:
    """Return what an owner reads about a volunteer, in the language that is active.

    The lines for an editor are those that the owner's page writes, too.
    """
    said = [
        _(
            "If it is needed, %(name)s, a volunteer, could ring you or look in (%(spoken)s; "
            "%(hours)s). They would read the name you chose and what we ask, no more. It takes "
            "your own yes, and a second person here each time; no answer is a no."
        )
        % {
            "name": person.name,
            "spoken": ", ".join(circle.language_name(one) for one in volunteer.languages),
            "hours": circle.hours_in_words(volunteer.promised()),
        }
    ]
    if replaced:
        instead = {"name": replaced[: volunteers.NAME_MAX]}
        said.append(_("This takes the place of %(name)s.") % instead)
    said.append(_("In an editor, under [contact_trusted_person]:"))
    return " ".join(said) + f'\nname = "{person.name}"\nchannel = "{person.channel}"'


# --------------------------------------------------------------------- pausing and leaving


def pause(volunteer: Volunteer, now: datetime) -> None:
    """Let nobody ask a volunteer until they come back; what is being asked ends."""

    def act(still: Volunteer, people: Iterable[NamedPerson]) -> None:
        if volunteers.pause(still, now):
            for person in people:
                named_persons.end_asking(person, now)

    _in_their_homes(volunteer, act)


def leave(
    volunteer: Volunteer,
    now: datetime,
    *,
    doing: CircleDoing = CircleDoing.RESIGNED,
    by: Staff | None = None,
) -> None:
    """Let a volunteer go, for good; whoever was told of them learns of it."""

    def act(still: Volunteer, people: Iterable[NamedPerson]) -> None:
        if volunteers.empty(still, doing, now, by):
            for person in people:
                named_persons.resign(person, now)

    _in_their_homes(volunteer, act)


def let_go(limit: datetime, now: datetime) -> None:
    """Empty whoever has not been in the circle since before ``limit``."""
    for volunteer in Volunteer.objects.filter(left_at=None, until__lte=limit):
        leave(volunteer, now, doing=CircleDoing.REMOVED)


def _in_their_homes(
    volunteer: Volunteer, act: Callable[[Volunteer, list[NamedPerson]], None]
) -> None:
    """Let ``act`` happen while nobody else moves anything where they were proposed."""
    while True:
        with transaction.atomic():
            homes = list(_named(volunteer).order_by("device").values_list("device", flat=True))
            known = {home.pk for home in locks.homes(homes)}
            still = circle.lock(volunteer)
            people = list(_named(volunteer))
            # Somebody may have been told of them in between: then once more, in order.
            if {person.device_id for person in people} <= known:
                act(still, people)
                return


def _named(volunteer: Volunteer) -> QuerySet[NamedPerson]:
    return NamedPerson.objects.filter(volunteer=volunteer, resigned_at=None)


# ------------------------------------------------------------------------------ rules


def _may_be_told(case: Case) -> bool:
    if case.erased or not case.payload:
        return False
    message = message_of(case)
    if not isinstance(message, Alert):
        return False
    return not {CONTACT_PURPOSE, TRUSTED_PERSON_PURPOSE}.isdisjoint(message.consent.purposes)


def _has_one(case: Case, now: datetime) -> bool:
    """Return whether the owner names somebody of the circle already."""
    person = named_persons.person_of(case)
    if person is None or person.volunteer is None or person.resigned_at is not None:
        return False
    return circle.place(person.volunteer, now) in (circle.Place.IN, circle.Place.PAUSED)


def _proposed_in_this_claim(case: Case) -> bool:
    return bool(_PROPOSED.fetch(case=case.pk, fence=case.fence))


_PROPOSED = PreparedQuery(
    lambda: CaseEvent.objects.filter(
        case=Given("case"), event=Event.PROPOSE, fence=Given("fence")
    ).values_list("pk")[:1],
    keeps_plan=True,
)


def _suitable(case: Case, now: datetime) -> list[Volunteer]:
    """Return who is there, without those of whom this home could not tell one from another."""
    taken = dict(_NAMED_AT_HOME.fetch(home=case.device_id))

    def is_free(volunteer: Volunteer) -> bool:
        named = circle.as_named(volunteer, case.owner_language)
        who = named_persons.who_is(case.device_id, named)
        return taken.get(who, volunteer.pk) == volunteer.pk

    return [one for one in circle.there(case.owner_language, now) if is_free(one)]


_NAMED_AT_HOME = PreparedQuery(
    lambda: NamedPerson.objects.filter(device=Given("home")).values_list("who", "volunteer"),
    keeps_plan=True,
)
