"""Where envelopes travel. Three topics a device; the message type is inside the seal."""

import re

ROOT = "demitasse/1"
DEVICE_ID = re.compile(r"[0-9a-f]{16}")

INTAKE_FILTER = f"{ROOT}/+/up"
"""What the desk subscribes to; ``$share/desk/`` goes before it for several workers."""


def up(device: str) -> str:
    """Return the topic on which ``device`` sends."""
    return f"{ROOT}/{device}/up"


def down(device: str) -> str:
    """Return the topic on which ``device`` receives."""
    return f"{ROOT}/{device}/down"


def state(device: str) -> str:
    """Return the retained topic that the broker itself sets when ``device`` is gone."""
    return f"{ROOT}/{device}/state"


def sender(topic: str) -> str | None:
    """Return the device that may send on ``topic``, or ``None`` for a foreign topic."""
    root, _, rest = topic.partition(f"{ROOT}/")
    device, _, leaf = rest.partition("/")
    known = not root and leaf in ("up", "state") and DEVICE_ID.fullmatch(device)
    return device if known else None
