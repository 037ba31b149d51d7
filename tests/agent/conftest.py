"""A household whose routine is known, for every test that needs one: lived once a run."""

import shutil
from collections.abc import Iterator
from datetime import UTC
from pathlib import Path

import pytest

from tests.agent.house import LEARNED_AT, House, learn
from tests.agent.resident import START
from tests.agent.telephone import Phone, Site


@pytest.fixture(scope="session")
def learned(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Return the folder of a device that has lived six ordinary weeks."""
    folder = tmp_path_factory.mktemp("learned") / "house"
    with pytest.MonkeyPatch.context() as patch:
        house = House(folder, patch, at=START.astimezone(UTC))
        learn(house)
        assert house.utc == LEARNED_AT
        assert house.device.concern is None
        house.device.close()
    return folder


@pytest.fixture
def house(learned: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[House]:
    """Return a household whose routine is known, at midnight after the six weeks."""
    yield from _moved_in(learned, tmp_path, monkeypatch)


@pytest.fixture
def dark_house(
    learned: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> Iterator[House]:
    """Return the same household without light and button."""
    yield from _moved_in(learned, tmp_path, monkeypatch, lamp=False)


@pytest.fixture
def site(house: House) -> Site:
    """Return the page's process beside ``house``, for the home network."""
    return Site(house)


@pytest.fixture
def phone(site: Site) -> Phone:
    """Return a browser of the home network."""
    return Phone(site)


def _moved_in(
    learned: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, *, lamp: bool = True
) -> Iterator[House]:
    folder = Path(shutil.copytree(learned, tmp_path / "house"))
    made = House(folder, monkeypatch, lamp=lamp)
    yield made
    made.device.close()
