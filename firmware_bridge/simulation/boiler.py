"""A boiler that heats, cools and takes in cold water, solved exactly.

The rate of change is the heater's, less what is lost to the room and to the cold water
that flows in; both losses grow with the temperature above the room's. Such an equation has
a closed solution, so a stride of hours is as exact as a stride of milliseconds, and the
moment at which the thermostat will switch is known beforehand.
"""

import math
from dataclasses import dataclass

COOLING_S = 3600.0
"""Time constant of an insulated boiler that is left alone."""
BOILER_ML = 300.0


@dataclass(frozen=True, slots=True, kw_only=True)
class Exposure:
    """What acts on the boiler during one stride."""

    heating_c_per_s: float
    inflow_ml_per_s: float
    room_c: float

    @property
    def _time_constant_s(self) -> float:
        return 1 / (1 / COOLING_S + self.inflow_ml_per_s / BOILER_ML)

    @property
    def _settles_at_c(self) -> float:
        return self.room_c + self.heating_c_per_s * self._time_constant_s

    def temp_after(self, temp_c: float, seconds: float) -> float:
        """Return the temperature ``seconds`` later."""
        distance_c = temp_c - self._settles_at_c
        return self._settles_at_c + distance_c * math.exp(-seconds / self._time_constant_s)

    def seconds_until(self, temp_c: float, goal_c: float) -> float | None:
        """Return when ``goal_c`` will be reached from ``temp_c``, ``None`` for never."""
        distance_c = temp_c - self._settles_at_c
        goal_distance_c = goal_c - self._settles_at_c
        same_side = distance_c * goal_distance_c > 0
        if not same_side or abs(goal_distance_c) > abs(distance_c):
            return None
        return self._time_constant_s * math.log(distance_c / goal_distance_c)
