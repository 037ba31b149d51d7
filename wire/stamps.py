"""When something happened, as a machine without a battery-backed clock can know it.

A Raspberry Pi wakes up believing that it is still the moment it was switched off, and
learns the true time later, or never. So one instant is four facts, kept together:
what the wall clock said, how long the device had been awake, which awakening that was,
and whether the wall clock could be trusted.

Elapsed time is the difference of two ``monotonic_s`` of the same ``boot_id``; what
people see is ``utc`` in their own time zone. Nothing else is ever subtracted.
"""

from dataclasses import dataclass
from datetime import datetime
from typing import Protocol


@dataclass(frozen=True, slots=True, kw_only=True)
class Stamp:
    """One instant on one device."""

    utc: datetime
    """What the wall clock said, time-zone aware, in UTC."""
    monotonic_s: float
    """Seconds on a clock that never steps; comparable within one ``boot_id`` only."""
    boot_id: str
    """Which awakening of the device ``monotonic_s`` counts from."""
    synced: bool
    """Whether the wall clock agreed with a time source by then."""

    def __post_init__(self) -> None:
        if self.utc.tzinfo is None:
            raise ValueError("Stamp.utc must be time-zone aware")


class Clock(Protocol):
    """Tells the time to a shell. Cores take a ``Stamp`` instead."""

    def now(self) -> Stamp:
        """Return this instant."""
        ...
