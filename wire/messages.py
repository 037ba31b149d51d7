"""What leaves the house and what comes back: closed schemas, one dataclass a type.

A message has exactly these fields. An extra field is refused, a missing one is refused,
a text that is too long is refused: what is not in this file does not cross. Raw readings
and brews are not in this file.

Every message travels inside ``wire.sealing``: its type, its sender, its id, its epoch and
its sequence number are signed there and do not repeat here.
"""

import re
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from typing import Annotated

from wire.enrolment import NextDeskKeys
from wire.facts import DeviceCheck, RoutineChange
from wire.schema import MaxLength

Name = Annotated[str, MaxLength(80)]
Identifier = Annotated[str, MaxLength(64)]
Sentence = Annotated[str, MaxLength(600)]
HexHash = Annotated[str, MaxLength(64)]
Contact = Annotated[str, MaxLength(120)]
"""A phone number, an e-mail address: how a person is reached."""
_TIME_OF_DAY = re.compile("([01][0-9]|2[0-3]):[0-5][0-9]")


class Direction(StrEnum):
    """Which way a message travels, and so which topic carries it."""

    UP = "up"
    DOWN = "down"


class Language(StrEnum):
    """The languages that Demitasse speaks."""

    FR = "fr"
    EN = "en"


# ---------------------------------------------------------------------------- up


class Asked(StrEnum):
    """What became of the question at home before the alert left."""

    NO_ANSWER = "no_answer"
    """It was put to the owner, waited its full grace time, and nobody answered."""
    OWNER_NOT_ASKED = "owner_not_asked"
    """No channel could carry it: asking is the desk's first step."""
    OWNER_CALLED = "owner_called"
    """The owner asked for a call."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Question:
    """How the owner was asked at home, as the desk may know it."""

    outcome: Asked
    asked_at: datetime | None
    waited_h: float
    channels: tuple[Identifier, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class ConsentReference:
    """Under which consent a message left: the desk checks it again at every step."""

    record_id: Identifier
    record_hash: HexHash
    notice_id: Identifier
    purposes: tuple[Identifier, ...]
    valid_until: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class TrustedPerson:
    """Somebody whom the owner has named: a person at the desk may call them, too."""

    name: Name
    relation: Name
    """Who they are to the owner, in the owner's words: "my daughter", "neighbour"."""
    channel: Contact
    """How to reach them: a phone number, an address."""


@dataclass(frozen=True, slots=True, kw_only=True)
class QuietHours:
    """Hours of the household's own day in which nobody calls, unless the owner asked for it."""

    begins: Identifier
    """A time of day such as ``22:00``."""
    ends: Identifier
    """The same; before ``begins``: on the next day."""
    timezone: Identifier
    """IANA name: the hours are those of the clock on the owner's wall."""

    def __post_init__(self) -> None:
        """Refuse what is no time of day."""
        for at in (self.begins, self.ends):
            if not _TIME_OF_DAY.fullmatch(at):
                raise ValueError("quiet hours are times of day such as 22:00")


@dataclass(frozen=True, slots=True, kw_only=True)
class Owner:
    """Whom the desk will speak with: a name, never a number."""

    call_me: Name
    language: Language
    contact: Contact | None
    """How to reach the owner; present only under the purpose ``contact_me``."""
    trusted_person: TrustedPerson | None = None
    """Present only under the purpose ``contact_trusted_person``."""
    call_order: tuple[Identifier, ...] = ()
    """Whom to call first, of ``me`` and ``trusted_person``; empty means nobody."""
    quiet: QuietHours | None = None
    """Present only with a contact, and if the owner has such hours."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Machine:
    """Which machine is meant, as a technician needs it."""

    model: Name
    firmware: Identifier | None


@dataclass(frozen=True, slots=True, kw_only=True)
class Alert:
    """A concern, unanswered and consented to. The envelope's id is the alert's id."""

    change: RoutineChange
    device_check: DeviceCheck
    question: Question
    owner: Owner
    machine: Machine
    consent: ConsentReference
    ledger_head: HexHash


@dataclass(frozen=True, slots=True, kw_only=True)
class ServiceReport:
    """A machine fault, under the purpose ``device_health``. It says nothing of use."""

    noticed_at: datetime
    device_check: DeviceCheck
    owner: Owner
    machine: Machine
    consent: ConsentReference
    ledger_head: HexHash


@dataclass(frozen=True, slots=True, kw_only=True)
class Resolved:
    """The use has returned, or the owner has answered, after the alert had left."""

    alert_id: Identifier
    reason: Identifier
    resolved_at: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class Withdrawal:
    """The owner has taken back consent: the desk closes, erases and confirms."""

    purposes: tuple[Identifier, ...]
    withdrawn_at: datetime
    ledger_head: HexHash


@dataclass(frozen=True, slots=True, kw_only=True)
class Reply:
    """What the owner answers to a message or a decision. No monologue."""

    alert_id: Identifier
    text: Sentence
    replied_at: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class Help:
    """The owner asks for a call. It is consent for that one call, whatever the file says."""

    asked_at: datetime
    owner: Owner
    """With the contact, if the owner has written one down: without it nobody could call."""
    machine: Machine
    alert_id: Identifier | None
    """The alert that the desk knows already and that this belongs to, if there is one."""
    ledger_head: HexHash


@dataclass(frozen=True, slots=True, kw_only=True)
class Nudge:
    """Tell the owner, wherever they are, that the machine has a question. Nothing else.

    The desk keeps the address no longer than it takes to deliver the note, and takes the
    note only while ``consent`` is live and names ``nudge_me``. It signs twice: ``accepted``
    when it has the note, and then ``closed`` when the owner's channel has taken it, or
    ``refused`` when it cannot be delivered. A note on its way is called off by ``Resolved``
    with the note's own id as ``alert_id``.
    """

    to: Contact
    """The owner's own phone or e-mail address, under the purpose ``nudge_me``."""
    language: Language
    asked_at: datetime
    consent: ConsentReference


@dataclass(frozen=True, slots=True, kw_only=True)
class Felt:
    """How it felt, in the owner's words, the day after a person decided."""

    alert_id: Identifier
    text: Sentence
    felt_at: datetime
    consent: ConsentReference


@dataclass(frozen=True, slots=True, kw_only=True)
class Erase:
    """The owner has everything forgotten: the desk erases all it has of this household."""

    asked_at: datetime
    ledger_head: HexHash


@dataclass(frozen=True, slots=True, kw_only=True)
class GiveBack:
    """The owner asks for all that the desk has of this household. It needs no consent."""

    asked_at: datetime
    ledger_head: HexHash


class DropReason(StrEnum):
    """Why a health record never left the device."""

    ROOM = "room"
    """Too many waited: the oldest made room."""
    WRITE_BUDGET = "write_budget"
    """The day's writing to the memory card was used up."""
    DISK = "disk"
    """The disk refused it."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Dropped:
    """How many health records were lost for one reason since the last batch was made."""

    reason: DropReason
    records: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Health:
    """How machine and device were, one figure a record, under ``device_health``.

    Nothing in it tells when the machine was used: a machine that is switched off has the
    figures it had before. It is not acknowledged, and may be lost, as a heartbeat may.
    """

    first_at: datetime
    every_s: int
    machine_scores: tuple[int, ...]
    """In hundredths, as ``demitasse status`` shows it: 0 with nothing against the machine, 100
    and more when it is a service matter."""
    frames_missed: tuple[int, ...]
    reconnects: tuple[int, ...]
    dropped: tuple[Dropped, ...]
    written_bytes: int
    """What the device has written to its memory card today."""
    consent: ConsentReference
    ledger_head: HexHash


@dataclass(frozen=True, slots=True, kw_only=True)
class Heartbeat:
    """The device lives. It says nothing else about the house."""

    sent_at: datetime
    ledger_head: HexHash
    received: tuple[Identifier, ...] = ()
    """The ids of what the desk has said and the device has lately committed: the desk says
    again what is never named here. Acknowledgements are not among them."""


# -------------------------------------------------------------------------- down


class Outcome(StrEnum):
    """What the desk did with a message."""

    ACCEPTED = "accepted"
    REPEATED = "repeated"
    """Known already: acknowledged again, and no second case."""
    REFUSED = "refused"
    """Readable and genuine, yet not allowed: consent expired, or another purpose. Of a note
    to the owner (``Nudge``), also after ``accepted``: it could not be delivered."""
    CLOSED = "closed"
    """The case of the message is closed: the device need not keep its sealed copy. Of a note
    to the owner: their channel has taken it, and the desk has forgotten the address."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Ack:
    """The desk has committed a message. A PUBACK proves nothing; this does."""

    message_id: Identifier
    epoch: int
    envelope_sha256: HexHash
    outcome: Outcome
    ledger_head: HexHash
    """The head of the device's ledger that came with the message, thereby anchored."""
    acknowledged_at: datetime
    desk_epoch: int = 0
    """Which life of the desk signs: random, from 1 to 2**53 - 1, new on each restore.

    When it changes, the device sends again whatever it keeps that is not closed; an epoch
    that was followed by another is believed no more. After a restore the desk answers the
    next heartbeat of each device too, so that one with nothing to send learns of it.
    """


class Choice(StrEnum):
    """What a person can decide. ``wire.words`` has the sentence of each."""

    CALL = "call"
    """The reviewer calls the owner."""
    WRITE = "write"
    """The reviewer writes to the owner's page and waits for a reply."""
    LEAVE_IN_PEACE = "leave_in_peace"
    """Nothing kind and useful to do: better nothing than clumsy."""
    REPAIR = "repair"
    """A technician takes care of the machine."""
    MAINTAIN = "maintain"
    """The owner can do it: cleaning, descaling, a part to reseat."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Decision:
    """What a reviewer chose, with the reason, told to the owner."""

    alert_id: Identifier
    reviewer: Name
    choice: Choice
    reason: Sentence
    message: Sentence | None
    decided_at: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class Access:
    """Who looked at the owner's case, and when."""

    alert_id: Identifier
    reviewer: Name
    looked_at: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class Note:
    """A few words from the desk that decide nothing: who can be called meanwhile, say."""

    alert_id: Identifier | None
    """The message or alert that it answers."""
    sender: Name
    """The first name of a person; empty when the desk itself answers."""
    text: Sentence
    sent_at: datetime
    offers: TrustedPerson | None = None
    """Somebody of the desk's volunteers whom the owner could name, as the file would name
    them. Nothing comes of it unless the owner does."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Erased:
    """The desk has erased all it had of this household, or had nothing."""

    cases: int
    """How many cases were emptied."""
    erased_at: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class DeskLine:
    """One thing that happened at the desk, or was written there, about this household.

    A text that is too long for one message goes on in the line that follows.
    """

    about: Identifier
    """The alert or other message whose case it belongs to; empty: the household."""
    at: datetime
    what: Identifier
    """An event of the case (``look``, ``decide``, …), or what kind of words it is."""
    by: Name
    """The first name of whoever did it; empty: the desk itself, following a rule."""
    text: Sentence


@dataclass(frozen=True, slots=True, kw_only=True)
class GivenBack:
    """One part of what the desk has of this household, as it stood at ``made_at``."""

    asked: Identifier
    """The ``GiveBack`` that it answers."""
    number: int
    """Which part this is, from 1 to ``of``."""
    of: int
    made_at: datetime
    lines: tuple[DeskLine, ...]
    withheld: tuple[Identifier, ...]
    """The categories of what is not in here; the device has the reasons in words."""


Message = (
    Alert
    | ServiceReport
    | Resolved
    | Withdrawal
    | Reply
    | Health
    | Heartbeat
    | Ack
    | Decision
    | Access
    | Help
    | Nudge
    | Felt
    | Erase
    | GiveBack
    | Note
    | Erased
    | GivenBack
    | NextDeskKeys
)

TYPES: dict[Direction, dict[str, type[Message]]] = {
    Direction.UP: {
        "alert": Alert,
        "service_report": ServiceReport,
        "resolved": Resolved,
        "withdrawal": Withdrawal,
        "reply": Reply,
        "help": Help,
        "nudge": Nudge,
        "felt": Felt,
        "erase": Erase,
        "give_back": GiveBack,
        "heartbeat": Heartbeat,
        "health": Health,
    },
    Direction.DOWN: {
        "ack": Ack,
        "decision": Decision,
        "access": Access,
        "message": Note,
        "erased": Erased,
        "given_back": GivenBack,
        "desk_keys": NextDeskKeys,
    },
}
"""The whole vocabulary. A type that is not listed for its direction is quarantined."""


def type_name(message: Message) -> str:
    """Return the name under which ``message`` travels."""
    for names in TYPES.values():
        for name, cls in names.items():
            if type(message) is cls:
                return name
    raise TypeError(f"{type(message).__name__} is not a message")
