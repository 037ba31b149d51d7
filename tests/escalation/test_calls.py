"""A call is always in somebody's hands, and danger comes before everything."""

from datetime import timedelta

import pytest

from escalation.cases import (
    HELD_AT_MOST,
    LEASE,
    CallRunning,
    CaseError,
    Event,
    ForbiddenMove,
    NoSkill,
    SomeoneElseFirst,
    State,
    StepsOpen,
)
from escalation.casework import acts, calls, danger, deskwork, next_case
from escalation.casework.danger import Step
from escalation.models import Case, CaseEvent, EmergencyStep, Staff
from escalation.team import presence
from tests.escalation.conftest import Desk
from wire.messages import Choice

pytestmark = pytest.mark.both_databases


@pytest.fixture
def camille(the_desk: Desk) -> Staff:
    """Return whoever is on the line first."""
    return the_desk.staff("camille", "reviewer")


@pytest.fixture
def case(the_desk: Desk, camille: Staff) -> Case:
    """Return a case whose owner is on the line."""
    found = the_desk.care_case()
    acts.claim(found, camille, the_desk.clock())
    calls.begin(found, camille, fence=found.fence, now=the_desk.clock())
    return found


def fresh(case: Case) -> Case:
    """Return the case as it is now."""
    return Case.objects.get(pk=case.pk)


def test_whoever_is_on_the_line_gives_nothing_back_and_does_not_go_home(
    the_desk: Desk, case: Case, camille: Staff
) -> None:
    with pytest.raises(ForbiddenMove):
        acts.give_back(case, camille, fence=case.fence, now=the_desk.clock())
    with pytest.raises(CallRunning):
        presence.leave(camille, {}, the_desk.clock())
    assert fresh(case).state == State.TALKING
    calls.hang_up(case, camille, fence=case.fence, now=the_desk.clock())
    assert presence.leave(camille, {}, the_desk.clock()) == 1


def test_until_a_colleague_has_the_call_the_first_one_has_it(
    the_desk: Desk, case: Case, camille: Staff
) -> None:
    """And from then on the other: there is no moment in between, and the owner knows."""
    sacha = the_desk.staff("sacha", "reviewer")
    with pytest.raises(SomeoneElseFirst):
        calls.take_over(fresh(case), sacha, now=the_desk.clock())
    for _ in range(2):
        calls.offer(case, camille, fence=case.fence, now=the_desk.clock())
    assert (fresh(case).state, fresh(case).holder) == (State.TALKING, camille)
    assert calls.offered(sacha, the_desk.clock()) == [case]
    assert calls.offered(camille, the_desk.clock()) == []
    calls.take_over(fresh(case), sacha, now=the_desk.clock())
    assert (fresh(case).state, fresh(case).holder, fresh(case).fence) == ("talking", sacha, 2)
    with pytest.raises(CaseError):
        calls.hang_up(fresh(case), camille, fence=1, now=the_desk.clock())
    last = CaseEvent.objects.filter(case=case).latest("pk")
    assert (last.event, last.actor, last.told_owner is None) == ("take_over", sacha, False)
    assert CaseEvent.objects.filter(case=case, event=Event.OFFER).count() == 1
    acts.renew(fresh(case), sacha, fence=2, now=the_desk.clock())


def test_two_colleagues_cannot_both_take_it_over(
    the_desk: Desk, case: Case, camille: Staff
) -> None:
    """The second one has read a case that has moved."""
    calls.offer(case, camille, fence=case.fence, now=the_desk.clock())
    stale = fresh(case)
    calls.take_over(fresh(case), the_desk.staff("sacha", "reviewer"), now=the_desk.clock())
    with pytest.raises(SomeoneElseFirst):
        calls.take_over(stale, the_desk.staff("alex", "reviewer"), now=the_desk.clock())


def test_only_the_trained_take_a_call_over(the_desk: Desk, case: Case, camille: Staff) -> None:
    calls.offer(case, camille, fence=case.fence, now=the_desk.clock())
    untrained = the_desk.staff("alex", "reviewer", trained=False)
    with pytest.raises(NoSkill):
        calls.take_over(fresh(case), untrained, now=the_desk.clock())
    nadia = the_desk.staff("nadia", "supervisor")
    with pytest.raises(CaseError):
        calls.take_over(fresh(case), nadia, now=the_desk.clock())
    assert fresh(case).holder == camille


def test_a_line_that_broke_is_the_next_one_to_be_picked_up(
    the_desk: Desk, case: Case, camille: Staff
) -> None:
    """A page that died in the middle of a call: before everybody who waits."""
    the_desk.care_case(call_me="Waits long")
    Case.objects.exclude(pk=case.pk).update(opened_at=the_desk.clock() - timedelta(hours=1))
    the_desk.clock.time += LEASE
    deskwork.settle_due(the_desk.clock())
    assert fresh(case).state == State.WAITING
    taken = next_case.take(the_desk.staff("sacha", "reviewer"), the_desk.clock())
    assert taken == case


def test_in_danger_nobody_leaves_before_each_step_is_done_or_left_out_for_a_reason(
    the_desk: Desk, case: Case, camille: Staff
) -> None:
    """Not by deciding, hanging up, giving back or going home."""
    now, fence = the_desk.clock(), case.fence
    with pytest.raises(ForbiddenMove):
        danger.take_step(case, camille, fence=fence, step=Step.ASK, now=now)
    for _ in range(2):
        danger.emergency(case, camille, fence=fence, now=now)

    def decide() -> None:
        words = {"choice": Choice.CALL, "reason": "Help is there.", "message": ""}
        acts.decide(fresh(case), camille, fence=fence, now=now, **words)  # type: ignore[arg-type]

    def hang_up() -> None:
        calls.hang_up(fresh(case), camille, fence=fence, now=now)

    for step in Step:
        for leave in (hang_up, decide):
            with pytest.raises(StepsOpen):
                leave()
        why = "She had called already." if step is Step.CALL else ""
        for _ in range(2):
            danger.take_step(
                case, camille, fence=fence, step=step, left_out_because=why, now=now
            )
    decide()
    assert fresh(case).state == State.DECIDED
    lines = CaseEvent.objects.filter(case=case)
    assert lines.filter(event=Event.EMERGENCY).count() == 1
    assert lines.filter(event=Event.STEP, actor=camille).count() == len(Step)
    assert EmergencyStep.objects.get(step="call").left_out_because == "She had called already."


def test_in_danger_a_claimed_case_is_not_given_back(the_desk: Desk, camille: Staff) -> None:
    """Also before anybody is on the line."""
    case = the_desk.care_case()
    acts.claim(case, camille, the_desk.clock())
    danger.emergency(case, camille, fence=case.fence, now=the_desk.clock())
    with pytest.raises(StepsOpen):
        acts.give_back(case, camille, fence=case.fence, now=the_desk.clock())
    with pytest.raises(StepsOpen):
        presence.leave(camille, {}, the_desk.clock())


def test_in_danger_the_call_may_last_as_long_as_it_takes(
    the_desk: Desk, case: Case, camille: Staff
) -> None:
    """While the page lives; otherwise an hour and a half is the end."""
    danger.emergency(case, camille, fence=case.fence, now=the_desk.clock())
    for _ in range(2 * (HELD_AT_MOST // LEASE)):
        the_desk.clock.time += LEASE - timedelta(seconds=1)
        acts.renew(fresh(case), camille, fence=case.fence, now=the_desk.clock())
    assert fresh(case).holder == camille
