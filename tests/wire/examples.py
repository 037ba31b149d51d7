"""One example of each message, fixed keys, and a strategy for every schema.

The keys are made of counted bytes so that anyone sees that they protect nothing.
"""

import dataclasses
import typing
from datetime import UTC, datetime
from enum import StrEnum
from typing import Any

from hypothesis import strategies as st

from wire.enrolment import NextDeskKeys, NextDeskKeysKind, sign
from wire.facts import (
    CheckName,
    DeviceCheck,
    Evidence,
    Finding,
    Measure,
    RoutineChange,
    RoutineKind,
    Verdict,
)
from wire.keys import DeskKeys, DeviceKeys
from wire.messages import (
    TYPES,
    Access,
    Ack,
    Alert,
    Asked,
    Choice,
    ConsentReference,
    Decision,
    DeskLine,
    Direction,
    Dropped,
    DropReason,
    Erase,
    Erased,
    Felt,
    GiveBack,
    GivenBack,
    Health,
    Heartbeat,
    Help,
    Language,
    Machine,
    Message,
    Note,
    Nudge,
    Outcome,
    Owner,
    Question,
    QuietHours,
    Reply,
    Resolved,
    ServiceReport,
    Withdrawal,
)
from wire.schema import DEFAULT_MAX_LENGTH, MaxLength

DEVICE = DeviceKeys(
    identity=bytes(range(32)), mlkem768=bytes(range(64)), x25519=bytes(range(32, 64))
)
DESK = DeskKeys(
    identity=bytes(range(64, 96)), mlkem768=bytes(range(64, 128)), x25519=bytes(range(96, 128))
)

NEXT_DESK = DeskKeys(
    identity=bytes(range(128, 160)),
    mlkem768=bytes(range(128, 192)),
    x25519=bytes(range(160, 192)),
)

ALL_TYPES = [
    (direction, name, cls) for direction, types in TYPES.items() for name, cls in types.items()
]

_HASH = "5e" * 32
_NOTICED_AT = datetime(2026, 3, 8, 9, 0, tzinfo=UTC)
_CHANGE = RoutineChange(
    kind=RoutineKind.SILENCE,
    since=datetime(2026, 3, 3, 6, 10, tzinfo=UTC),
    noticed_at=_NOTICED_AT,
    measure=Measure.HOURS_WITHOUT_BREW,
    observed=122.8,
    usual=31.0,
    compared_days=56,
    last_brew_at=datetime(2026, 3, 3, 6, 10, tzinfo=UTC),
    timezone="Europe/Paris",
)
_CHECK = DeviceCheck(
    verdict=Verdict.SOUND,
    checked_at=_NOTICED_AT,
    evidence=(
        Evidence(
            check=CheckName.LINK, verdict=Verdict.SOUND, finding=Finding.LINK_STEADY, value=None
        ),
        Evidence(
            check=CheckName.TEMPERATURE,
            verdict=Verdict.SOUND,
            finding=Finding.TEMPERATURE_PLAUSIBLE,
            value=91.5,
        ),
    ),
)
_OWNER = Owner(call_me="Rosalie", language=Language.FR, contact=None)
_MACHINE = Machine(model="Reference", firmware="1.0.0")
_CONSENT = ConsentReference(
    record_id="record-1",
    record_hash=_HASH,
    notice_id="notice-1",
    purposes=("care_alert",),
    valid_until=datetime(2026, 9, 1, tzinfo=UTC),
)

EXAMPLES: dict[str, Message] = {
    "alert": Alert(
        change=_CHANGE,
        device_check=_CHECK,
        question=Question(
            outcome=Asked.NO_ANSWER, asked_at=_NOTICED_AT, waited_h=12.0, channels=("page",)
        ),
        owner=_OWNER,
        machine=_MACHINE,
        consent=_CONSENT,
        ledger_head=_HASH,
    ),
    "service_report": ServiceReport(
        noticed_at=_NOTICED_AT,
        device_check=_CHECK,
        owner=_OWNER,
        machine=_MACHINE,
        consent=_CONSENT,
        ledger_head=_HASH,
    ),
    "resolved": Resolved(alert_id="ab" * 16, reason="brewed_again", resolved_at=_NOTICED_AT),
    "withdrawal": Withdrawal(
        purposes=("care_alert", "contact_me"), withdrawn_at=_NOTICED_AT, ledger_head=_HASH
    ),
    "reply": Reply(alert_id="ab" * 16, text="J’étais chez ma sœur.", replied_at=_NOTICED_AT),
    "help": Help(
        asked_at=_NOTICED_AT,
        owner=_OWNER,
        machine=_MACHINE,
        alert_id=None,
        ledger_head=_HASH,
    ),
    "nudge": Nudge(
        to="06 00 00 00 00", language=Language.FR, asked_at=_NOTICED_AT, consent=_CONSENT
    ),
    "felt": Felt(
        alert_id="ab" * 16,
        text="Cela m’a fait plaisir.",
        felt_at=_NOTICED_AT,
        consent=_CONSENT,
    ),
    "erase": Erase(asked_at=_NOTICED_AT, ledger_head=_HASH),
    "give_back": GiveBack(asked_at=_NOTICED_AT, ledger_head=_HASH),
    "health": Health(
        first_at=_NOTICED_AT,
        every_s=60,
        machine_scores=(0, 0, 1),
        frames_missed=(0, 2, 0),
        reconnects=(0, 0, 1),
        dropped=(Dropped(reason=DropReason.ROOM, records=60),),
        written_bytes=1_500_000,
        consent=_CONSENT,
        ledger_head=_HASH,
    ),
    "heartbeat": Heartbeat(sent_at=_NOTICED_AT, ledger_head=_HASH),
    "ack": Ack(
        message_id="ab" * 16,
        epoch=1,
        envelope_sha256=_HASH,
        outcome=Outcome.ACCEPTED,
        ledger_head=_HASH,
        acknowledged_at=_NOTICED_AT,
        desk_epoch=2**53 - 1,
    ),
    "decision": Decision(
        alert_id="ab" * 16,
        reviewer="Maud",
        choice=Choice.WRITE,
        reason="La pause est longue pour cette maison.",
        message="Bonjour Rosalie, tout va bien ?",
        decided_at=_NOTICED_AT,
    ),
    "access": Access(alert_id="ab" * 16, reviewer="Maud", looked_at=_NOTICED_AT),
    "message": Note(
        alert_id="ab" * 16,
        sender="Maud",
        text="Je vous appelle demain à dix heures.",
        sent_at=_NOTICED_AT,
    ),
    "erased": Erased(cases=1, erased_at=_NOTICED_AT),
    "given_back": GivenBack(
        asked="cd" * 16,
        number=1,
        of=2,
        made_at=_NOTICED_AT,
        lines=(
            DeskLine(about="ab" * 16, at=_NOTICED_AT, what="look", by="Maud", text=""),
            DeskLine(
                about="ab" * 16,
                at=_NOTICED_AT,
                what="decide",
                by="Maud",
                text="La pause est longue pour cette maison.",
            ),
        ),
        withheld=("staff", "work"),
    ),
    "desk_keys": sign(
        NextDeskKeys(
            kind=NextDeskKeysKind.V1,
            serial=2,
            keys=NEXT_DESK.public().to_text(),
            issued_at=_NOTICED_AT,
            overlap_days=30,
            signature="",
        ),
        DESK.signer(),
    ),
}


def _desk_keys(**parts: Any) -> Message:
    return dataclasses.replace(EXAMPLES["desk_keys"], **parts)


_SCALARS: dict[Any, st.SearchStrategy[Any]] = {
    # Not every text is a key, so the keys stay those of the example.
    NextDeskKeys: st.fixed_dictionaries(
        {
            "serial": st.integers(1, 2**31 - 1),
            "overlap_days": st.integers(0, 396),
            "signature": st.text("0123456789abcdef", max_size=128),
        }
    ).map(lambda parts: _desk_keys(**parts)),
    # Not every text is a time of day.
    QuietHours: st.builds(
        QuietHours,
        begins=st.times().map(lambda at: f"{at:%H:%M}"),
        ends=st.times().map(lambda at: f"{at:%H:%M}"),
        timezone=st.sampled_from(["Europe/Paris", "America/Argentina/Buenos_Aires"]),
    ),
    datetime: st.datetimes(
        min_value=datetime(1970, 1, 1),
        max_value=datetime(8999, 12, 31),
        timezones=st.just(UTC),
    ),
    bool: st.booleans(),
    int: st.integers(-(2**53) + 1, 2**53 - 1),
    float: st.floats(-(2.0**52), 2.0**52),
}


def any_of(kind: Any) -> st.SearchStrategy[Any]:
    """Return a strategy for every value that the schema ``kind`` allows."""
    max_length = DEFAULT_MAX_LENGTH
    if typing.get_origin(kind) is typing.Annotated:
        kind, *notes = typing.get_args(kind)
        max_length = next(note.characters for note in notes if isinstance(note, MaxLength))
    if kind in _SCALARS:
        return _SCALARS[kind]
    if kind is str:
        text = st.characters(exclude_categories=["Cs"], exclude_characters="\0")
        return st.text(text, max_size=max_length)
    if typing.get_origin(kind) is tuple:
        return st.lists(any_of(typing.get_args(kind)[0]), max_size=8).map(tuple)
    if type(None) in typing.get_args(kind):
        return st.none() | any_of(typing.get_args(kind)[0])
    if issubclass(kind, StrEnum):
        return st.sampled_from(kind)
    assert isinstance(kind, type)
    assert dataclasses.is_dataclass(kind), kind
    hints = typing.get_type_hints(kind, include_extras=True)
    return st.builds(kind, **{name: any_of(hint) for name, hint in hints.items()})


def up_or_down(name: str) -> Direction:
    """Return the direction in which a message of this type travels."""
    return Direction.UP if name in TYPES[Direction.UP] else Direction.DOWN
