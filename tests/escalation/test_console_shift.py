"""Practising, signing, pausing and going home, in the console."""

from datetime import timedelta

import pytest

from escalation.models import Case, HandOver, PracticeAnswer, RotaHours, Skill
from escalation.team.practice import PRACTICE
from tests.escalation.conftest import Desk

ANSWER = {"choice": "write", "reason": "To ask first.", "message": "Bonjour !"}


def test_going_home_hands_over_with_a_word(the_desk: Desk) -> None:
    """The next person reads it, and nobody else does."""
    case = the_desk.care_case()
    camille = the_desk.staff("camille", "reviewer")
    browser = the_desk.browser(camille)
    browser.post("/next")
    assert "For whoever helps Madeleine after you" in browser.get("/").text
    page = browser.post(
        "/shift/end", {f"note-{case.pk}": "She likes to be called <late>."}, follow=True
    ).text
    assert "Thank you for being there. 1 person waits for somebody else now." in page
    camille.refresh_from_db()
    assert camille.here_until is None
    sacha = the_desk.browser(the_desk.staff("sacha", "reviewer"))
    page = sacha.post("/next", follow=True).text
    assert "A word from Camille" in page
    assert "She likes to be called &lt;late&gt;." in page


def test_a_word_for_a_colleague_is_erased_with_the_case(the_desk: Desk) -> None:
    """It is about the owner."""
    home = the_desk.enroll()
    the_desk.receive(home, home.seal(home.alert()))
    browser = the_desk.browser(the_desk.staff("camille", "reviewer"))
    browser.post("/next")
    browser.post("/shift/end", {f"note-{Case.objects.get().pk}": "A word."})
    assert HandOver.objects.count() == 1
    the_desk.receive(home, home.seal(home.withdrawal("care_alert")))
    assert HandOver.objects.count() == 0


def test_a_pause_lasts_until_the_next_press(the_desk: Desk) -> None:
    """Nobody ends it for them."""
    camille = the_desk.staff("camille", "reviewer")
    browser = the_desk.browser(camille)
    browser.post("/next")
    assert "You are on a pause" in browser.post("/shift/pause", follow=True).text
    page = browser.post("/next", follow=True).text
    assert "You are here until 18:30." in page


def test_the_page_keeps_its_case_by_asking(the_desk: Desk) -> None:
    """A form of its own, with the fence; a stranger's asking keeps nothing."""
    case = the_desk.care_case()
    browser = the_desk.browser(the_desk.staff("camille", "reviewer"))
    page = browser.post("/next", follow=True).text
    assert 'data-action="renew" data-renews' in page
    the_desk.clock.time += timedelta(minutes=9)
    browser.post(f"/cases/{case.pk}/renew", {"fence": "1"})
    case.refresh_from_db()
    assert case.lease_until == the_desk.clock() + timedelta(minutes=10)
    nadia = the_desk.browser(the_desk.staff("nadia", "supervisor"))
    nadia.post(f"/cases/{case.pk}/renew", {"fence": "1"})
    assert nadia.get(f"/cases/{case.pk}/renew").status_code == 405
    the_desk.clock.time += timedelta(minutes=10)
    page = browser.post(f"/cases/{case.pk}/renew", {"fence": "1"}, follow=True).text
    assert "Your time with this case had run out." in page


def test_practice_is_signed_by_a_supervisor_and_then_there_are_people_to_help(
    the_desk: Desk,
) -> None:
    """The whole way, in the console."""
    the_desk.care_case()
    camille = the_desk.staff("camille", "reviewer", trained=False)
    browser = the_desk.browser(camille)
    nadia = the_desk.browser(the_desk.staff("nadia", "supervisor"))
    assert nadia.post(f"/people/{camille.pk}/sign-off").status_code == 403
    for slug, household in PRACTICE.items():
        page = browser.get(f"/practice/{slug}/").text
        assert f"<h1>{household.call_me}</h1>" in page
        assert "An invented household" in page
        page = browser.post(f"/practice/{slug}/", ANSWER, follow=True).text
        assert "Worth a thought" in page
    assert "You have answered everything." in browser.get("/practice/").text
    assert "To ask first." in nadia.get(f"/people/{camille.pk}/").text
    page = nadia.post(f"/people/{camille.pk}/sign-off", follow=True).text
    assert "Camille may help until 3 March 2027." in page
    assert "Madeleine" in browser.post("/next", follow=True).text
    nadia.post(f"/people/{camille.pk}/end-skill")
    assert Skill.objects.get().ended_by is not None
    assert browser.post("/next").status_code == 403


def test_an_answer_takes_a_choice_that_the_household_allows(the_desk: Desk) -> None:
    """As in earnest: Basile has not agreed to be called."""
    browser = the_desk.browser(the_desk.staff("camille", "reviewer"))
    answer = browser.post("/practice/many-coffees/", {**ANSWER, "choice": "call"})
    assert answer.status_code == 422
    assert browser.post("/practice/many-coffees/", {"choice": "write"}).status_code == 422
    assert not PracticeAnswer.objects.exists()
    assert browser.get("/practice/no-such-home/").status_code == 404


@pytest.mark.parametrize("role", ["reviewer", "technician"])
def test_only_supervisors_look_after_skills_and_hours(the_desk: Desk, role: str) -> None:
    """Whatever address is typed."""
    camille = the_desk.staff("camille", "reviewer")
    browser = the_desk.browser(the_desk.staff("x", role))
    assert browser.get("/people/").status_code == 403
    assert browser.get(f"/people/{camille.pk}/").status_code == 403
    for action in ("sign-off", "end-skill", "hours", "hours/remove"):
        assert browser.post(f"/people/{camille.pk}/{action}").status_code == 403
        assert the_desk.browser().post(f"/people/{camille.pk}/{action}").status_code == 302
    assert Skill.objects.get(staff=camille).ended_at is None


def test_practice_is_for_reviewers(the_desk: Desk) -> None:
    """A technician's work takes none."""
    browser = the_desk.browser(the_desk.staff("theo", "technician"))
    assert browser.get("/practice/").status_code == 403
    assert browser.post("/practice/quiet-kitchen/", ANSWER).status_code == 403


def test_hours_are_promised_and_taken_back(the_desk: Desk) -> None:
    """And half an answer is told kindly."""
    camille = the_desk.staff("camille", "reviewer")
    browser = the_desk.browser(the_desk.staff("nadia", "supervisor"))
    address = f"/people/{camille.pk}/hours"
    promised = {"weekday": "1", "begins": "09:00", "ends": "12:30"}
    for _ in range(2):
        page = browser.post(address, promised, follow=True).text
    assert "Tuesday, 09:00–12:30" in page
    answer = browser.post(address, {**promised, "ends": "noon"})
    assert answer.status_code == 422
    assert "write both hours" in answer.text
    assert browser.post(address, {**promised, "weekday": "7"}).status_code == 422
    browser.post(f"{address}/remove", {"hours": str(RotaHours.objects.get().pk)})
    assert not RotaHours.objects.exists()


def test_whoever_comes_during_their_hours_is_there_until_their_end(the_desk: Desk) -> None:
    """It is Tuesday half past ten in Paris."""
    camille = the_desk.staff("camille", "reviewer")
    RotaHours.objects.create(staff=camille, weekday=1, begins="09:00", ends="12:30")
    browser = the_desk.browser(camille)
    browser.post("/next")
    assert "You are here until 12:30." in browser.get("/").text


def test_the_pages_about_colleagues_have_no_figures_about_their_work(the_desk: Desk) -> None:
    """A name, a skill, hours: nobody is ranked."""
    camille = the_desk.staff("camille", "reviewer")
    for _ in range(3):
        the_desk.care_case()
        the_desk.browser(camille).post("/next")
        Case.objects.filter(holder=camille).update(state="closed", decided_by=camille)
    page = the_desk.browser(the_desk.staff("nadia", "supervisor")).get("/people/").text
    main = page[page.index("<main") :]
    assert "Camille" in main
    assert "3" not in main.replace("3 March 2027", "").replace(f"/people/{camille.pk}/", "")
