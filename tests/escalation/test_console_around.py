"""Around the pages: languages, headers, health, and whom to tell of a security problem."""

import re
from datetime import UTC, datetime

import pytest
from django.core.management import call_command

from tests.escalation.conftest import Desk


def test_the_switch_changes_the_language_for_good(the_desk: Desk) -> None:
    """It is kept with the person, not with the browser."""
    camille = the_desk.staff("camille", "reviewer", language="en")
    answer = the_desk.browser(camille).post(
        "/language", {"language": "fr", "next": "/"}, follow=True
    )
    assert "En attente" in answer.text
    camille.refresh_from_db()
    assert camille.language == "fr"
    assert "En attente" in the_desk.browser(camille).get("/").text


def test_before_the_login_the_browser_chooses_and_the_switch_wins(the_desk: Desk) -> None:
    """A cookie remembers it."""
    stranger = the_desk.browser()
    page = stranger.get("/login", headers={"accept-language": "fr-CH, en;q=0.5"})
    assert "Bienvenue" in page.text
    assert page.headers["Content-Language"] == "fr"
    stranger.post("/language", {"language": "en", "next": "/login"})
    assert "Welcome" in stranger.get("/login", headers={"accept-language": "fr"}).text


@pytest.mark.parametrize("target", ["https://elsewhere.example/", "//elsewhere.example", ""])
def test_the_switch_leads_nowhere_else(the_desk: Desk, target: str) -> None:
    """No open redirect."""
    answer = the_desk.browser().post("/language", {"language": "fr", "next": target})
    assert answer.headers["Location"] in ("/", "")


def test_an_unknown_language_changes_nothing(the_desk: Desk) -> None:
    """And a link cannot switch."""
    camille = the_desk.staff("camille", "reviewer", language="fr")
    browser = the_desk.browser(camille)
    browser.post("/language", {"language": "../en", "next": "/"})
    assert browser.get("/language").status_code == 405
    camille.refresh_from_db()
    assert camille.language == "fr"


def test_every_page_forbids_what_is_inline_and_what_is_from_elsewhere(the_desk: Desk) -> None:
    """And the pages keep to it themselves; they are stored in no cache."""
    case = the_desk.care_case()
    browser = the_desk.browser(the_desk.staff("camille", "reviewer"))
    for address in ("/login", "/", f"/cases/{case.pk}/", "/cases/999/"):
        answer = browser.get(address, follow=True)
        policy = answer.headers["Content-Security-Policy"]
        assert "default-src 'none'" in policy
        assert "unsafe" not in policy
        assert answer.headers["Cache-Control"] == "no-store"
        assert answer.headers["X-Frame-Options"] == "DENY"
        assert not re.search(r"<style|\sstyle=|\son\w+=|javascript:|<script>", answer.text)
        for target in re.findall(r'\s(?:src|href|action)="([^"]+)"', answer.text):
            assert target.startswith(("/", "#")), target


def test_cookies_are_for_https_and_for_this_site_alone(the_desk: Desk) -> None:
    """The session's cookie is out of reach of scripts."""
    the_desk.staff("camille", "reviewer")
    browser = the_desk.browser()
    browser.get("/login")
    browser.post("/login", {"username": "camille", "password": "a long enough password"})
    for name, same_site in (("desk_session", "Lax"), ("desk_csrf", "Strict")):
        cookie = browser.cookies[name]
        assert cookie["secure"]
        assert cookie["httponly"]
        assert cookie["samesite"] == same_site


def test_plain_http_is_sent_to_https_except_for_the_health_check(the_desk: Desk) -> None:
    """The supervisor of the process asks over the loopback."""
    browser = the_desk.browser()
    del browser.defaults["HTTP_X_FORWARDED_PROTO"]
    assert browser.get("/login").headers["Location"] == "https://testserver/login"
    answer = browser.get("/healthz")
    assert (answer.status_code, answer.text) == (200, "well\n")


def test_a_host_that_is_not_ours_is_refused(the_desk: Desk) -> None:
    """No page for a name that somebody else pointed at us."""
    assert the_desk.browser().get("/login", headers={"host": "evil.example"}).status_code == 400


def test_security_txt_can_be_parsed_and_has_not_expired(the_desk: Desk) -> None:
    """As RFC 9116 writes it."""
    answer = the_desk.browser().get("/.well-known/security.txt")
    assert answer.headers["Content-Type"] == "text/plain; charset=utf-8"
    fields = dict(line.split(": ", 1) for line in answer.text.strip().split("\n"))
    assert fields["Contact"] == "mailto:security@127.0.0.1"
    assert datetime.fromisoformat(fields["Expires"]) > the_desk.clock()
    assert datetime.fromisoformat(fields["Expires"]).tzinfo == UTC


def test_django_finds_nothing_to_complain_of() -> None:
    """Its own checklist for deployment."""
    call_command("check", "--deploy", "--fail-level", "WARNING")


@pytest.mark.usefixtures("the_desk")
def test_the_migrations_are_those_of_the_models() -> None:
    """Nobody forgot to write one."""
    call_command("makemigrations", "--check", "--dry-run", verbosity=0)
