"""In whatever order things arrive, and however often: the owner's last word wins."""

from itertools import permutations

import pytest

from escalation.models import Case
from tests.escalation.conftest import Desk
from tests.escalation.household import Household

pytestmark = pytest.mark.django_db
EARLY, LATE = "aa" * 16, "bb" * 16


def orders(envelopes: list[bytes]) -> list[tuple[bytes, ...]]:
    """Return every order, each with something that comes once more at its end."""
    return [(*order, order[0]) for order in permutations(envelopes)]


def only_case(home: Household, alert_id: str) -> Case | None:
    return Case.objects.filter(device_id=home.device_id, alert_id=alert_id).first()


def test_what_was_sent_before_a_withdrawal_is_dead_and_what_is_consented_to_anew_lives(
    the_desk: Desk,
) -> None:
    """An alert, its withdrawal, and an alert under a new consent."""
    for number in range(6):
        home = the_desk.enroll()
        envelopes = [
            home.seal(home.alert(), message_id=EARLY),
            home.seal(home.withdrawal("care_alert")),
            home.seal(home.alert(), message_id=LATE),
        ]
        for envelope in orders(envelopes)[number]:
            the_desk.receive(home, envelope)
        early, late = only_case(home, EARLY), only_case(home, LATE)
        assert early is None or (early.state, early.erased) == ("closed", True)
        assert late is not None
        assert late.state == "waiting"


def test_a_contact_that_was_taken_back_is_in_no_case(the_desk: Desk) -> None:
    """The device writes the alert anew, without it, under the same id."""
    for number in range(6):
        home = the_desk.enroll()
        first = home.seal(home.alert(), message_id=EARLY)
        withdrawal = home.seal(home.withdrawal("contact_me"))
        home.contact = None
        anew = home.seal(home.alert(), message_id=EARLY)
        for envelope in orders([first, withdrawal, anew])[number]:
            the_desk.receive(home, envelope)
        [case] = Case.objects.filter(device_id=home.device_id)
        assert case.payload["owner"]["contact"] is None
        assert case.state == "waiting"
