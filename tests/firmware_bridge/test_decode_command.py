"""``demitasse decode`` shows a maker what a recording says."""

import argparse
import io
import json
import re
from pathlib import Path

import pytest

from firmware_bridge import decode
from firmware_bridge.profile import load_profile, profile_path
from firmware_bridge.simulated_machine import SimulatedMachine
from tests.firmware_bridge.machine_lines import MORNINGS
from wire.options import ConfigError


@pytest.fixture(scope="module")
def morning() -> bytes:
    """Two minutes and one coffee, as the reference controller sends them."""
    machine = SimulatedMachine(load_profile(profile_path("reference")), serial="DM-TEST-0001")
    machine.brew(40)
    return machine.step(120_000)


def run(*arguments: str) -> int:
    parser = argparse.ArgumentParser()
    decode.add_arguments(parser)
    return decode.run(parser.parse_args(arguments))


@pytest.fixture
def recording(tmp_path: Path, morning: bytes) -> str:
    file = tmp_path / "morning.bin"
    file.write_bytes(morning)
    return str(file)


def test_recording_is_told_in_readable_lines(
    recording: str, capsys: pytest.CaptureFixture[str], morning: bytes
) -> None:
    assert run(recording) == 0

    text = capsys.readouterr().out
    assert re.search(
        r"^ +\d+  controller +DM-TEST-0001, firmware 1.0.0, protocol 1.0,", text, re.M
    )
    assert re.search(r"^ +\d+  boiler +9\d.\d °C$", text, re.M)
    assert re.search(r"^ +\d+  brew finished +number 1 1\d.\d s, 4\d ml$", text, re.M)
    assert f"\n{len(morning)} bytes: " in text
    assert ", 0 bad, 0 unknown; back in step after damage: 0." in text


def test_json_is_one_object_a_reading_and_a_summary(
    recording: str, capsys: pytest.CaptureFixture[str], morning: bytes
) -> None:
    assert run(recording, "--json", "--driver", "reference") == 0

    lines = [json.loads(line) for line in capsys.readouterr().out.splitlines()]
    assert {"type": "link_up"} in lines
    assert {"type": "brew_started", "number": 1} in lines
    assert {"type": "flag", "name": "tank_empty", "on": False} in lines
    assert {"type": "sample", "quantity": "water_level_ml", "value": 1800.0} in lines
    summary = lines[-1]
    assert summary.pop("frames_ok") > 50
    assert summary == {
        "type": "summary",
        "bytes": len(morning),
        "frames_bad": 0,
        "frames_skipped": 0,
        "resyncs": 0,
    }


@pytest.mark.parametrize(
    "written",
    [
        lambda data: data.hex(),
        lambda data: data.hex(" ").upper(),
        lambda data: data.hex(":"),
        lambda data: "\r\n".join(data[i : i + 7].hex(" ") for i in range(0, len(data), 7)),
        lambda data: "\n".join(frame.hex(" ") + " 00" for frame in data.split(b"\0")[:-1]),
    ],
    ids=["stream", "spaces", "colons", "lines", "one frame a line"],
)
def test_hex_says_the_same_as_the_bytes(
    recording: str,
    tmp_path: Path,
    capsys: pytest.CaptureFixture[str],
    morning: bytes,
    written: object,
) -> None:
    assert callable(written)
    file = tmp_path / "morning.hex"
    file.write_text(written(morning))
    run(recording)
    as_bytes = capsys.readouterr().out

    run(str(file))

    assert capsys.readouterr().out == as_bytes


def test_damage_is_shown_where_it_is(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], morning: bytes
) -> None:
    file = tmp_path / "damaged.bin"
    file.write_bytes(morning[:40] + b"\x99\x99" + morning[42:])

    assert run(str(file)) == 0

    text = capsys.readouterr().out
    assert re.search(r"^ +\d\d  bad frame +skipped$", text, re.M)
    assert "back in step after damage: 1." in text


def test_recording_of_which_nothing_is_understood_gets_a_hint(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    file = tmp_path / "noise.bin"
    file.write_bytes(bytes(range(1, 255)) * 40)

    assert run(str(file)) == 0

    assert "Nothing was understood. Is it the right --driver?" in capsys.readouterr().out


def test_pipe_is_read_from_standard_input(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str], morning: bytes
) -> None:
    class Pipe:
        buffer = io.BufferedReader(io.BytesIO(morning))

    monkeypatch.setattr("sys.stdin", Pipe)

    assert run("-", "--json") == 0
    assert json.loads(capsys.readouterr().out.splitlines()[-1])["bytes"] == len(morning)


def test_empty_recording_is_no_error(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    file = tmp_path / "empty.bin"
    file.touch()

    assert run(str(file), "--json") == 0
    assert json.loads(capsys.readouterr().out)["frames_ok"] == 0


@pytest.mark.parametrize("machine", sorted(MORNINGS))
def test_every_driver_is_told_in_readable_lines(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], machine: str
) -> None:
    file = tmp_path / "morning.hex"
    file.write_text("\n".join(frame.hex(" ") for frame in MORNINGS[machine]))

    assert run(str(file), "--profile", machine) == 0

    text = capsys.readouterr().out
    assert "machine heard" in text
    assert ", 0 bad, 0 unknown; back in step after damage: 0." in text
    if not machine.startswith("jura"):
        assert re.search(r"^ +\d+  brew finished +no duration$", text, re.M)


@pytest.mark.parametrize(
    ("arguments", "says"),
    [
        ((), "FILE: missing; name a recording"),
        (("--live", "/dev/no-such-port"), "no such port; plug the machine in"),
        (("no-such-file.bin",), "no-such-file.bin: No such file or directory; give a readable"),
        (("-", "--driver", "espresso9000"), "unknown; choose a profile .*reference"),
        (("-", "--profile", "espresso9000"), "unknown; choose a profile .*reference"),
        (
            ("-", "--profile", "reference", "--driver", "x"),
            "no such driver is installed; choose",
        ),
    ],
)
def test_what_the_operator_can_correct_is_a_config_error(
    arguments: tuple[str, ...], says: str
) -> None:
    with pytest.raises(ConfigError, match=says):
        run(*arguments)


@pytest.mark.parametrize(
    ("text", "says"),
    [
        ("01 02 0", "odd number of digits"),
        ("01 02\n" * 20_000 + "xy", "began as hex, then has"),
    ],
)
def test_hex_that_is_no_hex_is_a_config_error(tmp_path: Path, text: str, says: str) -> None:
    file = tmp_path / "wrong.hex"
    file.write_text(text)

    with pytest.raises(ConfigError, match=says):
        run(str(file))
