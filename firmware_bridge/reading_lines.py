"""Writes readings as lines, for people or for programs."""

import json
import re
import sys
from collections.abc import Sequence
from dataclasses import asdict

from firmware_bridge.driver import FrameCounts
from firmware_bridge.profile import Polarity
from wire.readings import (
    BrewFinished,
    BrewStarted,
    ControllerStarted,
    Counter,
    Flag,
    FramesMissed,
    LinkLost,
    LinkUp,
    Misread,
    Quantity,
    Reading,
    Sample,
)

UNITS = {
    Quantity.BOILER_TEMP_C: ("boiler", "°C", 1),
    Quantity.WATER_LEVEL_ML: ("water in the tank", "ml", 0),
    Quantity.WATER_DRAWN_ML: ("water drawn so far", "ml", 0),
    Quantity.PRESSURE_BAR: ("pressure", "bar", 2),
    Quantity.FLOW_ML_PER_S: ("flow", "ml/s", 2),
    Quantity.COFFEE_DOSE_G: ("coffee dose", "g", 1),
}

NOTHING_UNDERSTOOD = """\
Nothing was understood. Is it the right --driver? If so, the recording was probably made
at another baud rate, or with the line inverted."""


class JsonLines:
    """For programs: one object a reading, and a last one that sums up."""

    piece_bytes = 64 * 1024

    def show(
        self, place: str, readings: list[Reading], before: FrameCounts, after: FrameCounts
    ) -> None:
        """Write what was read at ``place``, and what the counts say was not."""
        for reading in readings:
            fields = asdict(reading)
            del fields["at"]
            print(json.dumps({"type": _snake_case(type(reading).__name__), **fields}))

    def finish(self, counts: FrameCounts, others: Sequence[str] = ()) -> None:
        """Sum up. ``others`` is for people: a program has chosen its driver."""
        print(json.dumps({"type": "summary", **asdict(counts)}), flush=True)


class ReadableLines:
    """For people: the byte or the time at which it was known, and what it says."""

    piece_bytes = 1
    """Byte by byte, so that the place is exact; a driver must not mind."""

    def __init__(self, polarity: Polarity) -> None:
        self._polarity = polarity
        self._explained = False
        """Whether the bytes themselves have shown why they are not understood."""

    def show(
        self, place: str, readings: list[Reading], before: FrameCounts, after: FrameCounts
    ) -> None:
        """Write what was read at ``place``, and what the counts say was not."""
        for reading in readings:
            self._line(place, *_said(reading, self._polarity))
            self._explained |= isinstance(reading, LinkLost) and bool(reading.because)
        if after.frames_bad > before.frames_bad:
            self._line(place, "bad frame", "skipped")
        if after.frames_skipped > before.frames_skipped:
            self._line(place, "unknown frame", "sound, of a type this driver does not know")

    def finish(self, counts: FrameCounts, others: Sequence[str] = ()) -> None:
        """Sum up; ``others`` are drivers that understand what this one does not."""
        print(
            f"\n{counts.bytes} bytes: {counts.frames_ok} frames understood, "
            f"{counts.frames_bad} bad, {counts.frames_skipped} unknown; "
            f"back in step after damage: {counts.resyncs}."
        )
        if others:
            print(f"Another driver understands it: --driver {' or '.join(others)}")
        elif counts.bytes and not counts.frames_ok and not self._explained:
            print(NOTHING_UNDERSTOOD)
        sys.stdout.flush()

    def _line(self, place: str, title: str, detail: str) -> None:
        print(f"{place:>8}  {title:<20} {detail}".rstrip(), flush=True)


Printer = JsonLines | ReadableLines


def _said(reading: Reading, polarity: Polarity) -> tuple[str, str]:
    """Return what a reading says, as a title and its details."""
    title, detail = _snake_case(type(reading).__name__), ""
    match reading:
        case Sample(quantity=quantity, value=value):
            title, unit, decimals = UNITS[quantity]
            known = value is not None
            detail = f"{value:.{decimals}f} {unit}" if known else "the sensor cannot tell"
        case Flag(name=name, on=on):
            title, detail = name, "yes" if on else "no"
        case Counter(name=name, value=total):
            title, detail = name, str(total)
        case BrewStarted(number=number):
            detail = _numbered(number)
        case BrewFinished(number=number, duration_s=duration_s, water_ml=water_ml):
            water = "" if water_ml is None else f", {water_ml:.0f} ml"
            # No time passes in a recording; only a controller that times its brews knows.
            duration = f"{duration_s:.1f} s" if duration_s else "no duration"
            detail = f"{_numbered(number)} {duration}{water}".strip()
        case ControllerStarted():
            title, detail = "controller", _introduced(reading)
        case FramesMissed(count=count):
            detail = str(count)
        case LinkUp():
            title = "machine heard"
        case LinkLost():
            title, detail = "machine not heard", _lost(reading, polarity)
    return title.replace("_", " "), detail


def _lost(lost: LinkLost, polarity: Polarity) -> str:
    advice = lost.advice
    if lost.because is Misread.INVERTED and polarity is Polarity.INVERTED:
        advice += " (this machine sends it so)"
    return f"{lost.reason}: {advice}" if advice else lost.reason


def _introduced(started: ControllerStarted) -> str:
    cause = started.reset_cause.replace("_", " ")
    told = [started.serial] if started.serial else []
    told += [f"firmware {started.firmware}", f"protocol {started.protocol}"]
    if started.boot_count:
        told.append(f"start {started.boot_count} ({cause})")
    return ", ".join(told)


def _numbered(number: int | None) -> str:
    return "" if number is None else f"number {number}"


def _snake_case(name: str) -> str:
    return re.sub(r"(?<!^)(?=[A-Z])", "_", name).lower()
