"""The table of case states, walked whole: every pair of every matter, allowed or forbidden."""

import re
from pathlib import Path

import pytest

from escalation.cases import (
    CHOICES,
    OWNERS_WORD,
    QUEUES,
    SKILL,
    TABLE,
    UNDECIDED,
    Event,
    ForbiddenMove,
    Matter,
    Role,
    State,
    WrongRole,
    drawing,
    move,
    offered_choices,
    visible_matters,
)
from wire.messages import Choice

R, C, W, S = State.RECEIVED, State.CHECKED, State.WAITING, State.SERVICE
HELD, DECIDED, CLOSED = State.CLAIMED, State.DECIDED, State.CLOSED
ALONE, WAVE = State.UNSTAFFED, State.HELD
TALK, ASKED, GO = State.TALKING, State.APPROVAL, State.CONTACTING
DESK, REVIEWER, SUPERVISOR = Role.DESK, Role.REVIEWER, Role.SUPERVISOR


def walk(queue: State, skill: Role) -> dict[tuple[State, Event], tuple[State, Role]]:
    """What should be allowed, written down a second time and by hand."""
    return {
        (R, Event.CHECK): (C, DESK),
        (C, Event.QUEUE): (queue, DESK),
        (queue, Event.CLAIM): (HELD, skill),
        (queue, Event.OWNER_RESOLVE): (CLOSED, DESK),
        (queue, Event.CONSENT_END): (CLOSED, DESK),
        (queue, Event.WITHDRAW): (CLOSED, DESK),
        (HELD, Event.GIVE_BACK): (queue, skill),
        (HELD, Event.LEASE_END): (queue, DESK),
        (HELD, Event.DECIDE): (DECIDED, skill),
        (HELD, Event.OWNER_RESOLVE): (CLOSED, DESK),
        (HELD, Event.CONSENT_END): (CLOSED, DESK),
        (HELD, Event.WITHDRAW): (CLOSED, DESK),
        (DECIDED, Event.SENT_HOME): (CLOSED, DESK),
        (DECIDED, Event.WITHDRAW): (CLOSED, DESK),
    }


CARE = {
    **walk(W, Role.REVIEWER),
    (W, Event.NOBODY): (ALONE, DESK),
    (ALONE, Event.CLAIM): (HELD, REVIEWER),
    (ALONE, Event.OWNER_RESOLVE): (CLOSED, DESK),
    (ALONE, Event.CONSENT_END): (CLOSED, DESK),
    (ALONE, Event.WITHDRAW): (CLOSED, DESK),
    (W, Event.HOLD): (WAVE, DESK),
    (ALONE, Event.HOLD): (WAVE, DESK),
    (WAVE, Event.SPEAK_UP): (W, DESK),
    (WAVE, Event.HOLD_END): (W, DESK),
    (WAVE, Event.RELEASE): (W, SUPERVISOR),
    (WAVE, Event.OWNER_RESOLVE): (CLOSED, DESK),
    (WAVE, Event.CONSENT_END): (CLOSED, DESK),
    (WAVE, Event.WITHDRAW): (CLOSED, DESK),
    (HELD, Event.TALK): (TALK, REVIEWER),
    (TALK, Event.HANG_UP): (HELD, REVIEWER),
    (TALK, Event.TAKE_OVER): (TALK, REVIEWER),
    (TALK, Event.DECIDE): (DECIDED, REVIEWER),
    (TALK, Event.LEASE_END): (W, DESK),
    (TALK, Event.OWNER_RESOLVE): (CLOSED, DESK),
    (TALK, Event.CONSENT_END): (CLOSED, DESK),
    (TALK, Event.WITHDRAW): (CLOSED, DESK),
    (HELD, Event.ASK_PERSON): (ASKED, REVIEWER),
    (ASKED, Event.APPROVE): (GO, SUPERVISOR),
    (ASKED, Event.REFUSE): (HELD, SUPERVISOR),
    (ASKED, Event.PERSON_END): (HELD, DESK),
    (ASKED, Event.GIVE_BACK): (W, REVIEWER),
    (ASKED, Event.LEASE_END): (W, DESK),
    (ASKED, Event.OWNER_RESOLVE): (CLOSED, DESK),
    (ASKED, Event.CONSENT_END): (CLOSED, DESK),
    (ASKED, Event.WITHDRAW): (CLOSED, DESK),
    (GO, Event.CONTACT): (HELD, REVIEWER),
    (GO, Event.PERSON_END): (HELD, DESK),
    (GO, Event.GIVE_BACK): (W, REVIEWER),
    (GO, Event.LEASE_END): (W, DESK),
    (GO, Event.OWNER_RESOLVE): (CLOSED, DESK),
    (GO, Event.CONSENT_END): (CLOSED, DESK),
    (GO, Event.WITHDRAW): (CLOSED, DESK),
}
ALLOWED = {
    Matter.CARE: CARE,
    Matter.SERVICE: walk(S, Role.TECHNICIAN),
}
EVERY_PAIR = [(matter, state, event) for matter in Matter for state in State for event in Event]


@pytest.mark.parametrize(("matter", "state", "event"), EVERY_PAIR)
def test_every_pair_is_allowed_or_forbidden_as_written_down(
    matter: Matter, state: State, event: Event
) -> None:
    """Also says who: each role but the right one is refused."""
    expected = ALLOWED[matter].get((state, event))
    if expected is None:
        with pytest.raises(ForbiddenMove):
            move(matter, state, event, set(Role))
        return
    to, role = expected
    assert move(matter, state, event, {role}) is to
    with pytest.raises(WrongRole):
        move(matter, state, event, set(Role) - {role})


@pytest.mark.parametrize("matter", Matter)
def test_every_state_but_closed_has_an_exit_that_needs_no_staff(matter: Matter) -> None:
    """A case is never stuck because nobody is there."""
    reachable = {move_.to for move_ in TABLE[matter].values()} | {State.RECEIVED}
    for state in reachable - {State.CLOSED}:
        exits = [m for (at, _event), m in TABLE[matter].items() if at is state]
        assert any(m.role is Role.DESK for m in exits), state


@pytest.mark.parametrize("matter", Matter)
def test_every_case_can_come_to_its_end(matter: Matter) -> None:
    """Closed is reachable from everywhere that is reachable."""
    ends = {State.CLOSED}
    while more := {
        at for (at, _event), m in TABLE[matter].items() if m.to in ends and at not in ends
    }:
        ends |= more
    assert {m.to for m in TABLE[matter].values()} | {State.RECEIVED} <= ends


def test_the_owners_word_ends_a_case_wherever_it_is() -> None:
    """From every state that is not decided, and withdrawal from that one, too."""
    for matter in Matter:
        reachable = {found.to for found in TABLE[matter].values()} - {C, CLOSED, DECIDED}
        assert reachable <= UNDECIDED
        for state in reachable:
            assert {TABLE[matter][state, event].to for event in OWNERS_WORD} == {CLOSED}
        assert TABLE[matter][DECIDED, Event.WITHDRAW].to is CLOSED


def test_a_named_person_is_reached_by_one_way_alone() -> None:
    """Asked by a reviewer, approved by a supervisor: no other move leads to the contact."""
    for matter in Matter:
        contacting = {key: m for key, m in TABLE[matter].items() if key[1] is Event.CONTACT}
        into = {key: m for key, m in TABLE[matter].items() if m.to is GO}
        if matter is Matter.CARE:
            assert list(contacting) == [(GO, Event.CONTACT)]
            assert {key: m.role for key, m in into.items()} == {
                (ASKED, Event.APPROVE): SUPERVISOR
            }
        else:
            assert (contacting, into) == ({}, {})


def test_a_call_is_never_given_back() -> None:
    """Whoever is on the line decides, hangs up, or is taken over from."""
    leaving = {event for state, event in TABLE[Matter.CARE] if state is TALK}
    assert Event.GIVE_BACK not in leaving
    assert leaving == {
        *(Event.HANG_UP, Event.TAKE_OVER, Event.DECIDE, Event.LEASE_END),
        *OWNERS_WORD,
    }


def test_the_drawing_in_the_docs_is_that_of_the_table() -> None:
    """Whoever changes a move changes the drawing: ``cases.drawing`` writes it."""
    document = Path("docs/case-states.md").read_text(encoding="utf-8")
    drawn = re.findall(r"```mermaid\n(.*?)\n```", document, re.DOTALL)
    assert drawn == [drawing(matter) for matter in Matter]


def test_closed_is_the_end() -> None:
    """Nothing leads out of it."""
    assert not [at for table in TABLE.values() for at, _event in table if at is CLOSED]


def test_a_care_case_never_waits_for_a_technician_nor_a_service_case_for_a_reviewer() -> None:
    """The two queues do not mix."""
    assert State.SERVICE not in {m.to for m in TABLE[Matter.CARE].values()}
    assert State.WAITING not in {m.to for m in TABLE[Matter.SERVICE].values()}
    assert State.UNSTAFFED not in {m.to for m in TABLE[Matter.SERVICE].values()}
    assert {State.SERVICE, State.WAITING, State.UNSTAFFED} == QUEUES


@pytest.mark.parametrize(
    ("roles", "matters"),
    [
        (set(), set()),
        ({Role.REVIEWER}, {Matter.CARE}),
        ({Role.TECHNICIAN}, {Matter.SERVICE}),
        ({Role.SUPERVISOR}, {Matter.CARE, Matter.SERVICE}),
        ({Role.REVIEWER, Role.TECHNICIAN}, {Matter.CARE, Matter.SERVICE}),
    ],
)
def test_each_role_sees_its_own_matter(roles: set[Role], matters: set[Matter]) -> None:
    """And nobody without a role sees anything."""
    assert visible_matters(roles) == matters


def test_a_call_is_offered_only_with_a_way_to_call() -> None:
    """The contact comes with its own consent; asking to be called is consent for one call."""
    assert Choice.CALL not in offered_choices(
        Matter.CARE, has_contact=False, owner_called=False
    )
    for has_contact, owner_called in ((True, False), (False, True)):
        assert Choice.CALL in offered_choices(
            Matter.CARE, has_contact=has_contact, owner_called=owner_called
        )


def test_every_choice_belongs_to_exactly_one_matter() -> None:
    """So a technician never decides about a person, nor a reviewer about a pump."""
    every = [choice for choices in CHOICES.values() for choice in choices]
    assert sorted(every) == sorted(Choice)
    assert set(SKILL) == set(CHOICES) == set(Matter)
