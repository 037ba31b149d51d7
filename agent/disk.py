"""Whether the disk takes what the device has to keep, told without writing a byte.

A disk that is full or failing takes no word about itself either. So a device whose write was
refused holds a lock on its state folder until one succeeds again; whoever looks (``status``,
the page, ``check``) sees that lock, and the kernel lets go of it with the process. Why the
disk refuses, whoever looks can see for themselves.
"""

import fcntl
import os
import sqlite3
from enum import StrEnum
from pathlib import Path

from agent.errors import StoreError
from agent.held import is_held
from agent.store import Store

NOTHING_FITS_BYTES = 1_000_000
"""With less than this left, the store's own log can soon grow no more."""
TRIED_EVERY_S = 10.0
"""What heals by itself is noticed within this."""
LOOKED_AT_EVERY_S = 60.0
"""How often a disk is looked at while the device has nothing to write."""
_SOMEBODY_ELSE_WRITES = (sqlite3.SQLITE_BUSY, sqlite3.SQLITE_LOCKED)


class Disk(StrEnum):
    """How the disk under a state folder stands."""

    FINE = "fine"
    FULL = "full"
    READ_ONLY = "read_only"
    """As a card becomes that is worn out: the system takes no chances with it."""
    REFUSES = "refuses"
    """The device could not keep something, though there is room and leave to."""


def look(folder: Path) -> Disk:
    """Return how the disk of ``folder`` stands, for whoever is not the device itself."""
    there = next(place for place in (folder, *folder.parents) if place.exists())
    refuses = is_held(folder)
    room = os.statvfs(there)
    if room.f_flag & os.ST_RDONLY:
        return Disk.READ_ONLY
    if _is_full(room):
        return Disk.FULL
    return Disk.REFUSES if refuses else Disk.FINE


def is_about_the_disk(error: BaseException) -> bool:
    """Tell whether a write failed for another reason than that somebody else was writing."""
    cause = error if isinstance(error, sqlite3.Error) else error.__cause__
    # The lowest byte says what went wrong, the others where.
    return (getattr(cause, "sqlite_errorcode", 0) & 0xFF) not in _SOMEBODY_ELSE_WRITES


class DiskWatch:
    """The disk of one device, from the inside: tries again until it takes what is written."""

    def __init__(self, folder: Path, store: Store | None = None) -> None:
        """Without a ``store`` there is nothing to try: whoever opens one tells how it went."""
        self._folder = folder
        self._store = store
        self._held: int | None = None
        self._due_s = 0.0
        self.refuses = False
        """Whether the device can keep nothing at present."""

    def refused(self) -> None:
        """Say that a write was refused."""
        self.refuses = True
        if self._held is None:
            self._held = _hold(self._folder)

    def took(self) -> None:
        """Say that the disk takes what is written."""
        self.refuses = False
        if self._held is not None:
            os.close(self._held)
            self._held = None

    def attend(self, now_s: float) -> None:
        """Look whether it is time to try, at the monotonic ``now_s``, and try."""
        if self._store is None or now_s < self._due_s:
            return
        if self.refuses or _is_full(os.statvfs(self._folder)):
            self._try(self._store)
        self._due_s = now_s + (TRIED_EVERY_S if self.refuses else LOOKED_AT_EVERY_S)

    def _try(self, store: Store) -> None:
        try:
            with store.transaction() as db:
                # As it was before, and on the disk once more.
                db.execute("UPDATE meta SET value = value WHERE key = 'epoch'")
        except StoreError as error:
            if is_about_the_disk(error):
                self.refused()
            return
        # A small write may still find room in the log, and the next one none.
        if _is_full(os.statvfs(self._folder)):
            self.refused()
        else:
            self.took()


def _is_full(room: os.statvfs_result) -> bool:
    no_name_left = room.f_files > 0 and room.f_favail == 0
    return no_name_left or room.f_bavail * room.f_frsize < NOTHING_FITS_BYTES


def _hold(folder: Path) -> int | None:
    """Return a descriptor that holds the folder, or ``None`` where that cannot be."""
    try:
        held = os.open(folder, os.O_RDONLY | os.O_DIRECTORY)
    except OSError:
        return None
    try:
        fcntl.flock(held, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except OSError:
        # Somebody is looking at this moment; the next refusal tries again.
        os.close(held)
        return None
    return held
