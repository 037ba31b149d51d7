"""Taking a case: given and not picked, wrong verb, wrong role, repeated click, too late."""

from datetime import timedelta

from escalation.models import Case
from tests.escalation.conftest import Desk


def test_being_given_a_case_opens_the_decision(the_desk: Desk) -> None:
    """One click, and the form is there with the fence of this claim."""
    case = the_desk.care_case()
    browser = the_desk.browser(the_desk.staff("camille", "reviewer"))
    page = browser.post("/next", follow=True).text
    assert 'data-action="decide"' in page
    assert '<input type="hidden" name="fence" value="1">' in page
    assert "Yours until 10:40." in page
    case.refresh_from_db()
    assert case.state == "claimed"


def test_nobody_picks_a_care_case_by_its_address(the_desk: Desk) -> None:
    """A reviewer does not find it; a supervisor who is one too sees it, and picks nobody."""
    case = the_desk.care_case()
    for name, roles, status in (
        ("camille", ("reviewer",), 404),
        ("nadia", ("reviewer", "supervisor"), 403),
    ):
        browser = the_desk.browser(the_desk.staff(name, *roles))
        assert browser.post(f"/cases/{case.pk}/claim").status_code == status
    case.refresh_from_db()
    assert (case.state, case.fence) == ("waiting", 0)


def test_claiming_is_not_a_link(the_desk: Desk) -> None:
    """A prefetching browser takes no case."""
    case = the_desk.care_case()
    browser = the_desk.browser(the_desk.staff("camille", "reviewer"))
    assert browser.get(f"/cases/{case.pk}/claim").status_code == 405
    case.refresh_from_db()
    assert case.state == "waiting"


def test_a_supervisor_cannot_claim(the_desk: Desk) -> None:
    """Seeing is not deciding."""
    case = the_desk.care_case()
    browser = the_desk.browser(the_desk.staff("nadia", "supervisor"))
    assert browser.post(f"/cases/{case.pk}/claim").status_code == 403
    case.refresh_from_db()
    assert case.state == "waiting"


def test_a_technician_does_not_even_find_a_care_case(the_desk: Desk) -> None:
    """Nor the other way round."""
    care, service = the_desk.care_case(), the_desk.service_case()
    technician = the_desk.browser(the_desk.staff("theo", "technician"))
    reviewer = the_desk.browser(the_desk.staff("camille", "reviewer"))
    assert technician.post(f"/cases/{care.pk}/claim").status_code == 404
    assert reviewer.post(f"/cases/{service.pk}/claim").status_code == 404
    assert technician.post(f"/cases/{service.pk}/claim").status_code == 302


def test_a_second_click_is_harmless(the_desk: Desk) -> None:
    """The same page, the same fence."""
    case = the_desk.care_case()
    browser = the_desk.browser(the_desk.staff("camille", "reviewer"))
    browser.post("/next")
    for address in ("/next", f"/cases/{case.pk}/claim"):
        page = browser.post(address, follow=True).text
    assert '<input type="hidden" name="fence" value="1">' in page
    assert case.events.filter(event="claim").count() == 1


def test_somebody_quicker_is_named_kindly(the_desk: Desk) -> None:
    """Who has it and until when, and no form."""
    case = the_desk.care_case()
    late = the_desk.browser(the_desk.staff("camille", "reviewer"))
    late.post("/next")
    the_desk.clock.time += timedelta(minutes=10)
    the_desk.browser(the_desk.staff("sacha", "reviewer")).post("/next")
    page = late.post(f"/cases/{case.pk}/claim", follow=True).text
    assert "Sacha was quicker and has this case until 10:50." in page
    assert "data-action" not in page


def test_a_closed_case_cannot_be_claimed(the_desk: Desk) -> None:
    """The owner was quicker."""
    home = the_desk.enroll()
    the_desk.receive(home, home.seal(home.alert(), message_id="ab" * 16))
    browser = the_desk.browser(the_desk.staff("camille", "reviewer"))
    browser.post("/next")
    the_desk.receive(home, home.seal(home.resolved("ab" * 16)))
    page = browser.post(f"/cases/{Case.objects.get().pk}/claim", follow=True).text
    assert "The owner has closed this case. Nothing is left to do." in page
    assert "data-action" not in page


def test_without_its_token_a_form_does_nothing(the_desk: Desk) -> None:
    """Another site cannot press our buttons, and the answer says what to do."""
    case = the_desk.care_case()
    browser = the_desk.browser(the_desk.staff("camille", "reviewer"))
    browser.handler.enforce_csrf_checks = True
    answer = browser.post(f"/cases/{case.pk}/claim")
    assert answer.status_code == 403
    assert "One more time, please" in answer.text
    case.refresh_from_db()
    assert case.state == "waiting"
