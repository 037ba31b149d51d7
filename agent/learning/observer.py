"""Follows what the machine tells, and learns what is usual here.

The shell around ``brews``, ``exposure`` and ``routine``: it keeps their values between
steps and on the disk. A brew is on the disk before anybody hears of it; what was seen and
not seen, at least once an hour. After a restart the hours in between count as unseen.

There is no routine before the owner allows the device to learn: then only is it made, and
what it computes with is loaded.
"""

import os
import sqlite3
from collections import deque
from collections.abc import Mapping, Sequence
from datetime import datetime, timedelta
from typing import TYPE_CHECKING

from agent import memory
from agent.asking.answers import Lesson
from agent.asking.concerns import KindScore
from agent.journal import BrewSeen, HoursUnseen, Journal
from agent.learning.brews import Brew, BrewWatch, Certainty, receive
from agent.learning.exposure import Exposure, step
from agent.store import Store
from wire.facts import RoutineChange, RoutineKind
from wire.readings import Reading
from wire.schema import JSON
from wire.stamps import Stamp

if TYPE_CHECKING:
    from agent.learning.routine import Noticed, Routine

SAVED_EVERY = timedelta(hours=1)
WORTH_TELLING = timedelta(minutes=1)
WELL_TIMED = timedelta(hours=1)
"""The routine counts by the hour. A brew that the counter brought later, somewhere in a
longer absence of the link, has no hour; that absence is unseen, and so no pause either."""


class Observer:
    """What one device has seen of its household."""

    def __init__(
        self, store: Store, timezone: str, budget_per_year: float, journal: Journal
    ) -> None:
        self._store = store
        self._timezone = timezone
        self._budget_per_year = budget_per_year
        self._tell = journal
        self._watch = BrewWatch()
        self._saved_at: datetime | None = None
        self._unwritten: list[Brew] = []
        """Seen, and not on the disk yet because it refuses."""
        self.noticed: deque[Noticed] = deque()
        """Worth a question, until somebody has taken it from here."""
        db = store.reading()
        state, accounted = memory.meta(db, "routine"), memory.meta(db, "accounted_until")
        self._known = state if isinstance(state, dict) else None
        """What is on the disk of the routine, until it is looked at."""
        self._made: Routine | None = None
        self._exposure = Exposure(
            accounted_until=datetime.fromisoformat(str(accounted)) if accounted else None
        )

    def use_budget(self, per_year: float) -> None:
        """Follow the owner's choice of how many false questions a year are all right."""
        if per_year != self._budget_per_year:
            self._budget_per_year = per_year
            if self._made is not None:
                self._made = self._restored(self._made.to_json())

    def take_in(
        self, readings: Sequence[Reading], now: Stamp, *, learning: bool, trusted: bool
    ) -> list[Brew]:
        """Take ``readings`` in; return the brews that are on the disk now.

        ``learning`` is the owner's consent: without it nothing is remembered. ``trusted``
        is false while machine, clock or a pause make what is seen worthless. Raises
        ``StoreError`` when the disk refuses; the brews are returned once it no longer does.
        """
        seen: list[Brew] = []
        for reading in readings:
            self._watch, finished = receive(self._watch, reading)
            seen += finished
        self._account(readings, now, trusted=learning and trusted)
        if not learning:
            self._unwritten.clear()
            return []
        for brew in seen:
            self._learn_from(brew)
        self._unwritten += seen
        return self._write(now)

    def advance(self, now: Stamp, *, room: int) -> None:
        """Judge the hours that have ended; what is worth a question is in ``noticed``.

        That is not more than there is ``room`` for; the rest waits in the routine.
        """
        self.noticed += self._routine.advance(now.utc, room=room - len(self.noticed))

    @property
    def going_on(self) -> frozenset[RoutineKind]:
        """Which changes that were worth a question last still."""
        return frozenset(kind for kind in RoutineKind if self._routine.going_on(kind))

    def scores(self, now: Stamp) -> tuple[KindScore, ...]:
        """Return how far each kind is on the way to a question."""
        scores = self._routine.scores(now.utc)
        return tuple(KindScore(kind=kind, score=score) for kind, score in scores.items())

    def learn(
        self, now: Stamp, lesson: Lesson, change: RoutineChange, db: sqlite3.Connection
    ) -> None:
        """Take an answer of the owner to heart, in the caller's transaction."""
        match lesson:
            case Lesson.NOTHING:
                return
            case Lesson.SET_ASIDE:
                self._routine.unseen(change.since, now.utc)
            case Lesson.ACCEPT:
                self._routine.accept(change.kind, now.utc)
        self.save(db, now)

    def save_hourly(self, now: Stamp) -> None:
        """Write what is known, unless that was done within the hour."""
        if self._saved_at is None or now.utc - self._saved_at >= SAVED_EVERY:
            with self._store.transaction() as db:
                self.save(db, now)

    def save(self, db: sqlite3.Connection, now: Stamp) -> None:
        """Write what is known, in the caller's transaction."""
        memory.set_meta(db, "routine", self._routine.to_json())
        memory.set_meta(db, "accounted_until", now.utc.isoformat())
        self._saved_at = now.utc

    @property
    def _begun(self) -> bool:
        """Whether anything was ever learned here."""
        return self._made is not None or self._known is not None

    @property
    def _routine(self) -> "Routine":
        """The routine; made when it is first needed."""
        if self._made is None:
            # numpy would start a thread for each further core, with memory of its own, for
            # tables of 200 by 24.
            os.environ.setdefault("OPENBLAS_NUM_THREADS", "1")
            from agent.learning.routine import Routine  # noqa: PLC0415

            self._made = (
                self._restored(self._known)
                if self._known is not None
                else Routine(timezone=self._timezone, budget_per_year=self._budget_per_year)
            )
        return self._made

    def _account(self, readings: Sequence[Reading], now: Stamp, *, trusted: bool) -> None:
        self._exposure, unseen = step(self._exposure, readings, now, trusted=trusted)
        if unseen is None:
            return
        if self._begun or trusted:
            self._routine.unseen(unseen.start, unseen.end)
        if unseen.end - unseen.start >= WORTH_TELLING:
            self._tell(HoursUnseen(at=now.utc, unseen=unseen))

    def _learn_from(self, brew: Brew) -> None:
        well_timed = brew.started_before - brew.started_at <= WELL_TIMED
        if brew.certainty is not Certainty.UNSYNCED and well_timed:
            self._routine.brew(brew.started_at)

    def _write(self, now: Stamp) -> list[Brew]:
        if not self._unwritten:
            return []
        with self._store.transaction() as db:
            for brew in self._unwritten:
                memory.remember_brew(db, brew)
            self.save(db, now)
        written, self._unwritten = self._unwritten, []
        for brew in written:
            self._tell(BrewSeen(at=now.utc, brew=brew))
        return written

    def _restored(self, state: Mapping[str, JSON]) -> "Routine":
        from agent.learning.routine import Routine  # noqa: PLC0415

        return Routine.from_json(
            state, timezone=self._timezone, budget_per_year=self._budget_per_year
        )
