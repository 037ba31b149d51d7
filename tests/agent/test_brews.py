"""Readings in, brews out: what is announced is exact, what is only counted is an interval."""

from datetime import UTC, datetime, timedelta
from itertools import product

import pytest
from hypothesis import given
from hypothesis import strategies as st

from agent.learning.brews import (
    MISSING_MAX,
    TRANSITIONS,
    Brew,
    BrewWatch,
    Certainty,
    State,
    receive,
)
from tests.agent.consents import NOW, stamp
from wire.readings import (
    BREWS_TOTAL,
    BrewFinished,
    BrewStarted,
    ControllerStarted,
    Counter,
    Flag,
    FlagName,
    FramesMissed,
    LinkLoss,
    LinkLost,
    LinkUp,
    Quantity,
    Reading,
    Sample,
)


def moment(seconds: float) -> datetime:
    return NOW + timedelta(seconds=seconds)


def started(at_s: float = 0, number: int | None = 1) -> BrewStarted:
    return BrewStarted(at=stamp(moment(at_s)), number=number)


def finished(at_s: float = 25, number: int | None = 1, *, synced: bool = True) -> BrewFinished:
    return BrewFinished(
        at=stamp(moment(at_s), synced=synced), number=number, duration_s=25.0, water_ml=40.0
    )


def counter(at_s: float, value: int, name: str = BREWS_TOTAL) -> Counter:
    return Counter(at=stamp(moment(at_s)), name=name, value=value)


def live(*readings: Reading) -> list[Brew]:
    watch = BrewWatch()
    brews: list[Brew] = []
    for reading in readings:
        watch, found = receive(watch, reading)
        brews += found
    return brews


AT = stamp(NOW)
EVERY_READING: list[Reading] = [
    started(),
    finished(),
    LinkLost(at=AT, reason=LinkLoss.SILENT),
    LinkUp(at=AT),
    ControllerStarted(
        at=AT, protocol="1.0", firmware="1.0.0", serial="S", boot_count=1, reset_cause=""
    ),
    FramesMissed(at=AT, count=3),
    counter(0, 7),
    counter(0, 7, name="descalings"),
    Flag(at=AT, name=FlagName.PUMP_ON, on=True),
    Sample(at=AT, quantity=Quantity.BOILER_TEMP_C, value=91.5),
]  # fmt: skip


@pytest.mark.parametrize(("state", "reading"), [*product(State, EVERY_READING)])
def test_the_table_alone_decides_the_next_state(state: State, reading: Reading) -> None:
    watch, brews = receive(BrewWatch(state=state), reading)
    assert watch.state is TRANSITIONS.get((state, type(reading)), state)
    # Only a finished brew is one: not a start, not a lost link.
    assert len(brews) == isinstance(reading, BrewFinished)


def test_the_table_knows_every_state_and_every_reading_that_begins_or_ends_a_brew() -> None:
    moves = (BrewStarted, BrewFinished, LinkLost, ControllerStarted)
    assert TRANSITIONS.keys() == set(product(State, moves))
    begun = {kind for (_, kind), to in TRANSITIONS.items() if to is State.BREWING}
    assert begun == {BrewStarted}


def test_an_announced_brew_began_its_duration_before_it_ended() -> None:
    assert live(started(0), finished(25)) == [
        Brew(
            started_at=NOW,
            started_before=NOW,
            duration_s=25.0,
            water_ml=40.0,
            certainty=Certainty.EXACT,
        )
    ]


def test_a_brew_whose_start_was_lost_counts_all_the_same() -> None:
    assert [brew.started_at for brew in live(finished(25))] == [NOW]


def test_a_brew_under_a_clock_that_is_not_set_has_no_time_of_day() -> None:
    (brew,) = live(finished(25, synced=False))
    assert brew.certainty is Certainty.UNSYNCED


def test_the_first_counter_tells_nothing_about_today() -> None:
    assert live(counter(0, 4711)) == []


def test_a_counter_that_grew_by_what_was_announced_adds_nothing() -> None:
    brews = live(
        counter(0, 4), finished(30, 5), counter(31, 5), finished(60, 6), counter(61, 6)
    )
    assert [brew.certainty for brew in brews] == [Certainty.EXACT] * 2


def test_a_brew_that_only_the_counter_saw_lies_between_its_two_readings() -> None:
    (brew,) = live(counter(0, 4), started(10, 5), LinkLost(at=AT, reason=LinkLoss.SILENT),
                   LinkUp(at=AT), counter(600, 5))  # fmt: skip
    assert brew == Brew(
        started_at=NOW,
        started_before=moment(600),
        duration_s=0.0,
        water_ml=None,
        certainty=Certainty.INTERVAL,
    )


def test_a_gap_in_the_numbers_is_filled_by_the_counter_that_follows() -> None:
    brews = live(counter(0, 4), finished(30, 5), finished(300, 7), counter(301, 7))
    assert [brew.certainty for brew in brews] == [
        Certainty.EXACT,
        Certainty.EXACT,
        Certainty.INTERVAL,
    ]
    assert (brews[2].started_at, brews[2].started_before) == (moment(30), moment(301))


def test_a_brew_missed_after_the_first_announced_one_is_found() -> None:
    brews = live(finished(25, 5), counter(600, 6))
    assert [brew.certainty for brew in brews] == [Certainty.EXACT, Certainty.INTERVAL]


def test_machines_that_do_not_number_their_brews_are_counted_too() -> None:
    brews = live(counter(0, 4), finished(30, None), counter(31, 5), counter(600, 6))
    assert [brew.certainty for brew in brews] == [Certainty.EXACT, Certainty.INTERVAL]


def test_a_machine_that_only_counts_yields_intervals() -> None:
    brews = live(counter(0, 4), counter(60, 4), counter(120, 6))
    assert [(b.started_at, b.started_before) for b in brews] == [(moment(60), moment(120))] * 2


def test_a_counter_that_went_back_is_another_controller_and_tells_nothing() -> None:
    assert live(counter(0, 400), counter(60, 3)) == []
    assert len(live(counter(0, 400), counter(60, 3), counter(120, 4))) == 1
    assert len(live(counter(0, 400), finished(60, 1), counter(61, 1), finished(99, 2))) == 2


def test_a_counter_that_leaps_is_broken_and_tells_nothing() -> None:
    assert len(live(counter(0, 0), counter(60, MISSING_MAX))) == MISSING_MAX
    assert live(counter(0, 0), counter(60, MISSING_MAX + 1)) == []
    assert live(counter(0, 0), counter(60, 2**32 - 1), counter(61, 2**32 - 1)) == []


def test_other_counters_are_not_brews() -> None:
    assert live(counter(0, 1, "descalings"), counter(60, 5, "descalings")) == []


@given(
    lost=st.lists(st.tuples(st.booleans(), st.booleans(), st.booleans()), max_size=30),
    numbered=st.booleans(),
    first=st.integers(0, 2**31),
)
def test_there_are_as_many_brews_as_the_counter_grew_whatever_was_lost(
    lost: list[tuple[bool, bool, bool]], numbered: bool, first: int
) -> None:
    """Start, end and counter of each brew are lost at will; the last counter is heard."""
    readings: list[Reading] = [counter(0, first)]
    for index, (no_start, no_end, no_counter) in enumerate(lost, start=1):
        at_s, total = 100.0 * index, first + index
        number = total if numbered else None
        readings += [] if no_start else [started(at_s, number)]
        readings += [] if no_end else [finished(at_s + 25, number)]
        readings += [] if no_counter else [counter(at_s + 26, total)]
    readings.append(counter(100_000, first + len(lost)))
    brews = live(*readings)
    assert len(brews) == len(lost)
    exact = [brew for brew in brews if brew.certainty is Certainty.EXACT]
    assert len(exact) == sum(not no_end for _, no_end, _ in lost)
    for brew in brews:
        assert NOW <= brew.started_at <= brew.started_before
        assert brew.started_at.tzinfo is UTC
