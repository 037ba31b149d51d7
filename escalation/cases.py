"""Decides how a case moves: one table, state × event → state, and who may cause it.

A case has one of two matters, settled at its birth and never changed. A *care* matter is
an alert about a household whose machine was found sound, and only reviewers take it. A
*service* matter is about a machine, and only technicians take it. Supervisors see both
and move neither, unless they hold that role too.

Rules:

1. A move that is not in the table raises ``ForbiddenMove`` and nothing has changed.
2. No event leads to a person outside the desk: every one ends inside it or at home.
3. Every state but ``closed`` has an exit that needs no staff, so nothing is stuck forever.
4. Whoever claims a case holds it for ``LEASE``. Each claim has a higher fence number, and
   a write with an older fence is refused: two people never answer one household.

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
    CLAIMED = "claimed"
    """One person has it, until the lease ends."""
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
    CLAIM = "claim"
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


class Role(StrEnum):
    """Who may do what. ``DESK`` is the desk itself, following a rule or a message."""

    DESK = "desk"
    REVIEWER = "reviewer"
    TECHNICIAN = "technician"
    SUPERVISOR = "supervisor"


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


def _care_moves() -> dict[tuple[State, Event], Move]:
    """Care cases may find nobody. It goes on as soon as somebody skilled is there."""
    moves = _moves(State.WAITING, Role.REVIEWER)
    leaving = {event: to for (state, event), to in moves.items() if state is State.WAITING}
    moves[State.WAITING, Event.NOBODY] = Move(State.UNSTAFFED, Role.DESK)
    moves |= {(State.UNSTAFFED, event): to for event, to in leaving.items()}
    return moves


TABLE: dict[Matter, dict[tuple[State, Event], Move]] = {
    Matter.CARE: _care_moves(),
    Matter.SERVICE: _moves(State.SERVICE, Role.TECHNICIAN),
}
"""Every move there is."""

QUEUES = frozenset({State.WAITING, State.UNSTAFFED, State.SERVICE})
"""The states in which a case waits for a person."""

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
