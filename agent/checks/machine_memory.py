"""What is remembered about the machine: its last device check, and how long it heats.

``demitasse status`` reads the check here, because it runs beside the device. It is written
when a finding has come or gone, at most every quarter of an hour, and once an hour; the
heating times when there is a new one, once a day. Nothing is remembered unless the owner
allows the device to learn or to have its faults reported.
"""

import sqlite3
from dataclasses import dataclass

from agent import memory
from agent.checks.device_check import MachineHealth
from agent.store import Store
from wire.facts import DeviceCheck
from wire.schema import JSON, SchemaError, from_plain, to_plain
from wire.stamps import Stamp

CHECK, HEATING = "device_check", "heating_times_s"
"""Keys in ``memory.meta``."""
SAVED_EVERY_S = 3_600.0
CHANGED_EVERY_S = 900.0


@dataclass(frozen=True, slots=True, kw_only=True)
class KeptCheck:
    """The last device check that was written down."""

    check: DeviceCheck
    score: float


class MachineMemory:
    """Keeps on the disk what one device knows of its machine."""

    def __init__(self, store: Store, health: MachineHealth) -> None:
        self._store = store
        self._health = health
        times_s = memory.meta(store.reading(), HEATING)
        if isinstance(times_s, list):
            health.scale.remember(t for t in times_s if isinstance(t, int | float))
        self._times_s = list(health.scale.times_s)
        self._findings: frozenset[str] = frozenset()
        self._saved_s: float | None = None

    def attend(self, check: DeviceCheck, now: Stamp, *, allowed: bool) -> None:
        """Write what is due to be written."""
        if not allowed or not (self._check_is_due(check, now) or self._has_new_time()):
            return
        kept = KeptCheck(check=check, score=self._health.score(now))
        with self._store.transaction() as db:
            memory.set_meta(db, CHECK, to_plain(kept))
            memory.set_meta(db, HEATING, [*self._health.scale.times_s])
        self._findings, self._saved_s = _findings(check), now.monotonic_s
        self._times_s = list(self._health.scale.times_s)

    def _check_is_due(self, check: DeviceCheck, now: Stamp) -> bool:
        if self._saved_s is None:
            return True
        changed = _findings(check) != self._findings
        return now.monotonic_s - self._saved_s >= (
            CHANGED_EVERY_S if changed else SAVED_EVERY_S
        )

    def _has_new_time(self) -> bool:
        return self._health.scale.times_s != self._times_s


def last_check(db: sqlite3.Connection) -> KeptCheck | None:
    """Return the last device check that was written down."""
    plain: JSON = memory.meta(db, CHECK)
    try:
        return from_plain(KeptCheck, plain) if plain is not None else None
    except SchemaError:
        # Written by another version: the device writes its own within the hour.
        return None


def _findings(check: DeviceCheck) -> frozenset[str]:
    return frozenset(str(line.finding) for line in check.evidence)
