"""``demitasse decode`` shows a maker what a recording says."""

import argparse
import io
import json
import re
from pathlib import Path

import pytest

from firmware_bridge import decode
from firmware_bridge.profile import load_profile, profile_path
from firmware_bridge.simulation.misbehaving import Misbehaving, Trouble
from firmware_bridge.simulation.simulated_machine import SimulatedMachine
from firmware_bridge.simulation.simulated_makes import simulated_make
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
        r"^ +\d+  controller +DM-TEST-0001, firmware 1\.\d\.0, protocol 1\.\d,", text, re.M
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


@pytest.mark.parametrize(
    ("trouble", "says"),
    [
        (
            Trouble.INVERT,
            "unreadable: the line arrives inverted: fit an inverter, or take one out",
        ),
        (Trouble.SLOW, "unreadable: the machine speaks at 4800 baud: set baud_rate to it"),
    ],
)
def test_a_recording_of_a_misread_line_says_why_nothing_is_understood(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], trouble: Trouble, says: str
) -> None:
    machine = simulated_make(load_profile(profile_path("lelit-marax")))
    line = Misbehaving(machine, [trouble], seed=7)
    file = tmp_path / "misread.bin"
    file.write_bytes(b"".join(line.step(ms) for ms in range(0, 5000, 100)))

    assert run(str(file), "--driver", "lelit-marax") == 0
    assert says in capsys.readouterr().out
    assert run(str(file), "--driver", "lelit-marax", "--json") == 0
    *_, lost, summary = map(json.loads, capsys.readouterr().out.splitlines())
    assert (lost["type"], lost["reason"]) == ("link_lost", "unreadable")
    assert lost["because"] == ("inverted" if trouble is Trouble.INVERT else "other_baud")
    assert summary["type"] == "summary"


def test_a_machine_that_is_known_to_be_inverted_is_reminded_of_its_inverter(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    machine = simulated_make(load_profile(profile_path("lelit-marax")))
    line = Misbehaving(machine, [Trouble.INVERT], seed=7)
    recorded, mine = tmp_path / "misread.bin", tmp_path / "mine.toml"
    recorded.write_bytes(b"".join(line.step(ms) for ms in range(0, 5000, 100)))
    text = profile_path("lelit-marax").read_text()
    mine.write_text(text.replace('polarity = "normal"', 'polarity = "inverted"'))

    assert run(str(recorded), "--profile", str(mine)) == 0
    assert "or take one out (this machine sends it so)" in capsys.readouterr().out


@pytest.mark.parametrize("machine", ["lelit-marax", "philips-5400", "jura-v1", "decent-de1"])
def test_a_recording_of_another_machine_names_the_driver_that_understands_it(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], machine: str
) -> None:
    file = tmp_path / "morning.bin"
    file.write_bytes(b"".join(MORNINGS[machine]))

    assert run(str(file), "--driver", "philips-2200") == 0

    assert f"Another driver understands it: --driver {machine}\n" in capsys.readouterr().out


def test_both_lines_of_a_machine_that_has_two_are_counted(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    lamps, buttons = tmp_path / "lamps.bin", tmp_path / "buttons.hex"
    lamps.write_bytes(b"".join(MORNINGS["philips-2200"]))
    buttons.write_text(
        "D5 55 0A 01 02 00 02 00 00 00 0E 12\nD5 55 02 01 02 00 02 00 00 00 38 15"
    )

    assert run(str(lamps), "--driver", "philips-2200", "--second", str(buttons), "--json") == 0

    lines = [json.loads(line) for line in capsys.readouterr().out.splitlines()]
    assert lines[-1]["frames_ok"] == len(MORNINGS["philips-2200"]) + 2
    assert sum(line["type"] == "brew_finished" for line in lines) == 1


def test_pipe_is_read_from_standard_input(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str], morning: bytes
) -> None:
    class Pipe:
        buffer = io.BufferedReader(io.BytesIO(morning))

    monkeypatch.setattr("sys.stdin", Pipe)

    assert run("-", "--json") == 0
    assert json.loads(capsys.readouterr().out.splitlines()[-1])["bytes"] == len(morning)


@pytest.mark.parametrize("machine", ["lelit-marax", "decent-de1"])
def test_a_pipe_that_trickles_is_no_hex_because_it_begins_with_a_digit(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str], machine: str
) -> None:
    class Trickle(io.BytesIO):
        def read1(self, size: int | None = -1, /) -> bytes:
            return self.read(2)

    class Pipe:
        buffer = Trickle(b"".join(MORNINGS[machine]))

    monkeypatch.setattr("sys.stdin", Pipe)

    assert run("-", "--driver", machine, "--json") == 0
    assert json.loads(capsys.readouterr().out.splitlines()[-1])["frames_bad"] == 0


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
        (("-", "--profile", "bare-sensors"), "has sensors on pins and no serial port"),
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
