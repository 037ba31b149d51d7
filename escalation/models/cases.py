"""Cases, what happened to them, and what was said in them."""

from datetime import datetime
from enum import StrEnum
from typing import Any, ClassVar, NoReturn

from django.db import models
from django.db.models import Q

from escalation.cases import IN_HAND, Event, Matter, State
from escalation.keeping.audit import Line
from escalation.models.columns import (
    BATCH_LENGTH,
    MESSAGE_ID_LENGTH,
    SHA256_LENGTH,
    choices,
)
from escalation.models.homes import Device, NamedPerson
from escalation.models.people import Staff
from escalation.team.weights import Weight
from wire.facts import Verdict
from wire.messages import Choice, Language


class Incident(models.Model):
    """A wave: many machines of one cohort that report the same; one matter explains them."""

    machine_model = models.CharField(max_length=80, default="", blank=True)
    machine_firmware = models.CharField(max_length=64, default="", blank=True)
    machine_batch = models.CharField(max_length=BATCH_LENGTH, default="", blank=True)
    noticed = models.CharField(max_length=40, default="", blank=True)
    """What they report. Empty, as those above: whatever it is."""
    opened_at = models.DateTimeField()
    opened_by = models.ForeignKey(
        Staff, null=True, on_delete=models.PROTECT, related_name="opened_incidents"
    )
    """``None``: the rule of ``cohorts``."""
    text_fr = models.CharField(max_length=600, default="", blank=True)
    text_en = models.CharField(max_length=600, default="", blank=True)
    """What every owner in it is told; empty until a supervisor has written it."""
    told_by = models.ForeignKey(Staff, null=True, on_delete=models.PROTECT, related_name="+")
    released_at = models.DateTimeField(null=True)
    released_by = models.ForeignKey(
        Staff, null=True, on_delete=models.PROTECT, related_name="released_incidents"
    )

    class Meta:
        """One cohort is one incident at a time, whoever opens it."""

        constraints: ClassVar = [
            models.UniqueConstraint(
                fields=["machine_model", "machine_firmware", "machine_batch", "noticed"],
                name="one_incident_a_cohort",
                condition=Q(released_at=None),
            )
        ]


class Case(models.Model):
    """An alert or a service report, until it is closed."""

    # Where a device comes first in another index, it has none of its own: a flood of alerts
    # spends a good part of its time on indexes.
    device = models.ForeignKey(
        Device, on_delete=models.PROTECT, related_name="cases", db_index=False
    )
    alert_id = models.CharField(max_length=MESSAGE_ID_LENGTH)
    matter = models.CharField(max_length=8, choices=choices(Matter))
    state = models.CharField(max_length=10, choices=choices(State), default=State.RECEIVED)
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
    owner_language = models.CharField(max_length=2, choices=choices(Language))
    verdict = models.CharField(max_length=8, choices=choices(Verdict))
    payload = models.JSONField(default=dict)
    """The message itself; a service case keeps nothing of the household's use."""
    machine_model = models.CharField(max_length=80, default="")
    machine_firmware = models.CharField(max_length=64, default="")
    # Nullable, because SQLite then adds the column without making the table anew.
    machine_batch = models.CharField(max_length=BATCH_LENGTH, null=True)
    noticed = models.CharField(max_length=40, default="")
    """What the machine reports, in one word: which others report the same is asked by it."""

    incident = models.ForeignKey(
        Incident, null=True, on_delete=models.PROTECT, related_name="cases", db_index=False
    )
    """The last one that it was held in."""
    held_until = models.DateTimeField(null=True)
    informed_at = models.DateTimeField(null=True)
    asked_helped_at = models.DateTimeField(null=True)
    comes_first = models.BooleanField(default=False)
    """It has waited elsewhere already: in an incident, or on a line that broke."""
    looks_again_at = models.ForeignKey(
        "Case", null=True, on_delete=models.PROTECT, db_index=False, related_name="looked_again"
    )
    """The case in which the owner was not heard."""
    kept_from = models.ForeignKey(
        Staff, null=True, on_delete=models.PROTECT, db_index=False, related_name="+"
    )
    """Who did not hear them: anybody else looks again."""
    emergency_at = models.DateTimeField(null=True)
    """Since when somebody may be in danger."""

    holder = models.ForeignKey(
        Staff, null=True, on_delete=models.PROTECT, related_name="held", db_index=False
    )
    lease_until = models.DateTimeField(null=True)
    fence = models.PositiveIntegerField(default=0)

    decided_by = models.ForeignKey(
        Staff, null=True, on_delete=models.PROTECT, related_name="decided", db_index=False
    )
    decided_at = models.DateTimeField(null=True)
    choice = models.CharField(max_length=20, choices=choices(Choice), default="", blank=True)
    reason = models.CharField(max_length=600, default="", blank=True)
    message = models.CharField(max_length=600, default="", blank=True)
    closed_at = models.DateTimeField(null=True)
    closed_by_event = models.CharField(max_length=16, choices=choices(Event), default="")
    # Nullable, because SQLite then adds the column without making the table anew.
    resolved_because = models.CharField(max_length=16, null=True)
    """Why it ended at home, as the device says it: the owner answered, or the use is back."""
    erased = models.BooleanField(default=False)
    audit_head = models.CharField(max_length=SHA256_LENGTH, default="")
    """The link of the last line of its audit."""

    class Meta:
        """One alert makes one case, whatever is repeated."""

        constraints: ClassVar = [
            models.UniqueConstraint(fields=["device", "alert_id"], name="one_case_an_alert")
        ]
        indexes: ClassVar = [
            models.Index(fields=["state", "-owner_called", "opened_at"], name="who_is_next"),
            models.Index(
                fields=["state", "owner_language", "-owner_called", "opened_at"],
                name="who_is_next_in_a_language",
            ),
            models.Index(fields=["state"], name="who_called", condition=Q(owner_called=True)),
            models.Index(fields=["state"], name="who_was_held", condition=Q(comes_first=True)),
            models.Index(
                fields=["holder"], name="who_has_it", condition=Q(holder__isnull=False)
            ),
            models.Index(
                fields=["device"],
                name="who_waits_at_home",
                condition=Q(closed_at=None, decided_at=None, holder=None, held_until=None),
            ),
            models.Index(
                fields=["decided_by", "-decided_at", "device"],
                name="who_knows_whom",
                condition=Q(decided_by__isnull=False),
            ),
            models.Index(
                fields=["machine_model", "noticed", "opened_at"], name="who_reports_the_same"
            ),
            models.Index(
                fields=["incident", "state"],
                name="who_is_in_an_incident",
                condition=Q(incident__isnull=False),
            ),
        ]

    def held_at(self, now: datetime) -> bool:
        """Return whether somebody's lease on the case runs at ``now``."""
        return self.state in IN_HAND and self.lease_until is not None and now < self.lease_until


class CaseEvent(models.Model):
    """One line of a case's audit: appended, never changed, without the owner's words."""

    case = models.ForeignKey(Case, on_delete=models.PROTECT, related_name="events")
    at = models.DateTimeField()
    event = models.CharField(max_length=16, choices=choices(Event))
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
        indexes: ClassVar = [
            models.Index(
                fields=["actor", "-at"],
                name="who_did_what_lately",
                condition=Q(actor__isnull=False),
            )
        ]

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


class TakeOver(models.Model):
    """That whoever is on the line asks a colleague to take the call over."""

    case = models.OneToOneField(Case, on_delete=models.CASCADE, related_name="take_over")
    by = models.ForeignKey(Staff, on_delete=models.PROTECT)
    fence = models.PositiveIntegerField()
    at = models.DateTimeField()


class EmergencyStep(models.Model):
    """One step of what is done when somebody may be in danger, or why it was left out."""

    case = models.ForeignKey(Case, on_delete=models.CASCADE, related_name="emergency_steps")
    step = models.CharField(max_length=16)
    left_out_because = models.CharField(max_length=600, default="", blank=True)
    """Empty: it is done."""
    by = models.ForeignKey(Staff, on_delete=models.PROTECT)
    at = models.DateTimeField()

    class Meta:
        """A step is done once."""

        constraints: ClassVar = [
            models.UniqueConstraint(fields=["case", "step"], name="one_row_a_step")
        ]


class Apology(models.Model):
    """That we were wrong: what the owner was told, and what is put right."""

    case = models.ForeignKey(Case, on_delete=models.CASCADE, related_name="apologies")
    by = models.ForeignKey(Staff, on_delete=models.PROTECT)
    text = models.CharField(max_length=600)
    repair = models.CharField(max_length=600)
    at = models.DateTimeField()


class PartEnd(StrEnum):
    """What became of a part that an owner was promised."""

    SENT = "sent"
    DROPPED = "dropped"
    """It is not needed any more."""


class ServiceNote(models.Model):
    """How it goes on with a machine: what the owner was told, and the part that it takes."""

    case = models.ForeignKey(Case, on_delete=models.CASCADE, related_name="service_notes")
    by = models.ForeignKey(Staff, on_delete=models.PROTECT)
    part = models.CharField(max_length=80, default="", blank=True)
    """What they are promised; empty: nothing."""
    text = models.CharField(max_length=600)
    at = models.DateTimeField()
    part_end = models.CharField(max_length=8, choices=choices(PartEnd), default="", blank=True)
    """Empty: it is still to be sent."""
    part_ended_at = models.DateTimeField(null=True)
    part_ended_by = models.ForeignKey(
        Staff, null=True, on_delete=models.PROTECT, related_name="+"
    )


class ContactRequest(models.Model):
    """That a reviewer would like to speak with a named person: bound to person and fence."""

    case = models.ForeignKey(Case, on_delete=models.CASCADE, related_name="contact_requests")
    person = models.ForeignKey(NamedPerson, on_delete=models.CASCADE, related_name="requests")
    who = models.CharField(max_length=SHA256_LENGTH)
    """The person as they were named then: another number is another contact."""
    fence = models.PositiveIntegerField()
    asked_by = models.ForeignKey(Staff, on_delete=models.PROTECT, related_name="+")
    asked_at = models.DateTimeField()
    why = models.CharField(max_length=600)
    request = models.CharField(max_length=600)
    """What the person is asked for, word for word."""
    until = models.DateTimeField()
    """When it lapses, as things stand."""
    approved_by = models.ForeignKey(
        Staff, null=True, on_delete=models.PROTECT, related_name="+"
    )
    ended_at = models.DateTimeField(null=True)
    contacted_at = models.DateTimeField(null=True)
    answer = models.CharField(max_length=8, default="", blank=True)
    answered_at = models.DateTimeField(null=True)
    # Nullable, because SQLite then adds the column without making the table anew.
    came_of_it = models.CharField(max_length=600, null=True)
    """What came of it, in the person's own words."""

    class Meta:
        """A case asks for one person at a time."""

        constraints: ClassVar = [
            models.UniqueConstraint(
                fields=["case"], name="one_request_a_case", condition=Q(ended_at=None)
            )
        ]


class OwnerReply(models.Model):
    """What an owner answered to a decision, or how it felt afterwards."""

    case = models.ForeignKey(Case, on_delete=models.CASCADE, related_name="replies")
    text = models.CharField(max_length=600)
    felt = models.BooleanField(default=False)
    replied_at = models.DateTimeField()


class Effort(models.Model):
    """How hard a case was for somebody. Neither their name nor the case is kept."""

    month = models.DateField(db_index=True)
    """Its first day: the time of day would tell who it was."""
    weight = models.CharField(max_length=8, choices=choices(Weight))
    words = models.CharField(max_length=600, default="", blank=True)
