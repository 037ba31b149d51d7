"""``./scripts/bench routine``: how well the routine asks, and what that costs.

Four parts. The common yardstick on real homes (alerts a year, injected changes, checks of
causality), at two budgets. Detectors that one could install, with the same yardstick. A
simulated population in which nothing is worth a question, for the interval of the budget.
Time and memory. What cannot be measured here is skipped with a word.
"""

import argparse
import json
from pathlib import Path
from typing import Any

from scripts.benchmarks import routine_cost, routine_peers, routine_yardstick
from scripts.benchmarks.routine_population import population, summary
from wire.options import ConfigError

BUDGETS = (1.0, 4.0)
DAYS = 28 + 2 * 365
HOUSEHOLDS, HOUSEHOLDS_QUICK = 512, 12
K, K_QUICK, K_PEERS = 12, 1, 4


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Add what the benchmark takes."""
    parser.add_argument("--json", action="store_true", help="one JSON object and nothing else")
    parser.add_argument("--quick", action="store_true", help="few injections and homes")
    parser.add_argument("--seed", type=int, default=1, help="of all that is drawn (default: 1)")
    parser.add_argument("--jobs", type=int, default=2, help="processes at once (default: 2)")
    parser.add_argument(
        "--shared",
        type=Path,
        default=routine_yardstick.ROOT.parent / "shared",
        metavar="FOLDER",
        help="where the yardstick and the real histories are (%(default)s)",
    )


def run(args: argparse.Namespace) -> int:
    """Measure and print."""
    if not 1 <= args.jobs <= 64:
        raise ConfigError(f"--jobs {args.jobs}: choose 1 to 64")
    report = {
        "cost": routine_cost.measure(),
        "population": _population(args),
        "real_homes": _real_homes(args),
        "peers": _peers(args),
    }
    print(json.dumps(report) if args.json else _told(report))
    return 0


def _population(args: argparse.Namespace) -> dict[str, Any]:
    households = HOUSEHOLDS_QUICK if args.quick else HOUSEHOLDS
    return {
        f"budget_{budget:g}": summary(
            population(
                seed=args.seed,
                households=households,
                days=DAYS,
                budget_per_year=budget,
                jobs=args.jobs,
            ),
            seed=args.seed,
        )
        for budget in (BUDGETS[:1] if args.quick else BUDGETS)
    }


def _real_homes(args: argparse.Namespace) -> dict[str, Any]:
    if why := routine_yardstick.missing(args.shared):
        return {"skipped": why}
    return {
        f"budget_{budget:g}": routine_yardstick.measure(
            routine_yardstick.ours(),
            shared=args.shared,
            budget=budget,
            k=K_QUICK if args.quick else K,
            seed=args.seed,
            jobs=args.jobs,
        )
        for budget in BUDGETS
    }


def _peers(args: argparse.Namespace) -> dict[str, Any]:
    if why := routine_yardstick.missing(args.shared):
        return {"skipped": why}
    python = routine_yardstick.peers_python()
    if isinstance(python, str):
        return {"skipped": python}
    return {
        name: routine_yardstick.measure(
            routine_yardstick.peer(python, name),
            shared=args.shared,
            budget=1.0,
            k=K_QUICK if args.quick else K_PEERS,
            seed=args.seed,
            jobs=args.jobs,
        )
        for name in routine_peers.DETECTORS
    }


def _told(report: dict[str, Any]) -> str:
    cost = report["cost"]
    lines = [
        f"cost: {cost['us_per_brew']} µs a brew, {cost['s_per_year']} s a year of life, "
        f"{cost['import_peak_mb']} MB to import, {cost['year_peak_mb']} MB at most, "
        f"{cost['state_bytes']} bytes remembered"
    ]
    for name, found in report["population"].items():
        low, high = found["interval_95"]
        lines.append(
            f"population, {name}: {found['per_year']} a year ({low} to {high}) "
            f"in {found['household_years']} household-years"
        )
    for part in ("real_homes", "peers"):
        if "skipped" in report[part]:
            lines.append(f"{part}: {report[part]['skipped']}")
            continue
        lines += [f"{part}, {name}: {_homes(found)}" for name, found in report[part].items()]
    return "\n".join(lines)


def _homes(found: dict[str, Any]) -> str:
    if "skipped" in found:
        return str(found["skipped"])
    changes = ", ".join(
        # Where chance alone raises something every time, nothing is left to be detected.
        f"{kind} {change['detected_net_pct']} % {change['median_delay']} {change['unit']}"
        for kind, change in found["changes"].items()
    )
    return (
        f"{found['alerts_per_year']} a year, {found['with_away_switch_per_year']} with the "
        f"away switch, {found['leaves_the_house_per_year']} leave; {changes}"
    )
