"""Says how it was for the owners: in their words, and in figures that speak of no colleague.

| figure | is |
|---|---|
| asked | decided, and the decision has gone home at least a day ago, or they answered before |
| answered | of these, who has said how it felt. The others left it open, an answer too |
| it was nothing | who answered the question at home after all, once the alert had left |
| wait | from when a care case began until a person first had it |
| steps | what an owner had to do before a person decided: ask for a call, write, ring us up |

All that is read is what the desk still keeps, so the months go back as far as the words do, and
each stands under the month in which its case began. Who of us had a case is never read here:
there is no figure by colleague, and a test holds that there is none on any page.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from statistics import median

from django.db.models import Min, QuerySet
from django.utils import timezone

from escalation.cases import Event, Matter, State
from escalation.models import Case, CaseEvent, OwnerReply, Staff

ASKED_AFTER = timedelta(days=1)
"""The owner's page asks on the day after."""

REACHES_BACK = timedelta(days=365)
OWNER_ANSWERED = "owner_answered"
"""What a device sends when its owner says that all is well, once an alert has left."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Course:
    """How one case went for its owner."""

    began: datetime
    asked: bool = False
    answered: bool = False
    alert: bool = False
    was_nothing: bool = False
    waited: timedelta | None = None
    """``None``: nobody has had it, or it is about a machine."""
    steps: int | None = None
    """``None``: nobody has decided, or it is about a machine."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Month:
    """How a month was."""

    first_day: date
    asked: int
    answered: int
    alerts: int
    were_nothing: int
    waited_usually: timedelta | None
    """The median."""
    waited_longest: timedelta | None
    steps: tuple[int, int, int]
    """How many had to do nothing, one thing, more."""

    @property
    def left_open(self) -> int:
        """How many said nothing, which is all right."""
        return self.asked - self.answered


def by_month(courses: Iterable[Course]) -> list[Month]:
    """Return the months in which something began, the newest first."""
    months: dict[date, list[Course]] = {}
    zone = timezone.get_default_timezone()
    for course in courses:
        first_day = course.began.astimezone(zone).date().replace(day=1)
        months.setdefault(first_day, []).append(course)
    return [_month(day, months[day]) for day in sorted(months, reverse=True)]


def _month(first_day: date, courses: list[Course]) -> Month:
    waits = [course.waited for course in courses if course.waited is not None]
    steps = [min(course.steps, 2) for course in courses if course.steps is not None]
    return Month(
        first_day=first_day,
        asked=sum(course.asked for course in courses),
        answered=sum(course.answered for course in courses),
        alerts=sum(course.alert for course in courses),
        were_nothing=sum(course.was_nothing for course in courses),
        waited_usually=_middle(waits),
        waited_longest=max(waits, default=None),
        steps=(steps.count(0), steps.count(1), steps.count(2)),
    )


def _middle(waits: list[timedelta]) -> timedelta | None:
    if not waits:
        return None
    return timedelta(seconds=median(wait.total_seconds() for wait in waits))


def courses(now: datetime) -> list[Course]:
    """Return how each case went that the desk still has the words of."""
    cases = Case.objects.filter(erased=False, opened_at__gt=now - REACHES_BACK)
    answered = set(_replies().filter(case__in=cases).values_list("case_id", flat=True))
    had = dict(
        _events(cases, Event.CLAIM).values_list("case_id").annotate(first=Min("at")).order_by()
    )
    did = _what_owners_did(cases)
    columns = cases.values_list(
        *("pk", "matter", "opened_at", "state", "decided_at", "owner_called"),
        "resolved_because",
    )
    found = []
    for pk, matter, opened_at, state, decided_at, owner_called, because in columns:
        care = matter == Matter.CARE
        home = decided_at is not None and state == State.CLOSED
        before = [at for at in did.get(pk, ()) if decided_at is not None and at <= decided_at]
        found.append(
            Course(
                began=opened_at,
                asked=pk in answered or (home and decided_at <= now - ASKED_AFTER),
                answered=pk in answered,
                alert=care,
                was_nothing=because == OWNER_ANSWERED,
                waited=had[pk] - opened_at if care and pk in had else None,
                # Who has asked for a call has done one thing, however the desk learned of it.
                steps=max(len(before), owner_called) if care and decided_at else None,
            )
        )
    return found


def _what_owners_did(cases: QuerySet[Case]) -> Mapping[int, list[datetime]]:
    """Return by case when its owner wrote to us or rang us up; a call asked for comes first."""
    did: dict[int, list[datetime]] = {}
    called = cases.filter(owner_called=True, matter=Matter.CARE).exclude(
        payload__has_key="change"
    )
    rung = set(_events(cases, Event.CALLED_US).values_list("case_id", flat=True))
    for pk, at in called.values_list("pk", "opened_at"):
        if pk not in rung:
            did[pk] = [at]
    words = _events(cases, Event.REPLY, Event.CALLED_US).order_by()
    for pk, at in words.values_list("case_id", "at"):
        did.setdefault(pk, []).append(at)
    return did


def _events(cases: QuerySet[Case], *events: Event) -> QuerySet[CaseEvent]:
    return CaseEvent.objects.filter(case__in=cases, event__in=events)


def _replies() -> QuerySet[OwnerReply]:
    return OwnerReply.objects.filter(felt=True, case__erased=False)


def in_their_words() -> QuerySet[OwnerReply]:
    """Return what owners said about how it felt, the newest first."""
    rows = _replies().select_related("case").order_by("-replied_at", "-pk")
    return rows.only("text", "replied_at", "case__owner_language", "case__matter")


def for_whoever_helped(staff: Staff) -> QuerySet[OwnerReply]:
    """Return of these words those that came back to ``staff``, and to nobody else."""
    return in_their_words().filter(case__decided_by=staff)
