"""Sixteen processes claim the same cases at once: how fast, and does anybody get one twice?

Each case is offered to two of the processes, which have read it before; one of them gets it.
Afterwards somebody whose skill has ended tries to claim those that nobody was offered.

The raw claim is what the database takes for the same: one transaction that reads the skill,
changes the row if it is still what was read, and appends the line of the audit; put down by
hand for the plain driver, without Django, without the table of moves and without objects.

What is counted comes from the audit afterwards, not from what the processes believe.
"""
# Django is set up in the processes that do the work, and what needs it is imported there.
# ruff: noqa: PLC0415

import random
import sqlite3
import time
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from multiprocessing.synchronize import Barrier
from typing import Any

import psycopg
from django.db import connection
from django.db.models import Count, Exists, OuterRef

from escalation.cases import LEASE, CaseError, Event
from escalation.keeping import audit
from scripts.benchmarks.desk.databases import Desk
from scripts.benchmarks.desk.guards import Guard, without

PROCESSES = 16
TURNS = 2
"""Each way of claiming goes first once: what else the machine does falls upon both."""
TOGETHER_WITHIN_S = 120
RAW_WAITS_S = 600
"""Without a queue before its door, SQLite lets the unlucky wait for long: that counts as its
time, and is no failure."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Claims:
    """What one race found."""

    claims_per_s: float
    claims_ratio_to_raw_sql: float
    claim_p99_ms: float
    raw_claim_p99_ms: float
    double_claims: int
    unskilled_claims: int


def claims(desk: Desk, *, cases: int, guard: Guard | None, seed: int) -> Claims:
    """Let the processes race for ``cases`` cases at a time, so and in plain SQL by turns."""
    ours, raw = Laps(_claims), Laps(_raw_claims)
    for turn in range(TURNS):
        for laps in (raw, ours) if turn % 2 else (ours, raw):
            prepared = desk.call(_prepare, cases, seed + turn)
            laps.run(desk, *prepared, guard=guard, seed=seed + turn)
    desk.call(_claims_without_skill, *desk.call(_prepare, cases // 20, seed), guard)
    doubles, unskilled = desk.call(_observe)
    return Claims(
        claims_per_s=round(TURNS * cases / ours.spent_s, 1),
        claims_ratio_to_raw_sql=round(raw.spent_s / ours.spent_s, 3),
        claim_p99_ms=_p99_ms(ours.tries_s),
        raw_claim_p99_ms=_p99_ms(raw.tries_s),
        double_claims=doubles,
        unskilled_claims=unskilled,
    )


def _p99_ms(tries_s: list[float]) -> float:
    p99_s: float = sorted(tries_s)[int(len(tries_s) * 0.99)]
    return round(1000 * p99_s, 1)


Lap = tuple[float, float, list[float]]
"""When a process began, when it ended, and how long each of its tries took."""


@dataclass(slots=True)
class Laps:
    """What all races of one way of claiming took."""

    worker: Callable[..., Lap]
    spent_s: float = 0.0
    tries_s: list[float] = field(default_factory=list)

    def run(
        self,
        desk: Desk,
        numbers: list[int],
        people: list[int],
        *,
        guard: Guard | None,
        seed: int,
    ) -> None:
        """Let each process have its share of these cases."""
        chance = random.Random(seed)
        # The first one of each process is not timed: what it needs is read then.
        shares = [[number] for number in numbers[: len(people)]]
        for number in numbers[len(people) :]:
            for share in chance.sample(shares, 2):
                share.append(number)
        laps = desk.race(
            self.worker,
            [(share, who, guard) for who, share in zip(people, shares, strict=True)],
        )
        begins, ends, tries = zip(*laps, strict=True)
        self.spent_s += max(ends) - min(begins)
        self.tries_s += [one for some in tries for one in some]


# ------------------------------------------------------------------ in their own processes


def _prepare(cases: int, seed: int) -> tuple[list[int], list[int]]:
    from escalation.models import Case, Staff
    from scripts.benchmarks.desk import population

    now, chance = datetime.now(UTC), random.Random(seed)
    people = list(Staff.objects.order_by("pk").values_list("pk", flat=True))
    people = people or population.reviewers(PROCESSES, now)
    cases += PROCESSES  # To begin with, not timed.
    last = Case.objects.order_by("-pk").values_list("pk", flat=True).first() or 0
    homes = population.owners(cases, now, chance, keys=True)
    population.care_cases(homes, now, chance)
    population.settle_down()
    return list(Case.objects.filter(pk__gt=last).values_list("pk", flat=True)), people


def _claims(start: Barrier, numbers: list[int], who: int, guard: Guard | None) -> Lap:
    from escalation.casework import acts
    from escalation.models import Case, Staff

    person = Staff.objects.get(pk=who)
    cases = Case.objects.in_bulk(numbers)
    latencies = []
    with without(guard):
        acts.claim(cases[numbers[0]], person, datetime.now(UTC))
        start.wait(TOGETHER_WITHIN_S)
        began_at = time.time()
        for number in numbers[1:]:
            began_s = time.perf_counter()
            with suppress(CaseError):
                acts.claim(cases[number], person, datetime.now(UTC))
            latencies.append(time.perf_counter() - began_s)
    return began_at, time.time(), latencies


def _claims_without_skill(numbers: list[int], people: list[int], guard: Guard | None) -> None:
    from escalation.casework import acts
    from escalation.models import Case, Skill, Staff

    now = datetime.now(UTC)
    Skill.objects.filter(staff=people[0]).update(valid_until=now)
    with without(guard):
        for case in Case.objects.filter(pk__in=numbers):
            with suppress(CaseError):
                acts.claim(case, Staff.objects.get(pk=people[0]), now + timedelta(seconds=1))


def _raw_claims(start: Barrier, numbers: list[int], who: int, _guard: Guard | None) -> Lap:
    from escalation.models import Case

    seen = {case.pk: case for case in Case.objects.filter(pk__in=numbers)}
    claim = _raw_sqlite() if connection.vendor == "sqlite" else _raw_postgresql()
    latencies = []
    claim(seen[numbers[0]], who, datetime.now(UTC))
    start.wait(TOGETHER_WITHIN_S)
    began_at = time.time()
    for number in numbers[1:]:
        began_s = time.perf_counter()
        claim(seen[number], who, datetime.now(UTC))
        latencies.append(time.perf_counter() - began_s)
    return began_at, time.time(), latencies


SKILL = (
    "SELECT valid_until FROM escalation_skill WHERE staff_id = %s AND ended_at IS NULL"
    " AND valid_until > %s"
)
CHANGE = (
    "UPDATE escalation_case SET state = 'claimed', holder_id = %s, lease_until = %s,"
    " fence = %s, audit_head = %s WHERE id = %s AND state = 'waiting' AND fence = %s"
)
APPEND = (
    "INSERT INTO escalation_caseevent (case_id, at, event, actor_id, from_state, to_state,"
    " fence, link) VALUES (%s, %s, 'claim', %s, 'waiting', 'claimed', %s, %s)"
)

RawClaim = Callable[[Any, int, datetime], None]
"""Takes the case as it was read, the person and the time."""


def _raw(execute: Callable[[str, tuple[Any, ...]], Any], mark: str) -> RawClaim:
    skill, change, append = (sql.replace("%s", mark) for sql in (SKILL, CHANGE, APPEND))

    def claim(case: Any, who: int, now: datetime) -> None:
        line = audit.Line(
            case=case.pk,
            at=now,
            event=Event.CLAIM,
            actor=who,
            told_owner=None,
            from_state="waiting",
            to_state="claimed",
            fence=case.fence + 1,
        )
        link = audit.link(case.audit_head, line.facts())
        if execute(skill, (who, now)).fetchone() is None:
            return
        changed = (who, now + LEASE, case.fence + 1, link, case.pk, case.fence)
        if execute(change, changed).rowcount:
            execute(append, (case.pk, now, who, case.fence + 1, link))

    return claim


def _raw_sqlite() -> RawClaim:
    sqlite3.register_adapter(datetime, lambda at: at.strftime("%Y-%m-%d %H:%M:%S.%f"))
    name = connection.settings_dict["NAME"]
    db = sqlite3.connect(name, timeout=RAW_WAITS_S, isolation_level=None)
    db.executescript("PRAGMA synchronous=EXTRA; PRAGMA journal_mode=WAL;")
    plain = _raw(db.execute, "?")

    def claim(case: Any, who: int, now: datetime) -> None:
        db.execute("BEGIN IMMEDIATE")
        plain(case, who, now)
        db.execute("COMMIT")

    return claim


def _raw_postgresql() -> RawClaim:
    settings = connection.settings_dict
    db = psycopg.connect(
        host=settings["HOST"],
        port=settings["PORT"],
        user=settings["USER"],
        dbname=settings["NAME"],
    )
    plain = _raw(db.execute, "%s")

    def claim(case: Any, who: int, now: datetime) -> None:
        plain(case, who, now)
        db.commit()

    return claim


def _observe() -> tuple[int, int]:
    """Read from the audit who got what twice, and who got what without the skill."""
    from escalation.models import CaseEvent, Skill

    claimed = CaseEvent.objects.filter(event=Event.CLAIM)
    doubles = claimed.values("case").annotate(n=Count("pk")).filter(n__gt=1)
    skill_of_then = Skill.objects.filter(
        staff=OuterRef("actor"),
        signed_off_at__lte=OuterRef("at"),
        valid_until__gt=OuterRef("at"),
    )
    return doubles.count(), claimed.exclude(Exists(skill_of_then)).count()
