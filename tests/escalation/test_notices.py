"""Notices to staff: committed first, handed over to real receivers, and never about anybody."""

import json
import time
from collections.abc import Iterator
from datetime import timedelta

import pytest
from django import db

from escalation.models import Staff
from escalation.notices import channels, outbox, sealed_text, tallies
from escalation.notices.courier import Courier
from escalation.notices.ends import PAUSES, TRIES_MAX, End
from escalation.notices.kinds import Kind
from escalation.notices.models import Channel, Notice
from tests.escalation.conftest import Desk
from tests.escalation.receivers import WebReceiver, mailbox, web_receiver

CONSOLE = "https://desk.example.org/"
WITHIN_S = 20.0


@pytest.fixture
def web() -> Iterator[WebReceiver]:
    """Run a web server that takes notices."""
    with web_receiver() as receiver:
        yield receiver


def channel_of(staff: Staff, url: str, the_desk: Desk) -> Channel:
    """Give ``staff`` a channel, as their page does."""
    return Channel.objects.create(
        staff=staff,
        service=url.partition(":")[0],
        sealed=sealed_text.close(url, "channel"),
        added_at=the_desk.clock(),
    )


def courier_of(the_desk: Desk, within_s: float = WITHIN_S) -> Courier:
    """Return a courier that lives by the desk's clock."""
    return Courier(console_url=CONSOLE, clock=the_desk.clock, within_s=within_s)


def run(courier: Courier) -> None:
    """Let it work until nothing is on its way and nothing is due."""
    deadline = time.monotonic() + WITHIN_S + 10
    courier.step()
    while not courier.idle:
        assert time.monotonic() < deadline
        time.sleep(0.02)
        courier.step()


def test_a_notice_arrives_with_a_sentence_and_the_address_of_the_console(
    the_desk: Desk, web: WebReceiver
) -> None:
    """In the language of whoever reads it."""
    camille = the_desk.staff("camille", "reviewer", language="fr")
    channel = channel_of(camille, web.url(), the_desk)
    outbox.add(Kind.WAITING, "a fact", [camille], the_desk.clock())
    run(courier_of(the_desk))
    (request,) = web.received
    said = json.loads(request.rpartition("\n")[2])
    assert said["title"] == "Demitasse"
    assert said["message"] == f"Quelqu’un attend, et personne n’est là.\n{CONSOLE}"
    notice = Notice.objects.get()
    assert (notice.end, notice.attempts) == (End.SENT, 1)
    channel.refresh_from_db()
    assert channel.reached_at == the_desk.clock()
    assert tallies.numbers() == {"notice_sent": 1.0}


def test_it_arrives_by_e_mail_as_well(the_desk: Desk) -> None:
    """To one mailbox, from the address that was written down."""
    camille = the_desk.staff("camille", "reviewer")
    with mailbox() as box:
        channel_of(camille, box.url(), the_desk)
        outbox.add(Kind.CALLED, "a fact", [camille], the_desk.clock())
        run(courier_of(the_desk))
    assert box.to == [["camille@example.org"]]
    (mail,) = box.mails
    assert "Demitasse" in str(mail["Subject"])
    text = "".join(str(part.get_payload()) for part in mail.walk())
    assert "would be glad of you now" in text.replace("=\n", "")


@pytest.mark.both_databases
def test_one_fact_is_one_notice(the_desk: Desk, web: WebReceiver) -> None:
    """However often it is found out."""
    camille = the_desk.staff("camille", "reviewer")
    channel_of(camille, web.url(), the_desk)
    for _ in range(3):
        outbox.add(Kind.WAITING, "a fact", [camille], the_desk.clock())
        run(courier_of(the_desk))
    assert len(web.received) == 1


def test_what_is_refused_is_tried_again_later_and_later_and_not_for_ever(
    the_desk: Desk, web: WebReceiver
) -> None:
    """A service that fails is left in peace meanwhile."""
    camille = the_desk.staff("camille", "reviewer")
    channel = channel_of(camille, web.url(), the_desk)
    web.answers.append(500)
    outbox.add(Kind.WAITING, "a fact", [camille], the_desk.clock())
    run(courier_of(the_desk))
    assert len(web.received) == 1
    for pause in PAUSES:
        the_desk.clock.time += pause - timedelta(seconds=1)
        assert outbox.take(1, the_desk.clock()) == []
        the_desk.clock.time += timedelta(seconds=1)
        (notice,) = outbox.take(1, the_desk.clock())
        outbox.settle(notice.pk, sent=False, certain=True, now=the_desk.clock())
    notice.refresh_from_db()
    assert (notice.end, notice.attempts) == (End.FAILED, TRIES_MAX)
    channel.refresh_from_db()
    assert channel.failed_at is not None
    assert channel.reached_at is None
    assert outbox.reached_nobody(the_desk.clock() - timedelta(hours=1)) == 1


@pytest.mark.both_databases
def test_the_second_try_succeeds(the_desk: Desk, web: WebReceiver) -> None:
    """Then it is over."""
    camille = the_desk.staff("camille", "reviewer")
    channel_of(camille, web.url(), the_desk)
    web.answers.append(503)
    outbox.add(Kind.WAITING, "a fact", [camille], the_desk.clock())
    run(courier_of(the_desk))
    the_desk.clock.time += PAUSES[0]
    run(courier_of(the_desk))
    assert Notice.objects.get().end == End.SENT
    assert len(web.received) == 2


def test_a_service_that_hangs_stops_nobody_else(the_desk: Desk, web: WebReceiver) -> None:
    """It is ended from outside; the colleague beside it has been told long before."""
    slow, quick = the_desk.staff("slow", "reviewer"), the_desk.staff("quick", "reviewer")
    with web_receiver() as other:
        web.answers.append("hang")
        channel_of(slow, web.url() + "?rto=600&cto=600", the_desk)
        channel_of(quick, other.url(), the_desk)
        outbox.add(Kind.WAITING, "a fact", [slow, quick], the_desk.clock())
        courier = courier_of(the_desk, within_s=3.0)
        run(courier)
        assert len(other.received) == 1
    ends = dict(Notice.objects.values_list("channel__staff__username", "end"))
    assert ends == {"slow": "", "quick": End.SENT}
    hanging = Notice.objects.get(ended_at=None)
    assert hanging.due_at == the_desk.clock() + PAUSES[0]


def test_where_nobody_listens_it_is_tried_again(the_desk: Desk, web: WebReceiver) -> None:
    """A connection that is refused is like any other failure."""
    camille = the_desk.staff("camille", "reviewer")
    channel_of(camille, "json://127.0.0.1:9/", the_desk)
    outbox.add(Kind.WAITING, "a fact", [camille], the_desk.clock())
    run(courier_of(the_desk))
    assert Notice.objects.get(ended_at=None).attempts == 1


def test_a_desk_that_dies_on_the_way_tries_again(the_desk: Desk, web: WebReceiver) -> None:
    """To staff, twice is better than not at all; the row is free after a while."""
    camille = the_desk.staff("camille", "reviewer")
    channel_of(camille, web.url(), the_desk)
    outbox.add(Kind.WAITING, "a fact", [camille], the_desk.clock())
    assert len(outbox.take(10, the_desk.clock())) == 1
    run(courier_of(the_desk))
    assert web.received == []
    the_desk.clock.time += outbox.TAKEN_FOR
    run(courier_of(the_desk))
    assert len(web.received) == 1


def test_what_is_no_news_any_more_is_not_sent(the_desk: Desk, web: WebReceiver) -> None:
    """A desk that was switched off overnight wakes nobody with yesterday."""
    camille = the_desk.staff("camille", "reviewer")
    channel_of(camille, web.url(), the_desk)
    outbox.add(Kind.WAITING, "a fact", [camille], the_desk.clock())
    the_desk.clock.time += outbox.LASTS
    run(courier_of(the_desk))
    assert web.received == []
    assert Notice.objects.get().end == End.EXPIRED


def test_nothing_of_an_owner_is_in_what_is_received(the_desk: Desk, web: WebReceiver) -> None:
    """No kind of notice has a place for it: name, number, reason, machine, case."""
    case = the_desk.care_case(call_me="Zébulon-Canari", contact="+33 1 23 45 67 89")
    camille = the_desk.staff("camille", "reviewer", "supervisor")
    channel_of(camille, web.url(), the_desk)
    for kind in Kind:
        outbox.add(kind, f"a fact of {case.pk} {kind}", [camille], the_desk.clock())
    run(courier_of(the_desk))
    assert len(web.received) == len(Kind)
    told = "\n".join(web.received)
    payload = str(case.payload)
    for canary in ("Zébulon", "Canari", "Z\\u00e9bulon", "23 45 67", case.device_id, "fact"):
        assert canary not in told
    assert "rise" in payload
    assert "rise" not in told.lower().replace("enterprise", "")
    assert "apprise.png" not in told


def test_the_address_is_nowhere_in_the_database_in_clear(
    the_desk: Desk, web: WebReceiver, caplog: pytest.LogCaptureFixture
) -> None:
    """Nor in the log, also when everything goes wrong."""
    camille = the_desk.staff("camille", "reviewer")
    channel = channel_of(camille, web.url(), the_desk)
    web.answers += [500]
    outbox.add(Kind.WAITING, "a fact", [camille], the_desk.clock())
    caplog.set_level("DEBUG")
    run(courier_of(the_desk))
    assert b"a-secret-path" not in bytes(Channel.objects.get().sealed)
    Channel.objects.filter(pk=channel.pk).update(sealed=b"something else altogether, and long")
    the_desk.clock.time += PAUSES[0]
    run(courier_of(the_desk))
    assert "was sealed with another secret" in caplog.text
    assert "a-secret-path" not in caplog.text
    assert "camille" not in caplog.text


@pytest.mark.parametrize(
    "url",
    [
        "",
        "not an address",
        "file:///etc/passwd",
        "syslog://",
        "dbus://",
        "ntfys://",
        "json://127.0.0.1/?method=delete",
        "ntfys://ntfy.example.org/one,ntfys://ntfy.example.org/two",
        "ntfys://ntfy.example.org/a b",
        "tgram://no-token/",
        "ntfys://ntfy.example.org/" + "x" * 600,
    ],
)
def test_only_addresses_that_reach_a_person_elsewhere_are_kept(
    the_desk: Desk, url: str
) -> None:
    """The list of services is closed."""
    with pytest.raises(channels.Refused):
        channels.add(the_desk.staff("camille", "reviewer"), url, the_desk.clock())
    assert not Channel.objects.exists()


def test_a_channel_is_kept_sealed_and_forgotten_by_its_owner_alone(the_desk: Desk) -> None:
    """Nobody else can remove it."""
    camille, sacha = the_desk.staff("camille", "reviewer"), the_desk.staff("sacha", "reviewer")
    url = "ntfys://ntfy.example.org/camille-at-home"
    channel = channels.add(camille, url, the_desk.clock())
    assert sealed_text.open_(bytes(channel.sealed), "channel") == url
    with pytest.raises(sealed_text.Unreadable):
        sealed_text.open_(bytes(channel.sealed), "nudge")
    channels.remove(sacha, channel.pk)
    assert Channel.objects.count() == 1
    channels.remove(camille, channel.pk)
    assert Channel.objects.count() == 0


def test_what_came_back_is_not_lost_with_the_database(
    the_desk: Desk, web: WebReceiver, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A moment without it makes no second notice."""
    camille = the_desk.staff("camille", "reviewer")
    channel_of(camille, web.url(), the_desk)
    outbox.add(Kind.WAITING, "a fact", [camille], the_desk.clock())
    courier, settle, failures = courier_of(the_desk), outbox.settle, [1, 2, 3]

    def fails_at_first(*arguments: int, **named: object) -> None:
        if failures:
            failures.pop()
            raise db.OperationalError("the database does not answer")
        settle(*arguments, **named)  # type: ignore[arg-type]

    monkeypatch.setattr(outbox, "settle", fails_at_first)
    while True:
        try:
            run(courier)
        except db.OperationalError:
            continue
        break
    assert failures == []
    assert Notice.objects.get().end == End.SENT
    the_desk.clock.time += outbox.TAKEN_FOR
    run(courier)
    assert len(web.received) == 1
