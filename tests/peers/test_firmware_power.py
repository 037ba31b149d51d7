"""The flashed firmware keeps its counts through resets, power cuts and hang-ups.

Time is the simulation's: nothing here waits.
"""

import subprocess
from pathlib import Path

import pytest

from firmware_bridge.reference import frames
from firmware_bridge.reference.frames import ResetCause
from firmware_bridge.simulation.twin_memory import SLOT_BYTES, SLOTS
from scripts.benchmarks.bridge_firmware import FIRMWARE
from tests.peers.firmware import built, needs_avr, needs_cc, needs_simavr
from tests.peers.uno import REQUEST, SimulatedUno, brew, heard, of_kind

pytestmark = [needs_cc, needs_avr, needs_simavr]

MEMORY_AT = 0x10


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


@pytest.mark.parametrize("starts_before", [0, 20])
@pytest.mark.parametrize("leaving", [None, 0x00, 0xFF, 0x5A])
def test_a_power_cut_at_any_byte_of_the_eeprom_costs_at_most_that_write(
    uno: SimulatedUno, leaving: int | None, starts_before: int
) -> None:
    """The boot that is counted at a start is cut at its first byte, its second and so on.

    The byte that was being written holds what it should, nothing, or anything at all. The
    slot is a fresh one, or, once the writes have gone round, one that was whole.
    """
    uno.run(500)
    brew(uno, pulses=100, seconds=5)
    for _ in range(starts_before):
        uno.reset(ResetCause.POWER_ON)
        uno.run(20)
    kept = uno.memory()
    uno.reset(ResetCause.POWER_ON)
    uno.run(20)
    writes = sum(before != after for before, after in zip(kept, uno.memory(), strict=True))
    boots = []
    for at_write in range(1, writes + 1):
        uno.burn(0, kept)
        uno.reset(ResetCause.POWER_ON)
        uno.cut_power(at_write=at_write, leaving=leaving)
        assert uno.run(100) == b"", "it is dead before it says hello"
        uno.reset(ResetCause.BROWN_OUT)

        hello, counters = heard(uno.run(100))

        assert isinstance(hello, frames.HelloFrame)
        assert isinstance(counters, frames.CountersFrame)
        assert (counters.brews_total, counters.flow_pulses_total) == (1, 100)
        boots.append(hello.boot_count - starts_before)
    *torn, last = boots
    assert torn == [2] * (writes - 1), "the start that was cut is not counted"
    assert last == (3 if leaving is None else 2), "with its last byte the slot is whole"
    assert writes >= 4


@pytest.mark.parametrize("at_write", range(1, SLOT_BYTES + 1))
def test_a_power_cut_while_a_brew_is_saved_loses_no_brew_that_was_told(
    uno: SimulatedUno, at_write: int
) -> None:
    """A brew is stored before it is told, so what the host has heard is never taken back."""
    uno.run(500)
    brew(uno, pulses=100, seconds=2)
    uno.pin(uno.PUMP, 0)
    uno.pulses(50, hertz=50)
    uno.run(2000)
    uno.cut_power(at_write=at_write, leaving=0xFF)
    uno.pin(uno.PUMP, 1)
    told = [brew.brew_number for brew in of_kind(frames.BrewFinishedFrame, uno.run(4000))]
    uno.reset(ResetCause.BROWN_OUT)

    (counters,) = of_kind(frames.CountersFrame, uno.run(100))

    assert (counters.brews_total, counters.flow_pulses_total) in [(1, 100), (2, 150)]
    assert counters.brews_total >= max(told, default=1)


def test_the_writes_go_round_through_all_slots(uno: SimulatedUno) -> None:
    """Which is what makes the cells last: no slot is written twice before the others."""
    written = []
    for _ in range(2 * SLOTS):
        before = uno.memory()
        uno.reset(ResetCause.POWER_ON)
        uno.run(20)
        changed = [i for i, byte in enumerate(uno.memory()) if byte != before[i]]
        written.append({(i - MEMORY_AT) // SLOT_BYTES for i in changed})

    assert written == [{turn % SLOTS} for turn in range(2 * SLOTS)]


def test_a_main_loop_that_hangs_is_restarted_by_the_watchdog(uno: SimulatedUno) -> None:
    uno.run(500)
    uno.hang()

    said = uno.run(3000)

    (hello,) = of_kind(frames.HelloFrame, said)
    assert (hello.boot_count, hello.reset_cause) == (2, ResetCause.WATCHDOG)
    assert len(of_kind(frames.KeepAliveFrame, said)) > 3, "it lives on"


def test_the_watchdog_leaves_a_busy_controller_alone(uno: SimulatedUno) -> None:
    """Noise at 20 kHz on the flow meter, a full line: slow is not hung."""
    uno.weigh(100_320)
    uno.run(500)
    uno.pulses(100_000, hertz=20_000)
    uno.send(REQUEST * 1500)

    told = heard(uno.run(8000))

    hellos = [frame for frame in told if isinstance(frame, frames.HelloFrame)]
    assert {hello.boot_count for hello in hellos} == {1}
    assert of_kind(frames.SampleFrame, uno.run(1500))[-1].flow_pulses_total == 100_000


def test_the_fuses_in_the_build_are_those_of_the_readme(tmp_path: Path) -> None:
    """Brown-out at 4.3 V above all: below it, a write to the EEPROM may go anywhere."""
    copy = ["avr-objcopy", "-O", "binary", "-j", ".fuse"]
    subprocess.run([*copy, built("uno", "uno.elf"), tmp_path / "fuse.bin"], check=True)
    low, high, extended = (tmp_path / "fuse.bin").read_bytes()

    said = f"lfuse:w:0x{low:02x}:m -U hfuse:w:0x{high:02x}:m -U efuse:w:0x{extended:02x}:m"

    assert said in (FIRMWARE / "README.md").read_text(encoding="utf-8")
    brown_out_level = extended & 0b111
    assert brown_out_level == 0b100
