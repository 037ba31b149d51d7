"""Machines of other makes, simulated: what their lines say while they make coffee.

Each is a small story told in the bytes of its make, for trying a driver, a profile or a
whole device without the machine: it rests, somebody chooses a drink, it brews, and some day
its tank is empty. The physics behind a reading are those of ``simulated_machine`` alone;
here a temperature is a number. Time is virtual milliseconds and never goes backwards.
"""

import math
import struct
import zlib
from abc import ABC, abstractmethod
from enum import StrEnum

from firmware_bridge.makes import jura_requests, philips_2200, philips_5400
from firmware_bridge.makes.jura_lines import JuraLines
from firmware_bridge.profile import MachineProfile

CHOOSING_MS = 3000
"""From the chosen drink to the first water: a grinder's time."""
ML_PER_MS = 0.002
"""An espresso of 40 ml in 20 s."""
TANK_LOW_ML = 150.0
RESTING_MS = 5000
"""Between two cups."""


class Phase(StrEnum):
    """What the machine is doing."""

    REST = "rest"
    CHOSEN = "chosen"
    BREWING = "brewing"


class SimulatedMake(ABC):
    """What all of them have: a tank, a count of brews, and one brew after the other."""

    period_ms: int
    """How often it speaks by itself."""

    def __init__(self, tank_ml: float) -> None:
        self.now_ms = 0
        self.water_ml = tank_ml
        self.brews = 100
        """A machine that has been in use for a while."""
        self._tank_ml = tank_ml
        self._speaks_ms = 0
        self._orders: list[tuple[int, int]] = []
        """Beginning and end of each brew to come."""

    @property
    def tank_empty(self) -> bool:
        """Whether its tank switch says so."""
        return self.water_ml < TANK_LOW_ML

    def brew(self, water_ml: float) -> bool:
        """Ask for a cup. ``False``: refused, the tank is empty; it is refilled for the next."""
        if self.tank_empty:
            self.water_ml = self._tank_ml
            return False
        self.water_ml -= water_ml
        free_ms = self._orders[-1][1] + RESTING_MS if self._orders else 0
        begin_ms = max(self.now_ms, free_ms)
        self._orders.append((begin_ms, begin_ms + CHOOSING_MS + int(water_ml / ML_PER_MS)))
        return True

    def step(self, now_ms: int, received: bytes = b"") -> bytes:
        """Let time pass until ``now_ms``; return what it has sent meanwhile."""
        sent = b""
        while self._speaks_ms <= now_ms:
            sent += self.says(self._phase(self._speaks_ms), self._speaks_ms)
            self._speaks_ms += self.period_ms
        self._phase(now_ms)
        self.now_ms = now_ms
        return sent + self.answers(received)

    @abstractmethod
    def says(self, phase: Phase, at_ms: int) -> bytes:
        """Return what it says by itself at ``at_ms``."""

    def answers(self, received: bytes) -> bytes:
        """Return what it answers; most makes are never asked."""
        return b""

    def _phase(self, at_ms: int) -> Phase:
        while self._orders and at_ms >= self._orders[0][1]:
            self._orders.pop(0)
            self.brews += 1
        if not self._orders or at_ms < self._orders[0][0]:
            return Phase.REST
        chosen = at_ms < self._orders[0][0] + CHOOSING_MS
        return Phase.CHOSEN if chosen else Phase.BREWING


class SimulatedJura(SimulatedMake):
    """Speaks only when asked; counts drinks in word 0, and has the inputs of an F50."""

    period_ms = 1000

    def __init__(self, tank_ml: float) -> None:
        super().__init__(tank_ml)
        self._line = JuraLines()

    def says(self, phase: Phase, at_ms: int) -> bytes:
        """Say nothing."""
        return b""

    def answers(self, received: bytes) -> bytes:
        """Return the reply to each whole request, in order."""
        replies = {
            b"TY:": "ty:EF532M SIMULATED",
            b"RT:0000": "rt:" + f"{self.brews:04X}" + "0000" * 6 + "0028" + "0000" * 8,
            b"IC:": "ic:D7B01E00" if self.tank_empty else "ic:DFB01E00",
        }
        lines = self._line.receive(received)
        return b"".join(_jura(replies[line]) for line in lines if line in replies)


class SimulatedPhilips2200(SimulatedMake):
    """Repeats its lamps: all drinks, then the chosen one with the play lamp blinking."""

    period_ms = 20

    def says(self, phase: Phase, at_ms: int) -> bytes:
        """Return one frame of lamps."""
        frame = bytearray(philips_2200.LAMPS_BYTES - philips_2200.CHECK_BYTES)
        frame[:2] = philips_2200.HEADER
        frame[philips_2200.DRINKS] = bytes([7] * 5 if phase is Phase.REST else [0, 7, 0, 0, 0])
        blink_lit = at_ms % 750 < 375
        lit = phase is Phase.BREWING or (phase is Phase.CHOSEN and blink_lit)
        frame[philips_2200.PLAY] = 0x07 if lit else 0
        frame[philips_2200.WATER] = 0x38 if self.tank_empty else 0
        return bytes(frame) + philips_2200.check_bytes(bytes(frame))


_STATES_5400 = {
    Phase.REST: (0x05, 0x00),
    Phase.CHOSEN: philips_5400.GRINDING,
    Phase.BREWING: philips_5400.POURING,
}


class SimulatedPhilips5400(SimulatedMake):
    """Sends its status four times a second."""

    period_ms = 250

    def says(self, phase: Phase, at_ms: int) -> bytes:
        """Return one status."""
        data = bytes([*_STATES_5400[phase], 0, 0xC0, 0, 0, 0])
        if phase is Phase.REST and self.tank_empty:
            data = bytes([philips_5400.WARNING, 0, 0, philips_5400.NO_WATER, 0, 0, 0])
        sequence = at_ms // self.period_ms & 0xFF
        body = bytes([philips_5400.STATUS, sequence, len(data)]) + data
        check = struct.pack("<I", zlib.crc32(body))
        return philips_5400.HEADER + body + check + bytes([philips_5400.END])


GICAR_VALUES = ((90, 60, 7), (120, 60, 11), (500, 300, 13), (700, 200, 17), (112, 3, 1))
"""Raw values of the board's five sensors: middle, swing, and the seconds it takes. Boilers heat
and cool; the water level in the boiler trembles."""


class SimulatedGicar(SimulatedMake):
    """Sends status and raw values nine times a second."""

    period_ms = 110

    def says(self, phase: Phase, at_ms: int) -> bytes:
        """Return one frame of the board."""
        status = 0x02 * (phase is Phase.BREWING) | 0x04 * self.tank_empty
        body = bytes([0x81, status])
        for middle, swing, seconds in GICAR_VALUES:
            value = round(middle + swing * math.sin(at_ms / 1000 * math.tau / seconds))
            body += bytes([value >> 8, value & 0x7F, 0x7F if value & 0x80 else 0x00])
        return body + bytes([sum(body) & 0x7F])


class SimulatedMaraX(SimulatedMake):
    """Prints a line every 450 ms."""

    period_ms = 450

    def says(self, phase: Phase, at_ms: int) -> bytes:
        """Return one line."""
        pump = int(phase is Phase.BREWING)
        heater = int(at_ms % 20_000 < 5000)
        return f"C1.06,{116 + heater:03d},124,093,0000,{heater},{pump}\r\n".encode("ascii")


class SimulatedDe1(SimulatedMake):
    """Tells what it was asked to tell: samples four times a second, the rest on change."""

    period_ms = 250

    def __init__(self, tank_ml: float) -> None:
        super().__init__(tank_ml)
        self._told: dict[bytes, bytes] = {}
        """What was subscribed to, and what was last told of it."""
        self._heard = b""

    def says(self, phase: Phase, at_ms: int) -> bytes:
        """Return the notifications that are due."""
        brewing = phase is Phase.BREWING
        sample = struct.pack(
            ">HHHHHBHHBBBB",
            at_ms // 10 & 0xFFFF, int(8.5 * 4096 * brewing), int(2 * 4096 * brewing),
            88 * 256, 92 * 256, 0, 0, 0, 0, 0, 0, 140,
        )  # fmt: skip
        notes = {
            b"M": sample,
            b"N": bytes([4, 5] if brewing else [2, 0]),
            b"Q": struct.pack(">HH", (4 if self.tank_empty else 30) * 256, 5 * 256),
        }
        said = b""
        for letter, body in notes.items():
            if letter in self._told and (letter == b"M" or self._told[letter] != body):
                self._told[letter] = body
                said += b"[" + letter + b"]" + body.hex().upper().encode("ascii") + b"\n"
        return said

    def answers(self, received: bytes) -> bytes:
        """Take note of subscriptions; what they ask for follows at the next occasion."""
        *lines, rest = (self._heard + received).split(b"\n")
        self._heard = rest[-8:]
        for line in lines:
            if line in (b"<+M>", b"<+N>", b"<+Q>"):
                self._told[line[2:3]] = b""
        return b""


MAKES: dict[str, type[SimulatedMake]] = {
    "jura-v1": SimulatedJura,
    "philips-2200": SimulatedPhilips2200,
    "philips-5400": SimulatedPhilips5400,
    "lelit-gicar": SimulatedGicar,
    "lelit-marax": SimulatedMaraX,
    "decent-de1": SimulatedDe1,
}
"""By the name of the driver that understands it."""


def simulated_make(profile: MachineProfile) -> SimulatedMake:
    """Return a machine that speaks what the profile's driver understands."""
    return MAKES[profile.driver](profile.water.tank_ml)


def _jura(reply: str) -> bytes:
    # Replies only: lower case is what tells them from requests, which jura_requests builds.
    assert reply[:2].islower()
    return bytes(
        0x5B | (character >> 2 * k & 1) << 2 | (character >> 2 * k + 1 & 1) << 5
        for character in reply.encode("ascii") + b"\r\n"
        for k in range(jura_requests.GROUP_BYTES)
    )
