"""What the log says about device and line, counted: no line of it, and no time.

A list of beginnings of our own sentences. Whatever speaks of a coffee, a concern, a question,
an answer, a consent or a message is not on it, so neither its text nor its number goes out.
"""

import subprocess
from collections import Counter
from collections.abc import Iterable

BEGINNINGS = {
    "connected to the broker": "connected",
    "no broker: ": "no_broker",
    "the clock is not synchronised": "clock_not_synced",
    "the certificate was renewed": "certificate_renewed",
    "the certificate could not be renewed": "certificate_not_renewed",
    "the store was damaged": "store_damaged",
    "fault: ": "machine_fault",
}
LINES_MAX = 2_000
WITHIN_S = 10.0
_COMMAND = ("journalctl", "-q", "-u", "demitasse", "-o", "cat", "-n", str(LINES_MAX))


def count(lines: Iterable[str]) -> dict[str, int]:
    """Return how often each thing was said that may be counted."""
    counted = Counter(dict.fromkeys(BEGINNINGS.values(), 0))
    for line in lines:
        for beginning, name in BEGINNINGS.items():
            counted[name] += line.startswith(beginning)
    return dict(counted)


def of_this_device() -> dict[str, int] | None:
    """Return that for the service's last lines in the journal, ``None`` without a journal."""
    try:
        done = subprocess.run(
            _COMMAND,
            capture_output=True,
            text=True,
            errors="replace",
            timeout=WITHIN_S,
            check=True,
        )
    except (OSError, subprocess.SubprocessError):
        return None
    return count(done.stdout.splitlines())
