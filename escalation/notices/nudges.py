"""The owner's own note, under ``nudge_me``: once a question, without content, then forgotten.

Rules, in this order:

1. Without live consent that names ``nudge_me`` there is no note. A consent that was taken back
   at a later point of the device's own count is none.
2. What is written down must be one e-mail address or one telephone number, and this desk must
   have been given a way to send to it (``[nudge]`` of ``desk.toml``). Otherwise it says at once
   that it cannot.
3. A device has one note on its way: a newer one ends the one before. It has ``A_DAY`` at the
   most: whoever stole a device must not write to strangers by it.
4. The address is kept sealed until the note has gone, was called off, or is no news any more
   (``LASTS``, and never beyond the consent); then it is forgotten. That there was a note, and
   how it ended, stays as long as any message is remembered (``Intake``).
"""

import re
from datetime import datetime, timedelta
from urllib.parse import quote

from django.conf import settings

from escalation.intake.matters import NUDGE_PURPOSE, Position
from escalation.models import Device, Intake, Withdrawn
from escalation.notices import outbox, sealed_text
from escalation.notices.models import Notice, Nudge
from escalation.notices.options import PLACE
from wire import messages
from wire.messages import Outcome
from wire.sealing import Opened

LASTS = timedelta(hours=2)
"""A note that comes later than this finds a question that was answered, or has gone."""

A_DAY = 4
"""Questions are rarer by far: the owner's budget is counted in needless ones a year."""

EMAIL = re.compile(r"[^@\s,;:/\\<>\"'()]{1,64}@[A-Za-z0-9-]{1,63}(\.[A-Za-z0-9-]{1,63})+")
"""One mailbox, and nothing that could be read as a second one."""
PHONE = re.compile(r"\+?[0-9]{6,15}")


def accept(device: Device, opened: Opened, message: messages.Nudge, now: datetime) -> Outcome:
    """Take the note in, or refuse it; must run in the transaction that takes in the message."""
    header = opened.header
    expires_at = min(message.asked_at + LASTS, message.consent.valid_until)
    address = _address(message.to)
    if address is None or expires_at <= now or not _allowed(device, opened, message, now):
        return Outcome.REFUSED
    for earlier in Notice.objects.filter(nudge__device=device, ended_at=None):
        outbox.cancel(earlier, now)
    nudge = Nudge.objects.create(
        device=device,
        message_id=header.message_id,
        epoch=header.epoch,
        envelope_sha256=opened.envelope_sha256,
        sealed_to=sealed_text.close(address, "nudge"),
        received_at=now,
    )
    outbox.add_nudge(nudge, message.language, expires_at=expires_at, now=now)
    return Outcome.ACCEPTED


def call_off(device: Device, message_id: str, now: datetime) -> None:
    """End the note, if it is still on its way: the question was answered."""
    for notice in Notice.objects.filter(
        nudge__device=device, nudge__message_id=message_id, ended_at=None
    ):
        outbox.cancel(notice, now)


def forget(device: Device) -> None:
    """Drop every note of this household, and its address: consent was taken back."""
    Nudge.objects.filter(device=device).delete()


def _allowed(device: Device, opened: Opened, message: messages.Nudge, now: datetime) -> bool:
    position: Position = (opened.header.epoch, opened.header.sequence)
    if NUDGE_PURPOSE not in message.consent.purposes:
        return False
    if Intake.objects.filter(
        device=device, type="resolved", about=opened.header.message_id
    ).exists():
        return False  # The broker delivered out of order: it is called off already.
    today = Nudge.objects.filter(device=device, received_at__gt=now - timedelta(days=1))
    if today.count() >= A_DAY:
        return False
    taken_back = Withdrawn.objects.filter(device=device, purpose=NUDGE_PURPOSE).first()
    return taken_back is None or position > (taken_back.epoch, taken_back.sequence)


def _address(to: str) -> str | None:
    """Return the apprise address of the owner's channel, if this desk can reach it."""
    if EMAIL.fullmatch(to.strip()):
        template, target = settings.CONFIG.notices.nudge_email, to.strip()
    else:
        target = re.sub(r"[\s./()-]", "", to)
        template = settings.CONFIG.notices.nudge_phone if PHONE.fullmatch(target) else ""
    return str(template).replace(PLACE, quote(target, safe="")) if template else None
