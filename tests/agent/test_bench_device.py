"""``./scripts/bench device``: its instruments are right, and the unit keeps its promise."""

import os
import select
import shutil
import time
from argparse import Namespace
from pathlib import Path

import pytest

from firmware_bridge.profile import load_profile
from firmware_bridge.reference.driver import ReferenceDriver
from scripts.benchmarks import device, device_months, device_peers
from scripts.benchmarks.device_cost import cpu_s, watch
from scripts.benchmarks.device_line import (
    KINDS,
    SpeakingLine,
    as_frame,
    as_text,
    of_temperature,
)
from tests.agent.examined import PROFILE
from tests.agent.test_check import NOW
from wire.options import ConfigError
from wire.readings import Quantity, Sample


@pytest.mark.skipif(shutil.which("systemd-analyze") is None, reason="systemd is not here")
def test_the_unit_leaves_little_open() -> None:
    found = device.exposure(device_peers.UNIT)
    assert found is not None
    assert found <= 2.0


def test_the_device_is_measured_with_what_its_unit_says_to_it() -> None:
    said = device_peers.environment_of(device_peers.UNIT)
    assert said["MALLOC_ARENA_MAX"] == "1"
    assert device_peers.ours(Path("agent.toml")).environment == said


def test_a_unit_without_walls_is_found_out(tmp_path: Path) -> None:
    unit = tmp_path / "open.service"
    unit.write_text("[Service]\nExecStart=/usr/bin/true\n")
    found = device.exposure(unit)
    assert found is None or found > 9


def test_each_thing_that_is_said_can_be_told_from_the_others() -> None:
    driver = ReferenceDriver(load_profile(PROFILE))
    told = [
        of_temperature(reading.value)
        for number in range(KINDS)
        for reading in driver.receive(as_frame(number), NOW)
        if isinstance(reading, Sample)
        and reading.quantity is Quantity.BOILER_TEMP_C
        and reading.value is not None
    ]
    assert told == [*range(KINDS)]


def test_what_arrives_is_timed_from_the_moment_it_was_said() -> None:
    with SpeakingLine(as_text) as line:
        line.begin()
        port = os.open(line.port, os.O_RDONLY | os.O_NOCTTY)
        deadline = time.monotonic() + 10
        while len(line.lateness_s) < 3 and time.monotonic() < deadline:
            select.select([port], [], [], 1)
            device_peers._heard(os.read(port, 100), line)
        os.close(port)
    assert len(line.lateness_s) >= 3
    assert all(0 < late_s < 5 for late_s in line.lateness_s)
    assert line.is_heard


@pytest.mark.parametrize(
    "payload",
    [b"1007", b'{"machine":[{"ts":1763806000123,"values":{"n":1007}}]}', b'{"n": "1007"}'],
)
def test_a_thing_is_found_in_what_either_of_the_others_sends(payload: bytes) -> None:
    class Line:
        def __init__(self) -> None:
            self.things: list[int] = []

        def heard(self, thing: int) -> None:
            self.things.append(thing)

    line = Line()
    device_peers._heard(payload, line)  # type: ignore[arg-type]
    assert line.things == [7]


def test_a_process_that_works_costs_more_than_one_that_rests() -> None:
    cost = watch(os.getpid(), seconds=0.2, samples=2)
    assert 0 < cost.pss_mib <= cost.rss_mib
    before = cpu_s(os.getpid())
    while cpu_s(os.getpid()) < before + 0.05:
        sum(range(1000))
    assert cpu_s(os.getpid()) < before + 5


def test_what_a_device_installs_is_weighed() -> None:
    names = device_peers.device_distributions()
    assert {"numpy", "cryptography", "paho-mqtt", "pyserial"} <= {
        name.lower() for name in names
    }
    bare = device_peers.weight_mib(("paho-mqtt", "pyserial"), project=False)
    assert 0 < bare < device_peers.weight_mib(names, project=True)


@pytest.mark.parametrize("seconds", [4.9, 3601, float("nan")])
def test_a_time_that_makes_no_sense_is_refused(seconds: float) -> None:
    with pytest.raises(ConfigError, match="write 5 to 3600"):
        device.run(Namespace(seconds=seconds, json=True))


def test_a_gateway_that_cannot_be_installed_is_skipped_with_a_word() -> None:
    figures = {"pss_mib": 1.0, "latency_ms": {"median": 1.0, "p99": 2.0}}
    report = {
        "ours": figures,
        "bare": figures,
        "thingsboard": {"skipped": "no network"},
        "systemd_exposure": 1.5,
    }
    assert device._told(report).splitlines()[-1] == "ThingsBoard gateway skipped: no network"


def test_a_device_that_forgets_nothing_would_show_in_its_slope() -> None:
    assert device_months.a_month([100.0] * 30) == 0
    assert device_months.a_month([100.0 + day for day in range(30)]) == pytest.approx(30.44)


def test_weeks_of_coffee_leave_no_more_in_memory_than_days_do() -> None:
    """The short form of what ``./scripts/bench device`` watches for months."""
    private, blocks = device_months.watched(4, 1)
    _, later = device_months.watched(11, 1)
    assert private[0] > 1024
    assert later[-1] - blocks[-1] < 2000
