"""Sees a concern through: from noticing, over the question at home, to its end.

The shell around ``concerns``: it holds the one open concern, keeps it on the disk, puts
the question, counts how long it waits, and commits the alert when the core says so. Every
decision is ``concerns.next_move``; every change of state goes through ``concerns.move``.
"""

import secrets
import sqlite3
from collections.abc import Callable, Iterable
from dataclasses import replace
from functools import partial
from typing import TYPE_CHECKING

from agent import memory
from agent.asking.answers import Lesson, lesson_of
from agent.asking.concerns import (
    OPEN,
    SENT,
    Concern,
    Event,
    KindScore,
    Situation,
    State,
    ended_by_brew,
    ended_by_routine,
    move,
    next_move,
    reached,
    rests_on_note,
)
from agent.asking.grace import awake_s, is_quiet
from agent.consent import paused
from agent.consents.consent_file import ConsentFile, Purpose
from agent.delivery import outbox
from agent.delivery.letterbox import Parcel
from agent.journal import (
    ConcernMoved,
    ConcernNoticed,
    DeviceChecked,
    QuestionPut,
)
from agent.office import Office
from wire.facts import DeviceCheck, RoutineChange, RoutineKind
from wire.messages import Outcome
from wire.owner import Light
from wire.stamps import Stamp

if TYPE_CHECKING:
    # It brings numpy with it, which a device that may not learn never needs.
    from agent.learning.routine import Noticed

WAIT_SAVED_EVERY_S = 900
"""A restart costs the owner's question at most this much of its waiting time."""


Also = Callable[[sqlite3.Connection], None]
"""Something that is true exactly when the concern has moved: the same transaction."""
Teach = Callable[[Lesson, RoutineChange, sqlite3.Connection], None]
"""Takes to heart what an answer teaches, in the transaction in which it counts."""


class Care:
    """The one concern of a household, if it has one."""

    def __init__(
        self,
        office: Office,
        *,
        timezone: str,
    ) -> None:
        self._office = office
        self._timezone = timezone
        self.concern = memory.open_concern(office.store.reading())
        if self.concern is not None:
            # Nobody could answer while the device was off: that was no waiting time.
            self.concern = replace(self.concern, counted_until=None)
        self._resting = True
        """Whether the owner wants to be left alone right now: quiet hours, a pause."""

    @property
    def light(self) -> Light:
        """What the owner's light should show."""
        asked = self.concern is not None and self.concern.state is State.ASKED
        return Light.BREATHING if asked and not self._resting else Light.OFF

    def notice(
        self,
        noticed: "Noticed",
        now: Stamp,
        *,
        scores: Iterable[KindScore] = (),
        machine_score: float = 0.0,
    ) -> None:
        """Open a concern; while one is open, no other is raised."""
        if self.concern is not None:
            return
        concern = Concern(
            concern_id=secrets.token_hex(16),
            state=State.NOTICED,
            change=noticed.change,
            score=noticed.score,
            scores=tuple(scores),
            machine_score=machine_score,
        )
        self._keep(concern)
        self._office.tell(ConcernNoticed(at=now.utc, concern=concern))

    def attend(self, check: DeviceCheck, channels: tuple[str, ...], now: Stamp) -> None:
        """Do what is due about the concern. ``check`` was made in this very moment."""
        if self.concern is None or self.concern.state in SENT:
            return
        situation = self._situation(check, channels, now)
        self._resting = situation.quiet
        concern = self._counted(self._noted(self.concern, now), now)
        event = next_move(concern, situation)
        if event is None:
            return
        self._office.tell(DeviceChecked(at=now.utc, check=check))
        match event:
            case Event.QUESTION_PUT:
                self._put_question(concern, channels, now)
            case Event.ALERT_COMMITTED if self._office.mailroom.enrolled:
                self._send_alert(concern, situation, now)
            case Event.ALERT_COMMITTED:
                # Allowed, and there is no desk that could read it.
                self._move(Event.NOT_ALLOWED, now)
            case _:
                self._move(event, now)

    def wait_anew(self, now: Stamp) -> None:
        """Let the question wait from here on: what has passed was no time to answer it."""
        if self.concern is not None and self.concern.counted_until is not None:
            self.concern = replace(self.concern, counted_until=now.utc)

    def brewed(self, now: Stamp) -> None:
        """Coffee was made: a concern about a pause has ended by itself."""
        if self.concern is not None and ended_by_brew(self.concern):
            self._resolve(Event.USE_RETURNED, now)

    def returned(self, going_on: frozenset[RoutineKind], now: Stamp) -> None:
        """The routine has looked again: a change that is not going on has passed."""
        if self.concern is not None and ended_by_routine(self.concern, going_on):
            self._resolve(Event.USE_RETURNED, now)

    def answered(self, words: Iterable[str], now: Stamp, teach: Teach) -> None:
        """The owner has answered. It means only what is being asked at that moment."""
        for word in words:
            if self.concern is not None and self.concern.state is not State.NOTICED:
                change, lesson = self.concern.change, lesson_of(word)
                self.concern = replace(self.concern, answer=word)
                self._resolve(Event.OWNER_ANSWERED, now, partial(teach, lesson, change))

    def follow(self, now: Stamp) -> None:
        """Follow what has become of an alert that has left the house.

        Looks at what is committed and at nothing else, so that a power cut right after the
        desk was heard leaves no concern open that nobody will ever close.
        """
        db = self._office.store.reading()
        if self.concern is None or not self._sent():
            return
        alert_id = self.concern.concern_id
        outcome = outbox.outcome(db, alert_id)
        if outcome is None:
            # Only a withdrawal destroys what was committed.
            self._move(Event.CONSENT_WITHDRAWN, now)
        elif memory.is_decided(db, alert_id):
            self._move(Event.PERSON_DECIDED, now)
        elif outcome == Outcome.CLOSED:
            self._move(Event.CASE_CLOSED, now)
        elif outcome and self.concern.state is State.ALERTED:
            refused = outcome == Outcome.REFUSED
            self._move(Event.DESK_REFUSED if refused else Event.DESK_ACCEPTED, now)

    def _situation(
        self, check: DeviceCheck, channels: tuple[str, ...], now: Stamp
    ) -> Situation:
        file = self._office.consent.file
        if isinstance(file, ConsentFile):
            quiet = is_quiet(now.utc, file.quiet, self._timezone) or paused(
                file, self._timezone, now.utc
            )
            grace_s = file.answer_within_h * 3600
        else:
            # Nothing is allowed then, and the owner's hours are not known: nothing glows.
            quiet, grace_s = True, 0.0
        return Situation(
            check=check,
            care=self._office.consent.ask(Purpose.CARE_ALERT, now),
            channels=channels,
            quiet=quiet,
            grace_s=grace_s,
        )

    def _noted(self, concern: Concern, now: Stamp) -> Concern:
        """Return ``concern``, now carried if the owner's own channel has taken its note."""
        if concern.state is not State.ASKED or not rests_on_note(concern):
            return concern
        db = self._office.store.reading()
        if outbox.outcome_about(db, "nudge", concern.concern_id) != Outcome.CLOSED:
            return concern
        carried = reached(concern, now.utc)
        self._keep(carried)
        return carried

    def _counted(self, concern: Concern, now: Stamp) -> Concern:
        """Return ``concern`` with its waiting time counted up to now."""
        file, since = self._office.consent.file, concern.counted_until
        if concern.state is not State.ASKED or (since is not None and now.utc <= since):
            return concern
        waited_s = concern.waited_s
        if isinstance(file, ConsentFile) and since is not None and self._counts(file, now):
            waited_s += awake_s(since, now.utc, file.quiet, self._timezone)
        counted = replace(concern, waited_s=waited_s, counted_until=now.utc)
        if waited_s // WAIT_SAVED_EVERY_S != concern.waited_s // WAIT_SAVED_EVERY_S:
            self._keep(counted)
        self.concern = counted
        return counted

    def _counts(self, file: ConsentFile, now: Stamp) -> bool:
        return now.synced and not paused(file, self._timezone, now.utc)

    def _put_question(self, concern: Concern, channels: tuple[str, ...], now: Stamp) -> None:
        self.concern = replace(
            concern, asked_at=now.utc, counted_until=now.utc, channels=channels
        )
        asked = self._move(Event.QUESTION_PUT, now)
        self._office.tell(QuestionPut(at=now.utc, concern=asked))

    def _send_alert(self, concern: Concern, situation: Situation, now: Stamp) -> None:
        db = self._office.store.reading()
        parcel = self._office.letters.alert(db, concern, situation.check, situation.care, now)
        self._move(Event.ALERT_COMMITTED, now, parcel)

    def _resolve(self, event: Event, now: Stamp, also: Also | None = None) -> None:
        """End the concern at home; if it has left the house, tell the desk as well."""
        concern = self.concern
        assert concern is not None
        answer = self._office.consent.ask(Purpose.CARE_ALERT, now)
        told = self._sent() and answer.granted
        parcel = self._office.letters.resolved(concern, event, answer, now) if told else None
        self._move(event, now, parcel, also)

    def _move(
        self,
        event: Event,
        now: Stamp,
        parcel: Parcel | None = None,
        also: Also | None = None,
    ) -> Concern:
        """Move the concern, and commit with it what that has to tell the desk, and to teach."""
        assert self.concern is not None
        moved = move(self.concern, event)
        if moved.state not in OPEN:
            moved = replace(moved, ended_at=now.utc)
        with self._office.store.transaction() as db:
            if also is not None:
                also(db)
            if parcel is not None:
                self._office.mailroom.commit(db, parcel, now.utc)
            memory.save_concern(db, moved)
        self.concern = moved if moved.state in OPEN else None
        self._office.tell(ConcernMoved(at=now.utc, concern=moved))
        return moved

    def _keep(self, concern: Concern) -> None:
        with self._office.store.transaction() as db:
            memory.save_concern(db, concern)
        self.concern = concern

    def _sent(self) -> bool:
        return self.concern is not None and self.concern.state in SENT
