"""A made-up household, its keys and its messages: what the delivery benchmark sends about."""

from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta

from agent.consent import Answer, ConsentRecord, Reason
from agent.consents.consent_file import Purpose
from agent.delivery.letterbox import Parcel
from agent.delivery.mailroom import Mailroom
from agent.delivery.publisher import Publisher
from agent.identity.desk_pin import DeskPin, PinnedDesk
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
    Language,
    Machine,
    Message,
    Owner,
    Question,
    Resolved,
)

START = datetime(2026, 3, 8, 9, 0, tzinfo=UTC)
CARE = Purpose.CARE_ALERT
HASH = "5e" * 32


@dataclass(frozen=True, slots=True, kw_only=True)
class House:
    """One household; its words are what nobody on the way may read."""

    device: DeviceKeys = field(default_factory=DeviceKeys.create)
    desk: DeskKeys = field(default_factory=DeskKeys.create)
    call_me: str = "Colette"
    contact: str | None = "06 12 34 56 78"
    model: str = "Reference controller"

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
                outcome=Asked.NO_ANSWER, asked_at=at, waited_h=12.0, channels=("light",)
            ),
            owner=Owner(call_me=self.call_me, language=Language.FR, contact=self.contact),
            machine=Machine(model=self.model, firmware="1.0.0"),
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
    line = Evidence(
        check=CheckName.LINK, verdict=Verdict.SOUND, finding=Finding.LINK_STEADY, value=None
    )
    return DeviceCheck(verdict=Verdict.SOUND, checked_at=at, evidence=(line,))


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


def message_id(number: int) -> str:
    """Return the id of the ``number``-th message."""
    return f"{number:032x}"
