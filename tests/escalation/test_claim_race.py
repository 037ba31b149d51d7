"""Many people reach for one case at once: real threads, a real SQLite file, one winner."""

import threading

import pytest
from django.db import connection

from escalation.cases import CaseError
from escalation.casework import acts
from escalation.models import Case, CaseEvent, Staff
from tests.escalation.conftest import Desk, SteppingClock

pytestmark = pytest.mark.both_databases


@pytest.mark.django_db(transaction=True)
@pytest.mark.parametrize("round_", range(5))
def test_of_many_claims_at_once_exactly_one_wins(round_: int) -> None:
    """No two winners, and never none."""
    the_desk = Desk(SteppingClock())
    case = the_desk.care_case()
    people = [the_desk.staff(f"reviewer{n}", "reviewer") for n in range(6)]
    start, winners, losers = threading.Barrier(len(people)), [], []

    def reach(staff: Staff) -> None:
        try:
            seen = Case.objects.get(pk=case.pk)
            start.wait(10)
            acts.claim(seen, staff, the_desk.clock())
            winners.append(staff.pk)
        except CaseError:
            losers.append(staff.pk)
        finally:
            connection.close()

    threads = [threading.Thread(target=reach, args=(staff,)) for staff in people]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(30)
    assert (len(winners), len(losers)) == (1, 5)
    case.refresh_from_db()
    assert (case.holder_id, case.fence) == (winners[0], 1)
    assert CaseEvent.objects.filter(event="claim").count() == 1
