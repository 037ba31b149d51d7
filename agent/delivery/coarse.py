"""Takes from what leaves the house what could be traced to one reading or one coffee.

At home everything is told as it was seen. A person far away needs the hour and a round number:
so what leaves has its moments to the minute and its figures as whole numbers, but for what is
counted in hours or a day, which has one decimal.
"""

from dataclasses import replace
from datetime import datetime

from wire.facts import DeviceCheck, RoutineChange


def to_the_minute(at: datetime) -> datetime:
    """Return the full minute that has begun at ``at``."""
    return at.replace(second=0, microsecond=0)


def change(seen: RoutineChange) -> RoutineChange:
    """Return a change of routine as it may leave."""
    last = seen.last_brew_at
    return replace(
        seen,
        since=to_the_minute(seen.since),
        noticed_at=to_the_minute(seen.noticed_at),
        observed=round(seen.observed, 1),
        usual=round(seen.usual, 1),
        last_brew_at=None if last is None else to_the_minute(last),
    )


def check(found: DeviceCheck) -> DeviceCheck:
    """Return a device check as it may leave."""
    lines = tuple(
        line if line.value is None else replace(line, value=float(round(line.value)))
        for line in found.evidence
    )
    return replace(found, checked_at=to_the_minute(found.checked_at), evidence=lines)
