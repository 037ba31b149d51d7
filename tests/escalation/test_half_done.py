"""Flows of more than one person: a process that dies at any statement leaves no half state."""

from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass, field
from datetime import time, timedelta
from typing import Any

import pytest

from escalation.cases import CaseError
from escalation.casework import (
    acts,
    contact_requests,
    danger,
    deskwork,
    incidents,
    making_good,
    named_persons,
    servicing,
    wishes,
)
from escalation.casework.contact_requests import Answer
from escalation.casework.danger import Step
from escalation.casework.wishes import Wishes
from escalation.keeping import retention
from escalation.models import (
    Case,
    CaseEvent,
    Incident,
    NamedPerson,
    OutgoingMessage,
    PartEnd,
    ServiceNote,
    Staff,
)
from tests.escalation.conftest import Desk
from tests.escalation.test_incidents import wave
from tests.escalation.test_named_persons import PAUL, PURPOSES
from tests.escalation.test_no_half_state import dies_after, everything
from wire.messages import Choice

pytestmark = pytest.mark.both_databases


@dataclass
class Scene:
    """A home whose named person has accepted, and two people at the desk."""

    desk: Desk
    camille: Staff
    nadia: Staff
    keys: list[str] = field(default_factory=list)

    @property
    def case(self) -> Case:
        """Return the case, read anew."""
        return Case.objects.order_by("pk").first() or Case()

    def camille_does(self, act: Callable[..., Any], **words: Any) -> None:
        """Let Camille do ``act`` in her running claim."""
        case = self.case
        act(case, self.camille, fence=case.fence, now=self.desk.clock(), **words)

    def key(self, token: str) -> str:
        """Remember the key of the link."""
        self.keys.append(token)
        return token

    def claim(self) -> None:
        """Let Camille take the case."""
        acts.claim(self.case, self.camille, self.desk.clock())

    def invite(self) -> None:
        """Let her give the owner an invitation."""
        self.camille_does(named_persons.invite, link_of=self.key)

    def accept(self) -> None:
        """Let Paul say yes."""
        named_persons.accept(NamedPerson.objects.get(), self.desk.clock())

    def ask(self) -> None:
        """Let Camille ask for a second person's word."""
        self.camille_does(contact_requests.ask, **ASK)

    def approve(self) -> None:
        """Let Nadia agree."""
        self.second_word(contact_requests.approve)

    def contact(self) -> None:
        """Let Camille read how to reach Paul."""
        self.camille_does(contact_requests.contact)

    def endanger(self) -> None:
        """Let Camille open the steps for danger."""
        self.camille_does(danger.emergency)

    def decide(self) -> None:
        """Let Camille decide."""
        self.camille_does(acts.decide, **DECISION)

    def second_word(self, act: Callable[..., Any]) -> None:
        """Let Nadia say yes or no."""
        request = contact_requests.running_request(self.case)
        assert request is not None
        act(self.case, self.nadia, request=request.pk, now=self.desk.clock())


ASK = {"why": "No answer", "request": "Could you ring?"}
DECISION = {"choice": Choice.WRITE, "reason": "So.", "message": ""}
WISHED = Wishes(
    call_from=time(8), call_until=time(20), rather_written=True, prefers=None, words="Hm."
)
Did = Callable[[Scene], object]


def late(scene: Scene) -> None:
    """Let a quarter of an hour pass, and the clock look."""
    Case.objects.filter(lease_until__isnull=False).update(
        lease_until=scene.desk.clock() + timedelta(hours=1)
    )
    scene.desk.clock.time += timedelta(minutes=16)


def hold(scene: Scene) -> None:
    """Make a wave, and let the clock hold it."""
    wave(scene.desk)
    incidents.review(scene.desk.clock())


def machine(scene: Scene) -> None:
    """Let a technician decide about a machine."""
    home, theo = scene.desk.enroll(), scene.desk.staff("theo", "technician")
    scene.desk.receive(home, home.seal(home.service_report()))
    case = Case.objects.latest("pk")
    acts.claim(case, theo, scene.desk.clock())
    acts.decide(
        case,
        theo,
        fence=case.fence,
        choice=Choice.REPAIR,
        reason="It sticks.",
        message="",
        now=scene.desk.clock(),
    )


def promise(scene: Scene) -> None:
    """Let the technician promise a part."""
    servicing.go_on(
        Case.objects.latest("pk"),
        Staff.objects.get(username="theo"),
        part="Tank switch",
        text="It clicks in.",
        now=scene.desk.clock(),
    )


ACTS: dict[str, tuple[tuple[Did, ...], Did]] = {
    "invite": ((Scene.claim,), Scene.invite),
    "accept": ((Scene.claim, Scene.invite), Scene.accept),
    "resign": (
        (Scene.claim, Scene.invite, Scene.accept, Scene.ask, Scene.approve),
        lambda s: named_persons.resign(NamedPerson.objects.get(), s.desk.clock()),
    ),
    "ask": ((Scene.claim, Scene.invite, Scene.accept), Scene.ask),
    "approve": ((Scene.claim, Scene.invite, Scene.accept, Scene.ask), Scene.approve),
    "refuse": (
        (Scene.claim, Scene.invite, Scene.accept, Scene.ask),
        lambda s: s.second_word(contact_requests.refuse),
    ),
    "contact": (
        (Scene.claim, Scene.invite, Scene.accept, Scene.ask, Scene.approve),
        Scene.contact,
    ),
    "lapse": (
        (Scene.claim, Scene.invite, Scene.accept, Scene.ask, Scene.approve, late),
        lambda s: deskwork.settle(s.case, s.desk.clock()),
    ),
    "answer": (
        (Scene.claim, Scene.invite, Scene.accept, Scene.ask, Scene.approve, Scene.contact),
        lambda s: contact_requests.answer(
            NamedPerson.objects.get(), Answer.YES, s.desk.clock()
        ),
    ),
    "withdraw": (
        (Scene.claim, Scene.invite, Scene.accept, Scene.ask, Scene.approve),
        lambda s: deskwork.forget_contact(s.case, {"contact_trusted_person"}, s.desk.clock()),
    ),
    "emergency": ((Scene.claim,), Scene.endanger),
    "step": (
        (Scene.claim, Scene.endanger),
        lambda s: s.camille_does(danger.take_step, step=Step.ASK),
    ),
    "wish": ((Scene.claim,), lambda s: s.camille_does(wishes.note, wished=WISHED)),
    "not heard": (
        (Scene.claim, Scene.decide),
        lambda s: making_good.not_heard(s.case, reply_id="a" * 32, now=s.desk.clock()),
    ),
    "apologise": (
        (Scene.claim, Scene.decide),
        lambda s: making_good.apologise(
            s.case, s.nadia, text="Sorry.", repair="Done.", now=s.desk.clock()
        ),
    ),
    "go on": ((machine,), promise),
    "end part": (
        (machine, promise),
        lambda s: servicing.end_part(
            ServiceNote.objects.get(),
            Staff.objects.get(username="theo"),
            PartEnd.SENT,
            s.desk.clock(),
        ),
    ),
    "release": (
        (hold,),
        lambda s: incidents.release(Incident.objects.get(), s.nadia, s.desk.clock()),
    ),
    "speak up": (
        (hold,),
        lambda s: deskwork.note_reply(
            Case.objects.latest("pk"), "Hm.", s.desk.clock(), s.desk.clock(), felt=False
        ),
    ),
}


@pytest.fixture
def scene(the_desk: Desk) -> Scene:
    """Return the home, the desk and its people."""
    return begun(the_desk)


def begun(the_desk: Desk) -> Scene:
    """Let a home with a named person write to a desk of two."""
    home = the_desk.enroll(trusted_person=PAUL, purposes=PURPOSES)
    the_desk.receive(home, home.seal(home.alert()))
    return Scene(
        the_desk, the_desk.staff("camille", "reviewer"), the_desk.staff("nadia", "supervisor")
    )


@pytest.mark.parametrize("name", ACTS)
def test_what_takes_more_than_one_person_is_whole_or_nothing(scene: Scene, name: str) -> None:
    """However many statements came through; then it is done whole, and so is the audit."""
    before_it, act = ACTS[name]
    for earlier in before_it:
        earlier(scene)
    untouched, statements = everything(), 0
    while dies_after(statements, lambda: act(scene)):
        assert everything() == untouched, f"{name} died at statement {statements}"
        statements += 1
    assert statements > 2
    assert everything() != untouched
    assert retention.broken_cases() == []


NEEDS_CONSENT = sorted(set(ACTS) - {"resign", "lapse", "withdraw"})
"""Ending something takes nobody's consent."""


@pytest.mark.parametrize("name", NEEDS_CONSENT)
def test_when_the_consent_has_ended_none_of_it_happens(scene: Scene, name: str) -> None:
    """However far it had come: the case is closed instead, and nobody is told anything."""
    before_it, act = ACTS[name]
    for earlier in before_it:
        earlier(scene)
    Case.objects.update(consent_until=scene.desk.clock())
    last = CaseEvent.objects.latest("pk").pk
    told = OutgoingMessage.objects.exclude(type="ack").count()
    with suppress(CaseError):
        act(scene)
    happened = CaseEvent.objects.filter(pk__gt=last).values_list("event", flat=True)
    assert set(happened) <= {"consent_end", "reply"}
    assert OutgoingMessage.objects.exclude(type="ack").count() == told
