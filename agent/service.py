"""A fault of the machine becomes a matter for a technician, and never one of care.

Each fault is reported once, under ``device_health``; it is forgotten when the machine is
sound again, so that it would be reported anew. Without consent it is told at home only.
"""

from agent import memory
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
        known = memory.meta(store.reading(), "known_faults")
        self._known = frozenset(map(str, known)) if isinstance(known, list) else frozenset()

    def attend(self, check: DeviceCheck, now: Stamp) -> None:
        """Report what is new in ``check``, which was made in this very moment."""
        faults = frozenset(str(line.finding) for line in check.faults())
        if check.verdict is Verdict.SOUND and self._known:
            with self._store.transaction() as db:
                memory.set_meta(db, "known_faults", [])
            self._known = frozenset()
        elif not faults <= self._known:
            self._report(check, self._known | faults, now)

    def _report(self, check: DeviceCheck, known: frozenset[str], now: Stamp) -> None:
        answer = self._consent.ask(Purpose.DEVICE_HEALTH, now)
        reported = answer.granted and self._mailroom.enrolled
        with self._store.transaction() as db:
            if reported:
                parcel = self._letters.service_report(db, check, answer, now)
                self._mailroom.commit(db, parcel, now.utc)
            memory.set_meta(db, "known_faults", [*sorted(known)])
        self._known = known
        self._tell(DeviceChecked(at=now.utc, check=check))
        self._tell(ServiceNoticed(at=now.utc, check=check, reported=reported))
