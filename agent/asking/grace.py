"""How long a question has waited: awake hours only, outside the owner's quiet hours.

A question asked at ten in the evening has not waited ten hours at eight in the morning.
"""

from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

from agent.consents.consent_file import QuietHours

_MINUTE = timedelta(minutes=1)


def is_quiet(at: datetime, quiet: QuietHours, timezone: str) -> bool:
    """Tell whether ``at`` lies in the quiet hours of the household's local day."""
    return quiet.contains(at.astimezone(ZoneInfo(timezone)).time())


def awake_s(start: datetime, end: datetime, quiet: QuietHours, timezone: str) -> float:
    """Return the seconds between two instants that lie outside the quiet hours.

    Counted by the minute: quiet hours are given in minutes, and local time has holes and
    doublings twice a year that arithmetic on a time of day would get wrong.
    """
    awake = 0.0
    at = start
    while at < end:
        # Stay on whole minutes of UTC, which are whole minutes of every zone of today.
        step = min(_next_minute(at), end)
        if not is_quiet(at, quiet, timezone):
            awake += (step - at).total_seconds()
        at = step
    return awake


def _next_minute(at: datetime) -> datetime:
    return at.astimezone(UTC).replace(second=0, microsecond=0) + _MINUTE
