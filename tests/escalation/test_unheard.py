"""Whom the desk does not hear from: told once, by name, and never as if all were well."""

from datetime import datetime, timedelta

import pytest

from escalation.intake import unheard
from escalation.models import Device, IntakeWorker, Unheard
from tests.escalation.conftest import Desk
from tests.escalation.household import NOW, Household

pytestmark = pytest.mark.both_databases

HEARTBEAT = timedelta(minutes=5)


class Watch:
    """The chores of a desk that has listened since long before these tests."""

    def __init__(self, the_desk: Desk, listening_since: datetime = NOW - timedelta(days=1)):
        """Start with nobody suspected."""
        self._desk = the_desk
        self._since = listening_since
        self._before: unheard.Suspects = frozenset()

    def look(self, after: timedelta = timedelta()) -> list[tuple[str, str]]:
        """Let time pass, look twice, and return name and kind of whoever is unheard."""
        self._desk.clock.time += after
        for _ in range(2):
            self._before = unheard.review(
                self._desk.clock(),
                heartbeat=HEARTBEAT,
                listening_since=self._since,
                before=self._before,
            )
        return [(n.device.call_me, n.kind) for n in unheard.running()]


def beat(the_desk: Desk, home: Household) -> None:
    """Let the device give a sign of life."""
    home.now = the_desk.clock()
    the_desk.receive(home, home.seal(home.heartbeat(), sequence=home.sequence))


def test_a_device_that_dies_is_told_before_its_second_heartbeat_is_due(the_desk: Desk) -> None:
    """By the owner's name, once, however often is looked; resolved when it is heard again."""
    home, watch = the_desk.enroll(), Watch(the_desk)
    the_desk.receive(home, home.seal(home.alert()))
    beat(the_desk, home)
    assert watch.look(HEARTBEAT) == []
    assert watch.look(HEARTBEAT * 0.9) == [("Madeleine", "silent")]
    assert watch.look(HEARTBEAT * 50) == [("Madeleine", "silent")]
    assert Unheard.objects.count() == 1
    assert Unheard.objects.get().since == NOW
    beat(the_desk, home)
    assert watch.look() == []
    assert Unheard.objects.get().ended_at == the_desk.clock()


def test_a_device_that_was_never_heard_is_not_missed(the_desk: Desk) -> None:
    """Its owner has agreed to nothing yet, and it is right that it is silent."""
    the_desk.enroll()
    assert Watch(the_desk).look(timedelta(days=3)) == []


def test_a_household_that_took_everything_back_is_left_in_peace(the_desk: Desk) -> None:
    """Its silence is its wish. If another purpose runs on, its next sign of life says so."""
    home, watch = the_desk.enroll(), Watch(the_desk)
    beat(the_desk, home)
    the_desk.receive(home, home.seal(home.withdrawal("care_alert", "device_health")))
    assert watch.look(timedelta(days=3)) == []
    beat(the_desk, home)
    assert watch.look(timedelta(days=3)) == [("", "silent")]


def test_a_clock_that_jumps_makes_nobody_silent(the_desk: Desk) -> None:
    """The first look after it only suspects; the heartbeat comes before the second."""
    home = the_desk.enroll()
    beat(the_desk, home)
    the_desk.clock.time += timedelta(days=2)
    before: unheard.Suspects = frozenset()
    for _ in range(2):
        before = unheard.review(
            the_desk.clock(), heartbeat=HEARTBEAT, listening_since=NOW, before=before
        )
        assert not Unheard.objects.exists()
        beat(the_desk, home)


def test_a_desk_that_was_deaf_blames_nobody(the_desk: Desk) -> None:
    """After its own outage, silence counts from the moment on which it listens again."""
    home = the_desk.enroll()
    beat(the_desk, home)
    the_desk.clock.time += timedelta(days=1)
    watch = Watch(the_desk, listening_since=the_desk.clock())
    assert watch.look(HEARTBEAT) == []
    assert watch.look(HEARTBEAT) == [("", "silent")]


def test_a_message_that_never_came_is_told_and_its_arrival_ends_it(the_desk: Desk) -> None:
    """The heartbeat's count shows it; what was only overtaken is never told."""
    home, watch = the_desk.enroll(), Watch(the_desk)
    lost = home.seal(home.alert())
    for _ in range(3):
        beat(the_desk, home)
        assert watch.look(HEARTBEAT * 0.9) == []
    beat(the_desk, home)
    assert watch.look(HEARTBEAT) == [("", "missing")]
    the_desk.receive(home, lost)
    assert watch.look() == []
    assert Device.objects.get().missing == []


def test_silence_takes_the_place_of_a_missing_message(the_desk: Desk) -> None:
    """One row a device: the graver reason is told."""
    home, watch = the_desk.enroll(), Watch(the_desk)
    home.sequence = 4
    beat(the_desk, home)
    for _ in range(4):
        the_desk.clock.time += HEARTBEAT
        beat(the_desk, home)
    assert watch.look() == [("", "missing")]
    assert watch.look(HEARTBEAT * 2) == [("", "silent")]
    assert Unheard.objects.count() == 1


def test_a_replayed_heartbeat_hides_no_silence(the_desk: Desk) -> None:
    """Whoever carries envelopes can repeat an old one; it proves no life."""
    home, watch = the_desk.enroll(), Watch(the_desk)
    old = home.seal(home.heartbeat(), sequence=0)
    the_desk.receive(home, old)
    the_desk.clock.time += HEARTBEAT
    beat(the_desk, home)
    the_desk.clock.time += HEARTBEAT * 3
    assert the_desk.receive(home, old) == "kept_aside"
    assert watch.look() == [("", "silent")]


def test_whether_the_desk_hears_is_known_from_its_workers(the_desk: Desk) -> None:
    """A worker without a connection, or one that was not seen for a minute, hears nobody."""
    assert not unheard.listening(NOW)
    unheard.at_work("one", listening_since=None, now=NOW)
    assert not unheard.listening(NOW)
    unheard.at_work("one", listening_since=NOW, now=NOW)
    assert unheard.listening(NOW + timedelta(seconds=59))
    assert not unheard.listening(NOW + timedelta(seconds=61))
    unheard.at_work("two", listening_since=NOW, now=NOW + timedelta(days=8))
    assert IntakeWorker.objects.count() == 1
