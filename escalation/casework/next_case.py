"""Decides whom somebody helps next, so that nobody has to choose between people.

In this order: an owner who has asked for a call, whoever was held in an incident (every second
time), an owner who prefers this person, somebody with whom they have spoken before, somebody
who speaks their language, and whoever has waited longest. Only cases that take a skill which
this person has now; without one there is nobody to help. An owner whom this person did not hear
is for somebody else.

Whom an owner prefers, or else whoever has spoken with them before, comes first for them as
well: while such a colleague is there, the case is kept for them for ``KEPT_FOR_KNOWN``, unless
the owner has asked for a call.

Whoever holds a case already is brought back to it. After ``PEOPLE_AN_HOUR`` within an hour it
is time for a pause: who is tired is not kind.

Choosing and claiming are one transaction, for one press of one person at a time. Where several
processes write at once (PostgreSQL), a case that a colleague is just being given is passed
over; on SQLite they queue. Either way the claim itself is compare-and-set.
"""

from collections.abc import Iterator
from datetime import datetime, timedelta
from typing import Any

from django.db import transaction
from django.db.models import Exists, OuterRef, Q, QuerySet

from escalation.cases import IN_HAND, CaseError, Event, Matter, State
from escalation.casework import acts
from escalation.models import Case, CaseEvent, OwnerWishes, Staff
from escalation.team import presence, skills

PEOPLE_AN_HOUR = 6

WAITS: dict[Matter, tuple[State, ...]] = {
    Matter.CARE: (State.UNSTAFFED, State.WAITING),
    Matter.SERVICE: (State.SERVICE,),
}
"""In which states a case of each matter waits, and in which order they are looked at."""

KEPT_FOR_KNOWN = timedelta(minutes=5)
"""Long enough to finish a sentence with somebody else, and short beside the hour in time."""


LAPSED_TRIED = 8
"""Of the cases whose lease has ended, how many are tried: colleagues may want them, too."""

HOMES_REMEMBERED = 500
"""How many people one remembers having spoken with: the latest, for about a month."""


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


def _queues(staff: Staff, matters: list[Matter], now: datetime) -> Iterator[QuerySet[Case]]:
    """Yield whom ``staff`` may help, by state: whoever was told that nobody is there is first.

    One query a state, because then the index has them in their order: with ten thousand
    waiting, a press looks at a handful.
    """
    living = Case.objects.filter(consent_until__gt=now).exclude(_kept_from(staff, now))
    living = living.exclude(kept_from=staff)
    for matter in matters:
        for state in WAITS[matter]:
            # Asked first, because that is quick: most of the time nobody is unstaffed.
            if Case.objects.filter(state=state).exists():
                yield living.filter(state=state)
    # Leases that have ended come last; the clock puts those cases back within seconds anyway.
    yield living.filter(state__in=IN_HAND, matter__in=matters, lease_until__lte=now)


def _kept_from(staff: Staff, now: datetime) -> Q:
    """Say which cases wait a moment for a colleague who knows the owner."""
    here = presence.trained_here(now).exclude(pk=staff.pk)
    colleagues = list(here.values_list("pk", flat=True))
    if not colleagues:
        return Q(pk__in=())
    oneself = [staff.pk]
    theirs = Q(_decided_by(colleagues), ~Q(_decided_by(oneself)), ~Q(_preferred(oneself)))
    recent = Q(
        matter=Matter.CARE,
        kept_from=None,
        owner_called=False,
        waits_since__gt=now - KEPT_FOR_KNOWN,
    )
    # What is quickly seen comes first.
    return recent & (Q(_preferred(colleagues)) | theirs)


def _decided_by(people: list[int]) -> Exists:
    """Say that one of ``people`` has decided about this home before."""
    return Exists(Case.objects.filter(device=OuterRef("device"), decided_by__in=people))


def _preferred(people: list[int]) -> Exists:
    """Say that this owner would rather speak with one of ``people``."""
    return Exists(OwnerWishes.objects.filter(device=OuterRef("device"), prefers__in=people))


def _first_ones_turn(staff: Staff) -> bool:
    """Return whether ``staff`` helps somebody next who was held in an incident.

    They and all others take turns: a wave that is let go would be first in line for days.
    """
    last = CaseEvent.objects.filter(actor=staff, event=Event.CLAIM).order_by("-at", "-pk")
    return not any(last.values_list("case__comes_first", flat=True)[:1])


def _candidates(staff: Staff, matters: list[Matter], now: datetime) -> Iterator[Case]:
    """Yield the next cases in their order, those that wait locked; one may appear twice."""
    *queues, lapsed = (
        queue.order_by("-owner_called", "opened_at", "pk")
        for queue in _queues(staff, matters, now)
    )
    for fits in _order(staff, matters):
        for queue in queues:
            yield from queue.filter(fits).select_for_update(skip_locked=True)[:1]
    # Not locked: the lease is ended first, and that begins with the home (``locks``).
    yield from lapsed[:LAPSED_TRIED]


def _order(staff: Staff, matters: list[Matter]) -> Iterator[Q]:
    """Yield by what is chosen. Nobody is looked for twice where there is nobody."""
    states = [state for matter in matters for state in WAITS[matter]]
    waiting, others = Case.objects.filter(state__in=states), Q()
    helped = Case.objects.filter(decided_by=staff).order_by("-decided_at")
    known = _open_at(helped.values_list("device", flat=True))
    if waiting.filter(owner_called=True).exists():
        yield from (Q(owner_called=True) & near for near in known)
        yield Q(owner_called=True)
    if waiting.filter(comes_first=True).exists():
        if _first_ones_turn(staff):
            yield Q(comes_first=True)
        else:
            others = Q(comes_first=False)
    wishes = OwnerWishes.objects.filter(prefers=staff).order_by("-noted_at")
    preferred = _open_at(wishes.values_list("device", flat=True))
    for fits in (*preferred, *known, Q(owner_language=staff.language), Q()):
        yield others & fits
    yield Q()


def _open_at(homes: QuerySet[Any, str]) -> list[Q]:
    """Say which open cases are at these homes, if there are any.

    The homes are few and the open cases may be many, so they are looked up from the homes.
    """
    latest = homes[:HOMES_REMEMBERED]
    undecided = Case.objects.filter(device__in=latest, closed_at=None, decided_at=None)
    numbers = list(undecided.values_list("pk", flat=True))
    return [Q(pk__in=numbers)] if numbers else []
