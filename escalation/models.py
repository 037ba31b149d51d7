"""What the desk remembers.

An owner's words (name, change, contact, decision, replies) are kept with the case alone,
so that a withdrawal erases them in one place. The audit rows of a case say who did what
and when, hold none of those words, and are never changed: the database itself refuses it.
"""

from datetime import datetime
from typing import Any, ClassVar, NoReturn

from django.contrib.auth.base_user import AbstractBaseUser, BaseUserManager
from django.contrib.auth.validators import UnicodeUsernameValidator
from django.db import models
from django.db.models import Q

from escalation.cases import Event, Matter, Role, State
from wire.facts import Verdict
from wire.keys import PublicKeys
from wire.messages import Choice, Language, Outcome

MESSAGE_ID_LENGTH = 32
DEVICE_ID_LENGTH = 16
SHA256_LENGTH = 64


def _choices(values: Any) -> list[tuple[str, str]]:
    return [(value.value, value.value) for value in values]


class StaffManager(BaseUserManager["Staff"]):
    """Makes staff accounts; there is no default one."""

    def create_user(self, username: str, password: str, **fields: Any) -> "Staff":
        """Create a staff member who can log in."""
        staff = self.model(username=self.model.normalize_username(username), **fields)
        staff.set_password(password)
        staff.save(using=self._db)
        return staff


class Staff(AbstractBaseUser):
    """A person at the desk, whom owners know by first name."""

    username = models.CharField(
        max_length=80, unique=True, validators=[UnicodeUsernameValidator()]
    )
    first_name = models.CharField(max_length=80)
    language = models.CharField(max_length=2, choices=_choices(Language), default=Language.FR)
    is_reviewer = models.BooleanField(default=False)
    is_technician = models.BooleanField(default=False)
    is_supervisor = models.BooleanField(default=False)
    is_active = models.BooleanField(default=True)

    objects: ClassVar[StaffManager] = StaffManager()

    USERNAME_FIELD = "username"
    REQUIRED_FIELDS: ClassVar[list[str]] = []

    @property
    def roles(self) -> frozenset[Role]:
        """The roles that this person holds."""
        held = {
            Role.REVIEWER: self.is_reviewer,
            Role.TECHNICIAN: self.is_technician,
            Role.SUPERVISOR: self.is_supervisor,
        }
        return frozenset(role for role, holds in held.items() if holds)


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
    next_sequence = models.BigIntegerField(default=1)
    """Of the messages that the desk sends to it."""

    def keys(self) -> PublicKeys:
        """Return the keys that verify and seal."""
        return PublicKeys.from_json(self.public_keys)


class Case(models.Model):
    """An alert or a service report, until it is closed."""

    device = models.ForeignKey(Device, on_delete=models.PROTECT, related_name="cases")
    alert_id = models.CharField(max_length=MESSAGE_ID_LENGTH)
    matter = models.CharField(max_length=8, choices=_choices(Matter))
    state = models.CharField(max_length=10, choices=_choices(State), default=State.RECEIVED)
    epoch = models.BigIntegerField()
    sequence = models.BigIntegerField()
    """Where the alert stands in the device's own count: before or after a withdrawal."""
    opened_at = models.DateTimeField()
    consent_until = models.DateTimeField()

    call_me = models.CharField(max_length=80)
    owner_language = models.CharField(max_length=2, choices=_choices(Language))
    verdict = models.CharField(max_length=8, choices=_choices(Verdict))
    payload = models.JSONField(default=dict)
    """The message itself; a service case keeps nothing of the household's use."""

    holder = models.ForeignKey(Staff, null=True, on_delete=models.PROTECT, related_name="held")
    lease_until = models.DateTimeField(null=True)
    fence = models.PositiveIntegerField(default=0)

    decided_by = models.ForeignKey(
        Staff, null=True, on_delete=models.PROTECT, related_name="decided"
    )
    decided_at = models.DateTimeField(null=True)
    choice = models.CharField(max_length=20, choices=_choices(Choice), default="", blank=True)
    reason = models.CharField(max_length=600, default="", blank=True)
    message = models.CharField(max_length=600, default="", blank=True)
    closed_at = models.DateTimeField(null=True)
    closed_by_event = models.CharField(max_length=16, choices=_choices(Event), default="")
    erased = models.BooleanField(default=False)

    class Meta:
        """One alert makes one case, whatever is repeated."""

        constraints: ClassVar = [
            models.UniqueConstraint(fields=["device", "alert_id"], name="one_case_an_alert")
        ]
        indexes: ClassVar = [models.Index(fields=["state", "opened_at"])]

    def held_at(self, now: datetime) -> bool:
        """Return whether somebody's lease on the case runs at ``now``."""
        return (
            self.state == State.CLAIMED
            and self.lease_until is not None
            and now < self.lease_until
        )


class CaseEvent(models.Model):
    """One line of a case's audit: appended, never changed, without the owner's words."""

    case = models.ForeignKey(Case, on_delete=models.PROTECT, related_name="events")
    at = models.DateTimeField()
    event = models.CharField(max_length=16, choices=_choices(Event))
    actor = models.ForeignKey(Staff, null=True, on_delete=models.PROTECT)
    """``None`` is the desk itself, following a rule or a message."""
    told_owner = models.ForeignKey("OutgoingMessage", null=True, on_delete=models.PROTECT)
    """The message by which the owner learns of it, where there is one."""
    from_state = models.CharField(max_length=10)
    to_state = models.CharField(max_length=10)
    fence = models.PositiveIntegerField(default=0)

    class Meta:
        """Read in the order of writing."""

        ordering: ClassVar = ["pk"]

    def save(self, *args: Any, **kwargs: Any) -> None:
        """Append; a second save is a mistake of ours."""
        if not self._state.adding:
            raise TypeError("an audit row is never changed")
        super().save(*args, **kwargs)

    def delete(self, *args: Any, **kwargs: Any) -> NoReturn:
        """Refuse."""
        raise TypeError("an audit row is never removed")


class OwnerReply(models.Model):
    """What an owner answered to a decision."""

    case = models.ForeignKey(Case, on_delete=models.CASCADE, related_name="replies")
    text = models.CharField(max_length=600)
    replied_at = models.DateTimeField()


class Intake(models.Model):
    """One message that was opened and committed. A repeat finds its row here."""

    device = models.ForeignKey(Device, on_delete=models.PROTECT)
    message_id = models.CharField(max_length=MESSAGE_ID_LENGTH)
    type = models.CharField(max_length=32)
    about = models.CharField(max_length=64, default="", db_index=True)
    """The alert that it speaks of, where it is not one itself."""
    epoch = models.BigIntegerField()
    sequence = models.BigIntegerField()
    envelope_sha256 = models.CharField(max_length=SHA256_LENGTH)
    outcome = models.CharField(max_length=8, choices=_choices(Outcome))
    received_at = models.DateTimeField()

    class Meta:
        """What makes an alert arrive once, however often it is sent."""

        constraints: ClassVar = [
            models.UniqueConstraint(
                fields=["device", "message_id"], name="one_intake_a_message"
            )
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


class OutgoingMessage(models.Model):
    """An envelope for a device, sealed in the transaction that caused it."""

    device = models.ForeignKey(Device, on_delete=models.PROTECT)
    case = models.ForeignKey(Case, null=True, on_delete=models.PROTECT)
    type = models.CharField(max_length=32)
    message_id = models.CharField(max_length=MESSAGE_ID_LENGTH, unique=True)
    about = models.CharField(max_length=64)
    """The message that it answers or speaks of."""
    about_sha256 = models.CharField(max_length=SHA256_LENGTH, default="")
    envelope = models.BinaryField()
    created_at = models.DateTimeField()
    attempts = models.PositiveIntegerField(default=0)
    published_at = models.DateTimeField(null=True)

    class Meta:
        """The broker's connection asks twice a second what is still to be sent."""

        indexes: ClassVar = [
            models.Index(
                fields=["device", "id"],
                name="still_to_be_sent",
                condition=Q(published_at__isnull=True),
            )
        ]


class Quarantine(models.Model):
    """An envelope that could not be believed, kept aside for a human to judge."""

    received_at = models.DateTimeField()
    last_received_at = models.DateTimeField()
    times = models.PositiveIntegerField(default=1)
    topic = models.CharField(max_length=200)
    reason = models.CharField(max_length=200)
    size_bytes = models.PositiveIntegerField()
    sha256 = models.CharField(max_length=SHA256_LENGTH, unique=True)
    envelope = models.BinaryField()
    """At most one slot of it."""
