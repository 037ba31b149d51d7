"""Envelopes in: opened, judged and committed in one transaction, then acknowledged.

``receive`` is the whole decision about one envelope: bytes and topic in, a result out, and
nothing half-done in between. What cannot be believed is kept aside and the next envelope
is served; what was committed already is acknowledged again and makes no second case. Only
trouble with our own database raises, so that the broker keeps the envelope for later.
"""

import hashlib
from datetime import datetime
from enum import StrEnum

from django.db import transaction
from django.db.models import F

from escalation import deskwork, outgoing
from escalation.desk_keys import DeskIdentity
from escalation.matters import CONTACT_PURPOSE, PURPOSE, Withdrawal, judge
from escalation.models import Case, Device, Intake, Quarantine, Withdrawn
from wire import messages, topics
from wire.messages import Ack, Direction, Outcome
from wire.sealing import SLOT_BYTES, Opened, SealError, open_sealed

QUARANTINE_ROWS_MAX = 10_000
"""About 50 MB. Beyond it the oldest rows go: a flood must not fill the desk's disk."""


class Result(StrEnum):
    """What became of one envelope."""

    ACCEPTED = Outcome.ACCEPTED.value
    REPEATED = Outcome.REPEATED.value
    REFUSED = Outcome.REFUSED.value
    HEARD = "heard"
    """A heartbeat. It is noted and not acknowledged."""
    KEPT_ASIDE = "kept_aside"


class Unknown(Exception):
    """Nobody who is enrolled may send on this topic."""


def receive(topic: str, envelope: bytes, *, desk: DeskIdentity, now: datetime) -> Result:
    """Take in one envelope. Raises for nothing that a sender can do."""
    try:
        device, opened = _open(topic, envelope, desk)
    except (Unknown, SealError) as error:
        keep_aside(topic, envelope, str(error), now)
        return Result.KEPT_ASIDE
    with transaction.atomic():
        device = Device.objects.select_for_update().get(pk=device.pk)
        _note_heard(device, opened, now)
        if isinstance(opened.message, messages.Heartbeat):
            return Result.HEARD
        outcome = _commit(device, opened, now)
        _acknowledge(device, opened, outcome, desk, now)
    return Result(outcome.value)


def _open(topic: str, envelope: bytes, desk: DeskIdentity) -> tuple[Device, Opened]:
    device_id = topics.sender(topic)
    if device_id is None or topic != topics.up(device_id):
        raise Unknown("no device sends on this topic")
    device = Device.objects.filter(pk=device_id).first()
    if device is None:
        raise Unknown("the device is not enrolled")
    opened = open_sealed(
        envelope,
        direction=Direction.UP,
        device=device_id,
        recipient=desk.keys,
        sender=device.keys(),
    )
    return device, opened


def _note_heard(device: Device, opened: Opened, now: datetime) -> None:
    device.last_heard_at = now
    position = (opened.header.epoch, opened.header.sequence)
    if position >= (device.heard_epoch, device.heard_sequence):
        device.heard_epoch, device.heard_sequence = position
        device.ledger_head = _ledger_head(device, opened)
    device.save(update_fields=["last_heard_at", "heard_epoch", "heard_sequence", "ledger_head"])


def _ledger_head(device: Device, opened: Opened) -> str:
    match opened.message:
        case (
            messages.Alert()
            | messages.ServiceReport()
            | messages.Withdrawal()
            | messages.Heartbeat()
        ) as message:
            return message.ledger_head
    return device.ledger_head


def _commit(device: Device, opened: Opened, now: datetime) -> Outcome:
    header = opened.header
    known = Intake.objects.filter(device=device, message_id=header.message_id).first()
    if known is not None:
        refused = known.outcome == Outcome.REFUSED
        return Outcome.REFUSED if refused else Outcome.REPEATED
    outcome, about = _take(device, opened, now)
    Intake.objects.create(
        device=device,
        message_id=header.message_id,
        type=header.type,
        about=about,
        epoch=header.epoch,
        sequence=header.sequence,
        envelope_sha256=opened.envelope_sha256,
        outcome=outcome,
        received_at=now,
    )
    return outcome


def _take(device: Device, opened: Opened, now: datetime) -> tuple[Outcome, str]:
    """Do what the message asks for; return the outcome and the alert it speaks of."""
    match opened.message:
        case messages.Alert() | messages.ServiceReport() as message:
            return _take_alert(device, opened, message, now), ""
        case messages.Withdrawal() as message:
            _take_withdrawal(device, opened, message, now)
            return Outcome.ACCEPTED, ""
        case messages.Resolved() as message:
            for case in Case.objects.filter(device=device, alert_id=message.alert_id):
                deskwork.owner_resolved(case, now)
            return Outcome.ACCEPTED, message.alert_id
        case messages.Reply() as message:
            for case in Case.objects.filter(device=device, alert_id=message.alert_id):
                deskwork.note_reply(case, message, now)
            return Outcome.ACCEPTED, message.alert_id
    return Outcome.REFUSED, ""


def _take_alert(
    device: Device,
    opened: Opened,
    message: messages.Alert | messages.ServiceReport,
    now: datetime,
) -> Outcome:
    header = opened.header
    position = (header.epoch, header.sequence)
    withdrawals = [
        Withdrawal(purpose=row.purpose, position=(row.epoch, row.sequence))
        for row in Withdrawn.objects.filter(device=device)
    ]
    new = judge(message, position=position, withdrawals=withdrawals, now=now)
    if new is None:
        return Outcome.REFUSED
    case = deskwork.open_case(
        device, new, alert_id=header.message_id, position=position, now=now
    )
    # The broker may deliver out of order: an owner who is back already is not called.
    if Intake.objects.filter(device=device, type="resolved", about=case.alert_id).exists():
        deskwork.owner_resolved(case, now)
    return Outcome.ACCEPTED


def _take_withdrawal(
    device: Device, opened: Opened, message: messages.Withdrawal, now: datetime
) -> None:
    position = (opened.header.epoch, opened.header.sequence)
    for purpose in message.purposes:
        _note_withdrawn(device, purpose, position, message.withdrawn_at)
    for case in Case.objects.filter(device=device):
        if (case.epoch, case.sequence) > position:
            continue  # Sent under a consent that was given anew afterwards.
        if any(PURPOSE[m] in message.purposes for m in PURPOSE if m == case.matter):
            deskwork.withdraw(case, now)
        elif CONTACT_PURPOSE in message.purposes:
            deskwork.forget_contact(case)


def _note_withdrawn(
    device: Device, purpose: str, position: tuple[int, int], withdrawn_at: datetime
) -> None:
    row = Withdrawn.objects.filter(device=device, purpose=purpose).first()
    if row is not None and (row.epoch, row.sequence) >= position:
        return
    Withdrawn.objects.update_or_create(
        device=device,
        purpose=purpose,
        defaults={
            "epoch": position[0],
            "sequence": position[1],
            "withdrawn_at": withdrawn_at,
        },
    )


def _acknowledge(
    device: Device, opened: Opened, outcome: Outcome, desk: DeskIdentity, now: datetime
) -> None:
    header = opened.header
    if outgoing.already_waits(device, header.message_id, opened.envelope_sha256, "ack"):
        return
    ack = Ack(
        message_id=header.message_id,
        epoch=header.epoch,
        envelope_sha256=opened.envelope_sha256,
        outcome=outcome,
        ledger_head=_ledger_head(device, opened),
        acknowledged_at=now,
    )
    outgoing.queue(
        ack,
        device=device,
        about=header.message_id,
        about_sha256=opened.envelope_sha256,
        case=None,
        desk=desk,
        now=now,
    )


@transaction.atomic
def keep_aside(topic: str, envelope: bytes, reason: str, now: datetime) -> None:
    """Keep an envelope for a human to judge; the same one again is only counted."""
    digest = hashlib.sha256(topic.encode("utf-8", "replace") + b"\0" + envelope).hexdigest()
    repeats = Quarantine.objects.filter(sha256=digest)
    if repeats.update(times=F("times") + 1, last_received_at=now):
        return
    Quarantine.objects.create(
        received_at=now,
        last_received_at=now,
        topic=topic.replace("\0", "�")[:200],
        reason=reason[:200],
        size_bytes=len(envelope),
        sha256=digest,
        envelope=envelope[:SLOT_BYTES],
    )
    newest = Quarantine.objects.order_by("-pk").values_list("pk", flat=True)
    for too_old in newest[QUARANTINE_ROWS_MAX : QUARANTINE_ROWS_MAX + 1]:
        Quarantine.objects.filter(pk__lte=too_old).delete()
