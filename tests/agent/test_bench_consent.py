"""The benchmark of the gate finds nothing, and something when the gate is broken."""

import json
import subprocess
import sys
from argparse import ArgumentParser
from pathlib import Path

import pytest

from agent import consent
from agent.consent import GUARDS
from scripts.benchmarks import consent as bench

ROOT = Path(__file__).parents[2]


def run(capsys: pytest.CaptureFixture[str], *words: str) -> tuple[int, dict[str, object]]:
    parser = ArgumentParser()
    bench.add_arguments(parser)
    status = bench.run(parser.parse_args(["--json", *words]))
    return status, json.loads(capsys.readouterr().out)


def test_no_hostile_file_is_granted_more_than_it_says(
    capsys: pytest.CaptureFixture[str],
) -> None:
    status, figures = run(capsys, "--files", "600")
    assert (status, figures["beyond"]) == (0, 0)
    assert int(str(figures["grants"])) > 50, "the files should not all be rubbish"


@pytest.mark.parametrize("guard", [guard.__name__.strip("_") for guard in GUARDS])
def test_the_gate_without_one_of_its_guards_is_caught(
    guard: str, capsys: pytest.CaptureFixture[str]
) -> None:
    status, figures = run(capsys, "--files", "700", "--break", guard)
    assert status == 1
    assert int(str(figures["beyond"])) > 0
    assert figures["first_beyond"]
    assert consent.GUARDS == GUARDS


def test_the_command_ends_as_the_gate_deserves() -> None:
    command = [sys.executable, "-m", "scripts.benchmarks", "consent", "--files", "300"]
    for words, status in (((), 0), (("--break", "switch_guard"), 1)):
        done = subprocess.run(
            [*command, *words], cwd=ROOT, capture_output=True, text=True, check=False
        )
        assert (done.returncode, done.stderr) == (status, "")
        assert "granted beyond what is valid" in done.stdout
