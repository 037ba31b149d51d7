"""The AVR build in a simulated ATmega328p, and what it says.

``firmware/simavr/machine.c`` is the simulated board; time is its own, so nothing waits.
"""

import functools
import struct
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from typing import NamedTuple, TypeVar

from firmware_bridge.reference import codec, frames
from firmware_bridge.reference.frames import ResetCause
from firmware_bridge.reference.line import FrameDecoder
from tests.peers.firmware import LineProcess, as_hex, built, from_hex, line_process

REQUEST = codec.encode_frame(frames.HelloRequestFrame(sequence=0, device_ms=0, protocol=(1, 1)))
BOILER, LEVEL = 0, 1
"""Channels of the ADC."""
TIMSK0_ADDRESS = 0x6E
F = TypeVar("F", bound=frames.Frame)


@functools.cache
def address_of(variable: str) -> int:
    """Return where ``variable`` is in the RAM of the Uno build."""
    said = subprocess.run(
        ["avr-nm", built("uno", "uno.elf")], capture_output=True, text=True, check=True
    ).stdout
    places = {name: place for place, _, name in map(str.split, said.splitlines())}
    return int(places[variable], 16) & 0xFFFF


class LoadCellClock(NamedTuple):
    """The clock line of the simulated HX711; see ``firmware/simavr/load_cell.h``."""

    naps: int
    high_us_max: int
    """Without the naps."""
    beats_min: int
    beats_max: int
    """Of a conversion that was read, or of none that was there to be read."""
    conversions_read: int


class SimulatedUno:
    """The AVR build in a simulated ATmega328p; see ``firmware/simavr/machine.c``."""

    PUMP, HEATER, TANK = "D4", "D5", "D6"

    def __init__(self, process: LineProcess) -> None:
        self._process = process

    def run(self, milliseconds: float) -> bytes:
        """Let time pass, to the microsecond; return what the UART sent."""
        return from_hex(self._process.ask("run", round(milliseconds * 1000)))

    def _do(self, *words: object) -> None:
        assert self._process.ask(*words) == "ok"

    def burn(self, offset: int, data: bytes) -> None:
        """Write the EEPROM, as a programmer does."""
        self._do("eeprom", offset, as_hex(data))

    def pin(self, name: str, level: int) -> None:
        """Drive a pin."""
        self._do("pin", name, level)

    def voltage(self, channel: int, volts: float) -> None:
        """Put a voltage on an ADC channel."""
        self._do("adc", channel, round(volts * 1000))

    def pulses(self, count: int, hertz: int) -> None:
        """Have the flow meter give pulses while time runs."""
        self._do("pulses", count, hertz)

    def send(self, data: bytes) -> None:
        """Send bytes to the UART while time runs."""
        self._do("rx", as_hex(data))

    def hang(self) -> None:
        """Stop the millisecond timer, and with it the main loop."""
        self._do("poke", TIMSK0_ADDRESS, as_hex(b"\0"))

    def set_clock(self, device_ms: int) -> None:
        """Let the controller believe that it has run for so long."""
        self._do("poke", address_of("milliseconds"), as_hex(struct.pack("<I", device_ms)))

    def reset(self, cause: ResetCause) -> None:
        """Reset the chip."""
        self._do("reset", int(cause))

    def memory(self) -> bytes:
        """Return the first 272 bytes of the EEPROM."""
        return from_hex(self._process.ask("memory"))

    def cut_power(self, *, at_write: int, leaving: int | None) -> None:
        """Let the power go at that byte of the EEPROM, ``leaving`` this in it."""
        self._do("cut", at_write, "-" if leaving is None else leaving)

    def weigh(self, *conversions: int | str) -> None:
        """Have the load cell give these numbers in turn, or be ``cut`` or ``shorted``."""
        self._do("cell", *conversions)

    def load_cell_clock(self) -> LoadCellClock:
        """Return how the firmware has treated the load cell so far."""
        answer = map(int, self._process.ask("clock").split(" "))
        return LoadCellClock(*answer)


@contextmanager
def uno_at_rest() -> Iterator[SimulatedUno]:
    """Run a machine at rest: boiler at 93 °C, tank at 80 %, everything off, no load cell."""
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
    told = [codec.decode_payload(payload) for payload in decoder.receive(sent)]
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
