"""The desk's clock. Shells ask it once per decision and hand the answer down.

A demonstration lives weeks in a minute, and the desk has to agree with the household
about what day it is; then a file says the time, and ``demitasse-desk serve --clock-file``
names that file. Everywhere else this is the computer's own clock.
"""

from datetime import UTC, datetime
from pathlib import Path

from django.conf import settings


def now() -> datetime:
    """Return this instant, aware, in UTC."""
    if settings.DESK_CLOCK_FILE is None:
        return datetime.now(UTC)
    return read(Path(settings.DESK_CLOCK_FILE))


def computer_now() -> datetime:
    """Return what the computer itself says: for processes that watch each other."""
    return datetime.now(UTC)


def read(path: Path) -> datetime:
    """Return the time that ``path`` says, such as ``2026-03-01T07:10:00Z``."""
    said = datetime.fromisoformat(path.read_text(encoding="ascii").strip())
    if said.tzinfo is None:
        raise ValueError(f"{path}: write the time with its zone, such as …T07:10:00Z")
    return said.astimezone(UTC)
