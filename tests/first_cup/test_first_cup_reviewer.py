"""The scripted reviewer knows the console's forms, and says what it saw when they differ."""

import socket
from collections.abc import Iterator

import pytest
from hypothesis import given
from hypothesis import strategies as st

from scripts.first_cup.pages import Page, PageError
from scripts.first_cup.reviewer import ReviewerError, ScriptedReviewer
from tests.first_cup.fake_console import PASSWORD, FakeConsole


@pytest.fixture
def console() -> Iterator[FakeConsole]:
    with FakeConsole() as running:
        yield running


def signed_in(console: FakeConsole) -> ScriptedReviewer:
    reviewer = ScriptedReviewer(console.url)
    reviewer.log_in("camille", PASSWORD)
    return reviewer


def with_claimed_case(console: FakeConsole) -> tuple[ScriptedReviewer, str]:
    reviewer = signed_in(console)
    return reviewer, reviewer.wait_for_case(within_s=5)


def test_it_signs_in_waits_is_given_a_case_and_decides(console: FakeConsole) -> None:
    console.case_after_looks = 3
    reviewer, case = with_claimed_case(console)
    reviewer.decide(case, choice="call", reason="Worth a call <&>", message="May I ring?")
    assert console.decision is not None
    assert {name: console.decision[name] for name in ("choice", "reason", "message")} == {
        "choice": "call",
        "reason": "Worth a call <&>",
        "message": "May I ring?",
    }


def test_it_sends_hidden_fields_as_they_are_and_no_button_that_was_not_pressed(
    console: FakeConsole,
) -> None:
    reviewer, case = with_claimed_case(console)
    reviewer.decide(case, choice="call", reason="Worth a call.")
    assert console.decision is not None
    assert console.decision["fence"] == "3"
    assert console.decision["message"] == ""
    assert "go" not in console.decision


def test_looking_once_finds_nothing_while_nobody_waits(console: FakeConsole) -> None:
    console.case_after_looks = None
    assert signed_in(console).find_case() is None


def test_a_case_that_never_comes_is_an_error_with_the_page_that_was_seen(
    console: FakeConsole,
) -> None:
    console.case_after_looks = None
    reviewer = signed_in(console)
    with pytest.raises(ReviewerError, match=r"no case came within 0 s: .*Have a coffee"):
        reviewer.wait_for_case(within_s=0)


def test_a_wrong_password_is_an_error_with_what_the_console_said(
    console: FakeConsole,
) -> None:
    with pytest.raises(ReviewerError, match=r"camille was not let in: .*not belong together"):
        ScriptedReviewer(console.url).log_in("camille", "guess")


def test_a_wrong_csrf_token_is_refused_by_the_console_and_said(console: FakeConsole) -> None:
    console.token_in_forms = "forged"
    with pytest.raises(ReviewerError, match=r"answered 403, .*CSRF verification failed"):
        ScriptedReviewer(console.url).log_in("camille", PASSWORD)


def test_a_csrf_token_that_goes_stale_is_said_at_the_form_it_happened(
    console: FakeConsole,
) -> None:
    reviewer = signed_in(console)
    console.token_in_forms = "forged"
    with pytest.raises(ReviewerError, match=r"could not go on with next: .*403"):
        reviewer.wait_for_case(within_s=5)
    assert not console.claimed


def test_a_choice_that_is_not_offered_is_named_with_those_that_are(
    console: FakeConsole,
) -> None:
    reviewer, case = with_claimed_case(console)
    with pytest.raises(ReviewerError, match=r"offers call, leave_in_peace; 'repair' is not"):
        reviewer.decide(case, choice="repair", reason="…")
    assert console.decision is None


def test_a_decision_that_was_not_taken_is_noticed(console: FakeConsole) -> None:
    console.refuses_decisions = True
    reviewer, case = with_claimed_case(console)
    with pytest.raises(ReviewerError, match="the decision was not taken"):
        reviewer.decide(case, choice="call", reason="Worth a call.")


def test_a_login_that_has_ended_is_not_taken_for_an_empty_list(console: FakeConsole) -> None:
    reviewer = signed_in(console)
    console.session = "another"
    with pytest.raises(ReviewerError, match=r"expected who is waiting, but .*'Log in"):
        reviewer.find_case()


def test_a_form_of_another_place_is_not_sent(console: FakeConsole) -> None:
    console.next_action = "http://203.0.113.1/next"
    with pytest.raises(ReviewerError, match=r"203\.0\.113\.1.* is not part of the console"):
        signed_in(console).find_case()


def test_a_console_that_does_not_answer_is_said() -> None:
    with socket.socket() as closed:
        closed.bind(("127.0.0.1", 0))
        port = closed.getsockname()[1]
        with pytest.raises(ReviewerError, match=f"127.0.0.1:{port}/ does not answer"):
            ScriptedReviewer(f"http://127.0.0.1:{port}/").log_in("camille", PASSWORD)


# ---------------------------------------------------------------------------- pages

FORM = """<title>A  page</title><script>var x = "<form>";</script>
<form action="../do?x=1" data-action="go">
<input name="token" type="hidden" value="a&amp;b"><input name="off" type="checkbox">
<input name="on" type="checkbox" checked><input name="gone" value="x" disabled>
<select name="pick"><option value="1">one<option value="2" selected>two</select>
<textarea name="text">as it
was</textarea><input type="submit" name="send" value="Go"></form><input name="outside">"""


def test_a_form_is_read_as_a_browser_would_send_it() -> None:
    page = Page.read("http://here/a/b/", 200, FORM)
    (form,) = page.forms
    assert (page.title, form.action) == ("A page", "http://here/a/do?x=1")
    assert form.filled(text="new") == {
        "token": "a&b",
        "on": "on",
        "pick": "2",
        "text": "new",
    }
    assert page.form_with("data-action", "go") is form
    assert page.form_asking("text", "pick") is form


def test_a_field_that_the_form_lacks_is_refused_with_those_it_has() -> None:
    (form,) = Page.read("http://here/", 200, FORM).forms
    with pytest.raises(PageError, match="no field 'outside'; it has token, off, on, pick"):
        form.filled(outside="1")


@given(st.text())
def test_no_page_breaks_the_reader(html: str) -> None:
    Page.read("http://here/", 200, html).describe()
