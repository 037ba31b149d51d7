"""Somebody tries to come in with my name: I learn of it, nobody can flood me, and I can act."""

from datetime import UTC, datetime, timedelta

import pytest
from django.contrib.sessions.models import Session
from django.db import DatabaseError, connection, transaction
from django.test import Client
from hypothesis import example, given
from hypothesis import strategies as st

from escalation.entrance import attempts, door, lines
from escalation.entrance.doings import LIMITS, Doing, Guess
from escalation.entrance.models import EntranceEvent
from escalation.models import Staff
from escalation.notices import outbox
from escalation.notices.kinds import Kind
from escalation.notices.models import Channel, Notice, Wishes
from tests.escalation.conftest import Desk
from tests.escalation.test_entrance import PASSWORD, Person, is_in, other_than

on_both = pytest.mark.both_databases

AT = datetime(2026, 3, 3, 9, 0, tzinfo=UTC)
NEW = "four words that rhyme not"


def guess(desk: Desk, times: int, name: str = "camille") -> None:
    """Be somebody who guesses."""
    for _ in range(times):
        desk.browser().post("/login", {"username": name, "password": "guess"})


def log_in(desk: Desk, password: str = PASSWORD) -> tuple[Client, str]:
    """Return a browser that came in, and where it was led."""
    browser = desk.browser()
    answer = browser.post("/login", {"username": "camille", "password": password})
    return browser, answer.headers.get("Location", "")


@pytest.fixture
def camille(the_desk: Desk) -> Staff:
    """Return her, with a channel."""
    staff = the_desk.staff("camille", "reviewer")
    Channel.objects.create(staff=staff, service="ntfys", sealed=b"x", added_at=the_desk.clock())
    return staff


@on_both
@pytest.mark.usefixtures("camille")
def test_whoever_was_tried_is_told_when_they_next_come_in(the_desk: Desk) -> None:
    """How often and when, and no address; until they have said whether it was them."""
    guess(the_desk, 3)
    the_desk.clock.time += timedelta(hours=1)
    browser, led_to = log_in(the_desk)
    assert led_to == "/me/tried?next=%2F"
    page = browser.get(led_to).text
    assert "Somebody tried 3 times to come in with your name: first 10:30, last 10:30" in page
    assert "They did not find your password" in page
    assert "127.0.0.1" not in page
    assert "Somebody tried" in browser.get("/me/second-factor/").text
    assert log_in(the_desk)[1].startswith("/me/tried")
    answer = browser.post("/me/tried/mine", {"next": "/me/"})
    assert answer.headers["Location"] == "/me/"
    assert browser.get("/me/tried").headers["Location"] == "/"
    assert log_in(the_desk)[1] == "/"


@pytest.mark.usefixtures("camille")
def test_ones_own_slips_are_not_told(the_desk: Desk) -> None:
    """Nobody learns to look away."""
    guess(the_desk, 2)
    assert log_in(the_desk)[1] == "/"
    the_desk.clock.time += timedelta(days=1)
    assert log_in(the_desk)[1] == "/"
    assert not Notice.objects.exists()


@on_both
def test_wrong_codes_say_that_the_password_is_known(the_desk: Desk) -> None:
    camille = Person(the_desk)
    for _ in range(LIMITS[Guess.CODE].most):
        code = other_than(camille.code())
        camille.at_the_code().post("/login/code", {"code": code})
    the_desk.clock.time += LIMITS[Guess.CODE].within
    browser = camille.at_the_code()
    led_to = browser.post("/login/code", {"code": camille.code()}).headers["Location"]
    assert led_to.startswith("/me/tried")
    assert "Whoever it was knew your password" in browser.get(led_to).text


@on_both
def test_not_me_ends_every_other_session_and_asks_for_a_new_password(the_desk: Desk) -> None:
    """Also those that wait for a code; nobody else's, and nothing else goes on before."""
    camille = Person(the_desk)
    waiting, inside, here = camille.at_the_code(), camille.browser, camille.at_the_code()
    malik = the_desk.browser(the_desk.staff("malik", "technician"))
    here.post("/login/code", {"code": camille.code()})
    assert here.post("/me/tried/not-mine").headers["Location"] == "/me/password"
    assert Session.objects.count() == 2
    assert malik.get("/").status_code == 200
    assert inside.get("/").status_code == 302
    the_desk.clock.time += timedelta(seconds=30)
    assert not is_in_after_code(waiting, camille)
    for path in ("/", "/me/", "/me/second-factor/", "/me/tried"):
        assert here.get(path).headers["Location"] == "/me/password"
    assert here.get("/now", headers={"sec-fetch-mode": "cors"}).status_code == 403
    form = {"old_password": PASSWORD, "new_password1": NEW, "new_password2": NEW}
    assert here.post("/me/password", form | {"old_password": "guess"}).status_code == 422
    assert here.post("/me/password", form | {"new_password2": "other"}).status_code == 422
    answer = here.post("/me/password", form, follow=True)
    assert answer.redirect_chain == [("/me/second-factor/", 302)]
    assert "set it up anew" in answer.text
    assert here.get("/").status_code == 200
    assert not is_in(log_in(the_desk)[0])
    assert log_in(the_desk, NEW)[1] == "/login/code"


def is_in_after_code(browser: Client, camille: Person) -> bool:
    """Type the right code."""
    browser.post("/login/code", {"code": camille.code()})
    return is_in(browser)


@pytest.mark.usefixtures("camille")
def test_a_new_password_stays_owed_until_there_is_one(the_desk: Desk) -> None:
    """Whoever closes the browser meets the same page again; a guesser is counted there too."""
    browser, _ = log_in(the_desk)
    browser.post("/me/tried/not-mine")
    again, _ = log_in(the_desk)
    assert again.get("/").headers["Location"] == "/me/password"
    form = {"old_password": "guess", "new_password1": NEW, "new_password2": NEW}
    for _ in range(LIMITS[Guess.PASSWORD].most):
        again.post("/me/password", form)
    answer = again.post("/me/password", form | {"old_password": PASSWORD})
    assert "Too many tries" in answer.text
    the_desk.clock.time += timedelta(minutes=1)
    again.post("/me/password", form | {"old_password": PASSWORD})
    assert again.get("/").status_code == 200
    assert not log_in(the_desk, NEW)[1].startswith("/me/password")


@on_both
def test_one_notice_a_day_however_many_tries(the_desk: Desk, camille: Staff) -> None:
    """It says nothing of who or what; the ladder does not call it off, its failure no alarm."""
    guess(the_desk, 2)
    assert not Notice.objects.exists()
    for _ in range(11):
        guess(the_desk, 5)
        the_desk.clock.time += timedelta(minutes=1)
    notice = Notice.objects.get()
    assert notice.kind == Kind.ENTRANCE
    assert notice.fact == f"entrance/{camille.pk}/20260303"
    outbox.call_off([], the_desk.clock())
    (taken,) = outbox.take(5, the_desk.clock())
    assert taken == notice
    for kind in (Doing.WRONG_PASSWORD, Doing.LOCKED):
        lines_ = EntranceEvent.objects.filter(doing=kind)
        assert lines_.count() <= lines.FAILED_MAX
    browser, led_to = log_in(the_desk)
    assert "50 times or more" in browser.get(led_to).text
    the_desk.clock.time += timedelta(days=1)
    guess(the_desk, 5)
    assert Notice.objects.count() == 2


@pytest.mark.parametrize("wish", ["unwanted", "quiet", "no channel"])
def test_who_wants_no_notice_gets_none(the_desk: Desk, camille: Staff, wish: str) -> None:
    if wish == "unwanted":
        Wishes.objects.create(staff=camille, unwanted=["entrance"])
    elif wish == "quiet":
        now = the_desk.clock()
        hours = [(now + timedelta(hours=h)).time() for h in (-5, 5)]
        Wishes.objects.create(staff=camille, quiet_from=hours[0], quiet_until=hours[1])
    else:
        Channel.objects.all().delete()
    guess(the_desk, 5)
    assert not Notice.objects.exists()
    assert log_in_later(the_desk).startswith("/me/tried")


def log_in_later(desk: Desk) -> str:
    """Come in when the tries have rested."""
    desk.clock.time += timedelta(minutes=1)
    return log_in(desk)[1]


@pytest.mark.usefixtures("camille")
def test_a_name_that_nobody_has_leaves_no_line(the_desk: Desk) -> None:
    """And a name is the same name however it is written."""
    guess(the_desk, 5, name="nobody")
    assert not EntranceEvent.objects.exists()
    guess(the_desk, 5, name="CAMILLE")
    assert EntranceEvent.objects.filter(doing=Doing.LOCKED).count() == 1


@pytest.mark.usefixtures("camille")
def test_supervisors_see_who_was_locked_out_and_others_do_not(the_desk: Desk) -> None:
    guess(the_desk, 5)
    vera = the_desk.browser(the_desk.staff("vera", "supervisor"))
    page = vera.get("/people/tried").text
    assert "<strong>Camille</strong> wrong passwords" in page
    assert "/people/tried" in vera.get("/people/").text
    for role in ("reviewer", "technician"):
        other = the_desk.browser(the_desk.staff(role, role))
        assert other.get("/people/tried").status_code == 403
    assert the_desk.browser().get("/people/tried").status_code == 302
    the_desk.clock.time += timedelta(days=91)
    assert "Nobody’s" in vera.get("/people/tried").text


def test_nobody_sees_or_answers_what_was_tried_with_another_name(the_desk: Desk) -> None:
    the_desk.staff("camille", "reviewer")
    vera = the_desk.staff("vera", "supervisor")
    guess(the_desk, 4)
    browser = the_desk.browser(vera)
    assert browser.get("/me/tried").headers["Location"] == "/"
    browser.post("/me/tried/mine")
    assert door.tried(Staff.objects.get(username="camille"), the_desk.clock()) is not None
    stranger = the_desk.browser()
    for path in ("/me/tried/mine", "/me/tried/not-mine", "/me/password"):
        assert stranger.post(path).headers["Location"].startswith("/login")


def test_going_on_leads_only_to_this_console(the_desk: Desk, camille: Staff) -> None:
    browser = the_desk.browser(camille)
    for target in ("https://evil.example/", "//evil.example", "javascript:alert(1)"):
        answer = browser.post("/me/tried/mine", {"next": target})
        assert answer.headers["Location"] == "/"


@on_both
def test_a_line_of_the_entrance_is_never_changed(the_desk: Desk, camille: Staff) -> None:
    """By nobody: the database itself refuses."""
    lines.note(camille, Doing.SET_UP, the_desk.clock())
    with pytest.raises(DatabaseError, match="never changed"), transaction.atomic():
        EntranceEvent.objects.update(by_operator=True)
    with (
        pytest.raises(DatabaseError, match="never changed"),
        transaction.atomic(),
        connection.cursor() as cursor,
    ):
        cursor.execute("UPDATE entrance_entranceevent SET doing = 'was_me'")
    assert EntranceEvent.objects.get().doing == Doing.SET_UP


# ------------------------------------------------------------------------ the pure decision

TRIES = st.sampled_from([Doing.WRONG_PASSWORD, Doing.WRONG_CODE, Doing.LOCKED, Doing.GUESSED])
ANY = st.sampled_from(list(Doing))
HISTORY = st.lists(st.tuples(ANY, st.integers(0, 3600)), max_size=12).map(
    lambda steps: [
        (doing, AT + timedelta(seconds=sum(gap for _, gap in steps[: n + 1])))
        for n, (doing, _) in enumerate(steps)
    ]
)


@example(before=[], tried=[Doing.WRONG_CODE] * 3, after=[(Doing.CAME_IN, AT)])
@given(before=HISTORY, tried=st.lists(TRIES, min_size=3, max_size=9), after=HISTORY)
def test_three_tries_are_told_until_the_person_has_answered(
    before: list[tuple[str, datetime]],
    tried: list[Doing],
    after: list[tuple[str, datetime]],
) -> None:
    """Nothing that a guesser can bring about makes the desk forget them."""
    last = before[-1][1] if before else AT
    rest = [(doing, at - AT + last + timedelta(seconds=9)) for doing, at in after]
    history = [*before, *((doing, last) for doing in tried), *rest]
    answered = any(doing in (Doing.WAS_ME, Doing.NOT_ME) for doing, _ in rest)
    found = attempts.to_tell(history)
    if not answered:
        assert found is not None
        assert found.number + found.locked >= min(3, found.number + 1)
        assert found.is_worth_a_notice
    if history[-1][0] in (Doing.WAS_ME, Doing.NOT_ME):
        assert found is None


@given(history=HISTORY)
def test_a_password_is_owed_from_not_me_until_there_is_a_new_one(
    history: list[tuple[str, datetime]],
) -> None:
    said = [doing for doing, _ in history if doing in (Doing.NOT_ME, Doing.NEW_PASSWORD)]
    assert attempts.has_to_renew(history) is (said[-1:] == [Doing.NOT_ME])
