"""What was kept aside: its kind for staff to read, its words for whoever looks, its end."""

from datetime import timedelta

import pytest

from escalation.intake import quarantine
from escalation.intake.doubts import Doubt
from escalation.models import Quarantine
from tests.escalation.conftest import Desk
from tests.escalation.household import NOW, a_household

pytestmark = pytest.mark.both_databases


def test_each_kind_of_doubt_is_told_apart(the_desk: Desk) -> None:
    """Malformed, oversized, foreign, sealed to others, altered, replayed."""
    home, stranger = the_desk.enroll(), a_household()
    good = home.seal(home.alert())
    old = home.seal(home.heartbeat())
    home.now = the_desk.clock.time = NOW + timedelta(minutes=5)
    the_desk.receive(home, home.seal(home.heartbeat(), sequence=2))
    for_others = bytes([good[0], good[1] ^ 1]) + good[2:]
    altered = good[:2000] + bytes([good[2000] ^ 1]) + good[2001:]
    seen = []
    for sender, envelope in (
        *((home, b"junk"), (home, good + b"\0"), (stranger, good)),
        *((home, for_others), (home, altered), (home, old)),
    ):
        assert the_desk.receive(sender, envelope) == "kept_aside"
        last = Quarantine.objects.order_by("pk").last()
        assert last is not None
        seen.append(last.kind)
    assert seen == [
        *(Doubt.MALFORMED, Doubt.OVERSIZED, Doubt.FOREIGN),
        *(Doubt.NOT_FOR_US, Doubt.UNVERIFIABLE, Doubt.REPLAYED),
    ]


def test_what_was_kept_long_enough_goes(the_desk: Desk) -> None:
    """Ninety days after it came the last time, and not a second earlier."""
    home = the_desk.enroll()
    the_desk.receive(home, b"junk")
    the_desk.clock.time += timedelta(days=30)
    the_desk.receive(home, b"junk")
    end = the_desk.clock() + quarantine.KEPT_FOR
    quarantine.let_go_of_old(end - timedelta(seconds=1))
    assert Quarantine.objects.exists()
    quarantine.let_go_of_old(end)
    assert not Quarantine.objects.exists()


def test_text_that_a_database_cannot_keep_is_no_trouble(the_desk: Desk) -> None:
    """A topic with a NUL and with half a surrogate pair."""
    quarantine.keep("a\0b\ud800", b"", Doubt.FOREIGN, "a\0reason", the_desk.clock())
    assert Quarantine.objects.get().reason == "a�reason"
