"""The one file that must survive: durable, whole or set aside, and the agent starts."""

import random
import shutil
import sqlite3
import stat
from collections.abc import Callable
from pathlib import Path

import pytest

from agent import memory
from agent.errors import StoreError
from agent.store import VERSION, Store
from tests.agent.stores import everything, full_disk, power_cut, refusing_disk, undone


def remember(store: Store, key: str, value: str = "kept") -> None:
    with store.transaction() as db:
        memory.set_meta(db, key, value)


def opened(path: Path) -> Store:
    """Open ``path`` and prove that it can be written and read back."""
    store = Store(path)
    remember(store, "alive")
    assert memory.meta(store.reading(), "alive") == "kept"
    return store


@pytest.fixture
def path(tmp_path: Path) -> Path:
    """Return where a store will be, in a folder that does not exist yet."""
    return tmp_path / "state" / "demitasse.db"


def pragma(store: Store, name: str) -> object:
    return store.reading().execute(f"PRAGMA {name}").fetchone()[0]


def test_every_commit_is_on_the_disk_before_it_counts(path: Path) -> None:
    store = Store(path)
    for reopened in (store, Store(path)):
        assert pragma(reopened, "synchronous") == 3  # EXTRA
        assert pragma(reopened, "journal_mode") == "wal"
        assert pragma(reopened, "secure_delete") == 1
        assert pragma(reopened, "user_version") == VERSION


def test_what_was_committed_is_there_again(path: Path) -> None:
    store = opened(path)
    remember(store, "a")
    store.close()
    again = Store(path)
    assert again.quarantined is None
    assert again.epoch == 1
    assert memory.meta(again.reading(), "a") == "kept"


def test_nobody_else_on_the_computer_can_read_the_household(path: Path) -> None:
    store = opened(path)
    files = [file for file in path.parent.iterdir() if file.is_file()]
    assert {file.name for file in files} >= {"demitasse.db", "demitasse.db-wal"}
    assert {stat.S_IMODE(file.stat().st_mode) for file in files} == {0o600}
    store.close()


# ---------------------------------------------------------------------- what is broken


def garbage(path: Path) -> None:
    path.write_bytes(b"this is no store " * 500)


def cut_in_half(path: Path) -> None:
    path.write_bytes(path.read_bytes()[: path.stat().st_size // 2])


def cut_within_a_page(path: Path) -> None:
    path.write_bytes(path.read_bytes()[:5000])


def zeroed_page(path: Path) -> None:
    data = bytearray(path.read_bytes())
    data[4096:8192] = bytes(4096)
    path.write_bytes(data)


def with_statement(statement: str) -> Callable[[Path], None]:
    def damage(path: Path) -> None:
        db = sqlite3.connect(path)
        db.executescript(statement)
        db.close()

    damage.__name__ = statement
    return damage


BROKEN = [
    garbage,
    cut_in_half,
    cut_within_a_page,
    zeroed_page,
    with_statement("PRAGMA user_version = -1"),
    with_statement("PRAGMA user_version = 0"),
    with_statement("DROP TABLE outbox"),
]


@pytest.mark.parametrize("damage", BROKEN, ids=lambda d: d.__name__)
def test_a_broken_store_is_set_aside_with_its_bytes_and_the_device_starts(
    path: Path, damage: Callable[[Path], None]
) -> None:
    store = opened(path)
    store.close()
    damage(path)
    bytes_before = path.read_bytes()
    after = opened(path)
    assert after.quarantined == path.with_name("demitasse.broken-1")
    assert after.quarantined.read_bytes() == bytes_before
    assert after.epoch == 2
    after.close()
    again = opened(path)
    assert (again.quarantined, again.epoch) == (None, 2)


def test_a_store_set_aside_after_a_power_cut_keeps_its_log(path: Path, tmp_path: Path) -> None:
    store = opened(path)
    remember(store, "last words")
    store.reading().execute("PRAGMA user_version = -1")
    cut = power_cut(store, tmp_path / "cut")
    log = Path(f"{cut}-wal").read_bytes()
    after = opened(cut)
    assert after.quarantined is not None
    assert Path(f"{after.quarantined}-wal").read_bytes() == log
    set_aside = sqlite3.connect(after.quarantined)
    assert memory.meta(set_aside, "last words") == "kept"
    set_aside.close()


def test_the_new_store_loses_nothing_when_the_old_one_is_let_go(
    path: Path, tmp_path: Path
) -> None:
    """The log of the new store has the name that the old one's had."""
    store = opened(path)
    store.reading().execute("PRAGMA user_version = -1")
    after = opened(power_cut(store, tmp_path / "cut"))
    remember(after, "new")
    again = Store(power_cut(after, tmp_path / "cut again"))
    assert again.quarantined is None
    assert everything(again.reading()) == everything(after.reading())


@pytest.mark.parametrize("lose", [lambda p: p.write_bytes(b""), lambda p: p.unlink()])
def test_a_log_whose_file_was_lost_is_kept(
    path: Path, tmp_path: Path, lose: Callable[[Path], None]
) -> None:
    cut = power_cut(opened(path), tmp_path / "cut")
    log = Path(f"{cut}-wal").read_bytes()
    assert log
    lose(cut)
    after = opened(cut)
    assert after.quarantined is not None
    assert Path(f"{after.quarantined}-wal").read_bytes() == log
    assert after.epoch == 2
    after.close()
    garbage(cut)
    assert opened(cut).quarantined == cut.with_name("demitasse.broken-2")
    assert Path(f"{after.quarantined}-wal").read_bytes() == log


def test_epochs_rise_with_every_store_and_none_is_used_twice(path: Path) -> None:
    epochs = []
    for _ in range(4):
        store = opened(path)
        epochs.append(store.epoch)
        store.close()
        garbage(path)
    assert epochs == [1, 2, 3, 4]
    assert len(list(path.parent.glob("*.broken-?"))) == 3


def test_a_store_that_is_gone_is_not_forgotten(path: Path) -> None:
    opened(path).close()
    path.unlink()
    assert opened(path).epoch == 2


@pytest.mark.parametrize("text", ["", "x", "-7", "9" * 30, "9" * 9999, "\xff", "1 2"])
def test_an_epoch_file_that_cannot_be_read_stops_nobody_and_no_epoch_comes_back(
    path: Path, text: str
) -> None:
    for _ in range(3):
        opened(path).close()
        garbage(path)
    path.with_suffix(".epoch").write_text(text, encoding="latin-1")
    assert opened(path).epoch == 4


def test_whatever_a_bad_card_does_to_the_files_the_device_starts(
    path: Path, tmp_path: Path
) -> None:
    """Eighty stores, each damaged at random places, from a fixed seed."""
    store = opened(path)
    for number in range(150):
        remember(store, f"k{number}", "v" * 100)
    log_only = power_cut(store, tmp_path / "log").parent
    store.close()
    quarantined = 0
    for seed in range(80):
        folder = tmp_path / f"card-{seed}"
        shutil.copytree(log_only if seed % 2 else path.parent, folder)
        damage_at_random(folder, random.Random(seed))
        after = Store(folder / path.name)
        quarantined += after.quarantined is not None
        remember(after, "alive")
        after.close()
    assert 20 <= quarantined < 80


@pytest.mark.parametrize(
    "damage",
    [
        "UPDATE meta SET value = 'not JSON'",
        "UPDATE meta SET value = CAST(x'22ff22' AS TEXT)",
        "INSERT INTO concern VALUES ('a', 'alerted', '2026', x'7b00')",
        "INSERT INTO received VALUES ('a', '2026-03-01T00:00:00Z', 'poem', x'7b7d')",
        "INSERT INTO brew VALUES (1, 'noon', 25, 100, 'exact')",
    ],
)
def test_what_a_card_has_changed_within_a_row_is_set_aside(path: Path, damage: str) -> None:
    """SQLite has no checksums: to it this is a sound file."""
    store = opened(path)
    remember(store, "k", "v")
    with store.transaction() as db:
        db.execute(damage)
    store.close()
    after = Store(path, read_through=memory.read_through)
    assert after.quarantined is not None
    assert after.epoch == 2
    after.close()


def test_a_key_that_a_card_has_changed_is_set_aside(path: Path) -> None:
    """Its row would be found by no question any more, and its alert be raised again."""
    store = opened(path)
    remember(store, "key-before", "v")
    remember(store, "key-between", "v")
    store.close()
    data = path.read_bytes()
    assert data.count(b"key-before") == 1
    path.write_bytes(data.replace(b"key-before", b"key-beyond"))
    after = opened(path)
    assert after.quarantined is not None
    after.close()


def damage_at_random(folder: Path, rng: random.Random) -> None:
    file = rng.choice(sorted(f for f in folder.glob("*.db*") if f.stat().st_size))
    data = bytearray(file.read_bytes())
    place = rng.randrange(len(data))
    match rng.randrange(3):
        case 0:
            del data[place:]
        case 1:
            data = bytearray(rng.randbytes(rng.randrange(1, 9000)))
        case 2:
            data[place : place + 4096] = bytes(len(data[place : place + 4096]))
    file.write_bytes(data)


# ------------------------------------------------------------------- a disk that refuses


@pytest.mark.parametrize("trouble", [refusing_disk, full_disk])
def test_a_disk_that_refuses_is_a_store_error_and_the_store_goes_on(
    path: Path, trouble: object
) -> None:
    store = opened(path)
    before = everything(store.reading())
    assert callable(trouble)
    with trouble(store):
        with pytest.raises(StoreError, match=r"demitasse\.db: not written"):
            remember(store, "big", "x" * 50_000)
        assert everything(store.reading()) == before
    remember(store, "big")
    assert memory.meta(store.reading(), "big") == "kept"


def test_a_transaction_inside_a_transaction_keeps_neither(path: Path) -> None:
    store = opened(path)

    def begin_again(db: sqlite3.Connection) -> None:
        memory.set_meta(db, "outer", 1)
        with pytest.raises(StoreError), store.transaction():
            pass

    undone(store, begin_again)
    assert memory.meta(store.reading(), "outer") is None
    remember(store, "outer")


def test_a_transaction_whose_end_fails_is_undone_and_the_store_goes_on(path: Path) -> None:
    store = opened(path)
    store.reading().executescript(
        "PRAGMA foreign_keys = ON; CREATE TABLE parent (id INTEGER PRIMARY KEY);"
        "CREATE TABLE child (of REFERENCES parent DEFERRABLE INITIALLY DEFERRED);"
    )
    with pytest.raises(StoreError, match="FOREIGN KEY"), store.transaction() as db:
        db.execute("INSERT INTO child VALUES (1)")  # refused when it is committed
    assert store.reading().execute("SELECT count(*) FROM child").fetchone() == (0,)
    remember(store, "after")


def test_a_folder_that_cannot_be_written_is_told_with_the_file(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("in the way")
    with pytest.raises(StoreError, match=r"demitasse\.db: cannot be opened"):
        Store(tmp_path / "file" / "demitasse.db")
    with pytest.raises(StoreError, match=r"cannot be opened"):
        Store(tmp_path)


def test_the_disk_may_be_full_when_the_first_store_is_made(
    path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def full(*_arguments: object) -> None:
        raise OSError(28, "No space left on device")

    with monkeypatch.context() as patch:
        patch.setattr("agent.store.write_durably", full)
        with pytest.raises(StoreError, match="No space left"):
            Store(path)
    assert opened(path).epoch == 1


def test_two_processes_share_a_store(path: Path) -> None:
    device, command = opened(path), Store(path)
    remember(command, "asked")
    assert memory.meta(device.reading(), "asked") == "kept"
    assert (command.quarantined, command.epoch) == (None, 1)
