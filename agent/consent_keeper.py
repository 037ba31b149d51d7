"""Keeps the owner's file and the ledger in agreement, and answers for both.

The shell around ``consent``: it reads the file when it was saved, remembers the highest
trusted time, writes what ``reconcile`` says into the ledger, and hands the gate its facts.
"""

import secrets
import sqlite3
from collections.abc import Callable
from datetime import datetime
from pathlib import Path

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from agent import ledger, memory, outbox
from agent.consent import (
    Answer,
    ConsentRecord,
    ConsentState,
    Given,
    TrustedTime,
    Withdrawn,
    ask,
    reconcile,
)
from agent.consent_file import ConsentFile, Purpose, Unreadable, read_consent_file
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
        self._timezone = timezone
        self._read_version: object = None
        highest = memory.meta(store.reading(), "trusted_time")
        self._highest = datetime.fromisoformat(str(highest)) if highest else None
        self._saved = self._highest
        self._state = ConsentState(
            file=Unreadable(reason="not read yet"),
            records=ledger.records(store.reading()),
            notices=shipped_notices(),
            timezone=timezone,
        )

    @property
    def file(self) -> ConsentFile | Unreadable:
        """The owner's file as it was last read."""
        return self._state.file

    def trusted(self, now: Stamp) -> TrustedTime:
        """Return the time that consent may rely on: never earlier than ever seen."""
        utc = now.utc if self._highest is None else max(now.utc, self._highest)
        return TrustedTime(utc=utc, certain=now.synced)

    def ask(self, purpose: Purpose, now: Stamp) -> Answer:
        """Ask the gate about ``purpose`` at this moment."""
        return ask(purpose, self._state, self.trusted(now))

    def step(
        self, now: Stamp, alongside: Alongside = lambda _db, _withdrawn: None
    ) -> list[Given | Withdrawn]:
        """Follow the file; return what changed in the ledger.

        ``alongside`` is called for each withdrawal, within the transaction that records it.

        Raises ``StoreError`` when the ledger cannot be written: nothing widens then.
        """
        self._read_if_saved()
        time = self.trusted(now)
        if now.synced:
            self._highest = time.utc
            self._save_trusted_time(time)
        # Last, because a change that is recorded must also be returned.
        changes = list(reconcile(self._state, time))
        if changes:
            self._record(changes, time, alongside)
        return changes

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
                destroyed = outbox.destroy(db, [change.purpose]) if withdrawn else ()
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
    ) -> None:
        self._state = ConsentState(
            file=self._state.file if file is None else file,
            records=self._state.records if records is None else records,
            notices=self._state.notices,
            timezone=self._timezone,
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
