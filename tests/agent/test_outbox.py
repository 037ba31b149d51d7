"""What must arrive: kept until the desk signs, never evicted, numbered without repeats."""

from collections.abc import Iterator
from functools import partial
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from agent import ledger, outbox
from agent.consent_file import Purpose
from agent.errors import StoreError
from agent.outbox import Waiting
from agent.store import Store
from tests.agent.consents import NOW
from tests.agent.stores import SIGNER, full_disk, power_cut, refusing_disk, undone

CARE, HEALTH = Purpose.CARE_ALERT, Purpose.DEVICE_HEALTH


@pytest.fixture
def store(tmp_path: Path) -> Iterator[Store]:
    """Return an empty store."""
    store = Store(tmp_path / "demitasse.db")
    yield store
    store.close()


def message(sequence: int, purpose: Purpose | None = CARE) -> Waiting:
    return Waiting(
        sequence=sequence,
        message_id=f"{sequence:032x}",
        type="alert",
        purpose=purpose,
        concern_id=f"{sequence:032x}" if purpose is CARE else None,
        envelope=sequence.to_bytes(2, "big") * 2048,
        envelope_sha256=f"{sequence:064x}",
    )


def commit(store: Store, *messages: Waiting) -> None:
    with store.transaction() as db:
        for each in messages:
            outbox.add(db, each, NOW)


def waiting(store: Store) -> list[int]:
    return [each.sequence for each in outbox.waiting(store.reading())]


def signed(store: Store, each: Waiting, *, sha256: str | None = None) -> str | None:
    with store.transaction() as db:
        return outbox.acknowledge(
            db, each.message_id, sha256 or each.envelope_sha256, "accepted", NOW
        )


def test_what_was_committed_waits_oldest_first_to_the_byte(store: Store) -> None:
    messages = [message(1), message(2, None), message(3, HEALTH)]
    commit(store, *messages)
    assert outbox.waiting(store.reading()) == messages


def test_what_was_committed_is_there_after_a_power_cut(store: Store, tmp_path: Path) -> None:
    commit(store, message(1), message(2))
    after = Store(power_cut(store, tmp_path / "cut"))
    assert after.quarantined is None
    assert outbox.waiting(after.reading()) == [message(1), message(2)]
    after.close()


def test_only_the_signature_for_this_very_envelope_ends_the_waiting(store: Store) -> None:
    commit(store, message(1), message(2, HEALTH))
    assert signed(store, message(3)) is None
    assert signed(store, message(1), sha256="0" * 64) is None
    assert waiting(store) == [1, 2]
    assert signed(store, message(1)) == message(1).concern_id
    assert signed(store, message(2)) == ""
    assert waiting(store) == []
    assert signed(store, message(1)) is None


def test_what_the_desk_signed_for_is_kept(store: Store) -> None:
    commit(store, message(1))
    signed(store, message(1))
    (kept,) = store.reading().execute("SELECT envelope, outcome FROM outbox").fetchall()
    assert kept == (message(1).envelope, "accepted")


def test_a_withdrawal_destroys_what_its_purpose_covers_sent_or_not(store: Store) -> None:
    commit(store, message(1), message(2, HEALTH), message(3), message(4, None))
    signed(store, message(1))
    with store.transaction() as db:
        gone = outbox.destroy(db, [CARE])
    assert set(gone) == {message(1).message_id, message(3).message_id}
    assert waiting(store) == [2, 4]
    with store.transaction() as db:
        assert outbox.destroy(db, []) == ()
        assert set(outbox.destroy(db, [CARE, HEALTH])) == {message(2).message_id}


def test_a_destroyed_envelope_is_not_left_in_the_file(store: Store) -> None:
    commit(store, message(0x4142))
    with store.transaction() as db:
        outbox.destroy(db, [CARE])
    store.reading().execute("PRAGMA wal_checkpoint(TRUNCATE)")
    assert b"ABABABAB" not in store.path.read_bytes()


def test_no_number_is_handed_out_before_the_first(store: Store) -> None:
    assert outbox.highest_sequence(store.reading()) == 0


@settings(max_examples=50)
@given(words=st.lists(st.sampled_from(["commit", "fail", "destroy", "sign", "restart"])))
def test_numbers_only_rise_and_none_is_used_twice(
    tmp_path_factory: pytest.TempPathFactory, words: list[str]
) -> None:
    store = Store(tmp_path_factory.mktemp("outbox") / "demitasse.db")
    used: list[int] = []
    for word in words:
        number = outbox.highest_sequence(store.reading()) + 1
        match word:
            case "commit":
                commit(store, message(number))
                used.append(number)
            case "fail":
                undone(store, partial(outbox.add, message=message(number), at=NOW))
            case "destroy":
                with store.transaction() as db:
                    outbox.destroy(db, Purpose)
            case "sign":
                for each in outbox.waiting(store.reading()):
                    signed(store, each)
            case "restart":
                store.close()
                store = Store(store.path)
    assert used == sorted(set(used))
    assert outbox.highest_sequence(store.reading()) == max(used, default=0)
    assert store.epoch == 1
    store.close()


def test_one_message_id_is_committed_once(store: Store) -> None:
    commit(store, message(1))
    twin = Waiting(**{name: getattr(message(1), name) for name in Waiting.__slots__})
    with pytest.raises(StoreError, match="UNIQUE"):
        commit(store, twin)
    assert waiting(store) == [1]


def together(store: Store, *, then: BaseException | None = None) -> None:
    with store.transaction() as db:
        outbox.add(db, message(1), NOW)
        entry = ledger.MessageReceived(message_id="ab" * 16, type="decision")
        ledger.append(db, entry, NOW, SIGNER)
        if then is not None:
            raise then


@pytest.mark.parametrize("trouble", [KeyError("ours"), KeyboardInterrupt(), StoreError("full")])
def test_message_and_ledger_entry_are_written_together_or_not_at_all(
    store: Store, trouble: BaseException
) -> None:
    with pytest.raises(type(trouble)):
        together(store, then=trouble)
    assert waiting(store) == []
    assert ledger.head(store.reading()) == ledger.GENESIS
    together(store)
    assert waiting(store) == [1]
    assert ledger.head(store.reading()) != ledger.GENESIS


@pytest.mark.parametrize("trouble", [refusing_disk, full_disk])
def test_a_disk_that_refuses_loses_nothing_committed_and_keeps_no_half(
    store: Store, tmp_path: Path, trouble: object
) -> None:
    before = [message(1), message(2)]
    commit(store, *before)
    assert callable(trouble)
    with trouble(store):
        for number in range(3, 40):
            with pytest.raises(StoreError, match="not written"):
                commit(store, message(number), *(message(100 + i) for i in range(8)))
            assert outbox.waiting(store.reading()) == before
        after = Store(power_cut(store, tmp_path / "cut"))
        assert outbox.waiting(after.reading()) == before
        after.close()
    commit(store, message(3))
    assert waiting(store) == [1, 2, 3]
