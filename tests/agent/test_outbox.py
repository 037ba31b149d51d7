"""What must arrive: kept until the desk signs, never evicted, numbered without repeats."""

from collections.abc import Iterator
from dataclasses import replace
from datetime import datetime, timedelta
from functools import partial
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from agent import ledger
from agent.consents.consent_file import Purpose
from agent.delivery import outbox, telemetry
from agent.delivery.outbox import Waiting
from agent.delivery.telemetry import Batch
from agent.errors import StoreError
from agent.store import Store
from tests.agent.consents import NOW
from tests.agent.stores import SIGNER, full_disk, power_cut, refusing_disk, undone
from wire.messages import Outcome

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


def signed(
    store: Store,
    each: Waiting,
    outcome: Outcome = Outcome.ACCEPTED,
    *,
    sha256: str | None = None,
    at: datetime = NOW,
) -> bool:
    with store.transaction() as db:
        return outbox.acknowledge(
            db, each.message_id, sha256 or each.envelope_sha256, outcome, at
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
    assert not signed(store, message(3))
    assert not signed(store, message(1), sha256="0" * 64)
    assert waiting(store) == [1, 2]
    assert signed(store, message(1))
    assert waiting(store) == [2]
    assert signed(store, message(2))
    assert waiting(store) == []
    assert not signed(store, message(1))
    assert not signed(store, message(1), Outcome.REFUSED)


def kept(store: Store) -> list[tuple[bytes, str | None]]:
    return store.reading().execute("SELECT envelope, outcome FROM outbox").fetchall()


def test_what_the_desk_signed_for_is_kept(store: Store) -> None:
    commit(store, message(1))
    signed(store, message(1))
    assert kept(store) == [(message(1).envelope, "accepted")]


@pytest.mark.parametrize("end", [Outcome.CLOSED, Outcome.REFUSED])
def test_the_sealed_copy_is_deleted_when_its_case_is_closed_or_the_desk_refuses_it(
    store: Store, end: Outcome
) -> None:
    commit(store, message(0x4142), message(0x4344))
    assert signed(store, message(0x4142), end)
    store.reading().execute("PRAGMA wal_checkpoint(TRUNCATE)")
    assert kept(store) == [(b"", str(end)), (message(0x4344).envelope, None)]
    assert b"ABABABAB" not in store.path.read_bytes()
    assert b"CDCDCDCD" in store.path.read_bytes()
    assert waiting(store) == [0x4344]


def test_a_case_is_closed_once_also_when_its_first_signature_was_lost(store: Store) -> None:
    commit(store, message(1), message(2))
    assert signed(store, message(1))
    assert signed(store, message(1), Outcome.CLOSED)
    assert signed(store, message(2), Outcome.CLOSED)
    assert not signed(store, message(1), Outcome.CLOSED)
    assert not signed(store, message(2))
    assert [outbox.outcome(store.reading(), message(n).message_id) for n in (1, 2)] == [
        "closed",
        "closed",
    ]


def test_what_a_desk_may_have_forgotten_waits_again_unless_it_is_closed(store: Store) -> None:
    commit(store, *(message(n) for n in range(1, 5)))
    signed(store, message(1))
    signed(store, message(2), Outcome.CLOSED)
    signed(store, message(3), Outcome.REFUSED)
    with store.transaction() as db:
        outbox.wait_again(db)
    assert waiting(store) == [1, 4]
    assert outbox.outcome(store.reading(), message(1).message_id) == ""
    assert signed(store, message(1), Outcome.REPEATED)
    assert waiting(store) == [4]


def test_what_was_done_with_long_ago_is_forgotten_and_an_open_case_never(store: Store) -> None:
    resolved = replace(message(2), type="resolved")
    commit(store, message(1), resolved, message(3), message(4))
    signed(store, message(1))
    signed(store, resolved)
    signed(store, message(3), Outcome.CLOSED)
    edge = NOW + timedelta(days=90)
    for at, left in ((edge, 4), (edge + timedelta(seconds=1), 2)):
        with store.transaction() as db:
            outbox.forget_done(db, at)
        assert len(kept(store)) == left
    assert [outbox.outcome(store.reading(), message(n).message_id) for n in (1, 2, 3, 4)] == [
        *("accepted", None, None, ""),
    ]


def test_what_needs_no_consent_is_seen_while_it_waits(store: Store) -> None:
    commit(store, message(1))
    assert not outbox.free_to_go(store.reading())
    commit(store, message(2, None))
    assert outbox.free_to_go(store.reading())
    signed(store, message(2))
    assert not outbox.free_to_go(store.reading())


def test_the_type_of_a_kept_message_is_known(store: Store) -> None:
    commit(store, message(1), replace(message(2), type="reply"))
    assert outbox.type_of(store.reading(), message(2).message_id) == "reply"


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


def test_health_records_go_with_their_purpose_and_with_no_other(store: Store) -> None:
    with store.transaction() as db:
        telemetry.add(db, Batch(message_id="ab" * 16, records=60, envelope=b"x" * 4096))
        assert outbox.destroy(db, [CARE]) == ()
    assert telemetry.oldest(store.reading()) is not None
    with store.transaction() as db:
        assert outbox.destroy(db, [CARE, HEALTH]) == ("ab" * 16,)
    assert telemetry.oldest(store.reading()) is None


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


def test_what_is_taken_out_is_gone_unless_its_case_is_closed(store: Store) -> None:
    commit(store, *(message(n) for n in range(1, 5)))
    signed(store, message(1), Outcome.CLOSED)
    signed(store, message(2))
    asked = [message(n).message_id for n in (1, 2, 3, 9)]
    with store.transaction() as db:
        assert outbox.take_out(db, asked) == {message(2).message_id, message(3).message_id}
        assert outbox.take_out(db, []) == frozenset()
    assert waiting(store) == [4]
    assert outbox.outcome(store.reading(), message(1).message_id) == "closed"
    assert outbox.outcome(store.reading(), message(2).message_id) is None


def test_a_refusal_is_found_until_the_desk_takes_another_of_that_type(store: Store) -> None:
    notes = [replace(message(n), type="nudge") for n in range(1, 4)]
    assert outbox.refused_at(store.reading(), "nudge") is None
    commit(store, *notes, message(4))
    signed(store, notes[1], Outcome.REFUSED)
    signed(store, notes[0])
    assert outbox.refused_at(store.reading(), "nudge") == NOW
    assert outbox.refused_at(store.reading(), "alert") is None
    signed(store, notes[2])
    assert outbox.refused_at(store.reading(), "nudge") is None


def test_a_note_may_be_taken_first_and_refused_later(store: Store) -> None:
    note = replace(message(1), type="nudge", concern_id="cd" * 16)
    commit(store, note)
    assert signed(store, note)
    assert outbox.accepted(store.reading(), "nudge") == [note.message_id]
    assert outbox.outcome_about(store.reading(), "nudge", "cd" * 16) == "accepted"
    assert signed(store, note, Outcome.REFUSED)
    assert outbox.accepted(store.reading(), "nudge") == []
    assert outbox.outcome_about(store.reading(), "nudge", "cd" * 16) == "refused"
    assert not signed(store, note, Outcome.REFUSED)


def test_what_needs_no_more_answer_is_closed_once_and_its_sealed_copy_goes(
    store: Store,
) -> None:
    first, second, other = (message(n) for n in range(1, 4))
    asking = [replace(each, type="give_back") for each in (first, second)]
    commit(store, *asking, other)
    signed(store, asking[0])
    later = NOW + timedelta(hours=1)
    with store.transaction() as db:
        outbox.close(db, [asking[0].message_id, "no such message"], later)
        outbox.close(db, [asking[0].message_id], later + timedelta(hours=1))
    assert outbox.asked(store.reading(), "give_back") == [
        (asking[0].message_id, NOW, False),
        (asking[1].message_id, NOW, True),
    ]
    assert outbox.envelope(store.reading(), 1) == b""
    assert outbox.envelope(store.reading(), 2) == asking[1].envelope
    still = [(header.sequence, header.purpose) for header in outbox.headers(store.reading())]
    assert still == [(2, CARE), (3, CARE)]
    assert outbox.outcome_about(store.reading(), "give_back", other.message_id) is None
    assert outbox.outcome_about(store.reading(), "nudge", asking[0].message_id) is None
    [(acknowledged, closed)] = store.reading().execute(
        "SELECT acknowledged_at, closed_at FROM outbox WHERE sequence = 1"
    )
    assert (acknowledged, closed) == (NOW.isoformat(), later.isoformat())


def test_what_was_never_signed_for_waits_no_more_once_it_is_closed(store: Store) -> None:
    commit(store, message(1), message(2))
    with store.transaction() as db:
        outbox.close(db, [message(1).message_id], NOW)
    assert waiting(store) == [2]
