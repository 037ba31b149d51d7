"""The parts of the routine keep their own promises: days, baseline, evidence, budget."""

from datetime import date

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from agent.learning import departures
from agent.learning.baseline import GUARD_DAYS, Baseline
from agent.learning.budget import MERGE_HOURS, PauseTail, Tail, Watch
from agent.learning.feast_days import easter_sunday, is_feast
from agent.learning.observed_days import BREWS_AN_HOUR_MAX, WINDOW_DAYS, ObservedDays
from wire.facts import RoutineKind

MONDAY = 739_257
"""2025-01-06 as an ordinal."""
TAIL = Tail(once_a_year=3.0, scale=1.0, smallest=1.0, prior_years=1.0)


def household(days: int, hours: tuple[int, ...] = (7, 10, 13, 16, 20)) -> ObservedDays:
    """Return ``days`` fully seen days with one brew in each of ``hours``."""
    observed = ObservedDays(MONDAY)
    for day in range(MONDAY, MONDAY + days):
        observed.extend_to(day)
        for hour in range(24):
            observed.add_seen(day, hour, 10)
        for hour in hours:
            observed.add_brews(day, hour, 1)
    return observed


def evidence(observed: ObservedDays, kind: RoutineKind) -> float:
    baseline = Baseline(observed, observed.last_day + 1)
    found = getattr(departures, kind.value)(baseline, baseline.recent)
    assert isinstance(found, departures.Departure)
    return found.evidence


def change_last_days(observed: ObservedDays, days: int, hours: tuple[int, ...]) -> None:
    observed.brews[-days:] = 0
    for hour in hours:
        observed.brews[-days:, hour] += 1


@pytest.mark.parametrize("kind", [kind for kind in RoutineKind if kind != "silence"])
def test_a_household_that_never_changes_departs_in_no_way(kind: RoutineKind) -> None:
    assert evidence(household(120), kind) == 0.0


@pytest.mark.parametrize(
    ("kind", "days", "hours"),
    [
        ("rise", 7, (7, 8, 10, 11, 13, 14, 16, 17, 20, 21)),
        ("fall", 20, (7, 16)),
        ("night", 3, (1, 3, 7, 10, 13, 16, 20)),
        ("timing", 6, (10, 13, 16, 19, 23)),
        ("drift", 20, (9, 12, 15, 18, 22)),
    ],
)
def test_a_changed_household_departs_in_that_way(
    kind: str, days: int, hours: tuple[int, ...]
) -> None:
    observed = household(120)
    change_last_days(observed, days, hours)
    assert evidence(observed, RoutineKind(kind)) > 3.0


def test_a_small_difference_is_tolerated() -> None:
    observed = household(120)
    change_last_days(observed, 14, (7, 8, 10, 13, 16, 20))
    assert evidence(observed, RoutineKind.RISE) < 0.5
    observed = household(120)
    change_last_days(observed, 14, (8, 11, 14, 17, 21))
    assert evidence(observed, RoutineKind.TIMING) == 0.0


def test_one_day_of_guests_is_no_evidence_and_a_doubled_week_is() -> None:
    guests, week = household(120), household(120)
    guests.brews[-1] *= 6
    week.brews[-7:] *= 2
    assert evidence(guests, RoutineKind.RISE) == 0.0
    assert evidence(week, RoutineKind.RISE) > 3.0


def test_a_rise_stands_out_from_the_days_right_before_it_and_not_from_last_season_alone() -> (
    None
):
    season, sudden = household(120), household(120)
    season.brews[-45:-8] *= 2
    season.brews[-8:] *= 3
    sudden.brews[-8:] *= 2
    # Both are twice the reference, which does not know the season yet.
    assert evidence(sudden, RoutineKind.RISE) > 2.0
    assert evidence(season, RoutineKind.RISE) < 0.2 * evidence(sudden, RoutineKind.RISE)


def test_more_coffee_on_feast_days_is_no_rise() -> None:
    december = household(date(2025, 12, 29).toordinal() - MONDAY)
    december.brews[-6:] *= 3
    assert evidence(december, RoutineKind.RISE) == 0.0
    november = household(date(2025, 11, 29).toordinal() - MONDAY)
    november.brews[-6:] *= 3
    assert evidence(november, RoutineKind.RISE) > 3.0


@pytest.mark.parametrize(
    ("year", "month", "day"), [(2014, 4, 20), (2024, 3, 31), (2025, 4, 20), (2038, 4, 25)]
)
def test_easter_is_when_the_calendar_says(year: int, month: int, day: int) -> None:
    easter = date(year, month, day)
    assert easter_sunday(year) == easter
    around = [is_feast(easter.toordinal() + days) for days in range(-3, 3)]
    assert around == [False, True, True, True, True, False]


def test_one_idle_day_is_no_evidence_of_a_fall() -> None:
    observed = household(120)
    observed.brews[-2, 8:] = 0
    assert evidence(observed, RoutineKind.FALL) == 0.0


def test_days_of_absence_neither_lower_the_baseline_nor_read_as_a_fall() -> None:
    observed = household(120)
    observed.brews[-40:-20] = 0
    observed.brews[-5:] = 0
    baseline = Baseline(observed, observed.last_day + 1)
    assert baseline.rates.sum(axis=1) == pytest.approx([5.0, 5.0], rel=0.05)
    assert evidence(observed, RoutineKind.FALL) == 0.0


def test_unseen_hours_are_neither_expected_nor_counted() -> None:
    observed = household(120)
    observed.seen_tenths[-20:, 12:] = 0
    observed.brews[-20:, 12:] = 0
    assert evidence(observed, RoutineKind.FALL) == 0.0
    observed.brews[-20:, 12:] = 30
    assert evidence(observed, RoutineKind.RISE) == 0.0


def test_the_newest_days_are_not_their_own_reference() -> None:
    usual, changed = household(120), household(120)
    changed.brews[-GUARD_DAYS:] *= 3
    today = usual.last_day + 1
    assert (Baseline(usual, today).rates == Baseline(changed, today).rates).all()


def test_weekends_have_their_own_usual() -> None:
    observed = household(120)
    for row in range(120):
        if row % 7 >= 5:
            observed.brews[row] *= 2
    rates = Baseline(observed, observed.last_day + 1).rates.sum(axis=1)
    assert rates[0] == pytest.approx(5.0, rel=0.15)
    assert rates[1] == pytest.approx(10.0, rel=0.25)
    assert evidence(observed, RoutineKind.RISE) < 1.0


def test_a_household_that_brews_at_every_hour_has_no_night() -> None:
    observed = household(120, hours=tuple(range(24)))
    baseline = Baseline(observed, observed.last_day + 1)
    assert baseline.quiet.size == 0
    assert departures.night(baseline, baseline.recent).evidence == 0.0


def test_an_empty_past_has_a_baseline_that_claims_nothing() -> None:
    baseline = Baseline(ObservedDays(MONDAY), MONDAY)
    assert baseline.days_seen == baseline.reference_days == baseline.compared_days == 0
    assert baseline.recent == []
    assert np.isfinite(baseline.rates).all()


def test_a_counter_gone_mad_is_remembered_as_it_was_counted() -> None:
    observed = household(3)
    observed.add_brews(MONDAY + 1, 7, 5000)
    assert observed.brews[1, 7] == BREWS_AN_HOUR_MAX
    assert (ObservedDays.from_json(observed.to_json()).brews == observed.brews).all()


def test_the_window_forgets_its_oldest_days() -> None:
    observed = household(WINDOW_DAYS + 30)
    assert len(observed.brews) == WINDOW_DAYS
    assert observed.first_day == MONDAY + 30
    observed.extend_to(observed.last_day + 10 * WINDOW_DAYS)
    assert observed.brews.sum() == 0


@given(
    st.lists(st.floats(min_value=0.1, max_value=20), max_size=8),
    st.floats(min_value=0, max_value=3),
    st.floats(min_value=0.01, max_value=12),
)
def test_the_threshold_is_the_smallest_level_that_keeps_the_share(
    peaks: list[float], years: float, allowed: float
) -> None:
    def expected_per_year(level: float) -> float:
        own = sum(TAIL.margin * peak > level for peak in peaks)
        population = float(np.exp((TAIL.once_a_year - level) / TAIL.scale))
        return (TAIL.prior_years * population + own) / (TAIL.prior_years + years)

    level = TAIL.threshold(peaks, years, allowed)
    assert expected_per_year(level) <= allowed * 1.000001
    if level > TAIL.smallest * 1.001:
        assert expected_per_year(level * 0.999) > allowed * 0.98


def test_quiet_years_lower_the_threshold_and_own_peaks_raise_it() -> None:
    new = TAIL.threshold([], 0.0, 0.2)
    quiet = TAIL.threshold([], 2.0, 0.2)
    restless = TAIL.threshold([6.0], 2.0, 0.2)
    assert quiet < new < restless
    assert restless > 6.0


def test_a_watch_counts_an_excursion_once_and_close_ones_together() -> None:
    watch = Watch(TAIL)
    for hour, level in enumerate([2.0, 5.0, 4.0, 0.0, 6.0, 0.0]):
        watch.update(hour, level)
    assert watch.threshold(0.0, 0.2) == TAIL.threshold([6.0], 0.0, 0.2)
    watch.update(2 * MERGE_HOURS, 3.0)
    watch.update(2 * MERGE_HOURS + 1, 0.0)
    assert watch.threshold(9.0, 0.2) == TAIL.threshold([6.0, 3.0], 9.0, 0.2)


def test_a_raised_watch_is_ready_again_once_its_evidence_has_halved() -> None:
    watch = Watch(TAIL)
    watch.update(0, 8.0)
    watch.raise_now()
    watch.update(1, 4.5)
    assert watch.raised
    watch.update(2, 3.9)
    assert not watch.raised


PAUSES = PauseTail(smallest=2.0, a_year=6.0, mean_beyond=2.0, prior_years=1.0)


@given(
    st.lists(st.floats(min_value=2.0, max_value=20), max_size=30),
    st.floats(min_value=0, max_value=3),
    st.floats(min_value=0.01, max_value=12),
)
def test_the_threshold_of_a_pause_keeps_the_share_by_its_own_tail(
    peaks: list[float], years: float, allowed: float
) -> None:
    number = 6.0 + len(peaks)
    total = 12.0 + sum(peak - 2.0 for peak in peaks)
    level = PAUSES.threshold(peaks, years, allowed)
    expected = number / (1.0 + years) * (1 + (level - 2.0) / total) ** -number
    assert level >= 2.0
    assert expected <= allowed * 1.000001
    if level > 2.0:
        assert expected == pytest.approx(allowed)


def test_many_or_long_pauses_of_its_own_raise_a_homes_threshold() -> None:
    quiet = PAUSES.threshold([], 1.0, 1.0)
    assert PAUSES.threshold([], 0.0, 1.0) > quiet
    assert PAUSES.threshold([4.0] * 20, 1.0, 1.0) > PAUSES.threshold([4.0] * 5, 1.0, 1.0)
    assert PAUSES.threshold([9.0] * 5, 1.0, 1.0) > PAUSES.threshold([4.0] * 5, 1.0, 1.0)


def test_for_four_weeks_after_a_pause_only_a_longer_one_is_news() -> None:
    watch = Watch(PAUSES)
    watch.update(0, 9.0)
    watch.update(1, 0.0)
    assert watch.threshold(2.0, 4.0) == 9.0
    watch.update(PAUSES.record_hours, 0.0)
    assert watch.threshold(2.0, 4.0) < 9.0
