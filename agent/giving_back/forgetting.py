"""Forgets a household: on this device at once, at the desk as soon as it can be told.

``begin`` deletes everything that was learned, noticed, said and received, and commits the
one message that asks the desk to do the same. Until the desk has signed that it did, keys
and ledger stay, because without them nobody could ask. ``finish`` then destroys those, too,
and leaves a proof: what was erased, when, and what the desk signed. A reset does not wait.

What this cannot do: an SD card may keep copies of a block that nothing can reach any more,
neither this program nor the owner. ``FLASH`` says so in plain words, wherever it matters.
"""

import base64
import json
import os
import sqlite3
from collections.abc import Collection, Iterable
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

from agent import ledger, memory
from agent.consents.consent_file import Purpose
from agent.durable_file import write_durably
from agent.store import Store
from wire.keys import DeviceKeys
from wire.messages import Erased, Language, Outcome
from wire.schema import JSON, to_plain

PROOF_FILE = "forgotten.json"
_BEGUN = "forgetting"
_KEPT_META = ("epoch", "trusted_time", "desk_epochs", _BEGUN)
_SPARED = ("meta", "ledger", "sqlite_sequence")
"""Every other table is emptied, whatever a later version puts into the store."""
_DOMAIN = b"demitasse/1 forgotten\0"

FLASH = {
    Language.EN: "An SD card spreads what it writes over its memory and may keep old copies in "
    "places that no program can reach. Reading them takes special equipment. Whoever wants to "
    "exclude even that destroys the card, or has it encrypted from the beginning.",
    Language.FR: "Une carte SD répartit ce qu’elle écrit dans sa mémoire et peut garder "
    "d’anciennes copies à des endroits qu’aucun programme n’atteint. Les lire demande un "
    "équipement spécial. Qui veut exclure même cela détruit la carte, ou la fait chiffrer dès "
    "le début.",
}


class BeginAnew(Exception):
    """What this process still has in mind was forgotten: it must be built anew."""


class Forgotten(Exception):
    """There is nothing left to run: keys and store are to be destroyed now."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Asked:
    """Since when this device is forgetting, and whether the desk has something to forget."""

    since: datetime
    desk_must_answer: bool
    reset: bool = False
    """As from the factory: for somebody else, and without asking the desk."""


def begin(db: sqlite3.Connection, now: datetime, *, reset: bool) -> Asked:
    """Delete what is known of the household, in the caller's transaction.

    The caller commits the message to the desk in the same transaction, where it must.
    """
    told = not reset and any(
        isinstance(row.entry, ledger.MessageCommitted) for row in ledger.rows(db)
    )
    tables = db.execute("SELECT name FROM sqlite_master WHERE type = 'table'").fetchall()
    for (table,) in tables:
        if table not in _SPARED:
            db.execute(f"DELETE FROM {table}")
    marks = ",".join("?" * len(_KEPT_META))
    db.execute(f"DELETE FROM meta WHERE key NOT IN ({marks})", _KEPT_META)
    memory.set_meta(
        db, _BEGUN, {"since": now.isoformat(), "desk_must_answer": told, "reset": reset}
    )
    return Asked(since=now, desk_must_answer=told, reset=reset)


def begun(db: sqlite3.Connection) -> Asked | None:
    """Return since when this device is forgetting, or ``None``."""
    kept = memory.meta(db, _BEGUN)
    if not isinstance(kept, dict):
        return None
    return Asked(
        since=datetime.fromisoformat(str(kept["since"])),
        desk_must_answer=bool(kept["desk_must_answer"]),
        reset=bool(kept.get("reset")),
    )


@dataclass(frozen=True, slots=True, kw_only=True)
class DeskAnswer:
    """What the desk signed: that it has erased, when, and perhaps how much that was."""

    at: datetime
    cases: int | None


def answer_of_desk(db: sqlite3.Connection) -> DeskAnswer | None:
    """Return what the desk signed, once it has erased.

    Its acknowledgement is enough: it is committed together with the erasure. The message
    that counts the cases may never come, because nothing holds the connection any more.
    """
    for _, message in memory.came_back(db):
        if isinstance(message, Erased):
            return DeskAnswer(at=message.erased_at, cases=message.cases)
    row = db.execute(
        "SELECT acknowledged_at FROM outbox WHERE type = 'erase' AND outcome IN (?, ?)",
        (Outcome.ACCEPTED, Outcome.REPEATED),
    ).fetchone()
    return DeskAnswer(at=datetime.fromisoformat(row[0]), cases=None) if row else None


def press_out(store: Store) -> None:
    """Leave none of the deleted bytes in the store's files."""
    db = store.reading()
    # Deleted content is overwritten with zeros (``secure_delete``); this empties the log and
    # writes the file anew, so that its free pages go as well.
    db.execute("PRAGMA wal_checkpoint(TRUNCATE)")
    db.execute("VACUUM")
    db.execute("PRAGMA wal_checkpoint(TRUNCATE)")


def burn(files: Iterable[Path]) -> list[str]:
    """Overwrite and delete ``files``; return the names of those that were there."""
    burnt = []
    for file in files:
        if not file.is_file():
            continue
        size = file.stat().st_size
        descriptor = os.open(file, os.O_WRONLY)
        try:
            for start in range(0, size, 1 << 16):
                os.pwrite(descriptor, bytes(min(1 << 16, size - start)), start)
            os.fsync(descriptor)
        finally:
            os.close(descriptor)
        file.unlink()
        burnt.append(file.name)
    return burnt


def household_files(store: Path) -> list[Path]:
    """Return the files of this household beside the store, apart from the store itself."""
    return [*store.parent.glob(f"{store.stem}.broken-*"), store.with_suffix(".consents")]


def device_files(store: Path) -> list[Path]:
    """Return everything that makes this device what it is: store, counters, keys, page."""
    folder = store.parent
    parts = sorted([*folder.glob(f"{store.stem}.*"), *folder.glob("page.*")])
    return [*parts, *(f for f in sorted((folder / "keys").rglob("*")) if f.is_file())]


def all_files(state_dir: Path, *, spared: Collection[str]) -> list[Path]:
    """Return every file of the state folder: for a device that changes hands."""
    files = (file for file in sorted(state_dir.rglob("*")) if file.is_file())
    return [file for file in files if file.name not in spared]


@dataclass(frozen=True, slots=True, kw_only=True)
class Proof:
    """What was forgotten, for the owner to keep."""

    device: str
    asked_at: datetime
    forgotten_at: datetime
    ledger_head: str
    desk: DeskAnswer | None
    desk_was_told: bool
    files: tuple[str, ...]
    retained_message_cleared: bool

    def signed(self, keys: DeviceKeys) -> str:
        """Return the proof as JSON, signed with a key that is destroyed right after."""
        plain: dict[str, JSON] = {
            "device": self.device,
            "asked_at": to_plain(self.asked_at),
            "forgotten_at": to_plain(self.forgotten_at),
            "ledger_head": self.ledger_head,
            "desk_was_told": self.desk_was_told,
            "desk": to_plain(self.desk) if self.desk else None,
            "files": [*self.files],
            "retained_message_cleared": self.retained_message_cleared,
            "flash": FLASH[Language.EN],
        }
        signer = keys.signer()
        body = json.dumps(plain, sort_keys=True, ensure_ascii=False).encode()
        public = signer.public_key().public_bytes_raw()
        proof = {
            **plain,
            "public_key": base64.b64encode(public).decode(),
            "signature": base64.b64encode(signer.sign(_DOMAIN + body)).decode(),
        }
        return json.dumps(proof, ensure_ascii=False, indent=1)


def keep_proof(folder: Path, text: str) -> Path:
    """Write the proof where the owner finds it."""
    file = folder / PROOF_FILE
    write_durably(file, text + "\n")
    return file


def blank(file: Path, language: Language) -> None:
    """Put a consent file that says no to everything in the place of the owner's."""
    lines = ["# Everything is off. What each purpose means: demitasse notice learn_routine", ""]
    lines += ["[me]", 'call_me = ""', f'language = "{language}"', 'contact = ""', ""]
    for purpose in Purpose:
        lines += [f"[{purpose}]", "on = false", 'i_have_read = ""']
        lines += {
            Purpose.NUDGE_ME: ['to = ""'],
            Purpose.CONTACT_TRUSTED_PERSON: ['name = ""', 'relation = ""', 'channel = ""'],
        }.get(purpose, [])
        lines.append("")
    if file.is_file():
        with file.open("r+b") as old:
            old.write(bytes(file.stat().st_size))
            old.flush()
            os.fsync(old.fileno())
        with file.open("w", encoding="utf-8") as fresh:
            fresh.write("\n".join(lines))
            fresh.flush()
            os.fsync(fresh.fileno())
