"""Was that question welcome? Asked now and then, in words, skippable; the answer stays home."""

import re
from collections.abc import Iterator
from dataclasses import replace
from datetime import datetime, timedelta
from itertools import pairwise
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from agent import memory
from agent.asking.concerns import Concern, State
from agent.asking.errands import Kind
from agent.asking.welcome import AFTER, EVERY, UNTIL, Welcome, due, fewer, said
from agent.consents.consent_file import Purpose
from agent.delivery import sent_copies
from agent.page.phrases import say
from tests.agent.house import CARE, House
from tests.agent.test_concerns import NOW, concern
from tests.agent.test_owners_page import Visitor
from tests.agent.worried_house import next_slots, worried
from tests.wire.examples import EXAMPLES
from wire.facts import RoutineKind
from wire.messages import Language
from wire.owner import Press
from wire.schema import encode


def ended(
    days_ago: float, *, number: int = 0, state: State = State.ANSWERED, now: datetime = NOW
) -> Concern:
    """Return a question that ended at home so long before ``now``."""
    at = now - timedelta(days=days_ago)
    one = concern(state, kind=RoutineKind.RISE)
    return replace(one, concern_id=f"{number:032x}", asked_at=at, ended_at=at)


# -------------------------------------------------------------------------- when to ask


@pytest.mark.parametrize("state", [State.ANSWERED, State.RETURNED])
def test_the_next_day_a_question_that_ended_at_home_is_asked_about(state: State) -> None:
    one = ended(1, state=state)
    assert due([one], (), NOW) == one


@pytest.mark.parametrize("days", [0, AFTER.days, 14.01, 400])
def test_not_at_once_and_not_once_it_is_forgotten(days: float) -> None:
    assert due([ended(days)], (), NOW) is None


@pytest.mark.parametrize(
    "state", [State.MACHINE, State.KEPT_HOME, State.DECIDED, State.CLOSED, State.REFUSED]
)
def test_what_did_not_end_with_the_owner_is_not_asked_about(state: State) -> None:
    assert due([ended(1, state=state)], (), NOW) is None


def test_what_was_never_put_or_has_left_the_house_is_not_asked_about() -> None:
    one = ended(1)
    assert due([replace(one, asked_at=None)], (), NOW) is None
    assert due([one], {one.concern_id}, NOW) is None


@given(st.lists(st.floats(0, 400), max_size=30), st.booleans())
def test_two_are_never_asked_about_within_eight_weeks(ends: list[float], answers: bool) -> None:
    """Every hour of a year is looked at, with an owner who answers and one who never does."""
    concerns = {n: ended(400 - end, number=n) for n, end in enumerate(ends)}
    asked: dict[str, datetime] = {}
    for hour in range(0, 24 * 415, 7):
        now = NOW - timedelta(days=400) + timedelta(hours=hour)
        known = [one for one in concerns.values() if one.ended_at and one.ended_at <= now]
        about = due(known, (), now)
        if about is not None and about.ended_at is not None:
            asked.setdefault(about.concern_id, about.ended_at)
            if answers:
                number = int(about.concern_id, 16)
                concerns[number] = said(about, Welcome.SKIPPED, "", now)
    times = sorted(asked.values())
    assert all(later - one >= EVERY for one, later in pairwise(times))
    assert UNTIL < EVERY


def test_what_was_said_once_is_not_changed_by_a_second_press() -> None:
    one = said(ended(1), Welcome.NO, "not at dinner", NOW)
    assert said(one, Welcome.YES, "", NOW) == one
    assert said(ended(1), "a word of nobody", "", NOW).welcome is None
    assert due([one], (), NOW) is None


# ---------------------------------------------------------------------- fewer questions


def answered(*words: Welcome, now: datetime = NOW) -> list[Concern]:
    """Return questions of which this was said, a day apart, newest last."""
    return [
        said(ended(30 - n, number=n, now=now), word, "", now - timedelta(days=30 - n))
        for n, word in enumerate(words)
    ]


YES, SO_SO, NO, SKIPPED = Welcome.YES, Welcome.ALL_RIGHT, Welcome.NO, Welcome.SKIPPED


@pytest.mark.parametrize(
    ("words", "offered"),
    [
        ((NO,), None),
        ((NO, NO), 0.5),
        ((NO, SKIPPED, SKIPPED, NO), 0.5),
        ((NO, NO, YES, SO_SO), None),
        ((NO, YES, NO), 0.5),
        ((SO_SO, SO_SO, SO_SO), None),
    ],
)
def test_several_that_were_not_welcome_offer_fewer(
    words: tuple[Welcome, ...], offered: float | None
) -> None:
    assert fewer(answered(*words), 1.0, None) == offered


def test_the_offer_is_settled_once_the_owner_has_decided() -> None:
    told = answered(NO, NO)
    assert fewer(told, 1.0, NOW) is None
    assert fewer(told, 1.0, NOW - timedelta(days=29.5)) is None
    assert fewer(told, 0.1, None) is None, "fewer than that there is not"


# ------------------------------------------------------------------ on the page, at home


@pytest.fixture
def owner(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Visitor]:
    """Return an owner who answered a question, on the morning two days later."""
    house = worried(tmp_path, monkeypatch, granted=CARE)
    house.live_until(State.ASKED)
    house.press(Press.SHORT)
    house.step()
    house.utc = house.utc.replace(hour=9) + timedelta(days=2)
    house.step()
    visitor = Visitor(house)
    visitor.enter()
    yield visitor
    house.device.close()


def about(owner: Visitor) -> str:
    found = re.search(r'name="about" value="(\w+)"', owner.see())
    assert found
    return found[1]


def kept(house: House) -> Concern:
    [one] = memory.concerns(house.store.reading())
    return one


def test_the_answer_is_kept_at_home_and_shown_and_never_sent(owner: Visitor) -> None:
    house = owner.house
    form = {"about": about(owner), "word": "unwelcome", "text": "not at  dinner"}
    assert owner.do("/welcome", form).status == 303
    assert owner.left() == [(Kind.WELCOME, form["about"], "unwelcome not at dinner")]
    assert say("welcome", Language.EN) not in owner.see(), "not asked twice before it is kept"
    house.step(seconds=1)
    one = kept(house)
    assert (one.welcome, one.welcome_text) == (Welcome.NO, "not at dinner")
    assert say("said_unwelcome", Language.EN) in owner.see("/routine")
    assert "not at dinner" in owner.see("/routine")
    next_slots(house)
    assert house.sent() == []
    assert say("welcome", Language.EN) not in owner.see()


def test_it_can_be_skipped_and_is_gone_then(owner: Visitor) -> None:
    owner.do("/welcome", {"about": about(owner), "leave": "yes"})
    owner.house.step(seconds=1)
    assert kept(owner.house).welcome == Welcome.SKIPPED
    assert say("welcome", Language.EN) not in owner.see()
    assert "dinner" not in owner.see("/routine")


@pytest.mark.parametrize(
    "form",
    [
        {"word": "unwelcome"},
        {"about": "x" * 65, "word": "unwelcome"},
        {"about": "ab" * 16, "word": "a word of nobody"},
        {"about": "ab" * 16},
    ],
)
def test_a_form_that_says_nothing_leaves_nothing(owner: Visitor, form: dict[str, str]) -> None:
    owner.do("/welcome", form)
    assert owner.left() == []


def test_a_word_about_a_question_that_nobody_knows_is_let_go(owner: Visitor) -> None:
    owner.do("/welcome", {"about": "99" * 16, "word": "welcome"})
    owner.house.step(seconds=1)
    assert owner.left() == []
    assert kept(owner.house).welcome is None


@pytest.mark.parametrize("hour", [22, 23, 3, 6])
def test_it_is_never_asked_at_night(owner: Visitor, hour: int) -> None:
    owner.house.utc = owner.house.utc.replace(hour=hour)
    assert say("welcome", Language.EN) not in owner.see()


def test_it_is_not_asked_in_a_pause_or_beside_another_question(owner: Visitor) -> None:
    house = owner.house
    assert say("welcome", Language.EN) in owner.see()
    owner.do("/pause", {"until": "return"})
    assert say("welcome", Language.EN) not in owner.see()
    owner.do("/pause", {"until": ""})
    with house.store.transaction() as db:
        waiting = replace(concern(State.ASKED), concern_id="cd" * 16)
        memory.save_concern(db, waiting)
    assert say("welcome", Language.EN) not in owner.see()


def test_a_question_whose_alert_has_left_is_the_desks_to_ask_about(owner: Visitor) -> None:
    with owner.house.store.transaction() as db:
        sent_copies.keep(db, about(owner), EXAMPLES["alert"], owner.house.utc)
    assert say("welcome", Language.EN) not in owner.see()


def offered(owner: Visitor) -> None:
    """Let two questions not have been welcome."""
    now = owner.house.utc
    with owner.house.store.transaction() as db:
        for one in answered(NO, NO, now=now):
            memory.save_concern(db, one)
    assert say("welcome", Language.EN) not in owner.see(), "one of them was asked about lately"


def test_the_page_offers_fewer_questions_and_the_owner_takes_them(owner: Visitor) -> None:
    offered(owner)
    page = owner.see()
    assert say("fewer_says", Language.EN, now="1 a year", fewer="one in 2 years") in page
    owner.do("/fewer", {"to": "0.5"})
    assert owner.file().false_alarms_per_year == 0.5
    assert say("fewer", Language.EN) not in owner.see()
    owner.house.step(seconds=1)
    assert say("fewer", Language.EN) not in owner.see()
    assert owner.left() == []


def test_the_owner_may_leave_it_as_it_is(owner: Visitor) -> None:
    offered(owner)
    owner.do("/fewer", {"to": "0.5", "leave": "yes"})
    owner.house.step(seconds=1)
    assert owner.file().false_alarms_per_year == 1.0
    assert say("fewer", Language.EN) not in owner.see()


def test_only_a_step_of_ours_can_become_the_budget(owner: Visitor) -> None:
    owner.do("/fewer", {"to": "11.9"})
    assert owner.file().false_alarms_per_year == 1.0


def test_no_message_has_room_for_what_was_said(owner: Visitor) -> None:
    """Whatever leaves later, about this concern or another, does not carry the words."""
    house = owner.house
    owner.do("/welcome", {"about": about(owner), "word": "welcome", "text": "le canari"})
    house.step(seconds=1)
    house.grant([*CARE, Purpose.CONTACT_ME])
    with house.store.transaction() as db:
        worry = concern(State.NOTICED, kind=RoutineKind.SILENCE)
        memory.save_concern(db, replace(worry, concern_id="cd" * 16, welcome_text="le canari"))
    house.restart()
    house.live_until(State.ALERTED)
    next_slots(house)
    assert house.sent("alert")
    assert all(b"canari" not in encode(opened.message) for opened in house.sent())
