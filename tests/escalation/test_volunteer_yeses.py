"""Volunteers' lives, invented: nobody is reached without every yes at that very moment.

Two volunteers with hours of their own are invited, accept, pause, come back and leave, or their
time is over; a reviewer tells an owner of them, who names them or somebody else, or takes it
back; people ask, approve and ask for the contact, in whatever order, while time goes on. What
each of them has said is kept here a second time, by hand; whenever somebody is reached, all of
it is yes.
"""

from contextlib import suppress
from dataclasses import dataclass
from datetime import datetime, time, timedelta

import pytest
from django.db import transaction
from hypothesis import HealthCheck, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, rule, run_state_machine_as_test

from escalation.cases import APPROVED_FOR, CaseError, State
from escalation.casework import acts, circle, deskwork, named_persons, proposals, volunteers
from escalation.casework.volunteers import INVITED_FOR, STAYS_FOR
from escalation.models import Volunteer
from escalation.team.rota import Hours
from tests.escalation.circle_story import ALWAYS, PARIS, CircleStory
from tests.escalation.conftest import Desk, SteppingClock
from tests.escalation.test_named_persons import PAUL
from wire.messages import TrustedPerson

MORNINGS = tuple(Hours(weekday=d, begins=time(8), ends=time(13), zone=PARIS) for d in range(7))
NUMBERS = ("+33 1 99 00 00 01", "+33 1 99 00 00 02")
WHO = st.sampled_from((0, 0, 1))
LATER = st.sampled_from((*(1, 1, 2, 5, 5, 14, 16, 60, 24 * 60, 24 * 60), 183 * 24 * 60))

CHAIN = ("propose", "name", "ask", "approve", "contact")
NOS = ("pause", "leave", "withdraw", "name_paul", "invite", "no_hours", "wait", "give_back")


@dataclass
class Said:
    """What one volunteer has said, kept by hand."""

    link_until: datetime | None = None
    in_until: datetime | None = None
    paused: bool = False
    left: bool = False
    hours: tuple[Hours, ...] = ()

    def yes(self, now: datetime) -> bool:
        """Return whether they may be asked at this moment."""
        local = now.astimezone(PARIS).time()
        there = any(
            one.begins <= local and (local < one.ends or one.ends == time(0))
            for one in self.hours
        )
        within = self.in_until is not None and now < self.in_until
        return within and there and not self.paused and not self.left


class VolunteerLives(RuleBasedStateMachine):
    """One desk and one home, in a transaction that is rolled back at its end."""

    def __init__(self) -> None:
        super().__init__()
        self.reached = 0
        self._transaction = transaction.atomic()
        self._transaction.__enter__()
        self.story = CircleStory(Desk(SteppingClock()))
        self.people = [
            self.story.entered(name, reached_by=number)
            for name, number in zip(("Inès", "Léo"), NUMBERS, strict=True)
        ]
        self.said = [Said(hours=ALWAYS), Said(hours=MORNINGS)]
        for person, said in zip(self.people, self.said, strict=True):
            for one in said.hours:
                volunteers.add_hours(person, one, self.story.nadia, self.now)
        self.told_of: set[int] = set()
        self.named: int | None = None
        self.asked: tuple[int, int] | None = None
        self.approved_at: datetime | None = None
        for who in (0, 1):
            self.invite(who)
            self.accept(who)

    def teardown(self) -> None:
        transaction.set_rollback(True)
        self._transaction.__exit__(None, None, None)

    @property
    def now(self) -> datetime:
        return self.story.desk.clock()

    def person(self, who: int) -> Volunteer:
        return Volunteer.objects.get(pk=self.people[who].pk)

    # ---------------------------------------------------------------- the circle

    @rule(who=WHO)
    def invite(self, who: int) -> None:
        with suppress(CaseError):
            self.story.invite(self.people[who])
            said = self.said[who]
            said.link_until, said.in_until = self.now + INVITED_FOR, None
            said.paused = False

    @rule(who=WHO)
    def accept(self, who: int) -> None:
        token = self.story.links.get(self.people[who].pk, "")
        found, said = volunteers.at_the_link(token, self.now), self.said[who]
        if found is None:
            return
        first_time = said.in_until is None and said.link_until and self.now < said.link_until
        if first_time or volunteers.is_asked_again(found, self.now):
            said.in_until = self.now + STAYS_FOR
        volunteers.accept(found, self.now)

    @rule(who=WHO)
    def pause(self, who: int) -> None:
        proposals.pause(self.person(who), self.now)
        said = self.said[who]
        said.paused = said.paused or (said.in_until is not None and self.now < said.in_until)

    @rule(who=WHO)
    def come_back(self, who: int) -> None:
        volunteers.come_back(self.person(who), self.now)
        self.said[who].paused = False

    @rule(who=WHO, really=st.integers(0, 4))
    def leave(self, who: int, really: int = 0) -> None:
        if really == 0:
            proposals.leave(self.person(who), self.now)
            self.said[who].left = True

    @rule(who=WHO)
    def no_hours(self, who: int) -> None:
        for row in self.people[who].hours.all():
            volunteers.remove_hours(self.people[who], row.pk, self.story.nadia, self.now)
        self.said[who].hours = ()

    @rule(who=WHO)
    def all_hours(self, who: int) -> None:
        with suppress(CaseError):
            for one in ALWAYS:
                volunteers.add_hours(self.people[who], one, self.story.nadia, self.now)
            self.said[who].hours = ALWAYS

    @rule(minutes=LATER)
    def wait(self, minutes: int = 16) -> None:
        self.story.desk.clock.time += timedelta(minutes=minutes)
        deskwork.settle_due(self.now)
        self.claim()

    @rule()
    def claim(self) -> None:
        with suppress(CaseError):
            acts.claim(self.story.case, self.story.camille, self.now)

    @rule()
    def give_back(self) -> None:
        with suppress(CaseError):
            self.story.go(acts.give_back)
        self.claim()

    # ------------------------------------------------------- the owner and the desk

    @rule()
    def propose(self) -> None:
        if self.story.case.state == State.CLOSED or self.story.candidate() is None:
            return
        with suppress(CaseError):
            self.story.propose()
            offered = self.story.said()[-1].offers
            assert offered is not None
            who = ("Inès", "Léo").index(offered.name)
            assert self.said[who].yes(self.now), "told of somebody who is not there"
            self.told_of.add(who)

    @rule(who=WHO)
    def name(self, who: int | None = None) -> None:
        chosen = max(self.told_of, default=0) if who is None else who
        self.story.owner_names(circle.as_named(self._called(chosen), "en"))
        self.named = chosen

    @rule()
    def name_paul(self) -> None:
        self.story.owner_names(PAUL)
        self.named = None

    @rule()
    def withdraw(self) -> None:
        self.story.owner_withdraws()
        self.named, self.told_of = None, set()

    @rule()
    def ask(self) -> None:
        with suppress(CaseError):
            self.story.ask()
            assert self.named is not None
            self.asked, self.approved_at = (self.story.case.fence, self.named), None

    @rule()
    def approve(self) -> None:
        with suppress(CaseError):
            self.story.approve()
            self.approved_at = self.now

    @rule()
    def contact(self) -> None:
        try:
            reached = self.story.contact()
        except CaseError:
            return
        self._every_yes(reached)
        self.asked = self.approved_at = None
        self.reached += 1

    @rule()
    def the_whole_way(self) -> None:
        """Everything in its order, of one after the other."""
        self.everybody_is_willing()
        for act in CHAIN:
            getattr(self, act)()

    @rule(at=st.integers(1, len(CHAIN) - 1), no=st.sampled_from(NOS))
    def the_whole_way_with_a_no(self, at: int, no: str) -> None:
        """Everything in its order, and one no somewhere in between."""
        self.everybody_is_willing()
        for act in CHAIN[:at]:
            getattr(self, act)()
        self._no(no)
        for act in CHAIN[at:]:
            getattr(self, act)()

    def everybody_is_willing(self) -> None:
        """Whoever has not left for good is in the circle, and Camille begins anew."""
        for who, said in enumerate(self.said):
            self.come_back(who)
            self.all_hours(who)
            if said.in_until is None or self.now >= said.in_until:
                self.invite(who)
                self.accept(who)
        self.give_back()

    def _no(self, no: str) -> None:
        about = self.named if self.named is not None else 0
        if no in ("pause", "leave", "invite", "no_hours"):
            getattr(self, no)(about)
        else:
            getattr(self, no)()

    # -------------------------------------------------------------------- the yeses

    def _every_yes(self, reached: TrustedPerson) -> None:
        assert self.named is not None, "the owner names nobody of the circle"
        assert self.named in self.told_of, "nobody told the owner of them"
        assert reached.channel == NUMBERS[self.named], "somebody else was reached"
        assert self.said[self.named].yes(self.now), "the volunteer has not said yes"
        assert self.asked == (self.story.case.fence, self.named), (
            "it was asked of somebody else"
        )
        assert self.approved_at is not None, "nobody agreed"
        assert self.now - self.approved_at < APPROVED_FOR, "somebody agreed too long ago"
        assert named_persons.named_in(self.story.case) is not None

    def _called(self, who: int) -> Volunteer:
        """Return them by the name that the owner read, also once nothing of them is kept."""
        return Volunteer(first_name=("Inès", "Léo")[who])


@pytest.mark.django_db
@pytest.mark.both_databases
def test_nobody_of_the_circle_is_reached_without_every_yes_at_that_moment() -> None:
    run_state_machine_as_test(
        VolunteerLives,
        settings=settings(
            max_examples=5,
            stateful_step_count=10,
            deadline=None,
            suppress_health_check=list(HealthCheck),
        ),
    )


@pytest.mark.django_db
@pytest.mark.both_databases
def test_one_no_anywhere_on_the_way_and_nobody_is_reached() -> None:
    """Each no at each place, and without any somebody is: else the lives show nothing."""
    life = VolunteerLives()
    life.the_whole_way()
    assert life.reached == 1
    # Before anything is asked, time and another claim take nothing back; leaving is for good.
    begins = {"wait": 3, "give_back": 3, "leave": 4}
    for no in NOS:
        for at in range(begins.get(no, 2), len(CHAIN)):
            life.the_whole_way_with_a_no(at, no)
            assert life.reached == 1, f"{no} before {CHAIN[at]}"
    life.teardown()
