"""Tells staff whom the desk does not hear from, and whose messages are missing.

Recomputed from the devices' rows each time, so that nothing depends on a job that ran or did
not. A row opens once, changes its kind if the reason does, and ends by itself.

A desk that itself hears nothing blames nobody: silence counts from the moment on which it
listens, and ``listening`` tells staff when it does not. And a clock that jumps ahead makes
nobody silent: whoever seems so is looked at a second time before anybody is told.
"""

from datetime import datetime, timedelta

from django.db import IntegrityError, transaction
from django.db.models import Q, QuerySet

from escalation.intake.hearing import UnheardKind, missing_before, silent_before
from escalation.models import Device, IntakeWorker, Unheard

STALE_AFTER = timedelta(seconds=60)
"""A worker that was not seen at work for so long is taken for gone."""

ENDED_KEPT_FOR = timedelta(days=30)


Suspects = frozenset[tuple[str, datetime]]
"""Devices that seemed silent at a look, each with when it was last heard."""


def review(
    now: datetime, *, heartbeat: timedelta, listening_since: datetime, before: Suspects
) -> Suspects:
    """Open, change and end rows, as the devices' rows say.

    ``before`` is what the look before this one returned.
    """
    silent = _silent(now, heartbeat, listening_since)
    missing = Device.objects.filter(missing_since__lte=missing_before(now, heartbeat))
    running = Unheard.objects.filter(ended_at=None)
    over = running.exclude(device__in=silent.values("pk")).exclude(
        device__in=missing.values("pk")
    )
    over.update(ended_at=now)
    suspects = set()
    for device in silent.exclude(unheard__in=running.filter(kind=UnheardKind.SILENT)):
        last_heard = device.last_heard_at or now
        suspects.add((device.device_id, last_heard))
        if (device.device_id, last_heard) in before:
            _open(device, UnheardKind.SILENT, last_heard, now)
    for device in missing.exclude(pk__in=silent.values("pk")).exclude(
        unheard__in=running.filter(kind=UnheardKind.MISSING)
    ):
        _open(device, UnheardKind.MISSING, device.missing_since or now, now)
    Unheard.objects.filter(ended_at__lte=now - ENDED_KEPT_FOR).delete()
    return frozenset(suspects)


def _silent(now: datetime, heartbeat: timedelta, listening_since: datetime) -> QuerySet[Device]:
    limit = silent_before(now, heartbeat)
    if listening_since > limit:
        # Too short a time: who was silent stays so, and nobody is added.
        return Device.objects.filter(
            unheard__ended_at=None,
            unheard__kind=UnheardKind.SILENT,
            last_heard_at__lte=limit,
            left_in_peace=False,
        )
    return Device.objects.filter(last_heard_at__lte=limit, left_in_peace=False)


def _open(device: Device, kind: UnheardKind, since: datetime, now: datetime) -> None:
    changed = Unheard.objects.filter(device=device, ended_at=None).update(
        kind=kind, since=since
    )
    if changed:
        return
    try:
        with transaction.atomic():
            Unheard.objects.create(device=device, kind=kind, since=since, opened_at=now)
    except IntegrityError:
        return  # Another process was quicker.


def at_work(name: str, *, listening_since: datetime | None, now: datetime) -> None:
    """Note that the worker ``name`` is at work."""
    IntakeWorker.objects.update_or_create(
        name=name, defaults={"seen_at": now, "listening_since": listening_since}
    )
    IntakeWorker.objects.filter(seen_at__lte=now - timedelta(days=7)).delete()


def listening(now: datetime) -> bool:
    """Return whether the desk hears at all."""
    fresh = Q(seen_at__gt=now - STALE_AFTER, listening_since__isnull=False)
    return IntakeWorker.objects.filter(fresh).exists()


def running() -> QuerySet[Unheard]:
    """Return who is unheard now, the longest silence first."""
    return Unheard.objects.filter(ended_at=None).select_related("device").order_by("since")
