"""Envelopes in and out: what was taken in, what waits to be sent, what was kept aside."""

from typing import ClassVar

from django.db import models
from django.db.models import Q

from escalation.intake.doubts import Doubt
from escalation.models.cases import Case
from escalation.models.columns import (
    DEVICE_ID_LENGTH,
    MESSAGE_ID_LENGTH,
    SHA256_LENGTH,
    choices,
)
from escalation.models.homes import Device
from wire.messages import Outcome


class Intake(models.Model):
    """One message that was opened and committed. A repeat finds its row here."""

    device = models.ForeignKey(Device, on_delete=models.PROTECT, db_index=False)
    message_id = models.CharField(max_length=MESSAGE_ID_LENGTH)
    type = models.CharField(max_length=32)
    about = models.CharField(max_length=64, default="")
    """The alert that it speaks of, where it is not one itself."""
    epoch = models.BigIntegerField()
    sequence = models.BigIntegerField()
    envelope_sha256 = models.CharField(max_length=SHA256_LENGTH)
    outcome = models.CharField(max_length=8, choices=choices(Outcome))
    received_at = models.DateTimeField()

    class Meta:
        """What makes an alert arrive once, however often it is sent."""

        constraints: ClassVar = [
            models.UniqueConstraint(
                fields=["device", "message_id"], name="one_intake_a_message"
            )
        ]
        indexes: ClassVar = [models.Index(fields=["about"], name="what_it_speaks_of")]


class OutgoingMessage(models.Model):
    """An envelope for a device, sealed in the transaction that caused it.

    An acknowledgement says nothing personal and is sealed when it is sent, so that taking in
    a thousand alerts does not wait for a thousand seals.
    """

    device = models.ForeignKey(Device, on_delete=models.PROTECT)
    case = models.ForeignKey(Case, null=True, on_delete=models.PROTECT)
    type = models.CharField(max_length=32)
    message_id = models.CharField(max_length=MESSAGE_ID_LENGTH, unique=True)
    about = models.CharField(max_length=64)
    """The message that it answers or speaks of."""
    about_sha256 = models.CharField(max_length=SHA256_LENGTH, default="")
    plain = models.JSONField(null=True)
    """What is still to be sealed."""
    envelope = models.BinaryField(default=b"")
    created_at = models.DateTimeField()
    attempts = models.PositiveIntegerField(default=0)
    taken_by = models.CharField(max_length=80, default="")
    taken_until = models.DateTimeField(null=True)
    """Which process is sending it: of several, one at a time."""
    published_at = models.DateTimeField(null=True)
    unconfirmed = models.BooleanField(default=False)
    """Until a heartbeat names it among what the device has committed."""

    class Meta:
        """The broker's connection asks twice a second what is still to be sent."""

        indexes: ClassVar = [
            models.Index(
                fields=["device", "id"],
                name="still_to_be_sent",
                condition=Q(published_at__isnull=True),
            ),
            models.Index(
                fields=["published_at"],
                name="not_confirmed_yet",
                condition=Q(unconfirmed=True),
            ),
        ]


class IntakeWorker(models.Model):
    """A process that takes in what devices send, as it was last seen at work."""

    name = models.CharField(primary_key=True, max_length=80)
    seen_at = models.DateTimeField()
    listening_since = models.DateTimeField(null=True)
    """``None`` while it has no connection to the broker."""


class Quarantine(models.Model):
    """An envelope that could not be believed, kept aside for a human to judge."""

    received_at = models.DateTimeField()
    last_received_at = models.DateTimeField()
    times = models.PositiveIntegerField(default=1)
    kind = models.CharField(max_length=12, choices=choices(Doubt), default=Doubt.MALFORMED)
    topic = models.CharField(max_length=200)
    device_id = models.CharField(max_length=DEVICE_ID_LENGTH, default="", db_index=True)
    """The device whose topic carried it, whoever sent it."""
    reason = models.CharField(max_length=200)
    size_bytes = models.PositiveIntegerField()
    sha256 = models.CharField(max_length=SHA256_LENGTH, unique=True)
    envelope = models.BinaryField()
    """At most one slot of it."""
