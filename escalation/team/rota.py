"""Decides when somebody has promised to be there, in their own local time.

Hours of the week, at wall-clock time: on the day on which the clocks change, nine in the
morning stays nine in the morning. Hours that end before they begin end on the next day.

Pure: the shell brings the rows and the time.

>>> from datetime import UTC
>>> mornings = [Hours(weekday=0, begins=time(9), ends=time(12), zone=ZoneInfo("Europe/Paris"))]
>>> next_there(mornings, datetime(2026, 3, 3, 9, 30, tzinfo=UTC))
datetime.datetime(2026, 3, 9, 8, 0, tzinfo=datetime.timezone.utc)
"""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import UTC, datetime, time, timedelta
from zoneinfo import ZoneInfo


@dataclass(frozen=True, slots=True, kw_only=True)
class Hours:
    """The same hours on the same day of every week."""

    weekday: int
    begins: time
    ends: time
    zone: ZoneInfo


def there_until(promised: Iterable[Hours], now: datetime) -> datetime | None:
    """Return until when somebody with these hours is there, or ``None`` if they are not."""
    running = [ends for begins, ends in _around(promised, now) if begins <= now < ends]
    return max(running, default=None)


def next_there(promised: Iterable[Hours], now: datetime) -> datetime | None:
    """Return when somebody with these hours is there next; ``now`` while they are."""
    spans = [(begins, ends) for begins, ends in _around(promised, now) if now < ends]
    return max(now, min(begins for begins, _ends in spans)) if spans else None


def _around(promised: Iterable[Hours], now: datetime) -> Iterator[tuple[datetime, datetime]]:
    """Yield begin and end of what is promised, from yesterday to the week after next."""
    for hours in promised:
        today = now.astimezone(hours.zone).date()
        for days in range(-1, 16):
            day = today + timedelta(days=days)
            if day.weekday() != hours.weekday:
                continue
            last = day if hours.ends > hours.begins else day + timedelta(days=1)
            begins = datetime.combine(day, hours.begins, hours.zone).astimezone(UTC)
            ends = datetime.combine(last, hours.ends, hours.zone).astimezone(UTC)
            # Half an hour that the clocks leap over is nobody's half an hour.
            if begins < ends:
                yield begins, ends
