"""A small file that is replaced whole or not at all, and is on the disk when it says so."""

import os
from pathlib import Path


def write_durably(file: Path, text: str) -> None:
    """Put ``text`` into ``file``, readable by its owner alone.

    After a power cut there is the old file or the new one, never half of either.
    """
    fresh = file.with_name(f"{file.name}.new")
    # One that a power cut left behind may be readable by others: begin anew.
    fresh.unlink(missing_ok=True)
    with open(os.open(fresh, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "w") as opened:
        opened.write(text)
        opened.flush()
        os.fsync(opened.fileno())
    fresh.replace(file)
    # The new name itself is on the disk only when its folder is.
    folder = os.open(file.parent, os.O_RDONLY)
    try:
        os.fsync(folder)
    finally:
        os.close(folder)
