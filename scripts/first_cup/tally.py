"""Counts brews into the days and weeks that a person looks at.

Weeks before ``days_from``, days from then on: six ordinary weeks are told week by week,
the story after them day by day. Days are those of the household's local calendar, and a
day is over when time has passed it, also when nothing happened on it: a day without
coffee is the whole point of one of the stories. Pure; times only go forward.
"""

from collections.abc import Iterator
from datetime import date, datetime, time, timedelta
from zoneinfo import ZoneInfo

from scripts.first_cup.household import real_local
from scripts.first_cup.steps import DayLived, WeekLived

DAY = timedelta(days=1)


class Tally:
    """What was brewed, by local day and hour."""

    def __init__(self, *, timezone: str, starts_at: datetime, days_from: date | None) -> None:
        self._zone = ZoneInfo(timezone)
        self._days_from = days_from
        self._first_day = starts_at.astimezone(self._zone).date()
        self._next = self._first_day
        self._hours: dict[date, list[int]] = {}
        self._unseen: set[date] = set()
        self._week: dict[date, int | None] = {}
        self.brews = 0

    def add(self, at: datetime) -> None:
        """Count a brew; ``advance`` to it first."""
        local = at.astimezone(self._zone)
        self._hours.setdefault(local.date(), [0] * 24)[local.hour] += 1
        self.brews += 1

    def unseen(self, start: datetime, end: datetime) -> None:
        """Mark the local days that lie wholly within ``start`` to ``end`` as not seen."""
        day = start.astimezone(self._zone).date()
        if start > self._midnight(day):
            day += DAY
        while self._midnight(day + DAY) <= end:
            self._unseen.add(day)
            day += DAY

    def advance(self, now: datetime) -> Iterator[WeekLived | DayLived]:
        """Yield the weeks and days that are over by ``now``, each once, in order."""
        while self._midnight(self._next + DAY) <= now:
            yield from self._end_day(self._next)
            self._next += DAY

    def _end_day(self, day: date) -> Iterator[WeekLived | DayLived]:
        hours = self._hours.pop(day, [0] * 24)
        if self._days_from is not None and day >= self._days_from:
            yield DayLived(at=self._midnight(day + DAY), day=day, brews=tuple(hours))
            return
        self._week[day] = None if day in self._unseen else sum(hours)
        if day.weekday() == 6 or day + DAY == self._days_from:
            yield self._end_week(day)

    def _end_week(self, last: date) -> WeekLived:
        monday = last - last.weekday() * DAY
        week = WeekLived(
            at=self._midnight(last + DAY),
            monday=monday,
            brews=tuple(self._week.get(monday + i * DAY) for i in range(7)),
        )
        self._week.clear()
        return week

    def _midnight(self, day: date) -> datetime:
        return real_local(datetime.combine(day, time()), self._zone)
