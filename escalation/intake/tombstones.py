"""What owners took back, kept so that no replay and no old backup brings it back.

There are two places. The table ``Tombstone`` refuses what an erased household sent before.
The journal ``taken-back.jsonl`` outlives the database (``keeping.beside_keys``): a withdrawal
or an erasure is obeyed once more before a restored desk serves.

Both name a household by a keyed hash. Whoever finds a backup, or the journal without its
key, learns of nobody.
"""

import functools
import hashlib
import hmac
import os
import secrets
from collections.abc import Iterable, Sequence
from dataclasses import asdict, dataclass
from datetime import datetime
from pathlib import Path

from django.conf import settings

from escalation.intake.hearing import Position
from escalation.keeping import beside_keys
from escalation.models import Tombstone

JOURNAL_FILE = "taken-back.jsonl"
KEY_FILE = "tombstone.key"


@dataclass(frozen=True, slots=True, kw_only=True)
class TakenBack:
    """One line of the journal."""

    who: str
    purposes: tuple[str, ...] | None
    """``None``: everything."""
    epoch: int
    sequence: int
    at: str


def create(folder: Path) -> None:
    """Make the key of the hashes, readable by its owner alone."""
    path = folder / KEY_FILE
    if not path.exists():
        descriptor = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
        with os.fdopen(descriptor, "w") as key:
            key.write(secrets.token_hex(32) + "\n")


def who(device_id: str) -> str:
    """Return the keyed hash that stands for a household."""
    return keyed_hash(device_id)


def keyed_hash(text: str) -> str:
    """Return a hash by which a text is recognised, and by nobody without the key."""
    return hmac.new(_key(_folder()), text.encode(), hashlib.sha256).hexdigest()


def remember(
    device_id: str, purposes: Sequence[str] | None, position: Position, at: datetime
) -> None:
    """Put what was taken back on the disk, outside the database."""
    line = TakenBack(
        who=who(device_id),
        purposes=None if purposes is None else tuple(purposes),
        epoch=position[0],
        sequence=position[1],
        at=at.isoformat(),
    )
    beside_keys.append(JOURNAL_FILE, asdict(line))


def journal() -> list[TakenBack]:
    """Return all that was ever taken back, oldest first."""
    found = []
    for plain in beside_keys.lines(JOURNAL_FILE):
        purposes = plain.pop("purposes")
        found.append(TakenBack(**plain, purposes=purposes and tuple(purposes)))
    return found


def set_up(device_id: str, position: Position, at: datetime) -> None:
    """Refuse from now on what this household sent before ``position``."""
    Tombstone.objects.update_or_create(
        who=who(device_id),
        defaults={"epoch": position[0], "sequence": position[1], "erased_at": at},
    )


def positions(devices: Iterable[str]) -> dict[str, Position]:
    """Return up to which point these households were erased, of those that were."""
    hashes = {who(device): device for device in devices}
    rows = Tombstone.objects.filter(who__in=hashes)
    return {hashes[row.who]: (row.epoch, row.sequence) for row in rows}


def _folder() -> Path:
    folder: Path = settings.CONFIG.keys_folder
    return folder


@functools.cache
def _key(folder: Path) -> bytes:
    return bytes.fromhex((folder / KEY_FILE).read_text(encoding="ascii").strip())
