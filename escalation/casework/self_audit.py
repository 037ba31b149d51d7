"""Decides whether every open case has somebody who is next, and a time by which.

| state | who is next | by when |
|---|---|---|
| waiting | the reviewers | its time to be answered; then it is *unstaffed* |
| unstaffed | the supervisors | an hour, again and again: it stands first on their page |
| service | the technicians | ``SERVICE_IN_TIME``, again and again |
| claimed | whoever holds it | the end of the lease |
| received, checked, decided | the desk itself | at once, and again as ``outgoing`` says |

A time that is over by more than ``GRACE`` means that the clock's chores do not run: then the
figure ``demitasse_neglected_cases`` is not 0, and whatever watches it raises the alarm.
"""

from dataclasses import dataclass
from datetime import datetime, timedelta

from escalation.broker.outgoing import RESENT_AFTER
from escalation.cases import Role, State
from escalation.casework.unstaffed import IN_TIME, in_time
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
    match State(case.state), case.waits_since, case.lease_until:
        case State.WAITING, datetime() as since, _:
            return NextStep(owner=Role.REVIEWER, at=since + in_time(case))
        case State.UNSTAFFED, datetime() as since, _:
            return NextStep(owner=Role.SUPERVISOR, at=_next_round(since, IN_TIME, now))
        case State.SERVICE, datetime() as since, _:
            return NextStep(owner=Role.TECHNICIAN, at=_next_round(since, SERVICE_IN_TIME, now))
        case State.CLAIMED, _, datetime() as until if case.holder_id is not None:
            return NextStep(owner=Role.REVIEWER, at=until)
        case ((State.RECEIVED | State.CHECKED | State.DECIDED), _, _):
            return NextStep(owner=Role.DESK, at=now + RESENT_AFTER)
    return None


def _next_round(since: datetime, every: timedelta, now: datetime) -> datetime:
    return since + every * max(1, (now - since) // every + 1)


def neglected(now: datetime) -> list[int]:
    """Return the numbers of the open cases that nobody is next for, or no longer in time."""
    limit = now - GRACE
    found = []
    for case in Case.objects.filter(state__in=OPEN).defer("payload").iterator():
        step = next_step(case, now)
        if step is None or step.at < limit:
            found.append(case.pk)
    return found
