"""Asks an organisation something, in a process of its own that is ended when it takes long.

So the console never waits longer than ``WITHIN_S``, whatever hangs: a name that does not
resolve, a line that carries a byte a second, an answer without an end. No more than
``AT_ONCE`` are asked at the same time, so that most of the console's threads stay free for
those who are in. Nothing that was sent or answered is in an exception's text.
"""

import json
import os
import subprocess
import sys
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from threading import BoundedSemaphore
from typing import Any

from escalation.notices import trip

WITHIN_S = 5.0
AT_ONCE = 2
PROGRAM = ("-P", "-m", "escalation.entrance.one_request")

_slots = BoundedSemaphore(AT_ONCE)


class Unreachable(Exception):
    """It did not answer in time, or not at all."""


class Nonsense(Exception):
    """It answered, and not what it should."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Question:
    """One request: a form is sent, without one a document is asked for."""

    url: str
    form: str | None = None
    headers: Mapping[str, str] = field(default_factory=dict)
    ca: Path | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Answer:
    """What came back: a JSON object, and the status that it came with."""

    status: int
    said: Mapping[str, Any]


Ask = Callable[[Question], Answer]


def ask(question: Question) -> Answer:
    """Return the answer; raises ``Unreachable`` or ``Nonsense``."""
    sent = {
        "url": question.url,
        "form": question.form,
        "headers": dict(question.headers),
        "ca": str(question.ca) if question.ca else None,
    }
    if not _slots.acquire(blocking=False):
        raise Unreachable("too many ask at once")
    try:
        returned = _returned(sent, WITHIN_S)
    finally:
        _slots.release()
    if "failed" in returned:
        raise Unreachable(str(returned["failed"]))
    try:
        said = json.loads(returned["body"])
    except (ValueError, RecursionError):
        said = None
    if not isinstance(said, dict):
        raise Nonsense(f"status {returned['status']}, and no JSON object")
    return Answer(status=int(returned["status"]), said=said)


def _returned(sent: Mapping[str, Any], within_s: float) -> dict[str, Any]:
    line = json.dumps({**sent, "within_s": within_s}).encode() + b"\n"
    process = subprocess.Popen(
        [sys.executable, *PROGRAM],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        stderr=subprocess.DEVNULL,
        env=trip.environment(os.environ),
        cwd="/",
    )
    try:
        out, _ = process.communicate(line, timeout=within_s)
        returned = json.loads(out)
    except subprocess.TimeoutExpired:
        raise Unreachable(f"no answer within {within_s:g} s") from None
    except ValueError:
        raise Unreachable("the request ended by itself") from None
    finally:
        process.kill()
        process.wait()
    assert isinstance(returned, dict)
    return returned


__all__ = ["Answer", "Ask", "Nonsense", "Question", "Unreachable", "ask"]
