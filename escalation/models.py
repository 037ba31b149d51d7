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
from django.utils.dates import WEEKDAYS

from escalation.cases import Event, Matter, Role, State
from escalation.intake.doubts import Doubt
from escalation.intake.hearing import UnheardKind
from escalation.keeping.audit import Line
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
    timezone = models.CharField(max_length=64, default="", blank=True)
    """IANA name, for the hours of their rota; empty is the desk's own."""
    here_until = models.DateTimeField(null=True, blank=True)
    """``None`` while they are away. No history of anybody's hours is kept."""
    paused = models.BooleanField(default=False)

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


class Skill(models.Model):
    """That somebody may be given care cases, for a while, and who signed for it."""

    staff = models.ForeignKey(Staff, on_delete=models.PROTECT, related_name="skills")
    signed_off_by = models.ForeignKey(
        Staff, null=True, on_delete=models.PROTECT, related_name="signed_off"
    )
    """``None``: whoever runs the desk, on its command line."""
    signed_off_at = models.DateTimeField()
    valid_until = models.DateTimeField()
    ended_at = models.DateTimeField(null=True)
    ended_by = models.ForeignKey(
        Staff, null=True, on_delete=models.PROTECT, related_name="ended_skills"
    )

    class Meta:
        """A person has one skill that runs; those before it stay written down."""

        constraints: ClassVar = [
            models.UniqueConstraint(
                fields=["staff"], name="one_skill_a_person", condition=Q(ended_at=None)
            )
        ]


class PracticeAnswer(models.Model):
    """What somebody would have done about an invented household."""

    staff = models.ForeignKey(Staff, on_delete=models.PROTECT, related_name="practised")
    practice = models.CharField(max_length=40)
    choice = models.CharField(max_length=20, choices=_choices(Choice))
    reason = models.CharField(max_length=600)
    message = models.CharField(max_length=600, default="", blank=True)
    answered_at = models.DateTimeField()


class RotaHours(models.Model):
    """Hours of the week in which somebody has promised to be there, in their local time."""

    staff = models.ForeignKey(Staff, on_delete=models.CASCADE, related_name="rota")
    weekday = models.PositiveSmallIntegerField()
    """0 is Monday, as in Python."""
    begins = models.TimeField()
    ends = models.TimeField()
    """Not after ``begins``: on the next day."""

    @property
    def day(self) -> str:
        """The name of the day, in the language that is active."""
        return str(WEEKDAYS[self.weekday])

    class Meta:
        """The same hours are promised once."""

        constraints: ClassVar = [
            models.UniqueConstraint(
                fields=["staff", "weekday", "begins"], name="one_promise_of_the_same_hours"
            )
        ]


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
    waits_since = models.DateTimeField(null=True)
    """Since when nobody has had it: since it came, or since it was given back."""
    consent_until = models.DateTimeField()

    call_me = models.CharField(max_length=80)
    owner_called = models.BooleanField(default=False)
    """The owner has asked for a call, and comes before everybody else."""
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
    audit_head = models.CharField(max_length=SHA256_LENGTH, default="")
    """The link of the last line of its audit."""

    class Meta:
        """One alert makes one case, whatever is repeated."""

        constraints: ClassVar = [
            models.UniqueConstraint(fields=["device", "alert_id"], name="one_case_an_alert")
        ]
        indexes: ClassVar = [
            models.Index(fields=["state", "-owner_called", "opened_at"], name="who_is_next")
        ]

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
    # Nullable, because SQLite then adds the column without making the table anew.
    link = models.CharField(max_length=SHA256_LENGTH, null=True)
    """What binds it to the line before; ``audit`` says how."""

    class Meta:
        """Read in the order of writing."""

        ordering: ClassVar = ["pk"]

    def line(self) -> Line:
        """Return the row as ``audit`` reads it."""
        return Line(
            case=self.case_id,
            at=self.at,
            event=self.event,
            actor=self.actor_id,
            told_owner=self.told_owner_id,
            from_state=self.from_state,
            to_state=self.to_state,
            fence=self.fence,
        )

    def save(self, *args: Any, **kwargs: Any) -> None:
        """Append; a second save is a mistake of ours."""
        if not self._state.adding:
            raise TypeError("an audit row is never changed")
        super().save(*args, **kwargs)

    def delete(self, *args: Any, **kwargs: Any) -> NoReturn:
        """Refuse."""
        raise TypeError("an audit row is never removed")


class HandOver(models.Model):
    """What somebody tells whoever takes the case after them; erased with the case."""

    case = models.ForeignKey(Case, on_delete=models.CASCADE, related_name="hand_overs")
    by = models.ForeignKey(Staff, on_delete=models.PROTECT)
    text = models.CharField(max_length=600)
    at = models.DateTimeField()


class OwnerReply(models.Model):
    """What an owner answered to a decision, or how it felt afterwards."""

    case = models.ForeignKey(Case, on_delete=models.CASCADE, related_name="replies")
    text = models.CharField(max_length=600)
    felt = models.BooleanField(default=False)
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
    kind = models.CharField(max_length=8, choices=_choices(UnheardKind))
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
    kind = models.CharField(max_length=12, choices=_choices(Doubt), default=Doubt.MALFORMED)
    topic = models.CharField(max_length=200)
    device_id = models.CharField(max_length=DEVICE_ID_LENGTH, default="", db_index=True)
    """The device whose topic carried it, whoever sent it."""
    reason = models.CharField(max_length=200)
    size_bytes = models.PositiveIntegerField()
    sha256 = models.CharField(max_length=SHA256_LENGTH, unique=True)
    envelope = models.BinaryField()
    """At most one slot of it."""
