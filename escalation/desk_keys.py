"""The desk's own secrets on disk: its keys, its epoch and the console's secret.

``desk.json`` holds the private keys and the epoch, ``secret`` the key that signs the
console's cookies. Both are made once, readable by their owner alone, and never printed.

Keys can be followed by new ones (``rotate``). Each generation has a serial number, and the
old ones stay: an alert that was sealed to them may have waited for months in a house
without a network, and must still be read.

The epoch stays out of the database on purpose: whoever restores the database from a
backup raises it, and devices then send again what the desk may have forgotten.
"""

import contextlib
import json
import os
import secrets
from dataclasses import dataclass
from pathlib import Path

from wire.keys import DeskKeys, KeyFormatError
from wire.options import ConfigError

KEYS_FILE = "desk.json"
SECRET_FILE = "secret"
INIT_HINT = "run `demitasse-desk init` first"


@dataclass(frozen=True, slots=True, kw_only=True)
class DeskIdentity:
    """Who the desk is, towards devices."""

    keys: DeskKeys
    epoch: int
    serial: int = 1
    """Of ``keys``: which generation they are."""
    previous: tuple[tuple[int, DeskKeys], ...] = ()
    """The generations before, with their serial numbers, oldest first."""

    def generation(self, serial: int) -> DeskKeys:
        """Return the keys of ``serial``; the newest where there are none of that number."""
        return dict(self.previous).get(serial, self.keys)

    def addressed(self, key_id: bytes) -> tuple[int, DeskKeys]:
        """Return the keys that an envelope names, or the newest if it names none of ours."""
        for serial, keys in self.previous:
            if keys.public().key_id == key_id:
                return serial, keys
        return self.serial, self.keys


def create(folder: Path) -> None:
    """Make what is missing in ``folder``; what exists is left alone."""
    try:
        folder.mkdir(mode=0o700, parents=True, exist_ok=True)
        keys = {"epoch": 1, "keys": DeskKeys.create().to_json()}
        _write_new(folder / KEYS_FILE, json.dumps(keys, indent=1) + "\n")
        _write_new(folder / SECRET_FILE, secrets.token_urlsafe(64) + "\n")
    except OSError as error:
        raise ConfigError(
            f"{folder}: cannot hold the keys ({error.strerror}): make this folder writable "
            "for the desk, or name another one under [keys] folder"
        ) from None


def load(folder: Path) -> DeskIdentity:
    """Return the desk's identity, or raise ``ConfigError`` with the fix."""
    path = folder / KEYS_FILE
    text = _read(path)
    try:
        plain = json.loads(text)
        keys, epoch = DeskKeys.from_json(plain["keys"]), plain["epoch"]
        serial = int(plain.get("serial", 1))
        previous = tuple(
            (int(old["serial"]), DeskKeys.from_json(old["keys"]))
            for old in plain.get("previous", [])
        )
    except (ValueError, KeyError, TypeError, KeyFormatError) as error:
        raise ConfigError(
            f"{path}: does not hold the desk's keys ({error}): restore it from its backup"
        ) from None
    if not isinstance(epoch, int) or isinstance(epoch, bool) or epoch < 1:
        raise ConfigError(f"{path} epoch = {epoch!r}: write a whole number from 1 on")
    return DeskIdentity(keys=keys, epoch=epoch, serial=serial, previous=previous)


def rotate(folder: Path) -> DeskIdentity:
    """Make the desk's next keys; those of today stay, as the newest of the old ones."""
    desk = load(folder)
    old = (*desk.previous, (desk.serial, desk.keys))
    new = DeskIdentity(
        keys=DeskKeys.create(), epoch=desk.epoch, serial=desk.serial + 1, previous=old
    )
    plain = {
        "epoch": new.epoch,
        "keys": new.keys.to_json(),
        "serial": new.serial,
        "previous": [{"serial": serial, "keys": keys.to_json()} for serial, keys in old],
    }
    path = folder / KEYS_FILE
    try:
        draft = _write_draft(path, json.dumps(plain, indent=1) + "\n")
        draft.replace(path)
        _sync_folder(folder)
    except OSError as error:
        raise ConfigError(f"{path}: cannot be replaced: {error.strerror}") from None
    return new


def load_secret(folder: Path) -> str:
    """Return the secret that signs the console's cookies."""
    return _read(folder / SECRET_FILE).strip()


def _read(path: Path) -> str:
    try:
        return path.read_text(encoding="utf-8")
    except FileNotFoundError:
        raise ConfigError(f"{path}: there is no such file; {INIT_HINT}") from None
    except OSError as error:
        raise ConfigError(f"{path}: cannot be read: {error.strerror}") from None


def _write_new(path: Path, text: str) -> None:
    if path.exists():
        return
    # Written aside and linked into place: a power cut leaves a whole file or none, and of
    # two commands at once the first one wins.
    draft = _write_draft(path, text)
    try:
        with contextlib.suppress(FileExistsError):
            os.link(draft, path)
        _sync_folder(path.parent)
    finally:
        draft.unlink(missing_ok=True)


def _write_draft(path: Path, text: str) -> Path:
    draft = path.with_name(f".{path.name}.{os.getpid()}")
    descriptor = os.open(draft, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600)
    try:
        with os.fdopen(descriptor, "w", encoding="utf-8") as file:
            file.write(text)
            file.flush()
            os.fsync(file.fileno())
    except OSError:
        draft.unlink(missing_ok=True)
        raise
    return draft


def _sync_folder(folder: Path) -> None:
    descriptor = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)
