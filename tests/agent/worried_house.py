"""A household with a concern, without the six weeks in which it would come about.

house = worried(tmp_path, monkeypatch, granted=[*CARE, Purpose.CONTACT_ME])
house.live_until(State.ALERTED)
"""

from collections.abc import Iterable
from pathlib import Path

import pytest

from agent import memory
from agent.asking.concerns import State
from agent.consents.consent_file import Purpose
from tests.agent.house import CARE, House
from tests.agent.test_concerns import concern
from wire.facts import RoutineKind


def worried(
    folder: Path,
    monkeypatch: pytest.MonkeyPatch,
    *,
    granted: Iterable[Purpose] = CARE,
    lamp: bool = True,
) -> House:
    """Return a house in which something was noticed, and nobody asked yet."""
    house = House(folder / "house", monkeypatch, granted=granted, lamp=lamp)
    with house.store.transaction() as db:
        memory.save_concern(db, concern(State.NOTICED, kind=RoutineKind.SILENCE))
    house.restart()
    return house


def alerted(house: House) -> str:
    """Live until the alert has been handed over; return its id."""
    house.live_until(State.ALERTED)
    house.live(hours=1, until=lambda: bool(house.sent("alert")))
    return house.sent("alert")[0].header.message_id


def acknowledged(house: House) -> str:
    """Live until the desk has signed for the alert; return its id."""
    alert_id = alerted(house)
    house.sign(house.sent("alert")[0])
    assert house.state is State.ACKNOWLEDGED
    return alert_id


def next_slots(house: House) -> None:
    """Let so many slots pass that everything had its turn."""
    for _ in range(6):
        house.step(seconds=house.settings.slot_s)
