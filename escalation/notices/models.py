"""What is remembered so that people can be told: channels, wishes, notices on their way.

No row here holds anything of a case: a notice has a kind, and the name of a fact.
"""

from typing import Any, ClassVar

from django.db import models
from django.db.models import Q

from escalation.models import (
    MESSAGE_ID_LENGTH,
    SHA256_LENGTH,
    Device,
    Staff,
)
from escalation.notices.ends import End
from escalation.notices.kinds import Kind
from wire.messages import Language


def _choices(values: Any) -> list[tuple[str, str]]:
    return [(value.value, value.value) for value in values]


class Channel(models.Model):
    """Where a member of staff wants to be reached. The address itself is shown to nobody."""

    staff = models.ForeignKey(Staff, on_delete=models.CASCADE, related_name="channels")
    service = models.CharField(max_length=20)
    """Its scheme, such as ``ntfys``: all of it that a page shows."""
    sealed = models.BinaryField()
    added_at = models.DateTimeField()
    reached_at = models.DateTimeField(null=True)
    failed_at = models.DateTimeField(null=True)


class Wishes(models.Model):
    """Of what somebody does not want to be told, and when they are not to be disturbed."""

    staff = models.OneToOneField(
        Staff, primary_key=True, on_delete=models.CASCADE, related_name="wishes"
    )
    unwanted = models.JSONField(default=list)
    """What is not wanted, and not what is: a kind that is added later is told."""
    quiet_from = models.TimeField(null=True)
    quiet_until = models.TimeField(null=True)
    """In their local time; not after ``quiet_from``: on the next day."""


class Nudge(models.Model):
    """One note to an owner. The address goes as soon as it is delivered, or is not."""

    device = models.ForeignKey(Device, on_delete=models.CASCADE, related_name="nudges")
    message_id = models.CharField(max_length=MESSAGE_ID_LENGTH)
    epoch = models.BigIntegerField()
    envelope_sha256 = models.CharField(max_length=SHA256_LENGTH)
    sealed_to = models.BinaryField()
    received_at = models.DateTimeField()

    class Meta:
        """A repeated message makes no second note."""

        constraints: ClassVar = [
            models.UniqueConstraint(fields=["device", "message_id"], name="one_nudge_a_message")
        ]


class Notice(models.Model):
    """One note on its way to one channel of one person."""

    kind = models.CharField(max_length=10, choices=_choices(Kind))
    language = models.CharField(max_length=2, choices=_choices(Language))
    fact = models.CharField(max_length=80)
    """The name of what it is about: nobody is told of the same fact twice."""
    channel = models.ForeignKey(
        Channel, null=True, on_delete=models.CASCADE, related_name="notices"
    )
    nudge = models.OneToOneField(Nudge, null=True, on_delete=models.CASCADE)
    created_at = models.DateTimeField()
    due_at = models.DateTimeField()
    expires_at = models.DateTimeField()
    """Afterwards it would be no news any more."""
    attempts = models.PositiveIntegerField(default=0)
    taken_until = models.DateTimeField(null=True)
    """Until when a trip has it; a trip that did not come back ends here."""
    ended_at = models.DateTimeField(null=True)
    end = models.CharField(max_length=8, choices=_choices(End), default="", blank=True)

    class Meta:
        """One fact, one notice; and the courier asks twice a second what waits."""

        constraints: ClassVar = [
            models.UniqueConstraint(
                fields=["channel", "fact"], name="one_notice_a_fact_and_channel"
            ),
        ]
        indexes: ClassVar = [
            models.Index(
                fields=["due_at"], name="notices_that_wait", condition=Q(ended_at=None)
            ),
        ]


class Tally(models.Model):
    """A count that only rises."""

    name = models.CharField(primary_key=True, max_length=40)
    number = models.FloatField(default=0)


class Beat(models.Model):
    """The heartbeat outwards, in one row. Changing it shows that the database is writable."""

    looked_at = models.DateTimeField(null=True)
    """When the desk last looked at itself, by the computer's own clock."""
    sent_at = models.DateTimeField(null=True)
    """When the last sign went out."""


__all__ = ["Beat", "Channel", "Notice", "Nudge", "Tally", "Wishes"]
