"""How a notice can end, and when a try that failed is made again. Pure."""

from datetime import datetime, timedelta
from enum import StrEnum


class End(StrEnum):
    """What became of a notice."""

    SENT = "sent"
    """The channel has taken it."""
    FAILED = "failed"
    """It was tried often enough."""
    EXPIRED = "expired"
    """It would be no news any more."""
    OVER = "over"
    """What it was about is over: nobody is called for nothing."""


PAUSES = (
    timedelta(seconds=10),
    timedelta(seconds=30),
    timedelta(minutes=2),
    timedelta(minutes=10),
)
"""After the first try that failed, after the second, and so on."""
TRIES_MAX = len(PAUSES) + 1


def tried(
    *, attempts: int, expires_at: datetime, may_try_again: bool, now: datetime
) -> End | datetime:
    """Return when to try again after ``attempts`` have failed, or how it ends."""
    if not may_try_again or attempts >= TRIES_MAX:
        return End.FAILED
    again = now + PAUSES[attempts - 1]
    return again if again < expires_at else End.EXPIRED
