"""How long it takes to find somebody by name among a million, as it is typed on the telephone.

Half a name, a wrong accent, the words in the other order, two words that hardly anybody has
together, and names that thousands have. The search is written down each time, as always.
"""
# Django is set up in the process that does the work, and what needs it is imported there.
# ruff: noqa: PLC0415

import random
import statistics
import time
from dataclasses import dataclass
from datetime import UTC, datetime

from scripts.benchmarks.desk.databases import Desk
from scripts.benchmarks.desk.names import typings


@dataclass(frozen=True, slots=True, kw_only=True)
class Searches:
    """What the searches took."""

    names: int
    name_search_median_ms: float
    name_search_p99_ms: float
    name_searches_found: int
    """How many of them found anybody."""


def searches(desk: Desk, *, names: int, count: int, seed: int) -> Searches:
    """Look for ``count`` people at a desk that knows ``names``."""
    return desk.call(_searches, names, count, seed)


def _searches(names: int, count: int, seed: int) -> Searches:
    from escalation.casework import finding
    from escalation.models import Staff
    from scripts.benchmarks.desk import population

    now, chance = datetime.now(UTC), random.Random(seed)
    (number,) = population.reviewers(1, now)
    population.owners(names, now, chance, keys=False)
    population.settle_down()
    staff = Staff.objects.get(pk=number)
    spent_s, found = [], 0
    for typed in typings(count, chance):
        began_s = time.perf_counter()
        found += bool(finding.find(typed, staff=staff, now=now).homes)
        spent_s.append(time.perf_counter() - began_s)
    spent_s.sort()
    return Searches(
        names=names,
        name_search_median_ms=round(1000 * statistics.median(spent_s), 1),
        name_search_p99_ms=round(1000 * spent_s[int(count * 0.99)], 1),
        name_searches_found=found,
    )
