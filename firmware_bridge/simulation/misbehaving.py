"""A machine on a bad line: bytes are lost, flipped, late, stuck, cut off for a while, or
misread, because the line is inverted or has another speed.

It wraps any simulated machine, and for one seed and the same calls does the same again.

    machine = Misbehaving(machine, [Trouble.FLIP], seed=7)
"""

import random
from collections.abc import Collection
from enum import StrEnum

from firmware_bridge.lines import uart
from firmware_bridge.simulation.pty_machine import Machine


class Trouble(StrEnum):
    """What the line does to the bytes of the machine."""

    DROP = "drop"
    """One byte in two hundred is lost."""
    FLIP = "flip"
    """One byte in two hundred has one bit turned over."""
    DELAY = "delay"
    """Bytes come up to half a second late."""
    STICK = "stick"
    """Every 20 s, for 5 s, the same bytes come again and again."""
    RESET = "reset"
    """Every 60 s, the line is dead for 5 s."""
    INVERT = "invert"
    """The line is inverted, and the receiver makes of it what it can."""
    SLOW = "slow"
    """The machine speaks at half the speed that the receiver expects."""


UNREADABLE = frozenset({Trouble.INVERT, Trouble.SLOW})
"""With these, nothing that arrives is what was sent."""


HARM = 0.005
DELAY_MS_MAX = 500
STICK_MS = (20_000, 5000)
RESET_MS = (60_000, 5000)
"""Period, and how long of it."""


class Misbehaving:
    """Stands between a machine and its line."""

    def __init__(self, machine: Machine, troubles: Collection[Trouble], *, seed: int) -> None:
        self._machine = machine
        self._troubles = frozenset(troubles)
        self._chance = random.Random(seed)
        self._late = b""
        self._late_until_ms = 0
        self._stuck = b""

    def step(self, now_ms: int, received: bytes = b"") -> bytes:
        """Let time pass until ``now_ms``; return what has come through."""
        if self._in(Trouble.RESET, RESET_MS, now_ms):
            self._machine.step(now_ms)
            return b""
        piece = self._machine.step(now_ms, received)
        if self._in(Trouble.STICK, STICK_MS, now_ms):
            piece = self._stuck
        elif piece:
            self._stuck = piece
        return self._delayed(self._misread(self._harmed(piece)), now_ms)

    def _in(self, trouble: Trouble, times_ms: tuple[int, int], now_ms: int) -> bool:
        period_ms, length_ms = times_ms
        return trouble in self._troubles and now_ms % period_ms >= period_ms - length_ms

    def _harmed(self, sent: bytes) -> bytes:
        harmed = bytearray()
        for byte in sent:
            if Trouble.DROP in self._troubles and self._chance.random() < HARM:
                continue
            flip = Trouble.FLIP in self._troubles and self._chance.random() < HARM
            harmed.append(byte ^ (1 << self._chance.randrange(8)) if flip else byte)
        return bytes(harmed)

    def _misread(self, piece: bytes) -> bytes:
        if not UNREADABLE & self._troubles:
            return piece
        line = uart.sent([piece], bit_s=2.0 if Trouble.SLOW in self._troubles else 1.0)
        inverted = Trouble.INVERT in self._troubles
        return bytes(uart.received(line, bit_s=1.0, inverted=inverted))

    def _delayed(self, sent: bytes, now_ms: int) -> bytes:
        if Trouble.DELAY not in self._troubles:
            return sent
        self._late += sent
        if now_ms < self._late_until_ms:
            return b""
        self._late_until_ms = now_ms + self._chance.randrange(DELAY_MS_MAX)
        late, self._late = self._late, b""
        return late
