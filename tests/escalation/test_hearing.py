"""What the desk has not heard: holes in a device's count, and nothing that was only late."""

from datetime import timedelta

from hypothesis import given
from hypothesis import strategies as st

from escalation.intake.hearing import (
    MISSING_MAX,
    NOT_COUNTED,
    Hearing,
    excused,
    from_plain,
    heard_count,
    heard_message,
    to_plain,
)
from tests.escalation.household import NOW


def missing(hearing: Hearing) -> set[int]:
    """Return the sequence numbers that are missed."""
    return {n for hole in hearing.holes for n in range(hole.first, hole.last + 1)}


def test_a_heartbeat_that_has_counted_further_shows_a_hole() -> None:
    """The device says how many messages it has written; two did not come."""
    hearing = heard_message(Hearing(), (1, 1), NOW)
    hearing = heard_count(hearing, (1, 3), NOW)
    assert missing(hearing) == {2, 3}
    assert hearing.missing_since == NOW


@given(order=st.permutations(range(1, 12)), repeats=st.lists(st.integers(1, 11), max_size=8))
def test_in_whatever_order_all_have_come_nothing_is_missing(
    order: list[int], repeats: list[int]
) -> None:
    """Overtaken or repeated on the way: no false hole."""
    hearing = Hearing()
    for sequence in (*order, *repeats):
        hearing = heard_message(hearing, (1, sequence), NOW)
    assert (hearing.highest, hearing.holes) == (11, ())


@given(came=st.sets(st.integers(1, 60)), counted=st.integers(0, 60))
def test_exactly_what_did_not_come_is_missing(came: set[int], counted: int) -> None:
    """Whatever the pattern; and the database column gives it back as it was."""
    hearing = heard_count(Hearing(), (1, counted), NOW)
    for sequence in came:
        hearing = heard_message(hearing, (1, sequence), NOW)
    known = max([*came, counted])
    assert missing(hearing) == set(range(1, known + 1)) - came
    assert from_plain(to_plain(hearing.holes)) == hearing.holes


def test_a_withdrawal_excuses_what_waited_before_it() -> None:
    """What was taken back never comes, and is not missed; what follows still is."""
    hearing = heard_count(Hearing(), (1, 9), NOW)
    assert missing(excused(hearing, (1, 6))) == {7, 8, 9}
    assert missing(excused(hearing, (2, 6))) == missing(hearing)


def test_a_new_store_counts_anew_and_an_old_one_is_no_news() -> None:
    """The old holes went with the old store; its late messages change nothing."""
    hearing = heard_count(Hearing(), (1, 5), NOW)
    hearing = heard_message(hearing, (2, 1), NOW)
    assert (hearing.epoch, hearing.highest, hearing.holes) == (2, 1, ())
    assert heard_message(hearing, (1, 3), NOW) == hearing


def test_after_a_restore_counting_starts_where_the_device_is() -> None:
    """What the desk has forgotten is not missing."""
    hearing = heard_count(Hearing(epoch=1, highest=NOT_COUNTED), (1, 40), NOW)
    assert (hearing.highest, hearing.holes) == (40, ())


def test_a_hostile_count_is_bounded() -> None:
    """However many holes a device claims, its row stays small and the first one is known."""
    hearing = Hearing()
    for n in range(1, 4 * MISSING_MAX, 2):
        later = NOW + timedelta(minutes=n)
        hearing = heard_message(hearing, (1, n + 1), later)
    assert len(hearing.holes) == MISSING_MAX
    assert hearing.missing_since == NOW + timedelta(minutes=1)
