"""Who comes in: a second factor, each code once, and tries that hold whatever restarts."""

import logging
import re
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime, timedelta
from urllib.parse import parse_qs, urlsplit

import pytest
from django.conf import settings
from django.db import connection, connections
from django.test import Client

from escalation.console import entering
from escalation.entrance import one_time_codes, second_factor, tries
from escalation.entrance.doings import LIMITS, Guess
from escalation.entrance.models import EntranceEvent, RecoveryCode, SecondFactor, Tries
from escalation.models import Staff
from escalation.team import accounts
from tests.escalation.conftest import Desk
from wire.options import ConfigError

PASSWORD = "a long enough password"
STEP = timedelta(seconds=one_time_codes.STEP_S)

pytestmark = pytest.mark.both_databases


def code_now(desk: Desk, secret: bytes, steps: int = 0) -> str:
    """Return what an app shows, now or some steps away."""
    now = int(desk.clock().timestamp() // one_time_codes.STEP_S)
    return one_time_codes.code_at(secret, now + steps)


def other_than(code: str) -> str:
    """Return six figures that are not these."""
    return f"{(int(code) + 500_000) % 1_000_000:06}"


class Person:
    """Camille, with an app and a list of recovery codes."""

    def __init__(self, desk: Desk) -> None:
        """Set the second factor up, as a person does it in the console."""
        self.desk = desk
        self.staff = desk.staff("camille", "reviewer")
        browser = desk.browser(self.staff)
        self.shown = browser.post("/me/second-factor/begin", follow=True).text
        self.spelled = re.findall(r'class="letters">([^<]+)<', self.shown)[0]
        address = re.findall(r'href="(otpauth:[^"]+)"', self.shown)[0].replace("&amp;", "&")
        said = parse_qs(urlsplit(address).query)
        assert said["secret"] == [self.spelled.replace(" ", "")]
        self.secret = second_factor.unconfirmed_secret(self.staff) or b""
        code = code_now(desk, self.secret)
        assert not second_factor.is_set_up(self.staff)
        answer = browser.post("/me/second-factor/confirm", {"code": other_than(code)})
        assert answer.status_code == 422
        answer = browser.post("/me/second-factor/confirm", {"code": code})
        self.recovery_codes = re.findall(r'class="letters">([^<]+)<', answer.text)
        self.browser = browser
        desk.clock.time += STEP

    def at_the_code(self) -> Client:
        """Return a browser whose password was right."""
        browser = self.desk.browser()
        answer = browser.post("/login?next=/me/", {"username": "camille", "password": PASSWORD})
        assert answer.headers["Location"] == "/login/code"
        return browser

    def code(self, steps: int = 0) -> str:
        """Return what the app shows."""
        return code_now(self.desk, self.secret, steps)


def is_in(browser: Client) -> bool:
    """Return whether this browser is logged in."""
    return "_auth_user_id" in browser.session


def gives(browser: Client, code: str) -> bool:
    """Type ``code`` in the second step; return whether it opened."""
    browser.post("/login/code", {"code": code})
    return is_in(browser)


@pytest.fixture
def camille(the_desk: Desk) -> Person:
    """Return her, set up."""
    return Person(the_desk)


def test_the_code_is_asked_for_after_the_password(camille: Person) -> None:
    """Between the two, nobody is in; and the way leads where it was meant to lead."""
    browser = camille.at_the_code()
    assert not is_in(browser)
    assert browser.get("/").status_code == 302
    assert browser.get("/now").status_code == 403
    assert browser.get("/me/second-factor/").status_code == 302
    answer = browser.post("/login/code", {"code": camille.code()})
    assert answer.headers["Location"] == "/me/"
    assert is_in(browser)


def test_whoever_has_none_comes_in_as_before(the_desk: Desk) -> None:
    the_desk.staff("malik", "technician")
    browser = the_desk.browser()
    browser.post("/login", {"username": "malik", "password": PASSWORD})
    assert is_in(browser)
    assert the_desk.browser().get("/login/code").headers["Location"] == "/login"


def test_a_code_counts_once(camille: Person) -> None:
    """Not for whoever looked over a shoulder, not for the step before it either."""
    code, before = camille.code(), camille.code(-1)
    assert gives(camille.at_the_code(), code)
    assert not gives(camille.at_the_code(), code)
    assert not gives(camille.at_the_code(), before)
    camille.desk.clock.time += STEP
    assert gives(camille.at_the_code(), camille.code())


@pytest.mark.parametrize(("steps", "opens"), [(-2, False), (-1, True), (1, True), (2, False)])
def test_clocks_may_differ_by_one_step(camille: Person, steps: int, opens: bool) -> None:
    camille.desk.clock.time += 2 * STEP
    assert gives(camille.at_the_code(), camille.code(steps)) == opens


@pytest.mark.parametrize(
    "code", ["", " ", "12345", "１２３４５６", "é" * 6, "\x00", "9" * 5000]
)
def test_whatever_is_typed_is_a_wrong_code(camille: Person, code: str) -> None:
    assert not gives(camille.at_the_code(), code)


def test_five_wrong_codes_and_the_right_one_waits_too(camille: Person) -> None:
    """Logging in again, in another browser, with the right password changes nothing."""
    for _ in range(LIMITS[Guess.CODE].most):
        assert not gives(camille.at_the_code(), other_than(camille.code()))
    answer = camille.at_the_code().post("/login/code", {"code": camille.code()})
    assert "Too many tries" in answer.text
    assert not gives(camille.at_the_code(), camille.recovery_codes[0])
    assert "somebody knew the password" in camille.browser.get("/me/second-factor/").text
    camille.desk.clock.time += LIMITS[Guess.CODE].within
    assert gives(camille.at_the_code(), camille.code())
    assert not Tries.objects.exists()


def test_a_recovery_code_opens_once(camille: Person) -> None:
    """However it is typed; new ones replace all of the old."""
    assert len(set(camille.recovery_codes)) == one_time_codes.RECOVERY_CODES
    first, second, *_ = camille.recovery_codes
    assert gives(camille.at_the_code(), f" {first.upper().replace('-', ' ')} ")
    assert not gives(camille.at_the_code(), first)
    answer = camille.browser.post("/me/second-factor/codes", {"code": camille.code()})
    assert len(re.findall(r'class="letters">', answer.text)) == one_time_codes.RECOVERY_CODES
    assert not gives(camille.at_the_code(), second)


def test_somebody_elses_recovery_code_opens_nothing(camille: Person) -> None:
    malik = camille.desk.staff("malik", "technician")
    now = camille.desk.clock()
    second_factor.begin(malik, now)
    theirs = second_factor.unconfirmed_secret(malik) or b""
    codes = second_factor.confirm(malik, code_now(camille.desk, theirs), now) or []
    assert codes
    assert not gives(camille.at_the_code(), codes[0])


def test_the_second_step_ends_by_time_by_a_new_password_and_by_a_closed_account(
    camille: Person,
) -> None:
    late, changed, closed = (camille.at_the_code() for _ in range(3))
    camille.desk.clock.time += entering.WITHIN + timedelta(seconds=1)
    assert not gives(late, camille.code())
    changed, closed = camille.at_the_code(), camille.at_the_code()
    Staff.objects.filter(username="camille").update(is_active=False)
    assert not gives(closed, camille.code())
    Staff.objects.filter(username="camille").update(is_active=True)
    camille.staff.set_password("another long password")
    camille.staff.save()
    assert not gives(changed, camille.code())


def test_removing_takes_a_code_and_stops_asking(camille: Person) -> None:
    browser = camille.browser
    answer = browser.post("/me/second-factor/remove", {"code": other_than(camille.code())})
    assert answer.status_code == 422
    assert second_factor.is_set_up(camille.staff)
    browser.post("/me/second-factor/remove", {"code": camille.code()})
    assert not SecondFactor.objects.exists()
    assert not RecoveryCode.objects.exists()
    fresh = camille.desk.browser()
    fresh.post("/login", {"username": "camille", "password": PASSWORD})
    assert is_in(fresh)


def test_a_reset_is_in_the_audit_and_on_the_persons_own_page(camille: Person) -> None:
    accounts.reset_second_factor("camille")
    assert not second_factor.is_set_up(camille.staff)
    last = EntranceEvent.objects.latest("pk")
    assert (last.staff, last.doing, last.by_operator) == (camille.staff, "reset", True)
    assert "Whoever runs the desk removed" in camille.browser.get("/me/second-factor/").text
    for name in ("camille", "nobody"):
        with pytest.raises(ConfigError):
            accounts.reset_second_factor(name)


def test_nothing_that_opens_is_kept_logged_or_shown_again(
    the_desk: Desk, caplog: pytest.LogCaptureFixture
) -> None:
    with caplog.at_level(logging.DEBUG):
        camille = Person(the_desk)
    secret = camille.secret
    assert "camille: set_up" in caplog.text
    assert camille.spelled not in caplog.text
    with connection.cursor() as cursor:
        kept = b""
        for table in ("secondfactor", "recoverycode", "tries", "entranceevent"):
            cursor.execute(f"SELECT * FROM entrance_{table}")
            for row in cursor.fetchall():
                kept += b"".join(
                    bytes(v) if isinstance(v, (bytes, memoryview)) else str(v).encode()
                    for v in row
                )
    spelled = camille.spelled.replace(" ", "")
    for said in (secret, secret.hex().encode(), spelled.encode()):
        assert said not in kept
    for code in camille.recovery_codes:
        assert one_time_codes.plain_recovery_code(code).encode() not in kept
        assert code not in caplog.text
    page = camille.browser.post("/me/second-factor/begin", follow=True).text
    assert camille.spelled not in page
    assert "otpauth" not in page
    assert second_factor.unconfirmed_secret(camille.staff) is None


def test_a_secret_that_no_longer_opens_is_a_wrong_code(
    camille: Person,
) -> None:
    """The console's secret was made anew: nobody is in by mistake, and a reset helps."""
    browser = camille.at_the_code()
    sealed = bytearray(SecondFactor.objects.get().sealed)
    sealed[-1] ^= 1
    SecondFactor.objects.update(sealed=bytes(sealed))
    assert not gives(browser, camille.code())


def test_where_it_is_required_nothing_else_comes_first(
    the_desk: Desk, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(settings, "SECOND_FACTOR_REQUIRED", True)
    malik = the_desk.staff("malik", "technician")
    browser = the_desk.browser()
    browser.post("/login", {"username": "malik", "password": PASSWORD})
    for address in ("/", "/me/", "/me/wishes", "/practice/", "/cases/1/"):
        assert browser.get(address).headers["Location"] == "/me/second-factor/"
    assert browser.get("/now", headers={"sec-fetch-mode": "cors"}).status_code == 403
    assert browser.post("/language", {"language": "en"}).headers["Location"] == "/"
    browser.post("/me/second-factor/begin")
    secret = second_factor.unconfirmed_secret(malik) or b""
    browser.post("/me/second-factor/confirm", {"code": code_now(the_desk, secret)})
    assert browser.get("/").status_code == 200
    old = the_desk.browser(malik)
    assert old.get("/").headers["Location"] == "/login"
    assert not is_in(old)


def test_tries_hold_across_processes_and_restarts(the_desk: Desk) -> None:
    """They are rows, not memory; and a name that nobody has is answered the same."""
    the_desk.staff("camille", "reviewer")
    answers = {}
    for name in ("camille", "nobody"):
        for _ in range(5):
            the_desk.browser().post("/login", {"username": name, "password": "guess"})
        form = {"username": name.upper(), "password": PASSWORD}
        answers[name] = the_desk.browser().post("/login", form).text.replace(name.upper(), "")
    bare = {re.sub(r'name="csrfmiddlewaretoken" value="\w+"', "", a) for a in answers.values()}
    assert len(bare) == 1
    assert "Too many tries" in bare.pop()
    assert Tries.objects.count() == 2
    assert not Tries.objects.filter(key__contains="camille").exists()
    the_desk.clock.time += timedelta(days=1)
    assert tries.take(Guess.PASSWORD, "somebody", the_desk.clock())
    assert Tries.objects.count() == 1


def test_a_clock_that_ran_ahead_locks_nobody_out(the_desk: Desk) -> None:
    now = the_desk.clock()
    for _ in range(6):
        tries.take(Guess.PASSWORD, "camille", now + timedelta(days=400))
    assert tries.take(Guess.PASSWORD, "camille", now)


@pytest.mark.django_db(transaction=True)
def test_many_at_once_have_no_more_tries_and_a_code_still_counts_once() -> None:
    """Eight at the same moment, each with a connection of its own."""
    staff = Staff.objects.create_user("camille", PASSWORD, first_name="Camille")
    now = datetime.now(UTC)
    second_factor.begin(staff, now)
    secret = second_factor.unconfirmed_secret(staff) or b""
    step = int(now.timestamp() // one_time_codes.STEP_S)
    assert second_factor.confirm(staff, one_time_codes.code_at(secret, step), now)
    code = one_time_codes.code_at(secret, step + 1)

    def use(_: int) -> bool:
        try:
            return second_factor.check(staff, code, now + STEP)
        except second_factor.TooManyTries:
            return False
        finally:
            connections.close_all()

    def guess(_: int) -> bool:
        try:
            return tries.take(Guess.PASSWORD, "camille", now)
        finally:
            connections.close_all()

    with ThreadPoolExecutor(8) as pool:
        assert sum(pool.map(use, range(8))) == 1
        assert sum(pool.map(guess, range(16))) == LIMITS[Guess.PASSWORD].most


def test_the_factor_is_off_unless_somebody_wants_it() -> None:
    assert settings.SECOND_FACTOR_REQUIRED is False
