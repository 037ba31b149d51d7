"""The one place that every step goes through on its way to whoever follows along.

    narrator = Narrator(voice, Tally(timezone="Europe/Paris", starts_at=now, days_from=None))
    narrator.tell(Brew(at=now, number=1, water_ml=110.0))
    narrator.time_is(now)
    assert narrator.path.missing(Ending.DECIDED) is None

It fills in the weeks and days that are over, keeps the order (nothing is told before what
happened earlier), and keeps the path, by which the director knows whether all happened.
"""

from datetime import datetime
from typing import Protocol

from scripts.first_cup.path import Path
from scripts.first_cup.steps import Brew, Step, Unseen
from scripts.first_cup.tally import Tally


class Voice(Protocol):
    """Tells steps to somebody: ``HumanVoice`` or ``JsonVoice``."""

    def tell(self, step: Step) -> None:
        """Tell ``step``."""
        ...


class Narrator:
    """Tells each step once, through one voice."""

    def __init__(self, voice: Voice, tally: Tally) -> None:
        self._voice = voice
        self._tally = tally
        self.path = Path()

    @property
    def brews(self) -> int:
        """How many brews have been told."""
        return self._tally.brews

    def tell(self, step: Step) -> None:
        """Tell ``step``, and before it the weeks and days that are over by then."""
        self.time_is(step.at)
        match step:
            case Brew():
                self._tally.add(step.at)
            case Unseen():
                self._tally.unseen(step.at, step.until)
        self.path.follow(step)
        self._voice.tell(step)

    def time_is(self, now: datetime) -> None:
        """Tell the weeks and days that are over by ``now``."""
        for lived in self._tally.advance(now):
            self._voice.tell(lived)
