"""The benchmark of the bridge measures what it says, and fails when a driver does."""

import argparse
import json
import random
from pathlib import Path

import pytest

from firmware_bridge.driver import OWN_DRIVERS
from firmware_bridge.makes.lelit_marax import LelitMaraXDriver
from firmware_bridge.profile import load_profile, profile_path
from scripts.benchmarks import bridge, bridge_firmware
from tests.peers.firmware import needs_avr, needs_libfuzzer, needs_simavr
from wire.options import ConfigError
from wire.readings import Reading
from wire.stamps import Stamp


def run(*arguments: str) -> int:
    parser = argparse.ArgumentParser()
    bridge.add_arguments(parser)
    return bridge.run(parser.parse_args(arguments))


def test_each_driver_has_its_figures_and_none_raises(
    capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(bridge_firmware, "measure", lambda **_: of_firmware(0))

    assert run("--json", "--seconds", "0.02", "--inputs", "600") == 0

    report = json.loads(capsys.readouterr().out)
    assert set(report) == {*OWN_DRIVERS, "fuzz", "live_10_hz", "firmware"}
    assert report["firmware"]["flash_bytes"] == 6150
    assert all(report[name]["frames_per_s"] > 0 for name in OWN_DRIVERS)
    assert report["fuzz"].pop("grown_kb_max") < 20_000
    assert report["fuzz"] == {
        "inputs": 600 * len(OWN_DRIVERS), "exceptions": 0, "not_found_back": 0,
    }  # fmt: skip


def of_firmware(crashes: int | None) -> dict[str, object]:
    return {
        "flash_bytes": 6150,
        "ram_bytes": None,
        "stack_bytes": 454,
        "boot_ms": 3,
        "fuzz": crashes if crashes is None else {
            "inputs": 9, "inputs_per_s": 1, "crashes": crashes,
        },
    }  # fmt: skip


def test_people_get_a_table(
    capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(bridge_firmware, "measure", lambda **_: of_firmware(None))

    assert run("--seconds", "0.01", "--inputs", "1") == 0

    text = capsys.readouterr().out
    assert "frames/s" in text
    assert "hostile inputs: 0 exceptions" in text
    assert "flash: 6150 of 32768 bytes" in text
    assert "RAM: not measured here" in text
    assert "libFuzzer: needs clang" in text


def test_a_crash_of_the_firmware_fails_the_benchmark(
    capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(bridge_firmware, "measure", lambda **_: of_firmware(1))

    assert run("--seconds", "0.01", "--inputs", "1") == 1
    assert "9 inputs, 1 a second, 1 crashes" in capsys.readouterr().out


@needs_simavr
@needs_avr
@needs_libfuzzer
def test_the_firmware_has_its_figures() -> None:
    figures = bridge_firmware.measure(fuzz_inputs=500, seed=1)

    assert all(figures[name] > 0 for name in ("flash_bytes", "ram_bytes", "stack_bytes"))
    assert figures["boot_ms"] < 10
    assert figures["fuzz"]["inputs"] >= 500
    assert figures["fuzz"]["crashes"] == 0


def test_a_build_that_fails_says_what_the_compiler_says(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.setenv("MAKEFLAGS", "AVR_CC=no-such-compiler")

    with pytest.raises(ConfigError, match="no-such-compiler"):
        bridge_firmware.size(tmp_path)


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
