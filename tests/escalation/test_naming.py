"""Whom an owner names while their case is open: the alert comes again, and names them."""

import hashlib
from dataclasses import dataclass, replace

import pytest

from escalation.cases import CaseError, Event, State
from escalation.casework import acts, contact_requests, named_persons
from escalation.intake import opening
from escalation.intake.opening import Result
from escalation.models import Case, CaseEvent, Unheard
from tests.escalation.conftest import Desk
from tests.escalation.household import ALL_PURPOSES, Household
from tests.escalation.test_back_channel import sent_to
from tests.escalation.test_named_persons import PAUL, PURPOSES, Story, story
from wire.messages import Ack, Alert, Outcome, TrustedPerson

__all__ = ["story"]

pytestmark = pytest.mark.both_databases

ALERT_ID = "ab" * 16
MAUD = TrustedPerson(name="Maud", relation="a neighbour", channel="+33 1 99 00 44 55")


@dataclass
class Home:
    """A household whose alert the desk has, and that names nobody yet."""

    desk: Desk
    house: Household

    def envelope(self, person: TrustedPerson | None = PAUL, **changes: object) -> bytes:
        """Return the alert as it is written now."""
        self.house.trusted_person = person
        self.house.purposes = PURPOSES
        for name, value in changes.items():
            setattr(self.house, name, value)
        return self.house.seal(self.house.alert(), message_id=ALERT_ID)

    def receive(self, envelope: bytes) -> Result:
        """Let it arrive."""
        return self.desk.receive(self.house, envelope)

    @property
    def case(self) -> Case:
        """Return the case as it is now."""
        return Case.objects.get()

    @property
    def named(self) -> TrustedPerson | None:
        """Return whom the owner names, as far as staff may know."""
        return named_persons.named_in(self.case)


@pytest.fixture
def home(the_desk: Desk) -> Home:
    """Return it, with its first alert here."""
    house = the_desk.enroll(purposes=ALL_PURPOSES)
    the_desk.receive(house, house.seal(house.alert(), message_id=ALERT_ID))
    return Home(the_desk, house)


def test_an_alert_that_is_written_anew_names_somebody_and_makes_no_second_case(
    home: Home,
) -> None:
    """And nothing else of it is taken over."""
    first, nobody = acts.message_of(home.case), home.named
    assert nobody is None
    assert home.receive(home.envelope(call_me="Somebody else")) is Result.REPEATED
    assert home.named == PAUL
    assert CaseEvent.objects.latest("pk").event == Event.NAMED
    now = acts.message_of(home.case)
    assert isinstance(first, Alert)
    assert isinstance(now, Alert)
    assert set(now.consent.purposes) == set(PURPOSES)
    assert replace(now, owner=first.owner, consent=first.consent) == first


def test_an_older_version_changes_nothing_whenever_it_arrives(home: Home) -> None:
    older = home.envelope(PAUL)
    newer = home.envelope(MAUD)
    home.receive(newer)
    for envelope in (older, newer, older):
        home.receive(envelope)
        assert home.named == MAUD
    named = CaseEvent.objects.filter(event=Event.NAMED)
    assert named.count() == 1


def test_both_versions_in_one_delivery_name_the_newer_one(the_desk: Desk) -> None:
    """Also where the broker brings them in the wrong order."""
    house = the_desk.enroll(purposes=ALL_PURPOSES)
    first = house.seal(house.alert(), message_id=ALERT_ID)
    home = Home(the_desk, house)
    second = home.envelope(PAUL)
    third = home.envelope(MAUD)
    opening.receive_all(
        [opening.Arrival(house.up, one) for one in (first, third, second)],
        desk=the_desk.identity,
        now=the_desk.clock(),
    )
    assert home.named == MAUD


@pytest.mark.parametrize("purpose", ["contact_trusted_person", "care_alert"])
def test_what_was_taken_back_later_is_not_named_by_what_comes_late(
    home: Home, purpose: str
) -> None:
    late = home.envelope(PAUL)
    home.receive(home.house.seal(home.house.withdrawal(purpose)))
    home.receive(late)
    assert home.named is None
    assert "Paul" not in str(Case.objects.values())


def test_nobody_is_named_without_the_consent_for_it(home: Home) -> None:
    """A name in the message is not the consent for it."""
    home.house.trusted_person = PAUL
    home.receive(home.house.seal(home.house.alert(), message_id=ALERT_ID))
    assert home.named is None


def test_a_decided_case_is_left_as_it_is(home: Home) -> None:
    home.receive(home.house.seal(home.house.resolved(ALERT_ID)))
    home.receive(home.envelope(PAUL))
    assert home.named is None
    assert not CaseEvent.objects.filter(event=Event.NAMED).exists()


@pytest.mark.parametrize("step", ["asked", "approved"])
def test_naming_somebody_else_ends_what_was_being_asked(story: Story, step: str) -> None:
    story.invite()
    story.accept()
    story.ask()
    if step == "approved":
        story.approve()
    alert_id = story.case.alert_id
    story.home.trusted_person = MAUD
    envelope = story.home.seal(story.home.alert(), message_id=alert_id)
    story.desk.receive(story.home, envelope)
    assert (story.case.state, story.request.ended_at) == (State.CLAIMED, story.desk.clock())
    with pytest.raises(CaseError):
        story.contact()
    assert contact_requests.request_for(story.person, story.desk.clock()) is None


def test_no_hole_is_left_in_the_count_and_the_end_names_the_newest_envelope(
    home: Home,
) -> None:
    """Else the desk would miss a message for ever, and the device keep its alert for ever."""
    newest = home.envelope(PAUL)
    home.receive(newest)
    home.receive(home.house.seal(home.house.heartbeat(), sequence=home.house.sequence))
    assert not Unheard.objects.exists()
    assert home.case.device.missing == []
    home.receive(home.house.seal(home.house.resolved(ALERT_ID)))
    closed = [
        message
        for message in sent_to(home.desk, home.house)
        if isinstance(message, Ack) and message.outcome is Outcome.CLOSED
    ]
    assert {one.envelope_sha256 for one in closed} == {hashlib.sha256(newest).hexdigest()}
