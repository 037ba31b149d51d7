"""What months do to the memory of a device that never restarts: they should do nothing.

    python -m scripts.benchmarks.device_months

One process, the real device on a virtual clock: half a year in large steps until everything
that is bounded is full (the routine's window, what is kept for months), then three months
of ten brews and a health record a minute, watched once a day. What neighbours share is left
out: it would come and go with them. Prints one line of JSON.
"""

import gc
import json
import statistics
import sys
import tempfile
from collections.abc import Sequence
from datetime import timedelta
from pathlib import Path
from unittest import mock

from agent.delivery import publisher
from scripts.benchmarks.delivery import day_process
from scripts.benchmarks.device_cost import private_kib

FILLED_AFTER_DAYS = 200
WATCHED_DAYS = 92
A_MONTH_DAYS = 30.44
IN_LARGE_STEPS = timedelta(minutes=30)


def main() -> int:
    """Live, watch, say."""
    private, blocks = watched(FILLED_AFTER_DAYS, WATCHED_DAYS)
    report = {
        "memory_slope_kib_per_month": round(a_month(private), 1),
        "python_blocks_per_month": round(a_month(blocks)),
        "months_watched": round(WATCHED_DAYS / A_MONTH_DAYS, 1),
    }
    print(json.dumps(report))
    return 0


def watched(filling_days: int, watched_days: int) -> tuple[list[float], list[float]]:
    """Return the private memory in KiB and Python's blocks, at the end of each watched day."""
    private, blocks = [], []
    with (
        tempfile.TemporaryDirectory() as name,
        mock.patch.object(publisher, "Publisher", day_process.TakesEverything),
    ):
        house = day_process.Household(Path(name))
        for day in range(filling_days):
            house.live(day, every=IN_LARGE_STEPS)
        for day in range(filling_days, filling_days + watched_days):
            house.live(day, every=day_process.MINUTE)
            gc.collect()
            private.append(float(private_kib()))
            blocks.append(float(sys.getallocatedblocks()))
        house.device.close()
    return private, blocks


def a_month(daily: Sequence[float]) -> float:
    """Return by how much a figure that was taken every day grows in a month."""
    slope, _ = statistics.linear_regression(range(len(daily)), daily)
    return slope * A_MONTH_DAYS


if __name__ == "__main__":
    sys.exit(main())
