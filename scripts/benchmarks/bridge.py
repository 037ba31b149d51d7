"""``./scripts/bench bridge``: how fast the drivers are, and what they withstand.

Each driver hears its own simulated machine. Speed is measured on one core, without a port;
the ratio says how many such lines the core could follow. Then it is fed with random,
changed and cut-off bytes, and must neither raise, nor need more than two good frames to find
back, nor keep what it was fed with. A machine that speaks ten times a second is followed
over a real pseudo-terminal. Last come the figures of the reference controller's firmware,
see ``bridge_firmware``.
"""

import argparse
import json
import random
import resource
import sys
import time
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from firmware_bridge.driver import OWN_DRIVERS, Driver, load_driver
from firmware_bridge.ports.serial_source import SerialSource
from firmware_bridge.profile import MachineProfile, load_profile, profile_path
from firmware_bridge.simulation.pty_machine import PtyMachine
from firmware_bridge.simulation.typical import TICKS_PER_S, simulated, typical
from scripts.benchmarks import bridge_firmware
from wire.options import ConfigError
from wire.stamps import Stamp

PIECE_BYTES = 256
RECORDED_S = 120
CHECKED_EVERY = 500
"""Inputs between two looks at whether the driver finds back."""
INPUT_BYTES_MAX = 64
BITS_PER_BYTE = 10
"""On the line: start, eight bits, stop."""
LIVE_PER_S = 10


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Add what the benchmark takes."""
    parser.add_argument("--json", action="store_true", help="one JSON object and nothing else")
    parser.add_argument(
        "--seconds", type=float, default=1.0, help="how long each driver runs (default: 1)"
    )
    parser.add_argument(
        "--inputs", type=int, default=20_000, help="hostile inputs a driver (default: 20000)"
    )
    parser.add_argument(
        "--seed", type=int, default=7, help="of the hostile inputs (default: 7)"
    )


def run(args: argparse.Namespace) -> int:
    """Measure, print, and return 1 if a driver raised or got lost, or the firmware crashed."""
    if not 0 < args.seconds <= 60:
        raise ConfigError(f"--seconds {args.seconds:g}: choose more than 0 and at most 60")
    if not 0 <= args.inputs <= 100_000_000:
        raise ConfigError(f"--inputs {args.inputs}: choose 0 to 100000000")
    profiles = {name: load_profile(profile_path(name)) for name in sorted(OWN_DRIVERS)}
    speeds, exceptions, lost, grown_kb = {}, 0, 0, 0
    for name, profile in profiles.items():
        frames = typical(profile, RECORDED_S)
        speeds[name] = speed(profile, b"".join(frames), args.seconds)
        before_kb = _memory_kb()
        raised, stray = withstood(profile, frames, args.inputs, random.Random(args.seed))
        exceptions, lost = exceptions + raised, lost + stray
        grown_kb = max(grown_kb, _memory_kb() - before_kb)
    report: dict[str, dict[str, Any]] = {
        **speeds,
        "fuzz": {
            "inputs": args.inputs * len(profiles),
            "exceptions": exceptions,
            "not_found_back": lost,
            "grown_kb_max": grown_kb,
        },
        "live_10_hz": {"cpu_s_per_minute": live_cost_s(profiles["reference"])},
        "firmware": bridge_firmware.measure(fuzz_inputs=args.inputs, seed=args.seed),
    }
    crashed = bool((report["firmware"]["fuzz"] or {}).get("crashes"))
    if args.json:
        print(json.dumps(report))
    else:
        _tell(report)
    return 1 if exceptions or lost or crashed else 0


def speed(profile: MachineProfile, recording: bytes, seconds: float) -> dict[str, float]:
    """Return frames and megabytes a second, and how many lines that is."""
    driver = load_driver(profile.driver, profile)
    pieces = [recording[k : k + PIECE_BYTES] for k in range(0, len(recording), PIECE_BYTES)]
    began_s = time.process_time()
    rounds = 0
    while (spent_s := time.process_time() - began_s) < seconds:
        for number, piece in enumerate(pieces):
            driver.receive(piece, _at(rounds * RECORDED_S + number / TICKS_PER_S))
        rounds += 1
    bytes_per_s = driver.counts.bytes / spent_s
    return {
        "frames_per_s": round(driver.counts.frames_ok / spent_s),
        "mb_per_s": round(bytes_per_s / 1e6, 2),
        "line_rate_ratio": round(bytes_per_s * BITS_PER_BYTE / profile.serial.baud_rate),
    }


def withstood(
    profile: MachineProfile, frames: list[bytes], inputs: int, chance: random.Random
) -> tuple[int, int]:
    """Return how often the driver raised, and how often two good frames were not enough."""
    driver = load_driver(profile.driver, profile)
    raised = lost = 0
    for number in range(inputs):
        now = _at(number / LIVE_PER_S)
        try:
            driver.receive(_hostile(frames, chance), now)
            driver.poll(now)
            if number % CHECKED_EVERY == 0:
                lost += not _finds_back(driver, chance.choice(frames), now)
        except Exception as error:
            raised += 1
            print(f"{profile.driver}: {error!r}", file=sys.stderr)
    return raised, lost


def live_cost_s(profile: MachineProfile) -> float:
    """Return the processor time that one minute on a real pseudo-terminal costs."""
    machine = simulated(profile)
    assert machine is not None
    line = PtyMachine(machine)
    driver = load_driver(profile.driver, profile)
    source = SerialSource(line.port, driver, baud_rate=profile.serial.baud_rate)
    spent_s = 0.0
    for tick in range(60 * LIVE_PER_S):
        line.step(tick * 1000 // LIVE_PER_S)
        line.drain()
        began_s = time.process_time()
        source.read(_at(tick / LIVE_PER_S))
        spent_s += time.process_time() - began_s
    source.close()
    line.close()
    return round(spent_s, 3)


def _hostile(frames: list[bytes], chance: random.Random) -> bytes:
    if chance.random() < 1 / 3:
        return chance.randbytes(chance.randrange(INPUT_BYTES_MAX))
    frame = bytearray(chance.choice(frames))
    for _ in range(chance.randrange(4)):
        frame[chance.randrange(len(frame))] = chance.randrange(256)
    return bytes(frame[: chance.randrange(1, len(frame) + 1)])


def _finds_back(driver: Driver, frame: bytes, now: Stamp) -> bool:
    driver.receive(frame, now)
    before = driver.counts
    driver.receive(frame, now)
    after = driver.counts
    return after.frames_ok + after.frames_skipped > before.frames_ok + before.frames_skipped


def _memory_kb() -> int:
    pages = int(Path("/proc/self/statm").read_text().split()[1])
    return pages * resource.getpagesize() // 1024


def _at(seconds: float) -> Stamp:
    return Stamp(
        utc=datetime(2026, 1, 1, tzinfo=UTC), monotonic_s=seconds, boot_id="bench", synced=True
    )


def _tell(report: dict[str, dict[str, Any]]) -> None:
    print(f"{'driver':<14} {'frames/s':>9} {'MB/s':>6} {'lines a core':>13}")
    for name in sorted(OWN_DRIVERS):
        line = report[name]
        print(
            f"{name:<14} {line['frames_per_s']:>9} {line['mb_per_s']:>6}"
            f" {line['line_rate_ratio']:>13}"
        )
    fuzz, live = report["fuzz"], report["live_10_hz"]
    print(
        f"{fuzz['inputs']} hostile inputs: {fuzz['exceptions']} exceptions, "
        f"{fuzz['not_found_back']} times not back in step after two frames, "
        f"memory grew by at most {fuzz['grown_kb_max']} kB a driver"
    )
    print(f"a live line, ten looks a second: {live['cpu_s_per_minute']} s a minute")
    print(bridge_firmware.told(report["firmware"]))
