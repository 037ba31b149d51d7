"""Recognises from the bytes why a line cannot be understood: inverted, or another speed.

It knows what such a machine usually says (``typical``), and computes what a receiver would
deliver of that on an inverted line, and at every other speed (``uart``). Each of these leaves
its own traces: which byte follows which. The bytes at hand are compared with all of them, and
with those of a line that is read rightly: then the wire is well, and something else is wrong.

The measure is bits a byte by which an explanation beats chance. It has to beat chance and
the next best explanation clearly, or nothing is said: a wrong advice costs an afternoon.

Nothing is mended here. Where a line is inverted, the bytes do not in general hold what was
sent (``uart`` says why), so the wiring has to turn it round; where the speed is wrong, the
profile.
"""

import math
from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from itertools import pairwise

from firmware_bridge.lines.uart import received, sent
from firmware_bridge.profile import BAUD_RATES, MachineProfile
from wire.readings import LinkLoss, LinkLost, LinkUp, Misread, Reading
from wire.stamps import Stamp

ENOUGH_BYTES = 48
"""Fewer show no habit: an explanation could fit by luck."""
BEATS_CHANCE_BITS = 0.5
BEATS_OTHERS_BITS = 0.5
STRANGE_SHARE_MAX = 0.35
"""Of the bytes may be such as an explanation never has: one that knows nothing but 00 must not
explain a stream just because that has many of them."""
TAIL_BYTES = 512
"""The newest bytes are what is judged."""
VARIED_PAIRS = 6
"""A few bytes that come again and again could be anything."""
TYPICAL_S = 60
TYPICAL_BYTES = 4000
"""A coffee, and enough of anything to learn its traces from in a fraction of a second."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Suspicion:
    """Why bytes are probably not understood."""

    because: Misread
    baud_rate: int | None = None
    """The speed of the machine, where it is another than was set and can be told."""

    def as_lost(self, at: Stamp) -> LinkLost:
        """Return this as a reading."""
        return LinkLost(
            at=at,
            reason=LinkLoss.UNREADABLE,
            because=self.because,
            baud_rate=self.baud_rate,
        )


INVERTED = Suspicion(because=Misread.INVERTED)


class Traces:
    """Which byte follows which in one stream."""

    def __init__(self, heard: Sequence[int]) -> None:
        stream = without_runs(heard)
        self._single = Counter(stream)
        self._pairs = Counter(pairwise(stream))
        self._length = len(stream)

    def bits(self, stream: Sequence[int]) -> float:
        """Return by how many bits a byte these traces explain ``stream`` better than chance."""
        strange = sum(byte not in self._single for byte in stream)
        if strange > STRANGE_SHARE_MAX * len(stream):
            return -math.inf
        pairs = list(pairwise(stream))
        return sum(8 + math.log2(self._chance(*pair)) for pair in pairs) / len(pairs)

    def _chance(self, before: int, byte: int) -> float:
        # A pair never heard falls back on how common the byte is, and that on 1 in 256.
        alone = (self._single[byte] + 0.5) / (self._length + 128)
        return (self._pairs[before, byte] + 4 * alone) / (self._single[before] + 4)


def without_runs(stream: Sequence[int]) -> list[int]:
    """Return ``stream`` with no byte more than twice in a row: a long run says little."""
    return [b for k, b in enumerate(stream) if k < 2 or not stream[k - 2] == stream[k - 1] == b]


class LineDoctor:
    """Knows one machine, and how it sounds through a line that is wrong."""

    def __init__(self, profile: MachineProfile) -> None:
        self._profile = profile
        self._explanations: list[tuple[Suspicion | None, Traces]] | None = None

    def suspect(self, stream: bytes) -> Suspicion | None:
        """Return what ``stream`` probably is, or ``None`` if it does not show."""
        if len(stream) < ENOUGH_BYTES:
            return None
        if not any(stream):
            # Each bit of such a sender lasts longer than a whole byte of ours.
            return Suspicion(because=Misread.OTHER_BAUD)
        varied = without_runs(stream)
        if len(varied) < ENOUGH_BYTES / 2 or len(set(pairwise(varied))) < VARIED_PAIRS:
            return None
        if self._explanations is None:
            # Only now: a line that is understood never asks.
            self._explanations = list(self._explained())
        best: dict[Suspicion | None, float] = {}
        for suspicion, traces in self._explanations:
            best[suspicion] = max(best.get(suspicion, -math.inf), traces.bits(varied))
        return clearest(best)

    def _explained(self) -> Iterator[tuple[Suspicion | None, Traces]]:
        # Late, because it brings every simulated machine with it.
        from firmware_bridge.simulation.typical import typical  # noqa: PLC0415

        pieces = _some(typical(self._profile, TYPICAL_S))
        if not pieces:
            return  # a machine of which nothing is known
        set_s = 1 / self._profile.serial.baud_rate
        line = sent(pieces, bit_s=set_s)
        yield None, Traces(received(line, bit_s=set_s))
        yield INVERTED, Traces(received(line, bit_s=set_s, inverted=True))
        # Some machines pause after each byte, which an inverted line shows differently.
        apart = sent([bytes([byte]) for piece in pieces for byte in piece], bit_s=set_s)
        yield INVERTED, Traces(received(apart, bit_s=set_s, inverted=True))
        for baud_rate in BAUD_RATES:
            if baud_rate != self._profile.serial.baud_rate:
                other = Suspicion(because=Misread.OTHER_BAUD, baud_rate=baud_rate)
                spoken = sent(pieces, bit_s=1 / baud_rate)
                yield other, Traces(received(spoken, bit_s=set_s))


class Explainer:
    """Adds to a lost link why its bytes cannot be understood, once they show it."""

    def __init__(self, doctor: LineDoctor) -> None:
        self._doctor = doctor
        self._tail = b""
        self._look_at = 0
        """At how many bytes to look next; 0 while there is nothing to explain."""
        self._heard = 0

    def explain(self, data: bytes, readings: list[Reading], at: Stamp) -> list[Reading]:
        """Take what has arrived and what the driver made of it; return what to tell."""
        self._tail = (self._tail + data)[-TAIL_BYTES:]
        self._heard += len(data)
        told = list(readings)
        for reading in readings:
            match reading:
                case LinkLost(reason=LinkLoss.UNREADABLE):
                    self._heard, self._look_at = len(self._tail), ENOUGH_BYTES
                case LinkLost() | LinkUp():
                    self._tail, self._look_at = b"", 0
        if self._look_at and self._heard >= self._look_at:
            # Not at each byte: what does not show yet shows with twice as many, or never.
            self._look_at = 2 * self._heard if self._heard < TAIL_BYTES else 0
            if suspicion := self._doctor.suspect(self._tail):
                self._look_at = 0
                told = [r for r in told if not isinstance(r, LinkLost)]
                told.append(suspicion.as_lost(at))
        return told


def _some(pieces: Sequence[bytes]) -> list[bytes]:
    """Return pieces from all over, of about ``TYPICAL_BYTES`` together."""
    every = max(1, sum(map(len, pieces)) // TYPICAL_BYTES)
    return list(pieces[::every])


def clearest(best: dict[Suspicion | None, float]) -> Suspicion | None:
    """Return the explanation that beats chance and all others, as far as it does."""
    ranked = sorted(best.items(), key=lambda item: item[1], reverse=True)
    first, bits = ranked[0] if ranked else (None, 0.0)
    if first is None or bits < BEATS_CHANCE_BITS:
        return None
    rivals = [other for other, its in ranked[1:] if bits - its < BEATS_OTHERS_BITS]
    if any(rival is None or rival.because is not first.because for rival in rivals):
        return None
    # Several speeds may sound the same, such as all that are far too slow.
    return replace(first, baud_rate=None) if rivals else first
