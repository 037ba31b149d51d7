"""What is committed is sent until the desk has signed for it, and nothing else leaves."""

import gc
import random
import sqlite3
import tracemalloc
from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from itertools import pairwise
from pathlib import Path
from typing import Any

import pytest

from agent import journal, ledger, memory
from agent.consent import Answer, ConsentRecord, Reason
from agent.consents.consent_file import Purpose
from agent.delivery import outbox
from agent.delivery.letterbox import Parcel
from agent.delivery.mailroom import Mailroom
from agent.delivery.slots import RETRY_SLOTS_MAX
from agent.errors import StoreError
from agent.store import Store
from tests.agent.fake_publisher import FakePublisher, PaperDesk
from tests.agent.pins import pinned
from tests.wire.examples import DEVICE, EXAMPLES
from wire.keys import DeskKeys, DeviceKeys
from wire.messages import Heartbeat, Outcome
from wire.sealing import SLOT_BYTES, Opened
from wire.stamps import Stamp

SLOT_S = 300.0
START = datetime(2026, 3, 8, 9, 0, tzinfo=UTC)


class Post:
    """A mailroom with its desk, on a slot count instead of a clock."""

    def __init__(self, folder: Path, *, enrolled: bool = True) -> None:
        self.store = Store(folder / "demitasse.db")
        self.desk = PaperDesk()
        self.told: list[journal.Happening] = []
        self.granted = {Purpose.CARE_ALERT, Purpose.DEVICE_HEALTH}
        self.asked: list[Purpose] = []
        self.publishers: list[FakePublisher] = []
        self.slot = 0
        self._enrolled = enrolled
        self.room = self.new_room()

    def new_room(self) -> Mailroom:
        """Return the mailroom of the device's next start."""
        return Mailroom(
            self.store,
            keys=DEVICE,
            desk=pinned() if self._enrolled else None,
            connect=self._connect,
            slot_s=SLOT_S,
            journal=self.told.append,
        )

    @property
    def line(self) -> FakePublisher:
        return self.publishers[-1]

    def step(self, *, slots: int = 0) -> list[Opened]:
        """Let ``slots`` pass, and let the mailroom do what is due."""
        self.slot += slots
        seconds = self.slot * SLOT_S
        now = Stamp(
            utc=START + timedelta(seconds=seconds),
            monotonic_s=seconds,
            boot_id="boot",
            synced=True,
        )
        return self.room.step(now, self._gate)

    def exchange(self) -> list[Opened]:
        """Live one slot: the broker takes what is sent, nobody else says anything."""
        opened = self.step(slots=1)
        if self.publishers and not self.line.closed:
            self.line.answer()
            opened += self.step()
        return opened

    def commit(
        self,
        name: str = "alert",
        message_id: str = "ab" * 16,
        purpose: Purpose | None = Purpose.CARE_ALERT,
    ) -> str:
        """Commit a message; return its id."""
        parcel = Parcel(
            message=EXAMPLES[name],
            message_id=message_id,
            purpose=purpose,
            record_id="record-1" if purpose else None,
            concern_id=message_id if name == "alert" else None,
        )
        with self.store.transaction() as db:
            self.room.commit(db, parcel, START)
        return message_id

    def sent(self) -> list[Opened]:
        """Return everything that was ever handed over, opened by the desk."""
        return [
            self.desk.open(envelope) for line in self.publishers for envelope, _ in line.handed
        ]

    def sent_types(self) -> list[str]:
        return [opened.header.type for opened in self.sent()]

    def heard(self, kind: type[journal.Happening]) -> list[Any]:
        """Return what the journal was told of one kind."""
        return [happening for happening in self.told if isinstance(happening, kind)]

    def _connect(self) -> FakePublisher:
        self.publishers.append(FakePublisher())
        return self.line

    def _gate(self, purpose: Purpose) -> Answer:
        self.asked.append(purpose)
        if purpose not in self.granted:
            return Answer(purpose=purpose, reason=Reason.OFF)
        record = ConsentRecord(
            record_id="record-1",
            record_hash="5e" * 32,
            purpose=purpose,
            notice_id="notice-1",
            switch_fingerprint="5e" * 32,
            given_at=START,
            valid_until=START + timedelta(days=180),
        )
        return Answer(purpose=purpose, reason=Reason.GRANTED, record=record)


@pytest.fixture
def post(tmp_path: Path) -> Iterator[Post]:
    """Return the mailroom of an enrolled device."""
    made = Post(tmp_path)
    yield made
    made.store.close()


# ------------------------------------------------------------------------- one a slot


def test_each_slot_carries_one_envelope_of_one_size(post: Post) -> None:
    for _ in range(5):
        post.exchange()
        for _ in range(3):
            post.step()
    assert len(post.line.handed) == 5
    assert {len(envelope) for envelope, _ in post.line.handed} == {SLOT_BYTES}


def test_a_slot_without_a_message_carries_a_heartbeat(post: Post) -> None:
    post.exchange()
    [opened] = post.sent()
    beat = opened.message
    assert isinstance(beat, Heartbeat)
    assert beat.sent_at == START + timedelta(seconds=SLOT_S)
    assert beat.ledger_head == ledger.head(post.store.reading())


def test_a_message_rides_in_the_next_slot_and_never_beside_a_heartbeat(post: Post) -> None:
    post.exchange()
    post.commit()
    post.step()
    assert post.sent_types() == ["heartbeat"]
    post.exchange()
    assert post.sent_types() == ["heartbeat", "alert"]


def test_messages_leave_in_the_order_in_which_they_were_committed(post: Post) -> None:
    ids = [post.commit("resolved", f"{n:032x}") for n in (9, 3, 7)]
    for _ in range(3):
        post.exchange()
    assert [opened.header.message_id for opened in post.sent()] == ids


def test_a_repeat_never_delays_what_was_not_sent_yet(post: Post) -> None:
    post.commit("resolved", "01" * 16)
    for _ in range(3):
        post.exchange()
    post.commit("alert", "02" * 16)
    post.slot += RETRY_SLOTS_MAX  # both are due now
    post.exchange()
    assert post.line.handed[-1][1] == "02" * 16


def test_nothing_is_handed_over_while_the_broker_owes_an_answer(post: Post) -> None:
    post.step()
    post.step(slots=1)
    post.step(slots=1)
    assert len(post.line.handed) == 1
    post.line.answer()
    post.step()
    assert len(post.line.handed) == 2


def test_slots_that_passed_without_a_connection_are_not_made_up_for(post: Post) -> None:
    post.exchange()
    post.line.disconnect()
    for _ in range(10):
        post.step(slots=1)
    post.line.connect()
    post.step(slots=1)
    assert len(post.line.handed) == 2
    assert [one.connected for one in post.heard(journal.LinkChanged)] == [True, False, True]


def test_a_heartbeat_carries_the_highest_sequence_number_handed_out(post: Post) -> None:
    post.exchange()
    for number in range(1, 4):
        post.commit("resolved", f"{number:032x}")
    with post.store.transaction() as db:
        outbox.destroy(db, [Purpose.CARE_ALERT])
    post.exchange()
    assert [opened.header.sequence for opened in post.sent()] == [0, 3]
    assert post.sent_types() == ["heartbeat", "heartbeat"]


def test_sequence_numbers_rise_by_one_and_are_never_used_twice(post: Post) -> None:
    post.commit("resolved", "01" * 16)
    with post.store.transaction() as db:
        outbox.destroy(db, [Purpose.CARE_ALERT])
    post.commit("resolved", "02" * 16)
    post.commit("resolved", "03" * 16)
    assert [message.sequence for message in outbox.waiting(post.store.reading())] == [2, 3]


# ------------------------------------------------------------- until the desk has signed


def test_the_same_envelope_is_sent_again_ever_more_rarely_until_it_is_signed_for(
    post: Post, monkeypatch: pytest.MonkeyPatch
) -> None:
    # Pauses are drawn, so that devices do not come all at once; here the longest is.
    monkeypatch.setattr(random, "uniform", lambda _low, high: high)
    post.commit()
    for _ in range(400):
        post.exchange()
    # One envelope a slot: where it stands in the list is the slot it was sent in.
    sent_in = [n for n, (_, token) in enumerate(post.line.handed) if token == "ab" * 16]
    assert len({post.line.handed[n] for n in sent_in}) == 1
    pauses = [after - before for before, after in pairwise(sent_in)]
    assert sent_in[0] == 0
    assert pauses[:7] == [2, 4, 8, 16, 32, RETRY_SLOTS_MAX, RETRY_SLOTS_MAX]
    assert post.room.unanswered


def test_what_the_broker_has_taken_is_told_and_not_believed(post: Post) -> None:
    message_id = post.commit()
    post.exchange()
    [published] = post.heard(journal.MessagePublished)
    assert (published.message_id, published.type) == (message_id, "alert")
    assert post.room.unanswered
    assert not post.room.settled


def test_a_signed_acknowledgement_of_the_very_envelope_ends_the_sending(post: Post) -> None:
    message_id = post.commit()
    post.exchange()
    [alert] = post.sent()
    post.line.bring(post.desk.ack(alert))
    [opened] = post.step()
    assert opened.header.type == "ack"
    assert post.line.confirmed == 1
    assert not post.room.unanswered
    assert post.room.settled
    [signed] = post.heard(journal.MessageAcknowledged)
    assert (signed.message_id, signed.type) == (message_id, "alert")
    assert signed.outcome == Outcome.ACCEPTED
    for _ in range(RETRY_SLOTS_MAX + 2):
        post.exchange()
    assert post.sent_types().count("alert") == 1


def test_the_acknowledgement_and_the_head_it_anchors_stand_in_the_ledger(post: Post) -> None:
    message_id = post.commit()
    post.exchange()
    post.line.bring(post.desk.ack(post.sent()[0], Outcome.REFUSED, ledger_head="7a" * 32))
    post.step()
    entry = list(ledger.rows(post.store.reading()))[-1].entry
    assert entry == ledger.MessageAcknowledged(
        message_id=message_id, outcome="refused", anchored_head="7a" * 32
    )
    assert ledger.first_broken(post.store.reading(), DEVICE.signer().public_key()) is None


@pytest.mark.parametrize(
    "wrong",
    [
        {"message_id": "cd" * 16},
        {"envelope_sha256": "00" * 32},
        {"epoch": 2},
        {"epoch": 0},
    ],
)
def test_a_signature_for_anything_else_changes_nothing(
    post: Post, wrong: dict[str, Any]
) -> None:
    post.commit()
    post.exchange()
    before = _everything(post.store)
    post.line.bring(post.desk.ack(post.sent()[0], **wrong))
    assert post.step() == []
    assert post.line.confirmed == 1
    assert _everything(post.store) == before
    assert post.room.unanswered


def test_a_replayed_signature_changes_nothing(post: Post) -> None:
    post.commit()
    post.exchange()
    ack = post.desk.ack(post.sent()[0])
    post.line.bring(ack)
    post.step()
    before = _everything(post.store)
    post.line.bring(ack)
    post.line.bring(post.desk.ack(post.sent()[0], Outcome.REFUSED))
    assert post.step() == []
    assert _everything(post.store) == before
    assert post.line.confirmed == 3


def test_what_cannot_be_verified_is_told_confirmed_and_changes_nothing(post: Post) -> None:
    post.commit()
    post.exchange()
    before = _everything(post.store)
    genuine = post.desk.ack(post.sent()[0])
    stranger = replace(post.desk, keys=DeskKeys.create())
    neighbour = replace(post.desk, device=DeviceKeys.create())
    foreign = neighbour.decision("ab" * 16)
    looped = post.line.handed[0][0]
    hostile = [
        b"",
        b"x" * SLOT_BYTES,
        genuine[:-1],
        genuine[:-1] + bytes([genuine[-1] ^ 1]),
        stranger.ack(post.sent()[0]),
        foreign,
        looped,
    ]
    for envelope in hostile:
        post.line.bring(envelope)
    assert post.step() == []
    assert post.line.confirmed == len(hostile)
    assert _everything(post.store) == before
    assert len(post.heard(journal.Trouble)) == len(hostile)


def test_a_signature_that_overtakes_the_brokers_answer_is_no_trouble(post: Post) -> None:
    post.commit()
    post.step(slots=1)
    post.line.bring(post.desk.ack(post.sent()[0]))
    post.step()
    post.line.answer()
    post.step()
    assert not post.room.unanswered


def test_a_restart_sends_what_was_not_signed_for_and_takes_a_late_signature(
    post: Post,
) -> None:
    post.commit()
    post.exchange()
    first = post.line.handed[0][0]
    post.room.discard_connection()
    post.room = post.new_room()
    post.exchange()
    assert post.line.handed[0][0] == first
    post.line.bring(post.desk.ack(post.sent()[0]))
    assert len(post.step()) == 1
    assert not post.room.unanswered


def test_a_refusal_of_the_broker_says_where_to_look_and_the_message_stays(post: Post) -> None:
    post.commit()
    post.step(slots=1)
    post.line.answer(refused="Not authorized")
    post.step()
    [trouble] = post.heard(journal.Trouble)
    assert "Not authorized" in trouble.text
    assert "access rules" in trouble.text
    assert post.heard(journal.MessagePublished) == []
    assert post.room.unanswered


# ------------------------------------------------------------------------------ the gate


def test_the_gate_is_asked_again_at_every_send(post: Post) -> None:
    post.commit()
    post.exchange()
    post.granted.discard(Purpose.CARE_ALERT)
    for _ in range(RETRY_SLOTS_MAX + 2):
        post.asked.clear()
        post.exchange()
        assert Purpose.CARE_ALERT in post.asked
    assert post.sent_types().count("alert") == 1
    post.granted.add(Purpose.CARE_ALERT)
    for _ in range(RETRY_SLOTS_MAX + 2):
        post.exchange()
    assert post.sent_types().count("alert") > 1


def test_one_purpose_that_is_not_granted_holds_up_no_other(post: Post) -> None:
    post.commit()
    post.commit("service_report", "cd" * 16, Purpose.DEVICE_HEALTH)
    post.granted.discard(Purpose.CARE_ALERT)
    post.exchange()
    assert post.sent_types() == ["service_report"]


def test_with_nothing_granted_there_is_not_even_a_connection(post: Post) -> None:
    post.granted.clear()
    post.commit()
    for _ in range(5):
        post.exchange()
    assert post.publishers == []
    assert post.room.settled


def test_when_the_last_purpose_ends_the_connection_does(post: Post) -> None:
    post.exchange()
    post.granted.clear()
    post.step(slots=1)
    assert post.line.closed
    assert len(post.publishers) == 1
    assert len(post.line.handed) == 1


def test_a_withdrawal_leaves_although_nothing_is_granted_and_then_the_line_is_cut(
    post: Post,
) -> None:
    post.granted.clear()
    post.commit("withdrawal", "cd" * 16, None)
    post.exchange()
    # Until the desk has signed, nothing else is said: not even that the device lives.
    post.step(slots=1)
    assert set(post.sent_types()) == {"withdrawal"}
    post.line.bring(post.desk.ack(post.sent()[0]))
    post.step()
    post.step()
    assert post.line.closed
    assert len(post.publishers) == 1


def test_a_discarded_connection_takes_with_it_what_was_under_way(post: Post) -> None:
    post.commit()
    post.commit("service_report", "cd" * 16, Purpose.DEVICE_HEALTH)
    post.step(slots=1)
    first = post.line
    with post.store.transaction() as db:
        outbox.destroy(db, [Purpose.CARE_ALERT])
    post.room.discard_connection()
    assert first.closed
    post.granted.discard(Purpose.CARE_ALERT)
    post.exchange()
    assert post.line is not first
    assert post.sent_types() == ["alert", "service_report"]
    post.line.bring(post.desk.ack(post.sent()[1]))
    post.step()
    # The alert that nobody will ever sign for is not waited for.
    assert post.room.settled


def test_a_call_for_help_waits_for_no_slot_and_everything_else_does(post: Post) -> None:
    post.granted.clear()
    post.exchange()
    assert post.publishers == []
    post.commit("help", "cd" * 16, None)
    post.step()
    assert post.sent_types() == ["help"]
    post.line.answer()
    post.commit("resolved", "ef" * 16, None)
    post.step()
    post.step()
    assert post.sent_types() == ["help"]
    post.exchange()
    assert post.sent_types() == ["help", "resolved"]


def test_a_second_call_goes_at_once_also_in_a_slot_that_is_filled(post: Post) -> None:
    post.exchange()
    post.commit("help", "cd" * 16, None)
    post.step()
    assert post.sent_types() == ["heartbeat", "help"]
    post.line.answer()
    for _ in range(5):
        post.step()
    assert post.sent_types() == ["heartbeat", "help"]


def test_weeks_without_a_broker_are_said_once_and_cost_no_memory(post: Post) -> None:
    post.commit()
    post.exchange()
    post.line.disconnect()
    sizes = []
    tracemalloc.start()
    for _week in range(3):
        for _ in range(7 * 24 * 12):
            post.line.disconnect()
            post.step(slots=1)
        post.asked.clear()
        gc.collect()
        sizes.append(tracemalloc.get_traced_memory()[0])
    tracemalloc.stop()
    assert sizes[-1] - sizes[0] < 16_384
    assert [one.connected for one in post.heard(journal.LinkChanged)] == [True, False]
    assert len(post.told) == 3  # and that the alert was once handed over
    post.line.connect()
    post.step(slots=1)
    post.line.answer()
    assert len(post.line.handed) == 2


def test_a_device_without_a_desk_neither_connects_nor_commits(tmp_path: Path) -> None:
    post = Post(tmp_path, enrolled=False)
    assert not post.room.enrolled
    with pytest.raises(StoreError, match="demitasse enroll"):
        post.commit()
    for _ in range(3):
        post.exchange()
    assert post.publishers == []
    assert not post.room.unanswered
    post.store.close()


# ------------------------------------------------------------- the ledger, and the disk


def test_nothing_is_committed_without_its_ledger_entry(post: Post) -> None:
    message_id = post.commit()
    [waiting] = outbox.waiting(post.store.reading())
    entry = list(ledger.rows(post.store.reading()))[-1].entry
    assert entry == ledger.MessageCommitted(
        message_id=message_id,
        type="alert",
        purpose=Purpose.CARE_ALERT,
        record_id="record-1",
        envelope_sha256=waiting.envelope_sha256,
    )


def test_a_transaction_that_fails_leaves_neither_message_nor_entry(post: Post) -> None:
    before = _everything(post.store)
    parcel = Parcel(
        message=EXAMPLES["alert"],
        message_id="ab" * 16,
        purpose=Purpose.CARE_ALERT,
        record_id="record-1",
        concern_id=None,
    )
    with pytest.raises(RuntimeError), post.store.transaction() as db:  # noqa: PT012
        post.room.commit(db, parcel, START)
        raise RuntimeError("a power cut")
    assert _everything(post.store) == before


def test_what_waits_on_the_disk_can_be_read_by_the_desk_alone(post: Post) -> None:
    post.commit()
    [waiting] = outbox.waiting(post.store.reading())
    assert post.desk.open(waiting.envelope).message == EXAMPLES["alert"]
    assert b"Rosalie" not in waiting.envelope
    assert b"silence" not in waiting.envelope


def test_a_decision_is_kept_once_however_often_it_comes(post: Post) -> None:
    post.exchange()
    decision = post.desk.decision("ab" * 16)
    post.line.bring(decision)
    post.line.bring(decision)
    [opened] = post.step()
    assert opened.header.type == "decision"
    post.line.bring(decision)
    assert post.step() == []
    assert post.line.confirmed == 3
    assert list(memory.received(post.store.reading())) == [opened.message]


def test_what_the_disk_cannot_keep_is_not_confirmed_and_is_kept_later(
    post: Post, monkeypatch: pytest.MonkeyPatch
) -> None:
    post.exchange()
    post.line.bring(post.desk.decision("ab" * 16, "first"))
    post.line.bring(post.desk.decision("ab" * 16, "second"))
    with monkeypatch.context() as full:
        full.setattr(memory, "remember_received", _full)
        with pytest.raises(StoreError, match="disk is full"):
            post.step(slots=1)
    assert post.line.confirmed == 0
    assert not post.room.settled
    assert len(post.line.handed) == 1
    assert [opened.message.reason for opened in post.step()] == ["first", "second"]  # type: ignore[union-attr]
    assert post.line.confirmed == 2


def test_an_acknowledgement_that_was_not_kept_is_not_told(
    post: Post, monkeypatch: pytest.MonkeyPatch
) -> None:
    post.commit()
    post.exchange()
    post.line.bring(post.desk.ack(post.sent()[0]))
    with monkeypatch.context() as full:
        full.setattr(ledger, "append", _full)
        with pytest.raises(StoreError):
            post.step()
    assert post.room.unanswered
    assert post.heard(journal.MessageAcknowledged) == []
    assert len(post.step()) == 1
    assert len(post.heard(journal.MessageAcknowledged)) == 1


def _full(*_arguments: object) -> None:
    raise sqlite3.OperationalError("database or disk is full")


def _everything(store: Store) -> list[Any]:
    return [
        store.reading().execute(f"SELECT * FROM {table}").fetchall()
        for table in ("outbox", "ledger", "received", "meta", "concern")
    ]
