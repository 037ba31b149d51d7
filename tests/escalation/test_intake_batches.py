"""Many envelopes in one transaction: the same as one by one, and one bad one stops nobody."""

import random
import threading

import pytest
from django.db import DataError, OperationalError, connection

from escalation.casework import deskwork
from escalation.intake import incoming, opening
from escalation.intake.opening import Arrival, Result
from escalation.models import Case, CaseEvent, Device, Intake, OutgoingMessage, Quarantine
from tests.escalation.conftest import Desk, SteppingClock
from tests.escalation.household import Household

pytestmark = pytest.mark.both_databases


def receive(the_desk: Desk, *sent: tuple[Household, bytes]) -> list[Result]:
    """Take in these envelopes together."""
    return opening.receive_all(
        [Arrival(home.up, envelope) for home, envelope in sent],
        desk=the_desk.identity,
        now=the_desk.clock(),
    )


def test_a_batch_of_everything_gives_each_its_own_result(the_desk: Desk) -> None:
    """Alerts of several homes, a repeat, an owner who is back, junk, a sign of life."""
    home, other = the_desk.enroll(), the_desk.enroll(call_me="Agathe")
    alert = home.seal(home.alert(), message_id="ab" * 16)
    results = receive(
        the_desk,
        (home, alert),
        (other, other.seal(other.service_report())),
        (home, alert),
        (home, b"junk"),
        (home, home.seal(home.resolved("ab" * 16))),
        (other, other.seal(other.heartbeat(), sequence=1)),
        (other, other.seal(other.alert())),
    )
    assert [str(result) for result in results] == [
        *("accepted", "accepted", "repeated", "kept_aside", "accepted", "heard", "accepted"),
    ]
    states = Case.objects.order_by("pk").values_list("call_me", "matter", "state")
    assert list(states) == [
        ("Madeleine", "care", "closed"),
        ("Agathe", "service", "service"),
        ("Agathe", "care", "waiting"),
    ]
    born = CaseEvent.objects.filter(case__call_me="Agathe", case__matter="care")
    assert list(born.values_list("event", "from_state", "to_state")) == [
        ("receive", "", "received"),
        ("check", "received", "checked"),
        ("queue", "checked", "waiting"),
    ]
    assert Device.objects.get(pk=other.device_id).heard_sequence == 2


def test_an_owner_who_is_back_before_the_alert_in_the_same_batch(the_desk: Desk) -> None:
    """Overtaken on the way: nobody is called."""
    home = the_desk.enroll()
    alert = home.seal(home.alert(), message_id="cd" * 16)
    receive(the_desk, (home, home.seal(home.resolved("cd" * 16))), (home, alert))
    assert Case.objects.get().state == "closed"


def test_a_withdrawal_in_the_same_batch_wins(the_desk: Desk) -> None:
    """Whether it stands before the alert or after it."""
    for first in (True, False):
        home = the_desk.enroll()
        alert = home.seal(home.alert())
        both = [(home, alert), (home, home.seal(home.withdrawal("care_alert")))]
        receive(the_desk, *(both if first else both[::-1]))
        assert not Case.objects.filter(device_id=home.device_id, erased=False).exists()


@pytest.mark.parametrize("round_", range(3))
def test_together_or_one_by_one_the_desk_knows_the_same(the_desk: Desk, round_: int) -> None:
    """Random mixtures, repeated and reordered: two equal homes, two ways, one outcome."""
    chance = random.Random(round_)
    ids = [f"{n:032x}" for n in range(6)]
    script = [
        *[("alert", n) for n in range(3)],
        *[("resolved", chance.randrange(3)), ("withdrawal", 0), ("alert", 4), ("alert", 5)],
    ]
    homes = [the_desk.enroll(), the_desk.enroll()]
    sent = []
    for home in homes:
        envelopes = []
        for kind, n in script:
            if kind == "alert":
                envelopes.append(home.seal(home.alert(), message_id=ids[n]))
            elif kind == "resolved":
                envelopes.append(home.seal(home.resolved(ids[n])))
            else:
                envelopes.append(home.seal(home.withdrawal("care_alert")))
        sent.append(envelopes)
    order = chance.choices(range(len(script)), k=12) + list(range(len(script)))
    chance.shuffle(order)
    together = receive(the_desk, *((homes[0], sent[0][n]) for n in order))
    single = [receive(the_desk, (homes[1], sent[1][n]))[0] for n in order]
    assert together == single
    known = [
        sorted(
            Case.objects.filter(device_id=home.device_id).values_list(
                "alert_id", "state", "closed_by_event", "erased"
            )
        )
        for home in homes
    ]
    assert known[0] == known[1]


def test_one_that_the_desk_fails_on_is_kept_aside_and_the_rest_is_taken(
    the_desk: Desk, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Poison of our own making: the batch is taken one by one, and each exactly once."""
    home, other = the_desk.enroll(), the_desk.enroll()

    def fail(*_arguments: object) -> None:
        raise DataError("a value the database refuses")

    monkeypatch.setattr(incoming, "act", fail)
    results = receive(
        the_desk,
        (home, home.seal(home.alert())),
        (home, home.seal(home.reply("ab" * 16, "thank you"))),
        (other, other.seal(other.alert())),
    )
    assert [str(result) for result in results] == ["accepted", "kept_aside", "accepted"]
    assert Case.objects.count() == Intake.objects.count() == OutgoingMessage.objects.count()
    assert Quarantine.objects.get().kind == "failed"


def test_a_database_that_does_not_answer_leaves_the_batch_with_the_broker(
    the_desk: Desk, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Nothing is kept aside for it, and nothing is half done."""
    home = the_desk.enroll()

    def fail(*_arguments: object) -> None:
        raise OperationalError("the disk is full")

    monkeypatch.setattr(deskwork, "open_cases", fail)
    with pytest.raises(OperationalError):
        receive(the_desk, (home, home.seal(home.alert())), (home, b"junk"))
    assert not Quarantine.objects.exists()
    assert not Intake.objects.exists()


@pytest.mark.django_db(transaction=True)
def test_two_workers_with_the_same_envelopes_make_one_case_each() -> None:
    """A broker hands over again what another worker has in its hands: no double."""
    the_desk = Desk(SteppingClock())
    homes = [the_desk.enroll() for _ in range(8)]
    sent = [(home, home.seal(home.alert())) for home in homes]
    start, errors = threading.Barrier(3), []

    def work(order: int) -> None:
        try:
            start.wait(10)
            receive(the_desk, *random.Random(order).sample(sent, len(sent)))
        except Exception as error:
            errors.append(error)
        finally:
            connection.close()

    threads = [threading.Thread(target=work, args=(n,)) for n in range(3)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(60)
    assert errors == []
    assert Case.objects.count() == Intake.objects.count() == len(homes)


@pytest.mark.django_db(transaction=True)
@pytest.mark.parametrize("round_", range(3))
def test_workers_that_share_one_device_forget_nothing_of_it(round_: int) -> None:
    """Each takes a part of its messages; together they have heard all of them."""
    the_desk = Desk(SteppingClock())
    home = the_desk.enroll()
    sent = [home.seal(home.reply("ab" * 16, f"word {n}")) for n in range(12)]
    random.Random(round_).shuffle(sent)
    start, errors = threading.Barrier(3), []

    def work(part: list[bytes]) -> None:
        try:
            start.wait(10)
            for envelope in part:
                receive(the_desk, (home, envelope))
        except Exception as error:
            errors.append(error)
        finally:
            connection.close()

    threads = [threading.Thread(target=work, args=(sent[n::3],)) for n in range(3)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(60)
    assert errors == []
    device = Device.objects.get()
    assert (device.heard_sequence, device.missing) == (12, [])
