"""``./scripts/bench package``: what it makes of what it hears. It runs itself for minutes."""

import subprocess
from argparse import Namespace
from pathlib import Path

import pytest

from scripts.benchmarks import package, package_system, package_wrong
from wire.options import ConfigError


def test_what_a_device_said_is_told_apart_by_its_headings() -> None:
    said = package_system._parts("at first\n== heard\n{}\n== journal\none\ntwo\n== ended\n0\n")
    assert said == {
        "before all": "at first",
        "heard": "{}",
        "journal": "one\ntwo",
        "ended": "0",
    }


@pytest.mark.parametrize(
    ("status", "words", "kept", "refused"),
    [
        (2, "because of this", True, True),
        (0, "because of this", True, False),
        (1, "because of this", True, False),
        (2, "because of that", True, False),
        (2, "because of this", False, False),
    ],
)
def test_a_thing_is_refused_only_with_its_reason_and_with_nothing_lost(
    status: int, words: str, *, kept: bool, refused: bool
) -> None:
    said = subprocess.CompletedProcess((), status, stdout="", stderr=words)
    assert package_wrong._told(said, "of this", kept, status=2) is refused


def test_one_step_that_failed_is_found_wherever_it_stands() -> None:
    report = {"a": True, "b": {"c": 1.5, "d": {"e": False}}}
    assert any(leaf is False for leaf in package._leaves(report))
    assert not any(leaf is False for leaf in package._leaves({"a": 0, "b": True}))
    assert package._told(report).splitlines()[0].split() == ["a", "yes"]
    assert package._told(report).split()[-1] == "NO"


def test_whoever_is_not_root_is_told_so(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.chdir(tmp_path)
    monkeypatch.setattr("os.geteuid", lambda: 1000)
    with pytest.raises(ConfigError, match="run it as root"):
        package.run(Namespace(json=True, system=None))
