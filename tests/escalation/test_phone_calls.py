"""Somebody calls who has no case: found, and helped at once."""

from datetime import timedelta

import pytest

from escalation.cases import WrongRole
from escalation.casework import acts, phone_calls, self_audit
from escalation.intake.incoming import HELP_LASTS
from escalation.models import Case, CaseEvent, Device, Staff
from tests.escalation.conftest import Desk
from tests.escalation.household import Household
from tests.escalation.notes import notes
from tests.escalation.test_incidents import review, wave
from wire.messages import Choice, Language

pytestmark = pytest.mark.both_databases


@pytest.fixture
def camille(the_desk: Desk) -> Staff:
    """Return whoever answers the telephone."""
    return the_desk.staff("camille", "reviewer")


@pytest.fixture
def home(the_desk: Desk) -> Household:
    """Return a home whose last case is over."""
    found = the_desk.enroll(language=Language.EN)
    the_desk.receive(found, found.seal(found.alert()))
    case = Case.objects.get()
    the_desk.receive(found, found.seal(found.resolved(case.alert_id)))
    return found


def device(home: Household) -> Device:
    """Return the home as the desk knows it."""
    return Device.objects.get(pk=home.device_id)


def test_a_caller_without_a_case_has_one_and_is_on_the_line(
    the_desk: Desk, home: Household, camille: Staff
) -> None:
    """By the name they chose, without a routine, a contact or a check."""
    case = phone_calls.answer(device(home), camille, the_desk.clock())
    assert (case.state, case.holder, case.call_me) == ("talking", camille, "Madeleine")
    assert (case.owner_called, case.owner_language) == (True, "en")
    assert "change" not in case.payload
    assert case.payload["owner"]["contact"] is None
    line = CaseEvent.objects.get(event="called_us")
    assert (line.actor, line.told_owner is None) == (camille, False)
    assert "You have called us, and Camille has answered." in [n.text for n in notes(home)]
    assert self_audit.next_step(case, the_desk.clock()) is not None


def test_two_colleagues_who_answer_the_same_person_share_one_case(
    the_desk: Desk, home: Household, camille: Staff
) -> None:
    first = phone_calls.answer(device(home), camille, the_desk.clock())
    sacha = the_desk.staff("sacha", "reviewer")
    second = phone_calls.answer(device(home), sacha, the_desk.clock())
    assert (second, second.holder) == (first, camille)


def test_a_case_that_waits_already_is_theirs(the_desk: Desk, camille: Staff) -> None:
    case = the_desk.care_case()
    answered = phone_calls.answer(case.device, camille, the_desk.clock())
    assert (answered, answered.state, answered.holder) == (case, "talking", camille)


def test_a_caller_whose_case_is_held_in_an_incident_leaves_the_hold(
    the_desk: Desk, camille: Staff
) -> None:
    homes = wave(the_desk)
    review(the_desk)
    case = phone_calls.answer(device(homes[0]), camille, the_desk.clock())
    assert (case.state, case.holder, case.held_until) == ("talking", camille, None)


def test_a_supervisor_without_the_skill_opens_it_for_somebody_who_has_it(
    the_desk: Desk, home: Household
) -> None:
    nadia = the_desk.staff("nadia", "supervisor")
    case = phone_calls.answer(device(home), nadia, the_desk.clock())
    assert (case.state, case.owner_called, case.holder) == ("waiting", True, None)


def test_the_wait_of_a_caller_begins_with_the_call(the_desk: Desk, home: Household) -> None:
    """An alert of yesterday is not late at once because its owner rings today."""
    the_desk.receive(home, home.seal(home.alert()))
    the_desk.clock.time += timedelta(minutes=59)
    nadia = the_desk.staff("nadia", "supervisor")
    phone_calls.answer(device(home), nadia, the_desk.clock())
    assert self_audit.neglected(the_desk.clock.time) == []


@pytest.mark.parametrize("roles", [("technician",), ("reviewer",), ()])
def test_nobody_untrained_answers_for_the_desk(
    the_desk: Desk, home: Household, roles: tuple[str, ...]
) -> None:
    staff = the_desk.staff("alex", *roles, trained=False)
    with pytest.raises(WrongRole):
        phone_calls.answer(device(home), staff, the_desk.clock())
    assert Case.objects.count() == 1


def test_the_call_is_decided_like_any_other(
    the_desk: Desk, home: Household, camille: Staff
) -> None:
    """And the consent was for this call: it ends by itself."""
    case = phone_calls.answer(device(home), camille, the_desk.clock())
    acts.decide(
        case,
        camille,
        fence=case.fence,
        choice=Choice.WRITE,
        reason="We spoke; you know where we are.",
        message="",
        now=the_desk.clock(),
    )
    assert case.state == "decided"
    assert case.consent_until - case.opened_at == HELP_LASTS
