"""What could not be seen is masked: every hour is either seen or unseen, and only once."""

from dataclasses import replace
from datetime import datetime, timedelta
from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from agent.learning.exposure import Exposure, Unseen, step
from tests.agent.consents import NOW, stamp
from wire.readings import FramesMissed, LinkLoss, LinkLost, LinkUp, Reading
from wire.stamps import Stamp

AT = stamp(NOW)
UP = LinkUp(at=AT)
LOST = LinkLost(at=AT, reason=LinkLoss.SILENT)
MISSED = FramesMissed(at=AT, count=1)


def moment(minutes: float) -> datetime:
    return NOW + timedelta(minutes=minutes)


def at(minutes: float) -> Stamp:
    return stamp(moment(minutes))


def live(*steps: tuple[float, list[Reading], bool]) -> list[tuple[float, float]]:
    """Return the unseen spans, in minutes, of ``steps`` (minute, readings, trusted)."""
    exposure, spans = Exposure(), []
    for minute, readings, trusted in steps:
        exposure, unseen = step(exposure, readings, at(minute), trusted=trusted)
        if unseen is not None:
            spans.append(unseen)
    return [
        ((s.start - NOW).total_seconds() / 60, (s.end - NOW).total_seconds() / 60)
        for s in spans
    ]


def test_time_with_a_machine_that_is_heard_is_seen() -> None:
    assert live((0, [UP], True), (5, [], True), (65, [], True)) == []


def test_nothing_is_seen_before_the_machine_is_heard() -> None:
    assert live((0, [], True), (5, [], True), (6, [UP], True), (9, [], True)) == [
        (0, 5),
        (5, 6),
    ]


@pytest.mark.parametrize("trouble", [[LOST], [MISSED], [LOST, UP], [UP, LOST], [MISSED, UP]])
def test_a_link_that_failed_in_between_proves_nothing(trouble: list[Reading]) -> None:
    assert live((0, [UP], True), (5, trouble, True))[0] == (0, 5)


def test_a_link_that_came_back_is_seen_from_its_return() -> None:
    assert live((0, [UP], True), (5, [LOST], True), (8, [], True), (9, [UP], True),
                (12, [], True)) == [(0, 5), (5, 8), (8, 9)]  # fmt: skip


def test_missed_frames_cost_only_the_time_since_the_last_step() -> None:
    assert live((0, [UP], True), (5, [MISSED], True), (9, [], True)) == [(0, 5)]


def test_time_that_may_not_be_trusted_is_unseen_up_to_the_next_trusted_moment() -> None:
    assert live((0, [UP], True), (5, [], False), (9, [], True), (12, [], True)) == [
        (0, 5),
        (5, 9),
    ]


def test_hours_that_a_clock_skips_when_it_is_set_are_unseen() -> None:
    """A device without a battery-backed clock wakes up days behind, and learns it later."""
    days = 3 * 24 * 60.0
    assert live((0, [UP], False), (1, [], False), (days, [], True), (days + 5, [], True)) == [
        (0, 1),
        (1, days),
    ]


def test_a_clock_that_stepped_back_accounts_for_no_hour_twice() -> None:
    assert live((0, [UP], True), (60, [], True), (10, [], False), (50, [LOST], False),
                (59, [], False), (70, [], False)) == [(60, 70)]  # fmt: skip


def steps_of(*steps: tuple[float, float]) -> list[tuple[float, float]]:
    """Return the unseen spans of trusted ``steps`` (minute on the wall, minute elapsed)."""
    exposure, spans = Exposure(), []
    for wall, elapsed in steps:
        now = replace(at(wall), monotonic_s=60 * elapsed)
        exposure, unseen = step(exposure, [UP], now, trusted=True)
        if unseen is not None:
            spans.append(
                tuple((t - NOW).total_seconds() / 60 for t in (unseen.start, unseen.end))
            )
    return [(start, end) for start, end in spans]


@pytest.mark.parametrize("hours", [1, 24, 24 * 400])
def test_a_confirmed_clock_that_is_set_forward_has_seen_nothing_of_what_it_skipped(
    hours: int,
) -> None:
    later = 60.0 * hours
    assert steps_of((0, 0), (5, 5), (6 + later, 6), (9 + later, 9)) == [(5, 6 + later)]


def test_a_confirmed_clock_that_is_set_back_sees_no_hour_a_second_time() -> None:
    assert steps_of((0, 0), (60, 60), (5, 65), (50, 110), (70, 130)) == []


def test_a_clock_that_is_corrected_by_seconds_goes_on_seeing() -> None:
    assert steps_of((0, 0), (5, 4.5), (10, 10)) == []


def test_elapsed_time_of_another_awakening_proves_nothing() -> None:
    exposure = Exposure(linked=True, trusted=True, last=at(0), accounted_until=moment(0))
    reborn = replace(at(5), monotonic_s=3.0, boot_id="another")
    assert step(exposure, [], reborn, trusted=True)[1] is None


def test_a_link_that_was_lost_while_the_clock_was_behind_is_still_lost() -> None:
    assert live((0, [UP], True), (60, [], True), (10, [LOST], True), (70, [], True)) == [
        (60, 70)
    ]


def test_after_a_restart_the_hours_in_between_are_unseen() -> None:
    exposure = Exposure(accounted_until=moment(0))
    exposure, unseen = step(exposure, [UP], at(600), trusted=True)
    assert unseen == Unseen(start=moment(0), end=moment(600))
    assert step(exposure, [], at(601), trusted=True)[1] is None


READINGS = st.lists(st.sampled_from([UP, LOST, MISSED]), max_size=3)
STEPS = st.lists(st.tuples(st.integers(-500, 1000), READINGS, st.booleans()), max_size=40)


@given(steps=STEPS)
def test_seen_and_unseen_tile_the_time_without_overlap_or_gap(
    steps: list[tuple[int, list[Reading], bool]],
) -> None:
    """An oracle judges every minute by itself: seen only if the whole step was."""
    exposure = Exposure()
    unseen: set[int] = set()
    expected: set[int] = set()
    linked = was_trusted = False
    now_minute = 0
    highest: int | None = None
    spans: list[Unseen] = []
    for advance, readings, trusted in steps:
        now_minute += advance
        exposure, span = step(exposure, readings, at(now_minute), trusted=trusted)
        whole = linked and was_trusted and trusted and all(r is UP for r in readings)
        for reading in readings:
            linked = reading is UP or (linked and reading is MISSED)
        was_trusted = trusted
        if highest is not None and now_minute > highest and not whole:
            expected |= set(range(highest, now_minute))
        highest = now_minute if highest is None else max(highest, now_minute)
        if span is not None:
            spans.append(span)
            first, last = (
                round((t - NOW).total_seconds() / 60) for t in (span.start, span.end)
            )
            assert unseen.isdisjoint(range(first, last))
            unseen |= set(range(first, last))
    assert unseen == expected
    assert all(span.start < span.end for span in spans)
    assert all(before.end <= after.start for before, after in pairwise(spans))
    assert exposure.accounted_until == (None if highest is None else moment(highest))
