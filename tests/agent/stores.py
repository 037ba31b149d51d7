"""Real SQLite stores for the tests of what must survive, and ways to mistreat them."""

import contextlib
import shutil
import sqlite3
from collections.abc import Callable, Iterator
from pathlib import Path

from agent.errors import StoreError
from agent.store import Store
from tests.wire.examples import DEVICE

SIGNER = DEVICE.signer()


@contextlib.contextmanager
def refusing_disk(store: Store) -> Iterator[None]:
    """Let the store be as if its disk had become read-only."""
    store.reading().execute("PRAGMA query_only = ON")
    try:
        yield
    finally:
        store.reading().execute("PRAGMA query_only = OFF")


@contextlib.contextmanager
def full_disk(store: Store) -> Iterator[None]:
    """Let the store be as if its disk had no room for one more page."""
    db = store.reading()
    (limit,) = db.execute("PRAGMA max_page_count").fetchone()
    (pages,) = db.execute("PRAGMA page_count").fetchone()
    db.execute(f"PRAGMA max_page_count = {pages}")
    try:
        yield
    finally:
        db.execute(f"PRAGMA max_page_count = {limit}")


def undone(store: Store, work: Callable[[sqlite3.Connection], object]) -> None:
    """Do ``work`` in a transaction that then fails, as on a disk that is full in the end."""
    with contextlib.suppress(StoreError), store.transaction() as db:
        work(db)
        raise StoreError("full")


def power_cut(store: Store, to: Path) -> Path:
    """Return the store's file as a power cut at this moment would leave it, in ``to``."""
    to.mkdir(parents=True)
    for part in store.path.parent.glob(f"{store.path.stem}.*"):
        shutil.copy(part, to / part.name)
    return to / store.path.name


def everything(db: sqlite3.Connection) -> list[str]:
    """Return all that a store says, to compare two of them."""
    return list(db.iterdump())
