"""A named person in the pages: what staff press, and the one page that the person has."""

import re

import pytest

from escalation.casework import named_persons
from escalation.models import Case, CaseEvent, ContactRequest, NamedPerson
from tests.escalation.conftest import Desk
from tests.escalation.notes import notes
from tests.escalation.test_named_persons import PAUL, Story, story

__all__ = ["story"]


def press(story: Story, act: str, staff: str = "camille", **form: object) -> str:
    """Press a button on the case's page; return the page that follows."""
    who = story.camille if staff == "camille" else story.nadia
    browser = story.desk.browser(who)
    case = story.case
    answer = browser.post(f"/cases/{case.pk}/{act}", {"fence": case.fence, **form}, follow=True)
    return answer.content.decode()


def link(story: Story) -> str:
    """Return the address that the owner was given to pass on."""
    texts = [note.text for note in notes(story.home)]
    found = re.search(r"https://testserver(?::80)?(/asked/[\w-]+/)", " ".join(texts))
    assert found is not None
    return found.group(1)


def test_from_the_invitation_to_the_number_everything_is_a_page(story: Story) -> None:
    """The number is on nobody's page before everybody has said yes, and then on one."""
    page = press(story, "invite")
    assert "They have been invited and have not answered yet" in page
    paul = story.desk.browser()
    address = link(story)
    assert "Madeleine has named you" in paul.get(address).text
    after = paul.post(address, {"say": "accept"}, follow=True).text
    assert "At the moment nothing is asked of you" in after
    page = press(story, "ask-person", why="No answer", request="Could you ring her?")
    assert "A supervisor has been asked" in page
    desk = story.desk.browser(story.nadia)
    assert "asks for your word" in desk.get("/").text
    seen = desk.get(f"/cases/{story.case.pk}/").text
    assert "Could you ring her?" in seen
    assert PAUL.channel not in page + seen
    request = ContactRequest.objects.get().pk
    press(story, "second-word", staff="nadia", request=request, agree="yes")
    page = story.desk.browser(story.camille).get(f"/cases/{story.case.pk}/").text
    assert "I get in touch now" in page
    assert PAUL.channel not in page
    assert PAUL.channel in press(story, "contact")
    assert PAUL.channel not in desk.get(f"/cases/{story.case.pk}/").text
    asked = paul.get(address).text
    assert "Could you ring her?" in asked
    assert "That is all right" in paul.post(address, {"say": "not_now"}, follow=True).text
    page = story.desk.browser(story.camille).get(f"/cases/{story.case.pk}/").text
    assert "Paul cannot at the moment." in page


def test_the_persons_page_has_nothing_of_the_household(story: Story) -> None:
    """But the name that the owner chose; and no cache, frame or other site learns of it."""
    press(story, "invite")
    answer = story.desk.browser().get(link(story))
    for secret in (
        story.home.device_id,
        "+33 1 99 00 12 34",
        PAUL.channel,
        "coffees",
        "brother",
        "Camille",
    ):
        assert secret not in answer.text
    assert answer.headers["Referrer-Policy"] == "same-origin"
    assert answer.headers["Cache-Control"] == "no-store"


def test_resigning_is_for_good_and_the_link_is_no_more(story: Story) -> None:
    press(story, "invite")
    address = link(story)
    paul = story.desk.browser()
    assert "You will not be asked any more" in paul.post(address, {"say": "resign"}).text
    assert paul.get(address).status_code == 404
    page = story.desk.browser(story.camille).get(f"/cases/{story.case.pk}/").text
    assert "They do not wish to be asked" in page
    assert "invitation" not in page


@pytest.mark.parametrize("said", ["", "yes", "not_now", "anything"])
def test_nothing_that_is_not_asked_can_be_answered(story: Story, said: str) -> None:
    press(story, "invite")
    story.desk.browser().post(link(story), {"say": said})
    assert NamedPerson.objects.get().accepted_at is None
    assert not ContactRequest.objects.exists()


def test_a_guessed_link_opens_nothing(story: Story) -> None:
    press(story, "invite")
    browser = story.desk.browser()
    for guess in ("x", "x" * 43, link(story).split("/")[2][:-1]):
        assert browser.get(f"/asked/{guess}/").status_code == 404
        assert browser.post(f"/asked/{guess}/", {"say": "accept"}).status_code == 404


def test_whoever_asked_does_not_see_the_second_persons_buttons(story: Story) -> None:
    """And pressing what is not there is refused with a sentence."""
    story.camille.is_supervisor = True
    story.camille.save()
    story.invite()
    story.accept()
    story.ask()
    page = story.desk.browser(story.camille).get(f"/cases/{story.case.pk}/").text
    assert "I agree" not in page
    page = press(story, "second-word", request=story.asked, agree="yes")
    assert "Whoever asked cannot be the second person." in page
    assert story.case.state == "approval"


def test_asking_takes_a_reason_and_the_words(story: Story) -> None:
    """What was written is kept."""
    story.invite()
    story.accept()
    page = press(story, "ask-person", why="", request="Could you ring?")
    assert "Give a reason" in page
    assert "Could you ring?" in page
    assert story.case.state == "claimed"


def test_a_second_click_changes_nothing(story: Story) -> None:
    """Each of the buttons."""
    story.invite()
    story.accept()
    story.ask()
    for _ in range(2):
        press(story, "second-word", staff="nadia", request=story.asked, agree="yes")
    for _ in range(2):
        press(story, "contact")
    moves = CaseEvent.objects.filter(case=story.case)
    assert moves.filter(event="approve").count() == 1
    assert moves.filter(event="contact").count() == 1


def test_without_a_named_person_the_page_says_nothing_of_one(the_desk: Desk) -> None:
    case, camille = the_desk.care_case(), the_desk.staff("camille", "reviewer")
    browser = the_desk.browser(camille)
    browser.post("/next")
    page = browser.get(f"/cases/{case.pk}/").text
    assert "data-standing" not in page
    assert named_persons.named_in(Case.objects.get()) is None
