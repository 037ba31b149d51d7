"""``demitasse decode``: what do these bytes say?

Reads a recording through the same driver that serves the port, and prints one line a reading.
A maker debugs a controller with it: so each line names the byte at which the reading was
complete, and damage is shown where it happened.

With ``--live`` it listens to the machine instead, on its port or its pins, and each line
begins with the time. Bytes of which nothing is understood are looked at once more: an
inverted line and another speed leave traces, and then that is what is said.
"""

import argparse
import os
import sys
from datetime import UTC, datetime

from firmware_bridge import recording
from firmware_bridge.driver import OWN_DRIVERS, Driver, TwoLineDriver, load_driver
from firmware_bridge.lines.misread import LineDoctor
from firmware_bridge.live import listen
from firmware_bridge.machine_source import open_source
from firmware_bridge.profile import MachineProfile, Polarity, load_profile, profile_path
from firmware_bridge.reading_lines import JsonLines, Printer, ReadableLines
from wire.options import ConfigError
from wire.stamps import Stamp

SAMPLE_BYTES = 2048
"""Of a recording that nobody understands, so much is looked at for the reason."""

NO_TIME = Stamp(
    utc=datetime(1970, 1, 1, tzinfo=UTC), monotonic_s=0.0, boot_id="recording", synced=False
)
"""A recording has no times, so none is printed; for the driver none passes."""


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Add what ``demitasse decode`` takes."""
    parser.add_argument(
        "file",
        metavar="FILE",
        nargs="?",
        help="recorded bytes or hex, - for a pipe; with --live a port (default: the profile's)",
    )
    parser.add_argument(
        "--second", metavar="FILE", help="the other line, of a machine that has two"
    )
    parser.add_argument(
        "--live", action="store_true", help="listen to the machine until Ctrl-C"
    )
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
    printer = JsonLines() if args.json else ReadableLines(_polarity(profile))
    if args.file is None and not args.live:
        raise ConfigError("FILE: missing; name a recording, - for a pipe, or add --live")
    try:
        (_live if args.live else _decode)(args, profile, printer)
    except BrokenPipeError:
        # ``demitasse decode FILE | head`` is no error; Python would complain at its end.
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
    return 0


def _polarity(profile: MachineProfile) -> Polarity:
    return Polarity.NORMAL if profile.serial_port is None else profile.serial.polarity


def _live(args: argparse.Namespace, profile: MachineProfile, printer: Printer) -> None:
    driver = load_driver(args.driver, profile) if args.driver else None
    source = open_source(profile, port=args.file or "", driver=driver)
    listen(source, printer.show)
    printer.finish(source.counts)


def _decode(args: argparse.Namespace, profile: MachineProfile, printer: Printer) -> None:
    driver = load_driver(args.driver or profile.driver, profile)
    sample = _tell_all(args.file, driver, printer)
    if args.second is not None:
        if not isinstance(driver, TwoLineDriver):
            raise ConfigError(
                f"--second {args.second}: this machine has one line; leave it out"
            )
        _tell_all(args.second, driver.second_line(), printer)
    counts, others = driver.counts, list[str]()
    if counts.frames_ok + counts.frames_skipped == 0:
        if found := LineDoctor(profile).suspect(sample):
            printer.show(str(counts.bytes), [found.as_lost(NO_TIME)], counts, counts)
        else:
            others = who_understands(sample)
    printer.finish(counts, others)


def who_understands(sample: bytes) -> list[str]:
    """Return the drivers to which most of ``sample`` makes sense."""
    found = []
    for name in OWN_DRIVERS:
        driver = load_driver(name, load_profile(profile_path(name)))
        driver.receive(sample, NO_TIME)
        if driver.counts.frames_ok > 1 + driver.counts.frames_bad:
            found.append(name)
    return found


def _tell_all(file: str, driver: Driver, printer: Printer) -> bytes:
    """Tell what a whole recording says, and return its beginning."""
    sample = b""
    for piece in recording.pieces(file, printer.piece_bytes):
        before = driver.counts
        readings = driver.receive(piece, NO_TIME)
        counts = driver.counts
        printer.show(str(counts.bytes), readings, before, counts)
        sample += piece[: SAMPLE_BYTES - len(sample)]
    return sample
