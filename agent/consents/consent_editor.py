"""Changes the owner's file for them, and nothing in it that they did not ask to change.

The page and the command write the same lines that an owner with an editor writes: the
switch, the notice id beside it, a day in ``[pause]``. Comments, order and everything else
stay as they are. A file that cannot be read is not touched: it is the owner's, and the
message says what to mend.

The new text takes the old one's place whole or not at all, with the rights it had. A no alone
needs no room for a second file.
"""

import contextlib
import errno
import os
from collections.abc import Mapping
from datetime import date
from pathlib import Path

import tomlkit
from tomlkit.items import Table

from agent.consents.consent_file import (
    RETURN,
    UNTIL_RETURN,
    ConsentFile,
    Purpose,
    Unreadable,
    read_consent_file,
)
from agent.errors import AgentError
from agent.notices import shipped_notices
from wire.messages import Language

_NO_ROOM = (errno.ENOSPC, errno.EDQUOT)


class NotEdited(AgentError):
    """The file was left as it is; the message says why."""

    def __init__(self, text: str, *, no_room: bool = False) -> None:
        super().__init__(text)
        self.no_room = no_room
        """Whether there was nothing against it but a full disk."""


def grant(file: Path, purpose: Purpose, language: Language) -> ConsentFile:
    """Switch ``purpose`` on, with the id of today's notice in ``language`` beside it."""
    notice = next(n for n in shipped_notices()[purpose] if n.language is language)
    return change(file, {purpose: {"on": True, "i_have_read": notice.id}})


def withdraw(file: Path, purpose: Purpose) -> ConsentFile:
    """Switch ``purpose`` off. Nothing else is needed, not even room on the disk."""
    try:
        return change(file, {purpose: {"on": False}})
    except NotEdited as error:
        if not error.no_room or not _written_over(file, purpose):
            raise
    after = read_consent_file(file)
    if isinstance(after, Unreadable):
        raise NotEdited(after.reason)
    return after


def pause(file: Path, until: date | None) -> ConsentFile:
    """Set the last day of the pause, or end it."""
    day = RETURN if until == UNTIL_RETURN else until.isoformat() if until else ""
    return change(file, {"pause": {"until": day}})


Value = bool | int | float | str | list[str]


def change(file: Path, sections: Mapping[str, Mapping[str, Value]]) -> ConsentFile:
    """Set options of ``file``, by section; return how it reads now.

    Raises ``NotEdited`` when the file cannot be read, or could not be with the change.
    """
    before = read_consent_file(file)
    if isinstance(before, Unreadable):
        raise NotEdited(f"{before.reason}; until then everything in it means no")
    return _replace(file, _changed(file, sections))


def _changed(file: Path, sections: Mapping[str, Mapping[str, Value]]) -> str:
    document = tomlkit.parse(file.read_bytes().decode("utf-8-sig"))
    for name, options in sections.items():
        if name not in document:
            document[name] = tomlkit.table()
        table = document[name]
        assert isinstance(table, Table), "a readable file has tables there"
        for option, value in options.items():
            table[option] = value
    return tomlkit.dumps(document)


def _replace(file: Path, text: str) -> ConsentFile:
    fresh = file.with_name(f".{file.name}.new")
    fresh.unlink(missing_ok=True)
    try:
        _write(fresh, text, like=file)
        after = read_consent_file(fresh)
        if isinstance(after, Unreadable):
            raise NotEdited(after.reason.replace(str(fresh), str(file)))
        fresh.replace(file)
    except OSError as error:
        no_room = error.errno in _NO_ROOM
        fix = "make room there" if no_room else "edit it as somebody who may"
        raise NotEdited(
            f"{file}: cannot be written: {error.strerror}; {fix}", no_room=no_room
        ) from None
    finally:
        with contextlib.suppress(OSError):
            fresh.unlink(missing_ok=True)
    return after


def _written_over(file: Path, purpose: Purpose) -> bool:
    """Write a no over the yes where it lies, in the room that the file has already.

    A power cut may leave half of it. What cannot be read means no, so that errs on the side
    that was asked for.
    """
    data = _changed(file, {purpose: {"on": False}}).encode()
    try:
        with file.open("r+b") as opened:
            if len(data) > os.fstat(opened.fileno()).st_blocks * 512:
                return False
            opened.write(data)
            opened.truncate()
            opened.flush()
            os.fsync(opened.fileno())
    except OSError:
        return False
    return True


def _write(fresh: Path, text: str, *, like: Path) -> None:
    status = like.stat()
    descriptor = os.open(fresh, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    with open(descriptor, "w", encoding="utf-8", newline="") as opened:
        os.fchmod(descriptor, status.st_mode & 0o777)
        with contextlib.suppress(PermissionError):
            # Only the superuser may; for everybody else it is their own file already.
            os.fchown(descriptor, status.st_uid, status.st_gid)
        opened.write(text)
        opened.flush()
        os.fsync(descriptor)
