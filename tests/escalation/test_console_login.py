"""Logging in and out, and what a stranger sees: nothing."""

from datetime import timedelta

import pytest

from tests.escalation.conftest import Desk

PASSWORD = "a long enough password"
PAGES = ["/", "/cases/1/"]
FRAGMENTS = ["/now", "/cases/1/news", "/cases/1/journey"]
FORMS = ["/cases/1/claim", "/cases/1/decide", "/cases/1/give-back"]


def test_the_right_password_opens_the_list(the_desk: Desk) -> None:
    """And the list greets by first name."""
    the_desk.staff("camille", "reviewer")
    answer = the_desk.browser().post(
        "/login", {"username": "camille", "password": PASSWORD}, follow=True
    )
    assert answer.redirect_chain == [("/", 302)]
    assert "Camille" in answer.text


@pytest.mark.parametrize(
    ("username", "password"), [("camille", "wrong"), ("nobody", PASSWORD), ("", "")]
)
def test_a_wrong_name_or_password_is_refused_without_saying_which(
    the_desk: Desk, username: str, password: str
) -> None:
    """The same answer for both."""
    the_desk.staff("camille", "reviewer")
    browser = the_desk.browser()
    answer = browser.post("/login", {"username": username, "password": password})
    assert "_auth_user_id" not in browser.session
    assert answer.status_code == 200
    if username:
        assert "do not belong together" in answer.text


def test_somebody_who_has_left_cannot_log_in(the_desk: Desk) -> None:
    """And is logged out where they were."""
    camille = the_desk.staff("camille", "reviewer")
    browser = the_desk.browser(camille)
    assert browser.get("/").status_code == 200
    camille.is_active = False
    camille.save()
    assert browser.get("/").status_code == 302
    answer = browser.post("/login", {"username": "camille", "password": PASSWORD})
    assert "do not belong together" in answer.text


def test_guessing_is_slowed_down(the_desk: Desk) -> None:
    """After five tries even the right password waits."""
    the_desk.staff("camille", "reviewer")
    browser = the_desk.browser()
    for _ in range(5):
        browser.post("/login", {"username": "camille", "password": "guess"})
    answer = browser.post("/login", {"username": "Camille", "password": PASSWORD})
    assert "Too many tries" in answer.text
    the_desk.clock.time += timedelta(minutes=1)
    answer = browser.post("/login", {"username": "camille", "password": PASSWORD})
    assert answer.status_code == 302


def test_a_stranger_sees_nothing_and_does_nothing(the_desk: Desk) -> None:
    """Pages lead to the login, fragments are refused, forms lead to the login."""
    case = the_desk.care_case()
    stranger = the_desk.browser()
    for address in PAGES:
        answer = stranger.get(address)
        assert (answer.status_code, answer.headers["Location"].split("?")[0]) == (302, "/login")
    for address in FRAGMENTS:
        assert stranger.get(address).status_code == 403
    for address in FORMS:
        answer = stranger.post(address, {"choice": "call", "reason": "x", "fence": "0"})
        assert answer.headers["Location"].startswith("/login")
    case.refresh_from_db()
    assert case.state == "waiting"
    assert case.events.count() == 3


def test_logging_out_takes_a_form_and_ends_the_session(the_desk: Desk) -> None:
    """A link or an image on another page cannot do it."""
    browser = the_desk.browser(the_desk.staff("camille", "reviewer"))
    assert browser.get("/logout").status_code == 405
    assert browser.post("/logout").status_code == 302
    assert browser.get("/").status_code == 302
