"""Recognises that somebody is back although the owner's pause goes on.

A pause asks nothing, whatever happens: that is its promise. Coffee made during it is noted
as a fact, with since when and how often, and shown where the owner looks; ending the pause
early is the owner's own decision. A new last day, or the end of the pause, begins anew.
"""

import sqlite3
from dataclasses import dataclass, replace
from datetime import date, datetime

from agent import memory
from wire.schema import JSON, SchemaError, from_plain, to_plain

KEY = "back_during_pause"
"""In ``memory.meta``."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Back:
    """Coffee was made although the owner is marked as away."""

    until: str
    """Last day of the pause that this is about, as in the owner's file."""
    since: datetime
    brews: int


def noted(known: Back | None, until: date, brewed_at: datetime) -> Back:
    """Return what is known after one more coffee in the pause that lasts ``until``."""
    if known is None or known.until != until.isoformat():
        return Back(until=until.isoformat(), since=brewed_at, brews=1)
    return replace(known, brews=known.brews + 1)


def kept(db: sqlite3.Connection) -> Back | None:
    """Return what was noted, or ``None``."""
    plain: JSON = memory.meta(db, KEY)
    try:
        return from_plain(Back, plain) if plain is not None else None
    except SchemaError:
        return None


def keep(db: sqlite3.Connection, back: Back) -> None:
    """Write down what was noted."""
    memory.set_meta(db, KEY, to_plain(back))
