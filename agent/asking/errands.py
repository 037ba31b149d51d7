"""What the owner asks of the agent from another process: the command, or the page.

Table ``errand`` of the store. Whoever asks writes a line; only the agent acts on it, within
a second, and removes it in the transaction in which it has taken effect. An answer to the
question at home is not here but in ``memory``: it means something only while it is asked.
"""

import sqlite3
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum


class Kind(StrEnum):
    """What can be asked."""

    WITHDRAW = "withdraw"
    """A purpose was switched off, and may be on again before the agent has looked."""
    REPLY = "reply"
    FELT = "felt"
    WELCOME = "welcome"
    """Whether the question of a concern was welcome: a word, and what was said beside it.
    Without a concern: the owner has decided how often to be asked."""
    GIVE_BACK = "give_back"
    """The owner wants what the desk has of this household."""
    HELP = "help"
    FORGET = "forget"
    RESET = "reset"


@dataclass(frozen=True, slots=True, kw_only=True)
class Errand:
    """One thing to do; ``about`` is a purpose or an alert, or empty."""

    id: int
    at: datetime
    kind: Kind
    about: str
    text: str


def leave(
    db: sqlite3.Connection, kind: Kind, at: datetime, *, about: str = "", text: str = ""
) -> None:
    """Ask the agent to do something."""
    db.execute(
        "INSERT INTO errand (at, kind, about, text) VALUES (?, ?, ?, ?)",
        (at.isoformat(), kind, about, text),
    )


def waiting(db: sqlite3.Connection, *kinds: Kind) -> list[Errand]:
    """Return what is to be done, oldest first; only ``kinds``, if any are named."""
    found = db.execute("SELECT id, at, kind, about, text FROM errand ORDER BY id")
    errands = [
        Errand(
            id=number,
            at=datetime.fromisoformat(at),
            kind=Kind(kind),
            about=about,
            text=text,
        )
        for number, at, kind, about, text in found
    ]
    return [errand for errand in errands if not kinds or errand.kind in kinds]


def done(db: sqlite3.Connection, errands: Iterable[Errand]) -> None:
    """Remove what has taken effect, inside the transaction in which it has."""
    db.executemany("DELETE FROM errand WHERE id = ?", [(errand.id,) for errand in errands])
