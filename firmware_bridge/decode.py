"""``demitasse decode``: what do these bytes say?

Reads a recording, as raw bytes or as hex, through the same driver that serves the port,
and prints one line a reading. A maker debugs a controller with it: so each line names the
byte at which the reading was complete, and damage is shown where it happened.

With ``--live`` it listens on a port instead, and each line begins with the time.

Hex may have spaces, colons and line breaks anywhere between the digits. It is recognised by
its first piece having nothing else; a pipe is shown as it comes.
"""

import argparse
import json
import os
import re
import sys
from collections.abc import Iterator
from dataclasses import asdict
from datetime import UTC, datetime
from typing import BinaryIO

from firmware_bridge.driver import Driver, FrameCounts, load_driver
from firmware_bridge.live import listen
from firmware_bridge.profile import load_profile, profile_path
from wire.options import ConfigError
from wire.readings import (
    BrewFinished,
    BrewStarted,
    ControllerStarted,
    Counter,
    Flag,
    FramesMissed,
    LinkLost,
    LinkUp,
    Quantity,
    Reading,
    Sample,
)
from wire.stamps import Stamp

PIECE_BYTES = 64 * 1024
HEX_TEXT = re.compile(rb"[0-9a-fA-F\s:]*[0-9a-fA-F][0-9a-fA-F\s:]*")

NO_TIME = Stamp(
    utc=datetime(1970, 1, 1, tzinfo=UTC), monotonic_s=0.0, boot_id="recording", synced=False
)
"""A recording has no times, so none is printed; for the driver none passes."""

UNITS = {
    Quantity.BOILER_TEMP_C: ("boiler", "°C", 1),
    Quantity.WATER_LEVEL_ML: ("water in the tank", "ml", 0),
    Quantity.WATER_DRAWN_ML: ("water drawn so far", "ml", 0),
    Quantity.PRESSURE_BAR: ("pressure", "bar", 2),
    Quantity.FLOW_ML_PER_S: ("flow", "ml/s", 2),
    Quantity.DOSE_G: ("coffee dose", "g", 1),
}

NOTHING_UNDERSTOOD = """\
Nothing was understood. Is it the right --driver? If so, the recording was probably made
at another baud rate, or with the line inverted."""


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Add what ``demitasse decode`` takes."""
    parser.add_argument(
        "file",
        metavar="FILE",
        nargs="?",
        help="recorded bytes or hex, - for a pipe; with --live a port (default: the profile's)",
    )
    parser.add_argument("--live", action="store_true", help="listen on a port until Ctrl-C")
    parser.add_argument(
        "--driver", metavar="NAME", help="who understands them (default: the profile's driver)"
    )
    parser.add_argument(
        "--profile",
        metavar="P",
        help="a name from config/machines, or a .toml file (default: as the driver)",
    )
    parser.add_argument(
        "--json", action="store_true", help="one JSON object a reading, the last a summary"
    )


def run(args: argparse.Namespace) -> int:
    """Print what the file says. Raises ``ConfigError`` for what the operator can correct."""
    profile = load_profile(profile_path(args.profile or args.driver or "reference"))
    driver = load_driver(args.driver or profile.driver, profile)
    printer = _JsonLines() if args.json else _ReadableLines()
    if args.file is None and not args.live:
        raise ConfigError("FILE: missing; name a recording, - for a pipe, or add --live")
    try:
        if args.live:
            serial = profile.serial
            listen(args.file or serial.port, serial.baud_rate, driver, printer.show)
        else:
            _decode(args.file, driver, printer)
        printer.finish(driver.counts)
    except BrokenPipeError:
        # ``demitasse decode FILE | head`` is no error; Python would complain at its end.
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
    return 0


def _decode(file: str, driver: Driver, printer: "_JsonLines | _ReadableLines") -> None:
    for piece in _pieces(file, printer.piece_bytes):
        before = driver.counts
        readings = driver.receive(piece, NO_TIME)
        counts = driver.counts
        printer.show(str(counts.bytes), readings, before, counts)


def _pieces(file: str, size: int) -> Iterator[bytes]:
    """Return the recording in pieces of at most ``size`` bytes, hex already decoded."""
    try:
        with sys.stdin.buffer if file == "-" else open(file, "rb") as opened:
            for piece in _binary(file, opened):
                for start in range(0, len(piece), size):
                    yield piece[start : start + size]
    except KeyboardInterrupt:
        return  # the end of a pipe that has none: the summary still follows
    except OSError as error:
        if isinstance(error, BrokenPipeError):
            raise
        raise ConfigError(f"{file}: {error.strerror}; give a readable file, or -") from None


def _binary(file: str, opened: BinaryIO) -> Iterator[bytes]:
    first = opened.read1(PIECE_BYTES)  # type: ignore[attr-defined]
    hexadecimal = HEX_TEXT.fullmatch(first) is not None
    digits = b""
    piece = first
    while piece:
        if not hexadecimal:
            yield piece
        else:
            digits += _digits(file, piece)
            even = len(digits) // 2 * 2
            yield bytes.fromhex(digits[:even].decode())
            digits = digits[even:]
        piece = opened.read1(PIECE_BYTES)  # type: ignore[attr-defined]
    if digits:
        raise ConfigError(
            f"{file}: hex with an odd number of digits; the last byte is cut in half"
        )


def _digits(file: str, piece: bytes) -> bytes:
    if wrong := re.search(rb"[^0-9a-fA-F\s:]", piece):
        shown = ascii(wrong.group().decode("latin-1"))
        raise ConfigError(
            f"{file}: began as hex, then has {shown}; keep digits, spaces and colons"
        )
    return re.sub(rb"[\s:]", b"", piece)


class _JsonLines:
    """For programs: one object a reading, and a last one that sums up."""

    piece_bytes = PIECE_BYTES

    def show(
        self, place: str, readings: list[Reading], before: FrameCounts, after: FrameCounts
    ) -> None:
        for reading in readings:
            fields = asdict(reading)
            del fields["at"]
            print(json.dumps({"type": _snake_case(type(reading).__name__), **fields}))

    def finish(self, counts: FrameCounts) -> None:
        print(json.dumps({"type": "summary", **asdict(counts)}), flush=True)


class _ReadableLines:
    """For people: the byte or the time at which it was known, and what it says."""

    piece_bytes = 1
    """Byte by byte, so that the place is exact; a driver must not mind."""

    def show(
        self, place: str, readings: list[Reading], before: FrameCounts, after: FrameCounts
    ) -> None:
        for reading in readings:
            self._line(place, *_said(reading))
        if after.frames_bad > before.frames_bad:
            self._line(place, "bad frame", "skipped")
        if after.frames_skipped > before.frames_skipped:
            self._line(place, "unknown frame", "sound, of a type this driver does not know")

    def finish(self, counts: FrameCounts) -> None:
        print(
            f"\n{counts.bytes} bytes: {counts.frames_ok} frames understood, "
            f"{counts.frames_bad} bad, {counts.frames_skipped} unknown; "
            f"back in step after damage: {counts.resyncs}."
        )
        if counts.bytes and not counts.frames_ok:
            print(NOTHING_UNDERSTOOD)
        sys.stdout.flush()

    def _line(self, place: str, title: str, detail: str) -> None:
        print(f"{place:>8}  {title:<20} {detail}".rstrip(), flush=True)


def _said(reading: Reading) -> tuple[str, str]:
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
        case LinkLost(reason=reason):
            title, detail = "machine not heard", reason
    return title.replace("_", " "), detail


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
