"""The link: is the machine heard without gaps, and is what arrives readable?

A machine that is switched off at the wall is silent and well: not being heard is never a
fault, only *unknown*. Bytes that never make a frame are one, because no switch does that.
"""

from collections import deque
from dataclasses import dataclass, field

from agent.checks.room import HOUR_S, MINUTE_S, Look, Span, doubt, sound, weighed
from wire.facts import CheckName, Finding
from wire.readings import FramesMissed, LinkLoss, LinkLost, LinkUp, Misread, Reading
from wire.stamps import Stamp

MISSED_SHARE_PER_HOUR = 20
"""Frames missed in an hour above which the line is bad rather than unlucky."""
LOSSY_S = 6 * HOUR_S
"""Somebody moves a cable, a vacuum cleaner disturbs it: over by the evening."""
UNREADABLE_S = 10 * MINUTE_S
"""A controller that starts up may chatter at another speed, but not for so long."""
LOSSES_AN_HOUR = 6
"""A machine is switched off once or twice an hour; a loose plug loses it more often."""

_UNREADABLE = {
    None: Finding.LINK_UNREADABLE,
    Misread.INVERTED: Finding.LINK_INVERTED,
    Misread.OTHER_BAUD: Finding.LINK_OTHER_SPEED,
}
"""By what the bytes themselves show."""


@dataclass(slots=True)
class LinkCheck:
    """What was heard and what was lost."""

    linked: bool = False
    missed: deque[tuple[float, int]] = field(default_factory=lambda: deque(maxlen=256))
    losses_s: deque[float] = field(default_factory=lambda: deque(maxlen=64))
    unreadable: Span = field(default_factory=Span)
    because: Misread | None = None
    lossy: Span = field(default_factory=Span)

    def receive(self, reading: Reading) -> None:
        """Take one reading into account."""
        now_s = reading.at.monotonic_s
        match reading:
            case LinkUp():
                self.linked = True
                self.unreadable.hold(False, now_s)
            case LinkLost(reason=reason, because=because):
                if self.linked:
                    self.losses_s.append(now_s)
                self.linked = False
                self.unreadable.hold(reason is LinkLoss.UNREADABLE, now_s)
                self.because = because
            case FramesMissed(count=count):
                self.missed.append((now_s, count))
        self.lossy.hold(self._missed(now_s) > MISSED_SHARE_PER_HOUR, now_s)

    def look(self, now: Stamp) -> Look:
        """Return whether the machine can be heard, and how well."""
        now_s = now.monotonic_s
        if not self.linked:
            unreadable_s = self.unreadable.lasted_s(now_s)
            if self.unreadable.since_s is None:
                return doubt(CheckName.LINK, Finding.LINK_LOST)
            finding = _UNREADABLE[self.because]
            return weighed(CheckName.LINK, finding, unreadable_s / UNREADABLE_S)
        missed = self._missed(now_s)
        if missed > MISSED_SHARE_PER_HOUR:
            score = self.lossy.lasted_s(now_s) / LOSSY_S
            return weighed(CheckName.LINK, Finding.LINK_LOSSY, score, float(missed))
        losses = sum(1 for at_s in self.losses_s if now_s - at_s < HOUR_S)
        if losses >= LOSSES_AN_HOUR:
            return doubt(CheckName.LINK, Finding.LINK_UNSTEADY, float(losses))
        return sound(CheckName.LINK, Finding.LINK_STEADY)

    def _missed(self, now_s: float) -> int:
        return sum(count for at_s, count in self.missed if now_s - at_s < HOUR_S)
