"""The care skill: practised, signed by somebody else, expiring, and failing closed."""

from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest
from django.db import connection

from escalation.cases import HELD_AT_MOST, LEASE, LeaseLost, NoSkill
from escalation.casework import acts, deskwork, next_case
from escalation.models import Case, PracticeAnswer, Skill, Staff
from escalation.team import skills
from escalation.team.practice import PRACTICE
from escalation.team.skills import LASTS, PRACTISED_WITHIN, SignOffRefused
from tests.escalation.conftest import Desk
from wire.messages import Choice

pytestmark = pytest.mark.both_databases


def practise(the_desk: Desk, staff: Staff) -> None:
    """Answer every invented household."""
    for slug in PRACTICE:
        PracticeAnswer.objects.create(
            staff=staff,
            practice=slug,
            choice="write",
            reason="To ask first.",
            answered_at=the_desk.clock(),
        )


def test_a_sign_off_after_practice_lets_somebody_help_for_a_year(the_desk: Desk) -> None:
    """And not a second longer."""
    case = the_desk.care_case(valid_for=LASTS * 2)
    camille = the_desk.staff("camille", "reviewer", trained=False)
    assert next_case.take(camille, the_desk.clock()) is None
    practise(the_desk, camille)
    skills.sign_off(camille, the_desk.staff("nadia", "supervisor"), the_desk.clock())
    the_desk.clock.time += LASTS
    assert next_case.take(camille, the_desk.clock()) is None
    the_desk.clock.time -= timedelta(seconds=1)
    assert next_case.take(camille, the_desk.clock()) == case


@pytest.mark.parametrize("roles", [("reviewer",), ("technician",), ()])
def test_only_a_supervisor_signs(the_desk: Desk, roles: tuple[str, ...]) -> None:
    """A colleague's kindness is no sign-off."""
    camille = the_desk.staff("camille", "reviewer", trained=False)
    practise(the_desk, camille)
    with pytest.raises(SignOffRefused):
        skills.sign_off(camille, the_desk.staff("x", *roles), the_desk.clock())
    assert not Skill.objects.filter(staff=camille).exists()


def test_nobody_signs_for_themselves(the_desk: Desk) -> None:
    """Whatever else they are."""
    both = the_desk.staff("nadia", "reviewer", "supervisor", trained=False)
    practise(the_desk, both)
    with pytest.raises(SignOffRefused):
        skills.sign_off(both, both, the_desk.clock())


def test_practice_comes_first_and_lately(the_desk: Desk) -> None:
    """All of it, and not last year's."""
    camille = the_desk.staff("camille", "reviewer", trained=False)
    nadia = the_desk.staff("nadia", "supervisor")
    practise(the_desk, camille)
    PracticeAnswer.objects.filter(practice="quiet-kitchen").delete()
    with pytest.raises(SignOffRefused):
        skills.sign_off(camille, nadia, the_desk.clock())
    practise(the_desk, camille)
    with pytest.raises(SignOffRefused):
        skills.sign_off(camille, nadia, the_desk.clock() + PRACTISED_WITHIN)


def test_without_a_valid_skill_no_care_case_by_any_way(the_desk: Desk) -> None:
    """Not as the next one, not by its address, not by the act itself; nor is it seen."""
    case = the_desk.care_case()
    camille = the_desk.staff("camille", "reviewer", trained=False)
    browser = the_desk.browser(camille)
    assert browser.post("/next").status_code == 403
    assert browser.get(f"/cases/{case.pk}/").status_code == 404
    assert browser.post(f"/cases/{case.pk}/claim").status_code == 404
    with pytest.raises(NoSkill):
        acts.claim(case, camille, the_desk.clock())
    assert "Practice comes first" in browser.get("/").text
    case.refresh_from_db()
    assert (case.state, case.fence) == ("waiting", 0)


def test_a_skill_that_ends_between_two_words_to_the_database_claims_nothing(
    the_desk: Desk,
) -> None:
    """It was there when it was asked for, and is not when the case is about to move."""
    case, camille = the_desk.care_case(), the_desk.staff("camille", "reviewer")
    nadia = the_desk.staff("nadia", "supervisor")
    ended: list[str] = []

    def end_before_the_move(execute: Callable[..., Any], sql: str, *call: Any) -> Any:
        if "UPDATE escalation_case SET" in sql and not ended:
            ended.append(sql)
            skills.end(camille, nadia, the_desk.clock())
        return execute(sql, *call)

    with connection.execute_wrapper(end_before_the_move), pytest.raises(NoSkill):
        acts.claim(case, camille, the_desk.clock())
    assert ended
    case.refresh_from_db()
    assert (case.state, case.holder, case.fence) == ("waiting", None, 0)


def test_a_technician_needs_no_care_skill_for_a_machine(the_desk: Desk) -> None:
    """A separate flow: a machine is not hurt by a clumsy word."""
    case = the_desk.service_case()
    assert next_case.take(the_desk.staff("theo", "technician"), the_desk.clock()) == case


def test_a_skill_that_runs_out_takes_the_lease_with_it(the_desk: Desk) -> None:
    """Whoever holds a case then can decide nothing any more."""
    case, camille = the_desk.care_case(), the_desk.staff("camille", "reviewer")
    ends = the_desk.clock() + timedelta(minutes=3)
    Skill.objects.update(valid_until=ends)
    acts.claim(case, camille, the_desk.clock())
    assert case.lease_until == ends
    the_desk.clock.time = ends
    with pytest.raises(LeaseLost):
        decide(the_desk, case, camille)


def test_a_skill_that_is_ended_gives_back_what_was_held(the_desk: Desk) -> None:
    """At once; and the next act is refused even before the clock has settled it."""
    case, camille = the_desk.care_case(), the_desk.staff("camille", "reviewer")
    acts.claim(case, camille, the_desk.clock())
    skills.end(camille, the_desk.staff("nadia", "supervisor"), the_desk.clock())
    deskwork.settle_due(the_desk.clock())
    case.refresh_from_db()
    assert (case.state, case.holder) == ("waiting", None)
    with pytest.raises(NoSkill):
        acts.claim(case, camille, the_desk.clock())


def test_a_decision_takes_the_skill_of_that_moment(the_desk: Desk) -> None:
    """Also where a lease has been left standing."""
    case, camille = the_desk.care_case(), the_desk.staff("camille", "reviewer")
    acts.claim(case, camille, the_desk.clock())
    Skill.objects.update(ended_at=the_desk.clock())
    with pytest.raises(NoSkill):
        decide(the_desk, case, camille)
    with pytest.raises(NoSkill):
        acts.renew(case, camille, fence=1, now=the_desk.clock())
    case.refresh_from_db()
    assert case.state == "claimed"


def test_a_lease_is_renewed_while_the_page_lives_and_not_for_ever(the_desk: Desk) -> None:
    """The fence stays, so the page stays good; after an hour and a half it is enough."""
    case, camille = the_desk.care_case(), the_desk.staff("camille", "reviewer")
    acts.claim(case, camille, the_desk.clock())
    began = the_desk.clock()
    while the_desk.clock() + LEASE < began + HELD_AT_MOST:
        the_desk.clock.time += timedelta(minutes=8)
        acts.renew(Case.objects.get(), camille, fence=1, now=the_desk.clock())
    the_desk.clock.time = began + HELD_AT_MOST - timedelta(minutes=1)
    Case.objects.update(lease_until=began + HELD_AT_MOST)
    acts.renew(Case.objects.get(), camille, fence=1, now=the_desk.clock())
    case.refresh_from_db()
    assert (case.fence, case.lease_until) == (1, began + HELD_AT_MOST)


def test_a_lapsed_lease_is_not_renewed(the_desk: Desk) -> None:
    """Nor is an old fence, nor a colleague's case."""
    case, camille = the_desk.care_case(), the_desk.staff("camille", "reviewer")
    acts.claim(case, camille, the_desk.clock())
    with pytest.raises(LeaseLost):
        acts.renew(case, camille, fence=0, now=the_desk.clock())
    sacha = the_desk.staff("sacha", "reviewer")
    with pytest.raises(LeaseLost):
        acts.renew(case, sacha, fence=1, now=the_desk.clock())
    the_desk.clock.time += LEASE
    with pytest.raises(LeaseLost):
        acts.renew(case, camille, fence=1, now=the_desk.clock())


def test_a_lease_given_back_in_another_window_is_not_renewed_in_this_one(
    the_desk: Desk,
) -> None:
    """Compare-and-set: an old reading of the row renews nothing."""
    case, camille = the_desk.care_case(), the_desk.staff("camille", "reviewer")
    acts.claim(case, camille, the_desk.clock())
    stale = Case.objects.get()
    acts.give_back(case, camille, fence=1, now=the_desk.clock())
    with pytest.raises(LeaseLost):
        acts.renew(stale, camille, fence=1, now=the_desk.clock())
    case.refresh_from_db()
    assert (case.state, case.lease_until) == ("waiting", None)


def decide(the_desk: Desk, case: Case, staff: Staff) -> None:
    """Decide with the first claim's fence."""
    acts.decide(
        case,
        staff,
        fence=1,
        choice=Choice.WRITE,
        reason="To ask first.",
        message="",
        now=the_desk.clock(),
    )
