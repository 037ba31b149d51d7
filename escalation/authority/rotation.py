"""The desk's next keys, and how devices learn of them.

A device believes new keys only in a document signed with those that it has pinned
(``wire.enrolment.NextDeskKeys``). It travels as a message like any other, or as a file for
a device that no message reaches. What a device has not learned yet is never used towards
it (``generations``), so nobody has to agree on a day, and a house that was away for a year
follows one generation after the other.
"""

from datetime import datetime, timedelta
from pathlib import Path

from django.db.models import Q

from escalation import desk, desk_keys
from escalation.authority.models import Enrolment
from escalation.broker import outgoing
from escalation.desk_keys import DeskIdentity
from escalation.models import OutgoingMessage
from wire import enrolment
from wire.enrolment import NextDeskKeys, NextDeskKeysKind

OVERLAP_DAYS = 30
"""How long a device that has new keys still believes the old ones: for what was behind."""
TELL_AGAIN_AFTER = timedelta(days=7)
"""A broker may lose what it took; a device that does not follow is told once more."""
MESSAGE_TYPE = "desk_keys"


def next_keys(identity: DeskIdentity, serial: int, now: datetime) -> NextDeskKeys:
    """Return generation ``serial`` in the words of the one before."""
    document = NextDeskKeys(
        kind=NextDeskKeysKind.V1,
        serial=serial,
        keys=identity.generation(serial).public().to_text(),
        issued_at=now.replace(microsecond=0),
        overlap_days=OVERLAP_DAYS,
        signature="",
    )
    return enrolment.sign(document, identity.generation(serial - 1).signer())


def rotate(folder: Path, now: datetime) -> NextDeskKeys:
    """Make the desk's next keys; return them as a document for a device.

    Nobody is told yet: a desk that serves still has the keys of its start in memory, and
    could not read what is sealed to the next ones.
    """
    identity = desk_keys.rotate(folder)
    desk.identity.cache_clear()
    return next_keys(identity, identity.serial, now)


def announce(now: datetime) -> int:
    """Queue what each device has not been told yet; return how many messages that are.

    Done at every start of the desk: what was never told is told, what was lost is repeated.
    """
    identity = desk.identity()
    behind = Enrolment.objects.filter(desk_serial__lt=identity.serial, revoked_at=None)
    return sum(_tell(row, identity, now) for row in behind.select_related("device"))


def _tell(row: Enrolment, identity: DeskIdentity, now: datetime) -> int:
    told = 0
    for serial in range(row.desk_serial + 1, identity.serial + 1):
        about = f"{MESSAGE_TYPE}-{serial}"
        told_lately = Q(published_at=None) | Q(created_at__gt=now - TELL_AGAIN_AFTER)
        if OutgoingMessage.objects.filter(told_lately, device=row.device, about=about).exists():
            continue
        # Signed and sealed by the generation before: by then the device has that one.
        outgoing.queue(
            next_keys(identity, serial, now),
            device=row.device,
            about=about,
            case=None,
            now=now,
            sender=identity.generation(serial - 1),
        )
        told += 1
    return told
