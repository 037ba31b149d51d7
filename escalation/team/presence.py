"""Who is there now, and when somebody trained comes next.

Whoever helps is there: until the end of the hours they have promised, or for ``SHIFT``. They
may pause, and going home hands over what they hold, with a word for the next person. The desk
keeps no history of anybody's hours.
"""

from collections.abc import Mapping
from datetime import datetime, timedelta
from zoneinfo import ZoneInfo

from django.conf import settings
from django.db import transaction
from django.db.models import QuerySet

from escalation.cases import IN_HAND, CallRunning, State
from escalation.casework import acts
from escalation.keeping.locks import lock_homes
from escalation.keeping.queries import Given, PreparedQuery
from escalation.models import Case, HandOver, Staff
from escalation.team import rota, skills

SHIFT = timedelta(hours=8)
"""For whoever has promised no hours."""


def arrive(staff: Staff, now: datetime) -> None:
    """Note that ``staff`` is there; being there already changes nothing but a pause."""
    until = staff.here_until
    if is_here(staff, now):
        return
    if until is None or until <= now:
        until = rota.there_until(hours_of(staff), now) or now + SHIFT
    _set(staff, here_until=until, paused=False)


def pause(staff: Staff) -> None:
    """Give ``staff`` nobody new until they help again."""
    _set(staff, paused=True)


@transaction.atomic
def leave(staff: Staff, notes: Mapping[int, str], now: datetime) -> int:
    """Let ``staff`` go home; return how many cases wait for somebody else now.

    ``notes`` has, by the number of the case, what the next person should know. Whoever is on
    the line stays until a colleague has taken the call over: ``CallRunning``.
    """
    staff = skills.lock(staff)
    held = list(in_hand(staff, now))
    lock_homes([case.device_id for case in held])
    if any(case.state == State.TALKING for case in held):
        raise CallRunning
    for case in held:
        text = notes.get(case.pk, "")
        if text:
            HandOver.objects.create(case=case, by=staff, text=text, at=now)
        acts.give_back(case, staff, fence=case.fence, now=now)
    _set(staff, here_until=None, paused=False)
    return len(held)


def in_hand(staff: Staff, now: datetime) -> list[Case]:
    """Return what ``staff`` holds, the oldest first."""
    return _IN_HAND.fetch(staff=staff.pk, now=now)


_IN_HAND = PreparedQuery(
    lambda: Case.objects.filter(
        state__in=IN_HAND, holder=Given("staff"), lease_until__gt=Given("now")
    ).order_by("opened_at", "pk"),
    keeps_plan=True,
)


def is_here(staff: Staff, now: datetime) -> bool:
    """Return whether ``staff`` is there, and not on a pause."""
    return staff.here_until is not None and now < staff.here_until and not staff.paused


def trained_here(now: datetime | Given) -> QuerySet[Staff]:
    """Return who has a care skill, is there and is not on a pause."""
    trained = Staff.objects.filter(pk__in=skills.live(now).values("staff"))
    return trained.filter(here_until__gt=now, paused=False)


def next_trained(now: datetime) -> datetime | None:
    """Return when somebody with a care skill is there next; ``None`` when nobody has one.

    Somebody who has promised no hours may come at any time: then the answer is ``now``, and
    waiting will tell.
    """
    trained = Staff.objects.filter(pk__in=skills.live(now).values("staff"))
    found: list[datetime] = []
    for staff in trained.prefetch_related("rota"):
        hours = hours_of(staff)
        if is_here(staff, now) or not hours:
            return now
        following = rota.next_there(hours, now)
        if following is not None:
            found.append(following)
    return min(found, default=None)


def hours_of(staff: Staff) -> list[rota.Hours]:
    """Return what ``staff`` has promised."""
    zone = zone_of(staff)
    return [row.meant_in(zone) for row in staff.rota.all()]


def zone_of(staff: Staff) -> ZoneInfo:
    """Return where ``staff`` is; the desk's own zone for whoever has said nothing."""
    return ZoneInfo(staff.timezone or settings.TIME_ZONE)


def _set(staff: Staff, *, paused: bool, **changes: datetime | None) -> None:
    Staff.objects.filter(pk=staff.pk).update(paused=paused, **changes)
    staff.refresh_from_db()
