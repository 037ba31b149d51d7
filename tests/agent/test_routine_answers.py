"""What the owner is shown and what the owner's answers teach: held back, accepted, promised."""

import json
from datetime import UTC, datetime, timedelta
from pathlib import Path
from random import Random

import numpy as np
import pytest

from agent.learning.baseline import REFERENCE_DAYS_MIN
from agent.learning.departures import Departure
from agent.learning.habits import DECLINE_DAYS_MAX, Habits
from agent.learning.judge import HeldBackReason, Judge
from agent.learning.routine import Routine
from agent.learning.routine_picture import BUDGETS, Steadiness
from tests.agent.resident import START, ZONE, live, ordinary_day
from wire.facts import Measure, RoutineChange, RoutineKind

SIX_WEEKS = 42


def fresh(budget_per_year: float = 1.0) -> Routine:
    return Routine(timezone=ZONE, budget_per_year=budget_per_year)


def moment(days: float) -> datetime:
    return (START + timedelta(days=days)).astimezone(UTC)


def departed(kind: RoutineKind, evidence: float) -> Departure:
    measure, day = Measure.BREWS_PER_DAY, START.toordinal()
    return Departure(kind=kind, evidence=evidence, since_day=day, measure=measure, observed=1.0)


def told(departure: Departure) -> RoutineChange:
    return RoutineChange(
        kind=departure.kind,
        since=moment(0),
        noticed_at=moment(1),
        measure=departure.measure,
        observed=departure.observed,
        usual=5.0,
        compared_days=60,
        last_brew_at=None,
        timezone=ZONE,
    )


def go_on(routine: Routine, *, from_day: int, days: int, story: str | None = None) -> list[str]:
    """Live on; return the kinds that were raised."""
    noticed = live(
        routine,
        Random(from_day),
        days=0 if story else days,
        story=story,
        story_days=days if story else 0,
        start=START + timedelta(days=from_day),
    )
    return [one.change.kind.value for one in noticed]


def test_a_change_that_a_rest_holds_back_is_listed_with_its_reason() -> None:
    routine = fresh()
    assert go_on(routine, from_day=0, days=SIX_WEEKS) == []
    assert list(routine.held_back) == []
    assert go_on(routine, from_day=SIX_WEEKS, days=11, story="rise")[:1] == ["rise"]
    go_on(routine, from_day=SIX_WEEKS + 11, days=3, story="night")
    night = [one for one in routine.held_back if one.kind is RoutineKind.NIGHT]
    assert [one.reason for one in night] == [HeldBackReason.RESTING]
    assert night[0].score >= 1.0
    assert night[0].open
    assert night[0].change.kind is RoutineKind.NIGHT
    assert night[0].since == night[0].change.since


def test_a_change_that_only_a_larger_budget_would_ask_about_is_listed() -> None:
    small, large = fresh(1.0), fresh(4.0)
    for routine in (small, large):
        go_on(routine, from_day=0, days=SIX_WEEKS)
    days = 5
    raised = go_on(large, from_day=SIX_WEEKS, days=days, story="silence")
    assert go_on(small, from_day=SIX_WEEKS, days=days, story="silence") == []
    assert raised == ["silence"]
    [held] = [one for one in small.held_back if one.kind is RoutineKind.SILENCE]
    assert held.reason is HeldBackReason.BUDGET
    assert 0 < held.score < 1
    small.brew(moment(SIX_WEEKS + days) + timedelta(hours=1))
    small.advance(moment(SIX_WEEKS + days) + timedelta(hours=3))
    [over] = [one for one in small.held_back if one.kind is RoutineKind.SILENCE]
    assert not over.open
    small.advance(moment(SIX_WEEKS + days + 100))
    kept = [one.change.noticed_at for one in small.held_back]
    assert over.change.noticed_at not in kept


def test_what_arises_while_a_question_is_open_waits_and_is_asked_when_that_is_over() -> None:
    routine = fresh()
    go_on(routine, from_day=0, days=SIX_WEEKS)
    assert routine.advance(moment(SIX_WEEKS + 9), room=0) == []
    assert not routine.going_on(RoutineKind.SILENCE)
    [waits] = routine.held_back
    assert (waits.kind, waits.reason) == (RoutineKind.SILENCE, HeldBackReason.RESTING)
    assert waits.score > 1.0
    again = Routine.from_json(routine.to_json(), timezone=ZONE, budget_per_year=1.0)
    [noticed] = again.advance(moment(SIX_WEEKS + 9.1), room=1)
    assert noticed.change.kind is RoutineKind.SILENCE
    assert again.held_back == ()


def test_in_one_look_no_more_is_noticed_than_there_is_room_for() -> None:
    def nights_and_silence(room: int | None) -> list[str]:
        routine = fresh()
        go_on(routine, from_day=0, days=SIX_WEEKS)
        for night in range(6):
            for hour in (2, 3):
                routine.brew(moment(SIX_WEEKS + night + hour / 24))
        noticed = routine.advance(moment(SIX_WEEKS + 16), room=room)
        return [one.change.kind.value for one in noticed]

    assert nights_and_silence(None) == ["night", "silence"]
    assert nights_and_silence(2) == ["night", "silence"]
    assert nights_and_silence(1) == ["night"]


def test_a_rise_that_goes_on_is_not_over_in_the_morning() -> None:
    routine = fresh()
    go_on(routine, from_day=0, days=SIX_WEEKS)
    assert "rise" in go_on(routine, from_day=SIX_WEEKS, days=11, story="rise")
    for day in range(SIX_WEEKS + 11, SIX_WEEKS + 16):
        assert go_on(routine, from_day=day, days=1, story="rise") == []
        assert routine.going_on(RoutineKind.RISE)


def test_after_a_silence_a_fall_rests_until_its_days_are_other_days() -> None:
    def days_until_asked(silence: float) -> int | None:
        judge = Judge(budget_per_year=1.0)
        for day in range(40):
            departures = {
                RoutineKind.SILENCE: departed(RoutineKind.SILENCE, 0.0 if day else silence),
                RoutineKind.FALL: departed(RoutineKind.FALL, 50.0 if day else 0.0),
            }
            at = moment(SIX_WEEKS + day)
            asked = judge.judge(departures, at, told, full=False)
            if asked is not None and asked[0].kind is RoutineKind.FALL:
                return day
        return None

    assert days_until_asked(0.0) == 1
    assert days_until_asked(30.0) == 28


def test_what_is_raised_later_is_no_longer_held_back() -> None:
    routine = fresh()
    go_on(routine, from_day=0, days=SIX_WEEKS)
    assert go_on(routine, from_day=SIX_WEEKS, days=16, story="silence") == ["silence"]
    assert [one for one in routine.held_back if one.kind is RoutineKind.SILENCE] == []


def test_an_accepted_rise_is_the_new_usual_and_half_of_it_a_fall() -> None:
    routine = fresh()
    go_on(routine, from_day=0, days=SIX_WEEKS)
    assert "rise" in go_on(routine, from_day=SIX_WEEKS, days=11, story="rise")
    now = moment(SIX_WEEKS + 11)
    usual = routine.picture().usual_brews_per_day
    assert routine.going_on(RoutineKind.RISE)
    routine.accept(RoutineKind.RISE, now)
    assert not routine.going_on(RoutineKind.RISE)
    assert go_on(routine, from_day=SIX_WEEKS + 11, days=24, story="rise") == []
    assert routine.scores(moment(SIX_WEEKS + 35))[RoutineKind.RISE] < 0.3
    assert routine.picture().usual_brews_per_day > 1.6 * usual
    assert "fall" in go_on(routine, from_day=SIX_WEEKS + 35, days=21)


def test_accepting_what_was_never_raised_teaches_nothing() -> None:
    routine = fresh()
    go_on(routine, from_day=0, days=SIX_WEEKS)
    before = json.dumps(routine.to_json())
    routine.accept(RoutineKind.FALL, moment(SIX_WEEKS))
    assert json.dumps(routine.to_json()) == before


def test_an_accepted_pause_asks_for_a_longer_one_next_time() -> None:
    routine = fresh()
    go_on(routine, from_day=0, days=SIX_WEEKS)
    go_on(routine, from_day=SIX_WEEKS, days=12, story="silence")
    routine.accept(RoutineKind.SILENCE, moment(SIX_WEEKS + 12))
    promised = {one.budget_per_year: one.stop_noticed_after_h for one in routine.trade_off()}
    assert all(hours is None or hours >= 11.5 * 24 for hours in promised.values())
    go_on(routine, from_day=SIX_WEEKS + 12, days=14)
    assert go_on(routine, from_day=SIX_WEEKS + 26, days=11, story="silence") == []


def half(day: datetime, random: Random) -> list[datetime]:
    """Less than half of the coffee."""
    return [at for at in ordinary_day(day, random) if random.random() < 0.4]


def decline(routine: Routine, *, days: int) -> list[str]:
    random, kinds = Random(5), []
    for number in range(days):
        day = START + timedelta(days=2 * SIX_WEEKS + number)
        for at in half(day, random):
            routine.brew(at.astimezone(UTC))
        noticed = routine.advance((day + timedelta(days=1)).astimezone(UTC))
        kinds += [one.change.kind.value for one in noticed]
    return kinds


def test_a_decline_is_learned_only_when_the_owner_says_that_it_is_how_it_is_now() -> None:
    fine, accepted = fresh(4.0), fresh(4.0)
    for routine in (fine, accepted):
        go_on(routine, from_day=0, days=2 * SIX_WEEKS)
        assert "fall" in decline(routine, days=28)
    usual = fine.picture().usual_brews_per_day
    accepted.accept(RoutineKind.FALL, moment(2 * SIX_WEEKS + 28))
    for routine in (fine, accepted):
        decline_on(routine, days=40)
    assert fine.picture().usual_brews_per_day == usual
    assert fine.scores(moment(0))[RoutineKind.FALL] > 0.5
    assert accepted.picture().usual_brews_per_day < 0.6 * usual
    assert accepted.scores(moment(0))[RoutineKind.FALL] < 0.3


def decline_on(routine: Routine, *, days: int) -> None:
    random = Random(6)
    for number in range(days):
        day = START + timedelta(days=2 * SIX_WEEKS + 28 + number)
        for at in half(day, random):
            routine.brew(at.astimezone(UTC))
        routine.advance((day + timedelta(days=1)).astimezone(UTC))


def test_after_months_too_little_from_before_is_remembered_to_go_on_refusing() -> None:
    habits = Habits()
    habits.decline_begins(1000)
    days = np.arange(990, 1000 + DECLINE_DAYS_MAX + 5)
    usual = habits.usual(days)
    assert usual[:10].all()
    assert not usual[10 : 10 + DECLINE_DAYS_MAX].any()
    assert usual[10 + DECLINE_DAYS_MAX :].all()
    assert habits.decline_ends(1004)
    assert not habits.decline_ends(1005)
    assert list(habits.usual(np.arange(1003, 1006))) == [False, True, True]


def test_the_picture_shows_when_coffee_is_usual_here() -> None:
    routine = fresh()
    go_on(routine, from_day=0, days=SIX_WEEKS)
    picture = routine.picture()
    assert len(picture.weekday_brews) == len(picture.weekend_brews) == 24
    assert picture.weekday_brews[7] > 0.2
    assert picture.weekday_brews[2] < 0.05
    assert set(picture.quiet_hours) <= {0, 1, 2, 3, 4, 5, 21, 22, 23}
    assert picture.usual_brews_per_day == pytest.approx(4.5, abs=0.8)
    assert 10 < picture.longest_pause_h < 30
    assert picture.seen_days == SIX_WEEKS
    assert not picture.learning
    assert picture.regularity[RoutineKind.SILENCE] is Steadiness.STEADY
    assert picture.regularity[RoutineKind.DRIFT] is Steadiness.LEARNING


def test_a_new_device_promises_nothing_and_says_that_it_is_learning() -> None:
    for routine in (fresh(), fresh()):
        assert [one.stop_noticed_after_h for one in routine.trade_off()] == [None] * 5
        assert set(routine.picture().regularity.values()) == {Steadiness.LEARNING}
        assert routine.picture().learning
        go_on(routine, from_day=0, days=9)
        assert [one.stop_noticed_after_h for one in routine.trade_off()] == [None] * 5


@pytest.mark.parametrize(("last_coffee_h", "late"), [(9, False), (18, True)])
def test_a_larger_budget_buys_an_earlier_question_and_the_promise_is_kept(
    last_coffee_h: int, late: bool
) -> None:
    """About so many hours: fewer after a coffee in the evening, more after an early one."""
    routine = fresh()
    go_on(routine, from_day=0, days=SIX_WEEKS)
    offers = routine.trade_off()
    assert tuple(one.budget_per_year for one in offers) == BUDGETS
    hours = [one.stop_noticed_after_h for one in offers if one.stop_noticed_after_h is not None]
    assert len(hours) == len(BUDGETS)
    assert hours == sorted(hours, reverse=True)
    assert hours[0] > hours[-1]
    routine.brew(moment(SIX_WEEKS + last_coffee_h / 24))
    [noticed] = routine.advance(moment(SIX_WEEKS + 12))
    assert noticed.change.kind is RoutineKind.SILENCE
    assert (noticed.change.observed < hours[1]) is late
    assert noticed.change.observed == pytest.approx(hours[1], rel=0.3)


def test_after_accepting_nothing_but_silence_is_judged_until_the_habit_has_days() -> None:
    routine = fresh()
    go_on(routine, from_day=0, days=SIX_WEEKS)
    assert "night" in go_on(routine, from_day=SIX_WEEKS, days=4, story="night")
    routine.accept(RoutineKind.NIGHT, moment(SIX_WEEKS + 4))
    picture = routine.picture()
    assert picture.regularity[RoutineKind.RISE] is Steadiness.LEARNING
    assert picture.regularity[RoutineKind.SILENCE] is not Steadiness.LEARNING
    days = REFERENCE_DAYS_MIN + 15
    assert "night" not in go_on(routine, from_day=SIX_WEEKS + 4, days=days, story="night")
    assert routine.picture().regularity[RoutineKind.RISE] is not Steadiness.LEARNING


def test_answers_survive_a_restart() -> None:
    routine = fresh(2.0)
    go_on(routine, from_day=0, days=2 * SIX_WEEKS)
    assert "fall" in decline(routine, days=28)
    go_on(routine, from_day=2 * SIX_WEEKS + 28, days=9, story="night")
    go_on(routine, from_day=2 * SIX_WEEKS + 37, days=3, story="silence")
    assert len(routine.held_back) > 0
    state = json.loads(json.dumps(routine.to_json()))
    restored = Routine.from_json(state, timezone=ZONE, budget_per_year=2.0)
    assert restored.held_back == routine.held_back
    assert restored.picture() == routine.picture()
    assert restored.trade_off() == routine.trade_off()
    for one in (routine, restored):
        one.accept(RoutineKind.FALL, moment(2 * SIX_WEEKS + 40))
        go_on(one, from_day=2 * SIX_WEEKS + 40, days=12)
    assert restored.to_json() == routine.to_json()


def test_a_state_of_the_first_format_is_taken_over_with_all_that_was_learned() -> None:
    """The file was written by the first version: ten days of twice the coffee after 45 days."""
    kept = json.loads((Path(__file__).parent / "routine_format_1.json").read_text("utf-8"))
    old, now = kept["state"], datetime.fromisoformat(kept["now"])
    restored = Routine.from_json(old, timezone=ZONE, budget_per_year=1.0)
    lived = fresh()
    live(lived, Random(11), days=45, story="rise", story_days=9)
    lived.brew(now - timedelta(minutes=15))
    lived.unseen(now - timedelta(minutes=5), now + timedelta(hours=2))
    lived.advance(now)
    new, again = restored.to_json(), lived.to_json()
    assert (new["lived"], new["pause"]) == (again["lived"], again["pause"])
    watches = new["judge"]["watches"]
    assert {kind: watch["peaks"] for kind, watch in watches.items()} == {
        kind: watch["peaks"] for kind, watch in old["watches"].items() if kind != "silence"
    }
    # How each known pause began was not kept: most begin early.
    pauses = new["judge"]["pauses"]
    assert pauses["early"]["peaks"] == old["watches"]["silence"]["peaks"]
    assert pauses["late"]["peaks"] == []
    assert new["latest"] == old["latest"]
    assert restored.picture().seen_days == 54
    assert restored.advance(now + timedelta(days=9)) != []
