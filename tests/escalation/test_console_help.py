"""A call for help in the console: seen at once, taken, and answered by a call."""

import pytest

from escalation.casework import acts
from escalation.models import Case
from tests.escalation.conftest import Desk
from tests.escalation.household import LEDGER_HEAD, NOW
from wire.messages import Help, Language, Machine, Owner


@pytest.fixture
def call(the_desk: Desk) -> Case:
    """Return the case of a household that has asked for a call and nothing else."""
    home = the_desk.enroll()
    message = Help(
        asked_at=NOW,
        owner=Owner(call_me="Madeleine", language=Language.FR, contact="+33 1 99 00 55 66"),
        machine=Machine(model="Reference machine", firmware=None),
        alert_id=None,
        ledger_head=LEDGER_HEAD,
    )
    the_desk.receive(home, home.seal(message))
    return Case.objects.get()


@pytest.mark.parametrize(
    ("language", "said"),
    [
        ("en", "Madeleine asked for a call (10:30)."),
        ("fr", "Madeleine a demandé qu’on l’appelle ("),
    ],
)
def test_a_call_is_shown_as_what_it_is(
    the_desk: Desk, call: Case, language: str, said: str
) -> None:
    """By name, without a machine to check first and without a statistic."""
    browser = the_desk.browser(the_desk.staff("nadia", "supervisor", language=language))
    page = browser.get(f"/cases/{call.pk}/").content.decode()
    assert said in page
    assert 'id="machine"' not in page
    assert 'id="consent"' not in page
    assert "+33 1 99 00 55 66" not in page
    assert "Madeleine" in browser.get("/").content.decode()


def test_whoever_takes_it_sees_how_to_call_and_may_decide_so(
    the_desk: Desk, call: Case
) -> None:
    """Asking for a call is consent for it."""
    staff = the_desk.staff("camille", "reviewer")
    acts.claim(call, staff, the_desk.clock())
    browser = the_desk.browser(staff)
    page = browser.get(f"/cases/{call.pk}/").content.decode()
    assert "+33 1 99 00 55 66" in page
    answer = browser.post(
        f"/cases/{call.pk}/decide",
        {"fence": call.fence, "choice": "call", "reason": "You asked me to.", "message": ""},
    )
    assert answer.status_code == 302
    call.refresh_from_db()
    assert (call.state, call.choice) == ("decided", "call")
    page = browser.get(f"/cases/{call.pk}/").content.decode()
    assert "Camille decided: Call" in page


def test_a_technician_does_not_see_it(the_desk: Desk, call: Case) -> None:
    """It is a person's matter."""
    browser = the_desk.browser(the_desk.staff("malik", "technician"))
    assert browser.get(f"/cases/{call.pk}/").status_code == 404
