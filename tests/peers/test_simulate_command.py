"""``demitasse simulate`` as a process: somebody else opens its port and hears a machine."""

import argparse
import re
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path

import pytest

from firmware_bridge import simulate
from firmware_bridge.driver import load_driver
from firmware_bridge.ports.serial_source import SerialSource
from firmware_bridge.profile import load_profile, profile_path
from firmware_bridge.reference.driver import ReferenceDriver
from tests.waiting import until
from wire.options import ConfigError
from wire.readings import Flag, FlagName, Reading
from wire.stamps import Stamp

PROGRAM = """
import argparse, sys
from firmware_bridge import simulate
from firmware_bridge.driver import load_driver
parser = argparse.ArgumentParser()
simulate.add_arguments(parser)
sys.exit(simulate.run(parser.parse_args()))
"""


@pytest.fixture
def simulated() -> Iterator["subprocess.Popen[str]"]:
    process = subprocess.Popen(
        [sys.executable, "-c", PROGRAM, "--every", "0", "--fault", "tank-stuck"],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
    )
    yield process
    process.kill()
    process.communicate()


def now() -> Stamp:
    return Stamp(
        utc=datetime.now(UTC), monotonic_s=time.monotonic(), boot_id="boot", synced=True
    )


def test_port_is_printed_heard_and_given_back_at_ctrl_c(
    simulated: "subprocess.Popen[str]",
) -> None:
    assert simulated.stdout is not None
    assert simulated.stdin is not None
    said = simulated.stdout.readline()
    port = re.fullmatch(r"Demitasse reference controller is on (/dev/\S+)\n", said)
    assert port is not None
    source = SerialSource(port[1], ReferenceDriver(load_profile(profile_path("reference"))))
    readings: list[Reading] = []

    def tank_is_empty() -> bool:
        readings.extend(source.read(now()))
        return any(
            isinstance(r, Flag) and r.name is FlagName.TANK_EMPTY and r.on for r in readings
        )

    until(tank_is_empty, "an empty tank", by=simulated)
    source.close()
    simulated.stdin.write("\n")
    simulated.stdin.flush()
    assert "Enter" in simulated.stdout.readline()
    assert "refused, the tank switch says empty" in simulated.stdout.readline()

    simulated.send_signal(signal.SIGINT)

    assert simulated.wait(timeout=5) == 0
    assert "switched off" in simulated.stdout.read()


@pytest.mark.parametrize(
    ("arguments", "says"),
    [
        (["--machine", "espresso9000"], "unknown; choose a profile"),
        (["--machine", "bare-sensors"], "has sensors on pins and no serial port"),
        (["--every", "-1"], "write seconds from 0 to 86400"),
        (["--cup", "900"], r"write 1 to 150 \(millilitres\)"),
        (
            ["--machine", "jura-f50", "--fault", "tank-stuck"],
            "--fault tank-stuck: only the reference machine has parts that break",
        ),
    ],
)
def test_what_the_operator_can_correct_is_a_config_error(
    arguments: list[str], says: str
) -> None:
    parser = argparse.ArgumentParser()
    simulate.add_arguments(parser)

    with pytest.raises(ConfigError, match=says):
        simulate.run(parser.parse_args(arguments))


def test_a_driver_of_somebody_else_has_no_simulated_machine_here(tmp_path: Path) -> None:
    profile = profile_path("reference").read_text().replace('"reference"', '"my-machine"')
    (tmp_path / "mine.toml").write_text(profile)
    parser = argparse.ArgumentParser()
    simulate.add_arguments(parser)

    with pytest.raises(ConfigError, match="no simulated machine speaks my-machine; choose one"):
        simulate.run(parser.parse_args(["--machine", str(tmp_path / "mine.toml")]))


def test_another_make_on_a_bad_line_is_heard_all_the_same() -> None:
    process = subprocess.Popen(
        [
            sys.executable, "-c", PROGRAM, "--machine", "lelit-gicar",
            "--line", "flip", "--line", "drop", "--every", "0",
        ],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
    )  # fmt: skip
    try:
        assert process.stdout is not None
        port = process.stdout.readline().split()[-1]
        profile = load_profile(profile_path("lelit-gicar"))
        driver = load_driver(profile.driver, profile)
        source = SerialSource(port, driver)

        def heard() -> bool:
            source.read(now())
            return driver.counts.frames_ok >= 5

        until(heard, "five good frames", by=process)
        source.close()
    finally:
        process.kill()
        process.communicate()
