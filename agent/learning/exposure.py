"""When could the device have seen a brew? Everything else is masked, never "silent".

A span of time counts as seen when it lies between two moments at which the machine was
heard and everything could be trusted, with nothing missed in between. Off, link lost,
frames missed, clock not set, machine faulty, learning not allowed, owner away: all of it
is *unseen*, and the routine neither learns from it nor counts it as a pause.

A long time between two steps is not unseen by itself: bytes wait in the kernel while the
device is busy, and their sequence numbers prove that none was lost. But it must have gone
by: a confirmed clock that is set forward makes hours that nobody has lived. How much has
gone by is told by the clock that never steps.
"""

from collections.abc import Iterable
from dataclasses import dataclass, replace
from datetime import datetime

from wire.readings import FramesMissed, LinkLost, LinkUp, Reading
from wire.stamps import Stamp

STEPPED_S = 60.0
"""By so much no time source corrects a clock that runs: it was set anew."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Unseen:
    """A span in which a brew could have happened without the device knowing."""

    start: datetime
    end: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class Exposure:
    """What must be remembered between steps. A value: ``step`` returns the next."""

    linked: bool = False
    trusted: bool = False
    """Whether the last step was: a clock that was set since then has skipped hours."""
    last: Stamp | None = None
    """When the last step was, if the clock was confirmed then."""
    accounted_until: datetime | None = None
    """Up to here, every hour has been told apart into seen and unseen."""


def step(
    exposure: Exposure, readings: Iterable[Reading], now: Stamp, *, trusted: bool
) -> tuple[Exposure, Unseen | None]:
    """Account for the time until ``now``; for nothing while the clock is not confirmed.

    The hours of a wrong clock are not accounted for at all: those that really went by are
    unseen once the clock is set, and no hours are masked that have not come yet.

    ``trusted`` is false while anything else than the link forbids to learn: clock, fault,
    consent, pause. The verdict covers the whole span since the last step, on the side of
    "unseen", because a link that came and went in between proves nothing.
    """
    seen = trusted and exposure.trusted and exposure.linked
    linked = exposure.linked
    for reading in readings:
        match reading:
            case LinkUp():
                linked = True
            case LinkLost():
                linked = seen = False
            case FramesMissed():
                seen = False
    if not now.synced:
        return replace(exposure, linked=linked, trusted=False, last=None), None
    start = exposure.accounted_until
    # A clock that stepped back is accounted for once it has caught up.
    until = now.utc if start is None else max(start, now.utc)
    after = replace(exposure, linked=linked, trusted=trusted, last=now, accounted_until=until)
    if start is None or now.utc <= start:
        return after, None
    seen = seen and not _stepped(exposure.last, now)
    return after, None if seen else Unseen(start=start, end=now.utc)


def _stepped(last: Stamp | None, now: Stamp) -> bool:
    """Tell whether the wall clock moved by anything else than the time that went by."""
    if last is None or last.boot_id != now.boot_id:
        return False
    wall_s = (now.utc - last.utc).total_seconds()
    return abs(wall_s - (now.monotonic_s - last.monotonic_s)) > STEPPED_S
