"""What was revoked, written down beside the keys as well as in the database.

A database is what is restored from a backup, and an older one has forgotten what was
revoked since. This file has not: it is read again at every start and before every list for
the broker, and nothing on it is ever let in again.
"""

import json
from dataclasses import asdict, dataclass
from datetime import datetime
from pathlib import Path

from escalation.authority import local_ca
from wire.options import ConfigError

FILE = "revoked.json"


@dataclass(frozen=True, slots=True, kw_only=True)
class Line:
    """One thing that was revoked."""

    number: str
    """Of a device, a bundle or a certificate."""
    at: str
    because: str
    serials: tuple[str, ...]
    """The certificates that go onto the broker's list."""

    @property
    def when(self) -> datetime:
        """When it was revoked."""
        return datetime.fromisoformat(self.at)


def read(folder: Path) -> dict[str, Line]:
    """Return what is on the file, by number; nothing where there is no file yet."""
    path = folder / FILE
    try:
        plain = json.loads(path.read_text(encoding="utf-8"))
        lines = [Line(**{**each, "serials": tuple(each["serials"])}) for each in plain]
        # Read once now, so that a damaged line is found before anything rests on it.
        return {line.number: line for line in lines if line.when is not None}
    except FileNotFoundError:
        return {}
    except OSError as error:
        raise ConfigError(f"{path}: cannot be read: {error.strerror}") from None
    except (ValueError, TypeError, KeyError) as error:
        raise ConfigError(
            f"{path}: does not say what was revoked ({error}): restore it from its backup"
        ) from None


def note(folder: Path, line: Line) -> None:
    """Add ``line``, on the disk before anything else is done about it."""
    lines = {**read(folder), line.number: line}
    text = json.dumps([asdict(each) for each in lines.values()], indent=1) + "\n"
    try:
        folder.mkdir(mode=0o700, parents=True, exist_ok=True)
        local_ca.write_file(folder / FILE, text.encode(), 0o600)
    except OSError as error:
        raise ConfigError(f"{folder / FILE}: cannot be written: {error.strerror}") from None
