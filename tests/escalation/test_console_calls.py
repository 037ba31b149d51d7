"""On the line, danger, wishes, putting right and the telephone, as pages offer them."""

import re
from datetime import time

import pytest

from escalation.models import Apology, Case, CaseEvent, OwnerWishes, Staff
from tests.escalation.conftest import Desk
from wire.messages import Language


class Helping:
    """Somebody at the desk who helps somebody, through the pages."""

    def __init__(self, the_desk: Desk, name: str = "camille") -> None:
        self.desk = the_desk
        self.staff = the_desk.staff(name, "reviewer")
        self.browser = the_desk.browser(self.staff)

    @property
    def case(self) -> Case:
        """Return the one case that is in their hands, or the newest."""
        return Case.objects.order_by("pk").last() or Case()

    def page(self) -> str:
        """Return the case's page."""
        return self.browser.get(f"/cases/{self.case.pk}/").text

    def press(self, act: str, **form: object) -> str:
        """Press a button; return the page that follows."""
        case = self.case
        answer = self.browser.post(
            f"/cases/{case.pk}/{act}", {"fence": case.fence, **form}, follow=True
        )
        return answer.content.decode()


@pytest.fixture
def helping(the_desk: Desk) -> Helping:
    """Return Camille with a case."""
    the_desk.care_case(language=Language.EN)
    found = Helping(the_desk)
    found.browser.post("/next")
    return found


def test_words_for_the_first_minute_are_in_the_owners_language(the_desk: Desk) -> None:
    """Kind and factual; whoever reads the desk in English calls in French."""
    the_desk.care_case(language=Language.FR)
    helping = Helping(the_desk)
    helping.browser.post("/next")
    page = helping.page()
    assert "Words for the first minute" in page
    assert "Bonjour Madeleine, ici Camille" in page
    assert "Comment allez-vous" in page
    for guess in ("malad", "triste", "chute", "inqui"):
        assert guess not in page.lower()


def test_on_the_line_the_page_offers_no_way_to_give_it_back(helping: Helping) -> None:
    page = helping.press("talk")
    assert "On the line with Madeleine" in page
    assert 'data-action="give-back"' not in page
    page = helping.press("give-back")
    assert helping.case.state == "talking"
    page = helping.browser.post("/shift/end", follow=True).text
    assert "You are on the line." in page
    assert 'data-action="give-back"' in helping.press("hang-up")


def test_a_colleague_reads_who_asks_and_takes_the_call_over(
    the_desk: Desk, helping: Helping
) -> None:
    """From their list; a second click, and a second colleague, change nothing."""
    sacha, alex = Helping(the_desk, "sacha"), Helping(the_desk, "alex")
    number = helping.case.pk
    helping.press("talk")
    assert "Take the call over" not in sacha.browser.get("/").text
    assert "Your colleagues have been asked." in helping.press("hand-over")
    assert "Camille is on the line with Madeleine" in sacha.browser.get("/").text
    page = sacha.browser.get(f"/cases/{number}/take-over").text
    assert "Until you press, Camille has the call" in page
    page = sacha.browser.post(f"/cases/{number}/take-over", follow=True).text
    assert "On the line with Madeleine" in page
    again = alex.browser.post(f"/cases/{number}/take-over", follow=True).text
    assert "Somebody has the call already." in again
    assert Case.objects.get().holder == sacha.staff
    assert "In the hands of Sacha" in helping.page()


def test_danger_is_step_by_step_and_nothing_is_left_out_without_a_reason(
    helping: Helping,
) -> None:
    helping.press("talk")
    page = helping.press("emergency")
    assert "112: they call, or you do" in page
    assert "Say why you leave the step out." in helping.press(
        "step", step="call", left_out="yes", because="  "
    )
    assert "first do each step" in helping.press(
        "decide", choice="write", reason="So.", message=""
    )
    for step in ("ask", "stay", "tell"):
        assert "Done (Camille)" in helping.press("step", step=step)
    page = helping.press(
        "step", step="call", left_out="yes", because="She is at her neighbour’s."
    )
    assert "Left out by Camille: She is at her neighbour’s." in page
    helping.press("decide", choice="write", reason="So.", message="")
    assert helping.case.state == "decided"


def test_a_step_that_is_none_is_refused(helping: Helping) -> None:
    helping.press("emergency")
    case = helping.case
    answer = helping.browser.post(
        f"/cases/{case.pk}/step", {"fence": case.fence, "step": "faint"}
    )
    assert answer.status_code == 404


def test_wishes_are_noted_and_shown_and_an_hour_takes_both_ends(helping: Helping) -> None:
    """A call outside them is refused on the page, until a reason is given."""
    assert "Write both hours, or neither." in helping.press("wishes", call_from="15:00")
    page = helping.press(
        "wishes",
        call_from="15:00",
        call_until="17:00",
        rather_written="on",
        prefers=helping.staff.pk,
        words="Ring <b>twice</b>.",
    )
    assert OwnerWishes.objects.get().call_from == time(15)
    for words in ("Call between 15:00 and 17:00", "Not now.", "Best with Camille."):
        assert words in page
    assert "Ring &lt;b&gt;twice&lt;/b&gt;." in page
    assert "does not want to be called at this hour" in helping.press("talk")
    assert helping.case.state == "claimed"
    decision = {"choice": "call", "reason": "A word.", "message": "Good morning!"}
    assert "does not want to be called at this hour" in helping.press("decide", **decision)
    page = helping.press("decide", **decision, why_now="You asked me to.")
    assert "because: You asked me to." in page


def test_a_reason_for_the_hour_and_the_message_fit_together(helping: Helping) -> None:
    """Or the page says so, and keeps both."""
    helping.press("wishes", call_from="15:00", call_until="17:00")
    page = helping.press(
        "decide", choice="call", reason="So.", message="m" * 590, why_now="Because."
    )
    assert "Together with the reason this is too long" in page
    assert helping.case.state == "claimed"


def test_earlier_contacts_stand_on_the_page_with_how_they_felt(the_desk: Desk) -> None:
    home = the_desk.enroll(language=Language.EN)
    helping = Helping(the_desk)
    the_desk.receive(home, home.seal(home.alert()))
    helping.browser.post("/next")
    helping.press("decide", choice="write", reason="A word.", message="")
    first = helping.case
    first.replies.create(text="It did me good.", felt=True, replied_at=the_desk.clock())
    the_desk.receive(home, home.seal(home.alert()))
    helping.browser.post("/next")
    page = helping.page()
    assert "Earlier" in page
    assert "Write · Camille" in page
    assert "It did me good." in page


def test_the_cohort_is_the_first_thing_to_read(the_desk: Desk) -> None:
    """Before the check, and without any device's id."""
    for _ in range(3):
        other = the_desk.care_case()
    helping = Helping(the_desk)
    helping.browser.post("/next")
    number = Case.objects.get(holder=helping.staff).pk
    page = helping.browser.get(f"/cases/{number}/").text
    said = "2 other machines of this model report the same since"
    assert page.index(said) < page.index('class="verdict')
    assert other.device_id not in page


def test_not_heard_and_apologies_have_their_place_on_a_decided_case(
    the_desk: Desk, helping: Helping
) -> None:
    helping.press("decide", choice="leave_in_peace", reason="All seems well.", message="")
    decided = Case.objects.get()
    page = helping.press("apologise", text="I am sorry.", repair="")
    assert "Write what is put right." in page
    assert "I am sorry." in page
    page = helping.press("apologise", text="I am sorry.", repair="The list says it first.")
    assert "Put right by Camille:" in page
    assert Apology.objects.count() == 1
    answer = helping.browser.post(f"/cases/{decided.pk}/look-again", follow=True)
    assert "Somebody else will look at it again" in answer.text
    again = Case.objects.exclude(pk=decided.pk).get()
    assert (again.state, again.kept_from) == ("waiting", helping.staff)
    assert "Nobody is waiting" in helping.browser.get("/").text
    sacha = Helping(the_desk, "sacha")
    sacha.browser.post("/next")
    assert "was not heard the last time" in sacha.page()


def test_whoever_calls_is_found_by_name_and_is_on_the_line(
    the_desk: Desk, helping: Helping
) -> None:
    """No device id, and no name in an address."""
    home = the_desk.enroll(call_me="Eugénie")
    the_desk.receive(home, home.seal(home.alert()))
    case = Case.objects.get(call_me="Eugénie")
    the_desk.receive(home, home.seal(home.resolved(case.alert_id)))
    sacha = Helping(the_desk, "sacha")
    assert "Somebody calls: find them by name" in sacha.browser.get("/").text
    assert "Nobody here is called so." in sacha.browser.post("/called/", {"name": "Zo"}).text
    page = sacha.browser.post("/called/", {"name": "eugenie"}).text
    assert "Eugénie" in page
    assert home.device_id not in page
    (handle,) = re.findall(r'name="handle" value="([^"]+)"', page)
    page = sacha.browser.post("/called/answer", {"handle": handle}, follow=True).text
    assert "On the line with Eugénie" in page
    line = CaseEvent.objects.get(event="called_us")
    assert line.actor == sacha.staff
    page = helping.browser.post("/called/answer", {"handle": handle}, follow=True).text
    assert "This list was an old one." in page
    (handle,) = re.findall(
        r'name="handle" value="([^"]+)"',
        helping.browser.post("/called/", {"name": "Eugénie"}).text,
    )
    page = helping.browser.post("/called/answer", {"handle": handle}, follow=True).text
    assert "Sacha is with them already" in page


def test_a_technician_has_none_of_it(the_desk: Desk) -> None:
    """A service page has no call, no wishes and no named person."""
    case = the_desk.service_case()
    malik: Staff = the_desk.staff("malik", "technician")
    browser = the_desk.browser(malik)
    browser.post(f"/cases/{case.pk}/claim")
    page = browser.get(f"/cases/{case.pk}/").text
    assert "No other machine of this model has reported this since" in page
    assert "Words for the first minute" not in page
    assert browser.get("/called/").status_code == 403
