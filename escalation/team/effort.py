"""How hard the work felt: said without a name after a decision, and shown as counts alone.

Rules:

1. It can be skipped, and whoever skips is asked nothing again about that case.
2. No row says who it was, which case, or on which day: the month is all that is kept.
3. A month is shown once it is over, so that nobody can watch a count rise after a decision.
4. A count below ``SHOWN_FROM`` is not shown, nor are words before so many have said something.
   They stand in the order of the alphabet, which says nothing of when they were written.
5. It has nothing to do with anybody's skill, and goes with the words of that time's cases.
"""

from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime

from django.utils import timezone

from escalation.models import Effort
from escalation.team.weights import Weight

SHOWN_FROM = 5
WORDS_MAX = 600


@dataclass(frozen=True, slots=True, kw_only=True)
class MonthOfWork:
    """How hard a month was for all together."""

    first_day: date
    counts: Mapping[Weight, int | None]
    """``None``: fewer than ``SHOWN_FROM``, it may be nobody."""
    words: tuple[str, ...]


def note(weight: Weight, words: str, now: datetime) -> None:
    """Keep what somebody said, and not who."""
    Effort.objects.create(month=_month(now), weight=weight, words=words.strip()[:WORDS_MAX])


def months(now: datetime) -> list[MonthOfWork]:
    """Return the months that are over and of which something may be shown, newest first."""
    said: dict[date, list[tuple[str, str]]] = {}
    rows = Effort.objects.filter(month__lt=_month(now)).order_by("-month")
    for month, weight, words in rows.values_list("month", "weight", "words"):
        said.setdefault(month, []).append((weight, words))
    shown = [_shown(month, answers) for month, answers in said.items()]
    return [one for one in shown if one.words or any(one.counts.values())]


def _shown(month: date, answers: list[tuple[str, str]]) -> MonthOfWork:
    counted = Counter(weight for weight, _words in answers)
    words = sorted((words for _weight, words in answers if words), key=str.casefold)
    return MonthOfWork(
        first_day=month,
        counts={one: n if (n := counted[one]) >= SHOWN_FROM else None for one in Weight},
        words=tuple(words) if len(words) >= SHOWN_FROM else (),
    )


def let_go(until: datetime) -> None:
    """Drop the months that were over before ``until``."""
    Effort.objects.filter(month__lt=_month(until)).delete()


def _month(now: datetime) -> date:
    return now.astimezone(timezone.get_default_timezone()).date().replace(day=1)
