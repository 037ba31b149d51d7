"""Every state of the light and every press: one table, and what a device makes of it."""

import json
import os
from collections.abc import Callable
from itertools import product
from pathlib import Path

import pytest

from agent import journal, memory
from agent.asking.concerns import State
from agent.asking.presses import MEANINGS, Meaning, meaning_of
from agent.disk import TRIED_EVERY_S
from agent.page import opening
from agent.page.opening import Answer
from tests.agent.house import CARE, House
from tests.agent.test_concerns import concern
from wire.facts import RoutineKind
from wire.owner import Light, Press, Pressed


def test_every_light_and_every_press_has_a_meaning() -> None:
    assert set(MEANINGS) == set(product(Light, Press))


def test_only_a_light_that_asks_is_answered() -> None:
    fine = {light for (light, _), meaning in MEANINGS.items() if meaning is Meaning.FINE}
    assert fine == {Light.BREATHING}


@pytest.mark.parametrize("light", [*Light])
def test_a_call_and_the_page_are_there_whatever_the_light_shows(light: Light) -> None:
    assert meaning_of(Pressed(Press.LONG, light)) is Meaning.CALL_ME
    assert meaning_of(Pressed(Press.VERY_LONG, light)) is Meaning.OPEN_PAGE


def test_no_two_lengths_of_a_press_mean_the_same() -> None:
    for light in Light:
        wanted = [MEANINGS[light, press] for press in Press]
        assert len(set(wanted)) == len(Press), light


# ------------------------------------------------------------------------- on a device


def rest(_house: House) -> None:
    """Leave the light off."""


def ask(house: House) -> None:
    with house.store.transaction() as db:
        memory.save_concern(db, concern(State.NOTICED, kind=RoutineKind.SILENCE))
    house.restart()
    house.live_until(State.ASKED)


def open_page(house: House) -> None:
    house.press(Press.VERY_LONG)


def let_in(house: House) -> None:
    open_page(house)
    found = opening.read_opening(house.settings.state_dir, house.now.monotonic_s)
    assert found
    opening.write_answer(house.settings.state_dir, Answer(id=found.id, let_in=True))
    house.step(seconds=1)


def fail_to_keep(house: House) -> None:
    house.store.reading().execute("PRAGMA query_only = ON")
    house.live(hours=1)


def mend(house: House) -> None:
    house.store.reading().execute("PRAGMA query_only = OFF")
    house.step(seconds=TRIED_EVERY_S)
    house.step(seconds=1)


BRINGS: dict[Light, Callable[[House], None]] = {
    Light.OFF: rest,
    Light.BREATHING: ask,
    Light.COUNTING: open_page,
    Light.ON: let_in,
    Light.TROUBLE: fail_to_keep,
}


@pytest.mark.parametrize(("light", "press"), [*product(Light, Press)])
def test_the_walk_of_light_and_button(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, light: Light, press: Press
) -> None:
    """From each state of the light by each press: what happens, and that nothing else does."""
    house = House(tmp_path, monkeypatch, granted=CARE)
    BRINGS[light](house)
    assert house.shows() is light
    asked = house.state is State.ASKED
    opened = len(house.told(journal.PageOpen))

    house.press(press)
    house.step(seconds=1)

    meaning = MEANINGS[light, press]
    assert (house.state is State.ASKED) == (asked and meaning is not Meaning.FINE)
    begun = len(house.told(journal.PageOpen)) - opened
    assert begun == (meaning is Meaning.OPEN_PAGE)
    assert house.shows() is {
        Meaning.FINE: Light.OFF,
        Meaning.OPEN_PAGE: Light.COUNTING,
    }.get(meaning, light)
    if light is Light.TROUBLE:
        # What cannot be kept does not leave; it is not forgotten either.
        assert house.sent("help") == []
        mend(house)
    assert bool(house.sent("help")) == (meaning is Meaning.CALL_ME)
    house.device.close()


def test_the_page_goes_before_the_question_and_the_question_comes_back(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    house = House(tmp_path, monkeypatch, granted=CARE)
    ask(house)
    house.press(Press.VERY_LONG)
    assert house.shows() is Light.COUNTING
    house.press(Press.SHORT)
    assert house.state is State.ASKED
    house.step(seconds=opening.OPEN_S)
    assert house.shows() is Light.BREATHING
    house.press(Press.SHORT)
    assert house.state is None


def test_the_numbers_are_new_with_every_press_and_the_last_press_counts(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    house, seen = House(tmp_path, monkeypatch, granted=()), set()
    file = house.settings.state_dir / opening.OPENING_FILE
    house.press(Press.VERY_LONG)
    descriptors = len(os.listdir("/proc/self/fd"))
    for _ in range(8):
        house.press(Press.VERY_LONG)
        seen.add(house.lamp.numbers)
        written = json.loads(file.read_text(encoding="ascii"))
        assert tuple(written["numbers"]) == house.lamp.numbers
        assert len(house.lamp.numbers) == opening.NUMBERS
        assert set(house.lamp.numbers) <= set(range(1, opening.HIGHEST + 1))
    assert len(seen) > 4
    assert len(os.listdir("/proc/self/fd")) == descriptors, "one opening is held at a time"
    assert file.stat().st_mode & 0o077 == 0


def test_a_page_that_was_opened_shuts_with_the_device(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    house = House(tmp_path, monkeypatch, granted=())
    house.press(Press.VERY_LONG)
    house.device.close()
    assert not (house.settings.state_dir / opening.OPENING_FILE).exists()
    house.restart()
    assert house.shows() is Light.OFF


def test_where_no_light_is_wired_nothing_is_opened(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    house = House(tmp_path, monkeypatch, lamp=False)
    house.lamp.pressed.append(Pressed(Press.VERY_LONG, Light.OFF))
    house.step(seconds=1)
    assert not (house.settings.state_dir / opening.OPENING_FILE).exists()


def test_a_full_disk_is_told_and_nothing_is_open(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    house = House(tmp_path, monkeypatch, granted=())

    def full(*_: object) -> int:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(opening, "write_opening", full)
    house.press(Press.VERY_LONG)
    assert house.shows() is Light.OFF
    assert any("cannot be opened" in told.text for told in house.told(journal.Trouble))
