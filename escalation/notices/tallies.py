"""Counts that only rise, whatever rows are let go of later: for ``/metrics`` alone.

They say how long callers waited and how many notices went, and nothing of who.
"""

from datetime import timedelta

from django.db import transaction
from django.db.models import F

from escalation.notices.ends import End
from escalation.notices.models import Tally

CALL_BUCKETS_S = (15, 30, 60, 120, 180, 600)
"""The promise is 97.5 of 100 within 60 s, and 99 of 100 within 180 s."""


def call_answered(waited: timedelta) -> None:
    """Count that somebody took an owner who had called, after ``waited``."""
    waited_s = max(0.0, waited.total_seconds())
    for bucket_s in CALL_BUCKETS_S:
        if waited_s <= bucket_s:
            _add(f"call_{bucket_s}")
    _add("call")
    _add("call_s", waited_s)


def notice_ended(end: End) -> None:
    """Count how a notice ended."""
    _add(f"notice_{end}")


def numbers() -> dict[str, float]:
    """Return all of them; what was never counted is not in it."""
    return dict(Tally.objects.values_list("name", "number"))


@transaction.atomic
def _add(name: str, number: float = 1) -> None:
    # The row first: two that count the same for the first time both count.
    Tally.objects.bulk_create([Tally(name=name)], ignore_conflicts=True)
    Tally.objects.filter(pk=name).update(number=F("number") + number)
