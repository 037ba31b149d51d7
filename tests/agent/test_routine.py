"""The routine notices what it should, when it should, and keeps still otherwise."""

import json
from datetime import UTC, datetime, timedelta
from itertools import pairwise
from random import Random
from zoneinfo import ZoneInfo

import pytest

from agent.learning.baseline import LEARNING_DAYS
from agent.learning.routine import Routine
from tests.agent.resident import START, ZONE, live
from wire.facts import Measure, RoutineKind

SIX_WEEKS = 42


def fresh(budget_per_year: float = 1.0) -> Routine:
    return Routine(timezone=ZONE, budget_per_year=budget_per_year)


def test_six_ordinary_weeks_raise_no_concern_in_nearly_every_home() -> None:
    raised = [live(fresh(), Random(seed), days=SIX_WEEKS) for seed in range(12)]
    assert sum(bool(noticed) for noticed in raised) <= 1


@pytest.mark.parametrize(
    ("story", "at_most_days"), [("rise", 10.0), ("silence", 6.5), ("night", 4.0)]
)
@pytest.mark.parametrize("seed", [1, 2, 3])
def test_a_broken_routine_is_noticed_with_the_right_kind(
    story: str, at_most_days: float, seed: int
) -> None:
    routine = fresh()
    noticed = live(routine, Random(seed), days=SIX_WEEKS, story=story, story_days=14)
    assert [one.change.kind for one in noticed][:1] == [story]
    began = START.astimezone(UTC) + timedelta(days=SIX_WEEKS)
    delay = noticed[0].change.noticed_at - began
    assert timedelta(0) < delay <= timedelta(days=at_most_days)


def test_a_rise_states_what_was_counted_since_when_and_against_what() -> None:
    noticed = live(fresh(), Random(1), days=SIX_WEEKS, story="rise", story_days=14)
    change = noticed[0].change
    assert change.measure is Measure.BREWS_PER_DAY
    assert 6 <= change.observed <= 13
    assert 4 <= change.usual <= 6
    assert 14 <= change.compared_days <= SIX_WEEKS + 14
    began = START + timedelta(days=SIX_WEEKS)
    assert abs(change.since - began) <= timedelta(days=3)
    assert change.last_brew_at is not None
    assert change.last_brew_at <= change.noticed_at
    assert change.timezone == ZONE
    assert noticed[0].score >= 1.0


def test_a_silence_counts_from_the_last_brew() -> None:
    noticed = live(fresh(), Random(1), days=SIX_WEEKS, story="silence", story_days=14)
    change = noticed[0].change
    assert change.since == change.last_brew_at
    waited_h = (change.noticed_at - change.since).total_seconds() / 3600
    assert change.observed == pytest.approx(waited_h, abs=0.1)
    assert 10 <= change.usual <= 40


def test_one_silence_is_raised_once_and_its_score_ends_with_the_next_brew() -> None:
    routine = fresh()
    noticed = live(routine, Random(1), days=SIX_WEEKS, story="silence", story_days=20)
    assert len(noticed) == 1
    now = (START + timedelta(days=SIX_WEEKS + 20)).astimezone(UTC)
    assert routine.scores(now)[RoutineKind.SILENCE] > 1.0
    routine.brew(now + timedelta(minutes=5))
    assert routine.scores(now + timedelta(minutes=5))[RoutineKind.SILENCE] == 0.0


def test_unseen_time_is_never_silence() -> None:
    routine = fresh()
    live(routine, Random(1), days=SIX_WEEKS)
    away = START + timedelta(days=SIX_WEEKS)
    back = away + timedelta(days=30)
    routine.unseen(away.astimezone(UTC), back.astimezone(UTC))
    assert routine.advance(back.astimezone(UTC)) == []
    assert routine.scores(back.astimezone(UTC))[RoutineKind.SILENCE] < 0.2


def test_a_pause_does_not_reach_across_an_unseen_day() -> None:
    """A brew may have been made that day, so the pause is known from its end only."""
    routine = fresh()
    live(routine, Random(1), days=SIX_WEEKS, story="silence", story_days=3)
    day = START + timedelta(days=SIX_WEEKS + 3)
    routine.unseen(day.astimezone(UTC), (day + timedelta(days=1)).astimezone(UTC))
    later = (day + timedelta(days=3)).astimezone(UTC)
    routine.advance(later)
    across = routine.scores(later)[RoutineKind.SILENCE]
    assert across == pytest.approx(2 * 24 / 6.2 / 24, rel=0.1)


def test_a_brew_that_is_told_late_ends_the_pause_when_it_happened() -> None:
    """After a restart, the counter of the machine may tell of brews of the hours before."""
    routine = fresh()
    live(routine, Random(1), days=SIX_WEEKS, story="silence", story_days=4)
    now = (START + timedelta(days=SIX_WEEKS + 4)).astimezone(UTC)
    assert routine.scores(now)[RoutineKind.SILENCE] > 0.5
    routine.brew(now - timedelta(hours=12))
    routine.advance(now + timedelta(hours=1))
    assert routine.scores(now + timedelta(hours=1))[RoutineKind.SILENCE] < 0.1


def test_an_early_morning_is_not_yet_a_rise() -> None:
    routine = fresh()
    live(routine, Random(1), days=SIX_WEEKS)
    midnight = (START + timedelta(days=SIX_WEEKS)).astimezone(UTC)
    for minutes in (300, 310, 320):
        routine.brew(midnight + timedelta(minutes=minutes))
    assert routine.advance(midnight + timedelta(hours=6)) == []
    assert routine.scores(midnight + timedelta(hours=6))[RoutineKind.RISE] < 0.1


def test_many_small_unseen_spans_equal_one_large_span() -> None:
    one, many = fresh(), fresh()
    start = START.astimezone(UTC)
    marks = [start + timedelta(minutes=7 * n) for n in range(200)]
    for routine in (one, many):
        routine.advance(start)
    one.unseen(marks[0], marks[-1])
    for before, after in pairwise(marks):
        many.unseen(before, after)
    for routine in (one, many):
        routine.advance(start + timedelta(days=3))
    assert one.to_json() == many.to_json()


def test_time_found_unseen_afterwards_is_taken_back() -> None:
    routine = fresh()
    live(routine, Random(1), days=SIX_WEEKS)
    now = (START + timedelta(days=SIX_WEEKS + 2)).astimezone(UTC)
    routine.advance(now)
    before = routine.scores(now)[RoutineKind.SILENCE]
    routine.unseen(now - timedelta(days=1), now)
    routine.advance(now + timedelta(hours=1))
    after = routine.scores(now + timedelta(hours=1))[RoutineKind.SILENCE]
    assert after < 0.7 * before


def test_nothing_is_raised_while_learning() -> None:
    routine = fresh()
    noticed = live(routine, Random(1), days=10, story="silence", story_days=17)
    now = (START + timedelta(days=27)).astimezone(UTC)
    assert noticed == []
    assert routine.learning(now)


def test_learning_ends_after_enough_seen_days() -> None:
    routine = fresh()
    live(routine, Random(1), days=LEARNING_DAYS)
    assert not routine.learning((START + timedelta(days=LEARNING_DAYS)).astimezone(UTC))


def test_a_routine_restored_at_any_hour_has_identical_scores_and_futures() -> None:
    random = Random(4)
    for _ in range(3):
        days, seed = random.randint(30, 50), random.random()
        lived = fresh()
        live(lived, Random(seed), days=days)
        cut = START + timedelta(days=days, hours=random.randint(0, 23), minutes=20)
        lived.brew(cut.astimezone(UTC) - timedelta(minutes=10))
        lived.unseen(cut.astimezone(UTC), cut.astimezone(UTC) + timedelta(hours=3))
        lived.advance(cut.astimezone(UTC))
        text = json.dumps(lived.to_json())
        restored = Routine.from_json(json.loads(text), timezone=ZONE, budget_per_year=1.0)
        assert restored.to_json() == lived.to_json()
        assert restored.scores(cut) == lived.scores(cut)
        later = (cut + timedelta(days=9)).astimezone(UTC)
        assert restored.advance(later) == lived.advance(later)
        assert restored.scores(later) == lived.scores(later)


def test_the_state_of_a_year_is_small() -> None:
    routine = fresh()
    live(routine, Random(1), days=365)
    assert len(json.dumps(routine.to_json())) < 16_000


def test_a_state_of_another_format_is_refused() -> None:
    state = fresh().to_json() | {"format": 99}
    with pytest.raises(ValueError, match="format 99"):
        Routine.from_json(state, timezone=ZONE, budget_per_year=1.0)


def test_how_often_the_caller_advances_changes_nothing() -> None:
    rare, often = fresh(), fresh()
    live(rare, Random(5), days=35)
    live(often, Random(5), days=35)
    at = (START + timedelta(days=35, hours=8)).astimezone(UTC)
    rare.brew(at)
    for minutes in range(0, 8 * 60, 7):
        often.advance(at - timedelta(hours=8) + timedelta(minutes=minutes))
    often.advance(at)
    often.brew(at)
    later = at + timedelta(days=12)
    assert rare.advance(later) == often.advance(later)
    assert rare.to_json() == often.to_json()


@pytest.mark.parametrize("zone", ["Europe/Paris", "Asia/Kolkata", "Australia/Lord_Howe", "UTC"])
def test_every_hour_of_a_year_is_lived_once_in_every_time_zone(zone: str) -> None:
    """Summer time neither adds nor loses days, and seen cells never exceed the clock."""
    routine = Routine(timezone=zone, budget_per_year=1.0)
    start = datetime(2025, 1, 6, tzinfo=ZoneInfo(zone))
    end = start + timedelta(days=364)
    routine.advance(start.astimezone(UTC))
    routine.advance(end.astimezone(UTC))
    seen = routine.to_json()["lived"]["days"]["seen_tenths"]
    partial = [row for row in seen[:-1] if row != "a" * 24]
    assert len(partial) <= 1, partial


def test_local_habits_across_summer_time_raise_nothing() -> None:
    start = datetime(2025, 2, 3, tzinfo=ZoneInfo(ZONE))
    assert live(fresh(), Random(2), days=80, start=start) == []


def test_a_larger_budget_never_needs_more_evidence() -> None:
    def delay(budget: float) -> datetime:
        noticed = live(fresh(budget), Random(3), days=SIX_WEEKS, story="silence", story_days=20)
        return noticed[0].change.noticed_at

    assert delay(4.0) < delay(1.0) < delay(0.5)
