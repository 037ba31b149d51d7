"""The table of a concern has no other moves, and the order of care is kept in each."""

from dataclasses import replace
from datetime import UTC, datetime
from itertools import product

import pytest
from hypothesis import given
from hypothesis import strategies as st

from agent.asking.concerns import (
    OPEN,
    SENT,
    TRANSITIONS,
    Concern,
    Event,
    ForbiddenMove,
    Situation,
    State,
    asked_outcome,
    ended_by_brew,
    move,
    next_move,
)
from agent.consent import Answer, Reason
from agent.consents.consent_file import Purpose
from wire.facts import DeviceCheck, Measure, RoutineChange, RoutineKind, Verdict
from wire.messages import Asked

NOW = datetime(2026, 3, 8, 9, 0, tzinfo=UTC)
GRACE_S = 6 * 3600.0

ALLOWED = {
    State.NOTICED: {
        Event.QUESTION_PUT: State.ASKED,
        Event.MACHINE_FAULTY: State.MACHINE,
        Event.USE_RETURNED: State.RETURNED,
        Event.NOT_ALLOWED: State.KEPT_HOME,
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
}
"""Written down a second time on purpose: a move that is added must be added here, too."""


def change(kind: RoutineKind = RoutineKind.RISE) -> RoutineChange:
    return RoutineChange(
        kind=kind,
        since=NOW,
        noticed_at=NOW,
        measure=Measure.BREWS_PER_DAY,
        observed=9.0,
        usual=4.0,
        compared_days=42,
        last_brew_at=NOW,
        timezone="Europe/Paris",
    )


def concern(state: State, *, waited_s: float = 0.0, **changes: RoutineKind) -> Concern:
    return Concern(
        concern_id="ab" * 16,
        state=state,
        change=change(**changes),
        score=1.2,
        asked_at=None if state is State.NOTICED else NOW,
        waited_s=waited_s,
    )


def situation(
    *,
    verdict: Verdict = Verdict.SOUND,
    granted: bool = True,
    channels: tuple[str, ...] = ("light",),
    quiet: bool = False,
) -> Situation:
    return Situation(
        check=DeviceCheck(verdict=verdict, checked_at=NOW, evidence=()),
        care=Answer(
            purpose=Purpose.CARE_ALERT, reason=Reason.GRANTED if granted else Reason.OFF
        ),
        channels=channels,
        quiet=quiet,
        grace_s=GRACE_S,
    )


# ----------------------------------------------------------------------------- the table


@pytest.mark.parametrize(("state", "event"), list(product(State, Event)))
def test_each_move_of_the_table_is_allowed_and_every_other_is_forbidden(
    state: State, event: Event
) -> None:
    before = concern(state)
    expected = ALLOWED.get(state, {}).get(event)
    if expected is None:
        with pytest.raises(ForbiddenMove, match=f"{event} cannot happen .* that is {state}"):
            move(before, event)
    else:
        assert move(before, event) == replace(before, state=expected)
    assert before == concern(state)


def test_every_state_is_reached_from_the_first_and_every_open_one_has_an_end() -> None:
    reached, new = {State.NOTICED}, {State.NOTICED}
    while new:
        new = {to for state in new for to in TRANSITIONS[state].values()} - reached
        reached |= new
    assert reached == set(State)
    for state in OPEN:
        assert any(to not in OPEN for to in TRANSITIONS[state].values())


def test_only_a_concern_that_has_left_the_house_counts_as_sent() -> None:
    assert {State.ALERTED, State.ACKNOWLEDGED} == SENT
    assert {State.NOTICED, State.ASKED} | SENT == OPEN


def test_a_fault_of_the_machine_never_ends_in_care() -> None:
    assert TRANSITIONS[State.MACHINE] == {}
    into_care = {
        state for state, moves in TRANSITIONS.items() if State.ALERTED in moves.values()
    }
    assert into_care == {State.NOTICED, State.ASKED}


# --------------------------------------------------------------------------- what is due


ANY_SITUATION = st.builds(
    situation,
    verdict=st.sampled_from(Verdict),
    granted=st.booleans(),
    channels=st.sampled_from([(), ("light",), ("light", "page")]),
    quiet=st.booleans(),
)
ANY_CONCERN = st.builds(
    concern,
    state=st.sampled_from(State),
    waited_s=st.floats(0, 3 * GRACE_S),
    kind=st.sampled_from(RoutineKind),
)


@given(ANY_CONCERN, ANY_SITUATION)
def test_what_is_due_is_always_allowed_by_the_table(one: Concern, now: Situation) -> None:
    event = next_move(one, now)
    assert event is None or event in TRANSITIONS[one.state]


@given(ANY_CONCERN, ANY_SITUATION)
def test_nothing_is_sent_before_every_promise_is_kept(one: Concern, now: Situation) -> None:
    if next_move(one, now) is not Event.ALERT_COMMITTED:
        return
    assert now.check.verdict is Verdict.SOUND
    assert now.care.granted
    assert not now.quiet
    if one.state is State.NOTICED:
        assert now.channels == ()
    else:
        assert one.state is State.ASKED
        assert one.waited_s >= now.grace_s - 0.5


@given(ANY_CONCERN, ANY_SITUATION)
def test_nothing_is_asked_of_a_machine_in_doubt_or_in_quiet_hours(
    one: Concern, now: Situation
) -> None:
    if next_move(one, now) is Event.QUESTION_PUT:
        assert one.state is State.NOTICED
        assert now.check.verdict is Verdict.SOUND
        assert now.channels
        assert not now.quiet


@given(ANY_CONCERN, ANY_SITUATION)
def test_a_faulty_machine_ends_what_has_not_left_the_house_yet(
    one: Concern, now: Situation
) -> None:
    faulty = replace(now, check=replace(now.check, verdict=Verdict.FAULTY))
    expected = Event.MACHINE_FAULTY if one.state in OPEN - SENT else None
    assert next_move(one, faulty) is expected


@pytest.mark.parametrize("state", [State.NOTICED, State.ASKED])
def test_a_machine_in_doubt_makes_everything_wait(state: State) -> None:
    waiting = concern(state, waited_s=10 * GRACE_S)
    assert next_move(waiting, situation(verdict=Verdict.UNKNOWN)) is None


@pytest.mark.parametrize("granted", [True, False])
def test_the_owner_is_asked_first_whatever_is_allowed(granted: bool) -> None:
    noticed = concern(State.NOTICED)
    assert next_move(noticed, situation(granted=granted)) is Event.QUESTION_PUT


def test_a_question_waits_its_full_time_and_not_a_moment_longer() -> None:
    assert next_move(concern(State.ASKED, waited_s=GRACE_S - 1), situation()) is None
    assert next_move(concern(State.ASKED, waited_s=GRACE_S), situation()) is (
        Event.ALERT_COMMITTED
    )


def test_many_small_spans_that_make_the_full_time_do_not_fall_short() -> None:
    waited_s = sum([0.1] * 216_000)
    assert waited_s != GRACE_S
    assert next_move(concern(State.ASKED, waited_s=waited_s), situation()) is (
        Event.ALERT_COMMITTED
    )


def test_without_consent_an_unanswered_question_ends_at_home() -> None:
    asked = concern(State.ASKED, waited_s=GRACE_S)
    assert next_move(asked, situation(granted=False)) is Event.NOT_ALLOWED


def test_where_nobody_can_be_asked_the_desk_is_told_so_if_that_is_allowed() -> None:
    noticed = concern(State.NOTICED)
    nobody = situation(channels=())
    assert next_move(noticed, nobody) is Event.ALERT_COMMITTED
    assert asked_outcome(noticed) is Asked.OWNER_NOT_ASKED
    assert next_move(noticed, situation(channels=(), granted=False)) is Event.NOT_ALLOWED


def test_a_question_that_was_put_is_told_as_unanswered() -> None:
    assert asked_outcome(concern(State.ASKED)) is Asked.NO_ANSWER


@pytest.mark.parametrize("kind", list(RoutineKind))
@pytest.mark.parametrize("state", list(State))
def test_one_coffee_ends_an_open_silence_and_nothing_else(
    state: State, kind: RoutineKind
) -> None:
    expected = state in OPEN and kind is RoutineKind.SILENCE
    assert ended_by_brew(concern(state, kind=kind)) is expected
