"""The light and the button beside the machine: what the owner wants, and what they see.

The light shows one thing at a time: while the owner's page is open, that; otherwise whether
the device can keep nothing, and else whether a question waits. Where no light is wired,
nothing is shown and nobody presses.
"""

from pathlib import Path
from typing import TYPE_CHECKING

from agent.asking.presses import Meaning, meaning_of
from agent.journal import Journal, Trouble
from wire.owner import Light, OwnerLight
from wire.stamps import Stamp

if TYPE_CHECKING:
    from agent.page.doorway import Doorway


class Hand:
    """Light and button of one device, if it has them."""

    def __init__(self, light: OwnerLight | None, folder: Path, tell: Journal) -> None:
        self._light = light
        self._folder = folder
        self._tell = tell
        self._doorway: Doorway | None = None

    @property
    def is_there(self) -> bool:
        """Whether a question can reach the owner this way."""
        return self._light is not None

    def wants(self) -> list[Meaning]:
        """Return what the owner has asked for by hand since the last look."""
        return [] if self._light is None else [meaning_of(p) for p in self._light.presses()]

    def open_page(self, now: Stamp) -> None:
        """Open the owner's page to the home network for a while."""
        # A household that never does it never loads it.
        from agent.page.doorway import Doorway  # noqa: PLC0415

        if self._doorway is None:
            self._doorway = Doorway(self._folder, self._tell)
        try:
            self._doorway.open(now)
        except OSError as error:
            text = f"the page cannot be opened: {error}; make room in {self._folder}"
            self._tell(Trouble(at=now.utc, text=text))

    def show(self, asking: Light, now: Stamp) -> None:
        """Show that the page is open, or else ``asking``."""
        if self._light is None:
            return
        if self._doorway is not None:
            self._doorway.attend(now)
            if self._doorway.light is not None:
                self._light.show(self._doorway.light, self._doorway.numbers)
                return
        self._light.show(asking)

    def close(self) -> None:
        """Let go of the pins, and let the page shut."""
        if self._doorway is not None:
            self._doorway.close()
        if self._light is not None:
            self._light.close()
