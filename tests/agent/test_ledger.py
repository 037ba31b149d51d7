"""The book: whoever changes a byte of it is found, and what is damaged counts for nothing."""

import hashlib
import sqlite3
from collections.abc import Callable, Iterator
from datetime import datetime, timedelta
from pathlib import Path

import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from hypothesis import given
from hypothesis import strategies as st

from agent import ledger
from agent.consent import Given, Withdrawn
from agent.consents.consent_file import Purpose
from agent.errors import StoreError
from agent.ledger import (
    GENESIS,
    ConsentGiven,
    ConsentWithdrawn,
    Damaged,
    Entry,
    MessageAcknowledged,
    MessageCommitted,
    MessageReceived,
)
from agent.notices import shipped_notices
from agent.store import Store
from tests.agent.consents import NOTICE_IDS, NOW, switch
from tests.agent.stores import SIGNER, refusing_disk, undone

PUBLIC = SIGNER.public_key()
CARE, LEARN = Purpose.CARE_ALERT, Purpose.LEARN_ROUTINE
COLUMNS = ("sequence", "at", "kind", "body", "previous_hash", "hash", "signature")


def given_entry(purpose: Purpose, until: datetime = NOW + timedelta(days=180)) -> ConsentGiven:
    return ConsentGiven(
        record_id="1f" * 16,
        purpose=purpose,
        notice_id=NOTICE_IDS[purpose],
        notice_sha256="5e" * 32,
        language="en",
        switch_fingerprint=switch(purpose).fingerprint(),
        given_at=NOW,
        valid_until=until,
    )


def withdrawn_entry(purpose: Purpose) -> ConsentWithdrawn:
    return ConsentWithdrawn(purpose=purpose, withdrawn_at=NOW, destroyed=("ab" * 16,))


EVERY_KIND: tuple[Entry, ...] = (
    given_entry(LEARN),
    given_entry(CARE),
    MessageCommitted(
        message_id="ab" * 16,
        type="alert",
        purpose=CARE,
        record_id="1f" * 16,
        envelope_sha256="5e" * 32,
    ),
    MessageAcknowledged(message_id="ab" * 16, outcome="accepted", anchored_head="5e" * 32),
    MessageReceived(message_id="cd" * 16, type="decision"),
    withdrawn_entry(CARE),
)


def write(store: Store, *entries: Entry) -> None:
    with store.transaction() as db:
        for entry in entries:
            ledger.append(db, entry, NOW, SIGNER)


def broken_at(db: sqlite3.Connection) -> int | None:
    return ledger.first_broken(db, PUBLIC)


@pytest.fixture
def store(tmp_path: Path) -> Iterator[Store]:
    """Return an empty store."""
    store = Store(tmp_path / "demitasse.db")
    yield store
    store.close()


def test_an_empty_book_is_whole_and_begins_at_genesis(store: Store) -> None:
    assert broken_at(store.reading()) is None
    assert ledger.head(store.reading()) == GENESIS
    assert list(ledger.rows(store.reading())) == []


def test_what_was_written_is_read_in_order_and_is_whole(store: Store) -> None:
    write(store, *EVERY_KIND)
    rows = list(ledger.rows(store.reading()))
    assert tuple(row.entry for row in rows) == EVERY_KIND
    assert [row.sequence for row in rows] == [1, 2, 3, 4, 5, 6]
    assert {row.at for row in rows} == {NOW.isoformat()}
    assert ledger.head(store.reading()) == rows[-1].hash
    assert broken_at(store.reading()) is None


def test_every_kind_of_entry_is_tried_here() -> None:
    assert {type(entry) for entry in EVERY_KIND} == set(ledger.KINDS.values())


def test_the_same_entry_twice_has_two_hashes(store: Store) -> None:
    write(store, EVERY_KIND[0], EVERY_KIND[0])
    first, second = ledger.rows(store.reading())
    assert first.hash != second.hash


def test_an_entry_that_is_not_committed_was_never_there(store: Store) -> None:
    with refusing_disk(store), pytest.raises(StoreError):
        write(store, EVERY_KIND[0])
    undone(store, lambda db: ledger.append(db, EVERY_KIND[0], NOW, SIGNER))
    assert ledger.head(store.reading()) == GENESIS


# -------------------------------------------------------------------------- tampering


def find_damage(db: sqlite3.Connection, damage: Callable[[], object]) -> int | None:
    """Return where ``damage`` is found; undo it afterwards."""
    db.execute("BEGIN")
    try:
        damage()
        list(ledger.rows(db))
        ledger.records(db)
        return broken_at(db)
    finally:
        db.execute("ROLLBACK")


@pytest.fixture(scope="module")
def book(tmp_path_factory: pytest.TempPathFactory) -> Iterator[sqlite3.Connection]:
    """Return a written book; every example damages it and puts it right again."""
    store = Store(tmp_path_factory.mktemp("ledger") / "demitasse.db")
    write(store, *EVERY_KIND)
    yield store.reading()
    assert broken_at(store.reading()) is None
    store.close()


@given(
    row=st.integers(1, len(EVERY_KIND)),
    column=st.sampled_from(COLUMNS[1:]),
    place=st.integers(0, 10_000),
    flip=st.integers(1, 255),
)
def test_any_byte_of_any_row_that_is_flipped_is_found_in_its_row(
    book: sqlite3.Connection, row: int, column: str, place: int, flip: int
) -> None:
    cast, kind = book.execute(
        f"SELECT CAST({column} AS BLOB), typeof({column}) FROM ledger WHERE sequence = ?",
        (row,),
    ).fetchone()
    data = bytearray(cast)
    data[place % len(data)] ^= flip

    def damage() -> None:
        book.execute(
            f"UPDATE ledger SET {column} = CAST(? AS {kind}) WHERE sequence = ?",
            (bytes(data), row),
        )

    assert find_damage(book, damage) == row


@given(
    row=st.integers(1, len(EVERY_KIND)),
    column=st.sampled_from(COLUMNS[1:]),
    value=st.none() | st.integers() | st.floats() | st.binary() | st.text(),
)
def test_a_value_of_any_other_type_is_found_too(
    book: sqlite3.Connection, row: int, column: str, value: object
) -> None:
    def damage() -> None:
        book.execute(f"UPDATE ledger SET {column} = ? WHERE sequence = ?", (value, row))

    try:
        assert find_damage(book, damage) == row
    except (sqlite3.IntegrityError, OverflowError, UnicodeEncodeError):
        assert find_damage(book, lambda: None) is None  # SQLite itself has refused it


@given(
    row=st.integers(1, len(EVERY_KIND)),
    number=st.integers(-100, 0) | st.integers(len(EVERY_KIND) + 1, 100),
)
def test_a_row_with_another_number_is_found(
    book: sqlite3.Connection, row: int, number: int
) -> None:
    def damage() -> None:
        book.execute("UPDATE ledger SET sequence = ? WHERE sequence = ?", (number, row))

    # A row that was moved to the front is in the way of the first; else its place is empty.
    assert find_damage(book, damage) == (1 if number < 1 else row)


@pytest.mark.parametrize("row", range(1, len(EVERY_KIND)))
def test_a_removed_row_is_found_where_it_was(book: sqlite3.Connection, row: int) -> None:
    def remove() -> None:
        book.execute("DELETE FROM ledger WHERE sequence = ?", (row,))

    def remove_and_close_the_gap() -> None:
        remove()
        book.execute("UPDATE ledger SET sequence = sequence - 1 WHERE sequence > ?", (row,))

    assert find_damage(book, remove) == row
    assert find_damage(book, remove_and_close_the_gap) == row


def test_a_removed_last_row_shows_in_the_head_alone(book: sqlite3.Connection) -> None:
    head = ledger.head(book)
    book.execute("BEGIN")
    book.execute("DELETE FROM ledger WHERE sequence = ?", (len(EVERY_KIND),))
    assert broken_at(book) is None
    assert ledger.head(book) != head
    book.execute("ROLLBACK")


@pytest.mark.parametrize("row", range(1, len(EVERY_KIND) + 1))
def test_an_inserted_row_is_found(book: sqlite3.Connection, row: int) -> None:
    def insert() -> None:
        for sequence in range(len(EVERY_KIND), row - 1, -1):
            book.execute(
                "UPDATE ledger SET sequence = ? WHERE sequence = ?", (sequence + 1, sequence)
            )
        book.execute(
            "INSERT INTO ledger SELECT ?, at, kind, body, previous_hash, hash, signature"
            " FROM ledger WHERE sequence = ?",
            (row, row + 1),
        )

    # The copy stands where its original stood: it is the original that no longer follows.
    assert find_damage(book, insert) == row + 1


@pytest.mark.parametrize("row", range(1, len(EVERY_KIND)))
def test_rows_that_changed_places_are_found(book: sqlite3.Connection, row: int) -> None:
    def swap() -> None:
        for old, new in ((row, 0), (row + 1, row), (0, row + 1)):
            book.execute("UPDATE ledger SET sequence = ? WHERE sequence = ?", (new, old))

    assert find_damage(book, swap) == row


@pytest.mark.parametrize("row", range(1, len(EVERY_KIND) + 1))
def test_a_row_rewritten_with_fitting_hashes_lacks_the_devices_signature(
    book: sqlite3.Connection, row: int
) -> None:
    def forge() -> None:
        stranger = Ed25519PrivateKey.generate()
        book.execute("DELETE FROM ledger WHERE sequence >= ?", (row,))
        for entry in EVERY_KIND[row - 1 :]:
            ledger.append(book, entry, NOW, stranger)

    assert find_damage(book, forge) == row


def test_the_hash_of_an_entry_frames_its_parts(store: Store) -> None:
    """Written out once more, so that a changed framing does not pass as the old one."""
    write(store, EVERY_KIND[0])
    sequence, at, kind, body, previous, digest, signature = (
        store.reading().execute("SELECT * FROM ledger").fetchone()
    )
    parts = [b"1", at.encode(), kind.encode(), previous.encode(), body]
    framed = b"".join(len(part).to_bytes(4, "big") + part for part in parts)
    expected = hashlib.sha256(b"demitasse/1 ledger\0" + framed)
    assert sequence == 1
    assert digest == expected.hexdigest()
    PUBLIC.verify(signature, expected.digest())


# ------------------------------------------------------------------- consent that stands


def standing(store: Store) -> set[Purpose]:
    return set(ledger.records(store.reading()))


def test_the_last_word_on_each_purpose_stands(store: Store) -> None:
    write(store, given_entry(LEARN), given_entry(CARE), withdrawn_entry(CARE))
    assert standing(store) == {LEARN}
    write(store, given_entry(CARE, NOW + timedelta(days=9)))
    record = ledger.records(store.reading())[CARE]
    assert record.valid_until == NOW + timedelta(days=9)
    assert record.record_hash == ledger.head(store.reading())


@pytest.mark.parametrize(
    "damage",
    [
        "UPDATE ledger SET body = x'7b7d'",
        "UPDATE ledger SET body = x'ff'",
        "UPDATE ledger SET body = replace(body, '2026-09', '2036-09')",
        "UPDATE ledger SET kind = 'consent_taken'",
        "UPDATE ledger SET at = CAST(x'ff' AS TEXT)",
        "UPDATE ledger SET hash = CAST(x'ff' AS TEXT)",
    ],
)
def test_nothing_stands_that_was_given_before_a_damaged_line(store: Store, damage: str) -> None:
    write(store, given_entry(LEARN), given_entry(CARE), withdrawn_entry(CARE))
    with store.transaction() as db:
        db.execute(f"{damage} WHERE sequence = 2")
    assert standing(store) == set()
    assert Damaged() in [row.entry for row in ledger.rows(store.reading())]


@pytest.mark.parametrize("damage", ["x''", "CAST(x'ff' AS TEXT)", "'abc'"])
def test_the_book_goes_on_after_a_damaged_last_line(store: Store, damage: str) -> None:
    write(store, given_entry(LEARN))
    with store.transaction() as db:
        db.execute(f"UPDATE ledger SET hash = {damage}")
    write(store, given_entry(LEARN))
    write(store, given_entry(CARE))
    assert CARE in standing(store)
    assert broken_at(store.reading()) == 1


def test_an_entry_is_made_of_what_changed() -> None:
    notice = shipped_notices()[CARE][0]
    given = Given(
        purpose=CARE,
        notice=notice,
        switch_fingerprint="5e" * 32,
        given_at=NOW,
        valid_until=NOW + timedelta(days=180),
    )
    assert ledger.entry_of(given, "1f" * 16, ()) == ConsentGiven(
        record_id="1f" * 16,
        purpose=CARE,
        notice_id=notice.id,
        notice_sha256=notice.sha256,
        language=notice.language,
        switch_fingerprint="5e" * 32,
        given_at=NOW,
        valid_until=NOW + timedelta(days=180),
    )
    withdrawn = Withdrawn(purpose=CARE, withdrawn_at=NOW)
    assert ledger.entry_of(withdrawn, "", ("ab" * 16,)) == withdrawn_entry(CARE)
