"""Households as the desk knows them: who, their wishes, and what they took back."""

from typing import ClassVar

from django.db import models
from django.db.models import Q

from escalation.casework import folding
from escalation.intake.hearing import UnheardKind
from escalation.models.circle import Volunteer
from escalation.models.columns import (
    BATCH_LENGTH,
    DEVICE_ID_LENGTH,
    SHA256_LENGTH,
    choices,
)
from escalation.models.people import Staff
from wire.keys import PublicKeys
from wire.messages import Language


class Device(models.Model):
    """A household's device, enrolled with its public keys."""

    device_id = models.CharField(primary_key=True, max_length=DEVICE_ID_LENGTH)
    public_keys = models.JSONField()
    enrolled_at = models.DateTimeField()
    last_heard_at = models.DateTimeField(null=True)
    ledger_head = models.CharField(max_length=SHA256_LENGTH, default="")
    """The newest head of the device's ledger that a message brought."""
    heard_epoch = models.BigIntegerField(default=0)
    heard_sequence = models.BigIntegerField(default=0)
    """How many messages the device has counted, as far as is known; ``hearing`` decides."""
    missing = models.JSONField(default=list)
    """Which of them have not arrived."""
    missing_since = models.DateTimeField(null=True)
    heartbeat_at = models.DateTimeField(null=True)
    """The device's own time of its newest heartbeat: an older one is a replay."""
    health_at = models.DateTimeField(null=True)
    """The same of its newest health record."""
    call_me = models.CharField(max_length=80, default="")
    """The name the owner chose, as far as a message told it; erased with the rest."""
    left_in_peace = models.BooleanField(default=False)
    """The last word from there was that nothing more shall be sent: silence is the wish."""
    told_desk_epoch = models.BigIntegerField(default=0)
    """The desk's epoch that the newest acknowledgement to it named."""
    next_sequence = models.BigIntegerField(default=1)
    """Of the messages that the desk sends to it."""
    # Nullable, because SQLite then adds the column without making the table anew.
    batch = models.CharField(max_length=BATCH_LENGTH, null=True)
    """The maker's batch of its machine, as the bundle says by which it was let in."""

    class Meta:
        """The clock asks every few seconds who has fallen silent, and who misses what."""

        indexes: ClassVar = [
            models.Index(fields=["last_heard_at"], name="who_fell_silent"),
            models.Index(
                fields=["missing_since"],
                name="who_misses_something",
                condition=Q(missing_since__isnull=False),
            ),
        ]

    def keys(self) -> PublicKeys:
        """Return the keys that verify and seal; enrolling has checked that they can."""
        return PublicKeys(**{name: bytes.fromhex(k) for name, k in self.public_keys.items()})


class OwnerWishes(models.Model):
    """How an owner likes to be spoken with, in their own words; erased with the rest."""

    device = models.OneToOneField(Device, on_delete=models.CASCADE, related_name="wishes")
    call_from = models.TimeField(null=True, blank=True)
    call_until = models.TimeField(null=True, blank=True)
    """In the household's own time. Before ``call_from``: on the next day."""
    timezone = models.CharField(max_length=64, default="", blank=True)
    rather_written = models.BooleanField(default=False)
    prefers = models.ForeignKey(
        Staff, null=True, blank=True, on_delete=models.SET_NULL, related_name="preferred_by"
    )
    words = models.CharField(max_length=600, default="", blank=True)
    noted_at = models.DateTimeField()


class NamedPerson(models.Model):
    """Somebody whom an owner named, from the invitation on; erased with that consent.

    Only ``who``, a keyed hash, outlives it, and only if the person resigned: for good.
    A volunteer is here from the proposal on, and has a page and an acceptance of their own.
    """

    device = models.ForeignKey(Device, on_delete=models.CASCADE, related_name="named_persons")
    who = models.CharField(max_length=SHA256_LENGTH)
    name = models.CharField(max_length=80, default="", blank=True)
    owner = models.CharField(max_length=80, default="", blank=True)
    """The name that the owner chose: all that the person learns of the household."""
    language = models.CharField(max_length=2, choices=choices(Language), default=Language.FR)
    volunteer = models.ForeignKey(
        Volunteer, null=True, on_delete=models.PROTECT, related_name="named"
    )
    """Who of the circle was proposed under this name; ``None``: somebody of the owner's own."""
    token_sha256 = models.CharField(max_length=SHA256_LENGTH, null=True, unique=True)
    """``None``: the link is no more."""
    token_until = models.DateTimeField(null=True)
    invited_at = models.DateTimeField()
    accepted_at = models.DateTimeField(null=True)
    resigned_at = models.DateTimeField(null=True)

    class Meta:
        """One row a person and household."""

        constraints: ClassVar = [
            models.UniqueConstraint(fields=["device", "who"], name="one_row_a_named_person")
        ]


class Withdrawn(models.Model):
    """A purpose that an owner took back, and at which point of the device's own count.

    A message counted before that point is refused even if it arrives after it.
    """

    device = models.ForeignKey(Device, on_delete=models.PROTECT)
    purpose = models.CharField(max_length=64)
    epoch = models.BigIntegerField()
    sequence = models.BigIntegerField()
    withdrawn_at = models.DateTimeField()

    class Meta:
        """The latest withdrawal of a purpose is the one that counts."""

        constraints: ClassVar = [
            models.UniqueConstraint(fields=["device", "purpose"], name="one_row_a_purpose")
        ]


class Tombstone(models.Model):
    """A household that was erased: nothing that was sent before brings it back.

    The household is named by a keyed hash, so that this row tells nobody who it was.
    """

    who = models.CharField(max_length=SHA256_LENGTH, unique=True)
    epoch = models.BigIntegerField()
    sequence = models.BigIntegerField()
    erased_at = models.DateTimeField()


class Unheard(models.Model):
    """That a device is not heard from, or that something it sent did not arrive.

    It speaks of a connection and never of a person. One at a time for each device; it ends
    by itself as soon as the reason is gone.
    """

    device = models.ForeignKey(Device, on_delete=models.CASCADE, related_name="unheard")
    kind = models.CharField(max_length=8, choices=choices(UnheardKind))
    since = models.DateTimeField()
    """From when on nothing was heard, or something was missing."""
    opened_at = models.DateTimeField()
    ended_at = models.DateTimeField(null=True)

    class Meta:
        """One running row a device, also where several processes look at once."""

        constraints: ClassVar = [
            models.UniqueConstraint(
                fields=["device"], name="one_unheard_a_device", condition=Q(ended_at=None)
            )
        ]


class NameLine(models.Model):
    """One way to look up the name that an owner chose; ``folding`` says which there are.

    It lives and goes with the name in the device's row, which ``finding`` sees to.
    """

    device = models.ForeignKey(Device, on_delete=models.CASCADE, related_name="name_lines")
    text = models.CharField(max_length=folding.LINE_MAX)

    class Meta:
        """Looked up by how it begins, and read from the index alone."""

        indexes: ClassVar = [
            models.Index(fields=["text", "id", "device"], name="who_is_called")
        ]
