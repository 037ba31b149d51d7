"""Takes each guard away in turn, and sees whether the figure that it keeps is missed.

Each guard and part is a run of the command of its own, as ``--break GUARD --only PART``
would be: what is replaced in one process touches no other, and two of them run at once.
"""

import json
import subprocess
import sys
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

from scripts.benchmarks.delivery.guards import Guard
from scripts.benchmarks.delivery.parts import KEPT_AT_ZERO_BY, Figures

ALL = "all"
ROOT = Path(__file__).parents[3]
AT_ONCE = 2


def break_each(seed: int) -> Figures:
    """Return what each guard's figure is without it; missed is one that stays where it was."""
    every = [(guard, part) for guard, parts in KEPT_AT_ZERO_BY.items() for part in parts]
    with ThreadPoolExecutor(AT_ONCE) as threads:
        reports = list(threads.map(lambda one: report_of(one[0], one[1], seed), every))
    found: dict[str, dict[str, object]] = {}
    unnoticed = []
    for (guard, part), report in zip(every, reports, strict=True):
        figure = KEPT_AT_ZERO_BY[guard][part]
        found.setdefault(guard, {})[figure] = report.get(figure)
        if figure not in _missed(report):
            unnoticed.append(f"{guard}: {figure}")
    return {"without": found, "missed": unnoticed}


def report_of(guard: Guard, part: str, seed: int) -> dict[str, object]:
    """Run one part without one guard; return its report."""
    options = ("--break", guard, "--only", part, "--seed", str(seed), "--json")
    command = (sys.executable, "-P", "-m", "scripts.benchmarks", "delivery", *options)
    done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=False)
    print(f"without {guard}, {done.stderr.strip()}", file=sys.stderr, flush=True)
    return dict(json.loads(done.stdout or '{"missed": []}'))


def _missed(report: dict[str, object]) -> list[object]:
    missed = report["missed"]
    return missed if isinstance(missed, list) else []
