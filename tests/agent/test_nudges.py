"""The note to an owner who is out: once a question, without content, only with consent."""

from dataclasses import replace
from pathlib import Path

import pytest

from agent import memory
from agent.asking.concerns import State
from agent.consents.consent_file import Purpose
from tests.agent.consents import NUDGE_TO
from tests.agent.house import CARE, House
from tests.agent.test_concerns import concern
from tests.agent.worried_house import next_slots, worried
from wire.facts import RoutineKind
from wire.messages import Nudge, Outcome
from wire.owner import Press
from wire.schema import to_plain

NUDGED = (*CARE, Purpose.NUDGE_ME)


def test_a_question_sends_one_note_that_says_nothing(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    house = worried(tmp_path, monkeypatch, granted=NUDGED)
    house.live_until(State.ASKED)
    next_slots(house)
    [note] = house.sent("nudge")
    assert isinstance(note.message, Nudge)
    assert note.message.to == NUDGE_TO
    plain = to_plain(note.message)
    assert isinstance(plain, dict)
    assert set(plain) == {"to", "language", "asked_at", "consent"}
    house.sign(note)
    house.restart()
    house.live(hours=2)
    assert len(house.sent("nudge")) == 1
    house.device.close()


def test_without_that_consent_no_note_leaves(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    house = worried(tmp_path, monkeypatch, granted=CARE)
    house.live_until(State.ASKED)
    next_slots(house)
    assert house.sent("nudge") == []
    house.device.close()


def test_a_note_alone_is_reason_enough_to_connect(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    house = worried(
        tmp_path, monkeypatch, granted=(Purpose.LEARN_ROUTINE, Purpose.NUDGE_ME), lamp=False
    )
    house.live_until(State.ASKED)
    next_slots(house)
    assert len(house.sent("nudge")) == 1
    assert house.sent("alert") == []
    house.device.close()


def test_a_note_that_has_not_left_is_taken_back_with_the_answer(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    house = worried(tmp_path, monkeypatch, granted=NUDGED)
    house.broker_is_there = False
    house.restart()
    house.live_until(State.ASKED)
    house.press(Press.SHORT)
    house.step(seconds=1)
    house.broker_is_there = True
    house.restart()
    house.live(hours=2)
    assert house.sent("nudge") == []
    house.device.close()


def channels(house: House) -> list[str]:
    """Return how the owner was asked."""
    assert house.device.concern is not None
    return [*house.device.concern.channels]


def test_a_desk_that_cannot_send_notes_is_no_channel(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    house = worried(tmp_path, monkeypatch, granted=NUDGED)
    house.live_until(State.ASKED)
    assert channels(house) == ["light", "nudge"]
    next_slots(house)
    house.sign(house.sent("nudge")[0], Outcome.REFUSED)
    house.press(Press.SHORT)
    with house.store.transaction() as db:
        worry = concern(State.NOTICED, kind=RoutineKind.SILENCE)
        memory.save_concern(db, replace(worry, concern_id="cd" * 16))
    house.restart()
    house.live_until(State.ASKED)
    assert channels(house) == ["light"]
    next_slots(house)
    assert len(house.sent("nudge")) == 1
    house.device.close()
