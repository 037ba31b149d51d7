"""What staff and the clock do to cases: once, by the rules, written down, told to the owner."""

from datetime import timedelta

import pytest
from django.db import DatabaseError, connection, transaction

from escalation.broker import outgoing
from escalation.cases import (
    LEASE,
    ChoiceNotOffered,
    ConsentEnded,
    ForbiddenMove,
    LeaseLost,
    SomeoneElseFirst,
    WrongRole,
)
from escalation.casework import acts, deskwork
from escalation.models import Case, CaseEvent, Device, OutgoingMessage, Staff
from tests.escalation.conftest import Desk
from wire.keys import DeviceKeys
from wire.messages import Access, Choice, Decision, Direction
from wire.sealing import open_sealed

pytestmark = pytest.mark.both_databases


def decide(the_desk: Desk, case: Case, staff: Staff, choice: Choice = Choice.CALL) -> None:
    """Decide with the fence that is on the page."""
    acts.decide(
        case,
        staff,
        fence=case.fence,
        choice=choice,
        reason="A short word seems kind.",
        message="",
        now=the_desk.clock(),
    )


def snapshot(case: Case) -> tuple[object, ...]:
    """Return all that a refused act must leave as it was."""
    rows = Case.objects.filter(pk=case.pk).values_list().get()
    return (*rows, CaseEvent.objects.count(), OutgoingMessage.objects.count())


def test_a_claim_lasts_one_lease_and_raises_the_fence(the_desk: Desk) -> None:
    """And one line of the audit says who."""
    case, camille = the_desk.care_case(), the_desk.staff("camille", "reviewer")
    acts.claim(case, camille, the_desk.clock())
    assert (case.state, case.holder, case.fence) == ("claimed", camille, 1)
    assert case.lease_until == the_desk.clock() + LEASE
    last = CaseEvent.objects.last()
    assert last is not None
    assert (last.event, last.actor, last.from_state) == ("claim", camille, "waiting")


def test_a_second_click_on_claim_changes_nothing(the_desk: Desk) -> None:
    """No new lease, no new fence, no new line."""
    case, camille = the_desk.care_case(), the_desk.staff("camille", "reviewer")
    acts.claim(case, camille, the_desk.clock())
    before = snapshot(case)
    acts.claim(case, camille, the_desk.clock() + timedelta(minutes=1))
    assert snapshot(case) == before


def test_a_case_that_somebody_has_cannot_be_claimed(the_desk: Desk) -> None:
    """It stays with the first."""
    case, camille = the_desk.care_case(), the_desk.staff("camille", "reviewer")
    acts.claim(case, camille, the_desk.clock())
    before = snapshot(case)
    with pytest.raises(SomeoneElseFirst):
        acts.claim(case, the_desk.staff("sacha", "reviewer"), the_desk.clock())
    assert snapshot(case) == before


def test_a_case_read_before_somebody_claimed_it_cannot_be_claimed(the_desk: Desk) -> None:
    """Compare-and-set: an old reading of the row wins nothing."""
    case = the_desk.care_case()
    stale = Case.objects.get(pk=case.pk)
    acts.claim(case, the_desk.staff("camille", "reviewer"), the_desk.clock())
    with pytest.raises(SomeoneElseFirst):
        acts.claim(stale, the_desk.staff("sacha", "reviewer"), the_desk.clock())


def test_after_the_lease_somebody_else_may_help(the_desk: Desk) -> None:
    """And the first one can write no more: the fence is an old one."""
    case = the_desk.care_case()
    camille, sacha = the_desk.staff("camille", "reviewer"), the_desk.staff("sacha", "reviewer")
    acts.claim(case, camille, the_desk.clock())
    the_desk.clock.time += LEASE
    with pytest.raises(LeaseLost):
        decide(the_desk, Case.objects.get(pk=case.pk), camille)
    acts.claim(Case.objects.get(pk=case.pk), sacha, the_desk.clock())
    with pytest.raises(LeaseLost):
        acts.give_back(Case.objects.get(pk=case.pk), camille, fence=1, now=the_desk.clock())
    case.refresh_from_db()
    assert (case.holder, case.fence) == (sacha, 2)


def test_an_old_fence_cannot_write_even_for_the_same_person(the_desk: Desk) -> None:
    """A page left open since an earlier claim knows less than it seems."""
    case, camille = the_desk.care_case(), the_desk.staff("camille", "reviewer")
    acts.claim(case, camille, the_desk.clock())
    acts.give_back(case, camille, fence=1, now=the_desk.clock())
    acts.claim(case, camille, the_desk.clock())
    with pytest.raises(LeaseLost):
        acts.give_back(case, camille, fence=1, now=the_desk.clock())


@pytest.mark.parametrize("role", ["technician", "supervisor"])
def test_care_takes_the_care_skill(the_desk: Desk, role: str) -> None:
    """A supervisor sees, and does not take."""
    case = the_desk.care_case()
    before = snapshot(case)
    with pytest.raises(WrongRole):
        acts.claim(case, the_desk.staff("theo", role), the_desk.clock())
    assert snapshot(case) == before


def test_the_decision_reaches_the_owner_signed_and_sealed(the_desk: Desk) -> None:
    """With the reviewer's first name and the reason; decided and queued in one go."""
    home = the_desk.enroll()
    the_desk.receive(home, home.seal(home.alert()))
    case, camille = Case.objects.get(), the_desk.staff("camille", "reviewer")
    acts.claim(case, camille, the_desk.clock())
    decide(the_desk, case, camille)
    assert (case.state, case.choice) == ("decided", "call")
    row = OutgoingMessage.objects.get(type="decision")
    assert home.open(bytes(row.envelope)).message == Decision(
        alert_id=case.alert_id,
        reviewer="Camille",
        choice=Choice.CALL,
        reason="A short word seems kind.",
        message=None,
        decided_at=the_desk.clock(),
    )
    last = CaseEvent.objects.last()
    assert last is not None
    assert last.told_owner == row


def test_a_repeated_decision_sends_nothing_twice(the_desk: Desk) -> None:
    """A double click, or a reload of the answer."""
    case, camille = the_desk.care_case(), the_desk.staff("camille", "reviewer")
    acts.claim(case, camille, the_desk.clock())
    decide(the_desk, case, camille)
    before = snapshot(case)
    decide(the_desk, case, camille)
    assert snapshot(case) == before


def test_another_decision_afterwards_is_refused(the_desk: Desk) -> None:
    """The owner has been told already."""
    case, camille = the_desk.care_case(), the_desk.staff("camille", "reviewer")
    acts.claim(case, camille, the_desk.clock())
    decide(the_desk, case, camille)
    with pytest.raises((LeaseLost, SomeoneElseFirst, ForbiddenMove)):
        decide(the_desk, case, camille, Choice.WRITE)
    assert OutgoingMessage.objects.filter(type="decision").count() == 1


def test_what_the_case_does_not_offer_cannot_be_decided(the_desk: Desk) -> None:
    """No call without a way to call, no repair of a person."""
    case, camille = the_desk.care_case(contact=None), the_desk.staff("camille", "reviewer")
    acts.claim(case, camille, the_desk.clock())
    before = snapshot(case)
    for choice in (Choice.CALL, Choice.REPAIR):
        with pytest.raises(ChoiceNotOffered):
            decide(the_desk, case, camille, choice)
    assert snapshot(case) == before


def test_no_case_without_live_consent(the_desk: Desk) -> None:
    """Consent is read again inside every act; when it has ended, so has the case."""
    case = the_desk.care_case(valid_for=timedelta(minutes=10))
    camille = the_desk.staff("camille", "reviewer")
    acts.claim(case, camille, the_desk.clock())
    assert case.lease_until == case.consent_until
    the_desk.clock.time = case.consent_until
    with pytest.raises(ConsentEnded):
        decide(the_desk, case, camille)
    case.refresh_from_db()
    assert (case.state, case.closed_by_event) == ("closed", "consent_end")
    assert not OutgoingMessage.objects.filter(type="decision").exists()


def test_the_clock_settles_what_is_due_and_nothing_else(the_desk: Desk) -> None:
    """Recomputed from the rows; no scheduled job can be forgotten."""
    camille = the_desk.staff("camille", "reviewer")
    held, short = the_desk.care_case(), the_desk.care_case(valid_for=timedelta(minutes=31))
    fresh = the_desk.care_case()
    acts.claim(held, camille, the_desk.clock())
    the_desk.clock.time += timedelta(minutes=31)
    acts.claim(fresh, camille, the_desk.clock())
    for _ in range(2):
        deskwork.settle_due(the_desk.clock())
    states = {c.pk: c.state for c in Case.objects.all()}
    assert states == {held.pk: "waiting", short.pk: "closed", fresh.pk: "claimed"}
    assert CaseEvent.objects.filter(event="lease_end").count() == 1


def test_the_decision_that_the_broker_took_closes_the_case(the_desk: Desk) -> None:
    """Its other messages close nothing, and hearing it twice changes nothing."""
    case, camille = the_desk.care_case(), the_desk.staff("camille", "reviewer")
    acts.claim(case, camille, the_desk.clock())
    decide(the_desk, case, camille)
    ack, decision = OutgoingMessage.objects.order_by("pk")
    deskwork.published([ack.pk], the_desk.clock())
    case.refresh_from_db()
    assert case.state == "decided"
    for _ in range(2):
        deskwork.published([decision.pk], the_desk.clock())
    case.refresh_from_db()
    assert (case.state, case.closed_by_event) == ("closed", "sent_home")
    assert CaseEvent.objects.filter(event="sent_home").count() == 1


def test_looking_is_written_down_each_time_and_told_once_an_hour(the_desk: Desk) -> None:
    """For each person; somebody who looks every half hour is told again after the hour."""
    home = the_desk.enroll()
    the_desk.receive(home, home.seal(home.alert()))
    case = Case.objects.get()
    camille, nadia = (
        the_desk.staff("camille", "reviewer"),
        the_desk.staff("nadia", "supervisor"),
    )
    for minutes, staff in ((0, camille), (30, camille), (31, nadia), (61, camille)):
        now = the_desk.clock() + timedelta(minutes=minutes)
        acts.look(case, staff, now=now)
    assert CaseEvent.objects.filter(event="look").count() == 4
    rows = OutgoingMessage.objects.filter(type="access").order_by("pk")
    told = [home.open(bytes(row.envelope)).message for row in rows]
    assert [message.reviewer for message in told if isinstance(message, Access)] == [
        "Camille",
        "Nadia",
        "Camille",
    ]


def test_messages_to_one_device_are_numbered_without_a_gap(the_desk: Desk) -> None:
    """So the device can tell what is missing."""
    home = the_desk.enroll()
    for _ in range(3):
        the_desk.receive(home, home.seal(home.alert()))
    headers = []
    for _ in range(3):
        (row,) = outgoing.take("a worker", the_desk.clock())
        headers.append(home.open(bytes(row.envelope)).header)
        deskwork.published([row.pk], the_desk.clock())
    assert [header.sequence for header in headers] == [1, 2, 3]
    assert {header.epoch for header in headers} == {1}
    assert len({header.message_id for header in headers}) == 3


def test_no_other_device_can_read_what_waits_here(the_desk: Desk) -> None:
    """The outbox holds envelopes, not texts."""
    the_desk.care_case()
    (row,) = outgoing.take("a worker", the_desk.clock())
    other = DeviceKeys.create()
    with pytest.raises(Exception, match="other keys"):
        open_sealed(
            bytes(row.envelope),
            direction=Direction.DOWN,
            device=other.device_id,
            recipient=other,
            sender=the_desk.identity.keys.public(),
        )
    assert b"Madeleine" not in bytes(row.envelope)
    assert Device.objects.get().next_sequence == 2


def test_an_audit_row_is_never_changed_by_anybody(the_desk: Desk) -> None:
    """Not through the model, and not past it: the database refuses."""
    the_desk.care_case()
    row = CaseEvent.objects.get(event="receive")
    with pytest.raises(TypeError):
        row.save()
    with pytest.raises(TypeError):
        row.delete()
    with pytest.raises(DatabaseError, match="never changed"), transaction.atomic():
        CaseEvent.objects.filter(pk=row.pk).update(event="look")
    with pytest.raises(DatabaseError, match="never changed"), transaction.atomic():
        connection.cursor().execute("UPDATE escalation_caseevent SET actor_id = NULL")
