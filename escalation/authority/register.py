"""What was let in and what was taken back: the list for people, the list for the broker.

Revoking a device ends it everywhere: its certificates go onto the revocation list, the
desk renews none, and what it still sends is kept aside. Revoking a bundle lets nobody else
in by it, and leaves those alone who came before. What was revoked stays so, whichever backup
of the database is put back (``revoked_file``).
"""

import subprocess
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

from django.db import transaction
from django.db.models import Q

from escalation.authority import local_ca, revoked_file
from escalation.authority.local_ca import Revoked
from escalation.authority.models import Enrolment, IssuedBundle, IssuedCertificate
from escalation.authority.options import AuthorityConfig
from escalation.authority.revoked_file import Line
from wire.options import ConfigError

LIST_FILE = "revoked.crl"
PUBLISH_WITHIN_S = 60.0


@dataclass(frozen=True, slots=True, kw_only=True)
class Entry:
    """One line of ``authority list``."""

    name: str
    kind: str
    """``device``, ``service`` or ``bundle``."""
    since: datetime
    until: datetime
    revoked_at: datetime | None
    note: str


def entries() -> list[Entry]:
    """Return all that was let in, devices first."""
    return [*_devices(), *_services(), *_bundles()]


def revoke(folder: Path, what: str, because: str, now: datetime) -> str:
    """Revoke a device, a bundle or a certificate by its number; return which it was."""
    kind, serials = _find(what)
    line = Line(number=what, at=now.isoformat(), because=because, serials=serials)
    revoked_file.note(folder, line)
    reapply(folder)
    return kind


def reapply(folder: Path) -> None:
    """Revoke again what a database that was restored has forgotten."""
    for line in revoked_file.read(folder).values():
        with transaction.atomic():
            bundles = IssuedBundle.objects.filter(pk=line.number, revoked_at=None)
            bundles.update(revoked_at=line.when)
            devices = Enrolment.objects.filter(pk=line.number, revoked_at=None)
            devices.update(revoked_at=line.when, revoked_because=line.because)
            whose = Q(device_id=line.number) | Q(serial__in=line.serials)
            IssuedCertificate.objects.filter(whose, revoked_at=None).update(
                revoked_at=line.when
            )


def _find(what: str) -> tuple[str, tuple[str, ...]]:
    """Return what has this number, and the certificates that go with it."""
    if IssuedBundle.objects.filter(pk=what, revoked_at=None).exists():
        return "bundle", ()
    if Enrolment.objects.filter(pk=what, revoked_at=None).exists():
        held = IssuedCertificate.objects.filter(device_id=what)
        return "device", tuple(held.values_list("serial", flat=True))
    if IssuedCertificate.objects.filter(serial=what, device=None, revoked_at=None).exists():
        return "certificate", (what,)
    raise ConfigError(
        f"revoke {what}: no device, bundle or service certificate that is still good has "
        "this number; `demitasse-desk authority list` shows them"
    )


def write_revocation_list(config: AuthorityConfig, now: datetime) -> Path:
    """Write the list into the authority's folder and have it published; return its path."""
    if config.sign_command:
        raise ConfigError(
            "[authority] sign_command names your own authority: it publishes its own list of "
            "what was revoked"
        )
    reapply(config.folder)
    path = config.folder / LIST_FILE
    lines = [*_of_database(now), *_of_file_alone(config.folder, now)]
    text = local_ca.load(config.folder).revocation_list(lines, now)
    try:
        # Anybody may read it, the broker must: it names serial numbers and dates.
        local_ca.write_file(path, text, 0o644)
    except OSError as error:
        raise ConfigError(f"{path}: cannot be written: {error.strerror}") from None
    if config.publish_command:
        _publish(config.publish_command, path)
    return path


def _of_database(now: datetime) -> list[Revoked]:
    rows = IssuedCertificate.objects.filter(revoked_at__isnull=False, expires_at__gt=now)
    return [Revoked(int(row.serial, 16), row.revoked_at or now) for row in rows]


def _of_file_alone(folder: Path, now: datetime) -> list[Revoked]:
    """Return certificates that a restored database has never heard of."""
    found = {
        serial: line.when
        for line in revoked_file.read(folder).values()
        for serial in line.serials
        if now < line.when + local_ca.SERVICE_LASTS
    }
    known = IssuedCertificate.objects.filter(serial__in=found)
    forgotten = found.keys() - set(known.values_list("serial", flat=True))
    return [Revoked(int(serial, 16), found[serial]) for serial in sorted(forgotten)]


def _publish(command: tuple[str, ...], path: Path) -> None:
    try:
        subprocess.run(
            (*command, str(path)),
            capture_output=True,
            text=True,
            timeout=PUBLISH_WITHIN_S,
            check=True,
        )
    except (OSError, ValueError, subprocess.SubprocessError) as error:
        said = str(getattr(error, "stderr", "") or error).strip().splitlines()
        raise ConfigError(
            f"[authority] publish_command: {said[-1][:200] if said else 'failed'}; {path} is "
            "written, but the broker may not know it yet"
        ) from None


def _devices() -> list[Entry]:
    rows = Enrolment.objects.select_related("device").order_by("pk")
    return [
        Entry(
            name=row.pk,
            kind="device",
            since=row.device.enrolled_at,
            until=row.certified_until,
            revoked_at=row.revoked_at,
            note=row.revoked_because,
        )
        for row in rows
    ]


def _services() -> list[Entry]:
    rows = IssuedCertificate.objects.filter(device=None).order_by("name", "issued_at")
    return [
        Entry(
            name=row.serial,
            kind="service",
            since=row.issued_at,
            until=row.expires_at,
            revoked_at=row.revoked_at,
            note=row.name,
        )
        for row in rows
    ]


def _bundles() -> list[Entry]:
    found = []
    for row in IssuedBundle.objects.order_by("issued_at", "pk"):
        used = f"{row.enrolments.count()} of {row.uses_max} used"
        used += f", batch {row.batch}" if row.batch else ""
        found.append(
            Entry(
                name=row.bundle_id,
                kind="bundle",
                since=row.issued_at,
                until=row.expires_at,
                revoked_at=row.revoked_at,
                note=f"{used}, for {row.for_device}" if row.for_device else used,
            )
        )
    return found
