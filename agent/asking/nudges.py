"""Finds an owner who is out: a note without content when a question begins to wait.

One note a question, under ``nudge_me``, while the light would glow. It says that there is
a question and nothing of what it is. It has carried the question once the desk has signed
that the owner's channel took it (``concerns.reached``). Once the question is answered, a note
that has not left yet is taken back, and one that the desk still has is called off: it would
call somebody home for nothing. A desk that has refused a note has no way to send one: then
this is no channel for a week, and nobody is told that it was.
"""

from datetime import timedelta

from agent import memory
from agent.asking.concerns import Concern, State
from agent.consents.consent_file import Purpose
from agent.delivery import outbox
from agent.office import Office
from wire.stamps import Stamp

TRIED_AGAIN_AFTER = timedelta(days=7)
"""A desk that could not send a note may have been given a way to, and a full mailbox room."""
_NUDGED = "nudged"


class Nudges:
    """The notes of one device to its own owner."""

    def __init__(self, office: Office) -> None:
        self._office = office

    def possible(self, now: Stamp) -> bool:
        """Tell whether a question could find the owner this way."""
        granted = self._office.consent.ask(Purpose.NUDGE_ME, now).granted
        refused_at = outbox.refused_at(self._office.store.reading(), "nudge")
        refused = refused_at is not None and now.utc - refused_at < TRIED_AGAIN_AFTER
        return granted and self._office.mailroom.enrolled and not refused

    def attend(self, concern: Concern | None, now: Stamp, *, resting: bool) -> None:
        """Send the note for ``concern`` if it is being asked, and the owner is not resting."""
        if concern is None or concern.state is not State.ASKED:
            self._take_back(now)
        elif not resting and self._is_new(concern) and self.possible(now):
            answer = self._office.consent.ask(Purpose.NUDGE_ME, now)
            with self._office.store.transaction() as db:
                self._office.mailroom.commit(
                    db, self._office.letters.nudge(concern, answer, now), now.utc
                )
                memory.set_meta(db, _NUDGED, concern.concern_id)

    def _is_new(self, concern: Concern) -> bool:
        return memory.meta(self._office.store.reading(), _NUDGED) != concern.concern_id

    def _take_back(self, now: Stamp) -> None:
        reading = self._office.store.reading()
        notes = [one.message_id for one in outbox.waiting(reading) if one.type == "nudge"]
        at_the_desk = outbox.accepted(reading, "nudge")
        if not notes and not at_the_desk:
            return
        answer = self._office.consent.ask(Purpose.NUDGE_ME, now)
        with self._office.store.transaction() as db:
            outbox.take_out(db, notes)
            for note in at_the_desk if answer.granted else ():
                parcel = self._office.letters.called_off(note, answer, now)
                self._office.mailroom.commit(db, parcel, now.utc)
            outbox.close(db, at_the_desk, now.utc)
