"""A disk that remembers every write and every sync, and shows what a power cut would leave.

``RecordingVfs`` is a SQLite VFS: it passes everything on to the real one and writes down
what was asked for. ``PowerCuts`` walks that record and yields, for every moment, what may be
on the disk after a cut: of the writes that were not synced none, all, or a random part torn
at the size of a sector. A directory entry is safe when its folder was synced: SQLite does so
at the first sync of a new journal or log, and at a delete that asks for it.
"""

import random
from collections.abc import Iterator
from dataclasses import dataclass, field
from enum import StrEnum
from pathlib import Path
from typing import Any

import apsw

SECTOR_BYTES = 512


@dataclass(frozen=True, slots=True)
class Write:
    """Bytes at a place, or, with ``data`` None, the new end of the file."""

    file: str
    at: int
    data: bytes | None


@dataclass(frozen=True, slots=True)
class Sync:
    """All that was written to the file is on the disk; so is its folder, if it is ``new``."""

    file: str
    new: bool


@dataclass(frozen=True, slots=True)
class Create:
    """The file has appeared in its folder."""

    file: str


@dataclass(frozen=True, slots=True)
class Delete:
    """The file has gone from its folder, which is synced if ``synced``."""

    file: str
    synced: bool


Operation = Write | Sync | Create | Delete


class RecordingVfs(apsw.VFS):
    """Writes down what SQLite asks of the disk."""

    def __init__(self, name: str) -> None:
        self.record: list[Operation] = []
        self.vfs_name = name
        super().__init__(name, "")

    def xOpen(self, name: Any, flags: Any) -> "RecordingFile":  # noqa: N802
        path = Path(name.filename() if isinstance(name, apsw.URIFilename) else name)
        if flags[0] & apsw.SQLITE_OPEN_CREATE and not path.exists():
            self.record.append(Create(path.name))
        return RecordingFile(self, name, flags, path.name)

    def xDelete(self, name: str, syncdir: bool) -> None:  # noqa: N802
        super().xDelete(name, syncdir)
        self.record.append(Delete(Path(name).name, bool(syncdir)))


class RecordingFile(apsw.VFSFile):
    """One open file of it."""

    def __init__(self, vfs: RecordingVfs, name: Any, flags: Any, short: str) -> None:
        super().__init__("", name, flags)
        self._record = vfs.record
        self._name = short
        logs = apsw.SQLITE_OPEN_WAL | apsw.SQLITE_OPEN_MAIN_JOURNAL
        self._new = bool(flags[0] & logs) and vfs.record[-1:] == [Create(short)]

    def xWrite(self, data: bytes, offset: int) -> None:  # noqa: N802
        super().xWrite(data, offset)
        self._record.append(Write(self._name, offset, bytes(data)))

    def xTruncate(self, newsize: int) -> None:  # noqa: N802
        super().xTruncate(newsize)
        self._record.append(Write(self._name, newsize, None))

    def xSync(self, flags: int) -> None:  # noqa: N802
        super().xSync(flags)
        self._record.append(Sync(self._name, self._new))
        self._new = False


class Kept(StrEnum):
    """What a power cut keeps of the writes that were not synced."""

    NONE = "none"
    ALL = "all"
    TORN = "torn"


Image = dict[str, bytes]
"""What is in the folder: name and content."""


@dataclass(slots=True, eq=False)
class _File:
    durable: bytearray = field(default_factory=bytearray)
    pending: list[Write] = field(default_factory=list)


class PowerCuts:
    """What may be left at each moment of a record."""

    def __init__(self, before: Image) -> None:
        """Begin with what is on the disk before the first operation."""
        self._folder = {name: _File(durable=bytearray(data)) for name, data in before.items()}
        self._folder_on_disk = dict(self._folder)

    def take(self, operation: Operation) -> None:
        """Let one more operation happen."""
        match operation:
            case Write(file=name):
                self._folder[name].pending.append(operation)
            case Sync(file=name, new=new):
                file = self._folder[name]
                for write in file.pending:
                    _apply(file.durable, write, None)
                file.pending.clear()
                if new:
                    self._sync_folder()
            case Create(file=name):
                self._folder[name] = _File()
            case Delete(file=name, synced=synced):
                self._folder.pop(name, None)
                if synced:
                    self._sync_folder()

    def image(self, kept: Kept, *, strict: bool, chance: random.Random) -> Image:
        """Return the folder after a cut; ``strict``: unsynced directory entries are lost."""
        folder = self._folder_on_disk if strict else self._folder
        return {name: _content(file, kept, chance) for name, file in folder.items()}

    def _sync_folder(self) -> None:
        self._folder_on_disk = dict(self._folder)


def _content(file: _File, kept: Kept, chance: random.Random) -> bytes:
    if kept is Kept.NONE or not file.pending:
        return bytes(file.durable)
    content = bytearray(file.durable)
    for write in file.pending:
        _apply(content, write, chance if kept is Kept.TORN else None)
    return bytes(content)


def _apply(content: bytearray, write: Write, chance: random.Random | None) -> None:
    """Write, or with ``chance`` write only some of the sectors."""
    if write.data is None:
        if chance is None or chance.random() < 0.5:
            del content[write.at :]
            content.extend(bytes(write.at - len(content)))
        return
    for start, piece in _sectors(write.at, write.data):
        if chance is None or chance.random() < 0.5:
            content.extend(bytes(max(0, start - len(content))))
            content[start : start + len(piece)] = piece


def _sectors(at: int, data: bytes) -> Iterator[tuple[int, bytes]]:
    start = 0
    while start < len(data):
        end = min(len(data), start + SECTOR_BYTES - (at + start) % SECTOR_BYTES)
        yield at + start, data[start:end]
        start = end
