"""Histories as CSV files: events, coverage, away. Read strictly, complained about clearly.

Used by ``demitasse backtest`` and by the demo's ``--replay``. The columns:

events    ``household_id, appliance, start_iso`` (local wall clock without offset, or with
          one); further columns are ignored.
coverage  ``household_id, date, coverage`` (share of the local day that was seen, 0 to 1).
away      ``start_iso, end_iso`` (local wall clock).

Rows of events may come in any order and are sorted. Two rows of the same second are one
brew told twice: the second is dropped and counted in ``History.duplicates``. Events outside
the covered days are left out and counted in ``History.outside``; more than
``BREWS_AN_HOUR_MAX`` in one local hour in ``History.crowded``. A day without a row of
coverage was not seen. A wall clock time that exists twice in autumn is read as the first of
the two; one that spring skips is read an hour later. Lines may end with CR LF, and a byte
order mark is skipped. Everything else that is wrong raises ``HistoryError`` with file, row,
column, value and what to write instead; so does a date far from all others, because a
history spans at most ``YEARS_MAX`` years. Rows are numbered as an editor shows them.
"""

import csv
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from pathlib import Path
from typing import NoReturn
from zoneinfo import ZoneInfo

from agent.learning.observed_days import BREWS_AN_HOUR_MAX
from wire.options import ConfigError

YEARS_MAX = 20
COVERED = 0.8
"""A day of which less was seen is unseen: which hours were missing is not known."""


class HistoryError(ConfigError):
    """A history file cannot be used: the message names file, row, column and the fix."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Span:
    """From ``start`` to ``end``, both aware UTC."""

    start: datetime
    end: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class History:
    """What happened in one household, in order, aware UTC."""

    household_id: str
    timezone: str
    start: datetime
    end: datetime
    brews: tuple[datetime, ...]
    unseen: tuple[Span, ...]
    """Days without enough coverage."""
    away: tuple[Span, ...]
    duplicates: int
    outside: int
    crowded: int = 0


@dataclass(frozen=True, slots=True)
class _Row:
    file: Path
    number: int
    cells: dict[str, str]

    def refuse(self, column: str, problem: str) -> NoReturn:
        value = self.cells[column]
        raise HistoryError(f"{self.file} row {self.number}, {column} = {value!r}: {problem}")

    def local(self, column: str, zone: ZoneInfo) -> datetime:
        """Return a local wall clock time as UTC."""
        text = self.cells[column].strip()
        try:
            if len(text) <= len("2024-03-31"):
                raise ValueError("a day without its time")
            at = datetime.fromisoformat(text)
        except ValueError:
            self.refuse(column, "write a local time such as 2024-03-31T07:10:00")
        self._check_year(column, at)
        return (at if at.tzinfo else at.replace(tzinfo=zone)).astimezone(UTC)

    def day(self, column: str) -> date:
        """Return a local day."""
        try:
            day = date.fromisoformat(self.cells[column].strip())
        except ValueError:
            self.refuse(column, "write a date such as 2024-03-31")
        self._check_year(column, day)
        return day

    def share(self, column: str) -> float:
        """Return a share from 0 to 1."""
        try:
            share = float(self.cells[column])
        except ValueError:
            share = -1.0
        if not 0.0 <= share <= 1.0:
            self.refuse(column, "write a share from 0 to 1")
        return share

    def _check_year(self, column: str, day: date) -> None:
        if not 1970 <= day.year <= 2100:
            self.refuse(column, "write a year from 1970 to 2100")


def read(
    events: Path,
    *,
    coverage: Path | None = None,
    away: Path | None = None,
    household: str | None = None,
    appliance: str | None = None,
    timezone: str = "UTC",
) -> History:
    """Read the history of one household and one appliance.

    Without ``household`` or ``appliance`` the file must hold only one. With ``coverage``
    the history runs from the first covered day to the end of the last one, also when the
    events stop earlier; without it, from the first event's day to the last one's. Events
    outside of that are left out, and counted in ``History.outside``.
    """
    zone = _zone(timezone)
    rows = list(_rows(events, ("household_id", "appliance", "start_iso")))
    rows, household = _choose(events, rows, "household_id", household)
    rows, _ = _choose(events, rows, "appliance", appliance)
    found = [row.local("start_iso", zone) for row in rows]
    if coverage is None:
        _check_span(list(zip(found, rows, strict=True)), "start_iso")
    brews = tuple(dict.fromkeys(sorted(found)))
    if coverage is None:
        days = {at.astimezone(zone).date(): 1.0 for at in (brews[0], brews[-1])}
    else:
        days = _coverage(coverage, household, zone)
    first, last = min(days), max(days)
    start, end = _midnight(first, zone), _midnight(last + timedelta(days=1), zone)
    inside = [at for at in brews if start <= at < end]
    if not inside:
        raise HistoryError(f"{events} start_iso: no event lies between {first} and {last}")
    kept = _thinned(inside, zone)
    return History(
        household_id=household,
        timezone=timezone,
        start=start,
        end=end,
        brews=kept,
        unseen=tuple(_unseen(days, zone)) if coverage is not None else (),
        away=tuple(_away(away, zone)) if away is not None else (),
        duplicates=len(found) - len(brews),
        outside=len(brews) - len(inside),
        crowded=len(inside) - len(kept),
    )


def _zone(timezone: str) -> ZoneInfo:
    try:
        return ZoneInfo(timezone)
    except (KeyError, ValueError, OSError):
        raise HistoryError(
            f"time zone {timezone!r}: choose an IANA name such as Europe/Paris"
        ) from None


def _rows(file: Path, columns: tuple[str, ...]) -> Iterator[_Row]:
    try:
        with file.open(newline="", encoding="utf-8-sig") as stream:
            reader = csv.DictReader(stream)
            missing = [name for name in columns if name not in (reader.fieldnames or ())]
            if missing:
                raise HistoryError(
                    f"{file} row 1: the column {missing[0]} is missing; "
                    f"the first row must name {', '.join(columns)}"
                )
            for cells in reader:
                row = _Row(file, reader.line_num, {name: cells[name] for name in columns})
                for name in columns:
                    if row.cells[name] is None:
                        row.refuse(name, f"the row is too short; it needs {', '.join(columns)}")
                yield row
    except OSError as error:
        raise HistoryError(f"{file}: cannot be read: {error.strerror}") from None
    except UnicodeDecodeError:
        raise HistoryError(f"{file}: is not UTF-8 text; save it as UTF-8") from None
    except csv.Error as error:
        raise HistoryError(f"{file} row {reader.line_num}: is not CSV: {error}") from None


def _choose(
    file: Path, rows: list[_Row], column: str, wanted: str | None
) -> tuple[list[_Row], str]:
    values = sorted({row.cells[column] for row in rows})
    option = "--household" if column == "household_id" else "--appliance"
    if not values:
        raise HistoryError(f"{file}: holds no events; it needs at least one row")
    if wanted is None:
        if len(values) > 1:
            raise HistoryError(
                f"{file} {column}: {len(values)} different; choose with {option}: "
                + ", ".join(map(_plain, values[:12]))
            )
        wanted = values[0]
    chosen = [row for row in rows if row.cells[column] == wanted]
    if not chosen:
        raise HistoryError(
            f"{file} {column} = {wanted!r}: not found; choose {option} from "
            + ", ".join(map(_plain, values[:12]))
        )
    return chosen, wanted


def _check_span(dated: list[tuple[datetime, _Row]], column: str) -> None:
    """Refuse the row that lies furthest from the others when they span too long."""
    first, last = min(at for at, _ in dated), max(at for at, _ in dated)
    if last - first <= timedelta(days=366 * YEARS_MAX):
        return
    middle = sorted(at for at, _ in dated)[len(dated) // 2]
    _, furthest = max(dated, key=lambda one: abs(one[0] - middle))
    furthest.refuse(
        column,
        f"lies {abs(last - first).days // 365} years from other rows and a history spans at "
        f"most {YEARS_MAX}; check the year",
    )


def _thinned(brews: list[datetime], zone: ZoneInfo) -> tuple[datetime, ...]:
    """Return at most ``BREWS_AN_HOUR_MAX`` brews of each local hour, the first ones."""
    counts: Counter[tuple[date, int]] = Counter()
    kept = []
    for at in brews:
        local = at.astimezone(zone)
        counts[local.date(), local.hour] += 1
        if counts[local.date(), local.hour] <= BREWS_AN_HOUR_MAX:
            kept.append(at)
    return tuple(kept)


def _plain(name: str) -> str:
    """Return a name as it may be shown: no control characters, not endless."""
    return name[:40] if name.isprintable() else repr(name[:40])


def _coverage(file: Path, household: str, zone: ZoneInfo) -> dict[date, float]:
    days: dict[date, float] = {}
    dated = []
    for row in _rows(file, ("household_id", "date", "coverage")):
        if row.cells["household_id"] != household:
            continue
        day = row.day("date")
        if day in days:
            row.refuse("date", "is there twice; keep one row a day")
        days[day] = row.share("coverage")
        dated.append((_midnight(day, zone), row))
    if not days:
        raise HistoryError(f"{file} household_id: has no row for {household!r}")
    _check_span(dated, "date")
    return days


def _unseen(days: dict[date, float], zone: ZoneInfo) -> Iterator[Span]:
    """Yield the local days that were not covered, days without a row among them."""
    day = min(days)
    while day <= max(days):
        tomorrow = day + timedelta(days=1)
        if days.get(day, 0.0) < COVERED:
            yield Span(start=_midnight(day, zone), end=_midnight(tomorrow, zone))
        day = tomorrow


def _away(file: Path, zone: ZoneInfo) -> Iterator[Span]:
    previous: datetime | None = None
    for row in _rows(file, ("start_iso", "end_iso")):
        start, end = row.local("start_iso", zone), row.local("end_iso", zone)
        if end <= start:
            row.refuse("end_iso", "must be after start_iso")
        if previous is not None and start < previous:
            row.refuse("start_iso", "overlaps the row before; sort and join the rows")
        previous = end
        yield Span(start=start, end=end)


def _midnight(day: date, zone: ZoneInfo) -> datetime:
    return datetime.combine(day, time(), tzinfo=zone).astimezone(UTC)
