"""The one browser of the home network that was let in, and how it is let out again.

It carries a secret of its own; the device keeps only what recognises it. A new pairing takes
the place of the old one, and whoever un-pairs deletes the file: a cookie that somebody has
kept proves nothing any more.
"""

import contextlib
import hashlib
import hmac
import json
import secrets
from dataclasses import dataclass
from datetime import datetime, timedelta
from pathlib import Path

from agent.durable_file import write_durably

PAIRING_FILE = "page.pairing"
PAIRED_FOR = timedelta(days=30)
CLOCK_MAY_LAG = timedelta(days=1)
"""A device without a battery-backed clock wakes up a little in the past."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Pairing:
    """What recognises the browser, and since when."""

    recognised_by: str
    """The SHA-256 of its secret."""
    since: datetime

    def lasts(self, now: datetime) -> bool:
        """Tell whether it counts at ``now``; a clock set back far prolongs nothing."""
        return self.since - CLOCK_MAY_LAG <= now < self.since + PAIRED_FOR

    def is_of(self, secret: str) -> bool:
        """Tell whether ``secret`` is that browser's."""
        return hmac.compare_digest(self.recognised_by, _digest(secret))


def pair(folder: Path, now: datetime) -> str:
    """Let a browser in, and out whichever was in before; return its secret."""
    secret = secrets.token_urlsafe(32)
    plain = {"recognised_by": _digest(secret), "since": now.isoformat()}
    write_durably(folder / PAIRING_FILE, json.dumps(plain))
    return secret


def paired(folder: Path, now: datetime) -> Pairing | None:
    """Return the pairing that counts at ``now``, or ``None``."""
    with contextlib.suppress(OSError, ValueError, TypeError, KeyError):
        plain = json.loads((folder / PAIRING_FILE).read_text(encoding="ascii"))
        since = datetime.fromisoformat(plain["since"])
        found = Pairing(recognised_by=str(plain["recognised_by"]), since=since)
        return found if found.lasts(now) else None
    return None


def unpair(folder: Path) -> bool:
    """Let the browser out for good; tell whether there was one."""
    there = (folder / PAIRING_FILE).exists()
    (folder / PAIRING_FILE).unlink(missing_ok=True)
    return there


def _digest(secret: str) -> str:
    return hashlib.sha256(secret.encode()).hexdigest()
