"""A store of an earlier version is upgraded whole or not at all, and never set aside.

``version-1.db`` was written by the first version of Demitasse: an alert that the desk had
signed for, a service report that was still waiting, one brew and one value.
"""

import shutil
import sqlite3
from collections.abc import Iterator
from pathlib import Path

import pytest

from agent import ledger, memory, store
from agent.delivery import outbox
from agent.errors import StoreError
from agent.store import VERSION, NoStoreYet, Store
from tests.agent.stores import everything, power_cut
from tests.wire.examples import DEVICE

FIRST = Path(__file__).parent / "version-1.db"
STEPS = list(store._statements(store._LADDER[1:]))


@pytest.fixture
def path(tmp_path: Path) -> Path:
    """Return a store as the first version left it."""
    found = tmp_path / "demitasse.db"
    shutil.copy(FIRST, found)
    found.with_suffix(".epoch").write_text("1\n")
    return found


def tables(db: sqlite3.Connection) -> dict[str, list[object]]:
    """Return the columns of every table and index."""
    names = [name for (name,) in db.execute("SELECT name FROM sqlite_master ORDER BY name")]
    return {name: db.execute(f"PRAGMA table_xinfo({name})").fetchall() for name in names}


def rows(path: Path) -> list[str]:
    """Return what is in the tables of the first version, whatever was added to them."""
    db = sqlite3.connect(path)
    found = [
        line
        for table, columns in (
            ("outbox", "sequence, message_id, hex(envelope), outcome, acknowledged_at"),
            ("ledger", "sequence, kind, body, hash, signature"),
            ("brew", "*"),
            ("meta", "*"),
        )
        for line in map(str, db.execute(f"SELECT {columns} FROM {table}"))
    ]
    db.close()
    return found


def version(path: Path) -> int:
    db = sqlite3.connect(path)
    (found,) = db.execute("PRAGMA user_version").fetchone()
    db.close()
    return int(found)


def test_an_earlier_store_is_upgraded_and_everything_in_it_is_kept(path: Path) -> None:
    before = rows(path)
    upgraded = Store(path)
    assert upgraded.quarantined is None
    assert upgraded.epoch == 1
    db = upgraded.reading()
    assert [message.type for message in outbox.waiting(db)] == ["service_report"]
    assert memory.meta(db, "kept") == "from version 1"
    assert ledger.first_broken(db, DEVICE.signer().public_key()) is None
    upgraded.close()
    assert version(path) == VERSION
    assert rows(path) == before


def test_an_upgraded_store_has_what_a_new_one_has(path: Path, tmp_path: Path) -> None:
    upgraded, fresh = Store(path), Store(tmp_path / "new" / "demitasse.db")
    assert tables(upgraded.reading()) == tables(fresh.reading())
    upgraded.close()
    fresh.close()


@pytest.mark.parametrize("survived", range(len(STEPS) + 1))
def test_a_power_cut_in_the_middle_leaves_the_earlier_store_and_it_is_upgraded_later(
    path: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, survived: int
) -> None:
    before = rows(path)
    genuine = store._statements
    cut: list[Path] = []

    def cut_short(steps: tuple[str, ...]) -> Iterator[str]:
        for number, statement in enumerate([*genuine(steps), "SELECT 1"]):
            if number == survived:
                shutil.copytree(path.parent, tmp_path / "cut")
                cut.append(tmp_path / "cut" / path.name)
            yield statement

    with monkeypatch.context() as patch:
        patch.setattr(store, "_statements", cut_short)
        Store(path).close()
    assert version(cut[0]) == 1
    after = Store(cut[0])
    assert after.quarantined is None
    after.close()
    assert rows(cut[0]) == before
    assert version(cut[0]) == VERSION


def test_a_step_that_fails_changes_nothing(path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    before = rows(path)
    with monkeypatch.context() as patch:
        patch.setattr(
            store, "_LADDER", (store._LADDER[0], f"{store._LADDER[1]} SELECT nothing")
        )
        with pytest.raises(StoreError, match="cannot be opened"):
            Store(path)
    assert (version(path), rows(path)) == (1, before)
    Store(path).close()
    assert version(path) == VERSION


def test_an_earlier_store_with_a_missing_table_is_set_aside(path: Path) -> None:
    db = sqlite3.connect(path)
    db.execute("DROP TABLE brew")
    db.close()
    assert Store(path).quarantined is not None


def test_a_command_beside_the_device_upgrades_nothing(path: Path) -> None:
    with pytest.raises(StoreError, match="earlier version; `demitasse run` upgrades it"):
        Store(path, mend=False)
    assert version(path) == 1


def test_a_store_that_is_just_being_made_counts_as_none(tmp_path: Path) -> None:
    """Between its first byte and its tables, whoever looks is not told of an old version."""
    path = tmp_path / "new.db"
    db = sqlite3.connect(path)
    db.execute("PRAGMA journal_mode = WAL")
    db.close()
    with pytest.raises(NoStoreYet, match="there is no store yet"):
        Store(path, mend=False)


def test_what_was_upgraded_is_there_after_a_power_cut(path: Path, tmp_path: Path) -> None:
    upgraded = Store(path)
    again = Store(power_cut(upgraded, tmp_path / "cut"))
    assert again.quarantined is None
    assert everything(again.reading()) == everything(upgraded.reading())
    again.close()
    upgraded.close()


@pytest.mark.parametrize("mend", [True, False])
def test_a_store_of_a_later_version_is_left_as_it_is(path: Path, *, mend: bool) -> None:
    """After a downgrade: it is sound, and an empty one would forget consents and alerts."""
    Store(path).close()
    db = sqlite3.connect(path)
    db.execute(f"PRAGMA user_version = {VERSION + 1}")
    db.execute("CREATE TABLE what_is_new (id INTEGER PRIMARY KEY)")
    db.close()
    before = rows(path)
    with pytest.raises(StoreError, match="nothing was changed: install the later Demitasse"):
        Store(path, mend=mend)
    assert (version(path), rows(path)) == (VERSION + 1, before)
    assert not list(path.parent.glob("*.broken-*"))
