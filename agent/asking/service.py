"""A fault of the machine becomes a matter for a technician, and never one of care.

Each fault is told at home once and reported once, under ``device_health``, as soon as that
is allowed. So is what the machine would like to have done to it, such as descaling. What
counts as one fault that comes and goes, and what as a new one, is decided in ``faults``.
"""

import sqlite3
from dataclasses import replace

from agent import memory
from agent.checks.faults import Fault, State, follow
from agent.consent import Answer
from agent.consents.consent_file import Purpose
from agent.journal import DeviceChecked, ServiceNoticed
from agent.office import Office
from wire.facts import DeviceCheck
from wire.schema import SchemaError, from_plain, to_plain
from wire.stamps import Stamp

KEY = "faults"
"""In ``memory.meta``."""
KEPT_EVERY_S = 900.0
"""A fault that comes and goes every second is not written every second: that it has passed
may be forgotten by a power cut, that it was told may not."""


class Service:
    """The known faults of one machine."""

    def __init__(
        self,
        office: Office,
    ) -> None:
        self._office = office
        self._faults = known_faults(office.store.reading())
        self._kept_s: float | None = None

    def attend(self, check: DeviceCheck, now: Stamp) -> None:
        """Report what is new in ``check``, which was made in this very moment."""
        faults = follow(self._faults, check, now.utc, synced=now.synced)
        answer = self._office.consent.ask(Purpose.DEVICE_HEALTH, now)
        may_report = answer.granted and self._office.mailroom.enrolled
        unreported = [f for f in faults if f.state is State.STANDING and not f.reported]
        told = {fault.finding for fault in self._faults}
        if may_report and unreported:
            self._report(check, faults, answer, now)
        elif told != {fault.finding for fault in faults}:
            self._keep(faults, now)
            if not told.issuperset(fault.finding for fault in faults):
                self._office.tell(DeviceChecked(at=now.utc, check=check))
                self._office.tell(ServiceNoticed(at=now.utc, check=check, reported=False))
        elif faults != self._faults:
            self._follow(faults, now)

    def _report(
        self, check: DeviceCheck, faults: tuple[Fault, ...], answer: Answer, now: Stamp
    ) -> None:
        reported = tuple(
            replace(fault, reported=True) if fault.state is State.STANDING else fault
            for fault in faults
        )
        with self._office.store.transaction() as db:
            parcel = self._office.letters.service_report(db, check, answer, now)
            self._office.mailroom.commit(db, parcel, now.utc)
            _write(db, reported)
        self._faults, self._kept_s = reported, now.monotonic_s
        self._office.tell(DeviceChecked(at=now.utc, check=check))
        self._office.tell(ServiceNoticed(at=now.utc, check=check, reported=True))

    def _follow(self, faults: tuple[Fault, ...], now: Stamp) -> None:
        if self._kept_s is None or now.monotonic_s - self._kept_s >= KEPT_EVERY_S:
            self._keep(faults, now)
        self._faults = faults

    def _keep(self, faults: tuple[Fault, ...], now: Stamp) -> None:
        with self._office.store.transaction() as db:
            _write(db, faults)
        self._faults, self._kept_s = faults, now.monotonic_s


def known_faults(db: sqlite3.Connection) -> tuple[Fault, ...]:
    """Return the faults that are known, and those that have passed and are watched."""
    found = memory.meta(db, KEY)
    try:
        plain = found if isinstance(found, list) else []
        return tuple(from_plain(Fault, one) for one in plain)
    except SchemaError:
        # Written by another version: the next device check finds them anew.
        return ()


def _write(db: sqlite3.Connection, faults: tuple[Fault, ...]) -> None:
    memory.set_meta(db, KEY, [to_plain(fault) for fault in faults])
