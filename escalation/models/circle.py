"""Volunteers: the circle from which a reviewer may propose somebody to an owner.

What stands here is about the volunteers alone and nothing of any household. Whoever leaves is
emptied at once; ``CircleEvent`` says who did what, and when, without those words.
"""

from enum import StrEnum
from typing import ClassVar
from zoneinfo import ZoneInfo

from django.db import models

from escalation.models.columns import SHA256_LENGTH, choices
from escalation.models.hours import WeeklyHours
from escalation.models.people import Staff
from escalation.team.rota import Hours


class CircleDoing(StrEnum):
    """What can happen to a volunteer's place in the circle."""

    ENTERED = "entered"
    CHANGED = "changed"
    LOOKED = "looked"
    """A supervisor has read the page about them."""
    INVITED = "invited"
    ACCEPTED = "accepted"
    STAYED = "stayed"
    """They were asked again, and stay."""
    PAUSED = "paused"
    RETURNED = "returned"
    PROPOSED = "proposed"
    """To an owner; to whom stands in that owner's case alone."""
    RESIGNED = "resigned"
    REMOVED = "removed"
    """By a supervisor, or because nobody has heard of them for too long."""


class Volunteer(models.Model):
    """Somebody who gives a little of their time, once they have said yes themselves."""

    first_name = models.CharField(max_length=40, default="", blank=True)
    speaks_fr = models.BooleanField(default=False)
    speaks_en = models.BooleanField(default=False)
    timezone = models.CharField(max_length=64, default="", blank=True)
    """IANA name: their hours are meant so."""
    reached_by = models.CharField(max_length=120, default="", blank=True)
    """How a person at the desk reaches them. Shown after every yes, to one reviewer."""
    token_sha256 = models.CharField(max_length=SHA256_LENGTH, null=True, unique=True)
    """``None``: their link is no more."""
    until = models.DateTimeField(null=True)
    """Until when the invitation is good; accepted, until when they are in the circle. What is
    long over is let go of."""
    accepted_at = models.DateTimeField(null=True)
    paused_at = models.DateTimeField(null=True)
    left_at = models.DateTimeField(null=True)
    proposed_at = models.DateTimeField(null=True)
    """When they were last proposed to anybody: whoever waits longest comes first."""

    @property
    def languages(self) -> tuple[str, ...]:
        """The languages that they speak."""
        spoken = {"fr": self.speaks_fr, "en": self.speaks_en}
        return tuple(language for language, speaks in spoken.items() if speaks)

    def promised(self) -> list[Hours]:
        """Return their hours, in their own time."""
        zone = ZoneInfo(self.timezone or "UTC")
        return [row.meant_in(zone) for row in self.hours.all()]


class VolunteerHours(WeeklyHours):
    """Hours of the week in which a volunteer may be asked, in their local time."""

    volunteer = models.ForeignKey(Volunteer, on_delete=models.CASCADE, related_name="hours")

    class Meta:
        """The same hours are written down once."""

        ordering: ClassVar = ["weekday", "begins"]
        constraints: ClassVar = [
            models.UniqueConstraint(
                fields=["volunteer", "weekday", "begins"], name="one_row_of_the_same_hours"
            )
        ]


class CircleEvent(models.Model):
    """One line of what happened in the circle: appended, and without anybody's words."""

    volunteer = models.ForeignKey(Volunteer, on_delete=models.PROTECT, related_name="events")
    at = models.DateTimeField()
    doing = models.CharField(max_length=12, choices=choices(CircleDoing))
    by = models.ForeignKey(Staff, null=True, on_delete=models.PROTECT, related_name="+")
    """``None``: the volunteer, on their page, or the clock."""
