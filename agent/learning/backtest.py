"""``demitasse backtest``: what would the routine have said about a history?

Replays a history through the very code that runs live, hour by hour. Cutting the file at a
time changes nothing before it. With ``--json`` one line for each concern and a summary at
the end; without, a report to read, and with ``--plot`` a picture beside it.

    demitasse backtest brews.csv --coverage coverage.csv --tz Europe/Paris --budget 1
"""

import argparse
import json
import sys
from collections.abc import Iterator
from datetime import UTC, date, datetime, time, timedelta
from pathlib import Path
from zoneinfo import ZoneInfo

from agent.learning import backtest_report
from agent.learning.history import History, Span, read
from agent.learning.history_plot import svg
from agent.learning.routine import Noticed, Routine
from wire.facts import RoutineChange
from wire.messages import Language
from wire.options import ConfigError
from wire.words import describe_change


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Describe the options of ``demitasse backtest``."""
    parser.add_argument("events", type=Path, metavar="EVENTS.csv")
    parser.add_argument("--coverage", type=Path, metavar="COVERAGE.csv")
    parser.add_argument("--away", type=Path, metavar="AWAY.csv")
    parser.add_argument("--household", metavar="ID", help="needed if the file holds several")
    parser.add_argument("--appliance", metavar="NAME", help="needed if the file holds several")
    parser.add_argument("--tz", default="UTC", metavar="ZONE", help="IANA name (%(default)s)")
    parser.add_argument(
        "--budget",
        type=float,
        default=1.0,
        metavar="N",
        help="false questions a year that are acceptable, 0.1 to 12 (%(default)s)",
    )
    parser.add_argument("--json", action="store_true", help="one JSON object a line")
    parser.add_argument("--plot", type=Path, metavar="FILE.svg", help="draw the history")
    parser.add_argument("--language", choices=[lang.value for lang in Language], default="en")


def run(args: argparse.Namespace) -> int:
    """Replay and print; return the exit status."""
    try:
        if not 0.1 <= args.budget <= 12:
            raise ConfigError(f"--budget {args.budget:g}: choose a number from 0.1 to 12")
        if args.plot is not None and args.plot.suffix.lower() != ".svg":
            raise ConfigError(f"--plot {args.plot}: write a name that ends with .svg")
        history = read(
            args.events,
            coverage=args.coverage,
            away=args.away,
            household=args.household,
            appliance=args.appliance,
            timezone=args.tz,
        )
    except ConfigError as error:
        print(error, file=sys.stderr)
        return 2
    replay = Replay(history, budget_per_year=args.budget)
    lines = _json_lines(replay, history) if args.json else _report(replay, history, args)
    for line in lines:
        print(line, flush=True)
    return (
        0
        if args.plot is None
        else _plot(args.plot, svg(history, replay.changes, Language(args.language)))
    )


def _json_lines(replay: "Replay", history: History) -> Iterator[str]:
    for noticed in replay.concerns():
        yield json.dumps(_concern(noticed, history))
    yield json.dumps(_summary(replay, history))


def _report(replay: "Replay", history: History, args: argparse.Namespace) -> Iterator[str]:
    lang = Language(args.language)
    yield from backtest_report.head(history, args.budget, lang)
    for noticed in replay.concerns():
        yield backtest_report.concern(noticed, history, lang)
    yield from backtest_report.tail(
        history,
        replay.routine,
        questions=len(replay.changes),
        days_scored=replay.days_scored,
        days_learning=replay.days_learning,
        budget_per_year=args.budget,
        lang=lang,
    )


class Replay:
    """One history, lived once."""

    def __init__(self, history: History, *, budget_per_year: float) -> None:
        self._history = history
        self.routine = Routine(timezone=history.timezone, budget_per_year=budget_per_year)
        self.days_scored = 0
        self.days_learning = 0
        self.changes: list[RoutineChange] = []
        """What was noticed so far."""

    def concerns(self) -> Iterator[Noticed]:
        """Yield what would have been noticed, when it would have been noticed."""
        for noticed in self._live():
            self.changes.append(noticed.change)
            yield noticed

    def _live(self) -> Iterator[Noticed]:
        self.routine.advance(self._history.start)
        for at, what in _timeline(self._history):
            learning = self.routine.learning(at)
            yield from self.routine.advance(at)
            match what:
                case Span(start=start, end=end):
                    self.routine.unseen(start, end)
                case None if learning:
                    self.days_learning += 1
                case None:
                    self.days_scored += 1
                case _:
                    self.routine.brew(at)
        yield from self.routine.advance(self._history.end)


def _timeline(history: History) -> list[tuple[datetime, datetime | Span | None]]:
    """Return brews, unseen spans and the ends of seen days (``None``) in order of time."""
    zone = ZoneInfo(history.timezone)
    items: list[tuple[datetime, int, datetime | Span | None]] = []
    items += [(span.start, 1, span) for span in (*history.unseen, *history.away)]
    items += [(at, 2, at) for at in history.brews]
    day = history.start.astimezone(zone).date()
    unseen = {span.end for span in history.unseen}
    while (midnight := _midnight(day + timedelta(days=1), zone)) <= history.end:
        if midnight not in unseen:
            items.append((midnight, 0, None))
        day += timedelta(days=1)
    return [(at, what) for at, _, what in sorted(items, key=lambda item: item[:2])]


def _midnight(day: date, zone: ZoneInfo) -> datetime:
    return datetime.combine(day, time(), tzinfo=zone).astimezone(UTC)


def _concern(noticed: Noticed, history: History) -> dict[str, object]:
    change, zone = noticed.change, ZoneInfo(history.timezone)
    return {
        "type": "concern",
        "household_id": history.household_id,
        "kind": change.kind.value,
        "at": change.noticed_at.astimezone(zone).replace(tzinfo=None).isoformat(),
        "since": change.since.astimezone(zone).isoformat(),
        "measure": change.measure.value,
        "observed": round(change.observed, 2),
        "usual": round(change.usual, 2),
        "compared_days": change.compared_days,
        "score": round(noticed.score, 3),
        "words": describe_change(change, Language.EN),
    }


def _summary(replay: Replay, history: History) -> dict[str, object]:
    return {
        "type": "summary",
        "days_scored": replay.days_scored,
        "days_learning": replay.days_learning,
        "brews": len(history.brews),
        "duplicates_left_out": history.duplicates,
        "outside_coverage_left_out": history.outside,
        "too_many_an_hour_left_out": history.crowded,
    }


def _plot(file: Path, picture: str) -> int:
    try:
        file.write_text(picture, encoding="utf-8")
    except OSError as error:
        print(f"--plot {file}: cannot be written: {error.strerror}", file=sys.stderr)
        return 2
    return 0


def main(argv: list[str] | None = None) -> int:
    """``python -m agent.learning.backtest``: the same without the ``demitasse`` command."""
    parser = argparse.ArgumentParser(prog="demitasse backtest", description=__doc__)
    add_arguments(parser)
    return run(parser.parse_args(argv))


if __name__ == "__main__":
    sys.exit(main())
