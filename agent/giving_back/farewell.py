"""Carries out the owner's wish to be forgotten, while the device is running.

It ends in one of two exceptions, because everything in memory is of a household that is
not known any more: ``BeginAnew`` while the desk has still to answer, ``Forgotten`` once
nothing is left to do but to destroy keys and store.
"""

from agent.asking import errands
from agent.asking.errands import Kind
from agent.delivery.letters import Letters
from agent.delivery.mailroom import Mailroom
from agent.giving_back import forgetting
from agent.giving_back.forgetting import BeginAnew, Forgotten
from agent.store import Store
from wire.stamps import Stamp


class Farewell:
    """Waits for the wish, and for the desk's answer to it."""

    def __init__(self, *, store: Store, mailroom: Mailroom, letters: Letters) -> None:
        self._store = store
        self._mailroom = mailroom
        self._letters = letters

    def attend(self, now: Stamp) -> None:
        """Do what is due. Raises ``BeginAnew`` or ``Forgotten``."""
        db = self._store.reading()
        wished = errands.waiting(db, Kind.FORGET, Kind.RESET)
        if wished:
            self._begin(now, reset=any(one.kind is Kind.RESET for one in wished))
        asked = forgetting.begun(db)
        if asked is not None and (
            not asked.desk_must_answer or forgetting.answer_of_desk(db) is not None
        ):
            raise Forgotten

    def _begin(self, now: Stamp, *, reset: bool) -> None:
        # What the MQTT client still holds is of this household, too.
        self._mailroom.discard_connection()
        with self._store.transaction() as db:
            asked = forgetting.begin(db, now.utc, reset=reset)
            if asked.desk_must_answer:
                self._mailroom.commit(db, self._letters.erase(db, now), now.utc)
        forgetting.press_out(self._store)
        forgetting.burn(forgetting.household_files(self._store.path))
        raise BeginAnew
