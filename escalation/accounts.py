"""Makes accounts: for people at the desk, and for devices in households.

Both are made by whoever runs the desk, by hand and one at a time: nobody signs up, and no
device enrolls itself. Call after ``startup``; Django has to be there already.
"""

import json
from datetime import datetime
from pathlib import Path

from django.contrib.auth.password_validation import validate_password
from django.core.exceptions import ValidationError

from escalation.models import Device, Staff
from wire.keys import KeyFormatError, PublicKeys
from wire.options import ConfigError
from wire.topics import DEVICE_ID


def add_staff(
    username: str, *, first_name: str, roles: list[str], language: str, password: str
) -> None:
    """Make an account, or raise ``ConfigError`` with what has to be different."""
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
    staff.save()


def enroll(path: Path, now: datetime) -> None:
    """Register the device whose public keys ``path`` holds. Doing it again does no harm."""
    device_id, keys = _read_device(path)
    known, is_new = Device.objects.get_or_create(
        device_id=device_id, defaults={"public_keys": keys.to_json(), "enrolled_at": now}
    )
    if not is_new and known.keys() != keys:
        raise ConfigError(
            f"{path}: device {device_id} is enrolled with other keys; a device whose keys "
            "were replaced needs a new identity"
        )


def _read_device(path: Path) -> tuple[str, PublicKeys]:
    try:
        plain = json.loads(path.read_text(encoding="utf-8"))
        device_id, keys = plain["device"], PublicKeys.from_json(plain["keys"])
    except OSError as error:
        raise ConfigError(f"{path}: cannot be read: {error.strerror}") from None
    except (ValueError, KeyError, TypeError, KeyFormatError) as error:
        raise ConfigError(
            f'{path}: is no device file {{"device": …, "keys": …}} ({error}): '
            "make it again on the device"
        ) from None
    if not isinstance(device_id, str) or not DEVICE_ID.fullmatch(device_id):
        raise ConfigError(f"{path} device = {device_id!r}: write 16 hexadecimal digits")
    if keys.device_id != device_id:
        raise ConfigError(
            f"{path} device = {device_id!r}: these keys belong to {keys.device_id}: "
            "make the file again on the device"
        )
    return device_id, keys
