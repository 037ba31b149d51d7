"""Listens to a machine for some seconds: understood, not understood, or not heard at all."""

import json
import select
import socket
import time
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path

from wire.readings import LinkLost, LinkUp, Reading, Source
from wire.stamps import Clock

LOOK_S_MAX = 0.2
LIVE_S = 3.0
"""How long the stream of a running device is listened to: most machines speak each second."""
LINE_BYTES_MAX = 65_536


@dataclass(frozen=True, slots=True, kw_only=True)
class Heard:
    """What came of listening."""

    understood: bool
    lost: LinkLost | None = None
    """Why not, as far as the line shows it."""


def listen(source: Source, clock: Clock, within_s: float) -> Heard:
    """Listen until the machine is understood, its line is explained, or the time is over."""
    lost: LinkLost | None = None
    end_s = clock.now().monotonic_s + within_s
    while True:
        now = clock.now()
        for reading in source.read(now):
            if _is_understood(reading):
                return Heard(understood=True)
            if isinstance(reading, LinkLost):
                lost = reading
        if now.monotonic_s >= end_s or (lost is not None and lost.because is not None):
            return Heard(understood=False, lost=lost)
        _wait(source, source.next_due_s(now))


def _is_understood(reading: Reading) -> bool:
    # A source of pins has no link to report: whatever it tells was understood.
    return isinstance(reading, LinkUp) or not isinstance(reading, LinkLost)


def _wait(source: Source, due_s: float | None) -> None:
    port = source.fileno()
    wait_s = LOOK_S_MAX if due_s is None else min(max(due_s, 0.01), LOOK_S_MAX)
    select.select([] if port is None else [port], [], [], wait_s)


def overhear(stream: Path, within_s: float = LIVE_S) -> Heard | None:
    """Listen to what a running device tells at home; ``None`` if it tells nothing to us."""
    data = b""
    end_s = time.monotonic() + within_s
    try:
        with socket.socket(socket.AF_UNIX, socket.SOCK_STREAM) as line:
            line.settimeout(within_s)
            line.connect(str(stream))
            while (left_s := end_s - time.monotonic()) > 0 and len(data) < LINE_BYTES_MAX:
                line.settimeout(left_s)
                if not (piece := line.recv(4096)):
                    break
                data += piece
                if heard := _told(data.split(b"\n")[:-1]):
                    return heard
    except OSError:
        return None
    return None


def _told(lines: Iterable[bytes]) -> Heard | None:
    for line in lines:
        try:
            name = json.loads(line)["reading"]
        except (ValueError, KeyError, TypeError):
            continue
        return Heard(understood=name != LinkLost.__name__)
    return None
