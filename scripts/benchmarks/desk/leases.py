"""Leases that have just ended, and eight processes that all want the case: never two winners.

Somebody has had each case until a moment ago. At once they try to decide after all, with the
fence they had; others take the case, and the clock puts it back where it waits. Afterwards the
audit says who won: one claim a fence number at most, and no decision with the old one.
"""
# Django is set up in the processes that do the work, and what needs it is imported there.
# ruff: noqa: PLC0415

from contextlib import suppress
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from multiprocessing.synchronize import Barrier

from django.db.models import Count

from escalation.cases import CaseError, Event
from scripts.benchmarks.desk.databases import Desk
from scripts.benchmarks.desk.guards import Guard, without
from wire.messages import Choice

PROCESSES = 8
LATE_S = 60
TOGETHER_WITHIN_S = 60


@dataclass(frozen=True, slots=True, kw_only=True)
class Leases:
    """What the races found."""

    lease_races: int
    lease_two_winners: int


def leases(desk: Desk, *, races: int, guard: Guard | None, seed: int) -> Leases:
    """Let each of ``races`` cases be wanted by all at once."""
    numbers, people = desk.call(_prepare, races, seed)
    desk.race(_reach, [(numbers, place, who, guard) for place, who in enumerate(people)])
    return Leases(lease_races=races, lease_two_winners=desk.call(_observe, numbers, people[0]))


def _prepare(races: int, seed: int) -> tuple[list[int], list[int]]:
    import random

    from escalation.cases import LEASE
    from escalation.casework import acts
    from escalation.models import Case, Staff
    from scripts.benchmarks.desk import population

    now, chance = datetime.now(UTC), random.Random(seed)
    people = population.reviewers(PROCESSES, now - timedelta(days=1))
    homes = population.owners(races, now, chance, keys=True)
    population.care_cases(homes, now - timedelta(hours=2), chance)
    cases = list(Case.objects.filter(device__in=[home.device_id for home in homes]))
    first = Staff.objects.get(pk=people[0])
    for case in cases:
        acts.claim(case, first, now - LEASE + timedelta(seconds=LATE_S))
    return [case.pk for case in cases], people


def _reach(
    start: Barrier, numbers: list[int], place: int, who: int, guard: Guard | None
) -> None:
    from escalation.casework import acts, deskwork
    from escalation.models import Case, Staff

    person = Staff.objects.get(pk=who)
    # Every lease ends in this minute: this is the moment after.
    now = datetime.now(UTC) + timedelta(seconds=2 * LATE_S)
    with without(guard):
        for number in numbers:
            case = Case.objects.select_related("device").get(pk=number)
            start.wait(TOGETHER_WITHIN_S)
            with suppress(CaseError):
                if place == 0:
                    words = {"choice": Choice.WRITE, "reason": "Because.", "message": ""}
                    acts.decide(case, person, fence=1, now=now, **words)  # type: ignore[arg-type]
                elif place == 1:
                    deskwork.settle(case, now)
                else:
                    acts.claim(case, person, now)


def _observe(numbers: list[int], first: int) -> int:
    from escalation.models import CaseEvent

    lines = CaseEvent.objects.filter(case__in=numbers)
    claims = lines.filter(event=Event.CLAIM).values("case", "fence")
    twice = {row["case"] for row in claims.annotate(n=Count("pk")).filter(n__gt=1)}
    late = lines.filter(event=Event.DECIDE, actor=first).values_list("case", flat=True)
    return len(twice | set(late))
