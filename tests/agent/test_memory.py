"""What is remembered at home, for as long as the notice says and no longer."""

from collections.abc import Iterator
from dataclasses import replace
from datetime import datetime, timedelta
from pathlib import Path

import pytest

from agent import memory
from agent.asking.concerns import Concern, Event, State, move
from agent.learning.brews import Brew, Certainty
from agent.store import Store
from tests.agent.consents import NOW
from tests.agent.stores import undone
from tests.wire.examples import EXAMPLES
from wire.messages import Alert
from wire.schema import JSON

ALERT = EXAMPLES["alert"]
assert isinstance(ALERT, Alert)
CONCERN = Concern(concern_id="ab" * 16, state=State.NOTICED, change=ALERT.change, score=1.2)


def brew(at: datetime, certainty: Certainty = Certainty.EXACT) -> Brew:
    return Brew(
        started_at=at, started_before=at, duration_s=25.0, water_ml=40.0, certainty=certainty
    )


@pytest.fixture
def store(tmp_path: Path) -> Iterator[Store]:
    """Return an empty store."""
    store = Store(tmp_path / "demitasse.db")
    yield store
    store.close()


def remember(store: Store, *brews: Brew) -> None:
    with store.transaction() as db:
        for each in brews:
            memory.remember_brew(db, each)


def remembered(store: Store) -> list[datetime]:
    return [at for at, _ in memory.last_brews(store.reading(), 100)]


def test_the_latest_brews_come_first_with_how_well_their_time_is_known(store: Store) -> None:
    unsynced = brew(NOW, Certainty.UNSYNCED)
    remember(store, brew(NOW - timedelta(hours=1)), unsynced, brew(NOW - timedelta(hours=2)))
    assert memory.last_brews(store.reading(), 2) == [
        (NOW, Certainty.UNSYNCED),
        (NOW - timedelta(hours=1), Certainty.EXACT),
    ]


def test_a_brew_is_forgotten_after_400_days(store: Store) -> None:
    old = NOW - timedelta(days=400, seconds=1)
    remember(store, brew(old), brew(old + timedelta(seconds=1)), brew(NOW))
    assert remembered(store) == [NOW, old + timedelta(seconds=1)]


def test_a_clock_that_was_never_set_makes_nothing_look_old(store: Store) -> None:
    remember(store, brew(NOW), brew(NOW.replace(year=2090), Certainty.UNSYNCED))
    assert NOW in remembered(store)


def test_a_concern_is_kept_as_it_stands_now(store: Store) -> None:
    with store.transaction() as db:
        memory.save_concern(db, CONCERN)
    assert memory.open_concern(store.reading()) == CONCERN
    ended = replace(move(CONCERN, Event.USE_RETURNED), waited_s=1.5, channels=("light",))
    with store.transaction() as db:
        memory.save_concern(db, ended)
    assert memory.open_concern(store.reading()) is None
    assert memory.concerns(store.reading()) == [ended]


def test_concerns_are_told_newest_first(store: Store) -> None:
    later = replace(
        CONCERN,
        concern_id="cd" * 16,
        change=replace(CONCERN.change, noticed_at=CONCERN.change.noticed_at + timedelta(1)),
    )
    with store.transaction() as db:
        memory.save_concern(db, later)
        memory.save_concern(db, CONCERN)
    assert memory.concerns(store.reading()) == [later, CONCERN]


def test_what_the_owner_asks_for_waits_in_order_until_it_is_done(store: Store) -> None:
    assert memory.requests(store.reading()) == []
    with store.transaction() as db:
        memory.ask(db, "fine", NOW)
        memory.ask(db, "pause", NOW)
    fine, pause = memory.requests(store.reading())
    assert (fine.word, pause.word) == ("fine", "pause")
    with store.transaction() as db:
        memory.forget_requests(db, fine)
    assert memory.requests(store.reading()) == [pause]


def test_a_request_that_could_not_be_forgotten_is_still_there(store: Store) -> None:
    with store.transaction() as db:
        memory.ask(db, "fine", NOW)
    (fine,) = memory.requests(store.reading())
    undone(store, lambda db: memory.forget_requests(db, fine))
    assert memory.requests(store.reading()) == [fine]


def test_a_repeat_of_what_came_back_is_recognised(store: Store) -> None:
    decision, access = EXAMPLES["decision"], EXAMPLES["access"]
    with store.transaction() as db:
        assert memory.remember_received(db, "01" * 16, decision, NOW)
        assert memory.remember_received(db, "02" * 16, access, NOW + timedelta(seconds=1))
        assert not memory.remember_received(db, "01" * 16, decision, NOW)
    assert list(memory.received(store.reading())) == [access, decision]


def test_small_values_are_kept_and_the_last_one_counts(store: Store) -> None:
    assert memory.meta(store.reading(), "faults") is None
    values: tuple[JSON, ...] = (["a"], {"é": 1.5}, None, "text")
    for value in values:
        with store.transaction() as db:
            memory.set_meta(db, "faults", value)
        assert memory.meta(store.reading(), "faults") == value
