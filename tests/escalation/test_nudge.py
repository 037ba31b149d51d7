"""The owner's own note: under live consent alone, once, without content, and then forgotten."""

import json
import time
import uuid
from collections.abc import Iterator
from dataclasses import replace
from datetime import timedelta

import pytest
from django.conf import settings

from escalation.intake.opening import Result
from escalation.keeping import restoring
from escalation.models import Intake, OutgoingMessage
from escalation.notices import nudges, outbox, sealed_text
from escalation.notices.courier import Courier
from escalation.notices.ends import TRIES_MAX, End
from escalation.notices.models import Notice, Nudge
from tests.escalation.conftest import Desk
from tests.escalation.household import LEDGER_HEAD, Household
from tests.escalation.receivers import WebReceiver, mailbox, web_receiver
from wire import messages
from wire.messages import Language, Outcome

PURPOSES = ("learn_routine", "care_alert", "nudge_me")
OWNER = "madeleine.canari@example.org"


@pytest.fixture
def web(monkeypatch: pytest.MonkeyPatch) -> Iterator[WebReceiver]:
    """Run a gateway for e-mail, and let the desk know it."""
    with web_receiver() as receiver:
        configure(monkeypatch, email=f"{receiver.url()}?-to={{to}}")
        yield receiver


def configure(monkeypatch: pytest.MonkeyPatch, *, email: str = "", phone: str = "") -> None:
    """Give the desk these ways to send."""
    notices = replace(settings.CONFIG.notices, nudge_email=email, nudge_phone=phone)
    monkeypatch.setattr(settings, "CONFIG", replace(settings.CONFIG, notices=notices))


def nudge(home: Household, to: str = OWNER) -> messages.Nudge:
    """Return a note to the owner of ``home``."""
    return messages.Nudge(
        to=to, language=home.language, asked_at=home.now, consent=home.consent()
    )


def a_home(the_desk: Desk, **changes: object) -> Household:
    """Return a household that has agreed to be nudged."""
    return the_desk.enroll(**{"purposes": PURPOSES, **changes})


def carry(the_desk: Desk) -> None:
    """Hand over what is due."""
    courier = Courier(console_url="https://desk.example.org/", clock=the_desk.clock)
    deadline = time.monotonic() + 30
    courier.step()
    while not courier.idle:
        assert time.monotonic() < deadline
        time.sleep(0.02)
        courier.step()


def answers(home: Household) -> list[Outcome]:
    """Return what the desk has signed for this household, in its order."""
    outgoing = OutgoingMessage.objects.filter(device_id=home.device_id, type="ack")
    return [Outcome(row.plain["outcome"]) for row in outgoing.order_by("pk") if row.plain]


@pytest.mark.both_databases
def test_the_note_arrives_and_both_signatures_follow(the_desk: Desk, web: WebReceiver) -> None:
    """Accepted, then closed; then the address is gone."""
    home = a_home(the_desk)
    message_id = uuid.uuid4().hex
    envelope = home.seal(nudge(home), message_id=message_id)
    assert the_desk.receive(home, envelope) is Result.ACCEPTED
    assert OWNER.encode() not in bytes(Nudge.objects.get().sealed_to)
    carry(the_desk)
    (request,) = web.received
    said = json.loads(request.rpartition("\n")[2])
    assert said["message"] == "Votre machine à café a une question pour vous."
    assert "madeleine.canari%40example.org" in request
    assert answers(home) == [Outcome.ACCEPTED, Outcome.CLOSED]
    second = OutgoingMessage.objects.order_by("-pk")[0]
    assert (second.about, second.plain and second.plain["epoch"]) == (message_id, home.epoch)
    assert bytes(Nudge.objects.get().sealed_to) == b""
    assert the_desk.receive(home, envelope) is Result.CLOSED
    carry(the_desk)
    assert len(web.received) == 1


def test_it_says_the_same_in_english_and_nothing_else(
    the_desk: Desk, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A constant: no name, no reason, no address of a console."""
    home = a_home(the_desk, language=Language.EN, call_me="Zébulon")
    with mailbox() as box:
        configure(monkeypatch, email=box.url("{to}"))
        the_desk.receive(home, home.seal(nudge(home)))
        carry(the_desk)
    assert box.to == [[OWNER]]
    (mail,) = box.mails
    assert str(mail["Subject"]) == "Demitasse"
    texts = [part.get_content() for part in mail.walk() if not part.is_multipart()]  # type: ignore[attr-defined]
    assert texts
    for text in texts:
        assert "Your coffee machine has a question for you." in text
        assert "desk.example.org" not in text
        assert "bulon" not in text


@pytest.mark.parametrize(
    "changes",
    [
        {"purposes": ("learn_routine", "care_alert", "contact_me")},
        {"valid_for": timedelta(0)},
        {"valid_for": timedelta(days=-1)},
    ],
)
def test_without_live_consent_for_it_there_is_no_note(
    the_desk: Desk, web: WebReceiver, changes: dict[str, object]
) -> None:
    """And the device is told."""
    home = a_home(the_desk, **changes)
    assert the_desk.receive(home, home.seal(nudge(home))) is Result.REFUSED
    carry(the_desk)
    assert web.received == []
    assert not Nudge.objects.exists()
    assert answers(home) == [Outcome.REFUSED]


@pytest.mark.both_databases
def test_consent_taken_back_takes_the_note_and_the_address_with_it(
    the_desk: Desk, web: WebReceiver
) -> None:
    """Also when the note was sent before and arrives after."""
    home = a_home(the_desk)
    late = home.seal(nudge(home))
    the_desk.receive(home, home.seal(nudge(home)))
    the_desk.receive(home, home.seal(home.withdrawal("nudge_me")))
    assert not Nudge.objects.exists()
    assert the_desk.receive(home, late) is Result.REFUSED
    carry(the_desk)
    assert web.received == []
    assert the_desk.receive(home, home.seal(nudge(home))) is Result.ACCEPTED


def test_an_erased_household_leaves_no_note(the_desk: Desk, web: WebReceiver) -> None:
    """Not even that there was one."""
    home = a_home(the_desk)
    the_desk.receive(home, home.seal(nudge(home)))
    erase = messages.Erase(asked_at=home.now, ledger_head=LEDGER_HEAD)
    the_desk.receive(home, home.seal(erase))
    assert not Nudge.objects.exists()
    assert not Notice.objects.exists()


def test_a_question_that_was_answered_calls_its_note_off(
    the_desk: Desk, web: WebReceiver
) -> None:
    """Nobody is called home for nothing; also if the two arrive the wrong way round."""
    home = a_home(the_desk)
    first, second = uuid.uuid4().hex, uuid.uuid4().hex
    the_desk.receive(home, home.seal(nudge(home), message_id=first))
    the_desk.receive(home, home.seal(home.resolved(first)))
    late = home.seal(nudge(home), message_id=second)
    the_desk.receive(home, home.seal(home.resolved(second)))
    assert the_desk.receive(home, late) is Result.REFUSED
    carry(the_desk)
    assert web.received == []
    assert Notice.objects.get().end == End.OVER
    assert bytes(Nudge.objects.get().sealed_to) == b""


def test_what_cannot_be_delivered_is_told_and_forgotten(
    the_desk: Desk, web: WebReceiver
) -> None:
    """After a few tries; a repeat of the device hears the same."""
    home = a_home(the_desk)
    envelope = home.seal(nudge(home))
    the_desk.receive(home, envelope)
    for _ in range(TRIES_MAX):
        (notice,) = outbox.take(1, the_desk.clock())
        outbox.settle(notice.pk, sent=False, certain=True, now=the_desk.clock())
        the_desk.clock.time += timedelta(minutes=11)
    assert outbox.take(1, the_desk.clock()) == []
    assert answers(home) == [Outcome.ACCEPTED, Outcome.REFUSED]
    assert bytes(Nudge.objects.get().sealed_to) == b""
    assert Intake.objects.get().outcome == Outcome.REFUSED


def test_a_note_whose_fate_is_unknown_is_not_sent_again(
    the_desk: Desk, web: WebReceiver
) -> None:
    """The desk died on the way: better no note than two."""
    home = a_home(the_desk)
    the_desk.receive(home, home.seal(nudge(home)))
    outbox.take(10, the_desk.clock())
    the_desk.clock.time += outbox.TAKEN_FOR
    carry(the_desk)
    assert web.received == []
    assert answers(home)[-1] is Outcome.REFUSED


def test_the_address_is_kept_for_two_hours_at_the_most(
    the_desk: Desk, web: WebReceiver
) -> None:
    """A desk that was switched off sends nothing late."""
    home = a_home(the_desk)
    the_desk.receive(home, home.seal(nudge(home)))
    the_desk.clock.time += nudges.LASTS
    carry(the_desk)
    assert web.received == []
    assert Notice.objects.get().end == End.EXPIRED
    assert bytes(Nudge.objects.get().sealed_to) == b""
    assert answers(home)[-1] is Outcome.REFUSED


def test_a_newer_note_takes_the_place_of_the_one_before(
    the_desk: Desk, web: WebReceiver
) -> None:
    """One question at a time is enough for anybody."""
    home = a_home(the_desk)
    for _ in range(3):
        the_desk.receive(home, home.seal(nudge(home)))
    carry(the_desk)
    assert len(web.received) == 1


@pytest.mark.parametrize(
    "to",
    [
        "",
        "Madeleine",
        "json://127.0.0.1/",
        "mailto://x@example.org",
        "a@example.org,b@example.org",
        "a@example.org b@example.org",
        "a@b@example.org",
        "<a@example.org>",
        "a@example.org\r\nBcc: b@example.org",
        "12345",
        "+33 1 23 45 67 89 ext 4",
        "file:///etc/passwd",
    ],
)
def test_what_is_no_address_of_one_person_is_refused(
    the_desk: Desk, monkeypatch: pytest.MonkeyPatch, to: str
) -> None:
    """Owners write whatever they like; it is never read as an address of the desk's own."""
    configure(monkeypatch, email="json://x/?to={to}", phone="json://y/?to={to}")
    home = a_home(the_desk)
    assert the_desk.receive(home, home.seal(nudge(home, to))) is Result.REFUSED
    assert not Nudge.objects.exists()


@pytest.mark.parametrize(
    ("to", "address"),
    [
        ("+33 1 99 00 12 34", "json://phone/%2B33199001234"),
        ("06.12.34.56.78", "json://phone/0612345678"),
        ("a+b%x@example.org", "json://email/a%2Bb%25x%40example.org"),
    ],
)
def test_an_address_is_put_into_the_desks_own_and_quoted(
    the_desk: Desk, monkeypatch: pytest.MonkeyPatch, to: str, address: str
) -> None:
    """Telephone or e-mail, each by its own way."""
    configure(monkeypatch, email="json://email/{to}", phone="json://phone/{to}")
    home = a_home(the_desk)
    the_desk.receive(home, home.seal(nudge(home, to)))
    assert sealed_text.open_(bytes(Nudge.objects.get().sealed_to), "nudge") == address


def test_a_desk_without_a_way_to_send_says_so_at_once(the_desk: Desk) -> None:
    """As it is until whoever runs it has configured one."""
    home = a_home(the_desk)
    assert the_desk.receive(home, home.seal(nudge(home))) is Result.REFUSED


def test_a_backup_brings_no_note_back(the_desk: Desk, web: WebReceiver) -> None:
    """What was on its way then is not sent a second time, and its address is forgotten."""
    home = a_home(the_desk)
    the_desk.receive(home, home.seal(nudge(home)))
    restoring.begin_new_life(the_desk.clock())
    carry(the_desk)
    assert web.received == []
    assert bytes(Nudge.objects.get().sealed_to) == b""
    assert answers(home)[-1] is Outcome.REFUSED


def test_a_device_cannot_be_used_to_write_to_strangers(
    the_desk: Desk, web: WebReceiver
) -> None:
    """A few notes a day are more than any owner's questions; the next day is another one."""
    home = a_home(the_desk)
    results = [
        the_desk.receive(home, home.seal(nudge(home, f"stranger-{n}@example.org")))
        for n in range(nudges.A_DAY + 2)
    ]
    assert results == [Result.ACCEPTED] * nudges.A_DAY + [Result.REFUSED] * 2
    home.now = the_desk.clock.time = the_desk.clock() + timedelta(days=1)
    assert the_desk.receive(home, home.seal(nudge(home))) is Result.ACCEPTED


def test_that_there_was_a_note_is_forgotten_after_a_while(
    the_desk: Desk, web: WebReceiver
) -> None:
    """A repeat of the device is still answered as before."""
    home = a_home(the_desk)
    envelope = home.seal(nudge(home))
    the_desk.receive(home, envelope)
    carry(the_desk)
    outbox.let_go(the_desk.clock() + outbox.KEPT_FOR - timedelta(seconds=1))
    assert Nudge.objects.count() == 1
    outbox.let_go(the_desk.clock() + outbox.KEPT_FOR)
    assert not Nudge.objects.exists()
    assert the_desk.receive(home, envelope) is Result.CLOSED
