"""What the desk has of this household: asked for over the sealed channel, kept as it comes.

The owner asks (page or command); the device asks the desk once and holds the connection,
whatever the switches say, until all parts of the answer are here, or for ``GIVEN_UP``. A
newer answer takes the place of an older one only when it is whole, so that there is always
one to read. A desk that was never written to has nothing and is not called.
"""

import sqlite3
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum

from agent import ledger
from agent.asking import errands
from agent.asking.errands import Kind
from agent.delivery import outbox
from agent.office import Office
from wire.messages import DeskLine, GivenBack, Outcome
from wire.schema import decode
from wire.stamps import Stamp

ASKING = "give_back"
"""The type of the message that asks."""
GIVEN_UP = timedelta(days=1)


class Standing(StrEnum):
    """How far the question to the desk has come."""

    NOTHING_SENT = "nothing_sent"
    """Nothing ever left for the desk, so it has nothing."""
    NOT_ASKED = "not_asked"
    ASKED = "asked"
    ANSWERED = "answered"
    REFUSED = "refused"
    NO_ANSWER = "no_answer"


@dataclass(frozen=True, slots=True, kw_only=True)
class DeskPart:
    """The newest whole answer, if there is one, and how the newest question stands."""

    standing: Standing
    asked_at: datetime | None = None
    made_at: datetime | None = None
    """As of when the desk's part is; ``None`` while there is none."""
    lines: tuple[DeskLine, ...] = ()
    withheld: tuple[str, ...] = ()


NO_DESK_PART = DeskPart(standing=Standing.NOTHING_SENT)


class DeskPartKeeper:
    """Asks for it, and sees whether it has come."""

    def __init__(self, office: Office) -> None:
        self._office = office

    def attend(self, now: Stamp) -> None:
        """Ask if the owner wants it; note what has come, and what did not."""
        db = self._office.store.reading()
        wished = errands.waiting(db, Kind.GIVE_BACK)
        if wished:
            with self._office.store.transaction() as writing:
                errands.done(writing, wished)
                if self._may_ask(writing):
                    parcel = self._office.letters.give_back(writing, now)
                    self._office.mailroom.commit(writing, parcel, now.utc)
        for message_id, asked_at, waits in outbox.asked(db, ASKING):
            if waits and (_is_whole(_parts(db, message_id)) or now.utc - asked_at > GIVEN_UP):
                self._be_done(message_id, now)

    def _may_ask(self, db: sqlite3.Connection) -> bool:
        waits = any(waits for _, _, waits in outbox.asked(db, ASKING))
        return self._office.mailroom.enrolled and anything_sent(db) and not waits

    def _be_done(self, message_id: str, now: Stamp) -> None:
        with self._office.store.transaction() as db:
            outbox.close(db, [message_id], now.utc)
            others = [one for one in _answers(db) if one != message_id]
            # Either this answer takes the place of the others, or it never became one.
            for asked in others if _is_whole(_parts(db, message_id)) else [message_id]:
                _forget(db, asked)


def anything_sent(db: sqlite3.Connection) -> bool:
    """Tell whether the desk can know of this household at all."""
    return any(isinstance(row.entry, ledger.MessageCommitted) for row in ledger.rows(db))


def kept(db: sqlite3.Connection) -> DeskPart:
    """Return what is here of the desk's part, and how the newest question for it stands."""
    asked = outbox.asked(db, ASKING)
    newest = asked[-1] if asked else None
    standing = _standing(db, newest)
    whole = next((p for one in _answers(db) if _is_whole(p := _parts(db, one))), [])
    return DeskPart(
        standing=standing,
        asked_at=newest[1] if newest else None,
        made_at=min((part.made_at for part in whole), default=None),
        lines=tuple(line for part in whole for line in part.lines),
        withheld=tuple(dict.fromkeys(one for part in whole for one in part.withheld)),
    )


def _standing(db: sqlite3.Connection, newest: tuple[str, datetime, bool] | None) -> Standing:
    if newest is None:
        return Standing.NOT_ASKED if anything_sent(db) else Standing.NOTHING_SENT
    message_id, _, waits = newest
    if waits:
        return Standing.ASKED
    if outbox.outcome(db, message_id) == Outcome.REFUSED:
        return Standing.REFUSED
    return Standing.ANSWERED if _is_whole(_parts(db, message_id)) else Standing.NO_ANSWER


def _all_parts(db: sqlite3.Connection) -> Iterator[tuple[str, GivenBack]]:
    for message_id, body in db.execute(
        "SELECT message_id, body FROM received WHERE type = 'given_back' ORDER BY at DESC"
    ):
        yield message_id, decode(GivenBack, body)


def _answers(db: sqlite3.Connection) -> list[str]:
    """Return the questions of which parts of an answer are here, newest first."""
    return list(dict.fromkeys(part.asked for _, part in _all_parts(db)))


def _parts(db: sqlite3.Connection, asked: str) -> list[GivenBack]:
    """Return the parts of one answer in their order; a repeat counts once."""
    found = {part.number: part for _, part in _all_parts(db) if part.asked == asked}
    return [found[number] for number in sorted(found)]


def _is_whole(parts: list[GivenBack]) -> bool:
    numbers = [part.number for part in parts]
    return bool(parts) and numbers == [*range(1, len(parts) + 1)] and len(parts) == parts[0].of


def _forget(db: sqlite3.Connection, asked: str) -> None:
    gone = [(message_id,) for message_id, part in _all_parts(db) if part.asked == asked]
    db.executemany("DELETE FROM received WHERE message_id = ?", gone)
