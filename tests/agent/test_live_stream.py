"""The stream of readings: at once, to the owner of the device alone, and never in the way."""

import json
import os
import socket
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import closing, contextmanager
from datetime import UTC, datetime
from pathlib import Path

import pytest

from agent.giving_back.live_stream import LISTENERS_MAX, LiveStream, Overheard
from agent.main import main
from firmware_bridge.profile import load_profile
from firmware_bridge.simulation.pty_machine import PtyMachine
from firmware_bridge.simulation.simulated_machine import SimulatedMachine
from tests.agent.house import Readings
from tests.waiting import until
from wire.readings import BrewStarted, Quantity, Reading, Sample
from wire.stamps import Stamp

ROOT = Path(__file__).parents[2]
NOW = Stamp(utc=datetime(2026, 3, 10, 9, tzinfo=UTC), monotonic_s=1.0, boot_id="b", synced=True)
TEMP = Sample(at=NOW, quantity=Quantity.BOILER_TEMP_C, value=91.5)
WITHIN_S = 20.0


@pytest.fixture
def stream(tmp_path: Path) -> Iterator[LiveStream]:
    made = LiveStream(tmp_path / "live.sock")
    yield made
    made.close()


def listen(tmp_path: Path) -> socket.socket:
    listener = socket.socket(socket.AF_UNIX, socket.SOCK_STREAM)
    listener.settimeout(WITHIN_S)
    listener.connect(str(tmp_path / "live.sock"))
    return listener


def test_every_reading_is_one_line_with_its_time_and_units(
    stream: LiveStream, tmp_path: Path
) -> None:
    with listen(tmp_path) as listener:
        stream.tell([TEMP, BrewStarted(at=NOW, number=7)])
        lines = [json.loads(line) for line in listener.recv(4096).splitlines()]
    assert lines[0] == {
        "reading": "Sample",
        "quantity": "boiler_temp_c",
        "value": 91.5,
        "at": {"utc": "2026-03-10T09:00:00+00:00", "monotonic_s": 1.0, "synced": True},
    }
    assert (lines[1]["reading"], lines[1]["number"]) == ("BrewStarted", 7)


def test_a_source_that_is_overheard_is_otherwise_that_source(
    stream: LiveStream, tmp_path: Path
) -> None:
    source = Readings()
    overheard = Overheard(source, stream)
    source.waiting.append(TEMP)
    with listen(tmp_path) as listener:
        heard: list[Reading] = list(overheard.read(NOW))
        assert heard == [TEMP]
        assert b"boiler_temp_c" in listener.recv(4096)
    assert overheard.next_due_s(NOW) is None
    assert overheard.fileno() is None
    overheard.close()
    assert source.closed


def test_only_the_user_of_the_device_can_open_it(stream: LiveStream, tmp_path: Path) -> None:
    assert (tmp_path / "live.sock").stat().st_mode & 0o077 == 0


def test_a_listener_who_does_not_listen_is_let_go_and_delays_nobody(
    stream: LiveStream, tmp_path: Path
) -> None:
    with listen(tmp_path) as deaf, listen(tmp_path) as good:
        good.setblocking(False)
        began = time.monotonic()
        for _ in range(3000):
            stream.tell([TEMP])
            try:
                good.recv(1 << 16)
            except BlockingIOError:
                pytest.fail("the one who listens has missed a line")
        assert time.monotonic() - began < WITHIN_S
        while data := deaf.recv(1 << 20):
            last = data
        assert last.endswith((b"}\n", b"}"))


def test_a_crowd_is_not_let_in_and_leaves_again(stream: LiveStream, tmp_path: Path) -> None:
    crowd = [listen(tmp_path) for _ in range(LISTENERS_MAX)]
    stream.tell([TEMP])
    assert all(one.recv(4096) for one in crowd)
    for one in crowd:
        one.close()
    stream.tell([TEMP])
    with listen(tmp_path) as late:
        stream.tell([])
        stream.tell([TEMP])
        assert late.recv(4096)


def test_a_stream_that_a_power_cut_left_behind_is_replaced(tmp_path: Path) -> None:
    for _ in range(2):
        LiveStream(tmp_path / "live.sock")


def test_without_a_device_the_command_says_what_to_do(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    config = tmp_path / "agent.toml"
    config.write_text('[device]\nstate_dir = "state"\n')
    assert main(["--config", str(config), "live"]) == 2
    assert "start the device with `demitasse run`" in capsys.readouterr().err


def test_from_the_machine_to_the_owner_it_takes_less_than_a_second(tmp_path: Path) -> None:
    """The real command beside the real device, on a pseudo-terminal."""
    profile = ROOT / "config" / "machines" / "reference.toml"
    simulated = SimulatedMachine(load_profile(profile), serial="DEMI0001")
    with closing(PtyMachine(simulated)) as machine:
        config = tmp_path / "agent.toml"
        config.write_text(
            f'[device]\nstate_dir = "s"\n[machine]\nprofile = "{profile}"\n'
            f'port = "{machine.port}"\n[broker]\nport = 1\n',
            encoding="utf-8",
        )
        with running(config, "run") as device:
            wait_for(machine, (tmp_path / "s" / "live.sock").exists, by=device)
            with running(config, "live") as live:
                lag_of_the_next_line(machine, live)  # it waited for the command to start
                lag_s = lag_of_the_next_line(machine, live)
            assert device.poll() is None
    assert lag_s <= 1.0


@contextmanager
def running(config: Path, word: str) -> Iterator[subprocess.Popen[bytes]]:
    """Run one of our commands for as long as the block lasts."""
    process = subprocess.Popen(
        [sys.executable, "-m", "agent.main", "--config", str(config), word],
        cwd=ROOT,
        env={**os.environ, "PYTHONPATH": str(ROOT)},
        stdout=subprocess.PIPE,
    )
    try:
        yield process
    finally:
        process.terminate()
        process.wait(WITHIN_S)


def wait_for(
    machine: PtyMachine, holds: Callable[[], object], *, by: subprocess.Popen[bytes]
) -> None:
    """Let the machine live until something holds that a command brings about."""

    def a_moment_later() -> object:
        machine.step(int(time.monotonic() * 1000))
        return holds()

    until(a_moment_later, "a word of the machine", by=by)


def lag_of_the_next_line(machine: PtyMachine, live: subprocess.Popen[bytes]) -> float:
    """Return how old a reading is when the owner's command prints it."""
    said: list[bytes] = []
    out = live.stdout
    assert out is not None
    os.set_blocking(out.fileno(), False)

    def something_said() -> bytes:
        said.append(out.read() or b"")
        return said[-1]

    wait_for(machine, something_said, by=live)
    told = json.loads(said[-1].splitlines()[0])
    at = datetime.fromisoformat(told["at"]["utc"])
    return (datetime.now(UTC) - at).total_seconds()
