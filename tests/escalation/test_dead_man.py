"""The heartbeat outwards stops as soon as anything is out of order, and starts again."""

import itertools
import threading
import time
from collections.abc import Callable, Iterator
from datetime import timedelta

import pytest
from django import db

from escalation import clock
from escalation.casework.self_audit import GRACE
from escalation.casework.unstaffed import IN_TIME
from escalation.intake import unheard
from escalation.models import Case, IntakeWorker
from escalation.notices import dead_man, outbox
from escalation.notices.dead_man import DeadMan, Facts, Trouble, may_ping, troubles
from escalation.notices.ends import End
from escalation.notices.kinds import Kind
from escalation.notices.models import Beat, Notice
from tests.escalation.conftest import Desk
from tests.escalation.receivers import WebReceiver, web_receiver
from tests.escalation.test_notices import channel_of

pytestmark = pytest.mark.both_databases

BAD = {
    "neglected": (1, Trouble.NEGLECTED),
    "database_writable": (False, Trouble.DATABASE),
    "listening": (False, Trouble.NOT_LISTENING),
    "notices_wait": (timedelta(minutes=3), Trouble.NOTICES_WAIT),
    "nobody_told": (1, Trouble.NOBODY_TOLD),
}


def facts(*bad: str) -> Facts:
    """Return what a look finds when these are out of order and all else is well."""
    well = {
        "neglected": 0,
        "database_writable": True,
        "listening": True,
        "notices_wait": timedelta(0),
        "nobody_told": 0,
    }
    return Facts(**{**well, **{name: BAD[name][0] for name in bad}})  # type: ignore[arg-type]


@pytest.fixture
def web() -> Iterator[WebReceiver]:
    """Run somebody who waits for the heartbeat."""
    with web_receiver() as receiver:
        yield receiver


@pytest.mark.parametrize(
    "bad", [c for n in range(len(BAD) + 1) for c in itertools.combinations(BAD, n)]
)
def test_the_sign_goes_out_only_while_nothing_at_all_is_out_of_order(
    bad: tuple[str, ...],
) -> None:
    """Every combination; each trouble is named."""
    assert may_ping(facts(*bad)) is (bad == ())
    assert set(troubles(facts(*bad))) == {BAD[name][1] for name in bad}


def look(man: DeadMan, the_desk: Desk) -> None:
    """Look now, with a desk that hears."""
    man._look_at = 0.0
    man.look(the_desk.clock(), clock.computer_now())


def hears(the_desk: Desk) -> None:
    """Let a worker be connected to the broker."""
    now = clock.computer_now()
    unheard.at_work("desk", listening_since=now, now=now)


def breaks_neglect(the_desk: Desk) -> Callable[[], None]:
    case = the_desk.care_case()
    the_desk.clock.time += IN_TIME + GRACE + timedelta(seconds=1)

    def mend() -> None:
        Case.objects.filter(pk=case.pk).update(state="unstaffed")

    return mend


def breaks_line(the_desk: Desk) -> Callable[[], None]:
    IntakeWorker.objects.update(listening_since=None)
    return lambda: hears(the_desk)


def breaks_courier(the_desk: Desk) -> Callable[[], None]:
    camille = the_desk.staff("camille", "reviewer")
    channel_of(camille, "json://127.0.0.1/", the_desk)
    outbox.add(Kind.WAITING, "a fact", [camille], the_desk.clock())
    the_desk.clock.time += dead_man.NOTICES_WAIT_AT_MOST + timedelta(seconds=1)

    def mend() -> None:
        Notice.objects.update(ended_at=the_desk.clock(), end=End.SENT)

    return mend


def breaks_channels(the_desk: Desk) -> Callable[[], None]:
    breaks_courier(the_desk)
    Notice.objects.update(ended_at=the_desk.clock(), end=End.FAILED)

    def mend() -> None:
        sacha = the_desk.staff("sacha", "reviewer")
        channel_of(sacha, "json://127.0.0.1/", the_desk)
        outbox.add(Kind.WAITING, "a fact", [sacha], the_desk.clock())
        told = Notice.objects.filter(channel__staff=sacha)
        told.update(ended_at=the_desk.clock(), end=End.SENT)

    return mend


@pytest.mark.parametrize(
    "broken", [breaks_neglect, breaks_line, breaks_courier, breaks_channels]
)
def test_each_trouble_of_a_real_desk_stops_the_sign_and_its_end_starts_it_again(
    the_desk: Desk, web: WebReceiver, broken: Callable[[Desk], Callable[[], None]]
) -> None:
    """A guard that never fails would guard nothing."""
    hears(the_desk)
    man = DeadMan(web.url("http"))
    look(man, the_desk)
    assert man.is_due()
    mend = broken(the_desk)
    look(man, the_desk)
    assert not man.is_due()
    mend()
    look(man, the_desk)
    assert man.is_due()


def test_a_database_that_cannot_be_written_stops_the_sign(
    the_desk: Desk, web: WebReceiver, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The look itself writes; where that fails, the verdict before counts no more."""
    hears(the_desk)
    man = DeadMan(web.url("http"))
    look(man, the_desk)
    assert man.is_due()

    def full(*_: object, **__: object) -> None:
        raise db.OperationalError("database or disk is full")

    monkeypatch.setattr(Beat.objects, "update_or_create", full)
    with pytest.raises(db.OperationalError):
        look(man, the_desk)
    assert not man.is_due()


def test_a_loop_that_hangs_stops_the_sign(
    the_desk: Desk, web: WebReceiver, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A verdict is good for three looks."""
    hears(the_desk)
    man = DeadMan(web.url("http"))
    look(man, the_desk)
    at = time.monotonic()
    monkeypatch.setattr(time, "monotonic", lambda: at + dead_man.FRESH_S - 1)
    assert man.is_due()
    monkeypatch.setattr(time, "monotonic", lambda: at + dead_man.FRESH_S)
    assert not man.is_due()


def test_a_sign_a_minute_is_asked_for_by_its_address_and_says_nothing(
    the_desk: Desk, web: WebReceiver
) -> None:
    """Whoever waits for it learns that it came, and no more."""
    hears(the_desk)
    the_desk.care_case(call_me="Zébulon")
    man = DeadMan(web.url("http"))
    look(man, the_desk)
    assert man.send()
    (request,) = web.received
    assert request.startswith("GET /a-secret-path HTTP/1.1")
    assert "bulon" not in request
    assert not man.is_due()


def test_nobody_who_waits_is_no_trouble_of_the_desk(
    the_desk: Desk, web: WebReceiver, caplog: pytest.LogCaptureFixture
) -> None:
    """It is said once, without the address, and tried again."""
    man = DeadMan(web.url("http"))
    web.answers += [500, 500]
    assert not man.send()
    assert not man.send()
    assert man.send()
    assert caplog.text.count("the heartbeat cannot be sent") == 1
    assert "a-secret-path" not in caplog.text


def test_without_an_address_nothing_is_ever_sent(the_desk: Desk) -> None:
    """The desk still looks at itself, for its supervisors."""
    hears(the_desk)
    man = DeadMan("")
    look(man, the_desk)
    assert not man.is_due()
    assert Beat.objects.get().looked_at is not None


@pytest.mark.django_db(transaction=True)
def test_the_thread_sends_while_the_looks_are_clean(
    web: WebReceiver, monkeypatch: pytest.MonkeyPatch
) -> None:
    """As it runs beside the intake; when it was last sent is written down."""
    now = clock.computer_now()
    unheard.at_work("desk", listening_since=now, now=now)
    man = DeadMan(web.url("http"), every_s=0.05)
    man.look(now, now)
    stop = threading.Event()

    def run() -> None:
        man.run(stop, clock.computer_now)
        db.connections.close_all()

    thread = threading.Thread(target=run)
    thread.start()
    deadline = time.monotonic() + 10
    while len(web.received) < 3 or Beat.objects.get().sent_at is None:
        assert time.monotonic() < deadline
        time.sleep(0.01)
    stop.set()
    thread.join()
