"""Messages to devices: sealed in the same transaction as the change that they report.

The row holds the envelope itself, so what waits here is readable by its device alone, and
a message that was decided is never decided again at sending. ``post`` publishes the rows
and says through ``deskwork.published`` when the broker took one.
"""

import uuid
from datetime import datetime

from django.db import transaction
from django.db.models import F, Min

from escalation.desk_keys import DeskIdentity
from escalation.models import Case, Device, OutgoingMessage
from wire.messages import Direction, Message, type_name
from wire.sealing import seal


def queue(
    message: Message,
    *,
    device: Device,
    about: str,
    case: Case | None,
    desk: DeskIdentity,
    now: datetime,
    about_sha256: str = "",
) -> OutgoingMessage:
    """Seal ``message`` to ``device`` and keep it until it is published.

    Must run inside the transaction that the message reports on.
    """
    message_id = uuid.uuid4().hex
    envelope = seal(
        message,
        direction=Direction.DOWN,
        device=device.device_id,
        message_id=message_id,
        epoch=desk.epoch,
        sequence=_next_sequence(device),
        sender=desk.keys,
        recipient=device.keys(),
    )
    return OutgoingMessage.objects.create(
        device=device,
        case=case,
        type=type_name(message),
        message_id=message_id,
        about=about,
        about_sha256=about_sha256,
        envelope=envelope,
        created_at=now,
    )


def waiting() -> list[int]:
    """Return the next row of each device that has one.

    One at a time for each device, so that a device receives them in the order of their
    sequence numbers even when a publish has to be repeated.
    """
    rows = (
        OutgoingMessage.objects.filter(published_at=None)
        .values("device")
        .annotate(first=Min("pk"))
    )
    return sorted(rows.values_list("first", flat=True))


def get(pk: int) -> OutgoingMessage:
    """Return one row with its envelope."""
    return OutgoingMessage.objects.get(pk=pk)


def tried(pk: int) -> None:
    """Count an attempt."""
    OutgoingMessage.objects.filter(pk=pk).update(attempts=F("attempts") + 1)


def published(pk: int, now: datetime) -> OutgoingMessage | None:
    """Note that the broker took the message; ``None`` if that was known already."""
    changed = OutgoingMessage.objects.filter(pk=pk, published_at=None).update(published_at=now)
    return OutgoingMessage.objects.get(pk=pk) if changed else None


def already_waits(device: Device, about: str, about_sha256: str, type_: str) -> bool:
    """Return whether the same answer to the same envelope is still to be sent."""
    return OutgoingMessage.objects.filter(
        device=device, about=about, about_sha256=about_sha256, type=type_, published_at=None
    ).exists()


def _next_sequence(device: Device) -> int:
    with transaction.atomic():
        row = Device.objects.select_for_update().get(pk=device.pk)
        Device.objects.filter(pk=row.pk).update(next_sequence=row.next_sequence + 1)
    return row.next_sequence
