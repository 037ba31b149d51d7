"""The resident's habits, and the three ways in which they break."""

from collections import Counter
from datetime import UTC, date, timedelta
from itertools import pairwise
from statistics import mean, median

import pytest
from hypothesis import given
from hypothesis import strategies as st

from scripts.first_cup.household import PlannedBrew
from scripts.first_cup.resident import APART, PATIENCE_DAYS, STORY_DAYS, Resident, Story

TODAY = date(2026, 3, 12)
DAY = timedelta(days=1)

seeds = st.integers(min_value=0, max_value=2**40)
todays = st.dates(min_value=date(2001, 1, 1), max_value=date(2099, 12, 31))
stories = st.sampled_from(Story)


def resident(story: Story = Story.SURGE, seed: int = 7, today: date = TODAY) -> Resident:
    """Return a resident whose routine breaks a week before ``today``, whatever the story."""
    late_by = STORY_DAYS[story] * DAY - 7 * DAY
    return Resident(story=story, seed=seed, today=today + late_by)


def whole_life(home: Resident) -> list[PlannedBrew]:
    return list(home.brews(home.first_day, home.last_day))


def per_day(home: Resident, first: date, last: date) -> list[int]:
    counts = Counter(brew.at.date() for brew in home.brews(first, last))
    return [counts[first + i * DAY] for i in range((last - first).days + 1)]


def ordinary(home: Resident) -> list[PlannedBrew]:
    return list(home.brews(home.first_day, home.breaks_on - DAY))


@given(stories, seeds, todays)
def test_the_same_seed_and_day_live_the_same_life(story: Story, seed: int, today: date) -> None:
    assert whole_life(resident(story, seed, today)) == whole_life(resident(story, seed, today))


@given(stories, seeds, todays, st.integers(min_value=1, max_value=60))
def test_a_life_is_the_same_however_its_days_are_asked_for(
    story: Story, seed: int, today: date, cut: int
) -> None:
    home = resident(story, seed, today)
    middle = home.first_day + cut * DAY
    halves = [
        *home.brews(home.first_day, middle),
        *home.brews(middle + DAY, home.last_day),
    ]
    assert halves == whole_life(home)


@given(stories, seeds, todays)
def test_nobody_presses_the_button_while_a_cup_is_still_being_brewed(
    story: Story, seed: int, today: date
) -> None:
    times = [brew.at.astimezone(UTC) for brew in whole_life(resident(story, seed, today))]
    assert all(b - a >= APART for a, b in pairwise(times))


@given(stories, seeds, todays)
def test_every_brew_has_a_time_that_exists_in_paris(
    story: Story, seed: int, today: date
) -> None:
    for brew in whole_life(resident(story, seed, today)):
        assert brew.at.astimezone(UTC).astimezone(brew.at.tzinfo) == brew.at
        assert brew.at.utcoffset() in (timedelta(hours=1), timedelta(hours=2))


def test_another_seed_is_another_life() -> None:
    assert whole_life(resident(seed=1)) != whole_life(resident(seed=2))


def test_the_ordinary_weeks_do_not_know_which_story_follows() -> None:
    assert ordinary(resident(Story.SURGE)) == ordinary(resident(Story.NIGHT))


def test_the_first_cup_is_early_and_punctual_on_weekdays_and_later_on_weekends() -> None:
    first_cups: dict[bool, list[float]] = {True: [], False: []}
    for seed in range(20):
        home = resident(seed=seed)
        seen: set[date] = set()
        for brew in ordinary(home):
            day = brew.at.date()
            if day not in seen:
                seen.add(day)
                hour = brew.at.hour + brew.at.minute / 60
                first_cups[day.weekday() >= 5].append(hour)
    assert 7.0 < median(first_cups[False]) < 7.4
    assert 8.3 < median(first_cups[True]) < 9.1


def test_an_ordinary_day_has_about_four_coffees_and_none_of_them_at_night() -> None:
    for seed in range(20):
        home = resident(seed=seed)
        brews = ordinary(home)
        assert 3.0 < len(brews) / 42 < 4.5
        assert all(5 <= brew.at.hour <= 23 for brew in brews)


def test_the_house_is_empty_once_and_neither_at_the_beginning_nor_right_before_the_story() -> (
    None
):
    for seed in range(20):
        home = resident(seed=seed)
        days = [home.first_day + i * DAY for i in range(42)]
        away = [i for i, day in enumerate(days) if home.away_on(day)]
        assert 2 <= len(away) <= 5
        assert away == list(range(away[0], away[-1] + 1))
        assert away[0] >= 7
        assert away[-1] < 35


def test_guests_come_on_some_sundays() -> None:
    sundays: list[int] = []
    other: list[int] = []
    for seed in range(40):
        home = resident(seed=seed)
        counts = per_day(home, home.first_day, home.breaks_on - DAY)
        for i, count in enumerate(counts):
            weekday = (home.first_day + i * DAY).weekday()
            (sundays if weekday == 6 else other).append(count)
    assert max(sundays) > max(other)
    assert median(sundays) < 6


@given(seeds, todays)
def test_a_surge_doubles_each_habitual_cup_day_after_day(seed: int, today: date) -> None:
    surging = resident(Story.SURGE, seed, today)
    # The night story keeps the day as it is, so its daytime is what the surge doubles.
    usual = [
        brew
        for brew in resident(Story.NIGHT, seed, today).brews(
            surging.breaks_on, surging.last_day
        )
        if brew.at.hour >= 5 and brew.at.weekday() != 6
    ]
    doubled = [
        brew
        for brew in surging.brews(surging.breaks_on, surging.last_day)
        if brew.at.weekday() != 6
    ]
    assert len(doubled) == 2 * len(usual)


def test_a_surge_is_about_twice_what_was_usual() -> None:
    ratios = []
    for seed in range(20):
        home = resident(Story.SURGE, seed)
        before = [n for n in per_day(home, home.first_day, home.breaks_on - DAY) if n]
        after = per_day(home, home.breaks_on, home.breaks_on + 6 * DAY)
        ratios.append(mean(after) / mean(before))
    assert 1.8 < mean(ratios) < 2.1


@given(seeds, todays)
def test_after_the_last_coffee_there_is_none(seed: int, today: date) -> None:
    home = resident(Story.STOP, seed, today)
    counts = per_day(home, home.breaks_on, home.last_day)
    assert counts[0] <= 1
    assert counts[1:] == [0] * PATIENCE_DAYS


@given(seeds, todays)
def test_the_night_story_has_cups_between_one_and_half_past_four_every_night(
    seed: int, today: date
) -> None:
    home = resident(Story.NIGHT, seed, today)
    nights = Counter(
        brew.at.date()
        for brew in home.brews(home.breaks_on, home.last_day)
        if 1 <= brew.at.hour < 5
    )
    assert len(nights) == PATIENCE_DAYS + 1
    assert set(nights.values()) <= {2, 3}


@pytest.mark.parametrize("story", Story)
def test_the_story_begins_days_before_today_after_six_weeks(story: Story) -> None:
    home = Resident(story=story, seed=7, today=TODAY)
    assert home.breaks_on == TODAY - STORY_DAYS[story] * DAY
    assert home.first_day == home.breaks_on - 42 * DAY
    assert list(home.switched_off(home.first_day, home.last_day)) == []
