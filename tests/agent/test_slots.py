"""One envelope a slot; what was sent is due again later, and never before what is new."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from agent.delivery.backoff import full_jitter_s
from agent.delivery.slots import RETRY_SLOTS_MAX, Slots


def longest(_low: float, high: float) -> float:
    return high


def shortest(low: float, _high: float) -> float:
    return low


def test_a_slot_is_free_until_it_is_filled() -> None:
    slots = Slots(300.0)
    assert slots.is_free(0.0)
    slots.fill(10.0)
    assert not slots.is_free(299.9)
    assert slots.is_free(300.0)
    slots.clear()
    assert not slots.is_free(299.9)


def test_what_was_never_sent_goes_first_and_the_oldest_of_it() -> None:
    slots = Slots(300.0, shortest)
    waiting = [(3, "c"), (1, "a"), (2, "b")]
    assert slots.next_due(waiting, 0.0) == 1
    slots.sent("a", 0.0)
    assert slots.next_due(waiting, 0.0) == 2
    slots.sent("b", 0.0)
    slots.sent("c", 0.0)
    assert slots.next_due(waiting, 0.0) == 1
    assert slots.next_due([], 0.0) is None


@pytest.mark.parametrize(("count", "pause_slots"), [(1, 2), (2, 4), (5, 32), (6, 48), (40, 48)])
def test_pauses_double_up_to_a_limit(count: int, pause_slots: int) -> None:
    slots = Slots(300.0, longest)
    for _ in range(count):
        slots.sent("a", 1000.0)
    due_s = 1000.0 + pause_slots * 300.0
    assert slots.next_due([(1, "a")], due_s - 0.1) is None
    assert slots.next_due([(1, "a")], due_s) == 1
    assert RETRY_SLOTS_MAX == 48


def test_what_is_signed_for_is_forgotten() -> None:
    slots = Slots(300.0, longest)
    states = [(slots.is_new("a"), slots.anything_tried)]
    slots.sent("a", 0.0)
    states.append((slots.is_new("a"), slots.anything_tried))
    assert states == [(True, False), (False, True)]
    slots.forget("a")
    slots.forget("never sent")
    assert slots.is_new("a")
    slots.sent("b", 0.0)
    slots.clear()
    assert not slots.anything_tried
    assert slots.next_due([(1, "b")], 0.0) == 1


@given(attempt=st.integers(0, 10**9), share=st.floats(0, 1))
def test_a_wait_lies_between_nothing_and_its_limit(attempt: int, share: float) -> None:
    def drawn(low: float, high: float) -> float:
        return low + share * (high - low)

    wait_s = full_jitter_s(attempt, base_s=2.0, cap_s=300.0, uniform=drawn)
    assert 0.0 <= wait_s <= 300.0
    assert wait_s == share * min(300.0, 2.0 * 2 ** min(attempt, 32))
