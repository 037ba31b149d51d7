"""What the routine costs on a device: time a brew, memory, and what importing it takes."""

import json
import subprocess
import sys
import time
from datetime import UTC, timedelta
from random import Random
from typing import Any

from agent.learning.routine import Routine
from scripts.benchmarks.routine_population import START, ZONE

YEAR_DAYS = 365
BREWS_A_DAY = 5
_IMPORT = "import agent.learning.routine"
_LIVE = "from scripts.benchmarks.routine_cost import live_a_year; live_a_year()"
# Not getrusage: its peak counts the process that started this one.
_PEAK = "print(open('/proc/self/status').read().split('VmHWM:')[1].split()[0])"


def measure() -> dict[str, Any]:
    """Return the figures; memory is that of a process of its own."""
    began_s = time.process_time()
    state = live_a_year()
    spent_s = time.process_time() - began_s
    return {
        "us_per_brew": round(1e6 * spent_s / (YEAR_DAYS * BREWS_A_DAY)),
        "s_per_year": round(spent_s, 2),
        "state_bytes": len(json.dumps(state)),
        "import_peak_mb": _peak_mb(_IMPORT),
        "year_peak_mb": _peak_mb(_LIVE),
    }


def live_a_year() -> dict[str, Any]:
    """Live a year with ``BREWS_A_DAY`` brews a day and return the state."""
    random = Random(1)
    routine = Routine(timezone=ZONE, budget_per_year=1.0)
    for number in range(YEAR_DAYS):
        day = START + timedelta(days=number)
        for hour in (7, 9, 11, 14, 17):
            routine.brew((day + timedelta(hours=hour + random.random())).astimezone(UTC))
        routine.advance((day + timedelta(days=1)).astimezone(UTC))
    return routine.to_json()


def _peak_mb(statement: str) -> float:
    run = [sys.executable, "-P", "-c", f"{statement}\n{_PEAK}"]
    done = subprocess.run(run, capture_output=True, text=True, check=True)
    return round(int(done.stdout) / 1024, 1)
