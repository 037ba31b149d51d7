"""Writes what leaves the house: each message complete, under the consent it rests on.

The facts come from elsewhere; here they get the owner's name, the machine's model and the
reference to the consent, so that no message can be written without them.
"""

import secrets
import sqlite3
from dataclasses import dataclass
from datetime import datetime

from agent import ledger
from agent.concerns import Concern, asked_outcome
from agent.consent import Answer
from agent.consent_file import ConsentFile, Purpose
from agent.consent_keeper import ConsentKeeper
from agent.mailroom import Parcel
from wire.facts import DeviceCheck
from wire.messages import (
    Alert,
    ConsentReference,
    Machine,
    Message,
    Owner,
    Question,
    Resolved,
    ServiceReport,
    Withdrawal,
)
from wire.stamps import Stamp


@dataclass(slots=True)
class Letters:
    """Writes messages for one household and one machine."""

    consent: ConsentKeeper
    machine_model: str
    firmware: str | None = None
    """What the controller said about itself, once it has."""

    def alert(
        self,
        db: sqlite3.Connection,
        concern: Concern,
        check: DeviceCheck,
        answer: Answer,
        now: Stamp,
    ) -> Parcel:
        """Write the alert of ``concern``; it has the concern's own id."""
        message = Alert(
            change=concern.change,
            device_check=check,
            question=Question(
                outcome=asked_outcome(concern),
                asked_at=concern.asked_at,
                waited_h=round(concern.waited_s / 3600, 2),
                channels=concern.channels,
            ),
            owner=self._owner(now),
            machine=self._machine(),
            consent=self._reference(answer, now),
            ledger_head=ledger.head(db),
        )
        return _parcel(message, answer, concern_id=concern.concern_id)

    def service_report(
        self, db: sqlite3.Connection, check: DeviceCheck, answer: Answer, now: Stamp
    ) -> Parcel:
        """Write a report of the faults in ``check``."""
        message = ServiceReport(
            noticed_at=now.utc,
            device_check=check,
            owner=self._owner(now),
            machine=self._machine(),
            consent=self._reference(answer, now),
            ledger_head=ledger.head(db),
        )
        return _parcel(message, answer)

    def resolved(self, concern: Concern, reason: str, answer: Answer, now: Stamp) -> Parcel:
        """Write that ``concern``, which the desk knows, has ended at home."""
        message = Resolved(alert_id=concern.concern_id, reason=reason, resolved_at=now.utc)
        return _parcel(message, answer)

    def withdrawal(self, db: sqlite3.Connection, purpose: Purpose, at: datetime) -> Parcel:
        """Write that the owner has taken back ``purpose``. It needs no consent."""
        message = Withdrawal(purposes=(purpose,), withdrawn_at=at, ledger_head=ledger.head(db))
        return _parcel(message, None)

    def _owner(self, now: Stamp) -> Owner:
        file = self.consent.file
        assert isinstance(file, ConsentFile), "a granted purpose means a readable file"
        granted = self.consent.ask(Purpose.CONTACT_ME, now).granted
        return Owner(
            call_me=file.call_me,
            language=file.language,
            contact=file.contact if granted else None,
        )

    def _machine(self) -> Machine:
        return Machine(model=self.machine_model, firmware=self.firmware)

    def _reference(self, answer: Answer, now: Stamp) -> ConsentReference:
        record = answer.record
        assert record is not None, "only a granted answer is referred to"
        return ConsentReference(
            record_id=record.record_id,
            record_hash=record.record_hash,
            notice_id=record.notice_id,
            purposes=tuple(str(p) for p in Purpose if self.consent.ask(p, now).granted),
            valid_until=record.valid_until,
        )


def _parcel(
    message: Message, answer: Answer | None, *, concern_id: str | None = None
) -> Parcel:
    return Parcel(
        message=message,
        message_id=concern_id or secrets.token_hex(16),
        purpose=answer.purpose if answer else None,
        record_id=answer.record.record_id if answer and answer.record else None,
        concern_id=concern_id,
    )
