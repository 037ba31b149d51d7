"""Writes what leaves the house: each message complete, under the consent it rests on.

The facts come from elsewhere; here they get the owner's name, the machine's model and the
reference to the consent, so that no message can be written without them.
"""

import secrets
import sqlite3
from collections.abc import Iterable
from dataclasses import dataclass, replace
from datetime import datetime

from agent import ledger
from agent.asking.concerns import Concern, asked_outcome, carried_at
from agent.consent import Answer
from agent.consents.consent_file import THEM, ConsentFile, Purpose
from agent.consents.consent_keeper import ConsentKeeper
from agent.delivery import coarse
from agent.delivery.letterbox import Parcel
from agent.delivery.telemetry import Records
from wire.facts import DeviceCheck
from wire.messages import (
    Alert,
    ConsentReference,
    Erase,
    Felt,
    GiveBack,
    Health,
    Help,
    Language,
    Machine,
    Message,
    Nudge,
    Owner,
    Question,
    QuietHours,
    Reply,
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
        carried = carried_at(concern)
        message = Alert(
            change=coarse.change(concern.change),
            device_check=coarse.check(check),
            question=Question(
                outcome=asked_outcome(concern),
                asked_at=carried,
                waited_h=round(concern.waited_s / 3600, 2) if carried else 0.0,
                channels=concern.channels if carried else (),
            ),
            owner=self._owner(now),
            machine=self._machine(),
            consent=self._reference(answer, now),
            ledger_head=ledger.head(db),
        )
        return _parcel(message, answer, concern_id=concern.concern_id)

    def alert_anew(
        self, db: sqlite3.Connection, sent: Alert, alert_id: str, answer: Answer, now: Stamp
    ) -> Parcel:
        """Write an alert once more, with whom the owner names now, and their quiet hours.

        All else stays as it was said.
        """
        owner = self._owner(now)
        message = replace(
            sent,
            owner=replace(
                sent.owner,
                trusted_person=owner.trusted_person,
                call_order=owner.call_order,
                quiet=owner.quiet if sent.owner.contact is not None else None,
            ),
            consent=self._reference(answer, now),
            ledger_head=ledger.head(db),
        )
        return _parcel(message, answer, concern_id=alert_id)

    def service_report(
        self, db: sqlite3.Connection, check: DeviceCheck, answer: Answer, now: Stamp
    ) -> Parcel:
        """Write a report of the faults in ``check``."""
        message = ServiceReport(
            noticed_at=coarse.to_the_minute(now.utc),
            device_check=coarse.check(check),
            owner=self._owner(now),
            machine=self._machine(),
            consent=self._reference(answer, now),
            ledger_head=ledger.head(db),
        )
        return _parcel(message, answer)

    def health(
        self, db: sqlite3.Connection, records: Records, answer: Answer, now: Stamp
    ) -> Parcel:
        """Write a batch of health records."""
        message = Health(
            first_at=coarse.to_the_minute(records.first_at),
            every_s=records.every_s,
            machine_scores=records.machine_scores,
            frames_missed=records.frames_missed,
            reconnects=records.reconnects,
            dropped=records.dropped,
            written_bytes=records.written_bytes,
            consent=self._reference(answer, now),
            ledger_head=ledger.head(db),
        )
        return _parcel(message, answer)

    def resolved(self, concern: Concern, reason: str, answer: Answer, now: Stamp) -> Parcel:
        """Write that ``concern``, which the desk knows, has ended at home."""
        message = Resolved(
            alert_id=concern.concern_id,
            reason=reason,
            resolved_at=coarse.to_the_minute(now.utc),
        )
        return _parcel(message, answer)

    def withdrawal(
        self, db: sqlite3.Connection, purposes: Iterable[Purpose], at: datetime
    ) -> Parcel:
        """Write that the owner has taken back ``purposes``. It needs no consent."""
        names = tuple(str(purpose) for purpose in purposes)
        message = Withdrawal(purposes=names, withdrawn_at=at, ledger_head=ledger.head(db))
        return _parcel(message, None)

    def help(self, db: sqlite3.Connection, alert_id: str | None, now: Stamp) -> Parcel:
        """Write that the owner asks for a call. The wish itself is consent for that call."""
        message = Help(
            asked_at=now.utc,
            owner=self._owner_who_calls(),
            machine=self._machine(),
            alert_id=alert_id,
            ledger_head=ledger.head(db),
        )
        return _parcel(message, None)

    def reply(self, alert_id: str, text: str, answer: Answer | None, now: Stamp) -> Parcel:
        """Write what the owner answers to the desk; ``None`` belongs to a call for help."""
        message = Reply(alert_id=alert_id, text=text, replied_at=now.utc)
        return _parcel(message, answer)

    def felt(self, alert_id: str, text: str, answer: Answer, now: Stamp) -> Parcel:
        """Write how it felt, in the owner's words."""
        reference = self._reference(answer, now)
        message = Felt(alert_id=alert_id, text=text, felt_at=now.utc, consent=reference)
        return _parcel(message, answer)

    def nudge(self, concern: Concern, answer: Answer, now: Stamp) -> Parcel:
        """Write that the machine has a question, and nothing of what it is."""
        file = self.consent.file
        assert isinstance(file, ConsentFile)
        assert file.nudge_to is not None, "granted only with an address"
        message = Nudge(
            to=file.nudge_to,
            language=file.language,
            asked_at=now.utc,
            consent=self._reference(answer, now),
        )
        parcel = _parcel(message, answer)
        return replace(parcel, concern_id=concern.concern_id)

    def called_off(self, note_id: str, answer: Answer, now: Stamp) -> Parcel:
        """Write that a note which the desk has need not be delivered any more."""
        message = Resolved(alert_id=note_id, reason="called_off", resolved_at=now.utc)
        return _parcel(message, answer)

    def erase(self, db: sqlite3.Connection, now: Stamp) -> Parcel:
        """Write that the desk shall forget all it has. It needs no consent."""
        return _parcel(Erase(asked_at=now.utc, ledger_head=ledger.head(db)), None)

    def give_back(self, db: sqlite3.Connection, now: Stamp) -> Parcel:
        """Write that the owner wants what the desk has of this household."""
        return _parcel(GiveBack(asked_at=now.utc, ledger_head=ledger.head(db)), None)

    def _owner_who_calls(self) -> Owner:
        file = self.consent.file
        if not isinstance(file, ConsentFile):
            return Owner(call_me="", language=Language.EN, contact=None)
        return Owner(
            call_me=file.call_me,
            language=file.language,
            contact=file.contact,
            trusted_person=file.trusted_person if THEM in file.call_order else None,
            call_order=file.call_order,
        )

    def _owner(self, now: Stamp) -> Owner:
        file = self.consent.file
        assert isinstance(file, ConsentFile), "a granted purpose means a readable file"
        granted = {p for p in Purpose if self.consent.ask(p, now).granted}
        trusted = Purpose.CONTACT_TRUSTED_PERSON in granted
        return Owner(
            call_me=file.call_me,
            language=file.language,
            contact=file.contact if Purpose.CONTACT_ME in granted else None,
            trusted_person=file.trusted_person if trusted else None,
            call_order=file.call_order,
            quiet=self.quiet_hours(file) if Purpose.CONTACT_ME in granted else None,
        )

    def quiet_hours(self, file: ConsentFile) -> QuietHours | None:
        """Return the quiet hours of ``file`` as they are told, if it has any."""
        quiet = file.quiet
        if quiet.start == quiet.end:
            return None
        return QuietHours(
            begins=f"{quiet.start:%H:%M}",
            ends=f"{quiet.end:%H:%M}",
            timezone=self.consent.timezone,
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
