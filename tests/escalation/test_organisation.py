"""Coming in by the organisation: what opens an account, and the many things that do not.

Against a provider on a real port. The short-lived process that asks it is real where it has to
end by itself or be ended, and in the tests with a browser; here its program runs in ours, so
that fifty journeys cost little. What only the check of a token decides is in ``test_id_token``.
"""

import json
import logging
import threading
import time
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from urllib.parse import parse_qs, urlsplit

import pytest
from django.conf import settings
from django.contrib.sessions.models import Session
from django.test import Client
from joserfc.jwk import ECKey, RSAKey

from escalation.console import my_organisation, organisation
from escalation.entrance import asking, identities, journeys, one_request, second_factor
from escalation.entrance import provider as provider_module
from escalation.entrance.models import EntranceEvent, Identity, Tries
from escalation.entrance.options import Organisation, SignInConfig
from escalation.models import Staff
from escalation.team import accounts
from tests.escalation.conftest import Desk
from tests.escalation.hostile_provider import CLIENT, SECRET, HostileProvider
from tests.escalation.test_entrance import PASSWORD, Person, is_in
from wire.options import ConfigError

on_both = pytest.mark.both_databases

RETURNED = asking._returned
RETURN = "/login/organisation/return"
SUBJECT = "c-4711"


class House:
    """A desk, and a provider beside it."""

    def __init__(self, desk: Desk, provider: HostileProvider, described: Organisation) -> None:
        """Nobody works here yet."""
        self.desk = desk
        self.provider = provider
        self.described = described

    def link_camille(self) -> None:
        """Link her, as whoever runs the desk does."""
        accounts.link("camille", issuer=self.provider.issuer, subject=SUBJECT)
        self.camille = Staff.objects.get(username="camille")

    def at_the_organisation(self, path: str = "/login/organisation") -> tuple[Client, str]:
        """Return a browser that was sent there, and where."""
        browser = self.desk.browser()
        return browser, browser.get(path).headers["Location"]

    def come_back(self, subject: str = SUBJECT) -> Client:
        """Return a browser that went there and came back."""
        browser, address = self.at_the_organisation()
        self.answer = browser.get(RETURN, self.provider.sign_in(address, subject))
        return browser


@pytest.fixture
def provider() -> Iterator[HostileProvider]:
    """Return an honest provider."""
    with HostileProvider() as started:
        yield started


@pytest.fixture
def empty_house(
    the_desk: Desk,
    provider: HostileProvider,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> House:
    """Return a desk that believes this provider."""
    secret = tmp_path / "secret"
    secret.write_text(SECRET + "\n")
    secret.chmod(0o600)
    described = Organisation(
        issuer=provider.issuer,
        client_id=CLIENT,
        secret_file=secret,
        name="Hospital",
        algorithms=("RS256", "ES256"),
        second_factor_amr=frozenset(),
        second_factor_acr=(),
        ca=None,
        return_url=f"https://testserver{RETURN}",
    )
    monkeypatch.setattr(
        settings, "SIGN_IN", SignInConfig(passwords=True, organisation=described)
    )
    monkeypatch.setattr(
        asking, "_returned", lambda said, within_s: one_request.ask(said | {"within_s": 5})
    )
    provider.now = lambda: the_desk.clock().timestamp()
    return House(the_desk, provider, described)


@pytest.fixture
def house(empty_house: House) -> House:
    """Return it, with Camille, who is linked."""
    empty_house.desk.staff("camille", "reviewer")
    empty_house.link_camille()
    return empty_house


@on_both
def test_a_linked_identity_opens_its_account_and_leads_where_it_was_meant_to(
    house: House,
) -> None:
    """With PKCE, the exact return address, and the secret as RFC 6749 writes it."""
    browser, address = house.at_the_organisation("/login/organisation?next=/me/")
    elsewhere = browser.get("/login/organisation", headers={"host": "localhost"})
    for sent_to in (address, elsewhere.headers["Location"]):
        assert parse_qs(urlsplit(sent_to).query)["redirect_uri"] == [house.described.return_url]
    browser, address = house.at_the_organisation("/login/organisation?next=/me/")
    said = house.provider.sign_in(address, SUBJECT)
    answer = browser.get(RETURN, said | {"iss": house.provider.issuer})
    assert answer.headers["Location"] == "/me/"
    assert browser.session["_auth_user_id"] == str(house.camille.pk)
    assert "Camille" in browser.get("/me/").text
    doings = EntranceEvent.objects.order_by("pk").values_list("doing", "by_operator")
    assert list(doings) == [("linked", True), ("came_by_org", False)]
    assert browser.cookies[organisation.COOKIE].value == ""


def test_what_the_organisation_says_of_roles_and_addresses_counts_for_nothing(
    house: House,
) -> None:
    """No account is made, none is found by e-mail, no role is taken over."""
    browser = house.come_back()
    assert is_in(browser)
    house.camille.refresh_from_db()
    assert not house.camille.is_supervisor
    house.provider.claims = {"email": "camille", "preferred_username": "camille"}
    stranger = house.come_back(subject="somebody-else")
    assert not is_in(stranger)
    assert house.answer.status_code == 403
    assert "somebody-else" in house.answer.text
    assert Staff.objects.count() == 1


def test_somebody_who_has_left_is_not_let_in(house: House) -> None:
    Staff.objects.update(is_active=False)
    assert not is_in(house.come_back())


def test_the_desks_own_code_is_asked_for_unless_the_organisation_asked_for_one(
    empty_house: House, monkeypatch: pytest.MonkeyPatch
) -> None:
    """And that only where desk.toml says which word of theirs means it."""
    house, camille = empty_house, Person(empty_house.desk)
    house.link_camille()
    house.provider.claims = {"amr": ["pwd", "mfa"], "acr": "gold"}
    browser = house.come_back()
    assert house.answer.headers["Location"] == "/login/code"
    assert not is_in(browser)
    browser.post("/login/code", {"code": camille.code()})
    assert is_in(browser)
    assert EntranceEvent.objects.latest("pk").doing == "came_by_org"
    for described, opens in (
        (replace(house.described, second_factor_amr=frozenset({"mfa"})), True),
        (replace(house.described, second_factor_acr=("gold",)), True),
        (replace(house.described, second_factor_acr=("silver",)), False),
    ):
        monkeypatch.setattr(
            settings, "SIGN_IN", SignInConfig(passwords=True, organisation=described)
        )
        assert is_in(house.come_back()) is opens


def test_where_a_factor_is_required_the_organisations_counts_if_desk_toml_says_so(
    house: House, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(settings, "SECOND_FACTOR_REQUIRED", True)
    assert house.come_back().get("/").headers["Location"] == "/me/second-factor/"
    described = replace(house.described, second_factor_amr=frozenset({"mfa"}))
    monkeypatch.setattr(
        settings, "SIGN_IN", SignInConfig(passwords=True, organisation=described)
    )
    house.provider.claims = {"amr": ["mfa"]}
    assert house.come_back().get("/").status_code == 200


@pytest.mark.parametrize(
    "lie",
    [
        "token_without_signature",
        "token_with_public_key_as_secret",
        "token_of_a_stranger",
        "token_with_a_changed_word",
    ],
)
def test_a_forged_token_opens_nothing(
    house: House, lie: str, caplog: pytest.LogCaptureFixture
) -> None:
    house.provider.token = getattr(house.provider, lie)
    assert not is_in(house.come_back(subject="somebody-else" if "changed" in lie else SUBJECT))
    assert house.answer.status_code == 503
    assert "Unbelievable" in caplog.text


@pytest.mark.parametrize(
    "claims",
    [
        {"iss": "http://127.0.0.1:1"},
        {"aud": "another-client"},
        {"aud": [CLIENT, "another"]},
        {"aud": [CLIENT, "another"], "azp": "another"},
        {"azp": "another"},
        {"nonce": "another"},
        {"nonce": None},
        {"exp": 1},
        {"iat": None},
        {"sub": None},
    ],
    ids=str,
)
def test_a_token_for_somebody_or_something_else_opens_nothing(
    house: House, claims: dict[str, object]
) -> None:
    house.provider.claims = claims
    assert not is_in(house.come_back())
    assert house.answer.status_code == 503


@on_both
def test_a_journey_ends_once_and_in_the_browser_that_began_it(house: House) -> None:
    """A copied address opens nothing, with the same cookie neither; nobody is asked again."""
    browser, address = house.at_the_organisation()
    said = house.provider.sign_in(address, SUBJECT)
    cookie = browser.cookies["desk_journey"].value
    other = house.desk.browser()
    assert other.get(RETURN, said).status_code == 403
    assert browser.get(RETURN, said | {"state": "another"}).status_code == 403
    browser.cookies["desk_journey"] = cookie
    assert browser.get(RETURN, said).status_code == 302
    asked = len(house.provider.asked)
    again = house.desk.browser()
    again.cookies["desk_journey"] = cookie
    assert again.get(RETURN, said).status_code == 403
    assert not is_in(again)
    assert len(house.provider.asked) == asked
    assert Tries.objects.filter(guess="journey").count() == 1


def test_somebody_elses_code_in_my_journey_opens_nothing(house: House) -> None:
    """A code belongs to the browser that asked for it: PKCE, and the nonce."""
    _, theirs = house.at_the_organisation()
    mine, address = house.at_the_organisation()
    stolen = house.provider.sign_in(theirs, SUBJECT)["code"]
    state = house.provider.sign_in(address, "me")["state"]
    assert mine.get(RETURN, {"code": stolen, "state": state}).status_code == 503
    assert not is_in(mine)


def test_an_old_or_altered_cookie_is_none(house: House) -> None:
    browser, address = house.at_the_organisation()
    said = house.provider.sign_in(address, SUBJECT)
    cookie = browser.cookies["desk_journey"].value
    house.desk.clock.time += journeys.WITHIN
    assert browser.get(RETURN, said).status_code == 403
    for broken in ("", "é", "x" * 5000, cookie[:-4] + "AAA=", cookie[1:]):
        assert journeys.open_(broken, house.desk.clock()) is None


def test_an_answer_that_says_it_is_from_another_issuer_is_not_taken(house: House) -> None:
    """Mixed up on purpose (RFC 9207); and where the organisation says it names itself, silence
    is no name."""
    browser, address = house.at_the_organisation()
    said = house.provider.sign_in(address, SUBJECT)
    assert browser.get(RETURN, said | {"iss": "https://evil.example"}).status_code == 503
    house.provider.discovery = {"authorization_response_iss_parameter_supported": True}
    provider_module.provider_of.cache_clear()
    assert not is_in(house.come_back())
    browser, address = house.at_the_organisation()
    said = house.provider.sign_in(address, SUBJECT)
    assert browser.get(RETURN, said | {"iss": house.provider.issuer}).status_code == 302


@pytest.mark.parametrize(
    "query",
    [
        "",
        "error=access_denied&error_description=%3Cscript%3E",
        "code=a&code=b",
        "code=" + "x" * 5000,
        "code=%00",
    ],
    ids=lambda query: query[:12],
)
def test_whatever_else_comes_back_is_answered_kindly(house: House, query: str) -> None:
    browser, address = house.at_the_organisation()
    state = house.provider.sign_in(address, SUBJECT)["state"]
    answer = browser.get(f"{RETURN}?state={state}&{query}")
    assert answer.status_code in (403, 503)
    assert "<script>" not in answer.text
    assert "Begin again" in answer.text
    assert browser.get(f"{RETURN}?state=a&state={state}&{query}").status_code == 403


def test_it_goes_on_only_to_this_console(house: House) -> None:
    for target in ("https://evil.example/", "//evil.example", "javascript:alert(1)"):
        browser = house.desk.browser()
        there = browser.get("/login/organisation", {"next": target}).headers["Location"]
        said = house.provider.sign_in(there, SUBJECT)
        assert browser.get(RETURN, said).headers["Location"] == "/"
        house.desk.clock.time += journeys.WITHIN


def test_new_keys_are_fetched_when_a_token_names_one_and_not_without_end(
    house: House,
) -> None:
    assert is_in(house.come_back())
    first = house.provider.keys[0]
    house.provider.keys = [ECKey.generate_key("P-256", {"kid": "two"}), first]
    known = provider_module.provider_of(house.described)
    known._monotonic = lambda: time.monotonic() + 60
    assert is_in(house.come_back())
    asked = house.provider.asked.count("/keys")
    house.provider.token = house.provider.honest_token
    unknown = RSAKey.generate_key(2048, {"kid": "never-shown"})
    house.provider.keys, shown = [unknown], house.provider.keys
    house.provider.answer = lambda path: (
        (200, json.dumps({"keys": [k.as_dict(private=False) for k in shown]}).encode())
        if path == "/keys"
        else None
    )
    for _ in range(3):
        assert not is_in(house.come_back())
    assert house.provider.asked.count("/keys") <= asked + 1


@pytest.mark.parametrize(
    ("path", "answer"),
    [
        ("/.well-known/openid-configuration", (500, b"oops")),
        ("/.well-known/openid-configuration", (200, b"<html>")),
        ("/.well-known/openid-configuration", (200, b"[" * 100_000)),
        ("/.well-known/openid-configuration", (302, b"/keys")),
        ("/.well-known/openid-configuration", (200, b" " * (1 << 20) + b"{}")),
        ("/token", (200, b"{}")),
        ("/token", (200, b'{"id_token": 5}')),
        ("/token", (200, b'{"id_token": "a.b.c"}')),
        ("/token", (400, b'{"error": "a client secret: with % and spaces"}')),
        ("/keys", (200, b'{"keys": 5}')),
        ("/keys", (200, b'{"keys": [{"kty": "RSA", "n": "!"}, 5, {"kty": "oct", "k": "AA"}]}')),
    ],
    ids=lambda value: value if isinstance(value, str) else repr(value)[:24],
)
def test_nonsense_from_the_organisation_is_a_kind_page_and_a_line_without_secrets(
    house: House, path: str, answer: tuple[int, bytes], caplog: pytest.LogCaptureFixture
) -> None:
    """Huge, deep, moved, broken: never a traceback, and the password still opens."""
    house.provider.answer = lambda asked: answer if asked == path else None
    browser, address = house.desk.browser(), ""
    sent = browser.get("/login/organisation")
    if sent.status_code == 302:
        address = sent.headers["Location"]
        sent = browser.get(RETURN, house.provider.sign_in(address, SUBJECT))
    assert sent.status_code == 503
    assert "does not answer as it should" in sent.text
    assert "Your password at this desk opens as well." in sent.text
    assert "nobody came in by the organisation" in caplog.text
    for secret in (SECRET, "Traceback", *house.provider.codes):
        assert secret not in caplog.text
    browser.post("/login", {"username": "camille", "password": PASSWORD})
    assert is_in(browser)


@pytest.mark.parametrize(
    "changed",
    [
        {"issuer": "https://evil.example"},
        {"token_endpoint": "http://evil.example/token"},
        {"authorization_endpoint": "javascript:alert(1)"},
        {"jwks_uri": None},
        {"id_token_signing_alg_values_supported": ["HS256"]},
        {"token_endpoint_auth_methods_supported": ["private_key_jwt"]},
    ],
    ids=str,
)
def test_an_organisation_that_describes_itself_otherwise_is_not_gone_to(
    house: House, changed: dict[str, object]
) -> None:
    house.provider.discovery = changed
    assert house.desk.browser().get("/login/organisation").status_code == 503


def test_a_secret_may_travel_in_the_form_where_the_organisation_wants_it_so(
    house: House,
) -> None:
    house.provider.discovery = {"token_endpoint_auth_methods_supported": ["client_secret_post"]}
    assert is_in(house.come_back())
    assert house.provider.form_posts[-1]["client_secret"] == SECRET


def test_a_slow_or_absent_organisation_keeps_nobody_waiting(
    house: House, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Ended from outside, whatever hangs; and while two wait, a third is not kept at all."""
    ended = threading.Event()
    house.provider.answer = lambda path: (200, b"") if ended.wait(5) else None
    monkeypatch.setattr(asking, "_returned", RETURNED)
    monkeypatch.setattr(asking, "WITHIN_S", 0.3)
    began = time.monotonic()
    assert house.desk.browser().get("/login/organisation").status_code == 503
    assert time.monotonic() - began < 3
    with asking._slots, asking._slots:
        began = time.monotonic()
        assert house.desk.browser().get("/login/organisation").status_code == 503
        assert time.monotonic() - began < 0.3
    monkeypatch.setattr(asking, "WITHIN_S", 20)
    with pytest.raises(asking.Unreachable, match="ConnectionRefusedError"):
        asking.ask(asking.Question(url="http://127.0.0.1:1/"))
    ended.set()


def test_a_secret_that_others_may_read_is_not_used(house: House) -> None:
    house.described.secret_file.chmod(0o644)
    assert not is_in(house.come_back())
    assert "/token" not in house.provider.asked


def test_a_stranger_who_begins_leaves_no_row(house: House) -> None:
    for _ in range(3):
        house.at_the_organisation()
    assert not Session.objects.exists()
    assert not Tries.objects.exists()


@on_both
def test_somebody_who_comes_again_and_again_waits(house: House) -> None:
    opened = [is_in(house.come_back()) for _ in range(11)]
    assert opened == [True] * 10 + [False]


def test_where_passwords_open_nothing_there_is_no_field_for_one(
    house: House, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(
        settings, "SIGN_IN", SignInConfig(passwords=False, organisation=house.described)
    )
    browser = house.desk.browser()
    assert 'type="password"' not in browser.get("/login").text
    assert "Come in by Hospital" in browser.get("/login").text
    form = {"username": "camille", "password": PASSWORD}
    assert browser.post("/login", form).status_code == 403
    assert not is_in(browser)
    inside = house.come_back()
    assert is_in(inside)
    assert inside.get("/me/password").status_code == 404
    assert inside.post("/me/tried/not-mine").headers["Location"] == "/me/second-factor/"


def test_without_an_organisation_there_are_no_such_pages(the_desk: Desk) -> None:
    inside = the_desk.browser(the_desk.staff("camille", "reviewer"))
    for path in ("/login/organisation", RETURN, "/logout/organisation", "/me/organisation/"):
        assert inside.get(path).status_code == 404
    assert "Come in by" not in the_desk.browser().get("/login").text


def test_whoever_goes_out_is_shown_the_way_out_over_there(house: House) -> None:
    """On a shared computer the next person would otherwise come in as somebody else."""
    house.provider.discovery = {"end_session_endpoint": f"{house.provider.issuer}/out?x=1"}
    browser = house.come_back()
    assert browser.post("/logout").headers["Location"] == "/logout/organisation"
    assert not is_in(browser)
    page = browser.get("/logout/organisation").text
    assert f"{house.provider.issuer}/out?x=1&amp;client_id={CLIENT}" in page
    assert "post_logout_redirect_uri=https%3A%2F%2Ftestserver%2Flogin" in page
    by_password = house.desk.browser(house.camille)
    assert by_password.post("/logout").headers["Location"] == "/login"


# ------------------------------------------------------------------------------- linking


@on_both
def test_a_person_links_once_with_a_code_and_undoes_it_with_a_code(
    empty_house: House,
) -> None:
    house, camille = empty_house, Person(empty_house.desk)
    browser = camille.browser
    assert browser.get("/me/organisation/go").headers["Location"] == "/me/organisation/"
    assert browser.post("/me/organisation/link", {"code": "000000"}).status_code == 422
    assert browser.post("/me/organisation/link", {"code": camille.code()}).status_code == 302
    assert "Go to Hospital" in browser.get("/me/organisation/").text
    there = browser.get("/me/organisation/go").headers["Location"]
    browser.get(RETURN, house.provider.sign_in(there, "c-new"))
    identity = Identity.objects.get()
    assert (identity.staff, identity.subject) == (camille.staff, "c-new")
    assert browser.get("/me/organisation/go").headers["Location"] == "/me/organisation/"
    house.desk.clock.time += journeys.WITHIN
    fresh = house.come_back(subject="c-new")
    fresh.post("/login/code", {"code": camille.code()})
    assert is_in(fresh)
    house.desk.clock.time += journeys.WITHIN
    assert browser.post("/me/organisation/unlink", {"code": "000000"}).status_code == 422
    browser.post("/me/organisation/unlink", {"code": camille.code()})
    assert not Identity.objects.exists()
    assert not is_in(house.come_back(subject="c-new"))


def allowed_to_link(house: House, staff: Staff) -> Client:
    """Return a browser in which a code was given to link."""
    browser = house.desk.browser(staff)
    session = browser.session
    session[my_organisation.MAY_LINK] = house.desk.clock().timestamp()
    session.save()
    return browser


def test_a_session_alone_or_a_late_return_links_nothing(house: House) -> None:
    """Neither does a journey that somebody else began, in whosever browser it ends."""
    malik, vera = (house.desk.staff(name, "technician") for name in ("malik", "vera"))
    browser = house.desk.browser(malik)
    assert "A second factor comes first" in browser.get("/me/organisation/").text
    browser.post("/me/organisation/link", {"code": "123456"})
    assert browser.get("/me/organisation/go").headers["Location"] == "/me/organisation/"
    late = allowed_to_link(house, malik)
    house.desk.clock.time += my_organisation.WITHIN * 0.6
    there = late.get("/me/organisation/go").headers["Location"]
    house.desk.clock.time += my_organisation.WITHIN * 0.6
    assert late.get(RETURN, house.provider.sign_in(there, "m-1")).status_code == 302
    begun, ended = allowed_to_link(house, malik), allowed_to_link(house, vera)
    there = begun.get("/me/organisation/go").headers["Location"]
    ended.cookies["desk_journey"] = begun.cookies["desk_journey"].value
    said = house.provider.sign_in(there, "m-1")
    assert ended.get(RETURN, said).headers["Location"] == "/me/organisation/"
    assert "This took too long" in ended.get("/me/organisation/").text
    assert not Identity.objects.exclude(staff=house.camille).exists()


@on_both
def test_one_identity_opens_one_account(house: House) -> None:
    house.desk.staff("malik", "technician")
    with pytest.raises(ConfigError, match="opens another account"):
        accounts.link("malik", issuer=house.provider.issuer, subject=SUBJECT)
    malik = Staff.objects.get(username="malik")
    with pytest.raises(identities.Taken):
        identities.link(
            malik, issuer=house.provider.issuer, subject=SUBJECT, now=house.desk.clock()
        )
    for name, subject in (("nobody", "x"), ("malik", ""), ("malik", "x" * 256)):
        with pytest.raises(ConfigError):
            accounts.link(name, issuer=house.provider.issuer, subject=subject)
    assert Identity.objects.count() == 1


@on_both
def test_undoing_a_link_by_command_ends_the_sessions_it_may_have_opened(house: House) -> None:
    browser = house.come_back()
    accounts.unlink("camille")
    assert browser.get("/").status_code == 302
    for name in ("camille", "nobody"):
        with pytest.raises(ConfigError):
            accounts.unlink(name)


def test_nothing_of_a_sign_in_is_in_the_log(
    house: House, caplog: pytest.LogCaptureFixture
) -> None:
    with caplog.at_level(logging.DEBUG):
        browser, address = house.at_the_organisation()
        said = house.provider.sign_in(address, SUBJECT)
        browser.get(RETURN, said)
        house.come_back(subject="not-linked")
    assert "camille: came_by_org" in caplog.text
    for secret in (SECRET, SUBJECT, "not-linked", *said.values()):
        assert secret not in caplog.text
    assert not second_factor.is_set_up(house.camille)
