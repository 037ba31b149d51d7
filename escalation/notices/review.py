"""Finds out who has to be told now, from the rows alone, and lets nobody be told twice.

What waits and since when is read anew each time, the ladder says which steps are due, and a
row is written for each channel of each person that a step names. A person who was told of this
fact, who was told of the same kind a moment ago, who does not want it, or who has quiet hours
and is not there, is left in peace. What waited to be handed over and no longer holds ends.

Of a flood only the oldest counts: nobody is told ten thousand times that somebody waits.
"""

from collections.abc import Iterable
from datetime import datetime
from typing import Any

from django.db import transaction
from django.db.models import QuerySet

from escalation.cases import IN_HAND, State
from escalation.guarding import conversations, objections
from escalation.models import Case, ContactRequest, Incident, Staff, TakeOver
from escalation.notices import outbox
from escalation.notices.kinds import KINDS, Audience, Kind
from escalation.notices.ladder import Due, Waiting, What, due
from escalation.notices.models import Notice, Wishes
from escalation.team import presence, quiet_hours, rota, skills

CALLS_MAX = 20
"""More calls than this at once are one matter: everybody has been told already."""


def review(now: datetime, *, neglected: bool = False) -> None:
    """Write what has to be told now, and call off what no longer holds."""
    waits = _what_waits(now)
    if neglected:
        # From one full hour to the next, so that it is told again as long as it lasts.
        waits.append(Waiting(what=What.NEGLECT, since=now.replace(minute=0, second=0)))
    steps = due(waits, now, nobody_here=not presence.trained_here(now).exists())
    # The last step first: whoever is told of it needs none of those before.
    for step in reversed(steps):
        _tell(step, now)
    if Notice.objects.filter(ended_at=None).exists():
        outbox.call_off((step.fact for step in steps), now)


def _what_waits(now: datetime) -> list[Waiting]:
    living = Case.objects.filter(consent_until__gt=now)
    # Written as a list of one: the index is used for ``IN (…)``, and not for ``NOT …``.
    calls, quiet = (living.filter(owner_called__in=[called]) for called in (True, False))
    found = []
    for what, states in (
        (What.CALL, [State.WAITING, State.UNSTAFFED]),
        (What.CALL_ALONE, [State.UNSTAFFED]),
    ):
        times = calls.filter(state__in=states).values_list("waits_since", flat=True)
        found += _waiting(what, times.order_by("waits_since"))
    for what, cases in (
        (What.CARE, quiet.filter(state=State.WAITING)),
        (What.CARE_ALONE, quiet.filter(state=State.UNSTAFFED)),
        (What.SERVICE, quiet.filter(state=State.SERVICE)),
    ):
        since = _oldest(cases)
        if since is not None:
            found.append(Waiting(what=what, since=since))
    return found + _colleagues(living) + _for_guardians(now)


def _colleagues(living: QuerySet[Case]) -> list[Waiting]:
    """Return what waits for a second person, or for a supervisor."""
    asked = ContactRequest.objects.filter(ended_at=None, approved_by=None)
    danger = living.filter(state__in=IN_HAND, emergency_at__isnull=False)
    offered = TakeOver.objects.filter(case__state=State.TALKING)
    waves = Incident.objects.filter(released_at=None)
    by_what = (
        (What.APPROVAL, asked.values_list("asked_at", flat=True)),
        (What.APPROVAL, danger.values_list("emergency_at", flat=True)),
        (What.TAKE_OVER, offered.values_list("at", flat=True)),
        (What.INCIDENT, waves.values_list("opened_at", flat=True)),
    )
    return [one for what, times in by_what for one in _waiting(what, times)]


def _for_guardians(now: datetime) -> list[Waiting]:
    """Return what waits for somebody outside the line; of the drawn ones, the oldest."""
    made = objections.unanswered().values_list("made_at", flat=True)
    drawn = conversations.readable(now).filter(written_at=None).order_by("drawn_at")
    return [
        *_waiting(What.OBJECTION, made),
        *_waiting(What.DRAWN, drawn.values_list("drawn_at", flat=True)[:1]),
    ]


def _waiting(what: What, times: "QuerySet[Any, datetime | None]") -> list[Waiting]:
    return [Waiting(what=what, since=since) for since in times[:CALLS_MAX] if since is not None]


def _oldest(cases: QuerySet[Case]) -> datetime | None:
    """Return since when the one waits who has waited longest.

    Nobody waits since before their case was opened, and an index has that order: usually one
    row is read, however many wait.
    """
    oldest: datetime | None = None
    times = cases.order_by("opened_at").values_list("opened_at", "waits_since")
    for opened_at, since in times.iterator(chunk_size=20):
        if oldest is not None and opened_at >= oldest:
            break
        if since is not None and (oldest is None or since < oldest):
            oldest = since
    return oldest


def _tell(step: Due, now: datetime) -> None:
    people = [staff for staff in _audience(step.audience, now) if _may_tell(staff, step, now)]
    if people:
        with transaction.atomic():
            outbox.add(step.kind, step.fact, people, now)


def _may_tell(staff: Staff, step: Due, now: datetime) -> bool:
    before = Notice.objects.filter(channel__staff=staff)
    # Between then and now: a clock that ran ahead must not keep everybody in peace for a day.
    since = now - KINDS[step.kind].apart
    if before.filter(kind=step.kind, created_at__gt=since, created_at__lte=now).exists():
        return False
    facts = before.filter(fact__startswith=f"{step.wait}/").values_list("fact", flat=True)
    told = {tuple(map(int, fact.split("/")[2:])) for fact in facts}
    if (step.number, step.round) in told or any(number > step.number for number, _ in told):
        return False
    return wants(staff, step.kind) and not in_peace(staff, now)


def wants(staff: Staff, kind: Kind) -> bool:
    """Return whether ``staff`` wants to be told of ``kind``; whoever has said nothing does."""
    wishes = Wishes.objects.filter(pk=staff.pk).first()
    return wishes is None or kind not in wishes.unwanted


def in_peace(staff: Staff, now: datetime) -> bool:
    """Return whether ``staff`` has quiet hours. Whoever is there has come to be asked."""
    wishes = Wishes.objects.filter(pk=staff.pk).first()
    if wishes is None or presence.is_here(staff, now):
        return False
    zone = presence.zone_of(staff)
    return quiet_hours.quiet(wishes.quiet_from, wishes.quiet_until, zone, now)


def _audience(audience: Audience, now: datetime) -> Iterable[Staff]:
    match audience:
        case Audience.PRESENT:
            people = presence.trained_here(now)
        case Audience.ON_ROTA:
            people = Staff.objects.filter(pk__in=skills.live(now).values("staff"))
        case Audience.TECHNICIANS:
            people = Staff.objects.filter(is_technician=True)
        case Audience.SUPERVISORS:
            people = Staff.objects.filter(is_supervisor=True)
        case Audience.GUARDIANS:
            people = Staff.objects.filter(is_guardian=True)
    # Whoever is on the line with somebody cannot come, and has that person's ear.
    talking = Case.objects.filter(state=State.TALKING, lease_until__gt=now)
    people = people.filter(is_active=True, channels__isnull=False).distinct()
    people = people.exclude(pk__in=talking.filter(holder__isnull=False).values("holder"))
    found = people.order_by("pk").prefetch_related("channels", "rota")
    if audience in (Audience.PRESENT, Audience.SUPERVISORS, Audience.GUARDIANS):
        return found
    return [staff for staff in found if _on_rota(staff, now)]


def _on_rota(staff: Staff, now: datetime) -> bool:
    """Return whether ``staff`` is there, or has not said that they are not."""
    if staff.paused and staff.here_until is not None and now < staff.here_until:
        return False
    hours = presence.hours_of(staff)
    there = presence.is_here(staff, now) or rota.there_until(hours, now) is not None
    return there or not hours
