"""What every room of the device check is: a small state, and a look at it.

``receive`` takes each reading; ``look`` weighs what they said and changes nothing. A room
that this machine does not furnish (its sensor is not promised) looks at nothing and
returns ``None``: no line at all, because a line would claim something.

The score of a look is the share of the evidence that a fault needs: 0 for nothing against
the machine, 1 and more where a service matter is raised.
"""

from dataclasses import dataclass
from typing import Protocol

from agent.checks.limits import MachineLimits
from wire.facts import CheckName, Evidence, Finding, Verdict
from wire.readings import Reading
from wire.stamps import Stamp

MINUTE_S = 60.0
HOUR_S = 3_600.0
DAY_S = 86_400.0


@dataclass(frozen=True, slots=True, kw_only=True)
class Look:
    """What one room found, and how far that is from a fault."""

    evidence: Evidence
    score: float


class Room(Protocol):
    """One part of the machine."""

    def receive(self, reading: Reading) -> None:
        """Take one reading into account."""
        ...

    def look(self, now: Stamp) -> Look | None:
        """Return what is known at ``now``, or ``None`` where nothing is promised."""
        ...


class FurnishedRoom(Room, Protocol):
    """A room that looks only at what this machine can tell."""

    limits: MachineLimits


@dataclass(slots=True)
class Span:
    """Since when something has been true without a break, in monotonic seconds."""

    since_s: float | None = None

    def hold(self, true: bool, now_s: float) -> None:
        """Take note of whether it is true at ``now_s``."""
        if not true:
            self.since_s = None
        elif self.since_s is None:
            self.since_s = now_s

    def lasted_s(self, now_s: float) -> float:
        """Return for how long it has been true; 0 when it is not."""
        return 0.0 if self.since_s is None else now_s - self.since_s


def sound(
    check: CheckName, finding: Finding, value: float | None = None, *, score: float = 0.0
) -> Look:
    """Return that nothing is wrong here."""
    line = Evidence(check=check, verdict=Verdict.SOUND, finding=finding, value=value)
    return Look(evidence=line, score=score)


def weighed(
    check: CheckName, finding: Finding, score: float, value: float | None = None
) -> Look:
    """Return a doubt, or a fault once its evidence is whole."""
    verdict = Verdict.FAULTY if score >= 1 else Verdict.UNKNOWN
    line = Evidence(check=check, verdict=verdict, finding=finding, value=value)
    return Look(evidence=line, score=score)


def not_seen_yet(check: CheckName) -> Look:
    """Return that something was promised and has not been heard."""
    return doubt(check, Finding.NOT_SEEN_YET)


def doubt(check: CheckName, finding: Finding, value: float | None = None) -> Look:
    """Return that it is not known, and that no waiting makes a fault of it."""
    line = Evidence(check=check, verdict=Verdict.UNKNOWN, finding=finding, value=value)
    return Look(evidence=line, score=0.0)
