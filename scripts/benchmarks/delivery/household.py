"""A made-up household, its keys and its messages: what the delivery benchmark sends about."""

import re
import time
from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from pathlib import Path

from agent.consent import Answer, ConsentRecord, Reason
from agent.consents.consent_file import Purpose
from agent.delivery.letterbox import Parcel
from agent.delivery.mailroom import Mailroom
from agent.delivery.publisher import Publisher
from agent.identity.desk_pin import DeskPin, PinnedDesk
from agent.notices import shipped_notices
from agent.store import Store
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
    Alert,
    Asked,
    ConsentReference,
    Direction,
    Language,
    Machine,
    Message,
    Owner,
    Question,
    Resolved,
)
from wire.sealing import seal
from wire.stamps import Stamp

START = datetime(2026, 3, 8, 9, 0, tzinfo=UTC)
CARE = Purpose.CARE_ALERT
HASH = "5e" * 32
SHIPPED = Path(__file__).parents[3] / "config" / "consent.toml"
MODEL = "Reference controller"
_NOTHING_FOUND = (
    (CheckName.LINK, Finding.LINK_STEADY),
    (CheckName.CLOCK, Finding.CLOCK_SYNCED),
    (CheckName.TANK, Finding.TANK_PLAUSIBLE),
    (CheckName.FLOW, Finding.FLOW_PLAUSIBLE),
    (CheckName.HEATING, Finding.HEATING_PLAUSIBLE),
)


@dataclass(frozen=True, slots=True, kw_only=True)
class House:
    """One household; its words are what nobody on the way may read."""

    device: DeviceKeys = field(default_factory=DeviceKeys.create)
    desk: DeskKeys = field(default_factory=DeskKeys.create)
    call_me: str = "Colette"
    contact: str | None = "06 12 34 56 78"
    model: str = MODEL

    def pinned(self) -> PinnedDesk:
        """Return the desk as the device knows it."""
        pin = DeskPin(
            serial=1,
            keys=self.desk.public().to_text(),
            broker_host="127.0.0.1",
            broker_port=1883,
            enrol_url="https://desk.example/enrol/certificate",
            authorities="none",
        )
        return PinnedDesk(None, pin)

    def room(self, store: Store) -> Mailroom:
        """Return a mailroom that only commits: it has no network."""
        return Mailroom(
            store,
            keys=self.device,
            desk=self.pinned(),
            connect=_no_network,
            slot_s=300.0,
            journal=lambda _happening: None,
        )

    def alert(self, at: datetime = START) -> Alert:
        """Return an alert about a pause that this household never makes."""
        return alert(at, call_me=self.call_me, contact=self.contact, model=self.model)

    def sealed(
        self,
        message: Message,
        message_id: str,
        *,
        direction: Direction = Direction.UP,
        sequence: int = 1,
    ) -> bytes:
        """Return the envelope in which ``message`` travels."""
        ends = (
            (self.device, self.desk) if direction is Direction.UP else (self.desk, self.device)
        )
        return seal(
            message,
            direction=direction,
            device=self.device.device_id,
            message_id=message_id,
            epoch=1,
            sequence=sequence,
            sender=ends[0],
            recipient=ends[1].public(),
        )


def alert(
    at: datetime,
    *,
    call_me: str,
    contact: str | None = None,
    model: str = MODEL,
    called: bool = False,
) -> Alert:
    """Return an alert about a pause that this person never makes, or in which they called."""
    return Alert(
        change=RoutineChange(
            kind=RoutineKind.SILENCE,
            since=at - timedelta(hours=60),
            noticed_at=at,
            measure=Measure.HOURS_WITHOUT_BREW,
            observed=60.5,
            usual=31.0,
            compared_days=56,
            last_brew_at=at - timedelta(hours=60),
            timezone="Europe/Paris",
        ),
        device_check=sound(at),
        question=Question(
            outcome=Asked.OWNER_CALLED if called else Asked.NO_ANSWER,
            asked_at=at,
            waited_h=12.0,
            channels=("light",),
        ),
        owner=Owner(call_me=call_me, language=Language.FR, contact=contact),
        machine=Machine(model=model, firmware="1.0.0"),
        consent=ConsentReference(
            record_id="record-1",
            record_hash=HASH,
            notice_id="notice-1",
            purposes=("care_alert", "contact_me", "device_health"),
            valid_until=at + timedelta(days=180),
        ),
        ledger_head=HASH,
    )


def _no_network() -> Publisher:
    raise AssertionError("nothing is sent here")


def sound(at: datetime) -> DeviceCheck:
    """Return a device check that found nothing."""
    lines = tuple(
        Evidence(check=check, verdict=Verdict.SOUND, finding=finding, value=None)
        for check, finding in _NOTHING_FOUND
    )
    return DeviceCheck(verdict=Verdict.SOUND, checked_at=at, evidence=lines)


def parcel(message: Message, message_id: str, purpose: Purpose | None = CARE) -> Parcel:
    """Return ``message`` ready to be committed."""
    return Parcel(
        message=message,
        message_id=message_id,
        purpose=purpose,
        record_id="record-1" if purpose else None,
        concern_id=message_id if isinstance(message, Alert) else None,
    )


def resolved(alert_id: str, at: datetime = START) -> Resolved:
    """Return the message that the use has returned."""
    return Resolved(alert_id=alert_id, reason="use_returned", resolved_at=at)


def allowed(purpose: Purpose) -> Answer:
    """Be a gate at which everything is granted."""
    record = ConsentRecord(
        record_id="record-1",
        record_hash=HASH,
        purpose=purpose,
        notice_id="notice-1",
        switch_fingerprint=HASH,
        given_at=START,
        valid_until=START + timedelta(days=180),
    )
    return Answer(purpose=purpose, reason=Reason.GRANTED, record=record)


def now() -> Stamp:
    """Return the time of this computer, as a device with a clock that is set has it."""
    return Stamp(
        utc=datetime.now(UTC), monotonic_s=time.monotonic(), boot_id="bench", synced=True
    )


def message_id(number: int) -> str:
    """Return the id of the ``number``-th message."""
    return f"{number:032x}"


def consent_text(purposes: Iterable[Purpose], call_me: str, contact: str = "") -> str:
    """Return the shipped consent file after its owner has said yes to ``purposes``."""
    text = SHIPPED.read_text(encoding="utf-8")
    text = text.replace('call_me = ""', f'call_me = "{call_me}"')
    text = text.replace('contact = ""', f'contact = "{contact}"')
    for purpose in purposes:
        notice = next(n for n in shipped_notices()[purpose] if n.language == "fr")
        yes = rf"[{purpose}]\1on = true" + f'\ni_have_read = "{notice.id}"'
        lines = rf'\[{purpose}\]((?:\n#.*)*\n)on = false\ni_have_read = ""'
        text, count = re.subn(lines, yes, text)
        assert count == 1, purpose
    return text
