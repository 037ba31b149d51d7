"""The flashed firmware reads a simulated HX711: to the bit, whatever else goes on.

The chip is simulated from its data sheet, see ``firmware/simavr/load_cell.h``.
"""

import pytest

from firmware_bridge.reference import frames
from firmware_bridge.reference.frames import ResetCause
from tests.peers.firmware import needs_avr, needs_cc, needs_simavr
from tests.peers.uno import REQUEST, SimulatedUno, heard, of_kind

pytestmark = [needs_cc, needs_avr, needs_simavr]


def dose(uno: SimulatedUno) -> int | None:
    return of_kind(frames.SampleFrame, uno.run(1000))[-1].dose_counts


@pytest.mark.parametrize("counts", [84_210, 100_320, -84_210, 1_398_101, -5_592_406])
def test_the_load_cell_is_read_to_the_bit(uno: SimulatedUno, counts: int) -> None:
    uno.weigh(counts & 0xFF_FFFF)
    uno.run(1000)

    assert dose(uno) == counts


def test_a_wild_number_among_true_ones_does_not_get_through(uno: SimulatedUno) -> None:
    uno.weigh(84_209, 84_210, 84_211, 4_000_000, 84_210, 0xFF_FFFF, 84_209, 0x7F_FFFF)

    told = of_kind(frames.SampleFrame, uno.run(20_000))[1:]

    assert {sample.dose_counts for sample in told} <= {84_209, 84_210, 84_211}


@pytest.mark.parametrize("broken", ["cut", "shorted", 0xFF_FFFF, 0x7F_FFFF, 0x80_0000])
def test_a_broken_load_cell_is_no_dose_and_a_mended_one_is(
    uno: SimulatedUno, broken: int | str
) -> None:
    uno.weigh(100_320)
    uno.run(1000)
    assert dose(uno) == 100_320

    uno.weigh(broken)
    uno.run(600)
    assert dose(uno) is None

    uno.weigh(100_320)
    uno.run(500)
    assert dose(uno) == 100_320


def test_a_board_without_a_load_cell_tells_no_dose(uno: SimulatedUno) -> None:
    """A cut wire is held high, so that nobody clocks at what is not there."""
    uno.run(1000)

    assert dose(uno) is None
    assert uno.load_cell_clock().beats_max == 0


def test_no_interrupt_puts_the_load_cell_to_sleep(uno: SimulatedUno) -> None:
    """Its clock may be high for 50 us. Flow pulses, a full line both ways and the ADC may
    not stretch it, and reading it may not cost them a pulse, a byte or a frame."""
    uno.weigh(100_320)
    uno.run(600)
    uno.pulses(5000, hertz=500)
    uno.send(REQUEST * 1500)

    told = heard(uno.run(11_000))

    sequences = [frame.sequence for frame in told]
    assert sequences == list(range(sequences[0], sequences[0] + len(told)))
    samples = [frame for frame in told if isinstance(frame, frames.SampleFrame)]
    assert samples[-1].flow_pulses_total == 5000
    assert {sample.dose_counts for sample in samples} == {100_320}
    clock = uno.load_cell_clock()
    assert clock.high_us_max <= 5
    assert (clock.beats_min, clock.beats_max) == (25, 25)
    assert clock.conversions_read >= 110, "ten a second"
    assert clock.naps == 1, "the one at its start, on purpose"


def test_a_reset_amid_a_number_spoils_no_later_one(uno: SimulatedUno) -> None:
    """The clock of a load cell does not know of the reset: the start puts it in step again."""
    uno.weigh(100_320)
    told = set()
    for microseconds in range(60):
        uno.run(300 + microseconds * 1.7)
        uno.reset(ResetCause.EXTERNAL)
        sent = uno.run(3000)
        told |= {sample.dose_counts for sample in of_kind(frames.SampleFrame, sent)}

    assert told == {100_320}
