"""Decides whether every open case has somebody who is next, and a time by which.

| state | who is next | by when |
|---|---|---|
| waiting | the reviewers | its time to be answered; then it is *unstaffed* |
| unstaffed | the supervisors | an hour, again and again: it stands first on their page |
| service | the technicians | ``SERVICE_IN_TIME``, again and again |
| held | the supervisors | ``HELD_IN_INCIDENT_AT_MOST``; then it waits, first in line |
| claimed, talking, contacting | whoever holds it | the end of the lease |
| approval | the supervisors | ``ASKED_FOR``, and the end of the lease at the latest |
| received, checked, decided | the desk itself | at once, and again as ``outgoing`` says |

A time that is over by more than ``GRACE`` means that the clock's chores do not run: then the
figure ``demitasse_neglected_cases`` is not 0, whatever watches it raises the alarm,
and the heartbeat outwards stops (``notices.dead_man``).
"""

from dataclasses import dataclass
from datetime import datetime, timedelta

from django.db.models import Q

from escalation.broker.outgoing import RESENT_AFTER
from escalation.cases import IN_HAND, Role, State
from escalation.casework.unstaffed import IN_TIME, IN_TIME_CALLED, in_time
from escalation.models import Case

SERVICE_IN_TIME = timedelta(days=2)
GRACE = timedelta(minutes=2)
"""The chores run every few seconds; a slow one is no alarm."""

OPEN = frozenset(State) - {State.CLOSED}


@dataclass(frozen=True, slots=True, kw_only=True)
class NextStep:
    """Who is next, and by when."""

    owner: Role
    at: datetime


def next_step(case: Case, now: datetime) -> NextStep | None:
    """Return who is next; ``None`` when nobody is, which must not happen."""
    step = _step(case, now)
    if step is None:
        return None
    # Consent outlives nothing: its end closes the case before any other step.
    if case.consent_until < step.at:
        return NextStep(owner=Role.DESK, at=case.consent_until)
    return step


def _step(case: Case, now: datetime) -> NextStep | None:
    if case.state in IN_HAND or case.state == State.HELD:
        return _taken(case)
    match State(case.state), case.waits_since:
        case State.WAITING, datetime() as since:
            return NextStep(owner=Role.REVIEWER, at=since + in_time(case))
        case State.UNSTAFFED, datetime() as since:
            return NextStep(owner=Role.SUPERVISOR, at=_next_round(since, IN_TIME, now))
        case State.SERVICE, datetime() as since:
            return NextStep(owner=Role.TECHNICIAN, at=_next_round(since, SERVICE_IN_TIME, now))
        case ((State.RECEIVED | State.CHECKED | State.DECIDED), _):
            return NextStep(owner=Role.DESK, at=now + RESENT_AFTER)
    return None


def _taken(case: Case) -> NextStep | None:
    held = case.state == State.HELD
    until = case.held_until if held else case.lease_until
    if until is None or not (held or case.holder_id):
        return None
    asked = held or case.state == State.APPROVAL
    return NextStep(owner=Role.SUPERVISOR if asked else Role.REVIEWER, at=until)


def _next_round(since: datetime, every: timedelta, now: datetime) -> datetime:
    return since + every * max(1, (now - since) // every + 1)


def neglected(now: datetime) -> list[int]:
    """Return the numbers of the open cases that nobody is next for, or no longer in time."""
    limit = now - GRACE
    found = []
    suspects = Case.objects.filter(state__in=OPEN).exclude(_surely_in_time(limit))
    for case in suspects.defer("payload").iterator():
        step = next_step(case, now)
        if step is None or step.at < limit:
            found.append(case.pk)
    return found


def _surely_in_time(limit: datetime) -> Q:
    """Say which cases need no closer look: of a hundred thousand, all but a handful.

    It may leave out too few, and never one too many: a test compares it with ``next_step``.
    """
    waits = Q(state=State.WAITING)
    served = Q(state__in=[State.UNSTAFFED, State.SERVICE], waits_since__isnull=False)
    desk = Q(state__in=[State.RECEIVED, State.CHECKED, State.DECIDED])
    in_time = (
        (waits & Q(owner_called=True, waits_since__gte=limit - IN_TIME_CALLED))
        | (waits & Q(owner_called=False, waits_since__gte=limit - IN_TIME))
        | Q(state__in=IN_HAND, holder__isnull=False, lease_until__gte=limit)
        | Q(state=State.HELD, held_until__gte=limit)
        | served
        | desk
    )
    return Q(consent_until__gte=limit) & in_time
