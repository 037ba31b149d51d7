"""The parts of the desk's benchmark: how much each does, and the names of its figures."""

from collections.abc import Callable
from dataclasses import asdict, dataclass
from pathlib import Path

from scripts.benchmarks import intake as intakes
from scripts.benchmarks.desk.claims import claims
from scripts.benchmarks.desk.databases import desk_on
from scripts.benchmarks.desk.days import days
from scripts.benchmarks.desk.floods import flood
from scripts.benchmarks.desk.guards import Guard
from scripts.benchmarks.desk.leases import leases
from scripts.benchmarks.desk.memory import web_and_intake_pss_mib
from scripts.benchmarks.desk.pages import pages
from scripts.benchmarks.desk.searches import searches

Figures = dict[str, object]


@dataclass(frozen=True, slots=True, kw_only=True)
class Amounts:
    """How much of each is done."""

    claimed_cases: int
    lease_races: int
    open_cases: int
    open_cases_postgresql: int
    presses: int
    names: int
    searches: int
    intake_alerts: int
    flood_alerts: int
    days: int


FULL = Amounts(
    claimed_cases=2_000,
    lease_races=500,
    open_cases=10_000,
    open_cases_postgresql=100_000,
    presses=400,
    names=1_000_000,
    searches=1_000,
    intake_alerts=12_000,
    flood_alerts=10_000,
    days=14,
)
QUICK = Amounts(
    claimed_cases=160,
    lease_races=30,
    open_cases=500,
    open_cases_postgresql=500,
    presses=40,
    names=5_000,
    searches=100,
    intake_alerts=800,
    flood_alerts=500,
    days=1,
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Run:
    """One part on one database."""

    database: str
    folder: Path
    amounts: Amounts
    seed: int
    guard: Guard | None


def _claim(run: Run) -> Figures:
    with desk_on(run.database, run.folder) as desk:
        return asdict(
            claims(desk, cases=run.amounts.claimed_cases, guard=run.guard, seed=run.seed)
        )


def _lease(run: Run) -> Figures:
    with desk_on(run.database, run.folder) as desk:
        return asdict(
            leases(desk, races=run.amounts.lease_races, guard=run.guard, seed=run.seed)
        )


def _page(run: Run) -> Figures:
    amounts = run.amounts
    on_sqlite = run.database == "sqlite"
    cases = amounts.open_cases if on_sqlite else amounts.open_cases_postgresql
    with desk_on(run.database, run.folder) as desk:
        return asdict(pages(desk, cases=cases, presses=amounts.presses, seed=run.seed))


def _search(run: Run) -> Figures:
    amounts = run.amounts
    with desk_on(run.database, run.folder) as desk:
        return asdict(
            searches(desk, names=amounts.names, count=amounts.searches, seed=run.seed)
        )


def _intake(run: Run) -> Figures:
    alerts = run.amounts.intake_alerts
    if run.database == "sqlite":
        found = intakes.measure("", workers=2, alerts=alerts)
    else:
        with intakes.throwaway_postgresql() as url:
            found = intakes.measure(url, workers=2, alerts=alerts)
    return {"intake_alerts_per_s": found.alerts_per_s, "intake_lost": alerts - found.cases}


def _flood(run: Run) -> Figures:
    with desk_on(run.database, run.folder) as desk:
        found = flood(desk, alerts=run.amounts.flood_alerts, guard=run.guard, seed=run.seed)
    return {"incident_flood": asdict(found)}


def _day(run: Run) -> Figures:
    with desk_on(run.database, run.folder) as desk:
        return asdict(days(desk, count=run.amounts.days, guard=run.guard, seed=run.seed))


def _memory(run: Run) -> Figures:
    with desk_on(run.database, run.folder) as desk:
        return {"web_and_intake_pss_mib": web_and_intake_pss_mib(desk)}


PARTS: dict[str, Callable[[Run], Figures]] = {
    "claim": _claim,
    "lease": _lease,
    "page": _page,
    "search": _search,
    "intake": _intake,
    "flood": _flood,
    "day": _day,
    "memory": _memory,
}

KEPT_AT_ZERO_BY: dict[Guard, tuple[str, ...]] = {
    Guard.COMPARE_AND_SET: ("claim",),
    Guard.SKILL: ("claim", "day"),
    Guard.LEASE: ("lease",),
    Guard.TOLD_ONCE: ("day",),
    Guard.CLOCK: ("day",),
    Guard.COHORT: ("flood",),
}
"""Which parts have a figure that a guard keeps at zero."""
