"""``demitasse decode --live``: what does this port say, now?

Listens as the agent does, through the same source and driver, until Ctrl-C; to the pins of a
Pi as well as to a port. What it prints is the caller's; this file waits, reads and tells how
long it has been listening.
"""

import select
import time
from collections.abc import Callable
from datetime import UTC, datetime
from typing import Protocol

from firmware_bridge.driver import FrameCounts
from wire.readings import Reading, Source
from wire.stamps import Stamp

LOOK_S_MAX = 0.5
"""Often enough that a port that comes back is soon heard."""

Show = Callable[[str, list[Reading], FrameCounts, FrameCounts], None]
"""Takes the time since the beginning, readings, and the counts before and after them."""


class CountingSource(Source, Protocol):
    """A source that also says what it has seen of its line."""

    @property
    def counts(self) -> FrameCounts:
        """What has been seen so far."""
        ...


def listen(source: CountingSource, show: Show) -> None:
    """Show what ``source`` says until Ctrl-C, and close it."""
    began_s = time.monotonic()
    try:
        while True:
            now = _now()
            before = source.counts
            readings = list(source.read(now))
            show(f"{now.monotonic_s - began_s:.1f} s", readings, before, source.counts)
            _wait(source, now)
    except KeyboardInterrupt:
        return
    finally:
        source.close()


def _wait(source: CountingSource, now: Stamp) -> None:
    due_s = source.next_due_s(now)
    port = source.fileno()
    watched = [] if port is None else [port]
    select.select(watched, [], [], LOOK_S_MAX if due_s is None else min(due_s, LOOK_S_MAX))


def _now() -> Stamp:
    return Stamp(
        utc=datetime.now(UTC), monotonic_s=time.monotonic(), boot_id="here", synced=False
    )
