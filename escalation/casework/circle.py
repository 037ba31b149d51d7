"""Decides which volunteers there are at a moment: nobody who has not said yes, now.

Whoever has not accepted, pauses, has left, whose time is over, who has no hours at this moment
(in their own time zone) or does not speak the language: is not there. How they come and go is
in ``volunteers``, what they are proposed for in ``proposals``.
"""

from collections.abc import Iterable
from datetime import datetime, time
from enum import StrEnum

from django.utils.dates import WEEKDAYS_ABBR
from django.utils.translation import gettext as _

from escalation.keeping.queries import Given, PreparedQuery
from escalation.models import CircleDoing, CircleEvent, Staff, Volunteer
from escalation.team import rota
from wire.messages import Language, TrustedPerson

RELATIONS = {Language.FR: "bénévole", Language.EN: "volunteer"}
CHANNELS = {Language.FR: "par cette équipe", Language.EN: "through the desk"}
"""What stands in the owner's file; how a volunteer is reached stays at the desk. Somebody may
type it by hand, and it has to be the same: it has letters that every keyboard has."""


class Place(StrEnum):
    """How a volunteer stands to the circle."""

    ENTERED = "entered"
    """Written down, and not invited, or the invitation lapsed."""
    INVITED = "invited"
    IN = "in"
    PAUSED = "paused"
    OVER = "over"
    """Their time is over: they are asked again, or not."""
    LEFT = "left"


def place(volunteer: Volunteer, now: datetime) -> Place:
    """Return how this volunteer stands to the circle at ``now``."""
    if volunteer.left_at is not None:
        return Place.LEFT
    runs = volunteer.until is not None and now < volunteer.until
    if volunteer.accepted_at is None:
        return Place.INVITED if runs and volunteer.token_sha256 else Place.ENTERED
    if not runs:
        return Place.OVER
    return Place.PAUSED if volunteer.paused_at is not None else Place.IN


def is_there(volunteer: Volunteer, language: str, now: datetime) -> bool:
    """Return whether they may be asked at this moment, in this language."""
    return (
        place(volunteer, now) is Place.IN
        and language in volunteer.languages
        and rota.there_until(volunteer.promised(), now) is not None
    )


def there(language: str, now: datetime) -> list[Volunteer]:
    """Return who may be asked now in this language; whoever waits longest comes first."""
    never = datetime.min.replace(tzinfo=now.tzinfo)
    found = [one for one in _ACCEPTED.fetch(now=now) if is_there(one, language, now)]
    return sorted(found, key=lambda one: (one.proposed_at or never, one.pk))


_ACCEPTED = PreparedQuery(
    lambda: Volunteer.objects.filter(
        accepted_at__isnull=False, paused_at=None, left_at=None, until__gt=Given("now")
    ).prefetch_related("hours"),
    keeps_plan=True,
)


def as_named(volunteer: Volunteer, language: str) -> TrustedPerson:
    """Return the lines by which an owner names this volunteer in their file at home."""
    spoken = Language(language)
    return TrustedPerson(
        name=volunteer.first_name, relation=RELATIONS[spoken], channel=CHANNELS[spoken]
    )


def language_name(language: str) -> str:
    """Return a language as it is called, in the language that is active."""
    return {"fr": _("French"), "en": _("English")}[language]


def hours_in_words(hours: Iterable[rota.Hours]) -> str:
    """Return hours in a few letters: the days that have the same ones stand together."""
    days: dict[str, list[str]] = {}
    for one in sorted(hours, key=lambda one: (one.weekday, one.begins)):
        whole = one.begins == one.ends == time(0)
        span = _("all day") if whole else f"{one.begins:%H:%M}–{one.ends:%H:%M}"
        days.setdefault(span, []).append(str(WEEKDAYS_ABBR[one.weekday]))
    return ", ".join(f"{' '.join(names)} {span}" for span, names in days.items())


def lock(volunteer: Volunteer | int) -> Volunteer:
    """Return a volunteer as they are now, still until the transaction ends.

    After the home, never before it: ``proposals`` keeps that order.
    """
    number = volunteer if isinstance(volunteer, int) else volunteer.pk
    return Volunteer.objects.select_for_update().get(pk=number)


def note(
    volunteer: Volunteer, doing: CircleDoing, now: datetime, *, by: Staff | None = None
) -> None:
    """Append a line to what happened in the circle."""
    CircleEvent.objects.create(volunteer=volunteer, at=now, doing=doing, by=by)
