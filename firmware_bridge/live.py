"""``demitasse decode --live``: what does this port say, now?

Listens on a port as the agent does, through the same source and driver, until Ctrl-C. What
it prints is the caller's; this file waits, reads and tells how long it has been listening.
"""

import select
import time
from collections.abc import Callable
from datetime import UTC, datetime

from firmware_bridge.driver import Driver, FrameCounts
from firmware_bridge.serial_source import SerialSource
from wire.readings import Reading
from wire.stamps import Stamp

LOOK_S_MAX = 0.5
"""Often enough that a port that comes back is soon heard."""

Show = Callable[[str, list[Reading], FrameCounts, FrameCounts], None]
"""Takes the time since the beginning, readings, and the counts before and after them."""


def listen(port: str, baud_rate: int, driver: Driver, show: Show) -> None:
    """Show what ``port`` says until Ctrl-C. Raises ``ConfigError`` if it cannot be opened."""
    source = SerialSource(port, driver, baud_rate=baud_rate)
    source.check()
    began_s = time.monotonic()
    try:
        while True:
            now = _now()
            before = driver.counts
            readings = list(source.read(now))
            show(f"{now.monotonic_s - began_s:.1f} s", readings, before, driver.counts)
            _wait(source, now)
    except KeyboardInterrupt:
        return
    finally:
        source.close()


def _wait(source: SerialSource, now: Stamp) -> None:
    due_s = source.next_due_s(now)
    port = source.fileno()
    watched = [] if port is None else [port]
    select.select(watched, [], [], LOOK_S_MAX if due_s is None else min(due_s, LOOK_S_MAX))


def _now() -> Stamp:
    return Stamp(
        utc=datetime.now(UTC), monotonic_s=time.monotonic(), boot_id="here", synced=False
    )
