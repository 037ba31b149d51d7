"""Decides whom somebody helps next, so that nobody has to choose between people.

In this order: an owner who has asked for a call, whoever was held in an incident (every second
time), an owner who prefers this person, somebody with whom they have spoken before, somebody
who speaks their language, and whoever has waited longest. Only cases that take a skill which
this person has now; without one there is nobody to help. An owner whom this person did not hear
is for somebody else.

Whom an owner prefers, or else whoever has spoken with them before, comes first for them as
well: their case is kept for them for a moment (``who_waits``).

Whoever holds a case already is brought back to it. After ``PEOPLE_AN_HOUR`` within an hour it
is time for a pause: who is tired is not kind.

Choosing and claiming are one transaction, for one press of one person at a time. Where several
processes write at once (PostgreSQL), a case that a colleague is just being given is passed
over; on SQLite they queue. Either way the claim itself is compare-and-set.
"""

from collections.abc import Iterable, Iterator
from datetime import datetime, timedelta

from django.db import transaction

from escalation.cases import CaseError, Matter, State
from escalation.casework import acts, who_waits
from escalation.casework.who_waits import Queue, Waits
from escalation.keeping.queries import PreparedQuery
from escalation.models import Case, Staff
from escalation.team import presence, skills

PEOPLE_AN_HOUR = 6

WAITS: dict[Matter, tuple[State, ...]] = {
    Matter.CARE: (State.UNSTAFFED, State.WAITING),
    Matter.SERVICE: (State.SERVICE,),
}
"""In which states a case of each matter waits, and in which order they are looked at."""


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
    matters, given = skills.matters_of(staff, now), who_waits.given(staff, now)
    return any(
        who_waits.ANYBODY_FOR_ME.fetch(state=state, **given)
        for state in _queues(staff, matters)
    ) or any(who_waits.LAPSED.fetch(matter=matter, **given) for matter in matters)


def _helped_lately(staff: Staff, now: datetime) -> int:
    return len(who_waits.HELPED_SINCE.fetch(who=staff.pk, since=now - timedelta(hours=1)))


def _queues(staff: Staff, matters: Iterable[Matter]) -> dict[State, Queue]:
    """Return in which of their states anybody waits: most of the time nobody is unstaffed."""
    states = [state for matter in matters for state in WAITS[matter]]
    queues = {state: who_waits.queue(state, staff) for state in states}
    return {state: queue for state, queue in queues.items() if queue.anybody}


def _candidates(staff: Staff, matters: list[Matter], now: datetime) -> Iterator[Case]:
    """Yield the next cases in their order, those that wait locked; one may appear twice.

    Nobody is looked for twice where there is nobody.
    """
    given, queues = who_waits.given(staff, now), _queues(staff, matters)

    def first(*queries: PreparedQuery[Case]) -> Iterator[Case]:
        for query in queries:
            for state in queues:
                yield from query.fetch(state=state, language=staff.language, **given)

    def among(waiting: Iterable[Waits]) -> Iterator[Case]:
        some = list(waiting)
        for state in queues:
            for one in some:
                if one.state == state:
                    here = {"state": state, "number": one.pk}
                    yield from who_waits.THIS_ONE.fetch(**here, **given)

    if queues:
        known = who_waits.at_known_homes(**given)
        if any(queue.owner_called for queue in queues.values()):
            yield from among(one for one in known if one.owner_called)
            yield from first(who_waits.CALLED)
        # Whoever was held in an incident and all others take turns: a wave that is let go
        # would be first in line for days.
        held = any(queue.held_before for queue in queues.values())
        if held and not any(first_one for (first_one,) in who_waits.LAST_HELPED.fetch(**given)):
            yield from first(who_waits.HELD_BEFORE)
            held = False
        prefer = who_waits.at_homes_that_prefer(**given)
        for some in (prefer, known):
            yield from among(one for one in some if not (held and one.comes_first))
        if held:
            yield from first(who_waits.OTHERS_WHO_SPEAK, who_waits.OTHERS)
        yield from first(who_waits.WHO_SPEAK, who_waits.WHOEVER)
    for matter in matters:
        yield from who_waits.LAPSED.fetch(matter=matter, **given)
