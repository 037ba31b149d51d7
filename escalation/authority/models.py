"""What the authority remembers: whom it let in, by what, until when, and what it took back.

Nothing here is about a household: names of devices, serial numbers and dates.
"""

from typing import ClassVar

from django.db import models

from escalation.models import BATCH_LENGTH, DEVICE_ID_LENGTH, Device

BUNDLE_ID_LENGTH = 32
SERIAL_LENGTH = 40
"""20 bytes, as hexadecimal digits: what X.509 allows a serial number."""


class IssuedBundle(models.Model):
    """An enrolment bundle; its secret is not kept, it follows from the desk's own."""

    bundle_id = models.CharField(primary_key=True, max_length=BUNDLE_ID_LENGTH)
    issued_at = models.DateTimeField()
    expires_at = models.DateTimeField()
    for_device = models.CharField(max_length=DEVICE_ID_LENGTH, default="", blank=True)
    """The one device that may use it; empty: as many as ``uses_max``."""
    uses_max = models.PositiveIntegerField(default=1)
    desk_serial = models.PositiveIntegerField(default=1)
    """Of the desk's keys that it pins."""
    # Nullable, because SQLite then adds the column without making the table anew.
    batch = models.CharField(max_length=BATCH_LENGTH, null=True)
    """The maker's batch of the machines that it is for. It is not in the bundle itself."""
    revoked_at = models.DateTimeField(null=True)


class Enrolment(models.Model):
    """A device that was let in."""

    device = models.OneToOneField(
        Device, primary_key=True, on_delete=models.PROTECT, related_name="enrolment"
    )
    bundle = models.ForeignKey(
        IssuedBundle, on_delete=models.PROTECT, related_name="enrolments"
    )
    last_request_at = models.DateTimeField()
    """By the device's clock; a request that is not newer is a replay."""
    certified_until = models.DateTimeField()
    desk_serial = models.PositiveIntegerField(default=1)
    """Of the newest desk keys that this device is known to have pinned."""
    revoked_at = models.DateTimeField(null=True)
    revoked_because = models.CharField(max_length=200, default="", blank=True)


class IssuedCertificate(models.Model):
    """A certificate that somebody may hold. ``device`` is empty for brokers and desks."""

    serial = models.CharField(max_length=SERIAL_LENGTH, unique=True)
    name = models.CharField(max_length=253)
    device = models.ForeignKey(
        Device, null=True, on_delete=models.PROTECT, related_name="certificates"
    )
    issued_at = models.DateTimeField()
    expires_at = models.DateTimeField()
    revoked_at = models.DateTimeField(null=True)

    class Meta:
        """The revocation list asks for what is revoked and has not ended yet."""

        indexes: ClassVar = [models.Index(fields=["revoked_at", "expires_at"])]
