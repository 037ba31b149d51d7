"""The desk's part: asked for once, held for until it is whole, replaced only by a whole one."""

from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path

import pytest

from agent import memory
from agent.asking import errands
from agent.asking.errands import Kind
from agent.giving_back import desk_part
from agent.giving_back.desk_part import GIVEN_UP, DeskPart, Standing
from tests.agent.house import CARE, House
from tests.agent.worried_house import acknowledged, next_slots, worried
from wire.messages import DeskLine, GivenBack, Outcome
from wire.sealing import Opened


@pytest.fixture
def house(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[House]:
    """Return a household that the desk has heard of, and that has taken everything back."""
    one = worried(tmp_path, monkeypatch, granted=CARE)
    acknowledged(one)
    one.grant(())
    one.step(seconds=1)
    next_slots(one)
    for letter in one.sent("withdrawal"):
        one.sign(letter)
    one.step(seconds=1)
    assert one.line.closed
    yield one
    one.device.close()


def wish(house: House) -> None:
    with house.store.transaction() as db:
        errands.leave(db, Kind.GIVE_BACK, house.utc)
    house.step(seconds=1)


def asked(house: House) -> Opened:
    """Ask, and let the desk sign that it has the question; return the question."""
    wish(house)
    next_slots(house)
    question = house.sent("give_back")[-1]
    house.sign(question)
    return question


def part(house: House, question: Opened, number: int, of: int, what: str = "look") -> GivenBack:
    line = DeskLine(about="ab" * 16, at=house.utc, what=what, by="Maud", text=f"{number}")
    return GivenBack(
        asked=question.header.message_id,
        number=number,
        of=of,
        made_at=house.utc,
        lines=(line,),
        withheld=("work",),
    )


def bring(house: House, *parts: GivenBack) -> None:
    for one in parts:
        house.line.bring(house.desk.seal(one))
    house.step(seconds=1)
    house.step(seconds=1)


def kept(house: House) -> DeskPart:
    return desk_part.kept(house.store.reading())


def texts(house: House) -> list[str]:
    return [line.text for line in kept(house).lines]


def test_the_desk_is_asked_although_every_switch_is_off(house: House) -> None:
    asked(house)
    assert kept(house).standing is Standing.ASKED
    assert {one.header.type for one in house.sent()[-1:]} == {"give_back"}
    assert not house.line.closed, "the answer has still to come"


def test_parts_in_any_order_make_a_whole_and_the_connection_ends(house: House) -> None:
    question = asked(house)
    bring(house, part(house, question, 2, 3), part(house, question, 3, 3))
    assert (kept(house).standing, texts(house)) == (Standing.ASKED, [])
    bring(house, part(house, question, 1, 3), part(house, question, 2, 3))
    assert (kept(house).standing, texts(house)) == (Standing.ANSWERED, ["1", "2", "3"])
    assert kept(house).withheld == ("work",)
    assert house.line.closed


def test_an_earlier_answer_stays_until_the_next_one_is_whole(house: House) -> None:
    first = asked(house)
    made_at = house.utc
    bring(house, part(house, first, 1, 1))
    house.utc += timedelta(days=3)
    second = asked(house)
    bring(house, part(house, second, 1, 2, what="decide"))
    assert (kept(house).standing, kept(house).made_at) == (Standing.ASKED, made_at)
    assert [line.what for line in kept(house).lines] == ["look"]
    bring(house, part(house, second, 2, 2, what="decide"))
    assert [line.what for line in kept(house).lines] == ["decide", "decide"]
    rows = house.store.reading().execute("SELECT count(*) FROM received").fetchone()
    assert rows == (2,), "the earlier answer has gone"


def test_a_question_that_waits_is_not_put_twice(house: House) -> None:
    asked(house)
    wish(house)
    next_slots(house)
    assert len(house.sent("give_back")) == 1
    assert errands.waiting(house.store.reading()) == []


def test_a_desk_that_never_answers_is_not_waited_for_for_ever(house: House) -> None:
    question = asked(house)
    bring(house, part(house, question, 1, 2))
    house.live(hours=GIVEN_UP / timedelta(hours=1) + 1)
    house.step(seconds=1)
    assert (kept(house).standing, texts(house)) == (Standing.NO_ANSWER, [])
    assert house.line.closed


def test_a_desk_that_refuses_is_told_as_such(house: House) -> None:
    wish(house)
    next_slots(house)
    house.sign(house.sent("give_back")[0], Outcome.REFUSED)
    house.step(seconds=1)
    assert kept(house).standing is Standing.REFUSED
    assert house.line.closed


def test_a_household_that_sent_nothing_asks_nobody(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    house = House(tmp_path / "house", monkeypatch, granted=())
    wish(house)
    next_slots(house)
    assert house.publishers == []
    assert kept(house).standing is Standing.NOTHING_SENT
    house.device.close()


def test_what_was_given_back_is_no_news_on_the_page(house: House) -> None:
    bring(house, part(house, asked(house), 1, 1))
    db = house.store.reading()
    assert [*memory.came_back(db)] == []
    assert [*memory.received(db)] == []


def test_power_lost_between_two_parts_loses_neither(house: House) -> None:
    question = asked(house)
    bring(house, part(house, question, 1, 2))
    house.restart()
    house.step(seconds=1)
    bring(house, part(house, question, 2, 2))
    assert texts(house) == ["1", "2"]
