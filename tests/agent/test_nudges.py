"""The note to an owner who is out: once a question, without content, only with consent."""

from dataclasses import replace
from datetime import timedelta
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
from wire.messages import Alert, Asked, Nudge, Outcome, Resolved
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


# ------------------------------------------------------- where nothing else carries it


def out(folder: Path, monkeypatch: pytest.MonkeyPatch) -> House:
    """Return a house without a light, whose owner is asked by a note alone."""
    house = worried(folder, monkeypatch, granted=NUDGED, lamp=False)
    house.live_until(State.ASKED)
    next_slots(house)
    return house


def test_the_waiting_begins_when_the_owners_own_channel_has_taken_the_note(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    house = out(tmp_path, monkeypatch)
    [note] = house.sent("nudge")
    house.sign(note)
    house.live(hours=5)
    house.sign(note, Outcome.CLOSED)
    house.step()
    delivered_at = house.utc
    house.restart()
    house.live_until(State.ALERTED)
    assert house.utc - delivered_at >= timedelta(hours=6)
    next_slots(house)
    [alert] = house.sent("alert")
    assert isinstance(alert.message, Alert)
    question = alert.message.question
    assert (question.outcome, question.channels) == (Asked.NO_ANSWER, ("nudge",))
    assert question.asked_at == delivered_at
    house.device.close()


@pytest.mark.parametrize("outcome", [None, Outcome.ACCEPTED, Outcome.REFUSED])
def test_a_note_that_was_never_delivered_has_asked_nobody(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, outcome: Outcome | None
) -> None:
    house = out(tmp_path, monkeypatch)
    if outcome is not None:
        house.sign(house.sent("nudge")[0], outcome)
    house.live_until(State.ALERTED)
    next_slots(house)
    [alert] = house.sent("alert")
    assert isinstance(alert.message, Alert)
    question = alert.message.question
    assert (question.outcome, question.channels) == (Asked.OWNER_NOT_ASKED, ())
    assert (question.asked_at, question.waited_h) == (None, 0.0)
    house.device.close()


def test_a_light_carries_the_question_whatever_becomes_of_the_note(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    house = worried(tmp_path, monkeypatch, granted=NUDGED)
    house.live_until(State.ASKED)
    asked_at = house.utc
    next_slots(house)
    house.sign(house.sent("nudge")[0])
    house.sign(house.sent("nudge")[0], Outcome.CLOSED)
    house.live_until(State.ALERTED)
    next_slots(house)
    alert = house.sent("alert")[0].message
    assert isinstance(alert, Alert)
    assert alert.question.asked_at == asked_at
    assert alert.question.waited_h == pytest.approx(6, abs=0.3)
    house.device.close()


def test_a_note_that_the_desk_could_not_deliver_is_no_channel_the_next_time(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    house = out(tmp_path, monkeypatch)
    [note] = house.sent("nudge")
    house.sign(note)
    house.sign(note, Outcome.REFUSED)
    assert not house.device._nudges.possible(house.now)
    house.utc += timedelta(days=8)
    assert house.device._nudges.possible(house.now), "a week later it is tried again"
    house.device.close()


def test_a_note_that_the_desk_still_has_is_called_off_with_the_answer(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    house = worried(tmp_path, monkeypatch, granted=NUDGED)
    house.live_until(State.ASKED)
    next_slots(house)
    [note] = house.sent("nudge")
    house.sign(note)
    house.press(Press.SHORT)
    next_slots(house)
    [off] = house.sent("resolved")
    assert isinstance(off.message, Resolved)
    assert (off.message.alert_id, off.message.reason) == (note.header.message_id, "called_off")
    house.live(hours=24)
    assert len(house.sent("resolved")) == 1
    house.device.close()
