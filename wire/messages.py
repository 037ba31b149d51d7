"""What leaves the house and what comes back: closed schemas, one dataclass a type.

A message has exactly these fields. An extra field is refused, a missing one is refused,
a text that is too long is refused: what is not in this file does not cross. Raw readings
and brews are not in this file.

Every message travels inside ``wire.sealing``: its type, its sender, its id, its epoch and
its sequence number are signed there and do not repeat here.
"""

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from typing import Annotated

from wire.facts import DeviceCheck, RoutineChange
from wire.schema import MaxLength

Name = Annotated[str, MaxLength(80)]
Identifier = Annotated[str, MaxLength(64)]
Sentence = Annotated[str, MaxLength(600)]
HexHash = Annotated[str, MaxLength(64)]


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
class Owner:
    """Whom the desk will speak with: a name, never a number."""

    call_me: Name
    language: Language
    contact: Annotated[str, MaxLength(120)] | None
    """How to reach the owner; present only under the purpose ``contact_me``."""


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
class Heartbeat:
    """The device lives. It says nothing else about the house."""

    sent_at: datetime
    ledger_head: HexHash


# -------------------------------------------------------------------------- down


class Outcome(StrEnum):
    """What the desk did with a message."""

    ACCEPTED = "accepted"
    REPEATED = "repeated"
    """Known already: acknowledged again, and no second case."""
    REFUSED = "refused"
    """Readable and genuine, yet not allowed: consent expired, or another purpose."""


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


Message = (
    Alert | ServiceReport | Resolved | Withdrawal | Reply | Heartbeat | Ack | Decision | Access
)

TYPES: dict[Direction, dict[str, type[Message]]] = {
    Direction.UP: {
        "alert": Alert,
        "service_report": ServiceReport,
        "resolved": Resolved,
        "withdrawal": Withdrawal,
        "reply": Reply,
        "heartbeat": Heartbeat,
    },
    Direction.DOWN: {
        "ack": Ack,
        "decision": Decision,
        "access": Access,
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
