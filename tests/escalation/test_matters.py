"""What becomes of an alert or report: consent first, then whose matter it is."""

from datetime import timedelta

import pytest

from escalation.cases import Matter
from escalation.intake.matters import Withdrawal, judge, without_use
from tests.escalation.household import NOW, a_household
from wire.facts import Verdict
from wire.messages import Alert, ServiceReport, TrustedPerson
from wire.schema import encode

AGATHE = TrustedPerson(name="Agathe", relation="ma fille", channel="06 11 11 11 11")


def test_an_alert_with_a_sound_machine_is_a_care_matter() -> None:
    """The plain case."""
    alert = a_household().alert()
    new = judge(alert, position=(1, 1), withdrawals=(), now=NOW)
    assert new is not None
    assert (new.matter, new.message) == (Matter.CARE, alert)


@pytest.mark.parametrize("verdict", [Verdict.FAULTY, Verdict.UNKNOWN])
def test_an_alert_whose_machine_is_in_doubt_is_a_service_matter(verdict: Verdict) -> None:
    """A human is never worried because a sensor lies, and nothing of the use is kept."""
    new = judge(a_household().alert(verdict=verdict), position=(1, 1), withdrawals=(), now=NOW)
    assert new is not None
    assert new.matter is Matter.SERVICE
    assert isinstance(new.message, ServiceReport)


def test_what_a_technician_may_know_has_no_field_of_the_routine() -> None:
    """Neither the change, nor the question, nor a figure of them."""
    text = encode(without_use(a_household().alert(verdict=Verdict.FAULTY)))
    for word in (b"change", b"observed", b"usual", b"brew", b"question"):
        assert word not in text


@pytest.mark.parametrize(
    ("message", "purposes"),
    [
        (a_household(purposes=("device_health", "contact_me")).alert(), "care_alert"),
        (a_household(purposes=("care_alert",)).service_report(), "device_health"),
        (
            a_household(purposes=("care_alert",)).alert(verdict=Verdict.FAULTY),
            "device_health",
        ),
    ],
)
def test_without_the_purpose_there_is_no_case(
    message: Alert | ServiceReport, purposes: str
) -> None:
    """Consent to one purpose is no consent to another."""
    assert purposes not in message.consent.purposes
    assert judge(message, position=(1, 1), withdrawals=(), now=NOW) is None


def test_consent_ends_to_the_second() -> None:
    """Live until the last moment, and not at it."""
    alert = a_household().alert()
    end = alert.consent.valid_until
    last = end - timedelta(seconds=1)
    assert judge(alert, position=(1, 1), withdrawals=(), now=last) is not None
    assert judge(alert, position=(1, 1), withdrawals=(), now=end) is None


@pytest.mark.parametrize(
    ("sent_at", "accepted"),
    [((1, 4), False), ((1, 6), True), ((2, 1), True), ((0, 9), False)],
)
def test_a_withdrawal_counts_for_what_was_sent_before_it(
    sent_at: tuple[int, int], accepted: bool
) -> None:
    """Whatever order they arrive in; what was consented to anew afterwards is welcome."""
    withdrawal = Withdrawal(purpose="care_alert", position=(1, 5))
    new = judge(a_household().alert(), position=sent_at, withdrawals=[withdrawal], now=NOW)
    assert (new is not None) is accepted


def test_withdrawing_another_purpose_changes_nothing() -> None:
    """Purposes are taken back one by one."""
    withdrawal = Withdrawal(purpose="contact_me", position=(9, 9))
    assert judge(a_household().alert(), position=(1, 1), withdrawals=[withdrawal], now=NOW)


@pytest.mark.parametrize(
    ("purpose", "contact", "person"),
    [
        ("contact_me", False, True),
        ("contact_trusted_person", True, False),
        ("nudge_me", True, True),
    ],
)
def test_whom_a_later_withdrawal_took_back_is_not_in_the_case(
    purpose: str, contact: bool, person: bool
) -> None:
    """It may come first, and what is still under way holds the contact."""
    alert = a_household(trusted_person=AGATHE).alert()
    for position, before in (((1, 1), True), ((1, 5), False), ((1, 9), False)):
        withdrawal = Withdrawal(purpose=purpose, position=(1, 5))
        new = judge(alert, position=position, withdrawals=[withdrawal], now=NOW)
        assert new is not None
        owner = new.message.owner
        assert (owner.contact is not None) is (contact or not before)
        assert (owner.trusted_person is not None) is (person or not before)
