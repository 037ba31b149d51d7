"""The device that ``./scripts/bench device`` measures: the real one, in a home that it knows.

    python -m scripts.benchmarks.device_home learn FOLDER
    python -m scripts.benchmarks.device_home run AGENT_TOML

``learn`` makes a home with six weeks behind it, until this morning, and everything granted.
``run`` is ``demitasse run`` and nothing else, but for one thing: it says that the clock is
synchronised. Where a computer cannot synchronise its clock, a device learns nothing and sends
nothing, and would look cheaper than it is.
"""

import sys
from dataclasses import replace
from datetime import UTC, datetime, time, timedelta
from pathlib import Path

from agent.clock import SystemClock
from wire.stamps import Stamp

EVERY = timedelta(minutes=30)


def main() -> int:
    """Do what the first word says."""
    word, place = sys.argv[1], Path(sys.argv[2])
    return _learn(place) if word == "learn" else _run(place)


def _learn(folder: Path) -> int:
    # Late, as below: what is imported here would be measured there.
    from unittest import mock  # noqa: PLC0415

    from agent.delivery import publisher  # noqa: PLC0415
    from scripts.benchmarks.delivery import day_process  # noqa: PLC0415

    days = day_process.LEARNED_DAYS
    first = datetime.combine(datetime.now(UTC).date() - timedelta(days=days), time(), UTC)
    with mock.patch.object(publisher, "Publisher", day_process.TakesEverything):
        house = day_process.Household(folder, first)
        for day in range(days):
            house.live(day, every=EVERY)
        house.device.close()
    return 0


def _run(config: Path) -> int:
    from agent.main import main as demitasse  # noqa: PLC0415

    now = SystemClock.now

    def synchronised(clock: SystemClock) -> Stamp:
        return replace(now(clock), synced=True)

    SystemClock.now = synchronised  # type: ignore[assignment, method-assign]
    return demitasse(["--config", str(config), "run"])


if __name__ == "__main__":
    sys.exit(main())
