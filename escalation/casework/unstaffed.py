"""Says honestly that nobody trained is there, as soon as it is known.

A care case waits ``IN_TIME`` for a person, and a call ``IN_TIME_CALLED``. When nobody with the
skill comes by then, or when it is known before that nobody will, the case is *unstaffed*: the
owner is told at once and once, with whom to call meanwhile, the supervisors see it, and nobody
unskilled is asked. It goes on as soon as somebody skilled takes it.

Computed from the rows each time: there is no job that could be lost.
"""

from datetime import datetime, timedelta
from zoneinfo import ZoneInfo

from django.db import transaction
from django.db.models import Q, QuerySet
from django.utils import timezone, translation
from django.utils.translation import gettext as _

from escalation.cases import Event, Matter, SomeoneElseFirst, State
from escalation.casework.acts import message_of
from escalation.casework.moves import apply, tell_owner
from escalation.console import clock_words
from escalation.models import Case, CaseEvent
from escalation.team import presence
from wire.messages import Alert, Note

IN_TIME = timedelta(hours=1)
IN_TIME_CALLED = timedelta(minutes=3)
ROWS_AT_A_TIME = 200
"""So that the clock's other chores do not wait for a flood of cases."""


def in_time(case: Case) -> timedelta:
    """Return how long this case may wait."""
    return IN_TIME_CALLED if case.owner_called else IN_TIME


def review(now: datetime) -> int:
    """Declare what nobody comes for in time; return how many cases that were."""
    waiting = Case.objects.filter(
        matter=Matter.CARE, state=State.WAITING, consent_until__gt=now
    )
    if not waiting.exists():
        return 0
    comes = presence.next_trained(now)
    declared = 0
    for case in _without_anybody(waiting, comes, now)[:ROWS_AT_A_TIME]:
        try:
            _declare(case, comes, now)
        except SomeoneElseFirst:
            continue
        declared += 1
    return declared


def _without_anybody(
    waiting: QuerySet[Case], comes: datetime | None, now: datetime
) -> QuerySet[Case]:
    """Return the cases whose time is over before somebody comes."""
    waiting = waiting.select_related("device").order_by("-owner_called", "opened_at", "pk")
    if comes is None:
        return waiting
    called = Q(owner_called=True) & _too_late(IN_TIME_CALLED, comes, now)
    others = Q(owner_called=False) & _too_late(IN_TIME, comes, now)
    return waiting.filter(called | others)


def _too_late(in_time: timedelta, comes: datetime, now: datetime) -> Q:
    # Whoever comes exactly in time is in time.
    return Q(waits_since__lte=now - in_time) | Q(waits_since__lt=comes - in_time)


@transaction.atomic
def _declare(case: Case, comes: datetime | None, now: datetime) -> None:
    told = None
    if not was_told(case):
        told = tell_owner(case, _note(case, comes, now), now)
    apply(case, Event.NOBODY, now=now, told_owner=told)


def was_told(case: Case) -> bool:
    """Return whether the owner knows already that nobody was there."""
    return CaseEvent.objects.filter(case=case, event=Event.NOBODY).exists()


def _note(case: Case, comes: datetime | None, now: datetime) -> Note:
    with translation.override(case.owner_language), _local_time(case):
        text = words_for_owner(case, comes, now)
    return Note(alert_id=case.alert_id, sender="", text=text, sent_at=now)


def words_for_owner(case: Case, comes: datetime | None, now: datetime) -> str:
    """Return what the owner reads, in the language and the time zone that are active."""
    message = message_of(case)
    first = _(
        "Nobody here who is trained for this is free at the moment, and we ask nobody else."
    )
    if comes is not None and comes > now:
        when = clock_words.moment(comes, now)
        first += " " + _("Somebody is expected: %(when)s.") % {"when": when}
    else:
        first += " " + _("Your message waits for the first one who is.")
    person = message.owner.trusted_person
    if person is not None:
        meanwhile = _("Meanwhile you could call %(name)s.") % {"name": person.name}
    else:
        meanwhile = _("Meanwhile, if you would like to speak to somebody, call one you trust.")
    danger = _("In an emergency, do not wait for us: call 112.")
    return f"{first} {meanwhile} {danger}"


def _local_time(case: Case) -> timezone.override:
    message = message_of(case)
    name = message.change.timezone if isinstance(message, Alert) else ""
    return timezone.override(ZoneInfo(name) if name else timezone.get_default_timezone())
