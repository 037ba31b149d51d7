"""The circle in the pages: of supervisors, of a reviewer, and the one that a volunteer has."""

import re

import pytest

from escalation.casework import contact_requests, volunteers
from escalation.models import CaseEvent, CircleEvent, NamedPerson, Volunteer
from tests.escalation.circle_story import NUMBER, CircleStory
from tests.escalation.conftest import Desk

FORM = {
    "first_name": "Inès",
    "speaks_en": "on",
    "timezone": "Europe/Paris",
    "reached_by": NUMBER,
}


@pytest.fixture
def story(the_desk: Desk) -> CircleStory:
    """Return a claimed case of an owner who may be spoken with and names nobody."""
    return CircleStory(the_desk)


def press(story: CircleStory, path: str, **form: object) -> str:
    """Press a button as the supervisor; return the page that follows."""
    browser = story.desk.browser(story.nadia)
    return browser.post(path, form, follow=True).content.decode()


def at_the_case(story: CircleStory, act: str, **form: object) -> str:
    """Press a button on the case's page, as the reviewer who has it."""
    case, browser = story.case, story.desk.browser(story.camille)
    path = f"/cases/{case.pk}/{act}"
    return browser.post(path, {"fence": case.fence, **form}, follow=True).content.decode()


def own_page(story: CircleStory) -> str:
    """Return the address of the newest volunteer's page."""
    return f"/volunteer/{story.links[Volunteer.objects.latest('pk').pk]}/"


def test_from_the_first_line_to_the_last_everything_is_a_page(story: CircleStory) -> None:
    """How to reach the volunteer is on one reviewer's page, after every yes, and on theirs."""
    page = press(story, "/circle/enter", **FORM)
    assert "Not invited yet" in page
    volunteer = Volunteer.objects.get()
    for day in range(7):
        hours = {"weekday": day, "begins": "00:00", "ends": "00:00"}
        press(story, f"/circle/{volunteer.pk}/hours", **hours)
    page = press(story, f"/circle/{volunteer.pk}/invite")
    found = re.search(r"https://testserver(?::80)?(/volunteer/[\w-]+/)", page)
    assert found
    ines, address = story.desk.browser(), found.group(1)
    assert address not in press(story, f"/circle/{volunteer.pk}/hours", **FORM)
    assert "Would you be in our circle" in ines.get(address).text
    assert "nothing is asked of you" in ines.post(address, {"say": "accept"}, follow=True).text

    page = story.desk.browser(story.camille).get(f"/cases/{story.case.pk}/").text
    assert "Inès is there at this hour" in page
    page = at_the_case(story, "propose", volunteer=volunteer.pk)
    assert "Madeleine has been told of Inès" in page
    story.owner_names()
    at_the_case(story, "ask-person", why="No answer", request="Could you ring her?")
    seen = story.desk.browser(story.nadia).get(f"/cases/{story.case.pk}/").text
    story.approve()
    page = story.desk.browser(story.camille).get(f"/cases/{story.case.pk}/").text
    assert NUMBER not in seen + page
    assert NUMBER in at_the_case(story, "contact")

    asked = ines.get(address).text
    assert "Camille asks you, for Madeleine" in asked
    assert "Could you ring her?" in asked
    about = contact_requests.contacted(story.case)
    assert about is not None
    answers = {"say": "came_of_it", "about": about.pk, "words": "  We had\ntea. "}
    assert "We had tea." in ines.post(address, answers, follow=True).text
    answers = {"say": "yes", "about": about.pk}
    assert "You have said yes" in ines.post(address, answers, follow=True).text
    page = story.desk.browser(story.camille).get(f"/cases/{story.case.pk}/").text
    assert "We had tea." in page
    assert "in the circle no more" in ines.post(address, {"say": "resign"}).text
    assert ines.get(address).status_code == 404
    page = story.desk.browser(story.camille).get(f"/cases/{story.case.pk}/").text
    assert NUMBER not in page


def test_every_look_at_how_somebody_is_reached_is_written_down(story: CircleStory) -> None:
    volunteer = story.volunteer()
    browser = story.desk.browser(story.nadia)
    assert NUMBER not in browser.get("/circle/").text
    before = CircleEvent.objects.filter(doing="looked").count()
    assert NUMBER in browser.get(f"/circle/{volunteer.pk}/").text
    (line,) = CircleEvent.objects.filter(doing="looked")[before:]
    assert (line.volunteer, line.by) == (volunteer, story.nadia)


def test_every_look_of_a_volunteer_at_a_request_is_in_the_cases_audit(
    story: CircleStory,
) -> None:
    """And on their page before that there is nothing of any household."""
    story.volunteer()
    story.propose()
    story.owner_names()
    page = story.desk.browser().get(own_page(story)).text
    for secret in ("Madeleine", story.home.device_id, "Camille", "+33 1 99 00 12 34"):
        assert secret not in page
    assert not CaseEvent.objects.filter(event="read").exists()
    story.whole_way()
    for _ in range(2):
        page = story.desk.browser().get(own_page(story)).text
    assert "Madeleine" in page
    for secret in (story.home.device_id, "+33 1 99 00 12 34", "No answer for two days"):
        assert secret not in page
    assert CaseEvent.objects.filter(event="read", case=story.case).count() == 2


def test_the_page_is_no_ones_but_whose_link_it_is(story: CircleStory) -> None:
    story.volunteer()
    address, browser = own_page(story), story.desk.browser()
    for guess in ("x", "x" * 43, address.split("/")[2][:-1]):
        assert browser.get(f"/volunteer/{guess}/").status_code == 404
        assert browser.post(f"/volunteer/{guess}/", {"say": "resign"}).status_code == 404
    answer = browser.get(address)
    assert answer.headers["Referrer-Policy"] == "same-origin"
    assert answer.headers["Cache-Control"] == "no-store"
    assert Volunteer.objects.get().left_at is None


def test_a_volunteer_pauses_and_comes_back_on_their_page(story: CircleStory) -> None:
    story.volunteer()
    browser, address = story.desk.browser(), own_page(story)
    assert "You pause" in browser.post(address, {"say": "pause"}, follow=True).text
    assert story.candidate() is None
    browser.post(address, {"say": "come_back"})
    assert story.candidate() is not None


def test_towards_the_end_the_page_asks_whether_they_stay(story: CircleStory) -> None:
    story.volunteer()
    browser, address = story.desk.browser(), own_page(story)
    assert "Would you like to stay?" not in browser.get(address).text
    story.desk.clock.time += volunteers.STAYS_FOR - volunteers.ASKED_AGAIN
    assert "Would you like to stay?" in browser.get(address).text
    page = browser.post(address, {"say": "accept"}, follow=True).text
    assert "Would you like to stay?" not in page


@pytest.mark.parametrize("said", ["", "yes", "came_of_it", "accept_all"])
def test_nothing_that_is_not_asked_can_be_answered(story: CircleStory, said: str) -> None:
    """Also not a request of another home, by its number."""
    story.volunteer()
    story.propose()
    story.owner_names()
    story.whole_way()
    number = story.request.pk
    story.volunteer("Léo")
    browser = story.desk.browser()
    form = {"say": said, "about": number, "words": "Nonsense"}
    assert browser.post(own_page(story), form, follow=True).status_code == 200
    assert (story.request.answer, story.request.came_of_it) == ("", None)


@pytest.mark.parametrize(
    ("changes", "sentence"),
    [
        ({"speaks_en": ""}, "Choose at least one language"),
        ({"first_name": 'Inès" on = true'}, "Write the name in letters alone"),
        ({"first_name": "É" * 31}, "31"),
        ({"reached_by": ""}, "required"),
        ({"timezone": "Mars/Olympus"}, "Mars"),
    ],
)
def test_what_cannot_be_used_is_refused_with_a_sentence(
    story: CircleStory, changes: dict[str, str], sentence: str
) -> None:
    form = {name: value for name, value in {**FORM, **changes}.items() if value}
    answer = story.desk.browser(story.nadia).post("/circle/enter", form)
    assert answer.status_code == 422
    assert sentence in answer.text
    assert not Volunteer.objects.exists()


def test_whoever_is_taken_out_is_on_no_list_any_more(story: CircleStory) -> None:
    volunteer = story.volunteer()
    story.propose()
    page = press(story, f"/circle/{volunteer.pk}/remove")
    assert "in the circle no more" in page
    assert f"/circle/{volunteer.pk}/" not in page
    assert story.desk.browser(story.nadia).get(f"/circle/{volunteer.pk}/").status_code == 404
    assert NamedPerson.objects.get().name == ""


def test_a_reviewer_reads_why_a_volunteer_cannot_be_asked(story: CircleStory) -> None:
    volunteer = story.volunteer()
    story.propose()
    story.owner_names()
    volunteer.hours.all().delete()
    page = at_the_case(story, "ask-person", why="So", request="Ring?")
    assert page.count("This volunteer is not there at this moment") == 2
    assert "invitation" not in page
