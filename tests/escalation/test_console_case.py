"""The page of a case: in the order it should be read, for the right people, written down."""

import pytest

from escalation.casework import acts
from escalation.console import case_words
from escalation.models import Case, CaseEvent, OutgoingMessage
from tests.escalation.conftest import Desk
from wire import words
from wire.messages import Language


def test_the_machine_comes_first_then_the_change_then_consent_then_the_action(
    the_desk: Desk,
) -> None:
    """The order is the product's: check the machine before worrying a human."""
    the_desk.care_case()
    camille = the_desk.browser(the_desk.staff("camille", "reviewer"))
    page = camille.post("/next", follow=True).text
    parts = (
        "<h1>Madeleine</h1>",
        "The machine is sound.",
        "Water flows when the pump runs",
        "About 9 coffees a day since Thursday",
        "Asked on the page at home, by the light and the button (04:30).",
        "What Madeleine agreed to",
        "The desk may hear when the routine breaks.",
        "Until 30 August 2026",
        'data-action="decide"',
    )
    places = [page.index(part) for part in parts]
    assert places == sorted(places)


@pytest.mark.parametrize("language", list(Language))
def test_staff_read_the_sentence_that_the_owner_was_asked(
    the_desk: Desk, language: Language
) -> None:
    """One source of words, in the reader's own language."""
    case = the_desk.care_case()
    staff = the_desk.staff("camille", "reviewer", language=language)
    page = the_desk.browser(staff).post("/next", follow=True).text
    message = acts.message_of(case)
    assert words.describe_change(message.change, language) in page  # type: ignore[union-attr]
    assert f'<html lang="{language}"' in page


def test_every_look_leaves_a_line_and_the_owner_learns_of_it(the_desk: Desk) -> None:
    """No page without its audit row; the owner hears once an hour for each person."""
    case, camille = the_desk.care_case(), the_desk.staff("camille", "reviewer")
    acts.claim(case, camille, the_desk.clock())
    browser = the_desk.browser(camille)
    for _ in range(3):
        browser.get(f"/cases/{case.pk}/")
    assert CaseEvent.objects.filter(event="look", actor=camille).count() == 3
    assert OutgoingMessage.objects.filter(type="access").count() == 1


def test_what_is_not_yours_is_not_there(the_desk: Desk) -> None:
    """The same answer as for a case that does not exist, and no line of a look."""
    care, service = the_desk.care_case(), the_desk.service_case()
    technician = the_desk.browser(the_desk.staff("theo", "technician"))
    reviewer = the_desk.browser(the_desk.staff("camille", "reviewer"))
    nobody = the_desk.browser(the_desk.staff("x"))
    for browser, case in (
        (technician, care),
        (reviewer, service),
        (nobody, care),
        (nobody, service),
    ):
        answer = browser.get(f"/cases/{case.pk}/")
        assert answer.status_code == 404
        assert "Madeleine" not in answer.text
    assert reviewer.get("/cases/999/").status_code == 404
    assert not CaseEvent.objects.filter(event="look").exists()


def test_no_device_id_on_a_page_of_people_who_care(the_desk: Desk) -> None:
    """A technician can unfold it, on a service case alone."""
    care, service = the_desk.care_case(), the_desk.service_case()
    nadia = the_desk.browser(the_desk.staff("nadia", "supervisor", "reviewer"))
    assert care.device_id not in nadia.get(f"/cases/{care.pk}/").text
    page = the_desk.browser(the_desk.staff("t", "technician")).get(f"/cases/{service.pk}/").text
    folded = page[page.index("<details>") : page.index("</details>")]
    assert service.device_id in folded
    assert service.device_id not in page.replace(folded, "")


def test_a_service_page_says_nothing_of_the_use(the_desk: Desk) -> None:
    """A technician reads the fault, with its figure, and no coffee."""
    case = the_desk.service_case()
    page = the_desk.browser(the_desk.staff("t", "technician")).get(f"/cases/{case.pk}/").text
    assert "The machine has a fault." in page
    assert "850" in page
    assert "coffees" not in page


def test_only_who_has_the_case_reads_how_to_reach_the_owner(the_desk: Desk) -> None:
    """Looking is not taking."""
    case, camille = the_desk.care_case(), the_desk.staff("camille", "reviewer")
    browser = the_desk.browser(camille)
    assert "+33 1 99 00 12 34" not in browser.get(f"/cases/{case.pk}/").text
    acts.claim(case, camille, the_desk.clock())
    assert "+33 1 99 00 12 34" in browser.get(f"/cases/{case.pk}/").text
    nadia = the_desk.staff("nadia", "supervisor")
    assert "+33 1 99 00 12 34" not in the_desk.browser(nadia).get(f"/cases/{case.pk}/").text
    assert case_words.sheet_of(case, nadia, the_desk.clock()).contact is None


def test_a_supervisor_reads_and_is_offered_no_claim(the_desk: Desk) -> None:
    """With a sentence instead of a button."""
    case = the_desk.care_case()
    page = (
        the_desk.browser(the_desk.staff("nadia", "supervisor")).get(f"/cases/{case.pk}/").text
    )
    assert "data-action" not in page
    assert "somebody with the skill for it decides" in page


def test_the_owners_reply_is_shown(the_desk: Desk) -> None:
    """No monologue."""
    home = the_desk.enroll()
    the_desk.receive(home, home.seal(home.alert(), message_id="ab" * 16))
    camille = the_desk.staff("camille", "reviewer")
    browser, number = the_desk.browser(camille), Case.objects.get().pk
    browser.post("/next")
    browser.post(
        f"/cases/{number}/decide",
        {"fence": "1", "choice": "write", "reason": "To ask how you are"},
    )
    the_desk.receive(home, home.seal(home.reply("ab" * 16, "My <sister> is here & well")))
    page = browser.get(f"/cases/{number}/").text
    assert "Madeleine answered" in page
    assert "My &lt;sister&gt; is here &amp; well" in page
    assert "has answered" in browser.get("/").text


def test_an_erased_case_shows_nothing_of_the_household(the_desk: Desk) -> None:
    """And its owner is not told of a look at nothing."""
    home = the_desk.enroll()
    the_desk.receive(home, home.seal(home.alert()))
    browser = the_desk.browser(the_desk.staff("camille", "reviewer"))
    browser.post("/next")
    the_desk.receive(home, home.seal(home.withdrawal("care_alert")))
    number = Case.objects.get().pk
    page = browser.get(f"/cases/{number}/").text
    assert "Closed and erased" in page
    assert "Madeleine" not in page
    assert not OutgoingMessage.objects.filter(type="access").exists()
    for action in ("claim", "give-back", "decide"):
        assert (
            browser.post(f"/cases/{number}/{action}", {"fence": "0"}, follow=True).status_code
            == 200
        )


def test_the_page_notices_that_the_case_has_moved(the_desk: Desk) -> None:
    """A short note, nothing personal, and no look written down for asking."""
    case, camille = the_desk.care_case(), the_desk.staff("camille", "reviewer")
    browser = the_desk.browser(camille)
    page = browser.post("/next", follow=True).text
    address = page[page.index(f"/cases/{case.pk}/news") :].split('"')[0]
    assert browser.get(address).content == b""
    case.refresh_from_db()
    acts.give_back(case, camille, fence=1, now=the_desk.clock())
    note = browser.get(address).text
    assert "Something has changed here" in note
    assert "Madeleine" not in note
    assert CaseEvent.objects.filter(event="look").count() == 1
