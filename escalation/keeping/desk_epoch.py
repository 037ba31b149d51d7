"""Which life of the desk this is: a random number, new after every restore.

Each acknowledgement names it. A device that reads another number than before sends again
whatever it keeps that is not closed, and so gives back what a desk that was restored from
an older backup has forgotten.

The number is kept beside the keys and not in the database, because the database is what is
restored. Beside it stands how far the database had come: a database that is behind it was
put back by other hands than ``demitasse-desk restore``, and begins a new life as well.
"""

import json
import os
import secrets
from dataclasses import asdict, dataclass, replace
from pathlib import Path

from wire.options import ConfigError

FILE = "life.json"
_EPOCH_LIMIT = 2**53
INIT_HINT = "run `demitasse-desk init` first"


@dataclass(frozen=True, slots=True, kw_only=True)
class Life:
    """One life of the desk."""

    desk_epoch: int
    audit_rows: int = 0
    """How far the audit had come when this was last written."""


def create(folder: Path) -> None:
    """Begin the first life; one that runs is left alone."""
    if not (folder / FILE).exists():
        write(folder, new_life())


def new_life() -> Life:
    """Return a life that no device has heard of."""
    return Life(desk_epoch=1 + secrets.randbelow(_EPOCH_LIMIT - 1))


def read(folder: Path) -> Life:
    """Return the life that runs, or raise ``ConfigError`` with the fix."""
    path = folder / FILE
    try:
        life = Life(**json.loads(path.read_text(encoding="utf-8")))
        if not 1 <= life.desk_epoch < _EPOCH_LIMIT or life.audit_rows < 0:
            raise ValueError("a number is out of its range")
    except FileNotFoundError:
        raise ConfigError(f"{path}: there is no such file; {INIT_HINT}") from None
    except OSError as error:
        raise ConfigError(f"{path}: cannot be read: {error.strerror}") from None
    except (ValueError, TypeError) as error:
        raise ConfigError(
            f"{path}: does not say which life of the desk this is ({error}): delete it and "
            "run `demitasse-desk init`; every device then sends again what it keeps"
        ) from None
    return life


def note_progress(folder: Path, audit_rows: int) -> None:
    """Write down how far the database has come."""
    life = read(folder)
    if audit_rows > life.audit_rows:
        write(folder, replace(life, audit_rows=audit_rows))


def write(folder: Path, life: Life) -> None:
    """Replace the file as a whole: a power cut leaves the old one or the new one."""
    path = folder / FILE
    draft = path.with_name(f".{FILE}.{os.getpid()}")
    try:
        with draft.open("w", encoding="utf-8") as file:
            file.write(json.dumps(asdict(life)) + "\n")
            file.flush()
            os.fsync(file.fileno())
        draft.replace(path)
    finally:
        draft.unlink(missing_ok=True)
