"""The queue as a list, page by page, for whoever sees it whole.

In the order in which people are helped: who has asked for a call, then who has waited longest.
A page begins where the one before it ended, and not so and so many rows further: ten thousand
who wait cost the second page no more than the first, and nobody is skipped when somebody
before them is helped meanwhile.
"""

import heapq
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from itertools import islice
from typing import Self

from django.db.models import Q, QuerySet

from escalation.cases import State
from escalation.models import Case

_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)


@dataclass(frozen=True, slots=True, kw_only=True)
class Place:
    """Where in the queue a case stands."""

    called: bool
    since: datetime
    number: int

    @classmethod
    def of(cls, case: Case) -> Self:
        """Return where ``case`` stands."""
        return cls(called=case.owner_called, since=case.opened_at, number=case.pk)

    @classmethod
    def read(cls, text: str) -> Self | None:
        """Return the place that ``written`` wrote; anything else is the beginning."""
        called, *numbers = text.split("-")
        try:
            number, since_us = map(int, numbers)
            since = _EPOCH + timedelta(microseconds=since_us)
        except (ValueError, OverflowError):
            return None
        return cls(called=called == "1", since=since, number=number)

    def written(self) -> str:
        """Return the place as an address names it; it says nothing of anybody."""
        since_us = (self.since - _EPOCH) // timedelta(microseconds=1)
        return f"{int(self.called)}-{self.number}-{since_us}"

    @property
    def rank(self) -> tuple[bool, datetime, int]:
        """What the queue is sorted by."""
        return (not self.called, self.since, self.number)


def page(
    cases: QuerySet[Case], states: Iterable[State], *, after: Place | None, size: int
) -> tuple[list[Case], Place | None]:
    """Return those of ``cases`` that follow, and after whom the next page begins, if any."""
    # One query a state and a kind, because so the index has them in their order.
    runs = [
        run[: size + 1]
        for state in states
        for called in (True, False)
        if (run := _run(cases.filter(state=state), called, after)) is not None
    ]
    merged: Sequence[Case] = list(
        islice(heapq.merge(*runs, key=lambda case: Place.of(case).rank), size + 1)
    )
    shown = list(merged[:size])
    return shown, Place.of(shown[-1]) if len(merged) > size else None


def _run(cases: QuerySet[Case], called: bool, after: Place | None) -> QuerySet[Case] | None:
    """Return what follows of those who have called, or of those who have not."""
    # Written as a list of one: SQLite then finds the place in the index.
    cases = cases.filter(owner_called__in=[called]).order_by("opened_at", "pk")
    if after is None or (after.called and not called):
        return cases
    if called and not after.called:
        return None
    later = Q(opened_at__gt=after.since) | Q(pk__gt=after.number)
    return cases.filter(later, opened_at__gte=after.since)
