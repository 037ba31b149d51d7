"""The controller: does it restart by itself, or is it switched off and on?

The persistent count of its starts tells how often, also when the machine was not heard
meanwhile; the cause that it names tells why. Switching the machine off at the wall is a
habit and no fault. A machine that never introduces itself gives no line.
"""

from collections import deque
from dataclasses import dataclass, field
from enum import StrEnum

from agent.checks.room import DAY_S, Look, sound, weighed
from wire.facts import CheckName, Finding
from wire.readings import ControllerStarted, Reading
from wire.stamps import Stamp


class _Cause(StrEnum):
    OWN = "own"
    """It gave up: the watchdog, or a cause that it cannot name."""
    SAG = "sag"
    """The supply sagged below what the controller needs."""
    SWITCHED = "switched"
    """Power came on, or the reset line was pulled, as opening some ports does."""


_NAMED = (
    ("watchdog", _Cause.OWN),
    # Many chips report a sag with every power-on: the power-on is what happened.
    ("power_on", _Cause.SWITCHED),
    ("brown_out", _Cause.SAG),
    ("external", _Cause.SWITCHED),
)

RESETS_A_DAY = 4
"""A controller that gives up, or whose supply sags, so often in a day is failing."""
SWITCHED_A_DAY = 24
"""Switched on for each coffee it starts a dozen times a day; once an hour, all day and
night, is a loose plug."""
_MOST = {_Cause.OWN: RESETS_A_DAY, _Cause.SAG: RESETS_A_DAY, _Cause.SWITCHED: SWITCHED_A_DAY}
_FAULT = {
    _Cause.OWN: Finding.CONTROLLER_RESETTING,
    _Cause.SAG: Finding.POWER_INTERRUPTED,
    _Cause.SWITCHED: Finding.POWER_INTERRUPTED,
}


@dataclass(slots=True)
class ControllerCheck:
    """When the controller has started, and why."""

    boot_count: int | None = None
    introduced_s: float = 0.0
    starts: deque[tuple[float, _Cause]] = field(default_factory=lambda: deque(maxlen=128))

    def receive(self, reading: Reading) -> None:
        """Take one reading into account."""
        # A controller without a persistent count always says 0: nothing to be learned.
        if not isinstance(reading, ControllerStarted) or reading.boot_count == 0:
            return
        now_s = reading.at.monotonic_s
        self._started(reading, now_s)
        self.boot_count, self.introduced_s = reading.boot_count, now_s

    def look(self, now: Stamp) -> Look | None:
        """Return whether it runs without restarting."""
        if self.boot_count is None:
            return None
        today = [cause for at_s, cause in self.starts if now.monotonic_s - at_s < DAY_S]
        counts = {cause: today.count(cause) for cause in _Cause}
        worst = max(_Cause, key=lambda cause: counts[cause] / _MOST[cause])
        score, starts = counts[worst] / _MOST[worst], float(counts[worst])
        if score >= 1:
            return weighed(CheckName.CONTROLLER, _FAULT[worst], score, starts)
        if worst is _Cause.SWITCHED and starts:
            switched = Finding.CONTROLLER_SWITCHED
            return sound(CheckName.CONTROLLER, switched, starts, score=score)
        return sound(CheckName.CONTROLLER, Finding.CONTROLLER_STEADY, score=score)

    def _started(self, reading: ControllerStarted, now_s: float) -> None:
        # It also introduces itself when asked: only a new count is a start.
        if self.boot_count in (None, reading.boot_count):
            return
        assert self.boot_count is not None
        unheard = reading.boot_count - self.boot_count
        # Those that nobody heard happened since it was last heard, which may be long ago.
        lately = now_s - self.introduced_s < DAY_S
        count = unheard if lately and 0 < unheard <= SWITCHED_A_DAY else 1
        self.starts += [(now_s, _cause(reading.reset_cause))] * count


def _cause(named: str) -> _Cause:
    names = named.split("+")
    return next((cause for name, cause in _NAMED if name in names), _Cause.OWN)
