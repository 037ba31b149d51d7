"""Tells brews from the pump alone (twin of ``firmware/core/brewing.c``).

The states and the moves between them are the table of ``PROTOCOL.md``::

    state        pump goes on   pump goes off   time passes
    IDLE         RUNNING_UP     -               -
    RUNNING_UP   -              IDLE            1000 ms: BREWING, brew started
    BREWING      -              PAUSED          -
    PAUSED       BREWING        -               2000 ms: IDLE, brew finished
"""

from dataclasses import dataclass
from enum import Enum, auto

from firmware_bridge.simulation.twin_sensing import elapsed_ms

BREW_START_MS = 1000
"""A shorter burst is a pump that primes or a hand that slipped, and no brew."""
BREW_END_MS = 2000
"""A shorter pause is pre-infusion, and part of the brew."""


class Phase(Enum):
    """Where a brew is."""

    IDLE = auto()
    RUNNING_UP = auto()
    BREWING = auto()
    PAUSED = auto()


@dataclass(frozen=True, slots=True, kw_only=True)
class FinishedBrew:
    """What a brew was, from the first pump-on to the last pump-off."""

    duration_ms: int
    flow_pulses: int
    """These count on until the brew is finished: the turbine coasts, the water drips."""


class Brewing:
    """Follows one pump."""

    def __init__(self) -> None:
        self.phase = Phase.IDLE
        self._began_ms = 0
        self._began_pulses = 0
        self._stopped_ms = 0

    def started(self, now_ms: int) -> bool:
        """Return, once, that the pump has now run long enough."""
        run_ms = elapsed_ms(self._began_ms, now_ms)
        if self.phase is not Phase.RUNNING_UP or run_ms < BREW_START_MS:
            return False
        self.phase = Phase.BREWING
        return True

    def finished(self, now_ms: int, flow_pulses: int) -> FinishedBrew | None:
        """Return, once, the brew after which the pump has now been off long enough."""
        pause_ms = elapsed_ms(self._stopped_ms, now_ms)
        if self.phase is not Phase.PAUSED or pause_ms < BREW_END_MS:
            return None
        self.phase = Phase.IDLE
        return FinishedBrew(
            duration_ms=elapsed_ms(self._began_ms, self._stopped_ms),
            flow_pulses=(flow_pulses - self._began_pulses) & 0xFFFF_FFFF,
        )

    def see(self, now_ms: int, pump: bool, flow_pulses: int) -> None:
        """Take the pump's state from now on."""
        match self.phase, pump:
            case Phase.IDLE, True:
                self.phase = Phase.RUNNING_UP
                self._began_ms, self._began_pulses = now_ms, flow_pulses
            case Phase.RUNNING_UP, False:
                self.phase = Phase.IDLE
            case Phase.BREWING, False:
                self.phase = Phase.PAUSED
                self._stopped_ms = now_ms
            case Phase.PAUSED, True:
                self.phase = Phase.BREWING
            case _:
                pass
