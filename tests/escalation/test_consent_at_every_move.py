"""Every move of the table, by every act that leads to it, at the instant the consent ends.

With live consent each act makes its move, so that the other half says something. When the
consent has reached its last second, or was taken back, or covers the named person no more, no
move is made that needs it, nobody is told anything about this case, and nobody is shown how to
reach anybody: the case is closed instead, or stays where it is. Another test reads the source
and holds that no act is missing here.
"""

import ast
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass, field, replace
from datetime import timedelta
from pathlib import Path

import pytest

from escalation import casework
from escalation.cases import (
    APPROVED_FOR,
    HELD_IN_INCIDENT_AT_MOST,
    OWNERS_WORD,
    TABLE,
    CaseError,
    Event,
    Matter,
    State,
)
from escalation.casework import (
    acts,
    calls,
    cohorts,
    contact_requests,
    deskwork,
    incidents,
    named_persons,
    next_case,
    phone_calls,
    unstaffed,
)
from escalation.casework.cohorts import Cohort
from escalation.models import (
    Case,
    CaseEvent,
    Incident,
    NamedPerson,
    OutgoingMessage,
    Staff,
)
from escalation.team import presence, skills
from tests.escalation.conftest import Desk
from tests.escalation.household import Household
from tests.escalation.test_named_persons import PAUL, PURPOSES
from wire.messages import Choice, Help, Language, Machine, Message, Owner

pytestmark = pytest.mark.both_databases

ALERT_ID = "ab" * 16
NEEDS_NO_CONSENT = {*OWNERS_WORD, Event.SENT_HOME, Event.PERSON_END}
"""What ends something, and what tells the owner a decision that was taken before."""
PERSONS = {Event.ASK_PERSON, Event.APPROVE, Event.CONTACT}
"""What also takes the consent to speak with the named person."""


@dataclass
class Scene:
    """A home that consents to everything, a person it named, and whoever works at the desk."""

    desk: Desk
    matter: Matter
    home: Household
    camille: Staff
    noor: Staff
    nadia: Staff
    shown: list[object] = field(default_factory=list)

    @property
    def case(self) -> Case:
        """Return the case as it is now."""
        return Case.objects.select_related("device", "holder").get(alert_id=ALERT_ID)

    def sends(self, message: Message, message_id: str | None = None) -> None:
        """Let a message of the household arrive."""
        self.desk.receive(self.home, self.home.seal(message, message_id=message_id))

    def arrives(self) -> None:
        """Let the message arrive that makes the case."""
        care = self.matter is Matter.CARE
        self.sends(self.home.alert() if care else self.home.service_report(), ALERT_ID)

    def holder(self, act: Callable[..., object], **words: object) -> None:
        """Let whoever has the case do ``act``."""
        case = self.case
        self.shown.append(
            act(case, case.holder, fence=case.fence, now=self.desk.clock(), **words)
        )

    def claim(self) -> None:
        acts.claim(self.case, self.camille, self.desk.clock())

    def decide(self) -> None:
        choice = Choice.WRITE if self.matter is Matter.CARE else Choice.REPAIR
        self.holder(acts.decide, choice=choice, reason="So.", message="")

    def talk(self) -> None:
        self.holder(calls.begin)

    def invited_and_accepted(self) -> None:
        self.holder(named_persons.invite, link_of=str)
        named_persons.accept(NamedPerson.objects.get(), self.desk.clock())

    def ask(self) -> None:
        self.holder(contact_requests.ask, why="No answer", request="Could you ring?")

    def second_word(self, act: Callable[..., object]) -> None:
        """Let the second person say yes or no."""
        case = self.case
        request = contact_requests.running_request(case)
        number = request.pk if request is not None else 0
        act(case, self.nadia, request=number, now=self.desk.clock())

    def approve(self) -> None:
        self.second_word(contact_requests.approve)

    def offer(self) -> None:
        self.holder(calls.offer)

    def hold(self) -> None:
        incidents.review(self.desk.clock())

    def untrained(self) -> None:
        """Let nobody have the skill any more."""
        for staff in (self.camille, self.noor):
            skills.end(staff, self.nadia, self.desk.clock())

    def trained(self) -> None:
        for staff in (self.camille, self.noor):
            skills.vouch(staff, self.desk.clock())

    def nobody_comes(self) -> None:
        self.untrained()
        unstaffed.review(self.desk.clock())
        self.trained()

    def later(self, by: timedelta) -> None:
        self.desk.clock.time += by

    def release(self) -> None:
        incidents.release(Incident.objects.get(), self.nadia, self.desk.clock())

    def calls_for_help(self) -> None:
        owner = Owner(call_me="Madeleine", language=Language.FR, contact="+33 1 99 00 99 99")
        self.sends(
            Help(
                asked_at=self.desk.clock(),
                owner=owner,
                machine=Machine(model="Reference machine", firmware="1.0.0"),
                alert_id=ALERT_ID,
                ledger_head=self.home.heartbeat().ledger_head,
            )
        )

    def rings_us(self) -> None:
        phone_calls.answer(self.case.device, self.noor, self.desk.clock())


Act = Callable[[Scene], object]
WITH_PAUL: tuple[Act, ...] = (Scene.claim, Scene.invited_and_accepted, Scene.ask)
WAYS: dict[State, tuple[Act, ...]] = {
    State.WAITING: (),
    State.SERVICE: (),
    State.UNSTAFFED: (Scene.nobody_comes,),
    State.HELD: (Scene.hold,),
    State.CLAIMED: (Scene.claim,),
    State.TALKING: (Scene.claim, Scene.talk),
    State.APPROVAL: WITH_PAUL,
    State.CONTACTING: (*WITH_PAUL, Scene.approve),
    State.DECIDED: (Scene.claim, Scene.decide),
}
"""What has happened before, so that a case stands there. Before its birth, nothing has."""


def published(scene: Scene) -> None:
    """Let the broker take all that waits."""
    numbers = OutgoingMessage.objects.values_list("pk", flat=True)
    deskwork.published(list(numbers), scene.desk.clock())


def by_the_clock(scene: Scene) -> None:
    """Let the clock look at every case."""
    deskwork.settle_due(scene.desk.clock())


def lapses(scene: Scene) -> None:
    """Let the hour of a lease pass, and the clock look."""
    scene.later(timedelta(hours=1))
    by_the_clock(scene)


def request_lapses(scene: Scene) -> None:
    """Let the time of a request pass while somebody is at the page, and the clock look."""
    scene.later(APPROVED_FOR)
    Case.objects.update(lease_until=scene.desk.clock() + timedelta(hours=1))
    by_the_clock(scene)


def hold_lapses(scene: Scene) -> None:
    scene.later(HELD_IN_INCIDENT_AT_MOST)
    incidents.review(scene.desk.clock())


def nobody(scene: Scene) -> None:
    scene.untrained()
    unstaffed.review(scene.desk.clock())


def goes_home(scene: Scene) -> None:
    presence.leave(Staff.objects.get(pk=scene.camille.pk), {}, scene.desk.clock())


def takes_over(scene: Scene) -> None:
    with suppress(CaseError):
        scene.offer()
    calls.take_over(scene.case, scene.noor, now=scene.desk.clock())


def asks(scene: Scene) -> None:
    scene.invited_and_accepted()
    scene.ask()


def resigns(scene: Scene) -> None:
    named_persons.resign(NamedPerson.objects.get(), scene.desk.clock())


def names_another(scene: Scene) -> None:
    """Let the owner name somebody else: the device then sends its alert once more."""
    scene.home.trusted_person = replace(PAUL, name="Anne", channel="+33 1 99 00 11 11")
    scene.sends(scene.home.alert(), ALERT_ID)


def opens_by_hand(scene: Scene) -> None:
    cohort = Cohort(model="Reference machine", firmware="1.0.0", noticed="rise")
    incidents.open_by_hand(cohort, scene.nadia, scene.desk.clock())


def taken_back(*purposes: str) -> Act:
    """Return the owner's word that these purposes end."""
    return lambda scene: scene.sends(scene.home.withdrawal(*purposes))


def consent_ends(scene: Scene) -> None:
    """Let it be the first second without consent, wherever the clock stands."""
    Case.objects.update(consent_until=scene.desk.clock())


def consent_lapses(scene: Scene) -> None:
    consent_ends(scene)
    by_the_clock(scene)


ACTS: dict[Event, dict[str, Act]] = {
    Event.CHECK: {"arrives": Scene.arrives},
    Event.QUEUE: {"arrives": Scene.arrives},
    Event.CLAIM: {
        "claim": Scene.claim,
        "take": lambda s: next_case.take(s.camille, s.desk.clock()),
        "rings": Scene.rings_us,
    },
    Event.GIVE_BACK: {"give back": lambda s: s.holder(acts.give_back), "leaves": goes_home},
    Event.LEASE_END: {"lapses": lapses},
    Event.DECIDE: {"decide": Scene.decide},
    Event.SENT_HOME: {"published": published},
    Event.OWNER_RESOLVE: {"resolved": lambda s: s.sends(s.home.resolved(ALERT_ID))},
    Event.CONSENT_END: {"clock": consent_lapses},
    Event.WITHDRAW: {"withdraws": taken_back("care_alert", "device_health")},
    Event.HOLD: {"clock": Scene.hold, "by hand": opens_by_hand},
    Event.NOBODY: {"clock": nobody},
    Event.SPEAK_UP: {
        "reply": lambda s: s.sends(s.home.reply(ALERT_ID, "Hm.")),
        "help": Scene.calls_for_help,
        "rings": Scene.rings_us,
    },
    Event.HOLD_END: {"lapses": hold_lapses},
    Event.RELEASE: {"release": Scene.release},
    Event.TALK: {"begin": Scene.talk},
    Event.HANG_UP: {"hang up": lambda s: s.holder(calls.hang_up)},
    Event.TAKE_OVER: {"takes over": takes_over},
    Event.ASK_PERSON: {"ask": asks},
    Event.APPROVE: {"approve": Scene.approve},
    Event.REFUSE: {"refuse": lambda s: s.second_word(contact_requests.refuse)},
    Event.CONTACT: {"contact": lambda s: s.holder(contact_requests.contact)},
    Event.PERSON_END: {
        "lapses": request_lapses,
        "resigns": resigns,
        "taken back": taken_back("contact_trusted_person"),
        "names another": names_another,
    },
}
"""By the event of the table, everything that makes it happen."""

SITES = {
    "acts.claim": ("claim", "take", "rings"),
    "acts.decide": ("decide",),
    "acts.give_back": ("give back", "leaves"),
    "calls.begin": ("begin",),
    "calls.hang_up": ("hang up",),
    "calls.take_over": ("takes over",),
    "contact_requests.approve": ("approve",),
    "contact_requests.ask": ("ask",),
    "contact_requests.contact": ("contact",),
    "contact_requests.refuse": ("refuse",),
    "deskwork._settle": ("clock", "lapses"),
    "deskwork.forget_contact": ("taken back",),
    "deskwork.owner_resolved": ("resolved",),
    "deskwork.published": ("published",),
    "deskwork.speak_up": ("reply", "help", "rings"),
    "deskwork.withdraw": ("withdraws",),
    "incidents._hold": ("clock", "by hand"),
    "incidents._let_go": ("lapses",),
    "incidents.release": ("release",),
    "named_persons.end_asking": ("resigns",),
    "naming._name": ("names another",),
    "unstaffed._declare": ("clock",),
}
"""Every place in the source that moves a case, and the acts here that go through it."""


@dataclass(frozen=True, kw_only=True)
class Way:
    """One move of the table, and one act that makes it."""

    matter: Matter
    state: State
    event: Event
    name: str

    def __str__(self) -> str:
        return f"{self.matter} {self.state} {self.event} {self.name}"

    @property
    def move(self) -> tuple[str, str, str]:
        """Return the move as the audit has it."""
        return (self.state, self.event, TABLE[self.matter][self.state, self.event].to)

    def walk_up_to(self, scene: Scene) -> None:
        """Let happen what comes before."""
        for step in WAYS[self.state]:
            step(scene)

    def act(self, scene: Scene) -> None:
        """Do it."""
        ACTS[self.event][self.name](scene)


def every_way() -> list[Way]:
    """Return every move, by every act; nobody rings up about a machine."""
    return [
        Way(matter=matter, state=state, event=event, name=name)
        for matter, table in TABLE.items()
        for state, event in table
        for name in ACTS[event]
        if not (matter is Matter.SERVICE and name == "rings")
    ]


BIRTH = {Event.CHECK, Event.QUEUE}
EVERY_WAY = every_way()
IN_NEED = [w for w in EVERY_WAY if w.event not in NEEDS_NO_CONSENT | BIRTH]


@pytest.fixture
def scene(
    the_desk: Desk, monkeypatch: pytest.MonkeyPatch, request: pytest.FixtureRequest
) -> Scene:
    """Return the home and the desk, with the one case there unless it is yet to be born."""
    # One machine makes a wave here.
    monkeypatch.setattr(cohorts, "AT_LEAST", 1)
    way = request.node.callspec.params["way"]
    care = way.matter is Matter.CARE
    role = "reviewer" if care else "technician"
    made = Scene(
        desk=the_desk,
        matter=way.matter,
        home=the_desk.enroll(trusted_person=PAUL, purposes=PURPOSES),
        camille=the_desk.staff("camille", role),
        noor=the_desk.staff("noor", role),
        nadia=the_desk.staff("nadia", "supervisor"),
    )
    if way.event not in BIRTH:
        made.arrives()
    return made


def lines_since(number: int) -> list[tuple[str, str, str]]:
    """Return the lines of the case's audit that are newer."""
    lines = CaseEvent.objects.filter(case__alert_id=ALERT_ID, pk__gt=number).order_by("pk")
    return list(lines.values_list("from_state", "event", "to_state"))


def newest() -> int:
    """Return the number of the newest line of any audit."""
    return max(CaseEvent.objects.values_list("pk", flat=True), default=0)


def told() -> int:
    """Return how much the household was told about this case, but for receipts."""
    return OutgoingMessage.objects.filter(case__alert_id=ALERT_ID).exclude(type="ack").count()


@pytest.mark.parametrize("way", EVERY_WAY, ids=str)
def test_with_live_consent_every_act_makes_its_move(scene: Scene, way: Way) -> None:
    if way.event not in BIRTH:
        way.walk_up_to(scene)
        assert scene.case.state == way.state
    before = newest()
    way.act(scene)
    assert way.move in lines_since(before)
    assert (PAUL in scene.shown) == (way.event is Event.CONTACT)


@pytest.mark.parametrize(
    "end", [consent_ends, taken_back(*PURPOSES)], ids=["over", "withdrawn"]
)
@pytest.mark.parametrize("way", IN_NEED, ids=str)
def test_without_it_no_move_is_made_nobody_is_told_and_nothing_is_shown(
    scene: Scene, way: Way, end: Act
) -> None:
    """The only lines are that the consent has ended, and what the owner says themselves."""
    way.walk_up_to(scene)
    before, told_before = newest(), told()
    end(scene)
    with suppress(CaseError):
        way.act(scene)
    made = {event for _, event, _ in lines_since(before)}
    assert made <= {Event.CONSENT_END, Event.WITHDRAW, Event.REPLY}
    assert scene.case.state in (way.state, State.CLOSED)
    assert told() == told_before
    assert PAUL not in scene.shown


@pytest.mark.parametrize(
    "end", [consent_ends, taken_back(*PURPOSES)], ids=["over", "withdrawn"]
)
@pytest.mark.parametrize("way", [w for w in EVERY_WAY if w.event in BIRTH], ids=str)
def test_without_it_no_case_is_born(scene: Scene, way: Way, end: Act) -> None:
    """Also from a message that was sent before the owner took it back, and comes later."""
    care = way.matter is Matter.CARE
    if end is consent_ends:
        scene.home.valid_for = timedelta(0)
    message = scene.home.alert() if care else scene.home.service_report()
    envelope = scene.home.seal(message, message_id=ALERT_ID)
    end(scene)
    scene.desk.receive(scene.home, envelope)
    assert not Case.objects.exists()
    assert not CaseEvent.objects.exists()


@pytest.mark.parametrize("way", [w for w in EVERY_WAY if w.event in PERSONS], ids=str)
def test_without_the_consent_for_the_person_nobody_is_asked_for(scene: Scene, way: Way) -> None:
    """The case goes on; the person is out of it."""
    way.walk_up_to(scene)
    before, told_before = newest(), told()
    scene.sends(scene.home.withdrawal("contact_trusted_person"))
    with suppress(CaseError):
        way.act(scene)
    made = {event for _, event, _ in lines_since(before)}
    assert made <= {Event.PERSON_END}
    assert scene.case.state == State.CLAIMED
    assert told() == told_before
    assert PAUL not in scene.shown


IN_HANDS = [w for w in EVERY_WAY if w.event is Event.LEASE_END and w.matter is Matter.CARE]
"""One way for each state in which somebody has the case."""


@pytest.mark.parametrize(
    "end", [consent_ends, taken_back(*PURPOSES)], ids=["over", "withdrawn"]
)
@pytest.mark.parametrize("way", IN_HANDS, ids=str)
def test_the_page_of_the_case_shows_how_to_reach_them_until_that_instant(
    scene: Scene, way: Way, end: Act
) -> None:
    way.walk_up_to(scene)
    if way.state is State.CONTACTING:
        scene.holder(contact_requests.contact)
    page, browser = f"/cases/{scene.case.pk}/", scene.desk.browser(scene.camille)
    shown = browser.get(page).content.decode()
    assert str(scene.home.contact) in shown
    assert (PAUL.channel in shown) == (way.state is State.CONTACTING)
    end(scene)
    shown = browser.get(page).content.decode()
    assert str(scene.home.contact) not in shown
    assert PAUL.channel not in shown


def test_no_place_that_moves_a_case_is_missing_here() -> None:
    folder = Path(str(casework.__file__)).parent
    found = {
        f"{file.stem}.{function.name}"
        for file in folder.glob("*.py")
        for function in ast.walk(ast.parse(file.read_text(encoding="utf-8")))
        if isinstance(function, ast.FunctionDef) and file.stem != "moves"
        for call in ast.walk(function)
        if isinstance(call, ast.Call)
        and isinstance(call.func, ast.Name)
        and call.func.id in ("apply", "apply_many", "close")
    }
    assert found == set(SITES)
    names = {name for acts_ in ACTS.values() for name in acts_}
    assert {name for through in SITES.values() for name in through} <= names
