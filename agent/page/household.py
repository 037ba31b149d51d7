"""What the page has to show, read once a request and never changed by it."""

import sqlite3
from dataclasses import dataclass
from datetime import datetime, timedelta
from zoneinfo import ZoneInfo

from agent import ledger, memory
from agent.asking import errands, welcome
from agent.asking.concerns import Concern, State
from agent.asking.grace import is_quiet
from agent.asking.owner_wishes import SETTLED
from agent.consent import Answer, ConsentRecord, ConsentState, TrustedTime, ask, paused
from agent.consents.consent_file import (
    ConsentFile,
    Purpose,
    Unreadable,
    budget_of,
    read_consent_file,
)
from agent.delivery import outbox, sent_copies
from agent.delivery.sent_copies import Sent
from agent.disk import Disk, look
from agent.errors import StoreError
from agent.giving_back import beside, desk_part, quiet
from agent.giving_back.desk_part import NO_DESK_PART, DeskPart
from agent.learning import absence
from agent.learning.routine import Routine
from agent.notices import shipped_notices
from agent.settings import AgentSettings
from agent.store import Store
from wire.messages import Decision, Language, Message, Note, TrustedPerson

SHOWN_MAX = 50
ASKED_HOW_AFTER = timedelta(hours=18)
"""The next day, roughly: soon enough to remember, late enough to have rested."""
ASKED_HOW_UNTIL = timedelta(days=14)


@dataclass(frozen=True, slots=True, kw_only=True)
class TakenBack:
    """A withdrawal as the owner should see it."""

    purpose: Purpose
    at: datetime
    told: bool
    """Whether the desk had something to forget."""
    confirmed_at: datetime | None


@dataclass(frozen=True, slots=True, kw_only=True)
class Household:
    """Everything a page may need."""

    now: datetime
    zone: ZoneInfo
    file: ConsentFile | Unreadable
    language: Language
    answers: dict[Purpose, Answer]
    awake: bool
    """Whether there is a store to look into."""
    disk: Disk = Disk.FINE
    """Whether what is said here can be kept."""
    quiet: bool = False
    """Whether everything was forgotten, and the device waits to be told to begin again."""
    brews: int = 0
    last_brew: datetime | None = None
    routine: Routine | None = None
    paused: bool = False
    back_since: datetime | None = None
    concerns: tuple[Concern, ...] = ()
    sent: tuple[Sent, ...] = ()
    figures: int = 0
    """How many batches of the machine's figures were sent, which are in the copy alone."""
    outcomes: dict[str, str] | None = None
    came_back: tuple[tuple[datetime, Message], ...] = ()
    taken_back: tuple[TakenBack, ...] = ()
    call_waits: bool = False
    contact: str = ""
    """Whom to write to, of those who run the desk."""
    desk_part: DeskPart = NO_DESK_PART
    desk_is_asked: bool = False
    """Whether the device has been told to ask for it, and has not looked yet."""
    welcome_about: Concern | None = None
    """The question that ended, and about which the page asks now whether it was welcome."""
    fewer: float | None = None
    """How many needless questions a year to offer instead, if it is time for that."""

    @property
    def question(self) -> Concern | None:
        """The concern whose question waits for an answer."""
        waits = (State.ASKED, State.ALERTED, State.ACKNOWLEDGED)
        return next((one for one in self.concerns if one.state in waits), None)

    @property
    def offered(self) -> TrustedPerson | None:
        """The volunteer of whom the desk has told last, as the file would name them."""
        notes = (message for _at, message in self.came_back if isinstance(message, Note))
        return next((note.offers for note in notes if note.offers), None)

    @property
    def felt_about(self) -> Decision | None:
        """The decision about which nobody has asked yet how it felt."""
        told = {getattr(c.message, "alert_id", "") for c in self.sent if c.type == "felt"}
        for at, message in self.came_back:
            age = self.now - at
            if isinstance(message, Decision) and ASKED_HOW_AFTER <= age <= ASKED_HOW_UNTIL:
                return None if message.alert_id in told else message
        return None


def read(settings: AgentSettings, now: datetime) -> Household:
    """Read file and store as they are at ``now``."""
    file = read_consent_file(settings.consent_file)
    try:
        with beside.store_of(settings) as store:
            return _awake(settings, store, file, now)
    except StoreError:
        return Household(
            now=now,
            zone=ZoneInfo(settings.timezone),
            file=file,
            language=language_of(file),
            answers=_answers(settings, file, {}, now),
            awake=False,
            disk=look(settings.state_dir),
            quiet=quiet.lasts(settings.state_dir),
        )


def language_of(file: ConsentFile | Unreadable) -> Language:
    """Return the language that the owner chose."""
    return file.language if isinstance(file, ConsentFile) else Language.EN


def _awake(
    settings: AgentSettings, store: Store, file: ConsentFile | Unreadable, now: datetime
) -> Household:
    db = store.reading()
    rows = list(ledger.rows(db))
    away = isinstance(file, ConsentFile) and paused(file, settings.timezone, now)
    back = absence.kept(db) if away else None
    last = next(iter(memory.last_brews(db, 1)), None)
    state = memory.meta(db, "routine")
    sent = tuple(sent_copies.letters(db, SHOWN_MAX))
    concerns = memory.concerns(db)
    about, fewer = _afterwards(settings, db, file, concerns, now)
    return Household(
        now=now,
        zone=ZoneInfo(settings.timezone),
        file=file,
        language=language_of(file),
        answers=_answers(settings, file, ledger.records(db), now),
        awake=True,
        disk=look(settings.state_dir),
        brews=int(db.execute("SELECT count(*) FROM brew").fetchone()[0]),
        last_brew=last[0] if last else None,
        routine=Routine.from_json(
            state, timezone=settings.timezone, budget_per_year=budget_of(file)
        )
        if isinstance(state, dict)
        else None,
        paused=away,
        back_since=back.since if back else None,
        concerns=tuple(concerns)[:SHOWN_MAX],
        sent=sent,
        figures=sent_copies.figures(db),
        outcomes={one.message_id: outbox.outcome(db, one.message_id) or "" for one in sent},
        came_back=tuple(memory.came_back(db))[:SHOWN_MAX],
        taken_back=tuple(_taken_back(rows))[::-1],
        call_waits=any(message.type == "help" for message in outbox.waiting(db)),
        contact=settings.operator.contact,
        desk_part=desk_part.kept(db),
        desk_is_asked=bool(errands.waiting(db, errands.Kind.GIVE_BACK)),
        welcome_about=about,
        fewer=fewer,
    )


def _afterwards(
    settings: AgentSettings,
    db: sqlite3.Connection,
    file: ConsentFile | Unreadable,
    concerns: list[Concern],
    now: datetime,
) -> tuple[Concern | None, float | None]:
    """Return what there is to ask about earlier questions, if this is the hour for it."""
    if not isinstance(file, ConsentFile) or paused(file, settings.timezone, now):
        return None, None
    heard = {errand.about for errand in errands.waiting(db, errands.Kind.WELCOME)}
    if is_quiet(now, file.quiet, settings.timezone) or "" in heard:
        return None, None
    about = welcome.due(concerns, sent_copies.alerts(db), now)
    settled = memory.meta(db, SETTLED)
    fewer = welcome.fewer(
        concerns,
        file.false_alarms_per_year,
        datetime.fromisoformat(settled) if isinstance(settled, str) else None,
    )
    return (None if about and about.concern_id in heard else about), fewer


def _answers(
    settings: AgentSettings,
    file: ConsentFile | Unreadable,
    records: dict[Purpose, ConsentRecord],
    now: datetime,
) -> dict[Purpose, Answer]:
    state = ConsentState(
        file=file, records=records, notices=shipped_notices(), timezone=settings.timezone
    )
    time = TrustedTime(utc=now, certain=True)
    return {purpose: ask(purpose, state, time) for purpose in Purpose}


def _taken_back(rows: list[ledger.Row]) -> list[TakenBack]:
    """Return every withdrawal, with what the desk said to it.

    The message to the desk is the next that was committed after the entry it belongs to.
    """
    signed = {
        row.entry.message_id: datetime.fromisoformat(row.at)
        for row in rows
        if isinstance(row.entry, ledger.MessageAcknowledged)
    }
    found: list[TakenBack] = []
    for number, row in enumerate(rows):
        if not isinstance(row.entry, ledger.ConsentWithdrawn):
            continue
        after = rows[number + 1].entry if number + 1 < len(rows) else None
        told = isinstance(after, ledger.MessageCommitted) and after.type == "withdrawal"
        message_id = after.message_id if isinstance(after, ledger.MessageCommitted) else ""
        found.append(
            TakenBack(
                purpose=row.entry.purpose,
                at=row.entry.withdrawn_at,
                told=told,
                confirmed_at=signed.get(message_id) if told else None,
            )
        )
    return found
