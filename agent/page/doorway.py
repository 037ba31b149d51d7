"""Opens the owner's page to the home network when the owner asks for it with the button.

The device itself listens on no network. It draws the numbers, lets the light count them,
and writes down until when; the page, a process of its own, does the rest and says what has
come of it. An opening ends after ten minutes, with the browser that was let in, or with too
many wrong numbers, whichever is first. Another press begins a new one with new numbers.

Loaded by the first such press and not before.
"""

import os
import secrets
from pathlib import Path

from agent.journal import Journal, PageOpen, PageShut
from agent.page import opening
from agent.page.opening import Answer, Opening
from wire.owner import Light
from wire.stamps import Stamp

NOTED_S = 5.0
"""How long the light shines for a browser that was let in."""


class Doorway:
    """The opening of one device, if there is one."""

    def __init__(self, folder: Path, tell: Journal) -> None:
        self._folder = folder
        self._tell = tell
        self._opening: Opening | None = None
        self._held: int | None = None
        self._noted_until_s = 0.0
        self.light: Light | None = None
        """What the light shows, or ``None`` for whatever else it has to show."""

    @property
    def numbers(self) -> tuple[int, ...]:
        """What the light counts."""
        return self._opening.numbers if self._opening else ()

    def open(self, now: Stamp) -> None:
        """Begin an opening; one that lasts ends. Raises ``OSError`` for a full disk."""
        self.close()
        fresh = Opening(
            id=secrets.token_hex(8),
            until_s=now.monotonic_s + opening.OPEN_S,
            numbers=tuple(
                1 + secrets.randbelow(opening.HIGHEST) for _ in range(opening.NUMBERS)
            ),
        )
        self._held = opening.write_opening(self._folder, fresh)
        self._opening, self.light = fresh, Light.COUNTING
        self._tell(PageOpen(at=now.utc))

    def attend(self, now: Stamp) -> None:
        """End the opening when it is over, and the light's word about it soon after."""
        if self._opening is not None:
            answer = opening.read_answer(self._folder, self._opening)
            if answer.over or now.monotonic_s >= self._opening.until_s:
                self._end(answer, now)
        elif self.light is not None and now.monotonic_s >= self._noted_until_s:
            self.light = None

    def close(self) -> None:
        """Let the page shut, whatever has come of it."""
        opening.remove_opening(self._folder)
        if self._held is not None:
            os.close(self._held)
        self._held = self._opening = self.light = None

    def _end(self, answer: Answer, now: Stamp) -> None:
        self.close()
        self._tell(PageShut(at=now.utc, let_in=answer.let_in, wrong=answer.wrong))
        if answer.let_in:
            self.light, self._noted_until_s = Light.ON, now.monotonic_s + NOTED_S
