"""How the device shows the owner that a question waits, and how the owner answers by hand.

The pins are the bridge's, the meaning is the agent's: a press means only what the light
shows at that moment.
"""

from enum import StrEnum
from typing import Protocol


class Light(StrEnum):
    """What the light shows."""

    OFF = "off"
    BREATHING = "breathing"
    """A question waits."""
    ON = "on"
    """Something has come back to be read."""


class Press(StrEnum):
    """How the button was pressed."""

    SHORT = "short"
    LONG = "long"


class OwnerLight(Protocol):
    """A light and a button beside the machine."""

    def show(self, light: Light) -> None:
        """Show ``light``."""
        ...

    def presses(self) -> list[Press]:
        """Return the presses since the last call, oldest first."""
        ...

    def close(self) -> None:
        """Release the pins."""
        ...
