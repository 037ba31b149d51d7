"""A fault of the machine becomes a matter for a technician, and never one of care.

Each fault is told at home once and reported once, under ``device_health``, as soon as that
is allowed. It is forgotten when the machine is sound again, so that it would be reported
anew.
"""

import sqlite3

from agent import memory
from agent.consent import Answer
from agent.consent_file import Purpose
from agent.consent_keeper import ConsentKeeper
from agent.journal import DeviceChecked, Journal, ServiceNoticed
from agent.letters import Letters
from agent.mailroom import Mailroom
from agent.store import Store
from wire.facts import DeviceCheck, Verdict
from wire.stamps import Stamp


class Service:
    """The known faults of one machine."""

    def __init__(
        self,
        *,
        store: Store,
        consent: ConsentKeeper,
        mailroom: Mailroom,
        letters: Letters,
        journal: Journal,
    ) -> None:
        self._store = store
        self._consent = consent
        self._mailroom = mailroom
        self._letters = letters
        self._tell = journal
        self._told = _kept(store, "told_faults")
        self._reported = _kept(store, "reported_faults")

    def attend(self, check: DeviceCheck, now: Stamp) -> None:
        """Report what is new in ``check``, which was made in this very moment."""
        if check.verdict is Verdict.SOUND:
            self._forget()
            return
        faults = frozenset(str(line.finding) for line in check.faults())
        answer = self._consent.ask(Purpose.DEVICE_HEALTH, now)
        may_report = answer.granted and self._mailroom.enrolled
        if may_report and not faults <= self._reported:
            self._report(check, faults, answer, now)
        elif not faults <= self._told:
            self._keep(self._told | faults, self._reported)
            self._tell(DeviceChecked(at=now.utc, check=check))
            self._tell(ServiceNoticed(at=now.utc, check=check, reported=False))

    def _report(
        self, check: DeviceCheck, faults: frozenset[str], answer: Answer, now: Stamp
    ) -> None:
        told, reported = self._told | faults, self._reported | faults
        with self._store.transaction() as db:
            parcel = self._letters.service_report(db, check, answer, now)
            self._mailroom.commit(db, parcel, now.utc)
            _write(db, told, reported)
        self._told, self._reported = told, reported
        self._tell(DeviceChecked(at=now.utc, check=check))
        self._tell(ServiceNoticed(at=now.utc, check=check, reported=True))

    def _forget(self) -> None:
        if self._told or self._reported:
            self._keep(frozenset(), frozenset())

    def _keep(self, told: frozenset[str], reported: frozenset[str]) -> None:
        with self._store.transaction() as db:
            _write(db, told, reported)
        self._told, self._reported = told, reported


def _write(db: sqlite3.Connection, told: frozenset[str], reported: frozenset[str]) -> None:
    memory.set_meta(db, "told_faults", [*sorted(told)])
    memory.set_meta(db, "reported_faults", [*sorted(reported)])


def _kept(store: Store, key: str) -> frozenset[str]:
    found = memory.meta(store.reading(), key)
    return frozenset(map(str, found)) if isinstance(found, list) else frozenset()
