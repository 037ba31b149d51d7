"""Finds an owner who is out: a note without content when a question begins to wait.

One note a question, under ``nudge_me``, while the light would glow. It says that there is
a question and nothing of what it is. Once the question is answered, a note that has not
left yet is taken back: it would call somebody home for nothing. A desk that has refused a
note has no way to send one: then this is no channel, and nobody is told that it was.
"""

from agent import memory
from agent.asking.concerns import Concern, State
from agent.consents.consent_file import Purpose
from agent.delivery import outbox
from agent.office import Office
from wire.messages import Outcome
from wire.stamps import Stamp

CHANNEL = "nudge"
"""The name of the channel, as an alert tells it."""
_NUDGED = "nudged"


class Nudges:
    """The notes of one device to its own owner."""

    def __init__(self, office: Office) -> None:
        self._office = office

    def possible(self, now: Stamp) -> bool:
        """Tell whether a question could find the owner this way."""
        granted = self._office.consent.ask(Purpose.NUDGE_ME, now).granted
        refused = outbox.last_outcome(self._office.store.reading(), "nudge") == Outcome.REFUSED
        return granted and self._office.mailroom.enrolled and not refused

    def attend(self, concern: Concern | None, now: Stamp, *, resting: bool) -> None:
        """Send the note for ``concern`` if it is being asked, and the owner is not resting."""
        if concern is None or concern.state is not State.ASKED:
            self._take_back()
        elif not resting and self._is_new(concern) and self.possible(now):
            answer = self._office.consent.ask(Purpose.NUDGE_ME, now)
            with self._office.store.transaction() as db:
                self._office.mailroom.commit(
                    db, self._office.letters.nudge(concern, answer, now), now.utc
                )
                memory.set_meta(db, _NUDGED, concern.concern_id)

    def _is_new(self, concern: Concern) -> bool:
        return memory.meta(self._office.store.reading(), _NUDGED) != concern.concern_id

    def _take_back(self) -> None:
        waiting = outbox.waiting(self._office.store.reading())
        notes = [message.message_id for message in waiting if message.type == "nudge"]
        if notes:
            with self._office.store.transaction() as db:
                outbox.take_out(db, notes)
