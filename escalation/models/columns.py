"""What the columns of several tables share: lengths, and choices out of an enum."""

from typing import Any

MESSAGE_ID_LENGTH = 32
DEVICE_ID_LENGTH = 16
SHA256_LENGTH = 64
BATCH_LENGTH = 64


def choices(values: Any) -> list[tuple[str, str]]:
    """Return an enum's values as a column's choices."""
    return [(value.value, value.value) for value in values]
