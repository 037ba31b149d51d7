"""The audit of the entrance: one line for each thing that was done about a way in.

A line names the person, what was done and when, and no address of anybody. What a guesser can
write is bounded: after ``FAILED_MAX`` lines of a kind in ``FAILED_WITHIN``, more are not kept.
"""

import logging
from datetime import datetime, timedelta

from escalation.entrance.doings import FAILED, LOCKOUTS, Doing
from escalation.entrance.models import EntranceEvent
from escalation.models import Staff

log = logging.getLogger("escalation.entrance")

SHOWN = 10
FAILED_MAX = 50
FAILED_WITHIN = timedelta(days=1)
KEPT_QUIET = FAILED
"""What is told as a sum, and not line by line."""


def note(staff: Staff, doing: Doing, now: datetime, *, by_operator: bool = False) -> bool:
    """Write one line, unless a guesser has filled the day; return whether it was written.

    Belongs into the transaction of what it is about, where there is one.
    """
    if doing in FAILED | LOCKOUTS and _is_full(staff, doing, now):
        return False
    EntranceEvent.objects.create(staff=staff, doing=doing, by_operator=by_operator, at=now)
    log.info("%s: %s", staff.username, doing)
    return True


def of(staff: Staff) -> list[EntranceEvent]:
    """Return what was done lately about the way in, the newest first."""
    told = staff.entrance_events.exclude(doing__in=KEPT_QUIET)
    return list(told.order_by("-at", "-pk")[:SHOWN])


def _is_full(staff: Staff, doing: Doing, now: datetime) -> bool:
    lately = EntranceEvent.objects.filter(
        staff=staff, doing=doing, at__gt=now - FAILED_WITHIN, at__lte=now
    )
    return lately.count() >= FAILED_MAX
