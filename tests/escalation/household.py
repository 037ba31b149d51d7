"""A household for tests: a device's keys, its count of messages, and what it would send."""

import uuid
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta

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
from wire.keys import DeskKeys, DeviceKeys, PublicKeys
from wire.messages import (
    Alert,
    Asked,
    ConsentReference,
    Direction,
    Heartbeat,
    Language,
    Machine,
    Message,
    Owner,
    Question,
    QuietHours,
    Reply,
    Resolved,
    ServiceReport,
    TrustedPerson,
    Withdrawal,
)
from wire.sealing import Opened, open_sealed, seal

NOW = datetime(2026, 3, 3, 9, 30, tzinfo=UTC)
ALL_PURPOSES = ("learn_routine", "device_health", "care_alert", "contact_me")
LEDGER_HEAD = "5e" * 32


@dataclass
class Household:
    """One owner, one machine, one device."""

    desk: PublicKeys
    call_me: str = "Madeleine"
    language: Language = Language.FR
    contact: str | None = "+33 1 99 00 12 34"
    trusted_person: TrustedPerson | None = None
    quiet: QuietHours | None = None
    model: str = "Reference machine"
    firmware: str = "1.0.0"
    purposes: tuple[str, ...] = ALL_PURPOSES
    now: datetime = NOW
    valid_for: timedelta = timedelta(days=180)
    keys: DeviceKeys = field(default_factory=DeviceKeys.create)
    epoch: int = 1
    sequence: int = 0

    @property
    def device_id(self) -> str:
        """The device's name."""
        return self.keys.device_id

    @property
    def up(self) -> str:
        """The topic on which the device sends."""
        return f"demitasse/1/{self.device_id}/up"

    def enrolment(self) -> dict[str, object]:
        """What ``demitasse-desk enroll`` reads."""
        return {"device": self.device_id, "keys": self.keys.public().to_json()}

    def seal(
        self, message: Message, *, message_id: str | None = None, sequence: int | None = None
    ) -> bytes:
        """Return the envelope of ``message``, counted on unless ``sequence`` is given."""
        if sequence is None:
            self.sequence += 1
            sequence = self.sequence
        return seal(
            message,
            direction=Direction.UP,
            device=self.device_id,
            message_id=message_id or uuid.uuid4().hex,
            epoch=self.epoch,
            sequence=sequence,
            sender=self.keys,
            recipient=self.desk,
        )

    def open(self, envelope: bytes) -> Opened:
        """Open what the desk sent to this household."""
        return open_sealed(
            envelope,
            direction=Direction.DOWN,
            device=self.device_id,
            recipient=self.keys,
            sender=self.desk,
        )

    def alert(
        self,
        *,
        kind: RoutineKind = RoutineKind.RISE,
        verdict: Verdict = Verdict.SOUND,
        asked: Asked = Asked.NO_ANSWER,
    ) -> Alert:
        """Return an alert about a routine that broke five days ago."""
        return Alert(
            change=self.change(kind),
            device_check=self.check(verdict),
            question=Question(
                outcome=asked,
                asked_at=self.now - timedelta(hours=6),
                waited_h=4.0,
                channels=("page", "light"),
            ),
            owner=self.owner(),
            machine=Machine(model=self.model, firmware=self.firmware),
            consent=self.consent(),
            ledger_head=LEDGER_HEAD,
        )

    def change(self, kind: RoutineKind) -> RoutineChange:
        """Return a change of this kind."""
        silence = kind is RoutineKind.SILENCE
        return RoutineChange(
            kind=kind,
            since=self.now - timedelta(days=5 if not silence else 2),
            noticed_at=self.now - timedelta(hours=7),
            measure=Measure.HOURS_WITHOUT_BREW if silence else Measure.BREWS_PER_DAY,
            observed=52.0 if silence else 9.1,
            usual=31.0 if silence else 4.0,
            compared_days=42,
            last_brew_at=self.now - timedelta(days=2 if silence else 0, hours=2),
            timezone="Europe/Paris",
        )

    def check(self, verdict: Verdict = Verdict.SOUND) -> DeviceCheck:
        """Return a device check that ends in ``verdict``."""
        lines = [
            Evidence(check=CheckName.LINK, verdict=Verdict.SOUND, finding=Finding.LINK_STEADY),
            Evidence(
                check=CheckName.CLOCK, verdict=Verdict.SOUND, finding=Finding.CLOCK_SYNCED
            ),
            Evidence(
                check=CheckName.FLOW, verdict=Verdict.SOUND, finding=Finding.FLOW_PLAUSIBLE
            ),
            Evidence(
                check=CheckName.HEATING,
                verdict=Verdict.SOUND,
                finding=Finding.HEATING_PLAUSIBLE,
            ),
        ]
        tank = {
            Verdict.SOUND: (Finding.TANK_PLAUSIBLE, None),
            Verdict.FAULTY: (Finding.TANK_SWITCH_STUCK_EMPTY, 850.0),
            Verdict.UNKNOWN: (Finding.NOT_SEEN_YET, None),
        }
        finding, value = tank[verdict]
        lines.insert(
            2, Evidence(check=CheckName.TANK, verdict=verdict, finding=finding, value=value)
        )
        return DeviceCheck(
            verdict=verdict,
            checked_at=self.now - timedelta(minutes=20),
            evidence=tuple(lines),
        )

    def owner(self) -> Owner:
        """Return the owner as a message names them."""
        return Owner(
            call_me=self.call_me,
            language=self.language,
            contact=self.contact,
            trusted_person=self.trusted_person,
            quiet=self.quiet,
        )

    def consent(self) -> ConsentReference:
        """Return the consent under which a message leaves."""
        return ConsentReference(
            record_id="consent-1",
            record_hash="a1" * 32,
            notice_id="notice-2026-01",
            purposes=self.purposes,
            valid_until=self.now + self.valid_for,
        )

    def service_report(self) -> ServiceReport:
        """Return a report of a tank switch that sticks."""
        return ServiceReport(
            noticed_at=self.now,
            device_check=self.check(Verdict.FAULTY),
            owner=self.owner(),
            machine=Machine(model=self.model, firmware=self.firmware),
            consent=self.consent(),
            ledger_head=LEDGER_HEAD,
        )

    def resolved(self, alert_id: str) -> Resolved:
        """Return that the use is back."""
        return Resolved(alert_id=alert_id, reason="use_returned", resolved_at=self.now)

    def withdrawal(self, *purposes: str) -> Withdrawal:
        """Return that consent is taken back."""
        return Withdrawal(purposes=purposes, withdrawn_at=self.now, ledger_head=LEDGER_HEAD)

    def reply(self, alert_id: str, text: str) -> Reply:
        """Return an answer to a decision."""
        return Reply(alert_id=alert_id, text=text, replied_at=self.now)

    def heartbeat(self) -> Heartbeat:
        """Return a sign of life."""
        return Heartbeat(sent_at=self.now, ledger_head=LEDGER_HEAD)


def a_household(**changes: object) -> Household:
    """Return a household whose desk nobody asks about."""
    return Household(desk=DeskKeys.create().public(), **changes)  # type: ignore[arg-type]
