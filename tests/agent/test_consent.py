"""The gate: whatever is missing, expired, contradictory or in doubt means no."""

from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from itertools import product

import pytest
from hypothesis import given
from hypothesis import strategies as st

from agent import consent
from agent.consent import (
    GUARDS,
    ConsentState,
    Reason,
    TrustedTime,
    ask,
    fallen,
    months_later,
    paused,
)
from agent.consents.consent_file import Purpose, Switch, Unreadable
from tests.agent.consents import (
    ALL_YES,
    CERTAIN,
    GIVEN_AT,
    NOTICE_IDS,
    NOW,
    YES,
    ZONE,
    record,
    switch,
    with_record,
    with_switch,
)

CARE = Purpose.CARE_ALERT
CARE_OFF = switch(CARE, on=False)
OLD_NOTICE = replace(switch(CARE), i_have_read="notice-care-alert-en-00000000")
UNCONFIRMED = replace(switch(CARE), i_have_read="")
LEARNING_OFF = switch(Purpose.LEARN_ROUTINE, on=False)
RESTING = replace(ALL_YES, file=replace(YES, paused_until=date(2026, 3, 10)))
ANOTHER_MEANING = replace(record(switch(CARE)), switch_fingerprint="0" * 64)
ENDED = replace(record(switch(CARE)), valid_until=NOW)


def moved(state: ConsentState, changed: Switch) -> ConsentState:
    """Return ``state`` with another switch and a ledger that has followed it."""
    return with_record(with_switch(state, changed), record(changed))


OBJECTIONS: list[tuple[str, ConsentState, TrustedTime, Reason]] = [
    ("_switch_guard", moved(ALL_YES, CARE_OFF), CERTAIN, Reason.OFF),
    ("_switch_guard", moved(ALL_YES, UNCONFIRMED), CERTAIN, Reason.NOT_CONFIRMED),
    ("_switch_guard", moved(ALL_YES, OLD_NOTICE), CERTAIN, Reason.NOTICE_CHANGED),
    ("_record_guard", with_record(ALL_YES, ANOTHER_MEANING), CERTAIN, Reason.NOT_RECORDED),
    ("_clock_guard", ALL_YES, TrustedTime(utc=NOW, certain=False), Reason.CLOCK_IN_DOUBT),
    ("_validity_guard", with_record(ALL_YES, ENDED), CERTAIN, Reason.EXPIRED),
    ("_pause_guard", RESTING, CERTAIN, Reason.PAUSED),
    ("_learning_guard", with_switch(ALL_YES, LEARNING_OFF), CERTAIN,
     Reason.NEEDS_LEARN_ROUTINE),
]  # fmt: skip


@pytest.mark.parametrize("purpose", Purpose)
def test_every_purpose_is_granted_when_nothing_objects(purpose: Purpose) -> None:
    answer = ask(purpose, ALL_YES, CERTAIN)
    assert answer.granted
    assert answer.record == ALL_YES.records[purpose]


@pytest.mark.parametrize(("_name", "state", "now", "reason"), OBJECTIONS)
def test_one_objection_alone_means_no_and_rests_on_no_record(
    _name: str, state: ConsentState, now: TrustedTime, reason: Reason
) -> None:
    answer = ask(CARE, state, now)
    assert answer.reason is reason
    assert answer.record is None


@pytest.mark.parametrize(("name", "state", "now", "_reason"), OBJECTIONS)
def test_no_other_guard_would_have_objected(
    name: str,
    state: ConsentState,
    now: TrustedTime,
    _reason: Reason,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """Taking a guard out of the table turns exactly its own no into a yes."""
    monkeypatch.setattr(consent, "GUARDS", tuple(g for g in GUARDS if g.__name__ != name))
    assert ask(CARE, state, now).granted


def test_each_guard_is_shown_by_an_objection_of_its_own() -> None:
    assert {guard.__name__ for guard in GUARDS} == {name for name, *_ in OBJECTIONS}


def test_a_consent_that_the_ledger_does_not_hold_is_no_consent() -> None:
    for purpose in Purpose:
        assert ask(purpose, replace(ALL_YES, records={}), CERTAIN).reason is Reason.NOT_RECORDED


@pytest.mark.parametrize("purpose", [p for p in Purpose if switch(p).details])
def test_a_yes_to_an_address_that_is_not_written_down_is_incomplete(purpose: Purpose) -> None:
    state = moved(ALL_YES, replace(switch(purpose), complete=False))
    assert ask(purpose, state, CERTAIN).reason is Reason.INCOMPLETE
    assert ask(CARE, state, CERTAIN).granted


@pytest.mark.parametrize("purpose", Purpose)
def test_an_unreadable_file_means_no_to_everything(purpose: Purpose) -> None:
    state = replace(ALL_YES, file=Unreadable(reason="torn"))
    assert ask(purpose, state, CERTAIN).reason is Reason.UNREADABLE


@pytest.mark.parametrize("on", [*product((False, True), repeat=len(Purpose))])
def test_every_combination_of_switches_grants_what_is_on_and_care_only_with_learning(
    on: tuple[bool, ...],
) -> None:
    state = ALL_YES
    for purpose, is_on in zip(Purpose, on, strict=True):
        state = moved(state, switch(purpose, on=is_on))
    wanted = {purpose for purpose, is_on in zip(Purpose, on, strict=True) if is_on}
    if Purpose.LEARN_ROUTINE not in wanted:
        wanted.discard(CARE)
    assert {p for p in Purpose if ask(p, state, CERTAIN).granted} == wanted


@pytest.mark.parametrize("other", [p for p in Purpose if p is not CARE])
def test_the_notice_of_another_purpose_confirms_nothing(other: Purpose) -> None:
    state = moved(ALL_YES, replace(switch(CARE), i_have_read=NOTICE_IDS[other]))
    assert ask(CARE, state, CERTAIN).reason is Reason.NOTICE_CHANGED


DAYS_OF_CLOCK_CHANGE = (datetime(2026, 3, 29, tzinfo=UTC), datetime(2026, 10, 25, tzinfo=UTC))


@pytest.mark.parametrize("day", [NOW, *DAYS_OF_CLOCK_CHANGE])
@pytest.mark.parametrize("hour", range(4))
def test_a_consent_ends_to_the_second_whatever_the_local_clock_does(
    day: datetime, hour: int
) -> None:
    end = day + timedelta(hours=hour)
    records = {p: replace(r, valid_until=end) for p, r in ALL_YES.records.items()}
    state = replace(ALL_YES, records=records)

    def reason_at(utc: datetime) -> Reason:
        return ask(CARE, state, TrustedTime(utc=utc, certain=True)).reason

    assert reason_at(end - timedelta(seconds=1)) is Reason.GRANTED
    assert reason_at(end) is Reason.EXPIRED
    assert reason_at(end + timedelta(days=1)) is Reason.EXPIRED


def test_a_consent_does_not_reach_back_before_it_was_given() -> None:
    before = TrustedTime(utc=GIVEN_AT - timedelta(seconds=1), certain=True)
    assert ask(CARE, ALL_YES, before).reason is Reason.EXPIRED
    assert ask(CARE, ALL_YES, TrustedTime(utc=GIVEN_AT, certain=True)).granted


def test_a_pause_stops_care_and_leaves_the_machine_to_its_technician() -> None:
    granted = {purpose for purpose in Purpose if ask(purpose, RESTING, CERTAIN).granted}
    assert granted == set(Purpose) - {CARE}


def test_a_pause_covers_its_last_local_day_to_midnight() -> None:
    file = replace(YES, paused_until=date(2026, 3, 10))
    midnight = datetime(2026, 3, 10, 23, tzinfo=UTC)  # 00:00 of the 11th in Paris
    assert paused(file, ZONE, midnight - timedelta(seconds=1))
    assert not paused(file, ZONE, midnight)
    assert not paused(YES, ZONE, midnight)


def test_a_pause_covers_the_days_on_which_the_clock_changes() -> None:
    for day in DAYS_OF_CLOCK_CHANGE:
        file = replace(YES, paused_until=day.date())
        assert all(paused(file, ZONE, day + timedelta(hours=hour)) for hour in range(22))
        assert not paused(file, ZONE, day + timedelta(hours=24))


def taken_away() -> st.SearchStrategy[Callable[[ConsentState], ConsentState]]:
    """Return ways to take one thing away from a consent."""
    off = st.sampled_from(Purpose).map(lambda p: lambda s: with_switch(s, switch(p, on=False)))
    lost = st.sampled_from(Purpose).map(
        lambda p: lambda s: replace(s, records={k: v for k, v in s.records.items() if k != p})
    )
    return st.one_of(off, lost)


@given(steps=st.lists(taken_away(), max_size=6), seconds=st.integers(0, 10**9))
def test_taking_something_away_never_grants_more(
    steps: list[Callable[[ConsentState], ConsentState]], seconds: int
) -> None:
    state, granted = ALL_YES, {p for p in Purpose if ask(p, ALL_YES, CERTAIN).granted}
    for step in steps:
        state = step(state)
        now_granted = {p for p in Purpose if ask(p, state, CERTAIN).granted}
        assert now_granted <= granted
        granted = now_granted
    later = TrustedTime(utc=NOW + timedelta(seconds=seconds), certain=True)
    assert {p for p in Purpose if ask(p, state, later).granted} <= granted


MOMENTS = st.datetimes(
    min_value=datetime(2024, 1, 1), max_value=datetime(2090, 1, 1), timezones=st.just(UTC)
)


@given(start=MOMENTS, months=st.integers(1, 12))
def test_months_later_is_that_day_of_the_month_or_its_last(
    start: datetime, months: int
) -> None:
    end = months_later(start, months)
    assert (end.year - start.year) * 12 + end.month - start.month == months
    assert end.timetz() == start.timetz()
    assert end.day == start.day or (end + timedelta(days=1)).month != end.month


@given(start=MOMENTS, gap=st.timedeltas(timedelta(0), timedelta(days=800)))
def test_months_later_keeps_the_order_of_moments(start: datetime, gap: timedelta) -> None:
    ends = [months_later(start, months) for months in range(1, 13)]
    assert ends == sorted(ends)
    assert months_later(start + gap, 6).date() >= ends[5].date()


def test_half_a_year_after_the_last_of_august_is_the_last_of_february() -> None:
    assert months_later(datetime(2026, 8, 31, 7, tzinfo=UTC), 6).date() == date(2027, 2, 28)
    assert months_later(datetime(2027, 8, 31, 7, tzinfo=UTC), 6).date() == date(2028, 2, 29)
    assert months_later(datetime(2028, 2, 29, 7, tzinfo=UTC), 12).date() == date(2029, 2, 28)


def test_who_takes_learning_back_takes_care_alerts_back_and_nothing_else_does() -> None:
    both = (Purpose.LEARN_ROUTINE, Purpose.CARE_ALERT)
    assert {purpose: fallen(purpose) for purpose in Purpose} == {
        purpose: both if purpose is Purpose.LEARN_ROUTINE else (purpose,) for purpose in Purpose
    }
