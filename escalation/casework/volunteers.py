"""How volunteers come into the circle, stay and go: by their own word, on their own page.

1. A supervisor writes a volunteer down, and passes on an invitation themselves: a link that is
   shown once. It is the only key to the volunteer's own page; the desk keeps its hash alone.
2. There the volunteer accepts, for ``STAYS_FOR``. Towards its end the page asks whether they
   stay; after it they are in the circle no more until somebody invites them anew.
3. They pause, come back and resign there at any time, without a reason.

Each of it is a line of the circle's own audit. No software ever writes to a volunteer.
"""

import hashlib
import secrets
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from django.db import transaction
from django.utils import translation

from escalation.cases import ForbiddenMove
from escalation.casework.circle import Place, hours_in_words, lock, note, place
from escalation.models import CircleDoing, Staff, Volunteer, VolunteerHours
from escalation.team import rota
from wire.messages import Language

INVITED_FOR = timedelta(days=14)
STAYS_FOR = timedelta(days=182)
"""Half a year, as a consent: then they are asked again."""
ASKED_AGAIN = timedelta(days=30)
"""So long before the end their page asks whether they stay."""
NAME_MAX = 30
HOURS_LENGTH_MAX = 100
"""An owner reads all of somebody's hours in one short message."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Details:
    """What a supervisor writes down, as a form brings it."""

    first_name: str
    speaks_fr: bool
    speaks_en: bool
    timezone: str
    reached_by: str


# ------------------------------------------------------------------- what supervisors do


@transaction.atomic
def enter(details: Details, by: Staff, now: datetime) -> Volunteer:
    """Write somebody down. They are in the circle only once they have said so themselves."""
    volunteer = Volunteer.objects.create(**_columns(details), until=now + INVITED_FOR)
    note(volunteer, CircleDoing.ENTERED, now, by=by)
    return volunteer


@transaction.atomic
def change(volunteer: Volunteer, details: Details, by: Staff, now: datetime) -> None:
    """Write down how they are called, what they speak and how they are reached now."""
    _require_here(lock(volunteer))
    Volunteer.objects.filter(pk=volunteer.pk).update(**_columns(details))
    note(volunteer, CircleDoing.CHANGED, now, by=by)


@transaction.atomic
def add_hours(volunteer: Volunteer, hours: rota.Hours, by: Staff, now: datetime) -> bool:
    """Write down hours; return whether they are few enough to be read in one message."""
    _require_here(lock(volunteer))
    same: dict[str, Any] = {"weekday": hours.weekday, "begins": hours.begins}
    others = [
        one
        for one in volunteer.promised()
        if (one.weekday, one.begins) != (hours.weekday, hours.begins)
    ]
    if any(_length([*others, hours], language) > HOURS_LENGTH_MAX for language in Language):
        return False
    volunteer.hours.update_or_create(**same, defaults={"ends": hours.ends})
    note(volunteer, CircleDoing.CHANGED, now, by=by)
    return True


@transaction.atomic
def remove_hours(volunteer: Volunteer, number: int, by: Staff, now: datetime) -> None:
    """Take hours back."""
    gone, _what = VolunteerHours.objects.filter(volunteer=volunteer, pk=number).delete()
    if gone:
        note(volunteer, CircleDoing.CHANGED, now, by=by)


@transaction.atomic
def invite(
    volunteer: Volunteer, by: Staff, *, link_of: Callable[[str], str], now: datetime
) -> str:
    """Return the link to their page, to be passed on by hand; an earlier one ends.

    Whoever is invited anew is asked anew: what they had accepted does not count any more.
    """
    _require_here(lock(volunteer))
    token = secrets.token_urlsafe(32)
    Volunteer.objects.filter(pk=volunteer.pk).update(
        token_sha256=_sha256(token),
        until=now + INVITED_FOR,
        accepted_at=None,
        paused_at=None,
    )
    note(volunteer, CircleDoing.INVITED, now, by=by)
    return link_of(token)


def look(volunteer: Volunteer, by: Staff, now: datetime) -> None:
    """Write down that somebody has read the page about a volunteer."""
    note(volunteer, CircleDoing.LOOKED, now, by=by)


# -------------------------------------------------------------------- what they do themselves


def at_the_link(token: str, now: datetime) -> Volunteer | None:
    """Return whose page this link opens, or ``None`` when it is no more."""
    volunteer = Volunteer.objects.filter(token_sha256=_sha256(token)).first()
    if volunteer is None or volunteer.until is None or now >= volunteer.until:
        return None
    return volunteer


def is_asked_again(volunteer: Volunteer, now: datetime) -> bool:
    """Return whether their page asks whether they stay."""
    here = place(volunteer, now) in (Place.IN, Place.PAUSED)
    return here and volunteer.until is not None and volunteer.until - now <= ASKED_AGAIN


@transaction.atomic
def accept(volunteer: Volunteer, now: datetime) -> None:
    """Note that they say yes: the first time, or when they are asked again. Twice is once."""
    volunteer = lock(volunteer)
    if place(volunteer, now) is Place.INVITED:
        doing, since = CircleDoing.ACCEPTED, now
    elif is_asked_again(volunteer, now):
        doing, since = CircleDoing.STAYED, volunteer.accepted_at or now
    else:
        return
    Volunteer.objects.filter(pk=volunteer.pk).update(accepted_at=since, until=now + STAYS_FOR)
    note(volunteer, doing, now)


@transaction.atomic
def come_back(volunteer: Volunteer, now: datetime) -> None:
    """End their pause."""
    if place(lock(volunteer), now) is Place.PAUSED:
        Volunteer.objects.filter(pk=volunteer.pk).update(paused_at=None)
        note(volunteer, CircleDoing.RETURNED, now)


# ----------------------------------------------------------- for ``proposals``, in its locks


def pause(volunteer: Volunteer, now: datetime) -> bool:
    """Let nobody ask them until they come back; return whether that is news."""
    if place(volunteer, now) is not Place.IN:
        return False
    Volunteer.objects.filter(pk=volunteer.pk).update(paused_at=now)
    note(volunteer, CircleDoing.PAUSED, now)
    return True


def empty(volunteer: Volunteer, doing: CircleDoing, now: datetime, by: Staff | None) -> bool:
    """Let go of somebody who leaves: nothing about them stays. Return whether that is news."""
    if volunteer.left_at is not None:
        return False
    Volunteer.objects.filter(pk=volunteer.pk).update(
        first_name="",
        speaks_fr=False,
        speaks_en=False,
        timezone="",
        reached_by="",
        token_sha256=None,
        until=None,
        accepted_at=None,
        paused_at=None,
        proposed_at=None,
        left_at=now,
    )
    VolunteerHours.objects.filter(volunteer=volunteer).delete()
    note(volunteer, doing, now, by=by)
    return True


def _length(hours: Iterable[rota.Hours], language: Language) -> int:
    with translation.override(language):
        return len(hours_in_words(hours))


def _require_here(volunteer: Volunteer) -> None:
    if volunteer.left_at is not None:
        raise ForbiddenMove("this volunteer has left")


def _columns(details: Details) -> dict[str, str | bool]:
    return {name: getattr(details, name) for name in Details.__slots__}


def _sha256(token: str) -> str:
    return hashlib.sha256(token.encode()).hexdigest()
