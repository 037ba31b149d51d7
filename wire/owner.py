"""How the device shows the owner that a question waits, and how the owner answers by hand.

The pins are the bridge's, the meaning is the agent's: a press means only what the light
showed when the finger came down, and while it stays down, what the light shows when it lets
go.
"""

from dataclasses import dataclass
from enum import StrEnum
from typing import Protocol


class Light(StrEnum):
    """What the light shows."""

    OFF = "off"
    BREATHING = "breathing"
    """A question waits."""
    COUNTING = "counting"
    """The owner's page is open to the home network; these numbers let one browser in."""
    ON = "on"
    """All is noted: a browser was let in."""
    TROUBLE = "trouble"
    """The device cannot keep anything: its disk is full, or fails."""


class Press(StrEnum):
    """How the button was pressed."""

    SHORT = "short"
    LONG = "long"
    VERY_LONG = "very_long"
    """Five seconds and more, until the light says that it is too long for anything."""


@dataclass(frozen=True, slots=True)
class Pressed:
    """A press, and what the light had shown when the finger came down."""

    press: Press
    light: Light


class OwnerLight(Protocol):
    """A light and a button beside the machine."""

    def show(self, light: Light, numbers: tuple[int, ...] = ()) -> None:
        """Show ``light``; ``numbers`` are what it counts out while it is counting."""
        ...

    def presses(self) -> list[Pressed]:
        """Return the presses since the last call, oldest first."""
        ...

    def close(self) -> None:
        """Release the pins."""
        ...
