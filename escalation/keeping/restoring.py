"""Backup and restore of the desk's database, and what a restored desk does before it serves.

A backup is consistent and is taken while the desk serves. Keys are not in it: back the folder
of the keys up apart.

A restored desk has forgotten the newest cases, and remembers people who have since taken
everything back. So it begins a new life before it serves: it obeys once more whatever the
journals of ``tombstones`` and ``wordings`` hold, and takes a new epoch, by which every device
sends again what it keeps. A database that was put back by other hands is recognised by the
file of ``desk_epoch``, which knows how far the audit had come, and begins a new life just so.
"""

import fcntl
import logging
import os
import shutil
import sqlite3
import subprocess
from collections import defaultdict
from dataclasses import replace
from datetime import datetime
from pathlib import Path
from urllib.parse import SplitResult, unquote

from django.conf import settings
from django.db import connection, transaction
from django.db.models import Max

from escalation.casework import finding
from escalation.guarding import wordings
from escalation.intake import incoming, tombstones
from escalation.intake.hearing import NOT_COUNTED
from escalation.intake.tombstones import TakenBack
from escalation.keeping import desk_epoch, locks
from escalation.models import CaseEvent, Device
from escalation.notices import outbox
from wire.options import ConfigError

log = logging.getLogger("escalation.keeping.restoring")

LOCK_FILE = "serving.lock"
_NEVER_SO_FAR = 2**52
"""An audit that long cannot be: whatever database is found begins a new life."""
NOT_TOLD = -1


def hold_while_serving() -> int:
    """Keep a restore away while this process or a child of it lives."""
    descriptor = os.open(_folder() / LOCK_FILE, os.O_RDWR | os.O_CREAT, 0o600)
    try:
        fcntl.flock(descriptor, fcntl.LOCK_SH | fcntl.LOCK_NB)
    except BlockingIOError:
        raise ConfigError("a restore is running: wait for its end, then start again") from None
    return descriptor


def backup(target: Path) -> None:
    """Write a consistent copy of the database to a new file."""
    if target.exists():
        raise ConfigError(f"{target}: is there already: name a file that is not")
    try:
        target.touch(mode=0o600)
        url = settings.CONFIG.database.url
        if url is None:
            _copy_sqlite(settings.CONFIG.database.path, target)
        else:
            _run_postgresql(url, "pg_dump", "--format=custom", f"--file={target}")
    except OSError as error:
        raise ConfigError(f"{target}: cannot be written: {error.strerror}") from None


def restore(source: Path, now: datetime) -> int:
    """Put a backup in the place of the database; return how many households it re-erased."""
    descriptor = os.open(_folder() / LOCK_FILE, os.O_RDWR | os.O_CREAT, 0o600)
    try:
        fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        raise ConfigError("the desk is serving: stop it, then restore") from None
    try:
        _require_file(source)
        # From here on, whatever happens, the next start begins a new life.
        life = desk_epoch.read(_folder())
        desk_epoch.write(_folder(), replace(life, audit_rows=_NEVER_SO_FAR))
        url = settings.CONFIG.database.url
        connection.close()
        if url is None:
            _replace_sqlite(source, settings.CONFIG.database.path)
        else:
            _run_postgresql(
                url,
                *("pg_restore", "--clean", "--if-exists", "--no-owner", "--exit-on-error"),
                *("--single-transaction", f"--dbname={_name(url)}", str(source)),
            )
        _bring_up_to_date()
        return begin_new_life(now)
    finally:
        os.close(descriptor)


def resume(now: datetime) -> None:
    """Begin a new life if the database is older than this desk's memory of it."""
    if _audit_rows() < desk_epoch.read(_folder()).audit_rows:
        erased = begin_new_life(now)
        log.warning(
            "the database was put back to an earlier day: %d households were erased again, "
            "and every device will send again what it keeps",
            erased,
        )


def note_progress() -> None:
    """Remember how far the database has come."""
    desk_epoch.note_progress(_folder(), _audit_rows())


@transaction.atomic
def _obey_the_journal(now: datetime) -> int:
    entries: dict[str, list[TakenBack]] = defaultdict(list)
    for entry in tombstones.journal():
        entries[entry.who].append(entry)
    obeyed = 0
    for device in locks.homes(Device.objects.values_list("pk", flat=True)):
        known = entries.get(tombstones.who(device.device_id), [])
        called = {device.device_id: device.call_me}
        for entry in known:
            _obey(device, entry, now)
        obeyed += bool(known)
        device.heard_sequence, device.missing, device.missing_since = NOT_COUNTED, [], None
        device.told_desk_epoch = NOT_TOLD
        device.save()
        finding.keep_up(called, [device])
    return obeyed


def _obey(device: Device, entry: TakenBack, now: datetime) -> None:
    position = (entry.epoch, entry.sequence)
    at = datetime.fromisoformat(entry.at)
    if entry.purposes is None:
        incoming.forget(device, position, now)
        return
    for purpose in entry.purposes:
        incoming.note_withdrawn(device, purpose, position, at)
    incoming.take_back(device, frozenset(entry.purposes), position, now)


def begin_new_life(now: datetime) -> int:
    """Obey what was taken back or suspended meanwhile, then take a new epoch."""
    obeyed = _obey_the_journal(now)
    wordings.suspend_again(now)
    outbox.begin_anew(now)
    # Last: if the power fails before this, the next start does all of it once more.
    desk_epoch.write(_folder(), replace(desk_epoch.new_life(), audit_rows=_audit_rows()))
    return obeyed


def _audit_rows() -> int:
    return CaseEvent.objects.aggregate(last=Max("pk"))["last"] or 0


def _folder() -> Path:
    return Path(settings.CONFIG.keys_folder)


def _bring_up_to_date() -> None:
    from django.core.management import call_command  # noqa: PLC0415 - heavy, and rarely used

    call_command("migrate", verbosity=0, interactive=False)


# ---------------------------------------------------------------------------- databases


def _copy_sqlite(database: Path, target: Path) -> None:
    with sqlite3.connect(database) as source, sqlite3.connect(target) as copy:
        source.backup(copy)
    source.close()
    copy.close()
    with target.open("rb") as file:
        os.fsync(file.fileno())


def _replace_sqlite(source: Path, database: Path) -> None:
    draft = database.with_name(f".{database.name}.restoring")
    shutil.copyfile(source, draft)
    try:
        _require_sound(draft, source)
        with draft.open("rb") as file:
            os.fsync(file.fileno())
        # The journal of the old database must not be applied to the new one.
        for suffix in ("-wal", "-shm"):
            database.with_name(database.name + suffix).unlink(missing_ok=True)
        draft.replace(database)
    finally:
        draft.unlink(missing_ok=True)


def _require_file(source: Path) -> None:
    if not source.is_file():
        raise ConfigError(f"{source}: there is no such file: name a backup")


def _require_sound(draft: Path, source: Path) -> None:
    try:
        with sqlite3.connect(draft) as database:
            sound = database.execute("PRAGMA integrity_check").fetchone() == ("ok",)
            database.execute("SELECT count(*) FROM escalation_caseevent")
        database.close()
    except sqlite3.DatabaseError:
        sound = False
    if not sound:
        raise ConfigError(f"{source}: is no sound backup of a desk: take an earlier one")


def _run_postgresql(url: SplitResult, program: str, *arguments: str) -> None:
    where = {
        "PGHOST": url.hostname,
        "PGPORT": str(url.port) if url.port else None,
        "PGUSER": unquote(url.username) if url.username else None,
        "PGPASSWORD": unquote(url.password) if url.password else None,
        "PGDATABASE": _name(url),
    }
    environment = os.environ | {name: value for name, value in where.items() if value}
    try:
        done = subprocess.run(
            (program, "--no-password", *arguments),
            env=environment,
            capture_output=True,
            text=True,
            check=False,
        )
    except FileNotFoundError:
        raise ConfigError(f"{program} is not installed: it comes with PostgreSQL") from None
    if done.returncode != 0:
        said = done.stderr.strip().splitlines() or [f"status {done.returncode}"]
        raise ConfigError(f"{program} failed: {said[0]}")


def _name(url: SplitResult) -> str:
    return unquote(url.path[1:])
