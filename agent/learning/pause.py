"""How long there has been no brew, as far as that is known, and the longest such pause.

A pause counts seen time only. A brew that was not seen would have ended it, so each unseen
span leaves of the pause only the share that it cannot have ended: ``exp(-brews usual in
that span)``. A minute without the link changes nothing; after a day off, the pause starts
anew, although the last *known* brew was earlier.
"""

from datetime import datetime
from math import exp
from typing import Any

from agent.learning.observed_days import FULL_TENTHS, WINDOW_DAYS

TENTH_S = 360.0


class Pause:
    """The pause that is going on, and the longest ones of the window, in tenths of hours."""

    def __init__(self) -> None:
        self.last_brew_at: datetime | None = None
        self._tenths = 0
        self._longest: list[tuple[int, int]] = []
        """(day it ended, tenths), newest last, each longer than all later ones."""

    @property
    def hours(self) -> float:
        """How long the pause has lasted."""
        return self._tenths / FULL_TENTHS

    @property
    def longest_hours(self) -> float:
        """The longest pause that ended within the window."""
        return self._longest[0][1] / FULL_TENTHS if self._longest else 0.0

    def doubt(self, hidden_brews: float) -> None:
        """Keep what an unseen span, in which so many brews are usual, cannot have ended."""
        if hidden_brews > 0:
            self._tenths = int(self._tenths * exp(-hidden_brews))

    def hour(self, *, seen_tenths: int, brews: list[datetime], day: int, end: datetime) -> None:
        """Take in one hour that ended at ``end`` on ``day``."""
        if not brews:
            self._tenths += seen_tenths
            return
        if self.last_brew_at is not None:
            while self._longest and self._longest[-1][1] <= self._tenths:
                self._longest.pop()
            self._longest.append((day, self._tenths))
            self._longest = [one for one in self._longest if day - one[0] < WINDOW_DAYS]
        self.last_brew_at = brews[-1]
        self._tenths = min(seen_tenths, int((end - brews[-1]).total_seconds() / TENTH_S))

    def late_brew(self, at: datetime, taken_in_until: datetime) -> None:
        """Learn of a brew in an hour that has already been taken in."""
        if self.last_brew_at is None or at > self.last_brew_at:
            self.last_brew_at = at
            since = int((taken_in_until - at).total_seconds() / TENTH_S)
            self._tenths = min(self._tenths, since)

    def take_back(self, at: datetime, tenths: int) -> None:
        """Learn that seen time at ``at`` was not seen after all."""
        if self.last_brew_at is not None and at >= self.last_brew_at:
            self._tenths = max(0, self._tenths - tenths)

    def to_json(self) -> dict[str, Any]:
        """Return what must be remembered."""
        last = self.last_brew_at
        return {
            "last_brew_at": last.isoformat() if last is not None else None,
            "tenths": self._tenths,
            "longest": [list(one) for one in self._longest],
        }

    @classmethod
    def from_json(cls, state: dict[str, Any]) -> "Pause":
        """Return the pause that ``to_json`` described."""
        pause, last = cls(), state["last_brew_at"]
        pause.last_brew_at = datetime.fromisoformat(last) if last is not None else None
        pause._tenths = int(state["tenths"])
        pause._longest = [(int(day), int(tenths)) for day, tenths in state["longest"]]
        return pause
