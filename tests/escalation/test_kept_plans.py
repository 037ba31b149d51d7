"""PostgreSQL keeps the plans of what finds its rows by a key, and of nothing else."""

import pytest
from django.db import connection

from escalation.casework import acts, next_case
from escalation.keeping import kept_plans
from escalation.models import Case, Staff
from tests.escalation.conftest import ON_POSTGRESQL, Desk
from tests.escalation.household import NOW

pytestmark = pytest.mark.both_databases


def kept() -> set[str]:
    """Return what this connection's server has a plan for."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT statement FROM pg_prepared_statements")
        return {statement for (statement,) in cursor.fetchall()}


if ON_POSTGRESQL:

    def test_a_claim_is_planned_once_and_who_waits_is_planned_each_time(the_desk: Desk) -> None:
        """The best way to a queue depends on how many wait in it: no plan of it is kept."""
        camille = the_desk.staff("camille", "reviewer")
        for _ in range(3):
            the_desk.care_case()
        first, *others = Case.objects.order_by("pk")
        for case in others:
            acts.claim(case, camille, NOW)
            acts.give_back(case, camille, fence=case.fence, now=NOW)
        before = kept()
        assert sum("UPDATE escalation_case " in statement for statement in before) == 2
        acts.claim(first, camille, NOW)
        assert kept() == before
        acts.give_back(first, camille, fence=first.fence, now=NOW)
        for _ in range(3):
            taken = next_case.take(camille, NOW)
            assert taken
            acts.give_back(taken, camille, fence=taken.fence, now=NOW)
        assert not {statement for statement in kept() if "SKIP LOCKED" in statement}


def test_a_statement_finds_the_same_by_a_kept_plan(the_desk: Desk) -> None:
    """With each value it is given."""
    the_desk.staff("camille", "reviewer")
    asked = "SELECT first_name, is_reviewer FROM escalation_staff WHERE username = %s"
    for name, found in (("camille", [("Camille", True)]), ("nobody", [])) * 3:
        with kept_plans.cursor(connection) as cursor:
            cursor.execute(asked, [name])
            assert cursor.fetchall() == found
    assert Staff.objects.count() == 1
