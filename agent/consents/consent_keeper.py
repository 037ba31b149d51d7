"""Keeps the owner's file and the ledger in agreement, and answers for both.

The shell around ``consent``: it reads the file when it was saved, remembers the highest
trusted time, writes what ``reconcile`` says into the ledger, and hands the gate its facts.
"""

import contextlib
import secrets
import sqlite3
from collections.abc import Callable, Mapping
from dataclasses import replace
from datetime import datetime
from pathlib import Path

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from agent import ledger, memory
from agent.consent import (
    Answer,
    ConsentRecord,
    ConsentState,
    Earlier,
    Given,
    TrustedTime,
    Withdrawn,
    ask,
    fallen,
    reconcile,
)
from agent.consents import earlier_consents
from agent.consents.consent_file import ConsentFile, Purpose, Unreadable, read_consent_file
from agent.delivery import outbox
from agent.notices import shipped_notices
from agent.store import Store
from wire.schema import MAX_ITEMS
from wire.stamps import Stamp

TRUSTED_TIME_SAVED_EVERY_S = 3600.0
"""Losing an hour of it at a power cut is worth a day without 86,400 writes to an SD card."""


Alongside = Callable[[sqlite3.Connection, Withdrawn], None]


class ConsentKeeper:
    """The consent of one household, as of the last ``step``."""

    def __init__(
        self, store: Store, path: Path, timezone: str, signer: Ed25519PrivateKey
    ) -> None:
        self._store = store
        self._path = path
        self._signer = signer
        self._read_version: object = None
        highest = memory.meta(store.reading(), "trusted_time")
        self._highest = datetime.fromisoformat(str(highest)) if highest else None
        self._saved = self._highest
        self._beside = earlier_consents.file_beside(store.path)
        self._kept = earlier_consents.load(self._beside)
        self._state = ConsentState(
            file=Unreadable(reason="not read yet"),
            records=ledger.records(store.reading()),
            notices=shipped_notices(),
            timezone=timezone,
            earlier=self._kept or {},
        )

    @property
    def file(self) -> ConsentFile | Unreadable:
        """The owner's file as it was last read."""
        return self._state.file

    @property
    def timezone(self) -> str:
        """The IANA name of the household's time zone."""
        return self._state.timezone

    def trusted(self, now: Stamp) -> TrustedTime:
        """Return the time that consent may rely on: never earlier than ever seen."""
        utc = now.utc if self._highest is None else max(now.utc, self._highest)
        return TrustedTime(utc=utc, certain=now.synced)

    def ask(self, purpose: Purpose, now: Stamp) -> Answer:
        """Ask the gate about ``purpose`` at this moment."""
        return ask(purpose, self._state, self.trusted(now))

    def step(
        self,
        now: Stamp,
        alongside: Alongside = lambda _db, _withdrawn: None,
        *,
        off_meanwhile: frozenset[Purpose] = frozenset(),
    ) -> list[Given | Withdrawn]:
        """Follow the file; return what changed in the ledger.

        ``alongside`` is called for each withdrawal, within the transaction that records it.
        ``off_meanwhile`` was switched off since the last step, whatever the file says now.

        Raises ``StoreError`` when the ledger cannot be written: nothing widens then.
        """
        self._read_if_saved()
        time = self.trusted(now)
        if now.synced:
            self._highest = time.utc
            self._save_trusted_time(time)
        self._mistrust_a_lost_ledger(time)
        # Last, because a change that is recorded must also be returned.
        changes = list(reconcile(replace(self._state, off_meanwhile=off_meanwhile), time))
        if changes:
            self._record(changes, time, alongside)
        self._keep_beside()
        return changes

    def _mistrust_a_lost_ledger(self, time: TrustedTime) -> None:
        """Take every yes for ended when neither ledger nor copy can say until when it is."""
        file = self._state.file
        if self._kept is not None or not isinstance(file, ConsentFile):
            return
        if self._store.epoch > 1 and not self._state.records:
            self._replace_state(earlier=earlier_consents.unproven(file, time.utc))

    def _keep_beside(self) -> None:
        """Keep a copy of what stands, for the day on which the store is lost."""
        file = self._state.file
        if not isinstance(file, ConsentFile):
            return
        consents = earlier_consents.followed(self._state.earlier, file, self._state.records)
        if consents != self._state.earlier:
            self._replace_state(earlier=consents)
        # A disk that refuses is told by whatever else is written; here it is tried again.
        if consents != self._kept:
            with contextlib.suppress(OSError):
                earlier_consents.save(self._beside, consents)
                self._kept = consents

    def _read_if_saved(self) -> None:
        version = _file_version(self._path)
        # What could not be read is tried again: the reason may have been the moment's.
        if version != self._read_version or isinstance(self._state.file, Unreadable):
            self._read_version = version
            self._replace_state(file=read_consent_file(self._path))

    def _record(
        self, changes: list[Given | Withdrawn], time: TrustedTime, alongside: Alongside
    ) -> None:
        with self._store.transaction() as db:
            for change in changes:
                withdrawn = isinstance(change, Withdrawn)
                destroyed = outbox.destroy(db, fallen(change.purpose)) if withdrawn else ()
                for part in _parts(destroyed):
                    entry = ledger.entry_of(change, secrets.token_hex(16), part)
                    ledger.append(db, entry, time.utc, self._signer)
                if isinstance(change, Withdrawn):
                    alongside(db, change)
            records = ledger.records(db)
        self._replace_state(records=records)

    def _save_trusted_time(self, time: TrustedTime) -> None:
        saved = self._saved
        if saved and (time.utc - saved).total_seconds() < TRUSTED_TIME_SAVED_EVERY_S:
            return
        with self._store.transaction() as db:
            memory.set_meta(db, "trusted_time", time.utc.isoformat())
        self._saved = time.utc

    def _replace_state(
        self,
        *,
        file: ConsentFile | Unreadable | None = None,
        records: dict[Purpose, ConsentRecord] | None = None,
        earlier: Mapping[Purpose, Earlier] | None = None,
    ) -> None:
        state = self._state
        self._state = replace(
            state,
            file=state.file if file is None else file,
            records=state.records if records is None else records,
            earlier=state.earlier if earlier is None else earlier,
        )


def _parts(destroyed: tuple[str, ...]) -> list[tuple[str, ...]]:
    # One entry of the ledger has room for so many; at least one entry is written.
    starts = range(0, max(len(destroyed), 1), MAX_ITEMS)
    return [destroyed[start : start + MAX_ITEMS] for start in starts]


def _file_version(path: Path) -> object:
    # Editors replace or rewrite, and a mended permission changes no content: each changes
    # one of these. The change time cannot be set, so no copied time stamp hides an edit.
    try:
        status = path.stat()
    except OSError as error:
        return error.errno
    return status.st_mtime_ns, status.st_ctime_ns, status.st_ino, status.st_size
