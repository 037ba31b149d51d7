"""The benchmark of the bridge measures what it says, and fails when a driver does."""

import argparse
import json
import random

import pytest

from firmware_bridge.driver import OWN_DRIVERS
from firmware_bridge.lelit_marax import LelitMaraXDriver
from firmware_bridge.profile import load_profile, profile_path
from scripts.benchmarks import bridge
from wire.options import ConfigError
from wire.readings import Reading
from wire.stamps import Stamp


def run(*arguments: str) -> int:
    parser = argparse.ArgumentParser()
    bridge.add_arguments(parser)
    return bridge.run(parser.parse_args(arguments))


def test_each_driver_has_its_figures_and_none_raises(
    capsys: pytest.CaptureFixture[str],
) -> None:
    assert run("--json", "--seconds", "0.02", "--inputs", "600") == 0

    report = json.loads(capsys.readouterr().out)
    assert set(report) == {*OWN_DRIVERS, "fuzz", "live_10_hz"}
    assert all(report[name]["frames_per_s"] > 0 for name in OWN_DRIVERS)
    assert report["fuzz"] == {
        "inputs": 600 * len(OWN_DRIVERS), "exceptions": 0, "not_found_back": 0,
    }  # fmt: skip


def test_people_get_a_table(capsys: pytest.CaptureFixture[str]) -> None:
    run("--seconds", "0.01", "--inputs", "1")
    text = capsys.readouterr().out
    assert "frames/s" in text
    assert "hostile inputs: 0 exceptions" in text


def test_a_driver_that_raises_is_counted(monkeypatch: pytest.MonkeyPatch) -> None:
    def broken(self: LelitMaraXDriver, data: bytes, at: Stamp) -> list[Reading]:
        raise IndexError(data)

    monkeypatch.setattr(LelitMaraXDriver, "receive", broken)
    profile = load_profile(profile_path("lelit-marax"))
    assert bridge.withstood(profile, [b"line"], 5, random.Random(1)) == (5, 0)


@pytest.mark.parametrize(
    "wrong", [("--seconds", "0"), ("--seconds", "nan"), ("--inputs", "-1")]
)
def test_what_makes_no_sense_is_refused(wrong: tuple[str, str]) -> None:
    with pytest.raises(ConfigError, match=f"{wrong[0]} .*: choose"):
        run(*wrong)
