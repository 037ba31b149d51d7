"""Days at a desk, invented from a seed: what is left of them afterwards is counted by audit.

Owners send alerts, some twice, some are back soon. People come, go, pause, forget a case that
they hold, lose their skill and get it again; somebody without it tries as well. Processes die
in the middle of a transaction and between sending and noting it. The clock jumps. Then nobody
comes any more for a day, and only the clock's chores go on.

Everything goes through the functions that console and intake call; the observer at the end
reads the tables alone.
"""
# Django is set up in the process that does the work, and what needs it is imported there.
# ruff: noqa: PLC0415

import functools
import random
import uuid
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any

from django.db.models import Count, Exists, OuterRef, Q

from escalation.cases import CaseError, Event, Matter, State
from scripts.benchmarks.delivery.household import House, alert, resolved
from scripts.benchmarks.desk.databases import Desk
from scripts.benchmarks.desk.guards import Guard, without
from wire.keys import DeviceKeys
from wire.messages import Choice, Message

BEGINS = datetime(2026, 3, 2, 6, 0, tzinfo=UTC)
STEP = timedelta(minutes=15)
STEPS_A_DAY = 96
HOMES = 30
PEOPLE = 5
"""Four reviewers, of whom two begin with the skill, and a technician."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Days:
    """What the observer found."""

    simulated_days: int
    simulated_alerts: int
    decided: int
    told_unstaffed: int
    undecided: int
    """Cases of which nobody has decided, and whose owner has not been told that nobody is."""
    contacted_twice: int
    unskilled_acts: int
    audits_broken: int


def days(desk: Desk, *, count: int, guard: Guard | None, seed: int) -> Days:
    """Live ``count`` days."""
    return desk.call(_live, count, guard, seed)


class Died(BaseException):
    """The process is no more."""


@contextmanager
def dies_at(statement: int) -> Iterator[None]:
    """Let the process die at its n-th word to the database: what was not committed is gone."""
    from django.db import connection

    left = statement

    def count(execute: Callable[..., Any], *call: Any) -> Any:
        nonlocal left
        left -= 1
        if left < 0:
            raise Died
        return execute(*call)

    with suppress(Died), connection.execute_wrapper(count):
        yield


def _live(count: int, guard: Guard | None, seed: int) -> Days:
    life = _Life(seed)
    with without(guard):
        for _step in range(count * STEPS_A_DAY):
            life.step()
        for _step in range(STEPS_A_DAY):
            life.step_without_anybody()
    return _observe(count)


class _Life:
    """The desk, its people and its homes."""

    def __init__(self, seed: int) -> None:
        from escalation import desk
        from escalation.models import Staff
        from escalation.team import skills
        from scripts.benchmarks.delivery.desk import enroll

        self._chance = random.Random(seed)
        self._now = BEGINS
        self._desk = desk.identity()
        self._homes = enroll(self._desk.keys, [DeviceKeys.create() for _ in range(HOMES)])
        self._counts = [0] * HOMES
        self._sent: list[tuple[House, bytes, str]] = []
        self._people = [
            Staff.objects.create(
                username=f"person{n}",
                first_name=f"Person {n}",
                is_reviewer=n < PEOPLE - 1,
                is_technician=n == PEOPLE - 1,
            )
            for n in range(PEOPLE)
        ]
        self._supervisor = Staff.objects.create(username="supervisor", is_supervisor=True)
        for person in self._people[:2]:
            skills.vouch(person, self._now)
        self._read_before: list[Any] = []

    def step(self) -> None:
        """Live a quarter of an hour."""
        self._now += STEP
        if self._happens(0.02):
            # A clock that is set, either way. It stays so.
            self._now += timedelta(minutes=self._chance.choice((-50, -20, 45, 200)))
        daytime = 7 <= self._now.hour < 22
        for _ in range(self._chance.choice((0, 0, 1, 2)) if daytime else 0):
            self._maybe_dying(self._somebody_writes)
        for person in self._people:
            if daytime and self._happens(0.4):
                self._maybe_dying(functools.partial(self._somebody_acts, person))
        self._maybe_dying(self._chores)
        self._maybe_dying(self._send)

    def step_without_anybody(self) -> None:
        """Let the clock alone do its part."""
        self._now += STEP
        self._chores()
        self._send()

    def _happens(self, probability: float) -> bool:
        return self._chance.random() < probability

    def _maybe_dying(self, act: Callable[[], None]) -> None:
        if not self._happens(0.1):
            act()
            return
        with dies_at(self._chance.randrange(12)):
            act()

    # ------------------------------------------------------------------- the homes

    def _somebody_writes(self) -> None:
        how = self._chance.random()
        if self._sent and how < 0.15:
            self._deliver(*self._chance.choice(self._sent[-20:])[:2])
        elif self._sent and how < 0.3:
            house, _envelope, alert_id = self._chance.choice(self._sent[-10:])
            self._seal(house, resolved(alert_id, self._now))
        else:
            house = self._chance.choice(self._homes)
            # Each of its own model: a wave of the same would become an incident.
            model = f"Machine {self._homes.index(house)}"
            called = self._happens(0.1)
            self._seal(house, alert(self._now, call_me="Colette", model=model, called=called))

    def _seal(self, house: House, message: Message) -> None:
        place = self._homes.index(house)
        self._counts[place] += 1
        message_id = uuid.UUID(int=self._chance.getrandbits(128)).hex
        envelope = house.sealed(message, message_id, sequence=self._counts[place])
        self._sent.append((house, envelope, message_id))
        self._deliver(house, envelope)

    def _deliver(self, house: House, envelope: bytes) -> None:
        from escalation.intake import opening

        topic = f"demitasse/1/{house.device.device_id}/up"
        opening.receive(topic, envelope, desk=self._desk, now=self._now)

    # ------------------------------------------------------------------ the people

    def _somebody_acts(self, person: Any) -> None:
        from escalation.casework import next_case
        from escalation.models import Case
        from escalation.team import presence, skills

        person.refresh_from_db()
        act = self._chance.choice(("help", "help", "go on", "go on", "late", "pick", "rest"))
        with suppress(CaseError, next_case.PauseFirst):
            if act == "help":
                case = next_case.take(person, self._now)
                self._read_before += [(case, person)] if case else []
                if case and self._happens(0.8):
                    self._now += timedelta(minutes=3)
                    self._goes_on(case, person)
            elif act == "go on":
                for case in presence.in_hand(person, self._now):
                    self._goes_on(case, person)
            elif act == "late" and self._read_before:
                # From a page that was opened long ago, and with the fence of then.
                self._goes_on(*self._chance.choice(self._read_before[-6:]))
            elif act == "pick":
                from escalation.casework import acts

                open_cases = list(Case.objects.filter(closed_at=None).order_by("pk"))
                if open_cases:
                    acts.claim(self._chance.choice(open_cases), person, self._now)
            elif act == "rest":
                if self._happens(0.3):
                    presence.leave(person, {}, self._now)
                elif person.is_reviewer and self._happens(0.1):
                    skills.end(person, self._supervisor, self._now)
                elif person.is_reviewer and self._happens(0.6):
                    skills.vouch(person, self._now)

    def _goes_on(self, case: Any, person: Any) -> None:
        from escalation.casework import acts

        how = self._chance.random()
        if how < 0.2:
            acts.renew(case, person, fence=case.fence, now=self._now)
        elif how < 0.3:
            acts.give_back(case, person, fence=case.fence, now=self._now)
        elif how < 0.9:
            choice = Choice.WRITE if case.matter == Matter.CARE else Choice.REPAIR
            acts.decide(
                case,
                person,
                fence=case.fence,
                choice=choice,
                reason="Because.",
                message="",
                now=self._now,
            )
        # Else they have gone away, and the lease lapses.

    # ------------------------------------------------------------------- the clock

    def _chores(self) -> None:
        from escalation.broker import outgoing
        from escalation.casework import deskwork, incidents, unstaffed

        deskwork.settle_due(self._now)
        unstaffed.review(self._now)
        incidents.review(self._now)
        outgoing.send_unconfirmed_again(self._now)

    def _send(self) -> None:
        from escalation.broker import outgoing
        from escalation.casework import deskwork

        taken = [row.pk for row in outgoing.take("worker", self._now)]
        deskwork.published(taken, self._now)


def _observe(count: int) -> Days:
    from escalation.keeping import retention
    from escalation.models import Case, CaseEvent, Intake, OutgoingMessage, Skill

    lines = CaseEvent.objects.all()
    told = lines.filter(event=Event.NOBODY, told_owner__isnull=False)
    ended = Q(state__in=(State.DECIDED, State.CLOSED)) | Q(pk__in=told.values("case"))
    care = lines.filter(event__in=(Event.CLAIM, Event.DECIDE), case__matter=Matter.CARE)
    skill_of_then = Skill.objects.filter(
        Q(ended_at=None) | Q(ended_at__gte=OuterRef("at")),
        staff=OuterRef("actor"),
        signed_off_at__lte=OuterRef("at"),
        valid_until__gt=OuterRef("at"),
    )
    twice = [
        lines.filter(event=Event.DECIDE).values("case"),
        told.values("case"),
        OutgoingMessage.objects.filter(type="decision").values("device", "about"),
    ]
    return Days(
        simulated_days=count,
        simulated_alerts=Intake.objects.filter(type="alert").count(),
        decided=lines.filter(event=Event.DECIDE).count(),
        told_unstaffed=told.count(),
        undecided=Case.objects.filter(matter=Matter.CARE).exclude(ended).count(),
        contacted_twice=sum(q.annotate(n=Count("pk")).filter(n__gt=1).count() for q in twice),
        unskilled_acts=care.exclude(Exists(skill_of_then)).count(),
        audits_broken=len(retention.broken_cases()),
    )
