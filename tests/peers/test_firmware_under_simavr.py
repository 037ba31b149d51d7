"""The very bytes that are flashed, in a simulated ATmega328p with signals on its pins.

Time is the simulation's: nothing here waits.
"""

import re
from collections.abc import Iterator
from itertools import pairwise
from typing import TypeVar

import pytest

from firmware_bridge import reference_frames as frames
from firmware_bridge.reference_frames import FrameDecoder, ResetCause, Status
from tests.peers.firmware import (
    SimulatedUno,
    built,
    line_process,
    make,
    needs_avr,
    needs_cc,
    needs_simavr,
)

pytestmark = [needs_cc, needs_avr, needs_simavr]

REQUEST = frames.encode_frame(
    frames.HelloRequestFrame(sequence=0, device_ms=0, protocol=(1, 0))
)
FLASH_BYTES, RAM_BYTES = 32768, 2048
BOILER, LEVEL = 0, 1
F = TypeVar("F", bound=frames.Frame)


@pytest.fixture
def uno() -> Iterator[SimulatedUno]:
    """A machine at rest: boiler at 93 °C, tank at 80 %, everything off."""
    elf, program = built("uno", "uno.elf"), built("simavr", "simavr-machine")
    with line_process(program, elf) as process:
        machine = SimulatedUno(process)
        machine.burn(0, b"DM-UNO-00001")
        machine.voltage(BOILER, 5.0 * divider(8540))
        machine.voltage(LEVEL, 4.0)
        yield machine


def divider(ntc_ohms: float) -> float:
    """Return the fraction of the supply that the boiler's NTC leaves at the pin."""
    return ntc_ohms / (ntc_ohms + 10_000)


def heard(sent: bytes) -> list[frames.Frame]:
    decoder = FrameDecoder()
    told = [frames.decode_payload(payload) for payload in decoder.receive(sent)]
    assert decoder.frames_bad == 0
    return told


def of_kind(kind: type[F], sent: bytes) -> list[F]:
    return [frame for frame in heard(sent) if isinstance(frame, kind)]


def brew(uno: SimulatedUno, *, pulses: int, seconds: int) -> frames.BrewFinishedFrame:
    """Run the pump; return what the controller says of it."""
    uno.pin(uno.PUMP, 0)
    uno.pulses(pulses, hertz=50)
    sent = uno.run(seconds * 1000)
    uno.pin(uno.PUMP, 1)
    sent += uno.run(2500)
    assert len(of_kind(frames.BrewStartedFrame, sent)) == 1
    (finished,) = of_kind(frames.BrewFinishedFrame, sent)
    return finished


def test_it_boots_and_introduces_itself(uno: SimulatedUno) -> None:
    hello, counters = heard(uno.run(100))

    assert isinstance(hello, frames.HelloFrame)
    assert isinstance(counters, frames.CountersFrame)
    assert (hello.sequence, hello.serial, hello.protocol) == (0, "DM-UNO-00001", (1, 0))
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


@pytest.mark.parametrize("volts", [0.0, 5.0])
def test_a_broken_sensor_wire_is_no_temperature(uno: SimulatedUno, volts: float) -> None:
    uno.voltage(BOILER, volts)
    uno.run(500)

    assert of_kind(frames.SampleFrame, uno.run(1000))[-1].boiler_temp_tenths_c is None


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


def test_a_reset_counts_a_boot_and_keeps_the_brews(uno: SimulatedUno) -> None:
    uno.run(500)
    brew(uno, pulses=100, seconds=5)
    brew(uno, pulses=50, seconds=5)
    uno.reset(ResetCause.EXTERNAL)

    hello, counters = heard(uno.run(100))

    assert isinstance(hello, frames.HelloFrame)
    assert isinstance(counters, frames.CountersFrame)
    assert (hello.boot_count, hello.reset_cause) == (2, ResetCause.EXTERNAL)
    assert (counters.brews_total, counters.flow_pulses_total) == (2, 150)
    assert brew(uno, pulses=10, seconds=5).brew_number == 3


def test_a_power_cut_while_the_eeprom_is_written_costs_at_most_that_write(
    uno: SimulatedUno,
) -> None:
    """A start writes one slot; here the power goes after each few bytes of it.

    The simulated EEPROM takes no time for a byte, so the cuts are microseconds apart.
    """
    uno.run(500)
    brew(uno, pulses=100, seconds=5)
    seen = set()
    for microseconds in range(0, 1500, 10):
        uno.run(microseconds / 1000)
        seen.add(uno.memory())
        uno.reset(ResetCause.POWER_ON)
    assert len(seen) > 10, "no write was ever torn"

    (counters,) = of_kind(frames.CountersFrame, uno.run(100))

    assert (counters.brews_total, counters.flow_pulses_total) == (1, 100)


def test_a_main_loop_that_hangs_is_restarted_by_the_watchdog(uno: SimulatedUno) -> None:
    uno.run(500)
    uno.hang()

    said = uno.run(3000)

    (hello,) = of_kind(frames.HelloFrame, said)
    assert (hello.boot_count, hello.reset_cause) == (2, ResetCause.WATCHDOG)
    assert len(of_kind(frames.KeepAliveFrame, said)) > 3, "it lives on"


def test_the_uno_build_leaves_room(
    uno: SimulatedUno, capsys: pytest.CaptureFixture[str]
) -> None:
    """Half of the flash and a quarter of the RAM are left for the maker's own code."""
    uno.send(REQUEST * 100)
    brew(uno, pulses=100, seconds=5)
    stack = uno.deepest_stack_bytes()
    said = make("uno", "size")
    flash, ram = (int(text) for text in re.findall(r"^\w+: +(\d+) bytes", said, re.MULTILINE))
    with capsys.disabled():
        print(
            f" [uno: flash {flash} of {FLASH_BYTES}, RAM {ram} + stack {stack} of {RAM_BYTES}]"
        )

    assert flash < FLASH_BYTES // 2
    assert stack > 0
    assert ram + stack < RAM_BYTES * 3 // 4
