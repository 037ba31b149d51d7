"""Health records: one a minute, batched, allowed, bounded, and silent about use."""

from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import timedelta
from pathlib import Path

import pytest

from agent import memory
from agent.consents.consent_file import Purpose
from agent.consents.consent_keeper import ConsentKeeper
from agent.delivery import outbox, sent_copies, telemetry
from agent.delivery.health_log import BATCH_RECORDS, SCORE_MAX, WRITES, HealthLog
from agent.delivery.letters import Letters
from agent.delivery.write_budget import WriteBudget
from agent.errors import StoreError
from agent.giving_back import retention
from agent.office import Office
from tests.agent.consents import NOW, ZONE, owner_text
from tests.agent.stores import SIGNER, refusing_disk
from tests.agent.test_mailroom import Post
from wire.facts import CheckName, DeviceCheck, Evidence, Finding, Verdict
from wire.messages import Dropped, DropReason, Health
from wire.readings import FramesMissed
from wire.sealing import SLOT_BYTES
from wire.stamps import Stamp


def check(*lines: tuple[Verdict, Finding]) -> DeviceCheck:
    return DeviceCheck(
        verdict=Verdict.SOUND,
        checked_at=NOW,
        evidence=tuple(
            Evidence(check=CheckName.LINK, verdict=verdict, finding=finding)
            for verdict, finding in lines
        ),
    )


SOUND = check((Verdict.SOUND, Finding.LINK_STEADY))
FAULTY = check(
    (Verdict.FAULTY, Finding.PUMP_WITHOUT_FLOW), (Verdict.UNKNOWN, Finding.LINK_LOSSY)
)
UNHEARD = check((Verdict.UNKNOWN, Finding.LINK_LOST))


@dataclass
class Log:
    """A health log over a real mailroom and store, on a clock of minutes."""

    folder: Path
    budget: WriteBudget = field(default_factory=lambda: WriteBudget(bytes_a_day=1_000_000))
    written: int = 0
    minute: int = 0

    def __post_init__(self) -> None:
        self.post = Post(self.folder)
        self.file = self.folder / "consent.toml"
        self.allow(Purpose.DEVICE_HEALTH)
        self.keeper = ConsentKeeper(self.post.store, self.file, ZONE, SIGNER)
        self.keeper.step(self.now)
        office = Office(
            store=self.post.store,
            consent=self.keeper,
            letters=Letters(self.keeper, "Reference"),
            mailroom=self.post.room,
            tell=self.post.told.append,
        )
        self.score = 0.0
        self.log = HealthLog(
            office,
            budget=self.budget,
            score=lambda _now: self.score,
            written=lambda: self.written,
        )

    @property
    def now(self) -> Stamp:
        return Stamp(
            utc=NOW + timedelta(minutes=self.minute),
            monotonic_s=self.minute * 60.0,
            boot_id="boot",
            synced=True,
        )

    def allow(self, *purposes: Purpose) -> None:
        self.file.write_text(owner_text(purposes), encoding="utf-8")

    def live(self, minutes: int, found: DeviceCheck = SOUND) -> None:
        for _ in range(minutes):
            self.log.attend(found, self.now)
            self.log.attend(found, self.now)
            self.minute += 1

    def batches(self) -> list[Health]:
        """Return what waits to be sent, as the desk reads it."""
        found = self.post.store.reading().execute("SELECT envelope FROM telemetry ORDER BY id")
        messages = [self.post.desk.open(envelope).message for (envelope,) in found]
        assert all(isinstance(message, Health) for message in messages)
        return messages  # type: ignore[return-value]


@pytest.fixture
def home(tmp_path: Path) -> Iterator[Log]:
    """Return a device that may tell how it is."""
    made = Log(tmp_path)
    yield made
    made.post.store.close()


def test_an_hour_of_records_becomes_one_sealed_batch(home: Log) -> None:
    home.live(BATCH_RECORDS - 1)
    assert home.batches() == []
    home.log.listen(FramesMissed(at=home.now, count=3))
    home.post.room.reconnects = 2
    home.written = 12_345
    home.score = 1.104
    home.live(1, FAULTY)
    [batch] = home.batches()
    quiet = (0,) * (BATCH_RECORDS - 1)
    assert batch.first_at == NOW
    assert batch.every_s == 60
    assert batch.machine_scores == (*quiet, 110)
    assert batch.frames_missed == (*quiet, 3)
    assert batch.reconnects == (*quiet, 2)
    assert batch.dropped == ()
    assert batch.written_bytes == 12_345
    assert batch.consent.purposes == ("device_health",)


def test_the_largest_figures_fit_their_slot(home: Log) -> None:
    home.log._rows = [(SCORE_MAX, 10**6, 10**6)] * (BATCH_RECORDS - 1)
    home.log._first_at = NOW
    home.log._dropped.update(dict.fromkeys(DropReason, 10**9))
    home.written = 10**12
    home.live(1, UNHEARD)
    assert len(home.batches()) == 0  # the budget is used up
    home.budget.bytes_a_day = 10**15
    home.live(BATCH_RECORDS)
    assert len(home.batches()) == 1


def test_a_machine_that_is_switched_off_repeats_its_score(home: Log) -> None:
    home.score = 0.25
    home.live(BATCH_RECORDS - 2)
    home.score = 1000.0
    home.live(1, FAULTY)
    home.score = 0.0
    home.live(1, UNHEARD)
    [batch] = home.batches()
    assert batch.machine_scores == (*(25,) * (BATCH_RECORDS - 2), SCORE_MAX, SCORE_MAX)


def test_a_machine_that_was_never_seen_has_nothing_against_it(home: Log) -> None:
    never = check((Verdict.UNKNOWN, Finding.NOT_SEEN_YET), (Verdict.FAULTY, Finding.LINK_LOSSY))
    home.score = 1.0
    home.live(BATCH_RECORDS, never)
    assert home.batches()[0].machine_scores == (0,) * BATCH_RECORDS


def test_without_the_purpose_nothing_is_recorded_or_kept(home: Log) -> None:
    home.live(BATCH_RECORDS - 1)
    home.allow()
    home.keeper.step(home.now)
    home.live(5)
    home.allow(Purpose.DEVICE_HEALTH)
    home.keeper.step(home.now)
    home.live(BATCH_RECORDS - 1)
    assert home.batches() == []
    home.live(1)
    assert len(home.batches()) == 1


def test_a_withdrawal_destroys_the_batches_that_wait(home: Log) -> None:
    home.live(2 * BATCH_RECORDS)
    assert len(home.batches()) == 2
    home.allow()
    home.keeper.step(home.now)
    assert home.batches() == []


def test_a_batch_takes_no_sequence_number(home: Log) -> None:
    home.post.commit()
    home.live(BATCH_RECORDS)
    home.post.commit("resolved", "cd" * 16)
    waiting = outbox.waiting(home.post.store.reading())
    assert [message.sequence for message in waiting] == [1, 2]
    batch = telemetry.oldest(home.post.store.reading())
    assert batch is not None
    assert home.post.desk.open(batch.envelope).header.sequence == 1


def test_a_used_up_budget_drops_the_batch_and_the_next_one_tells(home: Log) -> None:
    home.written = home.budget.bytes_a_day
    home.live(BATCH_RECORDS)
    assert home.batches() == []
    assert home.budget.deferred == {"health_records": BATCH_RECORDS}
    home.minute += 24 * 60
    home.live(BATCH_RECORDS)
    [batch] = home.batches()
    lost = Dropped(reason=DropReason.WRITE_BUDGET, records=BATCH_RECORDS)
    assert batch.dropped == (lost,)
    home.live(BATCH_RECORDS)
    assert home.batches()[-1].dropped == ()


def test_a_disk_that_refuses_costs_a_batch_and_no_memory(home: Log) -> None:
    home.live(BATCH_RECORDS - 1)
    with refusing_disk(home.post.store), pytest.raises(StoreError):
        home.live(1)
    assert home.log._rows == []
    home.minute += 1
    home.live(BATCH_RECORDS)
    [batch] = home.batches()
    assert batch.dropped == (Dropped(reason=DropReason.DISK, records=BATCH_RECORDS),)


def test_the_oldest_makes_room_and_is_counted(
    home: Log, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(telemetry.add, "__kwdefaults__", {"bytes_max": 2 * SLOT_BYTES})
    home.live(4 * BATCH_RECORDS)
    batches = home.batches()
    assert [batch.first_at for batch in batches] == [
        NOW + timedelta(hours=2),
        NOW + timedelta(hours=3),
    ]
    home.live(BATCH_RECORDS)
    assert home.batches()[-1].dropped == (
        Dropped(reason=DropReason.ROOM, records=BATCH_RECORDS),
    )
    kept = [copy.message for copy in sent_copies.copies(home.post.store.reading())]
    assert kept == home.batches()[::-1], "what never left is not among what was sent"


def test_every_batch_is_kept_word_for_word_for_its_owner(home: Log) -> None:
    home.live(BATCH_RECORDS)
    batches = home.batches()
    home.post.exchange()
    home.post.exchange()
    assert home.batches() == []
    db = home.post.store.reading()
    assert [copy.message for copy in sent_copies.copies(db)] == batches
    assert [*sent_copies.letters(db)] == []
    assert sent_copies.figures(db) == 1
    with home.post.store.transaction() as writing:
        retention.sweep(writing, home.now.utc + timedelta(days=29))
        assert sent_copies.figures(writing) == 1
        retention.sweep(writing, home.now.utc + timedelta(days=31))
        assert sent_copies.figures(writing) == 0


def test_the_days_writing_is_kept_hourly_for_status_and_the_next_start(home: Log) -> None:
    home.allow()
    home.keeper.step(home.now)
    home.written = 4096
    home.live(61)
    kept = memory.meta(home.post.store.reading(), WRITES)
    assert isinstance(kept, dict)
    assert kept["written_bytes"] == 4096


# ---------------------------------------------------------------------------- the way out


def test_a_batch_leaves_in_a_slot_in_which_nothing_else_waits(home: Log) -> None:
    home.live(BATCH_RECORDS)
    home.post.commit()
    home.post.exchange()
    home.post.line.bring(home.post.desk.ack(home.post.sent()[0]))
    home.post.exchange()
    home.post.exchange()
    assert home.post.sent_types() == ["alert", "health", "heartbeat"]
    assert home.batches() == []


def test_a_batch_waits_for_the_brokers_answer_and_for_the_purpose(home: Log) -> None:
    home.live(BATCH_RECORDS)
    home.post.granted.discard(Purpose.DEVICE_HEALTH)
    home.post.exchange()
    assert home.post.sent_types() == ["heartbeat"]
    home.post.granted.add(Purpose.DEVICE_HEALTH)
    home.post.step(slots=1)
    home.post.line.disconnect()
    home.post.step()
    assert len(home.batches()) == 1
    home.post.line.connect()
    home.post.exchange()
    assert home.batches() == []
    assert home.post.sent_types() == ["heartbeat", "health", "health"]


def test_a_refused_batch_is_kept(home: Log) -> None:
    home.live(BATCH_RECORDS)
    home.post.step(slots=1)
    home.post.line.answer(refused="Quota exceeded")
    home.post.step()
    assert len(home.batches()) == 1
