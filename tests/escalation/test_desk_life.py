"""A desk's life, invented: people come and go, skills run out, leases lapse, owners return.

Whatever happens in whatever order: nobody without the skill claims or decides a care case, no
case is in two hands, no owner is told twice that nobody is there, nobody whom an owner named is
reached without a second person's word of the last quarter of an hour, a call is in somebody's
hands, and every open case has somebody who is next and a time that is not over.
"""

from collections import Counter, defaultdict
from contextlib import suppress
from datetime import datetime, time, timedelta

import pytest
from django.db import transaction
from django.db.models import Q
from hypothesis import HealthCheck, settings
from hypothesis import strategies as st
from hypothesis.stateful import (
    RuleBasedStateMachine,
    invariant,
    precondition,
    rule,
    run_state_machine_as_test,
)

from escalation.cases import APPROVED_FOR, IN_HAND, CaseError, Matter
from escalation.casework import (
    acts,
    calls,
    cohorts,
    contact_requests,
    danger,
    deskwork,
    incidents,
    making_good,
    named_persons,
    next_case,
    phone_calls,
    self_audit,
    unstaffed,
)
from escalation.models import (
    Case,
    CaseEvent,
    NamedPerson,
    RotaHours,
    Skill,
    Staff,
)
from escalation.team import presence, skills
from tests.escalation.conftest import Desk, SteppingClock
from tests.escalation.household import Household
from tests.escalation.test_named_persons import PAUL, PURPOSES
from wire.messages import Asked, Choice

ANYBODY = st.integers(0, 5)
ON_THE_LINE = (
    ("begin", "hang up"),
    ("begin", "offer", "take over"),
    ("begin", "danger", "step", "hang up"),
    ("danger",),
    ("step",),
    ("take over", "hang up"),
)
WITH_PAUL = (
    ("ask",),
    ("approve",),
    ("contact",),
    ("ask", "approve", "contact"),
    ("ask", "withdraw", "approve", "contact"),
    ("ask", "approve", "withdraw", "contact"),
    ("ask", "approve", "resign", "contact"),
    ("invite", "accept", "ask"),
)


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
        self.with_paul: list[Household] = []
        self.somebody_has_named_paul()

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
    def somebody_has_named_paul(self) -> None:
        home = self.desk.enroll(now=self.now, trusted_person=PAUL, purposes=PURPOSES)
        self.desk.receive(home, home.seal(home.alert()))
        self.with_paul.append(home)
        skills.vouch(self.person(0), self.now)
        acts.claim(Case.objects.latest("pk"), self.person(0), self.now)
        for act in ("invite", "accept"):
            self._about_paul(home, act, self.people[5])

    @rule()
    def many_machines_report_the_same(self) -> None:
        home = self.desk.enroll(now=self.now)
        for _ in range(cohorts.AT_LEAST):
            self.desk.receive(home, home.seal(home.alert()))

    @rule()
    def a_supervisor_ends_the_incidents(self) -> None:
        for incident in incidents.running():
            incidents.release(incident, self.people[5], self.now)

    @rule(who=ANYBODY, which=st.integers(0, 3))
    def somebody_calls(self, who: int, which: int) -> None:
        # In the order of the cases: the names of devices are random, and a life must not be.
        for case in Case.objects.select_related("device").order_by("pk")[which : which + 1]:
            with suppress(CaseError):
                phone_calls.answer(case.device, self.person(who), self.now)

    @rule(
        who=st.integers(0, 1),
        story=st.sampled_from(ON_THE_LINE),
        step=st.integers(0, 3),
    )
    def is_on_the_line(self, who: int, story: tuple[str, ...], step: int) -> None:
        for act in story:
            other = 1 - who if act == "take over" else who
            self._on_the_line(act, self.person(other), step, self.now)

    def _on_the_line(self, act: str, person: Staff, step: int, now: datetime) -> None:
        if act == "take over":
            for case in calls.offered(person, now):
                with suppress(CaseError):
                    calls.take_over(case, person, now=now)
            return
        for case in Case.objects.filter(holder=person, state__in=IN_HAND):
            fence = case.fence
            with suppress(CaseError):
                match act:
                    case "begin":
                        calls.begin(case, person, fence=fence, now=now)
                    case "hang up":
                        calls.hang_up(case, person, fence=fence, now=now)
                    case "offer":
                        calls.offer(case, person, fence=fence, now=now)
                    case "danger":
                        danger.emergency(case, person, fence=fence, now=now)
                    case _:
                        one = list(danger.Step)[step]
                        danger.take_step(case, person, fence=fence, step=one, now=now)

    @rule(who=st.sampled_from([0, 5, 5, 5]), story=st.sampled_from(WITH_PAUL))
    def paul_is_thought_of(self, who: int, story: tuple[str, ...]) -> None:
        for home in self.with_paul[-1:]:
            for act in story:
                with suppress(CaseError):
                    self._about_paul(home, act, self.person(who))

    def _about_paul(self, home: Household, act: str, second: Staff) -> None:
        case, now = Case.objects.filter(device=home.device_id).earliest("pk"), self.now
        person = NamedPerson.objects.filter(device=home.device_id).first()
        holder = case.holder or second
        request = contact_requests.running_request(case)
        match act:
            case "invite":
                named_persons.invite(case, holder, fence=case.fence, link_of=str, now=now)
            case "accept" if person is not None:
                named_persons.accept(person, now)
            case "resign" if person is not None:
                named_persons.resign(person, now)
            case "ask":
                contact_requests.ask(
                    case, holder, fence=case.fence, why="So", request="Ring?", now=now
                )
            case "approve" if request is not None:
                contact_requests.approve(case, second, request=request.pk, now=now)
            case "contact":
                contact_requests.contact(case, holder, fence=case.fence, now=now)
            case "withdraw":
                taken_back = home.withdrawal("contact_trusted_person")
                self.desk.receive(home, home.seal(taken_back))

    @precondition(lambda self: Case.objects.filter(decided_by__isnull=False).exists())
    @rule()
    def an_owner_was_not_heard(self) -> None:
        case = Case.objects.filter(decided_by__isnull=False).latest("pk")
        making_good.not_heard(case, reply_id=f"{case.pk:032x}", now=self.now)

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
        for case in Case.objects.filter(holder=person, state__in=IN_HAND):
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
            with suppress(CaseError):
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
        incidents.review(self.now)

    @invariant()
    def only_the_skilled_claim_and_decide(self) -> None:
        acts = CaseEvent.objects.filter(pk__gt=self.seen_events).order_by("pk")
        for act in acts.select_related("case", "actor"):
            self.seen_events = act.pk
            skilled = ("claim", "decide", "talk", "take_over", "ask_person", "contact")
            if act.event in skilled and act.case.matter == Matter.CARE:
                assert act.actor is not None
                assert act.actor.is_reviewer
                assert act.actor.skills.filter(ended_at=None, valid_until__gt=act.at).exists()

    @invariant()
    def no_case_is_claimed_twice_at_a_time(self) -> None:
        fences = defaultdict(list)
        taken = CaseEvent.objects.filter(event__in=("claim", "take_over")).order_by("pk")
        for number, fence in taken.values_list("case", "fence"):
            fences[number].append(fence)
        for number, fence in Case.objects.values_list("pk", "fence"):
            assert fences[number] == list(range(1, fence + 1))

    @invariant()
    def nobody_is_told_twice_that_nobody_is_there(self) -> None:
        told = Counter[int]()
        nobody = CaseEvent.objects.filter(event="nobody")
        for number, message in nobody.values_list("case", "told_owner"):
            told[number] += message is not None
        assert set(told.values()) <= {1}

    @invariant()
    def nobody_named_is_reached_without_a_second_persons_word(self) -> None:
        for contact in CaseEvent.objects.filter(event="contact"):
            words = CaseEvent.objects.filter(
                case=contact.case_id, fence=contact.fence, pk__lt=contact.pk
            )
            approval = words.filter(event="approve").latest("pk")
            asked = words.filter(event="ask_person").latest("pk")
            assert approval.actor != asked.actor == contact.actor
            assert contact.at - approval.at < APPROVED_FOR
            assert asked.pk < approval.pk

    @invariant()
    def nobody_stays_named_who_took_it_back(self) -> None:
        for case in Case.objects.filter(state__in=("approval", "contacting")):
            assert named_persons.named_in(case) is not None
            assert contact_requests.running_request(case) is not None
        resigned = NamedPerson.objects.filter(resigned_at__isnull=False)
        assert set(resigned.values_list("name", "token_sha256")) <= {("", None)}

    @invariant()
    def a_call_is_in_somebodys_hands(self) -> None:
        nobody = Q(holder=None) | Q(lease_until=None)
        assert not Case.objects.filter(nobody, state__in=IN_HAND).exists()

    @invariant()
    def every_open_case_has_a_next_owner_and_a_next_time(self) -> None:
        assert self_audit.neglected(self.now) == []


@pytest.mark.django_db
def test_whatever_happens_at_a_desk_nobody_is_forgotten(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """Fifteen lives of forty events each; three machines make a wave here."""
    monkeypatch.setattr(cohorts, "AT_LEAST", 3)
    run_state_machine_as_test(
        DeskLife,
        settings=settings(
            max_examples=15,
            stateful_step_count=40,
            deadline=None,
            suppress_health_check=list(HealthCheck),
        ),
    )
