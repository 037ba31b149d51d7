"""Decides whom somebody helps next, so that nobody has to choose between people.

In this order: an owner who has asked for a call, somebody with whom this person has spoken
before, somebody who speaks their language, and whoever has waited longest. Only cases that take
a skill which this person has now; without one there is nobody to help.

Whoever has spoken with an owner before comes first for them as well: while such a colleague is
there, the case is kept for them for ``KEPT_FOR_KNOWN``, unless the owner has asked for a call.

Whoever holds a case already is brought back to it. After ``PEOPLE_AN_HOUR`` within an hour it
is time for a pause: who is tired is not kind.

Choosing and claiming are one transaction, for one press of one person at a time. Where several
processes write at once (PostgreSQL), a case that a colleague is just being given is passed
over; on SQLite they queue. Either way the claim itself is compare-and-set.
"""

from collections.abc import Iterator
from datetime import datetime, timedelta

from django.db import transaction
from django.db.models import Exists, OuterRef, Q, QuerySet

from escalation.cases import CaseError, Event, Matter, State
from escalation.casework import acts
from escalation.models import Case, CaseEvent, Device, Staff
from escalation.team import presence, skills

PEOPLE_AN_HOUR = 6

WAITS: dict[Matter, tuple[State, ...]] = {
    Matter.CARE: (State.UNSTAFFED, State.WAITING),
    Matter.SERVICE: (State.SERVICE,),
}
"""In which states a case of each matter waits, and in which order they are looked at."""

KEPT_FOR_KNOWN = timedelta(minutes=5)
"""Long enough to finish a sentence with somebody else, and short beside the hour in time."""


class PauseFirst(Exception):
    """This person has helped enough people within the hour."""


@transaction.atomic
def take(staff: Staff, now: datetime) -> Case | None:
    """Return the case that ``staff`` has now, or ``None`` when nobody waits.

    Raises ``PauseFirst``.
    """
    staff = skills.lock(staff)
    matters = skills.matters_of(staff, now)
    if not matters:
        return None
    presence.arrive(staff, now)
    in_hand = presence.in_hand(staff, now)
    if in_hand:
        return in_hand[0]
    for case in _candidates(staff, matters, now):
        if _helped_lately(staff, now) >= PEOPLE_AN_HOUR:
            raise PauseFirst
        try:
            acts.claim(case, staff, now)
        except CaseError:
            continue
        return case
    return None


def somebody_waits(staff: Staff, now: datetime) -> bool:
    """Return whether there is anybody whom ``staff`` may help."""
    matters = skills.matters_of(staff, now)
    return any(queue.exists() for queue in _queues(staff, matters, now))


def _helped_lately(staff: Staff, now: datetime) -> int:
    lately = CaseEvent.objects.filter(
        actor=staff, event=Event.CLAIM, at__gt=now - timedelta(hours=1)
    )
    return lately.values("case").distinct().count()


def _queues(staff: Staff, matters: list[Matter], now: datetime) -> list[QuerySet[Case]]:
    """Return whom ``staff`` may help, by state: whoever was told that nobody is there is first.

    One query a state, because then the index has them in their order: with ten thousand
    waiting, a press looks at a handful. Leases that have ended come last; the clock puts
    those cases back within seconds anyway.
    """
    living = Case.objects.filter(consent_until__gt=now).exclude(_kept_from(staff, now))
    queues = [living.filter(state=state) for matter in matters for state in WAITS[matter]]
    lapsed = living.filter(state=State.CLAIMED, matter__in=matters, lease_until__lte=now)
    return [*queues, lapsed]


def _kept_from(staff: Staff, now: datetime) -> Q:
    """Say which cases wait a moment for a colleague who knows the owner."""
    colleagues = presence.trained_here(now).exclude(pk=staff.pk)
    return Q(
        _decided_by(colleagues),
        ~Q(_decided_by(Staff.objects.filter(pk=staff.pk))),
        matter=Matter.CARE,
        owner_called=False,
        waits_since__gt=now - KEPT_FOR_KNOWN,
    )


def _decided_by(people: QuerySet[Staff]) -> Exists:
    """Say that one of ``people`` has decided about this home before."""
    return Exists(
        Case.objects.filter(device=OuterRef("device"), decided_by__in=people.values("pk"))
    )


def _candidates(staff: Staff, matters: list[Matter], now: datetime) -> Iterator[Case]:
    """Yield the next cases in their order, each locked; one may appear twice."""
    queues = [
        queue.order_by("-owner_called", "opened_at", "pk").select_for_update(skip_locked=True)
        for queue in _queues(staff, matters, now)
    ]
    known = Q(device__in=Device.objects.filter(cases__decided_by=staff))
    called, same_language = Q(owner_called=True), Q(owner_language=staff.language)
    for fits in (called & known, called, known, same_language, Q()):
        for queue in queues:
            yield from queue.filter(fits)[:1]
