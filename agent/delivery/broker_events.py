"""What the line to the broker tells, apart from what carries it.

They are here and not in ``publisher`` because whoever reads them lives from the first second
on, and a device whose owner allows nothing never loads an MQTT client.
"""

from collections.abc import Callable
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Connected:
    """The broker has let us in and we are subscribed."""


@dataclass(frozen=True, slots=True)
class Disconnected:
    """The broker is away, or refused us; ``reason`` is for the operator."""

    reason: str


@dataclass(frozen=True, slots=True)
class Taken:
    """The broker's answer to a publish: taken, or refused with a reason."""

    token: str
    refused: str | None


@dataclass(frozen=True, slots=True)
class Arrived:
    """An envelope from the desk. Call ``done`` once it is committed."""

    envelope: bytes
    done: Callable[[], None]


@dataclass(frozen=True, slots=True)
class News:
    """What a renewal of the certificate has to tell the operator."""

    text: str
    is_trouble: bool


PublisherEvent = Connected | Disconnected | Taken | Arrived | News
