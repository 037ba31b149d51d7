"""Waits for what only another process, thread or peer can bring about, and no longer than that.

    until(store.exists, "the device lives", by=device)

The wait ends at once when the process that should bring it about has ended: with its status
and with what it said on its standard error, where that is a pipe or the file ``log``; else
pytest shows it among what was captured.
"""

import subprocess
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

WITHIN_S = 60.0
"""Far beyond what anything takes here: only what never comes about is given up."""

EVERY_S = 0.02


def until(
    holds: Callable[[], object],
    what: str,
    *,
    by: "subprocess.Popen[Any] | None" = None,
    log: Path | None = None,
    within_s: float = WITHIN_S,
) -> None:
    """Look again and again until ``holds`` says yes; fail when it cannot any more."""
    deadline = time.monotonic() + within_s
    while True:
        # Before the look: what the process did last, it may have done just before it ended.
        ended = by is not None and by.poll() is not None
        if holds():
            return
        assert not ended, f"{what}: {_last_words(by, log)}"
        assert time.monotonic() < deadline, f"{what}: not within {within_s:g} s"
        time.sleep(EVERY_S)


def _last_words(ended: "subprocess.Popen[Any] | None", log: Path | None) -> str:
    assert ended is not None
    said = log.read_text(errors="replace") if log else ""
    if ended.stderr is not None:
        read = ended.stderr.read() or ""
        said += read if isinstance(read, str) else read.decode(errors="replace")
    return f"the process has ended with status {ended.returncode}\n{said}".rstrip()
