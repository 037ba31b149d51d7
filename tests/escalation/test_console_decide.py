"""Deciding: works, wrong verb, wrong role, repeated click, lost lease, missing reason."""

from datetime import timedelta

import pytest

from escalation.models import Case, OutgoingMessage
from tests.escalation.conftest import Desk
from wire.messages import Decision

ANSWER = {"fence": "1", "choice": "call", "reason": "The routine changed, the machine is fine."}


def a_claimed_case(the_desk: Desk, **changes: object) -> Case:
    """Return a care case in the hands of Camille."""
    case = the_desk.care_case(**changes)
    the_desk.browser(the_desk.staff("camille", "reviewer")).post("/next")
    case.refresh_from_db()
    return case


def decisions() -> int:
    """Return how many decisions were sent home."""
    return OutgoingMessage.objects.filter(type="decision").count()


def test_the_decision_is_shown_with_what_the_owner_reads(the_desk: Desk) -> None:
    """In the owner's own language, and on its way home."""
    case = a_claimed_case(the_desk)
    assert case.holder is not None
    browser = the_desk.browser(case.holder)
    message = "Bonjour Madeleine,\r\nà demain ?"
    page = browser.post(
        f"/cases/{case.pk}/decide", {**ANSWER, "message": message}, follow=True
    ).text
    assert 'data-decision="call"' in page
    assert "Camille decided: Call" in page
    assert '<p lang="fr">Camille va vous appeler.</p>' in page
    assert ANSWER["reason"] in page
    assert "On its way home" in page
    assert 'data-action="decide"' not in page
    case.refresh_from_db()
    assert case.message == "Bonjour Madeleine,\nà demain ?"


def test_the_page_learns_that_the_decision_has_gone_home(the_desk: Desk) -> None:
    """Through the part of the page that keeps itself up to date."""
    case = a_claimed_case(the_desk)
    assert case.holder is not None
    browser = the_desk.browser(case.holder)
    browser.post(f"/cases/{case.pk}/decide", ANSWER)
    assert "On its way home" in browser.get(f"/cases/{case.pk}/journey").text
    Case.objects.update(state="closed", closed_by_event="sent_home")
    journey = browser.get(f"/cases/{case.pk}/journey").text
    assert "data-home" in journey
    assert "Madeleine" not in journey


@pytest.mark.parametrize("missing", ["reason", "choice"])
def test_a_decision_needs_a_choice_and_a_reason(the_desk: Desk, missing: str) -> None:
    """The page comes back with the words that were there, and says what is missing."""
    case = a_claimed_case(the_desk)
    assert case.holder is not None
    browser = the_desk.browser(case.holder)
    answer = browser.post(
        f"/cases/{case.pk}/decide", {**ANSWER, "message": "Some words", missing: "  "}
    )
    assert answer.status_code == 422
    assert 'class="error"' in answer.text
    assert "Some words" in answer.text
    assert decisions() == 0


@pytest.mark.parametrize("choice", ["repair", "prescribe"])
def test_a_choice_that_is_not_offered_is_refused(the_desk: Desk, choice: str) -> None:
    """Whatever is posted."""
    case = a_claimed_case(the_desk)
    assert case.holder is not None
    browser = the_desk.browser(case.holder)
    answer = browser.post(f"/cases/{case.pk}/decide", {**ANSWER, "choice": choice})
    assert answer.status_code == 422
    assert decisions() == 0


def test_without_a_contact_no_call_is_offered_and_the_page_says_why(the_desk: Desk) -> None:
    """The owner's choice is visible to who would have called."""
    case = a_claimed_case(the_desk, contact=None)
    assert case.holder is not None
    browser = the_desk.browser(case.holder)
    page = browser.get(f"/cases/{case.pk}/").text
    assert 'value="call"' not in page
    assert "Madeleine has not agreed to be called." in page
    assert browser.post(f"/cases/{case.pk}/decide", ANSWER).status_code == 422
    assert decisions() == 0


def test_a_text_that_fits_no_envelope_comes_back_with_a_sentence(the_desk: Desk) -> None:
    """Six hundred characters of four bytes each, twice."""
    case = a_claimed_case(the_desk)
    assert case.holder is not None
    browser = the_desk.browser(case.holder)
    long = "\N{HOT BEVERAGE}\N{FACE WITH TEARS OF JOY}" * 300
    answer = browser.post(
        f"/cases/{case.pk}/decide", {**ANSWER, "reason": long, "message": long}
    )
    assert answer.status_code == 422
    assert "too long" in answer.text
    assert decisions() == 0
    case.refresh_from_db()
    assert case.state == "claimed"


def test_deciding_is_not_a_link(the_desk: Desk) -> None:
    """Only the form decides."""
    case = a_claimed_case(the_desk)
    assert case.holder is not None
    assert the_desk.browser(case.holder).get(f"/cases/{case.pk}/decide").status_code == 405


def test_only_the_right_role_can_decide(the_desk: Desk) -> None:
    """A supervisor sees the case and is refused; a technician does not find it."""
    case = a_claimed_case(the_desk)
    supervisor = the_desk.browser(the_desk.staff("nadia", "supervisor"))
    technician = the_desk.browser(the_desk.staff("theo", "technician"))
    assert supervisor.post(f"/cases/{case.pk}/decide", ANSWER).status_code == 403
    assert technician.post(f"/cases/{case.pk}/decide", ANSWER).status_code == 404
    assert decisions() == 0


def test_a_colleague_cannot_decide_on_a_case_in_other_hands(the_desk: Desk) -> None:
    """Even with the right fence: a colleague does not find it."""
    case = a_claimed_case(the_desk)
    sacha = the_desk.browser(the_desk.staff("sacha", "reviewer"))
    assert sacha.post(f"/cases/{case.pk}/decide", ANSWER).status_code == 404
    assert decisions() == 0


def test_a_repeated_click_decides_once(the_desk: Desk) -> None:
    """And shows the decision both times."""
    case = a_claimed_case(the_desk)
    assert case.holder is not None
    browser = the_desk.browser(case.holder)
    for _ in range(2):
        page = browser.post(f"/cases/{case.pk}/decide", ANSWER, follow=True).text
        assert 'data-decision="call"' in page
    assert decisions() == 1


def test_a_lost_lease_loses_no_words(the_desk: Desk) -> None:
    """Nothing is written, and after taking the case again the words are back."""
    case = a_claimed_case(the_desk)
    assert case.holder is not None
    browser = the_desk.browser(case.holder)
    the_desk.clock.time += timedelta(minutes=31)
    page = browser.post(f"/cases/{case.pk}/decide", ANSWER, follow=True).text
    assert "Your time with this case had run out." in page
    assert decisions() == 0
    page = browser.post(f"/cases/{case.pk}/claim", follow=True).text
    assert ANSWER["reason"] in page
    assert 'value="call" required checked' in page
    page = browser.post(f"/cases/{case.pk}/decide", {**ANSWER, "fence": "2"}, follow=True).text
    assert 'data-decision="call"' in page


def test_when_consent_has_ended_nothing_more_is_done(the_desk: Desk) -> None:
    """The page says so, and the owner's words are not processed any further."""
    case = a_claimed_case(the_desk, valid_for=timedelta(minutes=10))
    assert case.holder is not None
    browser = the_desk.browser(case.holder)
    the_desk.clock.time += timedelta(minutes=10)
    page = browser.post(f"/cases/{case.pk}/decide", ANSWER, follow=True).text
    assert "consent has ended" in page
    assert decisions() == 0


def test_a_technician_decides_on_a_machine(the_desk: Desk) -> None:
    """With the choices of a machine, and the same way home."""
    home = the_desk.enroll()
    the_desk.receive(home, home.seal(home.service_report()))
    case = Case.objects.get()
    browser = the_desk.browser(the_desk.staff("theo", "technician"))
    page = browser.post(f"/cases/{case.pk}/claim", follow=True).text
    assert 'value="repair"' in page
    assert 'value="call"' not in page
    browser.post(f"/cases/{case.pk}/decide", {**ANSWER, "choice": "maintain"})
    row = OutgoingMessage.objects.get(type="decision")
    decision = home.open(bytes(row.envelope)).message
    assert isinstance(decision, Decision)
    assert (decision.choice, decision.reviewer) == ("maintain", "Theo")
