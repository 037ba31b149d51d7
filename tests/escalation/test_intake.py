"""Envelopes in: one case each, whatever is repeated, reordered, forged or broken."""

import hashlib
from datetime import timedelta

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from escalation import desk
from escalation.intake import opening, quarantine
from escalation.intake.opening import Result
from escalation.models import Case, Device, Intake, OutgoingMessage, OwnerReply, Quarantine
from tests.escalation.conftest import Desk
from tests.escalation.household import LEDGER_HEAD, Household, a_household
from wire.facts import Verdict
from wire.messages import Ack, Outcome
from wire.schema import from_plain
from wire.sealing import SLOT_BYTES

pytestmark = pytest.mark.both_databases


def acks_of(home: Household) -> list[Ack]:
    """Return what the desk acknowledged to this household, in order."""
    rows = OutgoingMessage.objects.filter(device_id=home.device_id, type="ack").order_by("pk")
    epoch = desk.life().desk_epoch
    return [from_plain(Ack, {**(row.plain or {}), "desk_epoch": epoch}) for row in rows]


def test_an_alert_becomes_a_case_and_is_acknowledged(the_desk: Desk) -> None:
    """The acknowledgement is signed by the desk, names the envelope, anchors the ledger."""
    home = the_desk.enroll()
    envelope = home.seal(home.alert(), message_id="ab" * 16)
    assert the_desk.receive(home, envelope) is Result.ACCEPTED
    case = Case.objects.get()
    assert (case.call_me, case.state, case.alert_id) == ("Madeleine", "waiting", "ab" * 16)
    (ack,) = acks_of(home)
    assert ack == Ack(
        message_id="ab" * 16,
        epoch=1,
        envelope_sha256=hashlib.sha256(envelope).hexdigest(),
        outcome=Outcome.ACCEPTED,
        ledger_head=LEDGER_HEAD,
        acknowledged_at=the_desk.clock(),
        desk_epoch=desk.life().desk_epoch,
    )


def test_a_repeated_alert_is_acknowledged_again_and_makes_no_second_case(
    the_desk: Desk,
) -> None:
    """The same envelope, or the same message sealed anew."""
    home = the_desk.enroll()
    alert = home.alert()
    first = home.seal(alert, message_id="cd" * 16, sequence=1)
    again = home.seal(alert, message_id="cd" * 16, sequence=1)
    assert the_desk.receive(home, first) is Result.ACCEPTED
    OutgoingMessage.objects.update(published_at=the_desk.clock())
    assert the_desk.receive(home, first) is Result.REPEATED
    assert the_desk.receive(home, again) is Result.REPEATED
    assert Case.objects.count() == 1
    assert [ack.outcome for ack in acks_of(home)] == ["accepted", "repeated", "repeated"]
    assert acks_of(home)[2].envelope_sha256 == hashlib.sha256(again).hexdigest()


def test_a_flood_of_one_envelope_queues_one_answer(the_desk: Desk) -> None:
    """While the answer still waits to be sent, it is not written again."""
    home = the_desk.enroll()
    envelope = home.seal(home.alert())
    for _ in range(5):
        the_desk.receive(home, envelope)
    assert len(acks_of(home)) == 1


def test_a_service_report_becomes_a_service_case(the_desk: Desk) -> None:
    """For technicians."""
    case = the_desk.service_case()
    assert (case.matter, case.state) == ("service", "service")


def test_an_alert_in_doubt_becomes_a_service_case_without_the_use(the_desk: Desk) -> None:
    """What the desk must not know, it does not keep."""
    home = the_desk.enroll()
    the_desk.receive(home, home.seal(home.alert(verdict=Verdict.UNKNOWN)))
    case = Case.objects.get()
    assert case.matter == "service"
    assert "change" not in case.payload
    assert "question" not in case.payload


@pytest.mark.parametrize(
    "changes",
    [{"purposes": ("learn_routine",)}, {"valid_for": timedelta(seconds=-1)}],
    ids=["another purpose", "expired"],
)
def test_without_consent_it_is_refused_and_there_is_no_case(
    the_desk: Desk, changes: dict[str, object]
) -> None:
    """The owner's device learns so, signed; a repeat gets the same answer."""
    home = the_desk.enroll(**changes)
    envelope = home.seal(home.alert())
    assert the_desk.receive(home, envelope) is Result.REFUSED
    OutgoingMessage.objects.update(published_at=the_desk.clock())
    assert the_desk.receive(home, envelope) is Result.REFUSED
    assert not Case.objects.exists()
    assert [ack.outcome for ack in acks_of(home)] == ["refused", "refused"]


def test_a_heartbeat_is_heard_and_not_acknowledged(the_desk: Desk) -> None:
    """It leaves no row but the device's own."""
    home = the_desk.enroll()
    the_desk.clock.time += timedelta(minutes=5)
    home.now = the_desk.clock()
    assert the_desk.receive(home, home.seal(home.heartbeat())) is Result.HEARD
    device = Device.objects.get()
    assert device.last_heard_at == the_desk.clock()
    assert device.ledger_head == LEDGER_HEAD
    assert not OutgoingMessage.objects.exists()
    assert not Intake.objects.exists()


def test_an_old_message_does_not_turn_the_ledgers_head_back(the_desk: Desk) -> None:
    """The newest head is the one of the highest sequence number, not of the last arrival."""
    home = the_desk.enroll()
    old = home.seal(home.heartbeat())
    home.sequence = 7
    the_desk.receive(home, home.seal(home.heartbeat()))
    the_desk.receive(home, old)
    assert Device.objects.get().heard_sequence == 8


# ---------------------------------------------------------------------- out of order


def test_the_owner_is_back_so_the_case_closes(the_desk: Desk) -> None:
    """Whether the alert came first or not: an owner who is back is not called."""
    for alert_first in (True, False):
        home = the_desk.enroll()
        alert = home.seal(home.alert(), message_id="ef" * 16)
        resolved = home.seal(home.resolved("ef" * 16))
        for envelope in (alert, resolved) if alert_first else (resolved, alert):
            assert the_desk.receive(home, envelope) is Result.ACCEPTED
        case = Case.objects.get(device_id=home.device_id)
        assert (case.state, case.closed_by_event) == ("closed", "owner_resolve")


def test_a_neighbours_device_cannot_close_the_case(the_desk: Desk) -> None:
    """An alert id means something for its own device only."""
    case = the_desk.care_case()
    stranger = the_desk.enroll()
    the_desk.receive(stranger, stranger.seal(stranger.resolved(case.alert_id)))
    the_desk.receive(stranger, stranger.seal(stranger.withdrawal("care_alert")))
    case.refresh_from_db()
    assert case.state == "waiting"


def test_a_withdrawal_closes_the_case_and_erases_what_it_knew(the_desk: Desk) -> None:
    """Nothing of the household is left in the row, decided or not."""
    home = the_desk.enroll()
    the_desk.receive(home, home.seal(home.alert(), message_id="aa" * 16))
    the_desk.receive(home, home.seal(home.reply("aa" * 16, "All is well")))
    the_desk.receive(home, home.seal(home.withdrawal("care_alert")))
    case = Case.objects.get()
    assert (case.state, case.closed_by_event, case.erased) == ("closed", "withdraw", True)
    assert (case.call_me, case.payload, case.reason, case.message) == ("", {}, "", "")
    assert not OwnerReply.objects.exists()


def test_an_alert_sent_before_a_withdrawal_is_refused_after_it(the_desk: Desk) -> None:
    """The broker may deliver them the wrong way round."""
    home = the_desk.enroll()
    alert = home.seal(home.alert())
    the_desk.receive(home, home.seal(home.withdrawal("care_alert")))
    assert the_desk.receive(home, alert) is Result.REFUSED
    assert the_desk.receive(home, home.seal(home.alert())) is Result.ACCEPTED


def test_a_late_withdrawal_spares_what_was_consented_to_anew(the_desk: Desk) -> None:
    """It speaks of what was sent before it."""
    home = the_desk.enroll()
    withdrawal = home.seal(home.withdrawal("care_alert"))
    the_desk.receive(home, home.seal(home.alert()))
    the_desk.receive(home, withdrawal)
    assert Case.objects.get().state == "waiting"


def test_taking_back_the_contact_removes_it_from_the_case(the_desk: Desk) -> None:
    """The case goes on, and nobody can be called any more."""
    home = the_desk.enroll()
    the_desk.receive(home, home.seal(home.alert()))
    the_desk.receive(home, home.seal(home.withdrawal("contact_me")))
    case = Case.objects.get()
    assert case.state == "waiting"
    assert case.payload["owner"]["contact"] is None


# -------------------------------------------------------------------------- not believed


def test_what_cannot_be_believed_is_kept_aside_and_the_flow_goes_on(the_desk: Desk) -> None:
    """Malformed, oversized, forged, foreign, unknown: each with its reason, none a case."""
    home, stranger = the_desk.enroll(), a_household()
    good = home.seal(home.alert())
    flipped = bytes([*good[:2000], good[2000] ^ 1, *good[2001:]])
    bad = [
        (home.up, b""),
        (home.up, b"junk"),
        (home.up, good + b"\0"),
        (home.up, b"\xff" * 100_000),
        (home.up, flipped),
        (stranger.up, stranger.seal(stranger.alert())),
        (home.up.replace("/up", "/state"), good),
        ("somewhere/else", good),
        ("demitasse/1/../up", good),
    ]
    for topic, envelope in bad:
        result = opening.receive(topic, envelope, desk=the_desk.identity, now=the_desk.clock())
        assert result is Result.KEPT_ASIDE, topic
    assert not Case.objects.exists()
    assert Quarantine.objects.count() == len(bad)
    assert max(len(row.envelope) for row in Quarantine.objects.all()) == SLOT_BYTES
    assert Quarantine.objects.get(size_bytes=100_000).reason
    assert the_desk.receive(home, good) is Result.ACCEPTED


def test_an_envelope_on_a_neighbours_topic_is_kept_aside(the_desk: Desk) -> None:
    """The seal is bound to the device, and so is the signature."""
    home, neighbour = the_desk.enroll(), the_desk.enroll()
    envelope = home.seal(home.alert())
    assert the_desk.receive(neighbour, envelope) is Result.KEPT_ASIDE


def test_the_same_bad_envelope_is_counted_and_not_kept_twice(the_desk: Desk) -> None:
    """A stuck sender fills no disk."""
    home = the_desk.enroll()
    for _ in range(3):
        the_desk.receive(home, b"junk")
    assert Quarantine.objects.get().times == 3


def test_the_quarantine_is_bounded(the_desk: Desk, monkeypatch: pytest.MonkeyPatch) -> None:
    """The oldest goes."""
    monkeypatch.setattr(quarantine, "ROWS_MAX", 3)
    home = the_desk.enroll()
    for number in range(5):
        the_desk.receive(home, b"junk %d" % number)
    kept = [bytes(row.envelope) for row in Quarantine.objects.order_by("pk")]
    assert kept == [b"junk 2", b"junk 3", b"junk 4"]


@settings(max_examples=150, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(data=st.data())
def test_no_bytes_on_any_topic_can_raise_or_make_a_case(
    the_desk: Desk, data: st.DataObject
) -> None:
    """Whatever the broker hands over."""
    home = a_household()
    envelope = data.draw(
        st.binary(max_size=64)
        | st.binary(max_size=16).map(lambda start: start.ljust(SLOT_BYTES, b"\x01"))
    )
    topic = data.draw(st.sampled_from([home.up, home.up + "/x"]) | st.text(max_size=40))
    result = opening.receive(topic, envelope, desk=the_desk.identity, now=the_desk.clock())
    assert result is Result.KEPT_ASIDE
    assert not Case.objects.exists()
