"""What is remembered for a guardian: objections, drawn conversations, suspended wordings."""

from enum import StrEnum
from typing import Any, ClassVar, NoReturn

from django.db import models
from django.db.models import Q

from escalation.models import SHA256_LENGTH, Case, Staff

WORDS_MAX = 600
WORDING_MAX = 40


class Against(StrEnum):
    """What an owner says to a guardian."""

    OBJECTS = "objects"
    """They object: to a decision, or to being noticed at all."""
    NOT_HEARD = "not_heard"
    """They were not heard. Somebody else looks again, whatever a guardian does."""


class Standing(StrEnum):
    """How far an objection has come."""

    OPEN = "open"
    READ = "read"
    ANSWERED = "answered"


class Did(StrEnum):
    """What a guardian did to a wording."""

    SUSPEND = "suspend"
    LIFT = "lift"


def _choices(values: Any) -> list[tuple[str, str]]:
    return [(value.value, value.value) for value in values]


class Objection(models.Model):
    """That an owner objects, until a guardian has said what was done about it.

    Their words are the replies of the case. What they say before it is answered joins it.
    """

    case = models.ForeignKey(Case, on_delete=models.CASCADE, related_name="objections")
    against = models.CharField(max_length=9, choices=_choices(Against))
    made_at = models.DateTimeField()
    read_by = models.ForeignKey(Staff, null=True, on_delete=models.PROTECT, related_name="+")
    read_at = models.DateTimeField(null=True)
    """``None`` again once they have said something more."""
    answered_by = models.ForeignKey(
        Staff, null=True, on_delete=models.PROTECT, related_name="+"
    )
    answered_at = models.DateTimeField(null=True)
    done = models.CharField(max_length=WORDS_MAX, default="", blank=True)
    """What was done about it."""
    answer = models.CharField(max_length=WORDS_MAX, default="", blank=True)
    """What the owner was told, or would have been if they still wished to be."""
    told = models.BooleanField(default=False)

    class Meta:
        """One at a time for each case; which ones wait is asked every few seconds."""

        constraints: ClassVar = [
            models.UniqueConstraint(
                fields=["case"], name="one_objection_a_case", condition=Q(answered_at=None)
            )
        ]
        indexes: ClassVar = [
            models.Index(fields=["made_at"], name="who_objects", condition=Q(answered_at=None))
        ]

    @property
    def standing(self) -> Standing:
        """How far it has come."""
        if self.answered_at is not None:
            return Standing.ANSWERED
        return Standing.OPEN if self.read_at is None else Standing.READ


class Conversation(models.Model):
    """A decided case that was drawn: what a guardian says of it, and what is said to that."""

    case = models.ForeignKey(Case, on_delete=models.CASCADE, related_name="conversations")
    drawn_at = models.DateTimeField()
    by = models.ForeignKey(Staff, null=True, on_delete=models.PROTECT, related_name="+")
    written_at = models.DateTimeField(null=True)
    """``None``: nobody has written about it yet."""
    was_kind = models.CharField(max_length=WORDS_MAX, default="", blank=True)
    was_factual = models.CharField(max_length=WORDS_MAX, default="", blank=True)
    left_room = models.CharField(max_length=WORDS_MAX, default="", blank=True)
    answer = models.CharField(max_length=WORDS_MAX, default="", blank=True)
    """What the colleague says who had decided."""
    answered_at = models.DateTimeField(null=True)

    class Meta:
        """A case is drawn once, in the week in which it was decided."""

        constraints: ClassVar = [
            models.UniqueConstraint(fields=["case"], name="one_conversation_a_case")
        ]


class DrawnWeek(models.Model):
    """That the sample of a week has been drawn: once, whatever processes there are."""

    monday = models.DateField(primary_key=True)
    drawn_at = models.DateTimeField()


class WordingLine(models.Model):
    """One line of the audit of wordings: appended, never changed, bound to the one before."""

    at = models.DateTimeField()
    wording = models.CharField(max_length=WORDING_MAX)
    did = models.CharField(max_length=7, choices=_choices(Did))
    by = models.ForeignKey(Staff, on_delete=models.PROTECT, related_name="+")
    reason = models.CharField(max_length=WORDS_MAX, default="", blank=True)
    """Colleagues read it. It is about words, and about nobody."""
    before = models.CharField(max_length=SHA256_LENGTH, unique=True)
    """The link of the line before: no two lines follow the same one."""
    link = models.CharField(max_length=SHA256_LENGTH)

    def facts(self) -> tuple[str, ...]:
        """Return the line as the texts that its link is made of."""
        who = str(self.by_id)
        return (self.at.isoformat(), self.wording, self.did, who, self.reason)

    def save(self, *args: Any, **kwargs: Any) -> None:
        """Append; a second save is a mistake of ours."""
        if not self._state.adding:
            raise TypeError("an audit row is never changed")
        super().save(*args, **kwargs)

    def delete(self, *args: Any, **kwargs: Any) -> NoReturn:
        """Refuse."""
        raise TypeError("an audit row is never removed")


__all__ = [
    "Against",
    "Conversation",
    "Did",
    "DrawnWeek",
    "Objection",
    "Standing",
    "WordingLine",
]
