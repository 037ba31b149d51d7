"""Who works here: accounts, skills, practice, promised hours, and what they searched for."""

from typing import Any, ClassVar

from django.contrib.auth.base_user import AbstractBaseUser, BaseUserManager
from django.contrib.auth.validators import UnicodeUsernameValidator
from django.db import models
from django.db.models import Q

from escalation.cases import Role
from escalation.models.columns import choices
from escalation.models.hours import WeeklyHours
from wire.messages import Choice, Language


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
    language = models.CharField(max_length=2, choices=choices(Language), default=Language.FR)
    is_reviewer = models.BooleanField(default=False)
    is_technician = models.BooleanField(default=False)
    is_supervisor = models.BooleanField(default=False)
    is_guardian = models.BooleanField(default=False)
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
            Role.GUARDIAN: self.is_guardian,
        }
        return frozenset(role for role, holds in held.items() if holds)

    class Meta:
        """Whoever guards is judged by nobody whom they guard, and has no case to defend."""

        constraints: ClassVar = [
            models.CheckConstraint(
                condition=Q(is_guardian=False)
                | Q(is_reviewer=False, is_technician=False, is_supervisor=False),
                name="a_guardian_is_nothing_else",
            )
        ]


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
    choice = models.CharField(max_length=20, choices=choices(Choice))
    reason = models.CharField(max_length=600)
    message = models.CharField(max_length=600, default="", blank=True)
    answered_at = models.DateTimeField()


class RotaHours(WeeklyHours):
    """Hours of the week in which somebody has promised to be there, in their local time."""

    staff = models.ForeignKey(Staff, on_delete=models.CASCADE, related_name="rota")

    class Meta:
        """The same hours are promised once."""

        constraints: ClassVar = [
            models.UniqueConstraint(
                fields=["staff", "weekday", "begins"], name="one_promise_of_the_same_hours"
            )
        ]


class Search(models.Model):
    """That somebody looked for a name: who, when, and for how long also which."""

    by = models.ForeignKey(Staff, on_delete=models.PROTECT, related_name="searches")
    at = models.DateTimeField(db_index=True)
    typed = models.CharField(max_length=80)
    """Empty once the words of a case of that day are gone, or the owner's whom it found."""
    found = models.PositiveIntegerField()
    """How many were shown."""
