"""Every open case has somebody who is next, and a time that is not over."""

from datetime import timedelta
from itertools import product

import pytest

from escalation.cases import LEASE, Role, State
from escalation.casework import acts, self_audit, unstaffed
from escalation.casework.self_audit import GRACE, NextStep, next_step
from escalation.casework.unstaffed import IN_TIME
from escalation.models import Case
from tests.escalation.conftest import Desk


def test_each_state_has_its_next_person_and_time(the_desk: Desk) -> None:
    """Reviewers, then whoever holds it, or the supervisors when nobody comes."""
    case, now = the_desk.care_case(), the_desk.clock()
    assert next_step(case, now) == NextStep(owner=Role.REVIEWER, at=now + IN_TIME)
    unstaffed.review(now)
    case.refresh_from_db()
    assert next_step(case, now) == NextStep(owner=Role.SUPERVISOR, at=now + IN_TIME)
    acts.claim(case, the_desk.staff("camille", "reviewer"), now)
    assert next_step(case, now) == NextStep(owner=Role.REVIEWER, at=now + LEASE)
    service = the_desk.service_case()
    step = next_step(service, now)
    assert step is not None
    assert step.owner is Role.TECHNICIAN


def test_the_end_of_consent_comes_before_any_other_step(the_desk: Desk) -> None:
    """It closes the case."""
    case = the_desk.care_case(valid_for=timedelta(minutes=5))
    step = NextStep(owner=Role.DESK, at=case.consent_until)
    assert next_step(case, the_desk.clock()) == step


@pytest.mark.parametrize("state", sorted(self_audit.OPEN))
def test_no_open_state_is_forgotten(the_desk: Desk, state: State) -> None:
    """A state that is added later needs a line, or this fails."""
    case, now = the_desk.care_case(), the_desk.clock()
    staff = the_desk.staff("camille", "reviewer")
    case.state, case.holder, case.lease_until = state, staff, now + LEASE
    case.held_until = now + LEASE
    step = next_step(case, now)
    assert step is not None
    assert step.at >= now


def test_when_the_chores_do_not_run_it_is_noticed(the_desk: Desk) -> None:
    """By the figure that is watched from outside; a case without a next time as well."""
    the_desk.staff("camille", "reviewer")
    case = the_desk.care_case()
    assert self_audit.neglected(the_desk.clock() + IN_TIME + GRACE) == []
    late = the_desk.clock() + IN_TIME + GRACE + timedelta(seconds=1)
    assert self_audit.neglected(late) == [case.pk]
    Case.objects.update(waits_since=None)
    assert self_audit.neglected(the_desk.clock()) == [case.pk]


@pytest.mark.both_databases
def test_what_is_not_looked_at_closely_is_surely_in_time(the_desk: Desk) -> None:
    """The database leaves out most cases; never one that a closer look would find."""
    case, now = the_desk.care_case(), the_desk.clock()
    staff = the_desk.staff("camille", "reviewer")
    times = (None, now - timedelta(days=1), now - timedelta(minutes=30), now)
    made = [
        Case(
            device=case.device,
            alert_id=f"{number:032d}",
            matter=case.matter,
            state=state,
            epoch=1,
            sequence=number,
            opened_at=now - timedelta(days=2),
            waits_since=since,
            lease_until=until,
            held_until=until,
            holder=staff if has_holder else None,
            owner_called=called,
            consent_until=now + timedelta(days=lasts),
            call_me="Madeleine",
            owner_language="fr",
            verdict="sound",
        )
        for number, (state, since, until, has_holder, called, lasts) in enumerate(
            product(sorted(self_audit.OPEN), times, times, (0, 1), (False, True), (-1, 1))
        )
    ]
    Case.objects.bulk_create(made)
    limit, expected = now - GRACE, []
    for one in Case.objects.all():
        step = next_step(one, now)
        if step is None or step.at < limit:
            expected.append(one.pk)
    assert 0 < len(expected) < len(made)
    assert sorted(self_audit.neglected(now)) == sorted(expected)
