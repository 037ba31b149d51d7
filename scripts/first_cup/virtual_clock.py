"""The one clock of the demonstration: weeks pass on it while a minute passes outside.

The machine's twin, the device and the timers of the link all live on it. It only ever
goes forward, and only when told to; wall time and elapsed time advance together, as on
a device that is never switched off and whose clock is synchronised.
"""

from datetime import UTC, datetime, timedelta

from wire.stamps import Stamp


class VirtualClock:
    """A ``wire.stamps.Clock`` that is moved by hand."""

    def __init__(self, starts_at: datetime) -> None:
        if starts_at.tzinfo is None:
            raise ValueError("the clock must start at a time-zone aware time")
        self._started_at = starts_at.astimezone(UTC)
        self._now = self._started_at
        self._awakenings = 1

    def now(self) -> Stamp:
        return Stamp(
            utc=self._now,
            monotonic_s=(self._now - self._started_at).total_seconds(),
            boot_id=f"first-cup-{self._awakenings}",
            synced=True,
        )

    def restart(self) -> None:
        """Be the clock of the device's next awakening."""
        self._awakenings += 1

    @property
    def utc(self) -> datetime:
        """This instant, in UTC."""
        return self._now

    @property
    def elapsed_ms(self) -> int:
        """Whole milliseconds since the clock started."""
        return (self._now - self._started_at) // timedelta(milliseconds=1)

    def advance_to(self, at: datetime) -> None:
        """Move to ``at``; raise ``ValueError`` and stay when that is in the past."""
        if at < self._now:
            raise ValueError(f"the clock shows {self._now:%F %T} and cannot go back to {at}")
        self._now = at.astimezone(UTC)

    def advance(self, by: timedelta) -> None:
        """Move forward by ``by``."""
        self.advance_to(self._now + by)
