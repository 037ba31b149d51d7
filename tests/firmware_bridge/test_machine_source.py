"""A profile is opened as what it describes: a port, two ports, or pins."""

import os
import pty
import re
import select
import subprocess
import sys
import tty
from collections.abc import Iterator
from pathlib import Path

import gpiozero  # type: ignore[import-untyped]
import pytest
from gpiozero.pins.mock import MockFactory  # type: ignore[import-untyped]

from firmware_bridge.machine_source import MachineSource, open_source
from firmware_bridge.pins.gpio_source import GpioSource
from firmware_bridge.ports.serial_source import SerialSource
from firmware_bridge.ports.two_ports import TwoPorts
from firmware_bridge.profile import load_profile, profile_path
from tests.firmware_bridge.machine_lines import READY, at, philips_2200
from wire.options import ConfigError
from wire.readings import LinkLoss, LinkLost, LinkUp, Quantity, Reading

LAMPS = philips_2200(**READY)
BUTTONS = bytes.fromhex("D5550A010200020000000E12")


class Terminal:
    """One line, of which the test holds the machine's end."""

    def __init__(self) -> None:
        self.master, self._slave = pty.openpty()
        tty.setraw(self._slave)
        self.port = os.ttyname(self._slave)

    def say(self, data: bytes) -> None:
        os.write(self.master, data)

    def pull(self) -> None:
        os.close(self._slave)
        os.close(self.master)


@pytest.fixture
def lines() -> Iterator[tuple[Terminal, Terminal]]:
    made = Terminal(), Terminal()
    yield made
    for line in made:
        try:
            line.pull()
        except OSError:
            continue  # the test has pulled it


def ribbon(tmp_path: Path, port: str, second_port: str) -> Path:
    text = profile_path("philips-2200").read_text()
    text = re.sub(r"^port = .*$", f'port = "{port}"', text, flags=re.M)
    text = re.sub(r"^# second_port = .*$", f'second_port = "{second_port}"', text, flags=re.M)
    file = tmp_path / "ribbon.toml"
    file.write_text(text)
    return file


@pytest.fixture
def both(tmp_path: Path, lines: tuple[Terminal, Terminal]) -> Iterator[MachineSource]:
    source = open_source(load_profile(ribbon(tmp_path, lines[0].port, lines[1].port)))
    yield source
    source.close()


def read_when_ready(source: MachineSource, seconds: float) -> list[Reading]:
    """Read once the kernel says that something has come, as the device does."""
    descriptor = source.fileno()
    assert descriptor is not None
    assert select.select([descriptor], [], [], 5)[0], "nothing came"
    return list(source.read(at(seconds)))


def test_a_profile_with_one_port_opens_one(lines: tuple[Terminal, Terminal]) -> None:
    source = open_source(load_profile(profile_path("reference")), port=lines[0].port)
    assert isinstance(source, SerialSource)
    assert Quantity.BOILER_TEMP_C in source.tells
    source.close()


def test_a_profile_with_two_ports_reads_both_lines_apart(
    both: MachineSource, lines: tuple[Terminal, Terminal]
) -> None:
    """Frames that are cut by each other on the clock are whole on their own lines."""
    assert isinstance(both, TwoPorts)
    lamps, buttons = lines
    readings: list[Reading] = []
    for k, (line, piece) in enumerate(
        [(lamps, LAMPS[:9]), (buttons, BUTTONS[:5]), (lamps, LAMPS[9:]), (buttons, BUTTONS[5:])]
    ):
        line.say(piece)
        readings += read_when_ready(both, k / 100)

    assert readings == [LinkUp(at=at(0.02))]
    assert (both.counts.frames_ok, both.counts.frames_bad) == (2, 0)


def test_buttons_alone_are_no_link(
    both: MachineSource, lines: tuple[Terminal, Terminal]
) -> None:
    lines[1].say(BUTTONS)
    readings = read_when_ready(both, 0.1) + list(both.read(at(1.0)))
    assert readings == [LinkLost(at=at(1.0), reason=LinkLoss.SILENT)]


def test_the_machine_s_line_is_heard_while_the_other_is_unplugged(
    both: MachineSource, lines: tuple[Terminal, Terminal]
) -> None:
    lamps, buttons = lines
    buttons.pull()
    assert both.read(at(0.1)) == []
    lamps.say(LAMPS)

    assert read_when_ready(both, 0.2) == [LinkUp(at=at(0.2))]
    assert both.next_due_s(at(0.2)) is not None


def test_a_line_that_comes_back_is_waited_for_again(
    both: MachineSource, lines: tuple[Terminal, Terminal], tmp_path: Path
) -> None:
    lamps, buttons = lines
    lamps.pull()
    assert both.read(at(0.1)) == [LinkLost(at=at(0.1), reason=LinkLoss.UNPLUGGED)]
    buttons.say(BUTTONS)
    read_when_ready(both, 0.2)
    assert both.counts.frames_ok == 1


def test_a_driver_of_one_line_refuses_a_second_port(
    tmp_path: Path, lines: tuple[Terminal, Terminal]
) -> None:
    file = ribbon(tmp_path, lines[0].port, lines[1].port)
    text = file.read_text().replace('driver = "philips-2200"', 'driver = "philips-5400"')
    file.write_text(
        re.sub(
            r"\[philips-2200\].*?\[pins\]",
            "[philips-5400]\nequal_frames = 2\n[pins]",
            text,
            flags=re.DOTALL,
        )
    )

    with pytest.raises(
        ConfigError, match=r"second_port = .*: philips-5400 listens on one line"
    ):
        open_source(load_profile(file))


def test_a_second_port_that_is_not_there_is_named_and_the_first_released(
    tmp_path: Path, lines: tuple[Terminal, Terminal]
) -> None:
    profile = load_profile(ribbon(tmp_path, lines[0].port, "/dev/not-there"))
    for _ in range(2):  # a port that was kept would be busy now
        with pytest.raises(ConfigError, match=r"second_port = '/dev/not-there': no such port"):
            open_source(profile)


# ------------------------------------------------------------------------------------- pins


METER_ALONE = re.sub(
    r"\[bare-sensors\.(tank|converter|boiler|pressure|level)\].*?(?=\n\[)",
    "",
    profile_path("bare-sensors").read_text(),
    flags=re.DOTALL,
)


def test_a_profile_of_bare_sensors_opens_pins(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    file = tmp_path / "meter.toml"
    file.write_text(METER_ALONE)
    monkeypatch.setattr(gpiozero.Device, "pin_factory", MockFactory())

    source = open_source(load_profile(file))

    assert isinstance(source, GpioSource)
    assert source.tells == {Quantity.FLOW_ML_PER_S, Quantity.WATER_DRAWN_ML}
    source.close()


def test_a_port_for_a_machine_of_bare_sensors_is_refused() -> None:
    with pytest.raises(ConfigError, match="has sensors on pins and no serial port"):
        open_source(load_profile(profile_path("bare-sensors")), port="/dev/ttyUSB0")


def test_pins_can_be_listened_to_live(tmp_path: Path) -> None:
    """As a maker does at the bench; here on gpiozero's mock pins."""
    file = tmp_path / "meter.toml"
    file.write_text(METER_ALONE)
    program = (
        "import argparse\nfrom firmware_bridge import decode\n"
        "parser = argparse.ArgumentParser()\ndecode.add_arguments(parser)\n"
        f"decode.run(parser.parse_args(['--live', '--profile', {str(file)!r}]))"
    )
    process = subprocess.Popen(
        [sys.executable, "-c", program],
        stdout=subprocess.PIPE,
        env={**os.environ, "GPIOZERO_PIN_FACTORY": "mock"},
    )
    try:
        assert process.stdout is not None
        said = [process.stdout.readline().decode() for _ in range(3)]
    finally:
        process.kill()
        process.wait()
    assert re.search(r"machine heard", said[0])
    assert re.search(r"flow +0\.00 ml/s", said[1])
