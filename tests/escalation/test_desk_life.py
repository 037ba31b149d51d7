"""A desk's life, invented: people come and go, skills run out, leases lapse, owners return.

Whatever happens in whatever order: nobody without the skill claims or decides a care case, no
case is in two hands, no owner is told twice that nobody is there, and every open case has
somebody who is next and a time that is not over.
"""

from contextlib import suppress
from datetime import datetime, time, timedelta

import pytest
from django.db import transaction
from hypothesis import HealthCheck, settings
from hypothesis import strategies as st
from hypothesis.stateful import (
    RuleBasedStateMachine,
    invariant,
    precondition,
    rule,
    run_state_machine_as_test,
)

from escalation.cases import CaseError, Matter
from escalation.casework import acts, deskwork, next_case, self_audit, unstaffed
from escalation.models import Case, CaseEvent, RotaHours, Skill, Staff
from escalation.team import presence, skills
from tests.escalation.conftest import Desk, SteppingClock
from wire.messages import Asked, Choice

ANYBODY = st.integers(0, 5)


class DeskLife(RuleBasedStateMachine):
    """One desk, in a transaction that is rolled back at its end."""

    def __init__(self) -> None:
        super().__init__()
        self._transaction = transaction.atomic()
        self._transaction.__enter__()
        self.desk = Desk(SteppingClock())
        self.people = [
            self.desk.staff(f"person{n}", *roles, trained=n < 2)
            for n, roles in enumerate((("reviewer",),) * 4 + (("technician",), ("supervisor",)))
        ]
        self.seen_events = 0

    def teardown(self) -> None:
        transaction.set_rollback(True)
        self._transaction.__exit__(None, None, None)

    @property
    def now(self) -> datetime:
        return self.desk.clock()

    def person(self, number: int) -> Staff:
        return Staff.objects.get(pk=self.people[number].pk)

    @rule(called=st.booleans(), days=st.integers(1, 200))
    def somebody_writes(self, called: bool, days: int) -> None:
        home = self.desk.enroll(now=self.now, valid_for=timedelta(days=days))
        asked = Asked.OWNER_CALLED if called else Asked.NO_ANSWER
        self.desk.receive(home, home.seal(home.alert(asked=asked)))

    @rule()
    def a_machine_fails(self) -> None:
        home = self.desk.enroll(now=self.now)
        self.desk.receive(home, home.seal(home.service_report()))

    @rule(who=ANYBODY)
    def helps_the_next(self, who: int) -> None:
        with suppress(next_case.PauseFirst):
            next_case.take(self.person(who), self.now)

    @rule(who=ANYBODY, which=st.integers(0, 3))
    def picks_one(self, who: int, which: int) -> None:
        for case in Case.objects.order_by("pk")[which : which + 1]:
            with suppress(CaseError):
                acts.claim(case, self.person(who), self.now)

    @rule(who=ANYBODY, act=st.sampled_from(["renew", "give back", "decide"]))
    def goes_on(self, who: int, act: str) -> None:
        person = self.person(who)
        for case in Case.objects.filter(holder=person, state="claimed"):
            choice = Choice.WRITE if case.matter == Matter.CARE else Choice.REPAIR
            words = {"choice": choice, "reason": "Because.", "message": ""}
            simple = {"renew": acts.renew, "give back": acts.give_back}
            with suppress(CaseError):
                if act == "decide":
                    acts.decide(case, person, fence=case.fence, now=self.now, **words)  # type: ignore[arg-type]
                else:
                    simple[act](case, person, fence=case.fence, now=self.now)

    @rule(who=ANYBODY, pause=st.booleans())
    def rests(self, who: int, pause: bool) -> None:
        if pause:
            presence.pause(self.person(who))
        else:
            presence.leave(self.person(who), {}, self.now)

    @rule(who=st.integers(0, 3), days=st.integers(0, 30))
    def is_vouched_for(self, who: int, days: int) -> None:
        skill = skills.vouch(self.person(who), self.now)
        Skill.objects.filter(pk=skill.pk).update(valid_until=self.now + timedelta(days=days))

    @rule(who=st.integers(0, 3))
    def loses_the_skill(self, who: int) -> None:
        skills.end(self.person(who), self.people[5], self.now)

    @rule(who=st.integers(0, 3), weekday=st.integers(0, 6), begins=st.integers(0, 23))
    def promises_hours(self, who: int, weekday: int, begins: int) -> None:
        RotaHours.objects.update_or_create(
            staff=self.person(who),
            weekday=weekday,
            begins=time(begins),
            defaults={"ends": time((begins + 5) % 24)},
        )

    @precondition(lambda self: Case.objects.exclude(state="closed").exists())
    @rule()
    def an_owner_is_back(self) -> None:
        deskwork.owner_resolved(Case.objects.exclude(state="closed").earliest("pk"), self.now)

    @rule(minutes=st.sampled_from([1, 4, 9, 11, 59, 61, 60 * 7, 60 * 24 * 3]))
    def time_passes(self, minutes: int) -> None:
        self.desk.clock.time += timedelta(minutes=minutes)
        deskwork.settle_due(self.now)
        unstaffed.review(self.now)

    @invariant()
    def only_the_skilled_claim_and_decide(self) -> None:
        acts = CaseEvent.objects.filter(pk__gt=self.seen_events).order_by("pk")
        for act in acts.select_related("case", "actor"):
            self.seen_events = act.pk
            if act.event in ("claim", "decide") and act.case.matter == Matter.CARE:
                assert act.actor is not None
                assert act.actor.is_reviewer
                assert act.actor.skills.filter(ended_at=None, valid_until__gt=act.at).exists()

    @invariant()
    def no_case_is_claimed_twice_at_a_time(self) -> None:
        for case in Case.objects.all():
            fences = list(case.events.filter(event="claim").values_list("fence", flat=True))
            assert fences == list(range(1, len(fences) + 1))
            assert case.fence == len(fences)

    @invariant()
    def nobody_is_told_twice_that_nobody_is_there(self) -> None:
        for case in Case.objects.all():
            told = case.events.filter(event="nobody", told_owner__isnull=False)
            assert told.count() == min(1, case.events.filter(event="nobody").count())

    @invariant()
    def every_open_case_has_a_next_owner_and_a_next_time(self) -> None:
        for case in Case.objects.exclude(state="closed"):
            assert self_audit.next_step(case, self.now) is not None
        assert self_audit.neglected(self.now) == []


@pytest.mark.django_db
def test_whatever_happens_at_a_desk_nobody_is_forgotten() -> None:
    """Fifteen lives of forty events each."""
    run_state_machine_as_test(
        DeskLife,
        settings=settings(
            max_examples=15,
            stateful_step_count=40,
            deadline=None,
            suppress_health_check=list(HealthCheck),
        ),
    )
