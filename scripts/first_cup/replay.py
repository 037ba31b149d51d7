"""A real household's history, lived again day by day.

Reads the same CSV files as ``demitasse backtest``, through the same reader. A day that
was not covered is a day on which the device was off: it sees nothing then, and no coffee
on it means nothing.
"""

from collections.abc import Iterator
from datetime import date, datetime, timedelta
from pathlib import Path
from zoneinfo import ZoneInfo

from agent.learning import history
from scripts.first_cup.household import PlannedBrew, Span, spaced

WATER_ML = 40
"""Histories do not say how much. A small cup is brewed within half a minute, so that two
uses a minute apart stay two brews."""
APART = timedelta(seconds=60)


class Replay:
    """A household as ``scripts.first_cup.household`` describes it, out of files."""

    def __init__(
        self,
        events: Path,
        *,
        coverage: Path | None,
        household: str | None,
        appliance: str | None,
        timezone: str,
    ) -> None:
        """Read the files, or raise ``ConfigError`` that names file, row and fix."""
        past = history.read(
            events,
            coverage=coverage,
            household=household,
            appliance=appliance,
            timezone=timezone,
        )
        self.household_id = past.household_id
        self.timezone = timezone
        self.breaks_on: date | None = None
        zone = ZoneInfo(timezone)
        self.first_day = past.start.astimezone(zone).date()
        self.last_day = (past.end - timedelta(seconds=1)).astimezone(zone).date()
        self._off = tuple(_joined(past.unseen, zone))
        planned = [
            PlannedBrew(at=at.astimezone(zone), water_ml=WATER_ML)
            for at in past.brews
            if not any(span.start <= at < span.end for span in self._off)
        ]
        self._brews = tuple(spaced(planned, APART))

    def brews(self, first: date, last: date) -> Iterator[PlannedBrew]:
        """Yield the brews of the local days ``first`` to ``last``, in order.

        A use on a day that was not covered is left out: the device was off.
        """
        for brew in self._brews:
            if first <= brew.at.date() <= last:
                yield brew

    def switched_off(self, first: date, last: date) -> Iterator[Span]:
        """Yield when the device is off between those days, in order."""
        for span in self._off:
            if span.start.date() <= last and span.end.date() > first:
                yield span


def _joined(spans: tuple[history.Span, ...], zone: ZoneInfo) -> Iterator[Span]:
    """Yield ``spans`` in local time, those that touch made one: days become an absence."""
    start: datetime | None = None
    end: datetime | None = None
    for span in spans:
        if end is not None and start is not None and span.start > end:
            yield Span(start=start.astimezone(zone), end=end.astimezone(zone))
            start = None
        start, end = start or span.start, span.end
    if start is not None and end is not None:
        yield Span(start=start.astimezone(zone), end=end.astimezone(zone))
