"""Files of lines that outlive the database: beside the keys, outside it and its backups.

What must not be undone by an old backup is on the disk here before the transaction that does
it commits, and ``restoring`` obeys it once more before a restored desk serves.
"""

import json
import os
from pathlib import Path
from typing import Any

from django.conf import settings


def append(name: str, line: dict[str, Any]) -> None:
    """Put a line on the disk."""
    path = _folder() / name
    descriptor = os.open(path, os.O_WRONLY | os.O_APPEND | os.O_CREAT, 0o600)
    try:
        # One write of one line: several processes may append at once.
        os.write(descriptor, (json.dumps(line) + "\n").encode("ascii"))
        os.fsync(descriptor)
    finally:
        os.close(descriptor)


def lines(name: str) -> list[dict[str, Any]]:
    """Return every line, oldest first; a torn last one is left out."""
    try:
        text = (_folder() / name).read_text(encoding="ascii")
    except FileNotFoundError:
        return []
    found = []
    for line in text.splitlines():
        try:
            found.append(json.loads(line))
        except ValueError:
            continue
    return found


def _folder() -> Path:
    folder: Path = settings.CONFIG.keys_folder
    return folder
