"""What to do about a change of routine: check the machine, ask the owner, and only then.

A concern is private. The table below owns every move it can make, and ``next_move``
decides which one is due; it reads no clock, disk or network. The order is the promise:
nothing is asked before the machine is found sound in that moment, and nothing is sent
before the owner was asked, did not answer in awake hours, the machine is *still* sound,
and the gate says yes.

One concern at a time: while one is open, no other is raised.
"""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import datetime
from enum import StrEnum

from agent.consent import Answer
from wire.facts import DeviceCheck, RoutineChange, RoutineKind, Verdict
from wire.messages import Asked


class State(StrEnum):
    """Where a concern stands."""

    NOTICED = "noticed"
    ASKED = "asked"
    ALERTED = "alerted"
    ACKNOWLEDGED = "acknowledged"
    MACHINE = "machine"
    """The machine is not sound: a service matter, never a care matter."""
    ANSWERED = "answered"
    RETURNED = "returned"
    """The usual use came back by itself before anybody was told."""
    KEPT_HOME = "kept_home"
    """Nobody answered, and the owner has not allowed more."""
    REFUSED = "refused"
    """The desk did not take it: consent had ended on the way."""
    DECIDED = "decided"
    CLOSED = "closed"
    """The desk has closed the case and nobody has decided: the consent ended there, say."""


NUDGE = "nudge"
"""The channel that carries a question only once somebody else has delivered a note of it."""


class Event(StrEnum):
    """What can happen to a concern."""

    QUESTION_PUT = "question_put"
    MACHINE_FAULTY = "machine_faulty"
    USE_RETURNED = "use_returned"
    OWNER_ANSWERED = "owner_answered"
    NOT_ALLOWED = "not_allowed"
    ALERT_COMMITTED = "alert_committed"
    DESK_ACCEPTED = "desk_accepted"
    DESK_REFUSED = "desk_refused"
    PERSON_DECIDED = "person_decided"
    CASE_CLOSED = "case_closed"
    CONSENT_WITHDRAWN = "consent_withdrawn"


TRANSITIONS: Mapping[State, Mapping[Event, State]] = {
    State.NOTICED: {
        Event.QUESTION_PUT: State.ASKED,
        Event.MACHINE_FAULTY: State.MACHINE,
        Event.USE_RETURNED: State.RETURNED,
        Event.NOT_ALLOWED: State.KEPT_HOME,
        # No channel could carry the question: the desk's first step is to ask.
        Event.ALERT_COMMITTED: State.ALERTED,
    },
    State.ASKED: {
        Event.OWNER_ANSWERED: State.ANSWERED,
        Event.MACHINE_FAULTY: State.MACHINE,
        Event.USE_RETURNED: State.RETURNED,
        Event.NOT_ALLOWED: State.KEPT_HOME,
        Event.ALERT_COMMITTED: State.ALERTED,
    },
    State.ALERTED: {
        Event.DESK_ACCEPTED: State.ACKNOWLEDGED,
        Event.DESK_REFUSED: State.REFUSED,
        Event.PERSON_DECIDED: State.DECIDED,
        Event.CASE_CLOSED: State.CLOSED,
        Event.OWNER_ANSWERED: State.ANSWERED,
        Event.USE_RETURNED: State.RETURNED,
        Event.CONSENT_WITHDRAWN: State.KEPT_HOME,
    },
    State.ACKNOWLEDGED: {
        Event.PERSON_DECIDED: State.DECIDED,
        Event.CASE_CLOSED: State.CLOSED,
        Event.OWNER_ANSWERED: State.ANSWERED,
        Event.USE_RETURNED: State.RETURNED,
        Event.CONSENT_WITHDRAWN: State.KEPT_HOME,
    },
    State.MACHINE: {},
    State.ANSWERED: {},
    State.RETURNED: {},
    State.KEPT_HOME: {},
    State.REFUSED: {},
    State.DECIDED: {},
    State.CLOSED: {},
}

OPEN = frozenset(state for state, moves in TRANSITIONS.items() if moves)
SENT = frozenset({State.ALERTED, State.ACKNOWLEDGED})


@dataclass(frozen=True, slots=True, kw_only=True)
class KindScore:
    """How far one kind of change was on the way to a question: 1.0 = enough."""

    kind: RoutineKind
    score: float


class ForbiddenMove(Exception):
    """Our own mistake: this event cannot happen to a concern in this state."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Concern:
    """A change the agent has noticed, and what became of it so far."""

    concern_id: str
    """32 hexadecimal digits; the alert, if there ever is one, has the same id."""
    state: State
    change: RoutineChange
    score: float
    asked_at: datetime | None = None
    channels: tuple[str, ...] = ()
    nudged_at: datetime | None = None
    """When the owner's own phone or mailbox had taken the note, as the desk signed."""
    waited_s: float = 0.0
    """Awake seconds the question has waited, up to ``counted_until``."""
    counted_until: datetime | None = None
    answer: str | None = None
    scores: tuple[KindScore, ...] = ()
    """Of every kind, when this one was noticed."""
    machine_score: float = 0.0
    """Of the machine then: 1.0 would have been a service matter."""
    ended_at: datetime | None = None
    welcome: str | None = None
    """Afterwards: whether the question was welcome, a word of ``welcome.Welcome``."""
    welcome_text: str | None = None
    """What the owner said beside it, in their own words."""
    welcome_at: datetime | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Situation:
    """Everything ``next_move`` looks at beside the concern."""

    check: DeviceCheck
    """Made freshly, in this moment."""
    care: Answer
    """What the gate says about ``care_alert``, asked in this moment."""
    channels: tuple[str, ...]
    """Which channels can carry a question right now."""
    quiet: bool
    grace_s: float


def move(concern: Concern, event: Event) -> Concern:
    """Return the concern after ``event``; raise ``ForbiddenMove`` and change nothing."""
    try:
        state = TRANSITIONS[concern.state][event]
    except KeyError:
        raise ForbiddenMove(
            f"{event} cannot happen to a concern that is {concern.state}"
        ) from None
    return replace(concern, state=state)


def next_move(concern: Concern, situation: Situation) -> Event | None:
    """Return what should happen to ``concern`` now, or ``None`` to wait."""
    if concern.state not in (State.NOTICED, State.ASKED):
        return None
    if situation.check.verdict is Verdict.FAULTY:
        return Event.MACHINE_FAULTY
    if situation.check.verdict is Verdict.UNKNOWN or situation.quiet:
        return None
    if concern.state is State.NOTICED and situation.channels:
        return Event.QUESTION_PUT
    # Rounded: many small spans that make six hours must not fall short by a float's width.
    if concern.state is State.ASKED and round(concern.waited_s) < situation.grace_s:
        return None
    return Event.ALERT_COMMITTED if situation.care.granted else Event.NOT_ALLOWED


def rests_on_note(concern: Concern) -> bool:
    """Tell whether nothing but a note that is not delivered yet could carry the question."""
    return concern.channels == (NUDGE,) and concern.nudged_at is None


def reached(concern: Concern, at: datetime) -> Concern:
    """Return ``concern`` once its note was delivered: only now the question is a question.

    What has passed before was waiting for the note, so the waiting for an answer begins.
    """
    return replace(concern, nudged_at=at, waited_s=0.0, counted_until=at)


def carried_at(concern: Concern) -> datetime | None:
    """Return since when a working channel has carried the question, if one has."""
    if concern.channels == (NUDGE,):
        return concern.nudged_at
    return concern.asked_at


def asked_outcome(concern: Concern) -> Asked:
    """Return how the owner was asked, as an alert tells it."""
    return Asked.OWNER_NOT_ASKED if carried_at(concern) is None else Asked.NO_ANSWER


def ended_by_brew(concern: Concern) -> bool:
    """Tell whether one coffee answers this concern by itself: a pause has ended."""
    return concern.state in OPEN and concern.change.kind is RoutineKind.SILENCE


def ended_by_routine(concern: Concern, going_on: frozenset[RoutineKind]) -> bool:
    """Tell whether what was noticed has passed: the routine no longer holds it against
    the usual. A pause is not judged here; only a coffee ends it."""
    kind = concern.change.kind
    return concern.state in OPEN and kind is not RoutineKind.SILENCE and kind not in going_on
