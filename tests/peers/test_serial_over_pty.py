"""The serial source against real terminals of the kernel: busy, pulled, moved, flooded."""

import contextlib
import os
import pty
import select
import threading
import time
import tty
from collections.abc import Callable, Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from firmware_bridge.ports.serial_source import (
    READ_BYTES_MAX,
    REOPEN_AFTER_S,
    UNSENT_BYTES_MAX,
    SerialSource,
)
from firmware_bridge.profile import load_profile, profile_path
from firmware_bridge.reference.codec import encode_frame
from firmware_bridge.reference.driver import ReferenceDriver
from firmware_bridge.reference.frames import KeepAliveFrame
from firmware_bridge.simulation.pty_machine import LINE_BYTES_MAX, PtyMachine
from firmware_bridge.simulation.simulated_machine import SimulatedMachine
from wire.options import ConfigError
from wire.readings import (
    BrewFinished,
    ControllerStarted,
    FramesMissed,
    LinkLoss,
    LinkLost,
    LinkUp,
    Reading,
)
from wire.stamps import Stamp

PROFILE = load_profile(profile_path("reference"))
START = datetime(2026, 3, 1, 0, 0, tzinfo=UTC)
DAY_MS = 86_400_000


def at(seconds: float) -> Stamp:
    return Stamp(
        utc=START + timedelta(seconds=seconds),
        monotonic_s=seconds,
        boot_id="boot",
        synced=True,
    )


def until(condition: Callable[[], bool], seconds: float = 5.0) -> None:
    deadline = time.monotonic() + seconds
    while not condition():
        assert time.monotonic() < deadline, "it did not happen in time"
        os.sched_yield()


class Terminal:
    """A bare terminal whose master side the test holds."""

    def __init__(self) -> None:
        self.master, self._slave = pty.openpty()
        tty.setraw(self._slave)
        os.set_blocking(self.master, False)
        self.port = os.ttyname(self._slave)
        self._open = True

    def pull(self) -> None:
        if self._open:
            os.close(self._slave)
            os.close(self.master)
        self._open = False


@pytest.fixture
def terminal() -> Iterator[Terminal]:
    made = Terminal()
    yield made
    made.pull()


@pytest.fixture
def sources() -> Iterator[Callable[[str], SerialSource]]:
    made: list[SerialSource] = []

    def make(port: str) -> SerialSource:
        made.append(
            SerialSource(port, ReferenceDriver(PROFILE), option="mine.toml [serial] port")
        )
        return made[-1]

    yield make
    for source in made:
        source.close()


def kinds(readings: list[Reading]) -> list[str]:
    return [type(reading).__name__ for reading in readings]


def read_until(source: SerialSource, kind: type[Reading], seconds: float) -> list[Reading]:
    """Read at one virtual moment until the kernel has handed the bytes over."""
    readings: list[Reading] = []

    def arrived() -> bool:
        readings.extend(source.read(at(seconds)))
        return any(isinstance(reading, kind) for reading in readings)

    until(arrived)
    return readings


def test_six_weeks_of_coffee_cross_a_real_terminal_quickly(
    sources: Callable[[str], SerialSource],
) -> None:
    """The clock jumps over idle time, and yet no frame, no brew and no link is lost."""
    machine = SimulatedMachine(PROFILE, serial="DM-TEST-0001")
    line = PtyMachine(machine)
    source = sources(line.port)
    readings: list[Reading] = []
    source.read(at(0))

    def step(now_ms: int) -> None:
        line.step(now_ms)
        line.drain()
        readings.extend(source.read(at(now_ms / 1000)))

    started_s = time.monotonic()
    step(0)
    orders = [
        day * DAY_MS + hour * 3_600_000 for day in range(42) for hour in (7, 9, 11, 14, 18)
    ]
    for order_ms in orders:
        while machine.now_ms < order_ms:
            due_ms = machine.next_interesting_ms(machine.now_ms)
            step(order_ms if due_ms is None else min(due_ms, order_ms))
        assert machine.brew(40)
    step(orders[-1] + 600_000)
    took_s = time.monotonic() - started_s
    line.close()

    numbers = [reading.number for reading in readings if isinstance(reading, BrewFinished)]
    assert numbers == list(range(1, len(orders) + 1))
    assert not [r for r in readings if isinstance(r, LinkLost | FramesMissed)]
    assert took_s < 20


def test_hello_is_asked_for_over_the_line_when_it_was_missed(
    sources: Callable[[str], SerialSource],
) -> None:
    line = PtyMachine(SimulatedMachine(PROFILE, serial="DM-TEST-0001"))
    line.step(0)  # its first hello, which opening the port throws away
    source = sources(line.port)
    source.read(at(0))
    now_ms = 0
    readings: list[Reading] = []

    def introduced() -> bool:
        nonlocal now_ms
        now_ms += 250
        line.step(now_ms)
        readings.extend(source.read(at(now_ms / 1000)))
        return "ControllerStarted" in kinds(readings)

    until(introduced)
    line.close()

    (started,) = [reading for reading in readings if isinstance(reading, ControllerStarted)]
    assert started.serial == "DM-TEST-0001"


def test_missing_port_is_told_as_unplugged_once_and_tried_again_every_second(
    tmp_path: Path, terminal: Terminal, sources: Callable[[str], SerialSource]
) -> None:
    port = tmp_path / "by-id"
    source = sources(str(port))
    assert source.read(at(0)) == [LinkLost(at=at(0), reason=LinkLoss.UNPLUGGED)]
    assert source.fileno() is None
    assert source.next_due_s(at(0.25)) == REOPEN_AFTER_S - 0.25

    port.symlink_to(terminal.port)
    assert source.read(at(0.99)) == []
    assert source.fileno() is None
    source.read(at(1.0))

    assert source.fileno() is not None


def test_pulled_plug_is_unplugged_and_an_adapter_that_returns_as_another_number_is_found(
    tmp_path: Path, sources: Callable[[str], SerialSource]
) -> None:
    """The name in by-id is a link that udev moves to the new number."""
    port = tmp_path / "by-id"
    first, second = Terminal(), Terminal()
    port.symlink_to(first.port)
    source = sources(str(port))
    source.read(at(0))
    os.write(first.master, encode_frame(KeepAliveFrame(sequence=0, device_ms=0)))
    assert "LinkUp" in kinds(read_until(source, LinkUp, 0.1))

    first.pull()
    assert source.read(at(5)) == [LinkLost(at=at(5), reason=LinkLoss.UNPLUGGED)]
    assert source.next_due_s(at(5)) == REOPEN_AFTER_S
    port.unlink()
    assert source.read(at(6)) == []
    port.symlink_to(second.port)
    source.read(at(7))
    os.write(second.master, encode_frame(KeepAliveFrame(sequence=0, device_ms=0)))

    assert LinkUp(at=at(7.1)) in read_until(source, LinkUp, 7.1)
    second.pull()


def test_one_read_of_a_flooded_line_takes_a_bounded_number_of_bytes(terminal: Terminal) -> None:
    driver = ReferenceDriver(PROFILE)
    source = SerialSource(terminal.port, driver)
    source.read(at(0))
    stop = threading.Event()

    def flood() -> None:
        while not stop.is_set():
            with contextlib.suppress(BlockingIOError):
                os.write(terminal.master, b"\x55" * 4096)

    flooder = threading.Thread(target=flood)
    flooder.start()
    taken: list[int] = []

    def read_often_enough() -> bool:
        before = driver.counts.bytes
        source.read(at(len(taken) / 100))
        taken.append(driver.counts.bytes - before)
        return driver.counts.bytes > 20 * READ_BYTES_MAX

    until(read_often_enough)
    stop.set()
    flooder.join()
    source.close()

    assert max(taken) <= READ_BYTES_MAX


def test_noise_that_never_makes_a_frame_is_unreadable(
    terminal: Terminal, sources: Callable[[str], SerialSource]
) -> None:
    source = sources(terminal.port)
    source.read(at(0))
    readings: list[Reading] = []
    for step in range(1, 21):
        os.write(terminal.master, b"\xfe\x7e\x00" * 20)
        until(lambda: _waiting(source) > 0)
        readings.extend(source.read(at(step / 10)))

    assert [r.reason for r in readings if isinstance(r, LinkLost)] == [LinkLoss.UNREADABLE]


def _waiting(source: SerialSource) -> int:
    assert source._port is not None
    return int(source._port.in_waiting)


def test_peer_that_reads_nothing_cannot_block_us(
    terminal: Terminal, sources: Callable[[str], SerialSource]
) -> None:
    """The line is full in our direction: requests are kept to a bound, and time goes on."""
    source = sources(terminal.port)
    source.read(at(0))
    descriptor = source.fileno()
    assert descriptor is not None
    os.write(terminal.master, encode_frame(KeepAliveFrame(sequence=0, device_ms=0)))
    with contextlib.suppress(BlockingIOError):
        while os.write(descriptor, b"\x55" * 4096):
            pass

    started_s = time.monotonic()
    for step in range(100):
        source.read(at(step * 3))
    source.close()

    assert time.monotonic() - started_s < 2
    assert len(source._unsent) <= UNSENT_BYTES_MAX


def test_check_says_who_to_look_for_when_the_port_is_busy(
    terminal: Terminal, sources: Callable[[str], SerialSource]
) -> None:
    sources(terminal.port).check()

    with pytest.raises(ConfigError) as caught:
        sources(terminal.port).check()

    assert str(caught.value).startswith(f"mine.toml [serial] port = '{terminal.port}': another")
    assert "fuser" in str(caught.value)


@pytest.mark.parametrize(
    ("port", "says"), [("/dev/not-there", "no such port"), ("/dev/null", "not usable")]
)
def test_check_says_what_is_wrong_with_the_port(
    sources: Callable[[str], SerialSource], port: str, says: str
) -> None:
    with pytest.raises(ConfigError, match=says):
        sources(port).check()


def test_checked_port_stays_open_and_is_read(
    terminal: Terminal, sources: Callable[[str], SerialSource]
) -> None:
    source = sources(terminal.port)
    source.check()
    os.write(terminal.master, encode_frame(KeepAliveFrame(sequence=0, device_ms=0)))

    assert read_until(source, LinkUp, 0)[0] == LinkUp(at=at(0))


def test_line_whose_reader_is_away_loses_bytes_and_counts_them() -> None:
    """A reader that comes late must not hear an old story."""
    line = PtyMachine(SimulatedMachine(PROFILE, serial="DM-TEST-0001"))
    reader = os.open(line.port, os.O_RDONLY | os.O_NOCTTY | os.O_NONBLOCK)
    for now_ms in range(0, 400_000, 250):
        line.step(now_ms)
        line.drain()
    kept = b""
    # A kernel that had kept more would bring it within this time.
    while select.select([reader], [], [], 0.1)[0]:
        kept += os.read(reader, 4096)
    os.close(reader)
    line.close()

    assert 0 < len(kept) <= LINE_BYTES_MAX
    assert line.bytes_dropped > 0
