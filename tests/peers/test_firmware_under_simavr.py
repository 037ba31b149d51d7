"""The very bytes that are flashed, in a simulated ATmega328p with signals on its pins.

Time is the simulation's: nothing here waits.
"""

import re
from itertools import pairwise
from math import exp
from pathlib import Path

import pytest

from firmware_bridge.reference import frames
from firmware_bridge.reference.frames import Capability, ResetCause, Status
from scripts.benchmarks.bridge_firmware import FIRMWARE, FLASH_BYTES, RAM_BYTES, life, size
from tests.peers.firmware import (
    build_folder,
    built,
    line_process,
    make,
    needs_avr,
    needs_cc,
    needs_simavr,
)
from tests.peers.uno import BOILER, LEVEL, REQUEST, SimulatedUno, brew, divider, heard, of_kind

pytestmark = [needs_cc, needs_avr, needs_simavr]


def test_it_boots_and_introduces_itself(uno: SimulatedUno) -> None:
    hello, counters = heard(uno.run(100))

    assert isinstance(hello, frames.HelloFrame)
    assert isinstance(counters, frames.CountersFrame)
    assert (hello.sequence, hello.serial, hello.protocol) == (0, "DM-UNO-00001", (1, 1))
    assert (hello.boot_count, hello.reset_cause) == (1, ResetCause.POWER_ON)
    assert (counters.brews_total, counters.boot_count) == (0, 1)


@pytest.mark.parametrize("burnt", [b"\xff" * 12, b"\0" * 12, b"DM\x07-1\0\0\0\0\0\0\0"])
def test_a_blank_or_damaged_serial_is_said_to_be_none(uno: SimulatedUno, burnt: bytes) -> None:
    uno.burn(0, burnt)

    (hello,) = of_kind(frames.HelloFrame, uno.run(100))

    assert hello.serial == "NO-SERIAL"


def test_it_is_never_silent_for_longer_than_its_keep_alive(uno: SimulatedUno) -> None:
    uno.run(1500)

    told = heard(uno.run(10_000))

    assert len(told) == 40
    assert len([frame for frame in told if isinstance(frame, frames.SampleFrame)]) == 10
    assert {b.device_ms - a.device_ms for a, b in pairwise(told)} == {250}


def test_a_brew_is_told_with_its_pulses_and_its_duration(uno: SimulatedUno) -> None:
    uno.run(1500)

    finished = brew(uno, pulses=212, seconds=20)

    assert (finished.brew_number, finished.flow_pulses) == (1, 212)
    assert abs(finished.duration_ms - 20_000) <= 2


def test_every_pulse_of_a_fast_meter_is_counted(uno: SimulatedUno) -> None:
    """Ten times the rate of a real one, while frames go out and noise comes in."""
    uno.pulses(5000, hertz=500)
    uno.send(b"\xa5" * 4000)

    samples = of_kind(frames.SampleFrame, uno.run(11_000))

    assert samples[-1].flow_pulses_total == 5000


@pytest.mark.parametrize(
    ("ntc_ohms", "true_c"), [(100_000, 25.0), (8_540, 93.0), (2_600, 138.2)]
)
def test_the_boiler_s_resistor_is_read_as_its_temperature(
    uno: SimulatedUno, ntc_ohms: float, true_c: float
) -> None:
    uno.voltage(BOILER, 5.0 * divider(ntc_ohms))
    uno.run(500)

    sample = of_kind(frames.SampleFrame, uno.run(1000))[-1]

    assert sample.boiler_temp_tenths_c is not None
    assert abs(sample.boiler_temp_tenths_c / 10 - true_c) < 0.5
    assert sample.water_level_permille == pytest.approx(800, abs=2)


def test_the_whole_curve_of_the_resistor_is_followed(uno: SimulatedUno) -> None:
    """From a cold kitchen to the safety thermostat, in steps of 2.5 degrees."""
    for tenths in range(50, 1500, 25):
        kelvin = 273.15 + tenths / 10
        uno.voltage(BOILER, 5.0 * divider(100_000 * exp(3950 * (1 / kelvin - 1 / 298.15))))
        uno.run(300)
        sample = of_kind(frames.SampleFrame, uno.run(1000))[-1]
        assert sample.boiler_temp_tenths_c == pytest.approx(tenths, abs=12)


@pytest.mark.parametrize("volts", [0.0, 5.0])
def test_a_broken_sensor_wire_is_no_temperature(uno: SimulatedUno, volts: float) -> None:
    uno.voltage(BOILER, volts)
    uno.run(500)

    assert of_kind(frames.SampleFrame, uno.run(1000))[-1].boiler_temp_tenths_c is None


@pytest.mark.parametrize(
    ("volts", "permille"), [(0.0, 0), (1.25, 249), (2.5, 499), (4.0, 799), (5.0, 1000)]
)
def test_the_water_level_is_read_as_a_share_of_the_tank(
    uno: SimulatedUno, volts: float, permille: int
) -> None:
    uno.voltage(LEVEL, volts)
    uno.run(500)

    sample = of_kind(frames.SampleFrame, uno.run(1000))[-1]

    assert sample.water_level_permille is not None
    assert abs(sample.water_level_permille - permille) <= 1


def test_the_heater_is_seen(uno: SimulatedUno) -> None:
    uno.pin(uno.HEATER, 0)

    assert of_kind(frames.SampleFrame, uno.run(1500))[-1].status == Status.HEATER_ON


def test_a_tank_switch_that_chatters_is_not_believed(uno: SimulatedUno) -> None:
    said = b""
    for _ in range(20):
        uno.pin(uno.TANK, 1)
        said += uno.run(210)
        uno.pin(uno.TANK, 0)
        said += uno.run(210)
    assert all(frame.status == 0 for frame in of_kind(frames.SampleFrame, said))

    uno.pin(uno.TANK, 1)
    uno.run(1000)

    assert of_kind(frames.SampleFrame, uno.run(1000))[-1].status == Status.TANK_EMPTY


def test_a_request_is_answered_after_any_noise(uno: SimulatedUno) -> None:
    uno.run(1000)
    uno.send(bytes(range(256)) * 4 + b"\xff" * 200 + b"\0" + REQUEST)

    (hello,) = of_kind(frames.HelloFrame, uno.run(500))

    assert hello.boot_count == 1


def test_a_flood_of_requests_neither_garbles_nor_delays_a_frame(uno: SimulatedUno) -> None:
    uno.run(1000)
    uno.send(REQUEST * 1000)

    told = heard(uno.run(1500))

    assert [frame.sequence for frame in told] == list(
        range(told[0].sequence, told[0].sequence + len(told))
    )
    assert 4 <= sum(isinstance(frame, frames.HelloFrame) for frame in told) <= 6


def test_it_speaks_soon_after_its_start(uno: SimulatedUno) -> None:
    """Not counted: 65 ms for the crystal, and 54 ms for the slot that a real EEPROM takes."""
    assert of_kind(frames.HelloFrame, uno.run(10))


def test_a_brew_lasts_as_long_as_it_does_when_the_clock_wraps(uno: SimulatedUno) -> None:
    """After 49.7 days the milliseconds begin at 0 again; this brew begins 5 s before."""
    uno.weigh(100_320)
    uno.run(1000)
    uno.set_clock(2**32 - 5000)
    uno.run(100)

    finished = brew(uno, pulses=212, seconds=20)

    assert finished.flow_pulses == 212
    assert abs(finished.duration_ms - 20_000) <= 2
    assert finished.device_ms < 60_000, "the clock has wrapped"
    told = heard(uno.run(10_000))
    assert {b.device_ms - a.device_ms for a, b in pairwise(told[10:])} == {250}
    assert of_kind(frames.SampleFrame, uno.run(1000))[-1].dose_counts == 100_320


def test_a_board_says_which_sensors_are_wired_to_it(tmp_path: Path) -> None:
    make("uno", f"BUILD={tmp_path}", "SENSORS=CAN_FLOW | CAN_TANK_SWITCH")
    with line_process(built("simavr", "simavr-machine"), tmp_path / "uno.elf") as process:
        bare = SimulatedUno(process)
        bare.voltage(LEVEL, 4.0)
        bare.weigh(100_320)
        said = bare.run(1500)

    (hello,), (sample,) = of_kind(frames.HelloFrame, said), of_kind(frames.SampleFrame, said)
    assert hello.capabilities == Capability.FLOW | Capability.TANK_SWITCH
    assert (sample.water_level_permille, sample.dose_counts) == (None, None)


def test_the_uno_build_leaves_room_and_is_as_large_as_its_readme_says(
    capsys: pytest.CaptureFixture[str],
) -> None:
    """Half of the flash and a quarter of the RAM are left for the maker's own code."""
    figures = size(build_folder()) | life(build_folder())
    flash, ram, stack = (figures[f"{part}_bytes"] for part in ("flash", "ram", "stack"))
    with capsys.disabled():
        print(
            f" [uno: flash {flash} of {FLASH_BYTES}, RAM {ram} + stack {stack} of {RAM_BYTES}]"
        )

    assert flash < FLASH_BYTES // 2
    assert stack > 0
    assert ram + stack < RAM_BYTES * 3 // 4
    text = (FIRMWARE / "README.md").read_text(encoding="utf-8")
    said = re.findall(r"^\| (?:flash|RAM, [^|]+) \| (\d+) bytes \|", text, re.MULTILINE)
    # Another compiler makes it a little larger or smaller.
    assert [int(number) for number in said] == pytest.approx([flash, ram, stack], rel=0.15)
