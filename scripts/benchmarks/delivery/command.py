"""Runs the parts of the delivery benchmark and prints their figures.

./scripts/bench delivery --json              everything: the better part of an hour
./scripts/bench delivery --json --quick      a small number of each: about a minute
./scripts/bench delivery --break dedupe      what that guard keeps at zero, without it
./scripts/bench delivery --break all         every guard in turn: about three minutes
./scripts/bench delivery --only crash,kill   some of the parts
./scripts/bench delivery --json --keep DIR --seed 7   goes on where such a run was ended
"""

import argparse
import functools
import json
import random
import tempfile
from collections.abc import Callable
from pathlib import Path

from scripts.benchmarks.delivery.broken import ALL, break_each
from scripts.benchmarks.delivery.guards import Guard
from scripts.benchmarks.delivery.parts import (
    BROKEN,
    FULL,
    KEPT_AT_ZERO_BY,
    PARTS,
    QUICK,
    Figures,
    Run,
)
from scripts.benchmarks.portions import KEEP_HELP, chosen, measured

KILLED_PERCENT_MIN = 95.0
MB_A_DAY_MAX = 10.0
PEAK_RETURNS_PER_S_MAX = 1_000
"""Of ten thousand devices: a tenth of what comes where all wait equally long."""


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Add what the benchmark takes."""
    parser.add_argument("--json", action="store_true", help="one JSON object and nothing else")
    parser.add_argument("--quick", action="store_true", help="about a minute")
    parser.add_argument(
        "--break",
        dest="guard",
        choices=[*Guard, ALL],
        metavar="GUARD",
        help=f"take a guard away: {', '.join(Guard)}, or {ALL}, one after the other",
    )
    parser.add_argument(
        "--only", metavar="PART,…", help=f"some of the parts: {', '.join(PARTS)}"
    )
    parser.add_argument("--seed", type=int, help="of everything that is drawn by chance")
    parser.add_argument("--keep", type=Path, metavar="DIR", help=KEEP_HELP)


def run(args: argparse.Namespace) -> int:
    """Run the parts, print their figures, and return 1 if a goal is missed."""
    seed = random.randrange(2**32) if args.seed is None else args.seed
    report: Figures = {"seed": seed, **({"broken": args.guard} if args.guard else {})}
    if args.guard == ALL:
        report |= break_each(seed)
    else:
        report |= _measure(args, seed)
    print(json.dumps(report) if args.json else _told(report))
    return 1 if report["missed"] else 0


def _measure(args: argparse.Namespace, seed: int) -> Figures:
    guard = Guard(args.guard) if args.guard else None
    amounts = BROKEN if guard else QUICK if args.quick else FULL
    report: Figures = {}
    with tempfile.TemporaryDirectory(prefix="bench-delivery-") as name:
        for part in chosen(args.only, PARTS, KEPT_AT_ZERO_BY[guard] if guard else PARTS):
            call = Run(folder=Path(name) / part, amounts=amounts, seed=seed, guard=guard)
            size = (amounts, seed, guard)
            report |= measured(part, size, args.keep, functools.partial(PARTS[part], call))
    return {**report, "missed": [goal for goal, met in _goals(report).items() if not met]}


ZERO = (
    *("crash_acknowledged_lost", "crash_doubled", "crash_refused_start"),
    *("disk_lost", "disk_doubled", "disk_stuck"),
    *("sigkill_lost", "sigkill_doubled", "fault_lost", "fault_doubled"),
    *("mutated_accepted", "mutated_uncaught", "authorisation_unexpected"),
    *("authorisation_missing", "canaries_seen_by_broker"),
    *("canaries_left_after_forget", "withdrawal_alerts_after"),
)


def _goals(report: Figures) -> dict[str, bool]:
    """Return each goal that was measured, and whether it was met."""
    met = {name: report[name] == 0 for name in ZERO if name in report}
    limits: dict[str, Callable[[float], bool]] = {
        "return_peak_knocks_per_s": lambda peak: peak <= PEAK_RETURNS_PER_S_MAX,
        "mutants_killed_percent": lambda killed: killed >= KILLED_PERCENT_MIN,
        "mb_written_a_day": lambda written: written <= MB_A_DAY_MAX,
    }
    for name, holds in limits.items():
        figure = report.get(name)
        if isinstance(figure, int | float):
            met[name] = holds(figure)
    coverage = report.get("branch_coverage")
    if isinstance(coverage, dict):
        met["branch_coverage"] = set(coverage.values()) == {100.0}
    return met


def _told(report: Figures) -> str:
    return "\n".join(f"{name:<34} {value}" for name, value in report.items())
