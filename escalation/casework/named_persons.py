"""Decides whom of those that owners name may be asked: nobody who has not said yes themselves.

1. The owner names the person, and consents (``contact_trusted_person``); the alert says so.
2. The owner is given an invitation for them: nobody is surprised by a stranger's call.
3. The person accepts on a page of their own, without an account, and may resign for good.

A volunteer comes here by a proposal (``proposals``) instead of 2, has said yes to being in the
circle (``circle``), and counts as somebody who accepted only while they are there.

What follows is in ``contact_requests``. The link to the person's page is the only key to it;
the desk keeps its hash alone. The page has the owner's chosen name, the request, and nothing
else of the household.
"""

import hashlib
import secrets
from collections.abc import Callable
from datetime import datetime, timedelta
from enum import StrEnum

from django.db import transaction
from django.utils.translation import gettext as _

from escalation.cases import (
    ASKING,
    ConsentEnded,
    Event,
    ForbiddenMove,
)
from escalation.casework import circle
from escalation.casework.acts import message_of
from escalation.casework.holding import lock_home, require_hold, settle_first
from escalation.casework.moves import apply, write_down
from escalation.casework.telling import tell
from escalation.intake import tombstones
from escalation.intake.matters import TRUSTED_PERSON_PURPOSE
from escalation.models import Case, ContactRequest, Device, NamedPerson, Staff
from wire.messages import Alert, TrustedPerson

INVITED_FOR = timedelta(days=14)
"""How long an invitation is good for. Accepted, the link lives as long as the consent."""


class Standing(StrEnum):
    """How far the person whom an owner named has come."""

    NOT_ASKED = "not_asked"
    INVITED = "invited"
    ACCEPTED = "accepted"
    RESIGNED = "resigned"
    AWAY = "away"
    """A volunteer of the circle, and none who may be asked at this moment."""


def named_in(case: Case) -> TrustedPerson | None:
    """Return whom the owner named, while the consent for it is live; read from the row."""
    if case.erased or not case.payload:
        return None
    message = message_of(case)
    if not isinstance(message, Alert):
        return None
    consents = TRUSTED_PERSON_PURPOSE in message.consent.purposes
    return message.owner.trusted_person if consents else None


def person_of(case: Case) -> NamedPerson | None:
    """Return the person of the case as they stand at the desk, if they were ever invited."""
    named = named_in(case)
    if named is None:
        return None
    return NamedPerson.objects.filter(
        device=case.device_id, who=who_is(case.device_id, named)
    ).first()


def standing(person: NamedPerson | None, now: datetime) -> Standing:
    """Return how far this person has come."""
    if person is None:
        return Standing.NOT_ASKED
    if person.resigned_at is not None:
        return Standing.RESIGNED
    alive = person.token_until is not None and now < person.token_until
    if person.volunteer is not None:
        there = alive and circle.is_there(person.volunteer, person.language, now)
        return Standing.ACCEPTED if there else Standing.AWAY
    if person.accepted_at is not None and alive:
        return Standing.ACCEPTED
    return Standing.INVITED if alive else Standing.NOT_ASKED


# ------------------------------------------------------------------------- invitation


@transaction.atomic
def invite(
    case: Case, staff: Staff, *, fence: int, link_of: Callable[[str], str], now: datetime
) -> None:
    """Give the owner an invitation for the person, to pass on as they like."""
    hold(case, staff, fence, now)
    named = require_named(case)
    if standing(person_of(case), now) not in (Standing.NOT_ASKED, Standing.INVITED):
        raise ForbiddenMove("this person has answered already")
    if named.channel in circle.CHANNELS.values():
        raise ForbiddenMove("no volunteer of that name was proposed, or not any more")
    token = secrets.token_urlsafe(32)
    NamedPerson.objects.update_or_create(
        device_id=case.device_id,
        who=who_is(case.device_id, named),
        defaults={
            "name": named.name,
            "owner": case.call_me,
            "language": case.owner_language,
            "token_sha256": _sha256(token),
            "token_until": min(now + INVITED_FOR, case.consent_until),
            "invited_at": now,
            "accepted_at": None,
        },
    )
    link = link_of(token)

    def words() -> str:
        return _(
            "You have named %(name)s. We ask nobody who has not said yes themselves: if you "
            "like, pass this link on to them. They read there what it means, and accept or "
            "not: %(link)s"
        ) % {"name": named.name, "link": link}

    told = tell(case, words, now, sender=staff.first_name)
    write_down(case, Event.INVITE, now=now, from_state=case.state, actor=staff, told_owner=told)


def at_the_link(token: str, now: datetime) -> NamedPerson | None:
    """Return whose page this link opens, or ``None`` when it is no more."""
    person = NamedPerson.objects.filter(token_sha256=_sha256(token)).first()
    if person is None or person.token_until is None or now >= person.token_until:
        return None
    return person


@transaction.atomic
def accept(person: NamedPerson, now: datetime) -> None:
    """Note that the person says yes; from now on they may be asked. Twice is once."""
    lock_home(person.device_id)
    cases = _open_to(person, now)
    until = max((case.consent_until for case in cases), default=None)
    free = NamedPerson.objects.filter(
        pk=person.pk, accepted_at=None, resigned_at=None, token_until__gt=now
    )
    if until is None or not free.update(accepted_at=now, token_until=until):
        return
    say_to_owner(
        cases[0],
        Event.ACCEPT,
        lambda: (
            _("%(name)s has accepted: we may ask them, if you still wish it then.")
            % {"name": person.name}
        ),
        now,
    )


@transaction.atomic
def resign(person: NamedPerson, now: datetime) -> None:
    """Ask this person no more, ever; the owner learns that nobody is asked instead."""
    lock_home(person.device_id)
    name = person.name
    staying = NamedPerson.objects.filter(pk=person.pk, resigned_at=None)
    if not staying.update(
        resigned_at=now,
        accepted_at=None,
        token_sha256=None,
        token_until=None,
        name="",
        owner="",
    ):
        return
    end_asking(person, now)
    newest = Case.objects.filter(device=person.device_id, erased=False).order_by("-pk").first()
    if newest is not None:
        words = _gone_from_circle if person.volunteer_id else _resigned
        say_to_owner(newest, Event.RESIGN, lambda: words() % {"name": name}, now)


def end_asking(person: NamedPerson, now: datetime) -> None:
    """End what is being asked of this person, in the lock of their home."""
    for request in ContactRequest.objects.filter(person=person, ended_at=None):
        asking = Case.objects.select_for_update().get(pk=request.case_id)
        if asking.state in ASKING:
            apply(asking, Event.PERSON_END, now=now)


def _resigned() -> str:
    return _(
        "%(name)s does not wish to be asked any more. That is their right; we ask nobody in "
        "their place."
    )


def _gone_from_circle() -> str:
    return _("%(name)s is one of our volunteers no more. We ask nobody in their place.")


def let_go(limit: datetime) -> None:
    """Forget whose invitation, or the consent under which they accepted, ended before that."""
    NamedPerson.objects.filter(resigned_at=None, token_until__lte=limit).delete()


def forget(device: Device) -> None:
    """Erase whom the owner had named; that somebody resigned outlives it as a hash alone."""
    people = NamedPerson.objects.filter(device=device)
    people.filter(resigned_at=None).delete()


def _open_to(person: NamedPerson, now: datetime) -> list[Case]:
    """Return the cases in which the owner names this person and consents, the newest first."""
    cases = Case.objects.filter(device=person.device_id, erased=False, consent_until__gt=now)
    return [case for case in cases.order_by("-pk") if is_named(case, person.who)]


# ------------------------------------------------------------------------------ rules


def hold(case: Case, staff: Staff, fence: int, now: datetime) -> None:
    lock_home(case.device_id)
    case.refresh_from_db()
    settle_first(case, now)
    require_hold(case, staff, fence, now)


def require_named(case: Case) -> TrustedPerson:
    named = named_in(case)
    if named is None:
        raise ConsentEnded("the owner names nobody, or not any more")
    return named


def is_named(case: Case, who: str) -> bool:
    named = named_in(case)
    return named is not None and who_is(case.device_id, named) == who


def who_is(device_id: str, named: TrustedPerson) -> str:
    """Return the keyed hash of a person: this household's, by this name, reached this way."""
    return tombstones.keyed_hash("\0".join((device_id, named.name, named.channel)))


def say_to_owner(case: Case, event: Event, words: Callable[[], str], now: datetime) -> None:
    told = tell(case, words, now)
    write_down(case, event, now=now, from_state=case.state, told_owner=told)


def _sha256(token: str) -> str:
    return hashlib.sha256(token.encode()).hexdigest()
