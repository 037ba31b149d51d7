"""Makes accounts for people at the desk.

They are made by whoever runs the desk, by hand and one at a time: nobody signs up. Call
after ``startup``; Django has to be there already.
"""

from datetime import datetime

from django.contrib.auth.password_validation import validate_password
from django.core.exceptions import ValidationError
from django.db import transaction

from escalation import clock
from escalation.entrance import second_factor
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
