"""Giving a case back: works, wrong verb, wrong role, repeated click, stranger's hands."""

import pytest

from tests.escalation.conftest import Desk


def test_it_waits_again_for_everybody(the_desk: Desk) -> None:
    """Including whoever gave it back."""
    case, camille = the_desk.care_case(), the_desk.staff("camille", "reviewer")
    browser = the_desk.browser(camille)
    browser.post("/next")
    page = browser.post(f"/cases/{case.pk}/give-back", {"fence": "1"}, follow=True).text
    assert "It waits for somebody else now. Thank you." in page
    assert "data-waits" in page
    case.refresh_from_db()
    assert (case.state, case.holder) == ("waiting", None)


def test_a_repeated_click_is_harmless(the_desk: Desk) -> None:
    """The second one says that there was nothing to give back."""
    case = the_desk.care_case()
    browser = the_desk.browser(the_desk.staff("camille", "reviewer"))
    browser.post("/next")
    for _ in range(2):
        answer = browser.post(f"/cases/{case.pk}/give-back", {"fence": "1"}, follow=True)
        assert answer.status_code == 200
    assert case.events.filter(event="give_back").count() == 1


@pytest.mark.parametrize("fence", ["0", "", "x", "-1", "99999999999999999999"])
def test_a_fence_that_is_not_the_running_one_gives_nothing_back(
    the_desk: Desk, fence: str
) -> None:
    """Whatever is posted."""
    case = the_desk.care_case()
    browser = the_desk.browser(the_desk.staff("camille", "reviewer"))
    browser.post("/next")
    browser.post(f"/cases/{case.pk}/give-back", {"fence": fence})
    case.refresh_from_db()
    assert case.state == "claimed"


def test_nobody_gives_back_what_another_has(the_desk: Desk) -> None:
    """Not a colleague, not a supervisor; and a link does nothing."""
    case = the_desk.care_case()
    camille = the_desk.browser(the_desk.staff("camille", "reviewer"))
    camille.post("/next")
    for name, role in (("sacha", "reviewer"), ("nadia", "supervisor")):
        other = the_desk.browser(the_desk.staff(name, role))
        other.post(f"/cases/{case.pk}/give-back", {"fence": "1"})
    assert camille.get(f"/cases/{case.pk}/give-back").status_code == 405
    case.refresh_from_db()
    assert case.state == "claimed"
