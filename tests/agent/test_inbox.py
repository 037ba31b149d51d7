"""A desk that comes back from a backup gets again what it may have forgotten.

Also here: what a broker brings late, and what is deleted when a case is closed.
"""

from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest

from agent import journal, ledger
from agent.consents.consent_file import Purpose
from agent.delivery import outbox
from tests.agent.test_mailroom import Post
from wire.messages import Heartbeat, Note, Outcome
from wire.sealing import Opened

NOW = datetime(2026, 3, 3, 9, 30, tzinfo=UTC)
ALERT, REPORT, RESOLVED = "01" * 16, "02" * 16, "03" * 16


@pytest.fixture
def post(tmp_path: Path) -> Iterator[Post]:
    """Return a mailroom whose desk, in epoch 7, has signed for three messages."""
    made = Post(tmp_path)
    made.commit("alert", ALERT)
    made.commit("service_report", REPORT, Purpose.DEVICE_HEALTH)
    made.commit("resolved", RESOLVED)
    for _ in range(3):
        made.exchange()
    for opened in made.sent():
        sign(made, opened, desk_epoch=7)
    assert not made.room.unanswered
    yield made
    made.store.close()


def sign(post: Post, opened: Opened, outcome: Outcome = Outcome.ACCEPTED, **more: Any) -> bytes:
    """Let the desk sign for a message; return its envelope."""
    envelope = post.desk.ack(opened, outcome, **more)
    post.line.bring(envelope)
    post.step()
    return envelope


def again(post: Post, slots: int = 5) -> list[str]:
    """Return which messages are sent within ``slots``, heartbeats left out."""
    before = len(post.sent())
    for _ in range(slots):
        post.exchange()
    sent = post.sent()[before:]
    return [one.header.message_id for one in sent if one.header.type != "heartbeat"]


def new_message(post: Post, message_id: str) -> Opened:
    """Commit another message and let it be sent; return it."""
    post.commit("resolved", message_id)
    post.exchange()
    return post.sent()[-1]


def test_a_new_epoch_of_the_desk_brings_everything_that_is_kept(post: Post) -> None:
    first = {opened.header.message_id: opened for opened in post.sent()}
    sign(post, new_message(post, "04" * 16), desk_epoch=8)
    assert set(again(post)) == {ALERT, REPORT, RESOLVED}
    for opened in post.sent()[-3:]:
        assert opened.envelope_sha256 == first[opened.header.message_id].envelope_sha256
        sign(post, opened, Outcome.REPEATED, desk_epoch=8)
    assert not post.room.unanswered
    assert again(post) == []


def test_a_signature_for_a_heartbeat_tells_of_a_new_epoch_too(post: Post) -> None:
    post.exchange()
    beat = post.sent()[-1]
    assert beat.header.type == "heartbeat"
    sign(post, beat, desk_epoch=8)
    assert set(again(post)) == {ALERT, REPORT, RESOLVED}


def test_what_is_closed_or_was_taken_back_is_never_sent_again(post: Post) -> None:
    alert = next(one for one in post.sent() if one.header.message_id == ALERT)
    sign(post, alert, Outcome.CLOSED, desk_epoch=7)
    with post.store.transaction() as db:
        outbox.destroy(db, [Purpose.DEVICE_HEALTH])
    sign(post, new_message(post, "04" * 16), desk_epoch=8)
    assert set(again(post)) == {RESOLVED}


def test_a_closed_case_leaves_no_sealed_copy_and_stands_in_the_ledger(post: Post) -> None:
    alert = next(one for one in post.sent() if one.header.message_id == ALERT)
    sign(post, alert, Outcome.CLOSED, desk_epoch=7)
    db = post.store.reading()
    [(envelope,)] = db.execute("SELECT envelope FROM outbox WHERE message_id = ?", (ALERT,))
    assert envelope == b""
    entry = list(ledger.rows(db))[-1].entry
    assert isinstance(entry, ledger.MessageAcknowledged)
    assert (entry.message_id, entry.outcome) == (ALERT, "closed")
    assert post.heard(journal.MessageAcknowledged)[-1].type == "alert"


def test_an_old_epoch_is_believed_no_more(post: Post) -> None:
    """A signature of before the restore does not stand for what the desk has lost."""
    alert = next(one for one in post.sent() if one.header.message_id == ALERT)
    late = post.desk.ack(alert, desk_epoch=7)
    sign(post, new_message(post, "04" * 16), desk_epoch=8)
    entries = len(list(ledger.rows(post.store.reading())))
    post.line.bring(late)
    assert post.step() == []
    assert len(list(ledger.rows(post.store.reading()))) == entries
    assert set(again(post)) == {ALERT, REPORT, RESOLVED}


def test_an_old_signature_that_comes_late_starts_nothing_again(post: Post) -> None:
    old = post.desk.ack(post.sent()[0], desk_epoch=7)
    sign(post, new_message(post, "04" * 16), desk_epoch=8)
    for opened in [one for one in post.sent() if one.header.type != "heartbeat"]:
        sign(post, opened, desk_epoch=8)
    again(post)
    for opened in post.sent():
        sign(post, opened, Outcome.REPEATED, desk_epoch=8)
    post.line.bring(old)
    post.step()
    assert not post.room.unanswered
    assert again(post) == []


def test_the_first_desk_that_signs_makes_nothing_wait_again(post: Post) -> None:
    """The fixture's three were signed for one after the other, in the first known epoch."""
    assert again(post) == []


def test_a_restart_remembers_the_epoch(post: Post) -> None:
    post.room.discard_connection()
    post.room = post.new_room()
    post.exchange()
    sign(post, post.sent()[-1], desk_epoch=7)
    assert not post.room.unanswered
    sign(post, post.sent()[-1], desk_epoch=9)
    assert post.room.unanswered


def test_a_heartbeat_names_what_the_desk_has_said_and_the_device_keeps(post: Post) -> None:
    """So the desk says it again when a broker has forgotten it; a repeat is named again."""
    note = Note(alert_id=None, sender="", text="Hello.", sent_at=NOW)
    envelope = post.desk.seal(note, "0a" * 16)
    for named in (("0a" * 16,), ("0a" * 16, "0a" * 16)):
        post.line.bring(envelope)
        post.step()
        post.exchange()
        beat = post.sent()[-1].message
        assert isinstance(beat, Heartbeat)
        assert beat.received == named
