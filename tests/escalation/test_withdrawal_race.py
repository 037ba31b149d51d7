"""The owner takes it back in the very moment in which somebody asks for the contact."""

import multiprocessing
import time
from multiprocessing.synchronize import Barrier

import pytest
from django.db import connections

from escalation.cases import CaseError
from escalation.casework import acts, contact_requests, named_persons
from escalation.intake import opening
from escalation.models import Case, CaseEvent, NamedPerson, Staff
from tests.escalation.conftest import Desk, SteppingClock
from tests.escalation.household import NOW
from tests.escalation.test_named_persons import PAUL, PURPOSES, Story

pytestmark = pytest.mark.both_databases

HOMES = 6
WITHIN_S = 60
fork = multiprocessing.get_context("fork")


def contact(numbers: list[int], staff: int, start: Barrier) -> None:
    """Ask for each contact; one that was taken back is refused."""
    camille = Staff.objects.get(pk=staff)
    for number in numbers:
        start.wait(WITHIN_S)
        case = Case.objects.get(pk=number)
        try:
            contact_requests.contact(case, camille, fence=case.fence, now=NOW)
        except CaseError:
            continue
    connections.close_all()


def withdraw(envelopes: list[tuple[str, bytes]], desk: Desk, start: Barrier) -> None:
    """Take each consent back."""
    for topic, envelope in envelopes:
        start.wait(WITHIN_S)
        result = opening.receive(topic, envelope, desk=desk.identity, now=NOW)
        assert result is opening.Result.ACCEPTED
    connections.close_all()


@pytest.mark.django_db(transaction=True)
def test_whoever_is_second_finds_what_the_first_has_done() -> None:
    """Contacted before it, or not at all; nothing hangs in between, and nobody is named."""
    the_desk = Desk(SteppingClock())
    camille = the_desk.staff("camille", "reviewer")
    nadia = the_desk.staff("nadia", "supervisor")
    stories = []
    for _ in range(HOMES):
        home = the_desk.enroll(trusted_person=PAUL, purposes=PURPOSES)
        the_desk.receive(home, home.seal(home.alert()))
        story = Story(the_desk, home, camille, nadia, [])
        acts.claim(story.case, camille, NOW)
        story.invite()
        found = named_persons.at_the_link(story.links[-1], NOW)
        assert found is not None
        named_persons.accept(found, NOW)
        story.ask()
        story.asked = contact_requests.running_request(story.case).pk  # type: ignore[union-attr]
        story.approve()
        stories.append(story)
    numbers = [story.case.pk for story in stories]
    envelopes = [
        (s.home.up, s.home.seal(s.home.withdrawal("contact_trusted_person"))) for s in stories
    ]
    # A connection must not be shared by two processes: each child opens its own.
    connections.close_all()
    start = fork.Barrier(2)
    both = [
        fork.Process(target=contact, args=(numbers, camille.pk, start)),
        fork.Process(target=withdraw, args=(envelopes, the_desk, start)),
    ]
    for process in both:
        process.start()
    deadline = time.monotonic() + WITHIN_S
    for process in both:
        process.join(max(0.0, deadline - time.monotonic()))
    assert [process.exitcode for process in both] == [0, 0]
    assert not NamedPerson.objects.exists()
    for number in numbers:
        case = Case.objects.get(pk=number)
        assert case.state == "claimed"
        assert case.payload["owner"]["trusted_person"] is None
        last = CaseEvent.objects.filter(case=case).latest("pk")
        assert last.event in ("contact", "person_end")
