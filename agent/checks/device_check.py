"""Is the machine sound? Asked before any human is worried, and answered with evidence.

``receive`` hands each reading to the rooms of ``agent.checks``; ``check`` lets each look
and puts their lines together. A flag by itself is never truth: it is believed as long as
what is measured does not contradict it. A finding needs to last before it is a fault,
because a sensor that jumps for a second is a sensor; until then it is a doubt.

What was promised and has not been seen is ``unknown``, never ``sound``. What this machine
cannot tell is not looked at and gives no line.
"""

from collections.abc import Sequence
from dataclasses import dataclass, field, replace

from agent.checks.clock import ClockCheck
from agent.checks.controller import ControllerCheck
from agent.checks.flow import FlowCheck
from agent.checks.heating import HeatingCheck
from agent.checks.limits import MachineLimits, Told
from agent.checks.link import LinkCheck
from agent.checks.room import FurnishedRoom, Look, Room
from agent.checks.scale import ScaleCheck
from agent.checks.self_report import SelfReportCheck
from agent.checks.tank import TankCheck
from agent.checks.temperature import TemperatureCheck
from agent.checks.water import WaterCheck
from wire.facts import DeviceCheck, Verdict
from wire.readings import ControllerStarted, Reading
from wire.stamps import Stamp

__all__ = ["MachineHealth", "MachineLimits"]


@dataclass(slots=True)
class MachineHealth:
    """What the readings of one awakening of the device say about its machine."""

    limits: MachineLimits
    scale: ScaleCheck = field(init=False)
    """The one room that remembers beyond an awakening."""
    _furnished: Sequence[FurnishedRoom] = field(init=False)
    """The rooms that depend on what the machine can tell."""
    _rooms: Sequence[Room] = field(init=False)
    _tells: frozenset[Told] = field(init=False)

    def __post_init__(self) -> None:
        self.scale = ScaleCheck(self.limits)
        self._furnished = (
            TankCheck(self.limits),
            WaterCheck(self.limits),
            FlowCheck(self.limits),
            HeatingCheck(self.limits),
            TemperatureCheck(self.limits),
            SelfReportCheck(self.limits),
            self.scale,
        )
        self._rooms = (LinkCheck(), ClockCheck(), ControllerCheck(), *self._furnished)
        self._tells = self.limits.tells

    def receive(self, reading: Reading) -> None:
        """Take one reading into account."""
        if isinstance(reading, ControllerStarted):
            self._promised(self.limits.tells - frozenset(reading.lacks))
        for room in self._rooms:
            room.receive(reading)

    def check(self, now: Stamp) -> DeviceCheck:
        """Return the verdict of this moment, with a line of evidence for each room."""
        evidence = tuple(look.evidence for look in self._looks(now))
        verdicts = {line.verdict for line in evidence}
        worst = next(
            (v for v in (Verdict.FAULTY, Verdict.UNKNOWN) if v in verdicts), Verdict.SOUND
        )
        return DeviceCheck(verdict=worst, checked_at=now.utc, evidence=evidence)

    def score(self, now: Stamp) -> float:
        """Return how far the machine is on the way to a service matter (1.0 = one)."""
        return max(look.score for look in self._looks(now))

    def _promised(self, tells: frozenset[Told]) -> None:
        """Look from now on at what this very controller has, and at nothing else."""
        if tells == self._tells:
            return
        self._tells = tells
        limits = replace(self.limits, tells=tells)
        for room in self._furnished:
            room.limits = limits

    def _looks(self, now: Stamp) -> list[Look]:
        looks = (room.look(now) for room in self._rooms)
        return [look for look in looks if look is not None]
