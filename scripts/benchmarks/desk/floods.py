"""Ten thousand alerts of one batch at once: one incident, and whoever else waits is helped.

Among the wave are a few cases of the same model and of another batch. The clock's chores run
as they do at a desk, until they find nothing more to hold; then somebody helps the next person,
and it is one of those others.
"""
# Django is set up in the process that does the work, and what needs it is imported there.
# ruff: noqa: PLC0415

import random
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

from scripts.benchmarks.desk.databases import Desk
from scripts.benchmarks.desk.guards import Guard, without

OTHERS = 10
"""Fewer than what would be a wave by itself."""
ROUNDS_MAX = 200


@dataclass(frozen=True, slots=True, kw_only=True)
class Flood:
    """What became of the wave."""

    alerts: int
    incidents: int
    held: int
    others_missed: int
    """Of ten who wait for another reason, how many were not among the next to be helped."""


def flood(desk: Desk, *, alerts: int, guard: Guard | None, seed: int) -> Flood:
    """Let ``alerts`` of one batch wait, and others beside them."""
    return desk.call(_flood, alerts, guard, seed)


def _flood(alerts: int, guard: Guard | None, seed: int) -> Flood:
    from escalation.casework import incidents, next_case
    from escalation.models import Case, Incident, Staff
    from scripts.benchmarks.desk import population

    now, chance = datetime.now(UTC), random.Random(seed)
    people = population.reviewers(OTHERS, now)
    for batch, count in (("B7", alerts), ("B6", OTHERS)):
        homes = population.owners(count, now, chance, keys=True, batch=batch)
        population.care_cases(homes, now, chance, model="Reference machine")
    with without(guard):
        for round_ in range(ROUNDS_MAX):
            held = Case.objects.filter(state="held").count()
            incidents.review(now + timedelta(seconds=5 * round_))
            if Case.objects.filter(state="held").count() == held and round_:
                break
    later = now + timedelta(minutes=10)
    helped = [next_case.take(staff, later) for staff in Staff.objects.filter(pk__in=people)]
    return Flood(
        alerts=alerts,
        incidents=Incident.objects.count(),
        held=Case.objects.filter(state="held").count(),
        others_missed=sum(case is None or case.machine_batch == "B7" for case in helped),
    )
