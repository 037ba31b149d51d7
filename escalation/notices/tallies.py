"""Counts that only rise, whatever rows are let go of later: for ``/metrics`` alone.

They say how long callers waited and how many notices went, and nothing of who.
"""

from datetime import timedelta

from django.db import connection

from escalation.notices.ends import End
from escalation.notices.models import Tally

CALL_BUCKETS_S = (15, 30, 60, 120, 180, 600)
"""The promise is 97.5 of 100 within 60 s, and 99 of 100 within 180 s."""


def call_answered(waited: timedelta) -> None:
    """Count that somebody took an owner who had called, after ``waited``."""
    waited_s = max(0.0, waited.total_seconds())
    within = {f"call_{bucket_s}": 1.0 for bucket_s in CALL_BUCKETS_S if waited_s <= bucket_s}
    _add({**within, "call": 1.0, "call_s": waited_s})


def notice_ended(end: End) -> None:
    """Count how a notice ended."""
    _add({f"notice_{end}": 1.0})


def numbers() -> dict[str, float]:
    """Return all of them; what was never counted is not in it."""
    return dict(Tally.objects.values_list("name", "number"))


def _add(numbers: dict[str, float]) -> None:
    """Add to each, with one statement: whoever counts the same waits until it is committed.

    Everybody names them in the same order, so that nobody waits for each other.
    """
    table, places = Tally._meta.db_table, ", ".join(["(%s, %s)"] * len(numbers))
    with connection.cursor() as cursor:
        cursor.execute(
            f"INSERT INTO {table} (name, number) VALUES {places} "
            f"ON CONFLICT (name) DO UPDATE SET number = {table}.number + excluded.number",
            [value for one in numbers.items() for value in one],
        )
