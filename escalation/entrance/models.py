"""What is remembered about coming in. No code and no secret is here in a form that opens."""

from typing import Any, ClassVar

from django.db import models

from escalation.entrance.doings import Doing, Guess
from escalation.models import SHA256_LENGTH, Staff


def _choices(values: Any) -> list[tuple[str, str]]:
    return [(value.value, value.value) for value in values]


class SecondFactor(models.Model):
    """The secret that somebody's app shares with the desk."""

    staff = models.OneToOneField(
        Staff, primary_key=True, on_delete=models.CASCADE, related_name="second_factor"
    )
    sealed = models.BinaryField()
    begun_at = models.DateTimeField()
    confirmed_at = models.DateTimeField(null=True)
    """``None``: shown on the page, and not asked for, until a first code proves the app."""
    last_step = models.BigIntegerField(default=0)
    """The step of the newest code that was used: it and those before it never count again."""


class RecoveryCode(models.Model):
    """That one more code on paper would open the way; using it removes the row."""

    staff = models.ForeignKey(Staff, on_delete=models.CASCADE, related_name="recovery_codes")
    digest = models.CharField(max_length=SHA256_LENGTH)

    class Meta:
        """A code is looked up by the person and itself."""

        constraints: ClassVar = [
            models.UniqueConstraint(fields=["staff", "digest"], name="one_row_a_recovery_code")
        ]


class Identity(models.Model):
    """Whose sign-in at the organisation opens which account: linked by a person, on purpose."""

    staff = models.OneToOneField(
        Staff, primary_key=True, on_delete=models.CASCADE, related_name="identity"
    )
    issuer = models.CharField(max_length=500)
    subject = models.CharField(max_length=255)
    """The organisation's own name for somebody; it never changes, as an address may."""
    linked_at = models.DateTimeField()

    class Meta:
        """One identity opens one account."""

        constraints: ClassVar = [
            models.UniqueConstraint(
                fields=["issuer", "subject"], name="one_account_an_identity"
            )
        ]


class Tries(models.Model):
    """How often something was guessed in the present while."""

    key = models.CharField(primary_key=True, max_length=SHA256_LENGTH)
    """Of what is guessed and for whom, by digest: a password is easily typed for a name."""
    guess = models.CharField(max_length=8, choices=_choices(Guess))
    number = models.PositiveIntegerField(default=0)
    begun_at = models.DateTimeField(db_index=True)


class EntranceEvent(models.Model):
    """One line of the audit: what was done about somebody's way in.

    A line is never changed: the database itself refuses it.
    """

    staff = models.ForeignKey(Staff, on_delete=models.PROTECT, related_name="entrance_events")
    doing = models.CharField(max_length=14, choices=_choices(Doing))
    by_operator = models.BooleanField(default=False)
    """False: by the person, or by whoever knew their password."""
    at = models.DateTimeField()

    class Meta:
        """Supervisors look for what was locked lately, each person for their own."""

        indexes: ClassVar = [
            models.Index(fields=["doing", "at"], name="entrance_lines_by_doing"),
            models.Index(fields=["staff", "at"], name="entrance_lines_by_person"),
        ]


__all__ = ["EntranceEvent", "Identity", "RecoveryCode", "SecondFactor", "Tries"]
