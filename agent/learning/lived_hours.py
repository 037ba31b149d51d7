"""The local hours of one household, in order: what was seen in each, and how many brews.

Brews and unseen spans come in as they are known; an hour goes out once it is over, exactly
once, and is counted in ``ObservedDays`` then. What is told later is counted in the hour in
which it happened, without a new verdict about it.

Days and hours are those of the household's clock, also when summer time begins or ends.
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from math import ceil
from typing import Any
from zoneinfo import ZoneInfo

from agent.learning.observed_days import FULL_TENTHS, ObservedDays
from agent.learning.pause import TENTH_S

_HOUR = timedelta(hours=1)


@dataclass(frozen=True, slots=True, kw_only=True)
class LivedHour:
    """One local hour that is over."""

    day: int
    """Its local day, an ordinal."""
    hour: int
    """Its number on the local clock, 0 to 23."""
    end: datetime
    seen_tenths: int
    brews: tuple[datetime, ...]
    ends_day: bool


class LivedHours:
    """Turns brews and unseen spans into hours. Times are aware UTC."""

    def __init__(self, timezone: str) -> None:
        self._zone = ZoneInfo(timezone)
        self.days: ObservedDays | None = None
        self.start: datetime | None = None
        """Start of the hour that is being lived: everything before it is counted."""
        self._end: datetime | None = None
        self._waiting: list[datetime] = []
        self._unseen: list[tuple[datetime, datetime]] = []

    @property
    def brew_waits(self) -> bool:
        """Whether there was a brew in the hour that is being lived."""
        return bool(self._waiting)

    def begin(self, at: datetime) -> None:
        """Start with the first full local hour from ``at`` on, unless that was done."""
        if self.start is not None:
            return
        start = at.astimezone(UTC)
        local = start.astimezone(self._zone)
        if local.minute or local.second or local.microsecond:
            start = self._next_hour(start)
        self.start, self._end = start, self._next_hour(start)
        self.days = ObservedDays(start.astimezone(self._zone).toordinal())

    def brew(self, at: datetime) -> bool:
        """Take in one brew; return whether its hour was over already."""
        self.begin(at)
        assert self.days is not None
        assert self.start is not None
        if at >= self.start:
            self._waiting.append(at)
            return False
        local = at.astimezone(self._zone)
        self.days.add_brews(local.toordinal(), local.hour, 1)
        return True

    def unseen(self, start: datetime, end: datetime) -> list[tuple[datetime, int]]:
        """Mask a span; return what is taken back of hours that were over: start, tenths."""
        self.begin(start)
        assert self.start is not None
        past = list(self._take_back(start, min(end, self.start)))
        start = max(start, self.start)
        if start < end:
            if self._unseen and self._unseen[-1][0] <= start <= self._unseen[-1][1]:
                start, last_end = self._unseen.pop()
                end = max(end, last_end)
            self._unseen.append((start, end))
        return past

    def ended(self, now: datetime) -> LivedHour | None:
        """Return the next hour that is over by ``now``."""
        self.begin(now)
        assert self.days is not None
        assert self.start is not None
        assert self._end is not None
        if self._end > now:
            return None
        start, end = self.start, self._end
        local = start.astimezone(self._zone)
        day, hour = local.toordinal(), local.hour
        brews = tuple(sorted(at for at in self._waiting if at < end))
        self._waiting = [at for at in self._waiting if at >= end]
        seen = self._seen_tenths(start, end)
        self.days.add_seen(day, hour, seen)
        self.days.add_brews(day, hour, len(brews))
        self.start, self._end = end, self._next_hour(end)
        today = end.astimezone(self._zone).toordinal()
        self.days.extend_to(today)
        return LivedHour(
            day=day, hour=hour, end=end, seen_tenths=seen, brews=brews, ends_day=today > day
        )

    def _next_hour(self, at: datetime) -> datetime:
        local = at.astimezone(self._zone)
        past = timedelta(
            minutes=local.minute, seconds=local.second, microseconds=local.microsecond
        )
        return at + _HOUR - past

    def _seen_tenths(self, start: datetime, end: datetime) -> int:
        unseen_s = 0.0
        keep = []
        for span_start, span_end in self._unseen:
            overlap = min(end, span_end) - max(start, span_start)
            unseen_s += max(0.0, overlap.total_seconds())
            if span_end > end:
                keep.append((span_start, span_end))
        self._unseen = keep
        return max(0, int(FULL_TENTHS - unseen_s / TENTH_S))

    def _take_back(self, start: datetime, end: datetime) -> Iterator[tuple[datetime, int]]:
        assert self.days is not None
        at = start
        while at < end:
            until = min(end, self._next_hour(at))
            tenths = ceil((until - at).total_seconds() / TENTH_S)
            local = at.astimezone(self._zone)
            self.days.add_seen(local.toordinal(), local.hour, -tenths)
            yield at, tenths
            at = until

    def to_json(self) -> dict[str, Any]:
        """Return what must be remembered."""
        return {
            "days": self.days.to_json() if self.days else None,
            "hour_start": self.start.isoformat() if self.start else None,
            "waiting": [at.isoformat() for at in self._waiting],
            "unseen": [[start.isoformat(), end.isoformat()] for start, end in self._unseen],
        }

    @classmethod
    def from_json(cls, state: Mapping[str, Any], timezone: str) -> "LivedHours":
        """Return the hours that ``to_json`` described."""
        lived = cls(timezone)
        if state["days"] is not None:
            lived.days = ObservedDays.from_json(state["days"])
        if state["hour_start"] is not None:
            lived.start = datetime.fromisoformat(state["hour_start"])
            lived._end = lived._next_hour(lived.start)
        lived._waiting = [datetime.fromisoformat(at) for at in state["waiting"]]
        lived._unseen = [
            (datetime.fromisoformat(start), datetime.fromisoformat(end))
            for start, end in state["unseen"]
        ]
        return lived
