"""Makes accounts for people at the desk.

They are made by whoever runs the desk, by hand and one at a time: nobody signs up. Call
after ``startup``; Django has to be there already.
"""

from datetime import datetime

from django.contrib.auth.password_validation import validate_password
from django.core.exceptions import ValidationError
from django.db import transaction

from escalation import clock
from escalation.entrance import identities, second_factor, sessions
from escalation.entrance.id_token import SUBJECT_LENGTH_MAX
from escalation.models import Staff
from escalation.team import skills
from wire.options import ConfigError


def vouch(username: str) -> datetime:
    """Give a reviewer the care skill, in the name of whoever runs the desk; return its end."""
    staff = Staff.objects.filter(username=username, is_reviewer=True, is_active=True).first()
    if staff is None:
        raise ConfigError(f"staff vouch {username}: there is no reviewer of this login name")
    return skills.vouch(staff, clock.now()).valid_until


def reset_second_factor(username: str) -> None:
    """Ask this person for their password alone, until they set a second factor up again."""
    staff = Staff.objects.filter(username=username).first()
    if staff is None:
        raise ConfigError(f"staff reset-factor {username}: nobody has this login name")
    if not second_factor.remove(staff, clock.now(), by_operator=True):
        raise ConfigError(f"staff reset-factor {username}: there is no second factor to reset")


def link(username: str, *, issuer: str, subject: str) -> None:
    """Let this identity at the organisation open the account, and none before it."""
    staff = Staff.objects.filter(username=username, is_active=True).first()
    if staff is None:
        raise ConfigError(f"staff link {username}: nobody has this login name")
    if not 0 < len(subject) <= SUBJECT_LENGTH_MAX or not subject.isprintable():
        raise ConfigError(
            f"staff link {username}: --subject {subject!r}: give 1 to {SUBJECT_LENGTH_MAX} "
            "printable letters, as the organisation does"
        )
    try:
        identities.link(
            staff, issuer=issuer, subject=subject, now=clock.now(), by_operator=True
        )
    except identities.Taken:
        raise ConfigError(
            f"staff link {username}: this identity opens another account; `staff unlink` that "
            "one first"
        ) from None


def unlink(username: str) -> None:
    """Let no identity open the account, and end the sessions that one may have opened."""
    staff = Staff.objects.filter(username=username).first()
    if staff is None:
        raise ConfigError(f"staff unlink {username}: nobody has this login name")
    with transaction.atomic():
        if not identities.unlink(staff, clock.now(), by_operator=True):
            raise ConfigError(f"staff unlink {username}: nothing is linked to it")
        sessions.end(staff)


def add_staff(
    username: str,
    *,
    first_name: str,
    roles: list[str],
    language: str,
    password: str,
    care_skill: bool = False,
) -> None:
    """Make an account, or raise ``ConfigError`` with what has to be different.

    With ``care_skill``, whoever runs the desk vouches for this person.
    """
    if care_skill and "reviewer" not in roles:
        raise ConfigError(f"staff add {username}: --skill care takes --role reviewer")
    if "guardian" in roles and set(roles) != {"guardian"}:
        raise ConfigError(
            f"staff add {username}: a guardian stands outside the line and takes no case: "
            "give --role guardian alone, to somebody who is neither reviewer, technician nor "
            "supervisor"
        )
    staff = Staff(
        username=username,
        first_name=first_name.strip(),
        language=language,
        **{f"is_{role}": True for role in roles},
    )
    try:
        staff.full_clean(exclude=["password"])
        validate_password(password, staff)
    except ValidationError as error:
        raise ConfigError(f"staff add {username}: {' '.join(error.messages)}") from None
    staff.set_password(password)
    with transaction.atomic():
        staff.save()
        if care_skill:
            skills.vouch(staff, clock.now())
