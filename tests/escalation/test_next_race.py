"""Eight processes press the button at once: nobody is helped twice, nobody helps two."""

import multiprocessing
import time
from collections import Counter
from multiprocessing.synchronize import Barrier

import pytest
from django.db import connections

from escalation.casework import next_case
from escalation.models import Case, CaseEvent, Staff
from tests.escalation.conftest import Desk, SteppingClock
from tests.escalation.household import NOW

pytestmark = pytest.mark.both_databases

PROCESSES = 8
CASES = 30
WITHIN_S = 60
fork = multiprocessing.get_context("fork")


def press(staff: int, presses: int, start: Barrier) -> None:
    """Take what comes; decide about it at once, as far as this test cares."""
    person = Staff.objects.get(pk=staff)
    start.wait(WITHIN_S)
    for _ in range(presses):
        case = next_case.take(person, NOW)
        if case is not None and presses > 1:
            Case.objects.filter(pk=case.pk, holder=person).update(state="decided")
    connections.close_all()


def all_at_once(people: list[Staff], presses: int) -> None:
    """Let each of them press in a process of its own."""
    # A connection must not be shared by two processes: each child opens its own.
    connections.close_all()
    start = fork.Barrier(len(people))
    pressing = [fork.Process(target=press, args=(p.pk, presses, start)) for p in people]
    for process in pressing:
        process.start()
    deadline = time.monotonic() + WITHIN_S
    for process in pressing:
        process.join(max(0.0, deadline - time.monotonic()))
    assert [process.exitcode for process in pressing] == [0] * len(people)


@pytest.mark.django_db(transaction=True)
def test_eight_processes_help_every_home_once_and_only_with_the_skill(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """Seven are trained and share all the cases; the eighth is not and gets none."""
    monkeypatch.setattr(next_case, "PEOPLE_AN_HOUR", CASES)
    the_desk = Desk(SteppingClock())
    for n in range(CASES):
        the_desk.care_case(call_me=f"Person {n}")
    people = [
        the_desk.staff(f"reviewer{n}", "reviewer", trained=n > 0) for n in range(PROCESSES)
    ]
    all_at_once(people, presses=CASES)
    claims = CaseEvent.objects.filter(event="claim")
    assert Counter(claims.values_list("case", flat=True)) == Counter(
        Case.objects.values_list("pk", flat=True)
    )
    assert people[0].pk not in set(claims.values_list("actor", flat=True))
    assert set(Case.objects.values_list("fence", flat=True)) == {1}


@pytest.mark.django_db(transaction=True)
def test_one_person_in_eight_windows_holds_one_case() -> None:
    """However often they press: what one may hold is decided one press at a time."""
    the_desk = Desk(SteppingClock())
    for n in range(PROCESSES):
        the_desk.care_case(call_me=f"Person {n}")
    camille = the_desk.staff("camille", "reviewer")
    all_at_once([camille] * PROCESSES, presses=1)
    assert Case.objects.filter(holder=camille).count() == 1
