"""The audit is whole, shows every tampering, and outlives what was personal."""

from datetime import timedelta

import pytest
from django.db import connection

from escalation.casework import acts
from escalation.keeping import audit, retention
from escalation.models import Case, CaseEvent, OutgoingMessage, OwnerReply
from tests.escalation.conftest import Desk
from tests.escalation.household import NOW

pytestmark = pytest.mark.both_databases

DAYS = timedelta(days=90)


@pytest.fixture
def closed(the_desk: Desk) -> Case:
    """Return a case that was looked at, decided, answered and closed."""
    case, staff = the_desk.care_case(), the_desk.staff("camille", "reviewer")
    acts.look(case, staff, now=the_desk.clock())
    the_desk.decide(case, staff, reason="We think of you.")
    OwnerReply.objects.create(case=case, text="Thank you", replied_at=NOW)
    Case.objects.filter(pk=case.pk).update(state="closed", closed_at=the_desk.clock())
    return case


def test_every_line_is_bound_to_the_one_before_it(closed: Case) -> None:
    """From the three lines of its birth to the decision."""
    assert CaseEvent.objects.filter(case=closed).count() == 6
    assert retention.broken_cases() == []


def test_a_line_that_was_removed_is_missed_also_the_last_one(closed: Case) -> None:
    """The case itself keeps the last link."""
    events = list(CaseEvent.objects.filter(case=closed))
    for gone in (events[0], events[2], events[-1]):
        lines = [(e.line(), e.link or "") for e in events if e.pk != gone.pk]
        closed.refresh_from_db()
        assert not audit.is_whole(lines, closed.audit_head)


@pytest.mark.parametrize("column", ["actor_id", "at", "event", "to_state", "fence"])
def test_a_line_that_was_changed_shows(closed: Case, column: str) -> None:
    """Whichever part of it, and whoever got past the trigger."""
    past_the_trigger = {
        "sqlite": "DROP TRIGGER audit_rows_stay",
        "postgresql": "SET LOCAL session_replication_role = replica",
    }
    with connection.cursor() as cursor:
        cursor.execute(past_the_trigger[connection.vendor])
    last = CaseEvent.objects.filter(case=closed).order_by("pk").last()
    assert last is not None
    changed = {
        "actor_id": None,
        "at": NOW + timedelta(seconds=1),
        "event": "claim",
        "to_state": "waiting",
        "fence": 7,
    }
    CaseEvent.objects.filter(pk=last.pk).update(**{column: changed[column]})
    assert retention.broken_cases() == [closed.pk]


def test_after_its_time_nothing_personal_is_left_and_the_audit_is_whole(
    the_desk: Desk, closed: Case
) -> None:
    """Not a day before; and what is still open is never touched."""
    open_case = the_desk.care_case(call_me="Agathe")
    OutgoingMessage.objects.update(published_at=the_desk.clock())
    assert retention.let_go(the_desk.clock() + DAYS - timedelta(seconds=1), DAYS) == 0
    assert retention.let_go(the_desk.clock() + DAYS, DAYS) > 0
    closed.refresh_from_db()
    assert (closed.call_me, closed.payload, closed.reason, closed.erased) == ("", {}, "", True)
    assert not OwnerReply.objects.exists()
    assert all(bytes(row.envelope) == b"" for row in OutgoingMessage.objects.all())
    assert retention.broken_cases() == []
    open_case.refresh_from_db()
    assert open_case.call_me == "Agathe"
    assert retention.let_go(the_desk.clock() + DAYS, DAYS) == 0


def test_the_page_of_an_emptied_case_says_why(the_desk: Desk, closed: Case) -> None:
    """Its time was over; nobody took anything back."""
    retention.let_go(the_desk.clock() + DAYS, DAYS)
    browser = the_desk.browser(the_desk.staff("alex", "supervisor"))
    page = browser.get(f"/cases/{closed.pk}/").content.decode()
    assert "its time was over" in page
    assert "took back their consent" not in page
