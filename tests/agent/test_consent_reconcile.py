"""How the ledger follows the file: widening with a notice, narrowing at once."""

from dataclasses import replace

import pytest

from agent.consent import ConsentState, Given, TrustedTime, Withdrawn, ask, reconcile
from agent.consents.consent_file import Purpose, Unreadable
from tests.agent.consents import (
    ALL_YES,
    CERTAIN,
    NOTICE_IDS,
    NOW,
    VALID_UNTIL,
    record,
    switch,
    with_record,
    with_switch,
)

DOUBTFUL = TrustedTime(utc=NOW, certain=False)
CARE = Purpose.CARE_ALERT
NOTHING_RECORDED = replace(ALL_YES, records={})


def changes(state: ConsentState, now: TrustedTime = CERTAIN) -> list[Given | Withdrawn]:
    return list(reconcile(state, now))


def test_a_file_that_agrees_with_the_ledger_changes_nothing() -> None:
    assert changes(ALL_YES) == []


@pytest.mark.parametrize("purpose", Purpose)
def test_a_switch_with_todays_notice_is_given_for_its_months(purpose: Purpose) -> None:
    records = {p: r for p, r in ALL_YES.records.items() if p is not purpose}
    (given,) = changes(replace(ALL_YES, records=records))
    assert isinstance(given, Given)
    assert given.purpose is purpose
    assert given.notice.id == NOTICE_IDS[purpose]
    assert given.switch_fingerprint == switch(purpose).fingerprint()
    assert (given.given_at, given.valid_until) == (NOW, NOW.replace(month=9))


@pytest.mark.parametrize("read", ["", "notice-care-alert-en-00000000", NOTICE_IDS[CARE] + "0"])
def test_nothing_is_given_without_the_id_of_todays_notice(read: str) -> None:
    state = with_switch(NOTHING_RECORDED, replace(switch(CARE), i_have_read=read))
    assert CARE not in {change.purpose for change in changes(state)}


def test_a_notice_read_in_either_language_counts() -> None:
    for notice in ALL_YES.notices[CARE]:
        state = with_switch(NOTHING_RECORDED, replace(switch(CARE), i_have_read=notice.id))
        given = next(change for change in changes(state) if change.purpose is CARE)
        assert isinstance(given, Given)
        assert given.notice is notice


@pytest.mark.parametrize("now", [CERTAIN, DOUBTFUL], ids=["clock set", "clock in doubt"])
def test_a_switch_turned_off_is_withdrawn_at_once_even_by_an_uncertain_clock(
    now: TrustedTime,
) -> None:
    state = with_switch(ALL_YES, switch(CARE, on=False))
    assert changes(state, now) == [Withdrawn(purpose=CARE, withdrawn_at=NOW)]


def test_an_uncertain_clock_gives_nothing() -> None:
    assert changes(NOTHING_RECORDED, DOUBTFUL) == []


def test_another_text_beside_the_switch_grants_nothing_and_withdraws_nothing() -> None:
    """The gate says no; but a slip of the pen must not erase a case at the desk."""
    state = with_switch(ALL_YES, replace(switch(CARE), i_have_read="something else"))
    assert changes(state) == []
    assert not ask(CARE, state, CERTAIN).granted


def test_another_notice_of_today_replaces_the_consent_without_withdrawing_it() -> None:
    french = next(n for n in ALL_YES.notices[CARE] if n.id != NOTICE_IDS[CARE])
    state = with_switch(ALL_YES, replace(switch(CARE), i_have_read=french.id))
    (given,) = changes(state)
    assert isinstance(given, Given)
    assert given.notice is french


def test_another_validity_replaces_the_consent_without_withdrawing_it() -> None:
    state = with_switch(ALL_YES, replace(switch(CARE), valid_months=3))
    (given,) = changes(state)
    assert isinstance(given, Given)
    assert given.valid_until == NOW.replace(month=6)


def test_an_unreadable_file_neither_withdraws_nor_grants() -> None:
    torn = Unreadable(reason="torn")
    assert changes(replace(ALL_YES, file=torn)) == []
    assert changes(replace(NOTHING_RECORDED, file=torn)) == []


def test_an_expired_consent_is_not_renewed_by_itself() -> None:
    later = TrustedTime(utc=VALID_UNTIL.replace(year=VALID_UNTIL.year + 1), certain=True)
    assert changes(ALL_YES, later) == []


def test_switching_off_and_on_again_renews() -> None:
    expired = with_record(ALL_YES, replace(record(switch(CARE)), valid_until=NOW))
    off = with_switch(expired, switch(CARE, on=False))
    assert changes(off) == [Withdrawn(purpose=CARE, withdrawn_at=NOW)]
    recorded = {p: r for p, r in ALL_YES.records.items() if p is not CARE}
    (given,) = changes(replace(ALL_YES, records=recorded))
    assert isinstance(given, Given)
    assert given.valid_until == NOW.replace(month=9)
