"""What comes back from a household, and what goes down to it: each once, whatever repeats."""

from dataclasses import replace
from datetime import timedelta

import pytest

from escalation import desk
from escalation.broker import outgoing
from escalation.casework import acts, deskwork
from escalation.intake import tombstones
from escalation.models import (
    Case,
    Device,
    OutgoingMessage,
    OwnerReply,
    Quarantine,
    Tombstone,
)
from tests.escalation.conftest import Desk
from tests.escalation.household import LEDGER_HEAD, NOW, Household
from wire.messages import (
    Ack,
    Choice,
    Erase,
    Erased,
    Felt,
    Help,
    Language,
    Machine,
    Message,
    Note,
    Nudge,
    Outcome,
    Owner,
    TrustedPerson,
)

pytestmark = pytest.mark.both_databases

ALERT_ID = "ab" * 16


def sent_to(the_desk: Desk, home: Household) -> list[Message]:
    """Let the broker take all that waits for this household; return it, opened."""
    messages = []
    while rows := outgoing.take("a worker", the_desk.clock()):
        messages += [
            home.open(bytes(r.envelope)).message for r in rows if r.device_id == home.device_id
        ]
        deskwork.published([row.pk for row in rows], the_desk.clock())
    return messages


def outcomes(messages: list[Message]) -> list[str]:
    """Return the outcomes of the acknowledgements among these."""
    return [message.outcome.value for message in messages if isinstance(message, Ack)]


def a_call(home: Household, alert_id: str | None = None) -> Help:
    """Return that the owner asks for a call."""
    return Help(
        asked_at=home.now,
        owner=Owner(call_me=home.call_me, language=Language.FR, contact="+33 1 99 00 55 66"),
        machine=Machine(model="Reference machine", firmware=None),
        alert_id=alert_id,
        ledger_head=LEDGER_HEAD,
    )


# ------------------------------------------------------------------------ a closed case


def test_when_a_case_closes_the_device_is_told_that_it_may_let_go(the_desk: Desk) -> None:
    """A decision that went home closes it; the signed answer names the same envelope."""
    home, staff = the_desk.enroll(), the_desk.staff("camille", "reviewer")
    envelope = home.seal(home.alert(), message_id=ALERT_ID)
    the_desk.receive(home, envelope)
    case = Case.objects.get()
    the_desk.decide(case, staff, reason="We think of you.")
    messages = sent_to(the_desk, home)
    assert outcomes(messages) == ["accepted", "closed"]
    first, last = messages[0], messages[-1]
    assert isinstance(first, Ack)
    assert isinstance(last, Ack)
    assert last.envelope_sha256 == first.envelope_sha256
    assert last.message_id == ALERT_ID
    # A device that missed it and asks again is told the same.
    the_desk.receive(home, envelope)
    assert outcomes(sent_to(the_desk, home)) == ["closed"]


@pytest.mark.parametrize("end", ["resolved", "withdrawal", "consent"])
def test_however_a_case_closes_the_device_is_told(the_desk: Desk, end: str) -> None:
    """By the owner's return, by a withdrawal, by the consent's last day."""
    home = the_desk.enroll()
    the_desk.receive(home, home.seal(home.alert(), message_id=ALERT_ID))
    if end == "resolved":
        the_desk.receive(home, home.seal(home.resolved(ALERT_ID)))
    elif end == "withdrawal":
        the_desk.receive(home, home.seal(home.withdrawal("care_alert")))
    else:
        the_desk.clock.time += timedelta(days=181)
        deskwork.settle_due(the_desk.clock())
    assert Case.objects.get().state == "closed"
    assert "closed" in outcomes(sent_to(the_desk, home))


# --------------------------------------------------------------------- the desk's epoch


def test_every_acknowledgement_names_the_life_of_the_desk(the_desk: Desk) -> None:
    """As it is at the moment of sending."""
    home = the_desk.enroll()
    the_desk.receive(home, home.seal(home.alert()))
    (ack,) = sent_to(the_desk, home)
    assert isinstance(ack, Ack)
    assert ack.desk_epoch == desk.life().desk_epoch > 0


def test_a_device_with_nothing_to_send_learns_of_the_new_life_by_its_heartbeat(
    the_desk: Desk,
) -> None:
    """Once; and a device that was never told of another one needs no answer."""
    home = the_desk.enroll()
    the_desk.receive(home, home.seal(home.heartbeat()))
    assert sent_to(the_desk, home) == []
    Device.objects.update(told_desk_epoch=-1)
    for expected in (1, 0):
        home.now += timedelta(minutes=5)
        the_desk.clock.time = home.now
        the_desk.receive(home, home.seal(home.heartbeat()))
        assert len(sent_to(the_desk, home)) == expected


# ------------------------------------------------------------------------ owner's words


def test_a_call_makes_a_case_of_its_own(the_desk: Desk) -> None:
    """It is consent for that one call: the contact is there, and calling is offered."""
    home = the_desk.enroll()
    envelope = home.seal(a_call(home))
    assert the_desk.receive(home, envelope) == "accepted"
    assert the_desk.receive(home, envelope) == "repeated"
    case = Case.objects.get()
    assert (case.matter, case.state, case.call_me) == ("care", "waiting", "Madeleine")
    assert Choice.CALL in acts.choices_of(case)
    assert case.consent_until == NOW + timedelta(days=3)
    (note,) = [m for m in sent_to(the_desk, home) if isinstance(m, Note)]
    assert "appelez le 15 ou le 112" in note.text


def test_a_call_about_a_waiting_case_belongs_to_it(the_desk: Desk) -> None:
    """One case, which now says that the owner asked, and how to reach them."""
    home = the_desk.enroll(contact=None, purposes=("care_alert",))
    the_desk.receive(home, home.seal(home.alert(), message_id=ALERT_ID))
    assert Choice.CALL not in acts.choices_of(Case.objects.get())
    the_desk.receive(home, home.seal(a_call(home, ALERT_ID)))
    case = Case.objects.get()
    assert Choice.CALL in acts.choices_of(case)
    assert case.payload["owner"]["contact"] == "+33 1 99 00 55 66"


def test_a_call_that_was_days_on_its_way_is_refused(the_desk: Desk) -> None:
    """It was consent for a call then."""
    home = the_desk.enroll()
    envelope = home.seal(a_call(home))
    the_desk.clock.time += timedelta(days=4)
    assert the_desk.receive(home, envelope) == "refused"
    assert not Case.objects.exists()


def test_how_it_felt_is_kept_with_the_case(the_desk: Desk) -> None:
    """In the owner's words, once."""
    home = the_desk.enroll()
    the_desk.receive(home, home.seal(home.alert(), message_id=ALERT_ID))
    felt = Felt(
        alert_id=ALERT_ID, text="It was kind.", felt_at=home.now, consent=home.consent()
    )
    envelope = home.seal(felt)
    assert the_desk.receive(home, envelope) == "accepted"
    assert the_desk.receive(home, envelope) == "repeated"
    reply = OwnerReply.objects.get()
    assert (reply.text, reply.felt) == ("It was kind.", True)


def test_what_the_desk_cannot_do_is_said_and_not_promised(the_desk: Desk) -> None:
    """It has no way to send a sign to a telephone: the device learns so, signed."""
    home = the_desk.enroll()
    nudge = Nudge(
        to="+33 1 99 00 12 34",
        language=Language.FR,
        asked_at=home.now,
        consent=home.consent(),
    )
    assert the_desk.receive(home, home.seal(nudge)) == "refused"
    assert outcomes(sent_to(the_desk, home)) == ["refused"]


# ------------------------------------------------------------------------------ erasure


def test_an_erasure_empties_all_and_confirms_it(the_desk: Desk) -> None:
    """Cases, words, name, what waited to be sent, what was kept aside; with a receipt."""
    home, neighbour = the_desk.enroll(), the_desk.enroll(call_me="Agathe")
    the_desk.receive(home, home.seal(home.alert(), message_id=ALERT_ID))
    the_desk.receive(neighbour, neighbour.seal(neighbour.alert()))
    the_desk.receive(home, home.seal(home.reply(ALERT_ID, "Hello")))
    the_desk.receive(home, b"junk on this topic")
    erase = home.seal(Erase(asked_at=home.now, ledger_head=LEDGER_HEAD))
    assert the_desk.receive(home, erase) == "accepted"
    case = Case.objects.get(device_id=home.device_id)
    assert (case.state, case.erased, case.payload, case.call_me) == ("closed", True, {}, "")
    assert not OwnerReply.objects.exists()
    assert not Quarantine.objects.exists()
    assert Device.objects.get(pk=home.device_id).call_me == ""
    receipts = [m for m in sent_to(the_desk, home) if isinstance(m, Erased)]
    assert [receipt.cases for receipt in receipts] == [1]
    assert Case.objects.get(device_id=neighbour.device_id).call_me == "Agathe"


def test_no_replay_revives_an_erased_household(the_desk: Desk) -> None:
    """What was sent before stays refused, even where the desk has forgotten the message."""
    home = the_desk.enroll()
    before = home.seal(home.alert())
    the_desk.receive(home, home.seal(Erase(asked_at=home.now, ledger_head=LEDGER_HEAD)))
    assert the_desk.receive(home, before) == "refused"
    assert not Case.objects.exists()
    # Its owner may begin anew.
    assert the_desk.receive(home, home.seal(home.alert())) == "accepted"


def test_a_tombstone_tells_nobody_who_it_was(the_desk: Desk) -> None:
    """A keyed hash in the table and in the journal; the key is in neither."""
    home = the_desk.enroll()
    the_desk.receive(home, home.seal(Erase(asked_at=home.now, ledger_head=LEDGER_HEAD)))
    stone = Tombstone.objects.get()
    assert home.device_id not in stone.who
    assert stone.who == tombstones.who(home.device_id)
    assert [entry.who for entry in tombstones.journal()].count(stone.who) == 1


# ------------------------------------------------------------------- sent until confirmed


def test_what_no_heartbeat_names_is_said_again(the_desk: Desk) -> None:
    """A broker may forget what it took; the device names what it has committed."""
    home, staff = the_desk.enroll(), the_desk.staff("camille", "reviewer")
    the_desk.receive(home, home.seal(home.alert()))
    acts.look(Case.objects.get(), staff, now=the_desk.clock())
    sent_to(the_desk, home)
    access = OutgoingMessage.objects.get(type="access")

    def a_quarter_later(*named: str) -> int:
        home.now = the_desk.clock.time = the_desk.clock() + timedelta(minutes=16)
        beat = replace(home.heartbeat(), received=named)
        the_desk.receive(home, home.seal(beat, sequence=home.sequence))
        outgoing.send_unconfirmed_again(the_desk.clock())
        return len(sent_to(the_desk, home))

    assert a_quarter_later() == 1
    assert a_quarter_later("cd" * 16) == 0  # The pause doubles with each try.
    assert a_quarter_later() == 1
    assert a_quarter_later(access.message_id) == 0
    for _ in range(8):
        assert a_quarter_later() == 0
    access.refresh_from_db()
    assert not access.unconfirmed


def test_nothing_is_said_again_to_a_device_that_is_not_heard(the_desk: Desk) -> None:
    """It would only wait at the broker, many times."""
    home, staff = the_desk.enroll(), the_desk.staff("camille", "reviewer")
    the_desk.receive(home, home.seal(home.alert()))
    acts.look(Case.objects.get(), staff, now=the_desk.clock())
    sent_to(the_desk, home)
    the_desk.clock.time += timedelta(days=30)
    outgoing.send_unconfirmed_again(the_desk.clock())
    assert sent_to(the_desk, home) == []


def test_a_neighbour_cannot_confirm_what_is_not_its_own(the_desk: Desk) -> None:
    """An id means something for its own device only."""
    home, neighbour = the_desk.enroll(), the_desk.enroll()
    staff = the_desk.staff("camille", "reviewer")
    the_desk.receive(home, home.seal(home.alert()))
    acts.look(Case.objects.get(), staff, now=the_desk.clock())
    access = OutgoingMessage.objects.get(type="access")
    beat = replace(neighbour.heartbeat(), received=(access.message_id,))
    the_desk.receive(neighbour, neighbour.seal(beat))
    access.refresh_from_db()
    assert access.unconfirmed


# ----------------------------------------------------------------------- several senders


def test_two_senders_never_take_the_same_row(the_desk: Desk) -> None:
    """A worker's rows are its own, until it has died."""
    for _ in range(3):
        home = the_desk.enroll()
        the_desk.receive(home, home.seal(home.alert()))
    one = outgoing.take("one", the_desk.clock())
    assert len(one) == 3
    assert outgoing.take("two", the_desk.clock()) == []
    the_desk.clock.time += outgoing.TAKEN_FOR
    again = outgoing.take("two", the_desk.clock())
    assert [row.message_id for row in again] == [row.message_id for row in one]
    assert [bytes(row.envelope) for row in again] == [bytes(row.envelope) for row in one]


def test_a_worker_that_is_started_anew_frees_what_it_had_taken(the_desk: Desk) -> None:
    """Its own, and nobody else's."""
    for _ in range(2):
        home = the_desk.enroll()
        the_desk.receive(home, home.seal(home.alert()))
    (mine, _other) = outgoing.take("one", the_desk.clock())
    OutgoingMessage.objects.filter(pk=mine.pk).update(taken_by="two")
    outgoing.release("two")
    assert [row.pk for row in outgoing.take("two", the_desk.clock())] == [mine.pk]


def test_a_refusal_is_acknowledged_as_one(the_desk: Desk) -> None:
    """So that the device stops sending it."""
    home = the_desk.enroll(valid_for=timedelta(seconds=-1))
    the_desk.receive(home, home.seal(home.alert()))
    assert outcomes(sent_to(the_desk, home)) == [Outcome.REFUSED]


# ------------------------------------------------------------------ a person who was named


def test_a_trusted_person_is_for_care_and_goes_with_the_consent(the_desk: Desk) -> None:
    """Never in a technician's case; and gone from the reviewer's when it is taken back."""
    person = TrustedPerson(name="Zoé", relation="ma fille", channel="+33 1 99 00 77 88")
    home = the_desk.enroll()
    alert = home.alert()
    owner = replace(alert.owner, trusted_person=person, call_order=("me", "trusted_person"))
    the_desk.receive(home, home.seal(replace(alert, owner=owner)))
    the_desk.receive(home, home.seal(replace(home.service_report(), owner=owner)))
    care, service = Case.objects.order_by("pk")
    assert care.payload["owner"]["trusted_person"]["name"] == "Zoé"
    assert service.payload["owner"]["trusted_person"] is None
    the_desk.receive(home, home.seal(home.withdrawal("contact_trusted_person")))
    care.refresh_from_db()
    assert care.state == "waiting"
    assert care.payload["owner"]["trusted_person"] is None
    assert care.payload["owner"]["contact"] is not None


def test_a_clock_that_ran_ahead_makes_no_later_heartbeat_look_old(the_desk: Desk) -> None:
    """One wrong time must not silence a device for as long as it was wrong."""
    home = the_desk.enroll()
    wrong = replace(home.heartbeat(), sent_at=NOW + timedelta(days=400))
    assert the_desk.receive(home, home.seal(wrong, sequence=0)) == "heard"
    home.now = the_desk.clock.time = NOW + timedelta(minutes=5)
    assert the_desk.receive(home, home.seal(home.heartbeat(), sequence=0)) == "heard"
    assert Device.objects.get().last_heard_at == the_desk.clock()
