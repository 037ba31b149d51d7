"""Pauses that begin late are rarer absences, and every home has its own hours."""

from datetime import datetime, timedelta
from random import Random

import pytest

from agent.learning.budget import PauseTail
from agent.learning.pause_watch import SHARE_MIN, PauseWatch, began_late

EARLY = PauseTail(smallest=2.0, a_year=6.0, mean_beyond=2.0, prior_years=1.0)
LATE = PauseTail(smallest=2.0, a_year=3.0, mean_beyond=2.0, prior_years=1.0)
DAY = 24
OFTEN = 9.0
"""So many brews a day that chance makes no long pause."""


def fresh() -> PauseWatch:
    return PauseWatch(early=EARLY, late=LATE)


def needed(watch: PauseWatch, *, late: bool, years: float = 0.0) -> float:
    watch.began(late=late, brews_a_day=OFTEN)
    return watch.threshold(years, 1.0)


def pause(watch: PauseWatch, days: float, *, late: bool, hour: int = 0) -> None:
    """Live one pause, and the coffee that ends it."""
    watch.began(late=late, brews_a_day=OFTEN)
    watch.update(hour, days)
    watch.update(hour + 1, 0.0)


def lived(watch: PauseWatch, hours: int, *, late: bool) -> PauseWatch:
    watch.began(late=late, brews_a_day=OFTEN)
    for _ in range(hours):
        watch.scored()
    return watch


@pytest.mark.parametrize(
    ("clock", "late"),
    [("03:59", True), ("04:00", False), ("14:59", False), ("15:00", True), ("23:30", True)],
)
def test_a_day_begins_at_four_and_is_late_from_three_in_the_afternoon(
    clock: str, late: bool
) -> None:
    assert began_late(datetime.fromisoformat(f"2025-03-03T{clock}")) is late


def test_a_pause_that_began_late_needs_to_be_shorter() -> None:
    assert needed(fresh(), late=True) < 0.8 * needed(fresh(), late=False)


def test_long_pauses_of_one_sort_ask_for_more_of_that_sort_only() -> None:
    watch = fresh()
    early, late = needed(watch, late=False, years=2.0), needed(watch, late=True, years=2.0)
    for number in range(5):
        pause(watch, 9.0, late=True, hour=number * 100 * DAY)
    watch.update(600 * DAY, 0.0)
    assert needed(watch, late=False, years=2.0) == early
    assert needed(watch, late=True, years=2.0) > 1.5 * late


def test_where_the_last_coffee_is_always_early_nearly_all_is_allowed_to_early_pauses() -> None:
    watch = lived(fresh(), 365 * DAY, late=False)
    assert needed(watch, late=False) < needed(fresh(), late=False)
    assert needed(watch, late=False) == pytest.approx(EARLY.threshold([], 0.0, 1.0), rel=0.1)
    assert needed(watch, late=True) == LATE.threshold([], 0.0, SHARE_MIN)


def test_a_long_absence_says_nothing_about_the_hours_at_home() -> None:
    watch = fresh()
    watch.began(late=False, brews_a_day=OFTEN)
    watch.update(0, 3.0)
    assert lived(watch, 90 * DAY, late=False).to_json()["hours"] == [0, 0]


def test_on_average_lies_between_both_and_near_the_usual_one() -> None:
    watch = lived(fresh(), 365 * DAY, late=True)
    average = watch.on_average(0.0, 1.0)
    early, late = needed(watch, late=False), needed(watch, late=True)
    assert late < average < early
    assert average - late < 0.1 * (early - late)


def test_an_accepted_pause_is_normal_however_the_next_one_begins() -> None:
    watch = fresh()
    watch.began(late=True, brews_a_day=OFTEN)
    watch.update(0, 12.0)
    watch.accept(0)
    watch.update(1, 0.0)
    for late in (False, True):
        assert needed(watch, late=late) >= 12.0


def test_the_pause_that_was_asked_about_ends_with_the_next_coffee() -> None:
    watch = fresh()
    watch.began(late=True, brews_a_day=OFTEN)
    watch.update(0, 9.0)
    watch.raise_now()
    assert watch.raised
    watch.began(late=False, brews_a_day=OFTEN)
    watch.update(1, 0.0)
    watch.began(late=True, brews_a_day=OFTEN)
    watch.update(1 + timedelta(days=1) // timedelta(hours=1), 0.5)
    assert not watch.raised


def test_where_coffee_is_rare_a_pause_must_be_longer_than_chance_makes() -> None:
    random, days = Random(4), 2000.0
    often = fresh()
    often.began(late=True, brews_a_day=OFTEN)
    for brews_a_day in (0.3, 0.6):
        watch = fresh()
        watch.began(late=True, brews_a_day=brews_a_day)
        needed_days = watch.threshold(0.0, 4.0)
        pauses = [random.expovariate(brews_a_day) for _ in range(int(days * brews_a_day))]
        longer = sum(pause > needed_days for pause in pauses)
        assert longer / (days / 365) <= 4.0
        assert needed_days > 1.5 * often.threshold(0.0, 4.0)


def test_what_is_remembered_comes_back_exactly() -> None:
    watch = lived(fresh(), 100, late=True)
    pause(watch, 5.0, late=False)
    watch.began(late=True, brews_a_day=OFTEN)
    watch.update(9 * DAY, 3.0)
    watch.raise_now()
    again = PauseWatch.from_json(watch.to_json(), early=EARLY, late=LATE)
    assert again.to_json() == watch.to_json()
    assert again.raised
    assert again.threshold(1.0, 1.0) == watch.threshold(1.0, 1.0)
