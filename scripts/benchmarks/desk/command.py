"""Runs the parts of the desk's benchmark on both databases and prints their figures.

./scripts/bench desk --json                      everything: about half an hour
./scripts/bench desk --json --quick              a small number of each: about a minute
./scripts/bench desk --break compare-and-set     what that guard keeps at zero, without it
./scripts/bench desk --only claim,page           some of the parts
./scripts/bench desk --database sqlite           one of the databases
./scripts/bench desk --json --keep DIR --seed 7  goes on where such a run was ended
"""

import argparse
import functools
import json
import random
import tempfile
from collections.abc import Callable
from pathlib import Path
from typing import Any

from scripts.benchmarks.desk.databases import DATABASES
from scripts.benchmarks.desk.guards import Guard
from scripts.benchmarks.desk.parts import (
    FULL,
    KEPT_AT_ZERO_BY,
    PARTS,
    QUICK,
    Amounts,
    Figures,
    Run,
)
from scripts.benchmarks.portions import KEEP_HELP, chosen, measured

PAGE_MEDIAN_MS_MAX = {10_000: 15.0, 100_000: 20.0}
"""By how many wait."""


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Add what the benchmark takes."""
    parser.add_argument("--json", action="store_true", help="one JSON object and nothing else")
    parser.add_argument("--quick", action="store_true", help="about a minute")
    parser.add_argument(
        "--break",
        dest="guard",
        type=Guard,
        choices=list(Guard),
        metavar="GUARD",
        help=f"take a guard away: {', '.join(Guard)}",
    )
    parser.add_argument(
        "--only", metavar="PART,…", help=f"some of the parts: {', '.join(PARTS)}"
    )
    parser.add_argument("--database", choices=DATABASES, help="one of the databases")
    parser.add_argument("--seed", type=int, help="of everything that is drawn by chance")
    parser.add_argument("--keep", type=Path, metavar="DIR", help=KEEP_HELP)


def run(args: argparse.Namespace) -> int:
    """Run the parts, print their figures, and return 1 if a goal is missed."""
    seed = random.randrange(2**32) if args.seed is None else args.seed
    report: Figures = {"seed": seed, **({"broken": args.guard} if args.guard else {})}
    parts = KEPT_AT_ZERO_BY[args.guard] if args.guard else PARTS
    missed = []
    for database in [args.database] if args.database else DATABASES:
        figures: Figures = {}
        for part in chosen(args.only, PARTS, parts):
            figures |= measured(
                f"{database}-{part}",
                (_amounts(args), seed, args.guard),
                args.keep,
                functools.partial(_run, part, database, args, seed),
            )
        report[database] = figures
        missed += [f"{database}.{name}" for name, met in goals(figures).items() if not met]
    report["missed"] = missed
    print(json.dumps(report) if args.json else _told(report))
    return 1 if missed else 0


def _run(part: str, database: str, args: argparse.Namespace, seed: int) -> Figures:
    with tempfile.TemporaryDirectory(prefix="bench-desk-") as name:
        return PARTS[part](
            Run(
                database=database,
                folder=Path(name) / "desk",
                amounts=_amounts(args),
                seed=seed,
                guard=args.guard,
            )
        )


def _amounts(args: argparse.Namespace) -> Amounts:
    return QUICK if args.quick else FULL


ZERO = (
    *("double_claims", "unskilled_claims", "lease_two_winners", "intake_lost"),
    *("undecided", "contacted_twice", "unskilled_acts", "audits_broken"),
)
LIMITS: dict[str, Callable[[float], bool]] = {
    "claims_ratio_to_raw_sql": lambda ratio: ratio >= 0.5,
    "claim_p99_ms": lambda ms: ms <= 40,
    "name_search_p99_ms": lambda ms: ms <= 50,
    "intake_alerts_per_s": lambda rate: rate >= 2_900,
    "web_and_intake_pss_mib": lambda mib: mib <= 130,
}


def goals(figures: dict[str, Any]) -> dict[str, bool]:
    """Return each goal that was measured, and whether it was met."""
    met = {name: figures[name] == 0 for name in ZERO if name in figures}
    met |= {name: holds(figures[name]) for name, holds in LIMITS.items() if name in figures}
    if "next_case_median_ms" in figures:
        limit = PAGE_MEDIAN_MS_MAX.get(figures["open_cases"], min(PAGE_MEDIAN_MS_MAX.values()))
        met["next_case_median_ms"] = figures["next_case_median_ms"] <= limit
    if flood := figures.get("incident_flood"):
        met["incident_flood"] = flood["incidents"] == 1 and flood["others_missed"] == 0
    return met


def _told(report: Figures) -> str:
    lines = []
    for name, value in report.items():
        if isinstance(value, dict):
            lines += [f"{name:<12} {figure:<28} {found}" for figure, found in value.items()]
        else:
            lines.append(f"{name:<41} {value}")
    return "\n".join(lines)
