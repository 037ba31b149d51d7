"""A volunteer leaves in the very moment in which somebody asks how to reach them."""

import multiprocessing
import time
from multiprocessing.synchronize import Barrier

import pytest
from django.db import connections

from escalation.casework import proposals
from escalation.models import Case, CaseEvent, NamedPerson, Volunteer
from tests.escalation.circle_story import CircleStory
from tests.escalation.conftest import Desk, SteppingClock
from tests.escalation.household import NOW
from tests.escalation.test_withdrawal_race import WITHIN_S, contact

pytestmark = pytest.mark.both_databases

TRIES = 2
fork = multiprocessing.get_context("fork")


def leave(volunteer: int, start: Barrier) -> None:
    """Leave the circle, on the page."""
    start.wait(WITHIN_S)
    proposals.leave(Volunteer.objects.get(pk=volunteer), NOW)
    connections.close_all()


@pytest.mark.django_db(transaction=True)
def test_whoever_leaves_first_is_not_reached_and_nobody_waits_for_each_other() -> None:
    """Contacted before it, or not at all; and their owner reads of it in either order."""
    for number in range(TRIES):
        story = CircleStory(Desk(SteppingClock()), suffix=str(number))
        volunteer = story.volunteer()
        story.propose()
        story.owner_names()
        story.ask()
        story.approve()
        connections.close_all()
        start = fork.Barrier(2)
        both = [
            fork.Process(target=contact, args=([story.case.pk], story.camille.pk, start)),
            fork.Process(target=leave, args=(volunteer.pk, start)),
        ]
        connections.close_all()
        for process in both:
            process.start()
        deadline = time.monotonic() + WITHIN_S
        for process in both:
            process.join(max(0.0, deadline - time.monotonic()))
        assert [process.exitcode for process in both] == [0, 0]
        case = Case.objects.get(device=story.home.device_id)
        assert case.state == "claimed"
        events = list(CaseEvent.objects.filter(case=case).values_list("event", flat=True))
        assert events[-2:] in (["contact", "resign"], ["person_end", "resign"])
        assert NamedPerson.objects.get(volunteer=volunteer).name == ""
