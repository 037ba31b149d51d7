"""What the demonstration's director needs to know of a household: when coffee is made.

``Resident`` invents one, ``Replay`` reads a real one's history. Both are pure: they know
what happens on each day and nothing of the clock, the machine or the device.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from typing import Protocol
from zoneinfo import ZoneInfo


@dataclass(frozen=True, slots=True, kw_only=True)
class PlannedBrew:
    """A coffee that somebody is going to make."""

    at: datetime
    """When the button is pressed: aware, in the household's local time."""
    water_ml: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Span:
    """A stretch of time, from ``start`` up to and not including ``end``; aware, local."""

    start: datetime
    end: datetime


class Household(Protocol):
    """Somebody whose coffee machine is watched."""

    timezone: str
    """IANA name of where they live."""
    first_day: date
    last_day: date
    """The last day of which something is known."""

    @property
    def breaks_on(self) -> date | None:
        """When the routine breaks; ``None`` where only the history knows."""
        ...

    def brews(self, first: date, last: date) -> Iterator[PlannedBrew]:
        """Yield the brews of the local days ``first`` to ``last``, in order."""
        ...

    def switched_off(self, first: date, last: date) -> Iterator[Span]:
        """Yield when the device itself is off between those days, in order."""
        ...


def real_local(wall: datetime, zone: ZoneInfo) -> datetime:
    """Return a naive wall-clock time as an aware one that exists.

    An hour that the clock skips in March becomes the hour after it, which is what a
    person's watch would have shown; of an hour that exists twice, the first is meant.
    """
    return wall.replace(tzinfo=zone).astimezone(UTC).astimezone(zone)


def spaced(brews: list[PlannedBrew], apart: timedelta) -> Iterator[PlannedBrew]:
    """Yield ``brews`` in order, each at least ``apart`` after the one before it."""
    earliest: datetime | None = None
    for brew in sorted(brews, key=lambda planned: planned.at.astimezone(UTC)):
        at = brew.at.astimezone(UTC)
        if earliest is not None and at < earliest:
            at = earliest
        earliest = at + apart
        yield PlannedBrew(at=at.astimezone(brew.at.tzinfo), water_ml=brew.water_ml)
