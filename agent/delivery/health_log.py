"""How machine and device are, a record a minute, for a technician who was allowed to know.

Records are collected in memory and become a sealed batch once an hour, so that a card is
written 24 times a day and not 1,440 times; a power cut costs an hour of figures and no
alert. A record says nothing of use: while the machine is switched off it repeats the
figures of before, and there is no column for whether it was heard.
"""

import sqlite3
from collections import Counter
from collections.abc import Callable
from datetime import datetime

from agent import memory
from agent.consent import Answer
from agent.consents.consent_file import Purpose
from agent.delivery.letterbox import Parcel
from agent.delivery.telemetry import Records
from agent.delivery.write_budget import WriteBudget
from agent.errors import StoreError
from agent.office import Office
from wire.facts import DeviceCheck, Finding
from wire.messages import Dropped, DropReason
from wire.readings import FramesMissed, Reading
from wire.stamps import Stamp

RECORD_EVERY_S = 60
BATCH_RECORDS = 60
WRITES = "writes"
"""Where the day's writing is kept, for ``status`` and for the next start."""
RECORDS = "health_records"
"""What gives way to the write budget, as ``status`` names it."""

_TELLS_OF_USE = (Finding.LINK_LOST, Finding.NOT_SEEN_YET)
SCORE_MAX = 9_999
"""In hundredths, as all scores of the records: a figure that fits its slot."""


class HealthLog:
    """The records of one device that are not in a batch yet."""

    def __init__(
        self,
        office: Office,
        *,
        budget: WriteBudget,
        score: Callable[[Stamp], float],
        written: Callable[[], int | None],
    ) -> None:
        """``score`` weighs the machine, for ``status`` as well; ``written`` returns what this
        process has written since it started."""
        self._office = office
        self._weigh = score
        self._budget = budget
        self._written = written
        self._score = 0
        self._frames_missed = 0
        self._reconnects = 0
        self._next_s: float | None = None
        self._saved_s: float | None = None
        self._first_at: datetime | None = None
        self._rows: list[tuple[int, int, int]] = []
        self._dropped: Counter[DropReason] = Counter()

    def listen(self, reading: Reading) -> None:
        """Take one reading into account."""
        if isinstance(reading, FramesMissed):
            self._frames_missed += reading.count

    def attend(self, check: DeviceCheck, now: Stamp) -> None:
        """Make the record that is due; once an hour, commit a batch of them."""
        if self._next_s is not None and now.monotonic_s < self._next_s:
            return
        self._next_s = now.monotonic_s + RECORD_EVERY_S
        self._budget.note(self._written(), now.utc.date())
        if not any(line.finding in _TELLS_OF_USE for line in check.evidence):
            self._score = min(round(100 * self._weigh(now)), SCORE_MAX)
        answer = self._office.consent.ask(Purpose.DEVICE_HEALTH, now)
        if answer.granted and self._office.mailroom.enrolled:
            self._record(now)
            if len(self._rows) >= BATCH_RECORDS:
                self._commit(answer, now)
        else:
            self._forget()
        self._save_hourly(now)

    def _record(self, now: Stamp) -> None:
        self._first_at = self._first_at or now.utc
        reconnects = self._office.mailroom.reconnects
        self._rows.append((self._score, self._frames_missed, reconnects - self._reconnects))
        self._frames_missed, self._reconnects = 0, reconnects

    def _commit(self, answer: Answer, now: Stamp) -> None:
        """Commit the batch, or drop it and count why: what is kept in memory is bounded."""
        records = len(self._rows)
        if self._budget.used_up:
            self._budget.defer(RECORDS, records)
            self._drop(DropReason.WRITE_BUDGET, records)
            return
        parcel = self._batch(answer, now)
        try:
            with self._office.store.transaction() as db:
                evicted = self._office.mailroom.commit_telemetry(db, parcel, records, now.utc)
                self._save(db, now)
        except StoreError:
            self._drop(DropReason.DISK, records)
            raise
        self._dropped.clear()
        self._forget()
        if evicted:
            self._dropped[DropReason.ROOM] += evicted

    def _save_hourly(self, now: Stamp) -> None:
        if self._saved_s is None:
            self._saved_s = now.monotonic_s
        if now.monotonic_s - self._saved_s >= BATCH_RECORDS * RECORD_EVERY_S:
            with self._office.store.transaction() as db:
                self._save(db, now)

    def _save(self, db: sqlite3.Connection, now: Stamp) -> None:
        memory.set_meta(db, WRITES, self._budget.to_json())
        self._saved_s = now.monotonic_s

    def _batch(self, answer: Answer, now: Stamp) -> Parcel:
        assert self._first_at is not None
        scores, missed, reconnects = zip(*self._rows, strict=True)
        records = Records(
            first_at=self._first_at,
            every_s=RECORD_EVERY_S,
            machine_scores=scores,
            frames_missed=missed,
            reconnects=reconnects,
            dropped=tuple(Dropped(reason=r, records=n) for r, n in self._dropped.items()),
            written_bytes=self._budget.written,
        )
        return self._office.letters.health(self._office.store.reading(), records, answer, now)

    def _drop(self, reason: DropReason, records: int) -> None:
        self._dropped[reason] += records
        self._forget()

    def _forget(self) -> None:
        self._rows.clear()
        self._first_at = None
