"""Decides whether somebody is not to be disturbed: wall-clock time, where they are.

Ten in the evening stays ten in the evening on the day on which the clocks change. Pure.

>>> from datetime import UTC
>>> paris = ZoneInfo("Europe/Paris")
>>> quiet(time(22), time(7), paris, datetime(2026, 3, 3, 21, 30, tzinfo=UTC))
True
"""

from datetime import datetime, time
from zoneinfo import ZoneInfo


def quiet(begins: time | None, ends: time | None, zone: ZoneInfo, now: datetime) -> bool:
    """Return whether ``now`` lies in these hours; hours that end earlier end the next day."""
    if begins is None or ends is None or begins == ends:
        return False
    local = now.astimezone(zone).time()
    if begins < ends:
        return begins <= local < ends
    return local >= begins or local < ends
