"""Detectors that one could install, made to answer like ``demitasse backtest``.

    python -m scripts.benchmarks.routine_peers kswin EVENTS.csv --coverage C.csv … --json

Each reads one household day by day at midnight, with its library's own defaults where it has
any: brews a day, and the middle of the day's hours. What changed is told by the last week
against the weeks before, because none of them says. Like the routine, they learn for 28
days, leave unseen days out, and are still for ten days after a concern.

It runs in an environment of its own (``routine_peer_runs``), never in the product's.
"""

import argparse
import json
import sys
from collections import defaultdict
from collections.abc import Callable, Iterable
from datetime import date, datetime, timedelta
from importlib import import_module
from pathlib import Path
from statistics import fmean
from typing import Any
from zoneinfo import ZoneInfo

from agent.learning.history import History, Span, read

LEARNING_DAYS, REST_DAYS, WEEK_DAYS, BEFORE_DAYS = 28, 10, 7, 56
IDLE_DAYS = 4
LATER_H = 0.75
ANOMALY_SCORE = 0.9
ONCE_A_YEAR = 365.0

Day = tuple[date, float, float | None]
"""A covered local day: brews, and the mean hour of them if there were any."""
Alarm = Callable[[float, float | None], bool]


def days_of(history: History) -> Iterable[Day]:
    """Yield the covered days of a history."""
    zone = ZoneInfo(history.timezone)
    hours: dict[date, list[float]] = defaultdict(list)
    for at in history.brews:
        local = at.astimezone(zone)
        hours[local.date()].append(local.hour + local.minute / 60)
    hidden = {day for span in (*history.unseen, *history.away) for day in _inside(span, zone)}
    day, last = history.start.astimezone(zone).date(), history.end.astimezone(zone).date()
    while day < last:
        if day not in hidden:
            yield day, float(len(hours[day])), fmean(hours[day]) if hours[day] else None
        day += timedelta(days=1)


def _inside(span: Span, zone: ZoneInfo) -> Iterable[date]:
    day, end = span.start.astimezone(zone).date(), span.end.astimezone(zone)
    while datetime(day.year, day.month, day.day, tzinfo=zone) < end:
        yield day
        day += timedelta(days=1)


def river_drift(name: str) -> Alarm:
    """Return one of river's drift detectors, on brews a day and on the hours."""
    drift = import_module("river.drift")

    def fresh() -> Any:
        match name:
            case "adwin":
                return drift.ADWIN(clock=1)
            case "kswin":
                return drift.KSWIN(window_size=60, stat_size=14, seed=1)
            case _:
                return drift.PageHinkley(threshold=15.0)

    counts, middles = fresh(), fresh()

    def alarm(brews: float, middle: float | None) -> bool:
        counts.update(brews)
        if middle is not None:
            middles.update(middle)
        return bool(counts.drift_detected or (middle is not None and middles.drift_detected))

    return alarm


def half_space_trees() -> Alarm:
    """Return river's anomaly detector on the day as a whole."""
    trees = import_module("river.anomaly").HalfSpaceTrees(
        seed=1, window_size=60, limits={"brews": (0, 20), "hour": (0, 24)}
    )

    def alarm(brews: float, middle: float | None) -> bool:
        day = {"brews": brews, "hour": middle if middle is not None else 0.0}
        score = trees.score_one(day)
        trees.learn_one(day)
        return bool(score > ANOMALY_SCORE)

    return alarm


def conformal() -> Alarm:
    """Return a conformal test martingale of online-cp on how unlike the others each day is."""
    jumper = import_module("online_cp").SimpleJumper
    martingales = [jumper(), jumper()]
    seen: list[list[float]] = [[], []]

    def alarm(brews: float, middle: float | None) -> bool:
        raised = False
        for number, value in enumerate((brews, middle)):
            if value is None:
                continue
            past = seen[number]
            past.append(value)
            usual = fmean(past)
            unlike = [abs(one - usual) for one in past]
            p = sum(one >= unlike[-1] for one in unlike) / len(unlike)
            martingales[number].update(p)
            if martingales[number].M >= ONCE_A_YEAR:
                martingales[number], seen[number], raised = jumper(), [], True
        return raised

    return alarm


DETECTORS: dict[str, Callable[[], Alarm]] = {
    "kswin": lambda: river_drift("kswin"),
    "adwin": lambda: river_drift("adwin"),
    "page_hinkley": lambda: river_drift("page_hinkley"),
    "half_space_trees": half_space_trees,
    "online_cp": conformal,
}


def concerns(days: list[Day], alarm: Alarm) -> Iterable[tuple[datetime, str]]:
    """Yield what the detector would have raised, at the midnight that ends the day."""
    quiet_until = date.min
    for number, (day, brews, middle) in enumerate(days):
        if alarm(brews, middle) and number >= LEARNING_DAYS and day >= quiet_until:
            quiet_until = day + timedelta(days=REST_DAYS)
            midnight = datetime(day.year, day.month, day.day) + timedelta(days=1)
            yield midnight, _kind(days[: number + 1])


def _kind(days: list[Day]) -> str:
    week, before = days[-WEEK_DAYS:], days[-BEFORE_DAYS:-WEEK_DAYS]
    if not any(brews for _, brews, _ in days[-IDLE_DAYS:]):
        return "silence"
    now = [middle for _, _, middle in week if middle is not None]
    usual = [middle for _, _, middle in before if middle is not None]
    if now and usual and abs(fmean(now) - fmean(usual)) >= LATER_H:
        return "timing"
    more = fmean(brews for _, brews, _ in week) > fmean(brews for _, brews, _ in before)
    return "rise" if more else "fall"


def main(argv: list[str]) -> int:
    """Replay one history with one detector."""
    parser = argparse.ArgumentParser(prog="routine_peers")
    parser.add_argument("detector", choices=sorted(DETECTORS))
    parser.add_argument("events", type=Path)
    parser.add_argument("--coverage", type=Path)
    parser.add_argument("--away", type=Path)
    for option in ("--household", "--appliance", "--tz"):
        parser.add_argument(option)
    parser.add_argument("--budget", type=float, help="taken and ignored: they have none")
    parser.add_argument("--json", action="store_true")
    args = parser.parse_args(argv)
    history = read(
        args.events,
        coverage=args.coverage,
        away=args.away,
        household=args.household,
        appliance=args.appliance,
        timezone=args.tz or "UTC",
    )
    days = list(days_of(history))
    for at, kind in concerns(days, DETECTORS[args.detector]()):
        concern = {"kind": kind, "at": at.isoformat(), "household_id": history.household_id}
        print(json.dumps({"type": "concern", **concern}))
    scored = max(0, len(days) - LEARNING_DAYS)
    print(json.dumps({"type": "summary", "days_scored": scored, "days_learning": 28}))
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
