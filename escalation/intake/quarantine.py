"""Keeps aside what could not be believed, for a person to judge; bounded in rows and age.

The bytes are kept as they came, up to one slot. They are never shown as anything but
hexadecimal digits: whoever sent them chose them.
"""

import hashlib
from datetime import datetime, timedelta

from django.db import transaction
from django.db.models import F

from escalation.intake.doubts import Doubt
from escalation.models import DEVICE_ID_LENGTH, Quarantine
from wire import topics
from wire.sealing import SLOT_BYTES

ROWS_MAX = 10_000
"""About 50 MB. Beyond it the oldest rows go: a flood must not fill the desk's disk."""

KEPT_FOR = timedelta(days=90)
"""Long enough to look into it, and no longer: sealed bytes may be somebody's."""


@transaction.atomic
def keep(topic: str, envelope: bytes, kind: Doubt, reason: str, now: datetime) -> None:
    """Keep an envelope for a human to judge; the same one again is only counted."""
    digest = hashlib.sha256(topic.encode("utf-8", "replace") + b"\0" + envelope).hexdigest()
    repeats = Quarantine.objects.filter(sha256=digest)
    if repeats.update(times=F("times") + 1, last_received_at=now):
        return
    Quarantine.objects.create(
        received_at=now,
        last_received_at=now,
        kind=kind,
        topic=_storable(topic)[:200],
        device_id=(topics.sender(topic) or "")[:DEVICE_ID_LENGTH],
        reason=_storable(reason)[:200],
        size_bytes=len(envelope),
        sha256=digest,
        envelope=envelope[:SLOT_BYTES],
    )
    newest = Quarantine.objects.order_by("-pk").values_list("pk", flat=True)
    for too_old in newest[ROWS_MAX : ROWS_MAX + 1]:
        Quarantine.objects.filter(pk__lte=too_old).delete()


def let_go_of_old(now: datetime) -> None:
    """Delete what has been kept long enough."""
    Quarantine.objects.filter(last_received_at__lte=now - KEPT_FOR).delete()


def _storable(text: str) -> str:
    # PostgreSQL keeps no NUL, and no database a half of a surrogate pair.
    return text.encode("utf-8", "replace").decode().replace("\0", "�")
