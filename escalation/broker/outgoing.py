"""Messages to devices: committed in the same transaction as the change that they report.

A row holds the envelope itself, so what waits here is readable by its device alone, and
a message that was decided is never decided again at sending. An acknowledgement says nothing
personal; it is sealed when it is first sent and names the desk's epoch of that moment.

Several processes may send. Each takes rows for ``TAKEN_FOR`` before it sends them, so that two
never send the same one; if a process dies, the rows it had taken are free again afterwards.

That the broker took a message proves nothing: a broker forgets. A decision is sent again
until a heartbeat of the device names it among what it has committed, ever more rarely, and
only while the device is heard. An acknowledgement needs no such care: a device sends again
whatever it has none for, and that brings the acknowledgement again.
"""

import uuid
from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import Any

from django.db import connection, transaction
from django.db.models import F, Min, Q

from escalation import desk as this_desk
from escalation.authority.generations import signing_keys
from escalation.keeping.locks import lock_homes
from escalation.keeping.rows import insert
from escalation.models import Case, Device, Intake, OutgoingMessage
from wire import schema
from wire.keys import DeskKeys
from wire.messages import Ack, Direction, Message, Outcome, type_name
from wire.sealing import seal

TAKEN_FOR = timedelta(seconds=30)
BATCH_ROWS = 200

RESENT_AFTER = timedelta(minutes=15)
"""Three heartbeats. The pause doubles with each try, up to a day."""
RESENT_AFTER_MAX = timedelta(days=1)


def desk_epoch() -> int:
    """Return which life of the desk this is."""
    return this_desk.life().desk_epoch


def queue(
    message: Message,
    *,
    device: Device,
    about: str,
    case: Case | None,
    now: datetime,
    sender: DeskKeys | None = None,
) -> OutgoingMessage:
    """Seal ``message`` to ``device`` and keep it until it is published.

    Must run inside the transaction that the message reports on. ``sender`` is the generation
    of the desk's keys that signs, where it is not the newest that the device knows.
    """
    message_id = uuid.uuid4().hex
    (sequence,) = _next_sequences([device.device_id]).values()
    return OutgoingMessage.objects.create(
        device=device,
        case=case,
        type=type_name(message),
        message_id=message_id,
        about=about,
        envelope=_sealed(message, device, message_id, sequence, sender),
        unconfirmed=True,
        created_at=now,
    )


def acknowledgement(
    device: Device,
    *,
    about: str,
    epoch: int,
    sha256: str,
    outcome: Outcome,
    ledger_head: str,
    now: datetime,
) -> dict[str, Any]:
    """Return the row of an acknowledgement; the caller writes it."""
    plain: dict[str, Any] = {
        "message_id": about,
        "epoch": epoch,
        "envelope_sha256": sha256,
        "outcome": outcome.value,
        "ledger_head": ledger_head,
        "acknowledged_at": schema.to_plain(now),
    }
    return {
        "device_id": device.device_id,
        "type": "ack",
        "message_id": uuid.uuid4().hex,
        "about": about,
        "about_sha256": sha256,
        "plain": plain,
        "created_at": now,
    }


def queue_closed(case: Case, now: datetime) -> None:
    """Tell the device that the case is closed, so that it lets go of its sealed copy."""
    taken_in = Intake.objects.filter(device=case.device_id, message_id=case.alert_id).first()
    if taken_in is None:
        return
    row = acknowledgement(
        case.device,
        about=case.alert_id,
        epoch=case.epoch,
        sha256=taken_in.envelope_sha256,
        outcome=Outcome.CLOSED,
        ledger_head=case.device.ledger_head,
        now=now,
    )
    insert(OutgoingMessage, [row])


def take(taker: str, now: datetime) -> list[OutgoingMessage]:
    """Take the next row of each device that has one, sealed, for this process alone.

    One at a time for each device, so that a device receives them in the order in which they
    were written even when a publish has to be repeated.
    """
    free = Q(taken_until=None) | Q(taken_until__lte=now)
    waiting = OutgoingMessage.objects.filter(published_at=None)
    first = waiting.values("device").annotate(first=Min("pk")).values("first")
    due = waiting.filter(free, pk__in=first).order_by("pk")
    homes = dict(due.values_list("pk", "device")[:BATCH_ROWS])
    candidates = list(homes)
    if not candidates:
        return []
    with transaction.atomic():
        lock_homes(list(homes.values()))
        waiting.filter(free, pk__in=candidates).update(
            taken_by=taker, taken_until=now + TAKEN_FOR, attempts=F("attempts") + 1
        )
        rows = list(
            waiting.filter(pk__in=candidates, taken_by=taker)
            .select_related("device")
            .order_by("pk")
        )
        _seal_what_is_plain(rows)
    return rows


def _seal_what_is_plain(rows: Sequence[OutgoingMessage]) -> None:
    """Seal the acknowledgements among ``rows``, once: a repeat is the same bytes."""
    plain = [row for row in rows if row.plain is not None]
    sequences = _next_sequences([row.device_id for row in plain])
    for row in plain:
        assert row.plain is not None
        message = schema.from_plain(Ack, {**row.plain, "desk_epoch": desk_epoch()})
        sequence = sequences[row.device_id]
        row.envelope = _sealed(message, row.device, row.message_id, sequence)
        row.plain = None
    OutgoingMessage.objects.bulk_update(plain, ["envelope", "plain"], batch_size=100)


def leave(pk: int, until: datetime) -> None:
    """Let the row rest, and then be sent by whoever comes first."""
    OutgoingMessage.objects.filter(pk=pk).update(taken_until=until)


def release(taker: str) -> None:
    """Free what ``taker`` had taken before it was started anew."""
    OutgoingMessage.objects.filter(taken_by=taker, published_at=None).update(taken_until=None)


def published(pks: Sequence[int], now: datetime) -> list[Case]:
    """Note that the broker took these; return the cases whose decision was among them."""
    rows = OutgoingMessage.objects.filter(pk__in=pks, published_at=None)
    decided = list(
        Case.objects.filter(
            pk__in=rows.filter(type="decision", case__isnull=False).values("case")
        ).select_related("device")
    )
    rows.update(published_at=now)
    return decided


def confirmed(device: Device, message_ids: Sequence[str]) -> None:
    """Note that ``device`` has committed these."""
    if message_ids:
        OutgoingMessage.objects.filter(
            device=device, message_id__in=message_ids, unconfirmed=True
        ).update(unconfirmed=False)


def send_unconfirmed_again(now: datetime) -> None:
    """Let wait again what a device that is heard has not named."""
    rows = OutgoingMessage.objects.filter(
        unconfirmed=True,
        published_at__lte=now - RESENT_AFTER,
        device__heartbeat_at__gte=F("published_at") + RESENT_AFTER,
    )
    for row in rows.only("pk", "attempts", "published_at")[:BATCH_ROWS]:
        pause = min(RESENT_AFTER * 2 ** min(row.attempts - 1, 10), RESENT_AFTER_MAX)
        if row.published_at and row.published_at + pause <= now:
            OutgoingMessage.objects.filter(pk=row.pk).update(
                published_at=None, taken_until=None
            )


def already_waits(device: Device, about: str, about_sha256: str, type_: str) -> bool:
    """Return whether the same answer to the same envelope is still to be sent."""
    return OutgoingMessage.objects.filter(
        device=device, about=about, about_sha256=about_sha256, type=type_, published_at=None
    ).exists()


def drop_personal(device: Device, now: datetime) -> None:
    """Empty what was written to the household, and send none of it; the audit stays."""
    rows = OutgoingMessage.objects.filter(device=device).exclude(type="ack")
    rows.filter(published_at=None).update(published_at=now)
    rows.update(envelope=b"", unconfirmed=False)


def _sealed(
    message: Message,
    device: Device,
    message_id: str,
    sequence: int,
    sender: DeskKeys | None = None,
) -> bytes:
    return seal(
        message,
        direction=Direction.DOWN,
        device=device.device_id,
        message_id=message_id,
        epoch=this_desk.identity().epoch,
        sequence=sequence,
        sender=sender or signing_keys(device),
        recipient=device.keys(),
    )


def _next_sequences(devices: Sequence[str]) -> dict[str, int]:
    """Return the next number of each device's own count, and count on."""
    if not devices:
        return {}
    with connection.cursor() as cursor:
        cursor.execute(
            f"UPDATE {Device._meta.db_table} SET next_sequence = next_sequence + 1 "
            f"WHERE device_id IN ({', '.join(['%s'] * len(devices))}) "
            "RETURNING device_id, next_sequence - 1",
            devices,
        )
        return dict(cursor.fetchall())
