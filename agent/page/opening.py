"""The opening: ten minutes in which the owner's page can be reached from the home network.

The device and the page are two processes, and this is what they tell each other: two small
files in the state folder, which only their user can read. Each has one writer.

==================  =====================================================================
``page.opening``    the device: until when, and the numbers that the light is counting
``page.answer``     the page: how many wrong numbers, and whether a browser was let in
==================  =====================================================================

The device holds a lock on its file for as long as the opening lasts. The kernel lets go of
it with the process, so that neither a power cut nor a crash leaves the page open. Until when
is told on the clock that never steps.
"""

import contextlib
import fcntl
import json
import os
import time
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import IO

OPENING_FILE = "page.opening"
ANSWER_FILE = "page.answer"

OPEN_S = 600.0
NUMBERS = 5
HIGHEST = 5
"""Five numbers from one to five: few enough to count, and 3,125 ways to say them."""
WRONG_MAX = 3
"""So a stranger at the same network guesses right once in a thousand openings."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Opening:
    """One press of five seconds."""

    id: str
    until_s: float
    """On ``CLOCK_BOOTTIME``."""
    numbers: tuple[int, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Answer:
    """What has come of an opening."""

    id: str
    wrong: int = 0
    let_in: bool = False

    @property
    def over(self) -> bool:
        """Whether nobody is let in any more: somebody was, or too many were wrong."""
        return self.let_in or self.wrong >= WRONG_MAX


def boottime_s() -> float:
    """Return the clock on which an opening ends: it counts through sleep and never steps."""
    return time.clock_gettime(time.CLOCK_BOOTTIME)


# ----------------------------------------------------------------------- the device's side


def write_opening(folder: Path, opening: Opening) -> int:
    """Put ``opening`` where the page looks; it counts until this descriptor is closed."""
    file = folder / OPENING_FILE
    fresh = file.with_name(f"{file.name}.new")
    fresh.unlink(missing_ok=True)
    held = os.open(fresh, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    fcntl.flock(held, fcntl.LOCK_EX)
    os.write(held, json.dumps(asdict(opening)).encode("ascii"))
    # Complete and locked before it has its name: nobody sees it half written or unheld.
    fresh.replace(file)
    return held


def remove_opening(folder: Path) -> None:
    """Let nobody find an opening any more, also none of before a restart."""
    (folder / OPENING_FILE).unlink(missing_ok=True)
    (folder / ANSWER_FILE).unlink(missing_ok=True)


def read_answer(folder: Path, opening: Opening) -> Answer:
    """Return what the page has said about ``opening``."""
    with contextlib.suppress(OSError, ValueError, TypeError):
        plain = json.loads((folder / ANSWER_FILE).read_text(encoding="ascii"))
        answer = Answer(**plain)
        if answer.id == opening.id:
            return answer
    return Answer(id=opening.id)


# ------------------------------------------------------------------------- the page's side


def read_opening(folder: Path, now_s: float) -> Opening | None:
    """Return the opening that lasts, or ``None``; what a device has left behind is removed."""
    file = folder / OPENING_FILE
    try:
        with file.open(encoding="ascii") as found:
            if _is_held(found):
                opening = _opening(found.read())
                return opening if now_s < opening.until_s else None
            # Whoever watches for this file would wake us for ever.
            if os.fstat(found.fileno()).st_ino == file.stat().st_ino:
                file.unlink(missing_ok=True)
    except (OSError, ValueError, TypeError, KeyError):
        pass
    return None


def write_answer(folder: Path, answer: Answer) -> None:
    """Tell the device what has come of its opening."""
    file = folder / ANSWER_FILE
    fresh = file.with_name(f"{file.name}.new")
    fresh.unlink(missing_ok=True)
    with open(os.open(fresh, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "w") as opened:
        json.dump(asdict(answer), opened)
    fresh.replace(file)


def _is_held(file: IO[str]) -> bool:
    try:
        fcntl.flock(file, fcntl.LOCK_SH | fcntl.LOCK_NB)
    except BlockingIOError:
        return True
    return False


def _opening(text: str) -> Opening:
    plain = json.loads(text)
    return Opening(
        id=str(plain["id"]),
        until_s=float(plain["until_s"]),
        numbers=tuple(int(number) for number in plain["numbers"]),
    )
