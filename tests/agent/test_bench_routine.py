"""The benchmark of the routine measures something: a broken budget shows in its figures."""

import argparse
from datetime import UTC, date, datetime, timedelta
from itertools import pairwise
from pathlib import Path

import pytest

from agent.learning.budget import Watch
from agent.learning.history import History, Span
from scripts.benchmarks import routine, routine_peers, routine_yardstick
from scripts.benchmarks.routine_population import LivedHome, live, population, summary
from wire.facts import RoutineKind
from wire.options import ConfigError

DAYS = 28 + 120
HOUSEHOLDS = 4


def lived() -> list[LivedHome]:
    return population(seed=3, households=HOUSEHOLDS, days=DAYS, budget_per_year=1.0, jobs=1)


def test_the_figure_of_the_population_shows_when_the_budget_is_broken(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    kept = summary(lived(), seed=1)
    threshold = Watch.threshold
    monkeypatch.setattr(Watch, "threshold", lambda *args: 0.3 * threshold(*args))
    broken = summary(lived(), seed=1)
    assert 2 * kept["per_year"] + 1 < broken["per_year"]
    assert kept["household_years"] == pytest.approx(HOUSEHOLDS * 120 / 365.25, abs=0.1)


def test_the_same_seed_lives_the_same_household() -> None:
    assert live(7, days=90, budget_per_year=4.0) == live(7, days=90, budget_per_year=4.0)


def test_the_interval_holds_the_rate_and_shrinks_with_more_homes() -> None:
    few = [LivedHome(years=1.0, concerns={RoutineKind.RISE: number % 3}) for number in range(9)]
    small, large = summary(few, seed=1), summary(few * 30, seed=1)
    assert small["per_year"] == large["per_year"] == 1.0
    assert small["interval_95"][0] < 1.0 < small["interval_95"][1]
    width = [high - low for low, high in (small["interval_95"], large["interval_95"])]
    assert width[1] < 0.5 * width[0]


def test_without_the_real_homes_there_is_a_word_instead_of_figures(tmp_path: Path) -> None:
    why = routine_yardstick.missing(tmp_path)
    assert why is not None
    assert "skipped" in why
    args = argparse.Namespace(shared=tmp_path, quick=True, seed=1, jobs=1)
    assert routine._real_homes(args) == routine._peers(args) == {"skipped": why}


def test_figures_that_chance_or_missing_homes_leave_open_are_told_as_they_are() -> None:
    """As few injections as --quick makes can all coincide with what was raised anyway."""
    nothing = {"per_year": None}
    result = {
        "status": "PASS",
        "pooled": {
            "years": 0.8,
            "alerts": {"per_year": 1.25, "ci95": [0.03, 6.9]},
            "somebody_home": nothing,
            "with_away_switch": nothing,
            "with_away_switch_somebody_home": nothing,
        },
        "injections": {
            "stop": {
                "n": 1,
                "net_pct": None,
                "detected_right_pct": 100.0,
                "median_delay": None,
                "p90_delay": None,
                "unit": "hours",
            },
            "drift": {"n": 0},
        },
    }
    found = routine_yardstick._figures(result)
    assert found["leaves_the_house_per_year"] is None
    assert list(found["changes"]) == ["stop"]
    assert "1.25 a year" in routine._homes(found)


def test_a_peer_answers_for_covered_days_and_rests_after_a_concern() -> None:
    start = datetime(2025, 1, 1, tzinfo=UTC)
    brews = tuple(start + timedelta(days=n, hours=8) for n in range(60) if n != 40)
    history = History(
        household_id="h",
        timezone="UTC",
        start=start,
        end=start + timedelta(days=60),
        brews=brews,
        unseen=(Span(start=start + timedelta(days=10), end=start + timedelta(days=12)),),
        away=(),
        duplicates=0,
        outside=0,
    )
    days = list(routine_peers.days_of(history))
    assert len(days) == 58
    assert days[0] == (date(2025, 1, 1), 1.0, 8.0)
    raised = list(routine_peers.concerns(days, lambda _brews, _middle: True))
    gaps = [later - earlier for (earlier, _), (later, _) in pairwise(raised)]
    assert set(gaps) == {timedelta(days=routine_peers.REST_DAYS)}
    assert raised[0][0] == datetime(2025, 2, 1)


def test_a_number_of_processes_out_of_range_is_refused() -> None:
    with pytest.raises(ConfigError, match="--jobs 0"):
        routine.run(argparse.Namespace(jobs=0))
