"""What the benchmarks of several parts share: which are run, and what was kept of them."""

import hashlib
import json
import sys
import time
from collections.abc import Callable, Collection, Iterable
from pathlib import Path
from typing import Any

from agent.durable_file import write_durably
from wire.options import ConfigError

Figures = dict[str, Any]

KEEP_HELP = "keep the figures of each part there; what is there of this seed is not run again"


def chosen(only: str | None, parts: Collection[str], otherwise: Iterable[str]) -> list[str]:
    """Return the parts that ``--only`` names, or raise ``ConfigError``; else ``otherwise``."""
    if only is None:
        return list(otherwise)
    named = only.split(",")
    if unknown := set(named) - set(parts):
        raise ConfigError(f"--only {min(unknown)}: choose of {', '.join(parts)}")
    return named


def measured(
    part: str, size: object, keep: Path | None, measure: Callable[[], Figures]
) -> Figures:
    """Run ``part`` and say how long it took, unless ``keep`` has its figures.

    They are those of a run of the same ``size``: how much, of which seed, without which guard.
    """
    digest = hashlib.sha256(repr(size).encode()).hexdigest()
    kept = keep / f"{part}-{digest[:16]}.json" if keep else None
    if kept is not None and kept.exists():
        return dict(json.loads(kept.read_text(encoding="utf-8")))
    began_s = time.monotonic()
    figures = measure()
    print(f"{part}: {time.monotonic() - began_s:.0f} s", file=sys.stderr, flush=True)
    if kept is not None:
        kept.parent.mkdir(parents=True, exist_ok=True)
        write_durably(kept, json.dumps(figures) + "\n")
    return figures
