"""The clock: does the device know what time it is, and does its clock run evenly?

Elapsed time never steps. So a wall clock that was confirmed before and after, and has
moved by more than has elapsed, was wrong at one of the two moments; which, nobody knows.
For an hour nothing is asked on its word.
"""

from dataclasses import dataclass

from agent.checks.room import HOUR_S, Look, doubt, sound
from wire.facts import CheckName, Finding
from wire.readings import Reading
from wire.stamps import Stamp

STEP_S = 60.0
"""A time source that corrects a drifting clock does so by seconds."""


@dataclass(slots=True)
class ClockCheck:
    """How the wall clock moved beside the clock that never steps."""

    last: Stamp | None = None
    stepped_s: float | None = None

    def receive(self, reading: Reading) -> None:
        """Take the time of one reading into account."""
        now, last, self.last = reading.at, self.last, reading.at
        if last is None or last.boot_id != now.boot_id or not (last.synced and now.synced):
            return
        wall_s = (now.utc - last.utc).total_seconds()
        if abs(wall_s - (now.monotonic_s - last.monotonic_s)) > STEP_S:
            self.stepped_s = now.monotonic_s

    def look(self, now: Stamp) -> Look:
        """Return whether the time of this moment can be believed."""
        if not now.synced:
            return doubt(CheckName.CLOCK, Finding.CLOCK_UNSYNCED)
        if self.stepped_s is not None and now.monotonic_s - self.stepped_s < HOUR_S:
            return doubt(CheckName.CLOCK, Finding.CLOCK_STEPPED)
        return sound(CheckName.CLOCK, Finding.CLOCK_SYNCED)
