"""What is installed is what was reviewed: pinned, hashed, from no place in particular."""

import re
import tomllib
from pathlib import Path
from typing import Any

import pytest

ROOT = Path(__file__).parents[1]
LOCKS = sorted((ROOT / "scripts" / "locks").glob("*.txt"))
HOLDS = {
    "device": [],
    "desk": ["desk", "postgresql"],
    "demo": ["desk", "demo"],
    "package": ["package"],
    "test": ["desk", "postgresql", "demo", "test", "package"],
}
each_lock = pytest.mark.parametrize("lock", LOCKS, ids=lambda path: path.stem)


def name_of(requirement: str) -> str:
    """Return the normalised name of a package."""
    found = re.match(r"[A-Za-z0-9._-]+", requirement)
    assert found, requirement
    return re.sub(r"[._-]+", "-", found[0]).lower()


def asked_for(lock: Path) -> set[str]:
    """Return the packages that ``pyproject.toml`` names for this lock."""
    project: dict[str, Any] = tomllib.loads((ROOT / "pyproject.toml").read_text("utf-8"))
    groups = project["project"]["optional-dependencies"] | project["dependency-groups"]
    requirements = [*project["project"]["dependencies"], *project["build-system"]["requires"]]
    for group in HOLDS[lock.stem]:
        requirements += groups[group]
    return {name_of(requirement) for requirement in requirements}


def test_every_lock_is_known() -> None:
    assert {lock.stem for lock in LOCKS} == set(HOLDS)


@each_lock
def test_whatever_the_project_asks_for_is_pinned_with_hashes(lock: Path) -> None:
    lines = lock.read_text("utf-8").replace("\\\n", "").splitlines()
    pins = [line for line in lines if line and not line.startswith("#")]
    assert all(re.match(r"\S+==\S+ .*--hash=sha256:[0-9a-f]{64}", pin) for pin in pins)
    assert asked_for(lock) <= {name_of(pin) for pin in pins}


@each_lock
def test_no_lock_names_a_place(lock: Path) -> None:
    assert not re.search(r"://|--index|--find-links| /|@ ", lock.read_text("utf-8"))


def test_the_device_installs_no_part_of_the_desk() -> None:
    device = (ROOT / "scripts" / "locks" / "device.txt").read_text("utf-8")
    assert not re.search(r"(?mi)^(django|gunicorn|whitenoise|iotcore|pytest)\b", device)
