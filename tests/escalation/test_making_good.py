"""Not heard is looked at again by somebody else; being wrong is said, and put right."""

import pytest

from escalation.cases import NotForYou, WrongRole
from escalation.casework import acts, making_good, next_case
from escalation.models import Apology, Case, CaseEvent, Staff
from tests.escalation.conftest import Desk
from tests.escalation.household import Household
from tests.escalation.notes import notes
from wire.messages import Choice, Language

pytestmark = pytest.mark.both_databases


@pytest.fixture
def camille(the_desk: Desk) -> Staff:
    """Return whoever decided."""
    return the_desk.staff("camille", "reviewer")


@pytest.fixture
def home(the_desk: Desk, camille: Staff) -> Household:
    """Return a home about which Camille has decided."""
    found = the_desk.enroll(language=Language.EN)
    the_desk.receive(found, found.seal(found.alert()))
    case = Case.objects.get()
    acts.claim(case, camille, the_desk.clock())
    acts.decide(
        case,
        camille,
        fence=case.fence,
        choice=Choice.LEAVE_IN_PEACE,
        reason="All seems well.",
        message="",
        now=the_desk.clock(),
    )
    return found


def test_somebody_else_looks_again_with_the_same_message(
    the_desk: Desk, home: Household, camille: Staff
) -> None:
    """Never whoever did not hear; first in line; once, however often it is said."""
    first = Case.objects.get()
    for reply_id in ("a" * 32, "b" * 32):
        making_good.not_heard(first, reply_id=reply_id, now=the_desk.clock())
    again = Case.objects.exclude(pk=first.pk).get()
    assert (again.looks_again_at, again.kept_from) == (first, camille)
    assert (again.state, again.payload) == ("waiting", first.payload)
    assert next_case.take(camille, the_desk.clock()) is None
    with pytest.raises(NotForYou):
        acts.claim(again, camille, the_desk.clock())
    sacha = the_desk.staff("sacha", "reviewer")
    assert next_case.take(sacha, the_desk.clock()) == again
    assert CaseEvent.objects.filter(case=first, event="not_heard").count() == 2


@pytest.mark.parametrize(
    "said", ["I was not heard.", "Hello? i was NOT heard at all", "On ne m'écoute pas."]
)
def test_the_owners_own_reply_forces_it(the_desk: Desk, home: Household, said: str) -> None:
    """By the button at home or in their own words; nobody at the desk can decline it."""
    first = Case.objects.get()
    reply = home.seal(home.reply(first.alert_id, said))
    for _ in range(2):
        the_desk.receive(home, reply)
    again = Case.objects.exclude(pk=first.pk).get()
    assert (again.looks_again_at, again.state) == (first, "waiting")


def test_another_reply_makes_no_second_case(the_desk: Desk, home: Household) -> None:
    first = Case.objects.get()
    the_desk.receive(home, home.seal(home.reply(first.alert_id, "I have heard you, thanks.")))
    assert Case.objects.count() == 1


def test_where_nobody_has_decided_nothing_is_looked_at_again(the_desk: Desk) -> None:
    """The case itself is still waiting for a person."""
    case = the_desk.care_case()
    assert making_good.not_heard(case, reply_id="a" * 32, now=the_desk.clock()) is None
    assert Case.objects.count() == 1


def test_after_the_consent_nothing_is_looked_at_again(the_desk: Desk, home: Household) -> None:
    case = Case.objects.get()
    assert making_good.not_heard(case, reply_id="a" * 32, now=case.consent_until) is None
    the_desk.receive(home, home.seal(home.withdrawal("care_alert")))
    case.refresh_from_db()
    assert making_good.not_heard(case, reply_id="a" * 32, now=the_desk.clock()) is None


def test_we_say_that_we_were_wrong_and_what_is_put_right(
    the_desk: Desk, home: Household, camille: Staff
) -> None:
    """By name, and with an answer possible; the words are erased with the rest."""
    case = Case.objects.get()
    making_good.apologise(
        case,
        camille,
        text="I did not read that you had asked for a call. I am sorry.",
        repair="The page shows it first now.",
        now=the_desk.clock(),
    )
    (told,) = notes(home)
    assert (told.sender, told.alert_id) == ("Camille", case.alert_id)
    assert "I am sorry." in told.text
    line = CaseEvent.objects.get(event="apologise")
    assert (line.actor, line.told_owner is None) == (camille, False)
    the_desk.receive(home, home.seal(home.withdrawal("care_alert")))
    assert not Apology.objects.exists()


def test_only_a_supervisor_or_whoever_had_the_case_speaks_for_the_desk(
    the_desk: Desk, home: Household
) -> None:
    del home
    case = Case.objects.get()
    words = {"text": "Sorry.", "repair": "Nothing.", "now": the_desk.clock()}
    with pytest.raises(WrongRole):
        making_good.apologise(case, the_desk.staff("sacha", "reviewer"), **words)  # type: ignore[arg-type]
    making_good.apologise(case, the_desk.staff("nadia", "supervisor"), **words)  # type: ignore[arg-type]
