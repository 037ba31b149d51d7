"""Decides how a case moves: one table, state × event → state, and who may cause it.

A case has one of two matters, settled at its birth and never changed. A *care* matter is
an alert about a household whose machine was found sound, and only reviewers take it. A
*service* matter is about a machine, and only technicians take it. Supervisors see both
and move neither, unless they hold that role too. A guardian stands outside this line: no
move is theirs, and none of these pages.

Rules:

1. A move that is not in the table raises ``ForbiddenMove`` and nothing has changed.
2. No event leads to a person outside the desk, with one exception that takes three people:
   ``CONTACT``, when the owner named somebody and consents now, that person has accepted to be
   asked, and a supervisor who is not the reviewer has approved it within ``APPROVED_FOR``.
3. Every state but ``closed`` has an exit that needs no staff, so nothing is stuck forever.
4. Whoever claims a case holds it for ``LEASE``. Each claim has a higher fence number, and
   a write with an older fence is refused: two people never answer one household.
5. A case on the telephone (``TALKING``) cannot be given back: a colleague takes it over and
   has it before the first one may leave.
6. A case held in an incident leaves the hold by itself: with its owner's first word, or at the
   latest after ``HELD_IN_INCIDENT_AT_MOST``.

This file reads no clock and no database; ``casework`` applies it.

>>> move(Matter.CARE, State.WAITING, Event.CLAIM, {Role.REVIEWER})
<State.CLAIMED: 'claimed'>
"""

from collections.abc import Set as AbstractSet
from dataclasses import dataclass
from datetime import timedelta
from enum import StrEnum

from wire.messages import Choice

LEASE = timedelta(minutes=10)
"""Renewed while the page lives: a colleague who went away holds nobody up for longer."""

HELD_AT_MOST = timedelta(minutes=90)
"""However long the page lives: long enough for a careful reading and a telephone call."""

HELD_IN_INCIDENT_AT_MOST = timedelta(hours=4)
"""A wave is explained within half a day, or every owner in it is asked in person."""

ASKED_FOR = timedelta(minutes=15)
"""How long a wish to speak with a named person waits for a second person's word."""

APPROVED_FOR = timedelta(minutes=15)
"""How long that word is good for: what was right a quarter of an hour ago may not be now."""

ACCESS_NOTICE_EVERY = timedelta(hours=1)
"""How often the same person's looks at the same case are told to the owner again."""


class Matter(StrEnum):
    """What a case is about."""

    CARE = "care"
    SERVICE = "service"


class State(StrEnum):
    """Where a case stands."""

    RECEIVED = "received"
    """Opened and committed."""
    CHECKED = "checked"
    """Consent and device check have been read."""
    SERVICE = "service"
    """Waits for a technician."""
    WAITING = "waiting"
    """Waits for a reviewer."""
    HELD = "held"
    """Held in an incident: many machines report the same, and one matter explains them."""
    CLAIMED = "claimed"
    """One person has it, until the lease ends."""
    TALKING = "talking"
    """That person is on the line with the owner."""
    APPROVAL = "approval"
    """That person would like to speak with somebody the owner named; a second one is asked."""
    CONTACTING = "contacting"
    """The second person has agreed; the first may ask for the contact now."""
    UNSTAFFED = "unstaffed"
    """Waits for a reviewer, and none came in time: the owner knows, and a supervisor."""
    DECIDED = "decided"
    """Somebody decided; the decision is on its way home."""
    CLOSED = "closed"


class Event(StrEnum):
    """What can happen to a case."""

    RECEIVE = "receive"
    """It is made. No state comes before it."""
    CHECK = "check"
    QUEUE = "queue"
    NOBODY = "nobody"
    """Nobody skilled comes in time. Nobody unskilled is asked."""
    HOLD = "hold"
    """It belongs to a wave that has become an incident."""
    SPEAK_UP = "speak_up"
    """Its owner has said something: a person listens, whatever the incident explains."""
    RELEASE = "release"
    """A supervisor ends the incident."""
    HOLD_END = "hold_end"
    """The hold has lasted as long as it may: a personal contact, first in line."""
    CLAIM = "claim"
    TALK = "talk"
    HANG_UP = "hang_up"
    TAKE_OVER = "take_over"
    """A colleague has the call from now on. Until then the first one has it."""
    ASK_PERSON = "ask_person"
    APPROVE = "approve"
    REFUSE = "refuse"
    CONTACT = "contact"
    """How to reach the named person is shown, to this one person, once."""
    PERSON_END = "person_end"
    """The clock, the owner or the named person has ended it before that."""
    GIVE_BACK = "give_back"
    LEASE_END = "lease_end"
    DECIDE = "decide"
    SENT_HOME = "sent_home"
    """The broker has taken the decision for delivery to a listening device."""
    OWNER_RESOLVE = "owner_resolve"
    """The use is back, or the owner has answered."""
    WITHDRAW = "withdraw"
    """The owner has taken back consent."""
    CONSENT_END = "consent_end"
    """The consent has reached its last day."""
    LOOK = "look"
    """Somebody opened its page. It moves nothing and is written down."""
    REPLY = "reply"
    """The owner has answered. It moves nothing and is shown."""
    INFORM = "inform"
    """The owner has been told what the incident is. Neither this nor what follows moves it."""
    ASK_HELPED = "ask_helped"
    """The owner has been asked whether that helped."""
    OFFER = "offer"
    """Whoever has the call asks a colleague to take it over."""
    EMERGENCY = "emergency"
    """Somebody may be in danger: the steps for that are open."""
    STEP = "step"
    """One of these steps is done, or was left out for a reason."""
    NOT_HEARD = "not_heard"
    """The owner was not heard: somebody else looks at it again."""
    OBJECT = "object"
    """The owner objects: a guardian reads it."""
    OBJECTION_END = "objection_end"
    """A guardian has answered that."""
    APOLOGISE = "apologise"
    """We were wrong, and have said so."""
    SERVICE_NOTE = "service_note"
    """A technician has told the owner how it goes on with the machine, and of a part."""
    WISH = "wish"
    """The owner has said how they like to be spoken with."""
    CALLED_US = "called_us"
    """The owner has called, and somebody opened the case for it."""
    INVITE = "invite"
    """The owner was given an invitation for the person they named."""
    ACCEPT = "accept"
    RESIGN = "resign"
    ANSWER = "answer"
    """The named person has said whether they can, or what came of it."""
    READ = "read"
    """The named person has read what is asked of them."""
    PROPOSE = "propose"
    """The owner was told of a volunteer whom they could name."""
    NAMED = "named"
    """The owner names somebody else now, or somebody at last, or nobody."""


class Role(StrEnum):
    """Who may do what. ``DESK`` is the desk itself, following a rule or a message."""

    DESK = "desk"
    REVIEWER = "reviewer"
    TECHNICIAN = "technician"
    SUPERVISOR = "supervisor"
    GUARDIAN = "guardian"
    """Outside the supervisors' line: reads objections and some of what was written, and may
    suspend a wording. Never has a case."""


@dataclass(frozen=True, slots=True)
class Move:
    """Where an event leads, and the role that it takes."""

    to: State
    role: Role


class CaseError(Exception):
    """The base of what may be wrong with a move; the case is unchanged."""


class ForbiddenMove(CaseError):
    """The table has no such move from this state."""


class WrongRole(CaseError):
    """The move exists, for people with another role."""


class NoSkill(CaseError):
    """This person has the role, and no valid skill for it."""


class SomeoneElseFirst(CaseError):
    """Another person or the owner moved the case between the reading and the writing."""


class LeaseLost(CaseError):
    """The writer's hold on the case has ended: the fence or the lease is an old one."""


class ConsentEnded(CaseError):
    """The owner's consent no longer covers this case."""


class ChoiceNotOffered(CaseError):
    """The decision is none of those that this case allows."""


class OwnApproval(CaseError):
    """Whoever asked cannot be the second person."""


class NotForYou(CaseError):
    """Somebody else has to look at this case: its owner was not heard by this person."""


class OutsideHours(CaseError):
    """The owner does not want to be called at this hour, and no reason was given."""


class QuietNow(CaseError):
    """These are the owner's quiet hours: nobody calls then, unless the owner asked for it."""


class NotThere(CaseError):
    """This volunteer cannot be asked now: it is none of their hours, or they pause."""


class StepsOpen(CaseError):
    """Somebody may be in danger, and a step is neither done nor left out for a reason."""


class CallRunning(CaseError):
    """This person is on the line: a colleague takes the call over first."""


def _moves(queue: State, skill: Role) -> dict[tuple[State, Event], Move]:
    desk = Role.DESK
    moves = {
        (State.RECEIVED, Event.CHECK): Move(State.CHECKED, desk),
        (State.CHECKED, Event.QUEUE): Move(queue, desk),
        (queue, Event.CLAIM): Move(State.CLAIMED, skill),
        (State.CLAIMED, Event.GIVE_BACK): Move(queue, skill),
        (State.CLAIMED, Event.LEASE_END): Move(queue, desk),
        (State.CLAIMED, Event.DECIDE): Move(State.DECIDED, skill),
        (State.DECIDED, Event.SENT_HOME): Move(State.CLOSED, desk),
    }
    for state in (queue, State.CLAIMED):
        moves[state, Event.OWNER_RESOLVE] = Move(State.CLOSED, desk)
        moves[state, Event.CONSENT_END] = Move(State.CLOSED, desk)
    for state in (queue, State.CLAIMED, State.DECIDED):
        moves[state, Event.WITHDRAW] = Move(State.CLOSED, desk)
    return moves


OWNERS_WORD = (Event.OWNER_RESOLVE, Event.WITHDRAW, Event.CONSENT_END)
"""What ends an open case from wherever it is, before anything that staff do."""


def _care_moves() -> dict[tuple[State, Event], Move]:
    """Care cases may also find nobody, be held in an incident, or take more than one person."""
    desk, reviewer, supervisor = Role.DESK, Role.REVIEWER, Role.SUPERVISOR
    moves = _moves(State.WAITING, reviewer)
    moves[State.WAITING, Event.HOLD] = Move(State.HELD, desk)
    leaving = {event: to for (state, event), to in moves.items() if state is State.WAITING}
    moves |= {(State.UNSTAFFED, event): to for event, to in leaving.items()}
    moves |= {
        (State.WAITING, Event.NOBODY): Move(State.UNSTAFFED, desk),
        (State.HELD, Event.SPEAK_UP): Move(State.WAITING, desk),
        (State.HELD, Event.HOLD_END): Move(State.WAITING, desk),
        (State.HELD, Event.RELEASE): Move(State.WAITING, supervisor),
        (State.CLAIMED, Event.TALK): Move(State.TALKING, reviewer),
        (State.TALKING, Event.HANG_UP): Move(State.CLAIMED, reviewer),
        (State.TALKING, Event.TAKE_OVER): Move(State.TALKING, reviewer),
        (State.TALKING, Event.DECIDE): Move(State.DECIDED, reviewer),
        (State.TALKING, Event.LEASE_END): Move(State.WAITING, desk),
        (State.CLAIMED, Event.ASK_PERSON): Move(State.APPROVAL, reviewer),
        (State.APPROVAL, Event.APPROVE): Move(State.CONTACTING, supervisor),
        (State.APPROVAL, Event.REFUSE): Move(State.CLAIMED, supervisor),
        (State.CONTACTING, Event.CONTACT): Move(State.CLAIMED, reviewer),
    }
    for state in (State.APPROVAL, State.CONTACTING):
        moves[state, Event.PERSON_END] = Move(State.CLAIMED, desk)
        moves[state, Event.GIVE_BACK] = Move(State.WAITING, reviewer)
        moves[state, Event.LEASE_END] = Move(State.WAITING, desk)
    for state in (State.HELD, State.TALKING, State.APPROVAL, State.CONTACTING):
        moves |= {(state, event): Move(State.CLOSED, desk) for event in OWNERS_WORD}
    return moves


TABLE: dict[Matter, dict[tuple[State, Event], Move]] = {
    Matter.CARE: _care_moves(),
    Matter.SERVICE: _moves(State.SERVICE, Role.TECHNICIAN),
}
"""Every move there is."""

QUEUES = frozenset({State.WAITING, State.UNSTAFFED, State.SERVICE})
"""The states in which a case waits for a person."""

IN_HAND = frozenset({State.CLAIMED, State.TALKING, State.APPROVAL, State.CONTACTING})
"""The states in which one person has a case, for the length of a lease."""

ASKING = frozenset({State.APPROVAL, State.CONTACTING})
"""Of these, the two in which a wish to speak with a named person runs."""

UNDECIDED = QUEUES | IN_HAND | {State.HELD}
"""The states in which the owner's return, or the end of consent, closes a case."""

CHOICES: dict[Matter, tuple[Choice, ...]] = {
    Matter.CARE: (Choice.CALL, Choice.WRITE, Choice.LEAVE_IN_PEACE),
    Matter.SERVICE: (Choice.REPAIR, Choice.MAINTAIN),
}

SKILL: dict[Matter, Role] = {
    Matter.CARE: Role.REVIEWER,
    Matter.SERVICE: Role.TECHNICIAN,
}


def move(matter: Matter, state: State, event: Event, roles: AbstractSet[Role]) -> State:
    """Return the state that ``event`` leads to, or raise a ``CaseError``."""
    found = TABLE[matter].get((state, event))
    if found is None:
        raise ForbiddenMove(f"a {matter} case that is {state} has no {event}")
    if found.role not in roles:
        raise WrongRole(f"{event} of a {matter} case takes a {found.role}")
    return found.to


def drawing(matter: Matter) -> str:
    """Return the table as a drawing that Mermaid shows: the docs carry it, a test compares."""
    arrows: dict[tuple[State, State, Role], list[str]] = {}
    for (state, event), found in TABLE[matter].items():
        arrows.setdefault((state, found.to, found.role), []).append(event.value)
    lines = [f"    [*] --> {State.RECEIVED}"]
    lines += [
        f"    {state} --> {to}: {', '.join(events)} ({role})"
        for (state, to, role), events in arrows.items()
    ]
    return "\n".join(("stateDiagram-v2", *lines, f"    {State.CLOSED} --> [*]"))


def visible_matters(roles: AbstractSet[Role]) -> frozenset[Matter]:
    """Return what people with these roles may see. Nothing, for nobody."""
    if Role.SUPERVISOR in roles:
        return frozenset(Matter)
    return frozenset(matter for matter in Matter if SKILL[matter] in roles)


def offered_choices(
    matter: Matter, *, has_contact: bool, owner_called: bool
) -> tuple[Choice, ...]:
    """Return the decisions that this case allows.

    A call takes a way to call: the owner's contact, which comes only with the purpose
    ``contact_me``, or the owner's own wish to be called, which is consent for one call.
    """
    return tuple(
        choice
        for choice in CHOICES[matter]
        if choice is not Choice.CALL or has_contact or owner_called
    )
