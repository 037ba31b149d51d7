"""Decides what becomes of an alert or a service report that has been opened.

Rules, in this order:

1. Without live consent for exactly this purpose there is no case. A consent that has
   ended, or that the owner took back at a later point of the device's own count, is none.
2. Whom the owner took back as somebody to reach, at a later point, is not kept in the case.
3. An alert is a care matter only when its device check says *sound*. Otherwise it is a
   service matter, needs the purpose of one, and nothing of the household's use is kept.

Pure: the shell brings the time and the withdrawals, and does what is answered.
"""

from collections.abc import Container, Iterable, Mapping
from dataclasses import dataclass, replace
from datetime import datetime

from escalation.cases import Matter
from wire.facts import Verdict
from wire.messages import Alert, Asked, Help, Owner, ServiceReport

PURPOSE: Mapping[Matter, str] = {
    Matter.CARE: "care_alert",
    Matter.SERVICE: "device_health",
}
"""The purpose to which an owner must have consented for a case of each matter."""

CONTACT_PURPOSE = "contact_me"
TRUSTED_PERSON_PURPOSE = "contact_trusted_person"
NUDGE_PURPOSE = "nudge_me"

Position = tuple[int, int]
"""Epoch and sequence number: where a message stands in its sender's own count."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Withdrawal:
    """A purpose taken back, and the point of the device's count from which it is."""

    purpose: str | None
    """``None``: everything, because the household was erased."""
    position: Position


@dataclass(frozen=True, slots=True, kw_only=True)
class NewCase:
    """The case to be made: its matter, and as much of the message as it may keep."""

    matter: Matter
    message: Alert | ServiceReport | Help
    consent_until: datetime
    verdict: Verdict

    @property
    def noticed(self) -> str:
        """What the machine reports, in one word, or nothing."""
        match self.message:
            case Alert(change=change):
                return change.kind.value
            case ServiceReport(device_check=check):
                lines = (*check.faults(), *check.maintenance())
                return lines[0].finding.value if lines else ""
        return ""

    @property
    def owner_called(self) -> bool:
        """Whether the owner asked for a call."""
        match self.message:
            case Help():
                return True
            case Alert(question=question):
                return question.outcome is Asked.OWNER_CALLED
        return False


def judge(
    message: Alert | ServiceReport,
    *,
    position: Position,
    withdrawals: Iterable[Withdrawal],
    now: datetime,
) -> NewCase | None:
    """Return the case to be made, or ``None`` when consent allows none."""
    matter = matter_of(message)
    purpose = PURPOSE[matter]
    consent = message.consent
    if purpose not in consent.purposes or now >= consent.valid_until:
        return None
    taken_back = {w.purpose for w in withdrawals if position < w.position}
    if not taken_back.isdisjoint((purpose, None)):
        return None
    if matter is Matter.SERVICE:
        message = without_use(message) if isinstance(message, Alert) else message
        message = replace(message, owner=without_others(message.owner))
    if taken_back:
        message = replace(message, owner=without_contacts(message.owner, taken_back))
    return NewCase(
        matter=matter,
        message=message,
        consent_until=consent.valid_until,
        verdict=message.device_check.verdict,
    )


def without_contacts(owner: Owner, taken_back: Container[str | None]) -> Owner:
    """Return the owner without whom these purposes allowed to reach."""
    if CONTACT_PURPOSE in taken_back:
        owner = replace(owner, contact=None, quiet=None)
    if TRUSTED_PERSON_PURPOSE in taken_back:
        owner = replace(owner, trusted_person=None)
    return owner


def without_others(owner: Owner) -> Owner:
    """Return the owner as a technician may know them: without anybody else."""
    return replace(owner, trusted_person=None, call_order=())


def matter_of(message: Alert | ServiceReport) -> Matter:
    """Return what the message is about. A machine in doubt is never a care matter."""
    if isinstance(message, Alert) and message.device_check.verdict is Verdict.SOUND:
        return Matter.CARE
    return Matter.SERVICE


def without_use(alert: Alert) -> ServiceReport:
    """Return what of ``alert`` a technician may know: the machine, and not the person."""
    return ServiceReport(
        noticed_at=alert.change.noticed_at,
        device_check=alert.device_check,
        owner=alert.owner,
        machine=alert.machine,
        consent=alert.consent,
        ledger_head=alert.ledger_head,
    )
