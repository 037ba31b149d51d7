"""The driver that the guide for makers shows step by step works as shown."""

import re
from pathlib import Path
from typing import Any

import pytest

from firmware_bridge.profile import MACHINES_FOLDER

GUIDE = Path(__file__).resolve().parents[2] / "docs" / "makers.md"


def shown(language: str) -> list[str]:
    return re.findall(rf"```{language}\n(.*?)```", GUIDE.read_text(encoding="utf-8"), re.DOTALL)


def test_the_driver_of_the_guide_passes_its_own_test(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    assert "`[my-machine]` with\n`brew_lines = 3`" in GUIDE.read_text(encoding="utf-8")
    profile = (MACHINES_FOLDER / "reference.toml").read_text(encoding="utf-8")
    profile = profile.replace('driver = "reference"', 'driver = "my-machine"')
    (tmp_path / "my-machine.toml").write_text(
        profile + "[my-machine]\nbrew_lines = 3\n", encoding="utf-8"
    )
    monkeypatch.chdir(tmp_path)
    names: dict[str, Any] = {}

    driver, test = shown("python")
    exec(compile(driver, "my_machine.py", "exec"), names)
    exec(compile(test, "test_my_machine.py", "exec"), names)

    names["test_a_running_pump_is_a_brew"]()
