"""Limescale: does warming up take longer from week to week?

Each warm-up from cold is timed between two temperatures, so that it does not matter how
cold the kitchen was. One figure a day is kept, without its date: a list of seconds says
nothing about when anybody made coffee. The newest week is compared with the best week
known. The result is a hint that the machine wants care; it never makes it faulty, and no
concern about a person rests on it.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field

from agent.checks.limits import MachineLimits
from agent.checks.room import HOUR_S, Look, Span, sound
from wire.facts import CheckName, Finding
from wire.readings import BrewStarted, Flag, FlagName, LinkLost, Quantity, Reading, Sample
from wire.stamps import Stamp

FROM_C, TO_C = 40.0, 80.0
"""Above any kitchen and below any thermostat."""
QUICKEST_S = 5.0
"""No heater is so quick: these samples had waited, and came all at once."""
EVERY_S = 20 * HOUR_S
"""One figure a day, also when the day begins a little earlier."""
KEPT = 180
"""Half a year of days: limescale takes months."""
WEEK = 7
GROWN = 0.25
"""The mains may sag by ten percent, which is a fifth of the heater's power."""
HINT_S = HOUR_S
"""The machine's own lamp is passed on when it is no flicker."""


@dataclass(slots=True)
class ScaleCheck:
    """The times that warming up took, oldest first."""

    limits: MachineLimits
    times_s: list[float] = field(default_factory=list)
    grown: float | None = None
    """What they say; it changes once a day, and the check looks every few seconds."""
    heater_on: bool = False
    temp_c: float | None = None
    began_s: float | None = None
    measured_s: float | None = None
    due: Span = field(default_factory=Span)

    def receive(self, reading: Reading) -> None:
        """Take one reading into account."""
        now_s = reading.at.monotonic_s
        match reading:
            case LinkLost() | BrewStarted():
                # Cold water flows into the boiler, or nobody knows: this one is not timed.
                self.temp_c = self.began_s = None
            case Flag(name=FlagName.HEATER_ON, on=on):
                self.heater_on = on
                self.began_s = self.began_s if on else None
            case Flag(name=FlagName.DESCALE_DUE, on=on):
                self.due.hold(on, now_s)
            case Sample(quantity=Quantity.BOILER_TEMP_C, value=value):
                self._sample(value, now_s)

    def look(self, now: Stamp) -> Look | None:
        """Return the hint, or that there is none; nothing before two weeks are known."""
        if self.due.lasted_s(now.monotonic_s) >= HINT_S:
            return sound(CheckName.SCALE, Finding.DESCALE_DUE, score=1.0)
        if self.grown is None:
            return None
        if self.grown >= GROWN:
            growing = Finding.SCALE_GROWING
            return sound(CheckName.SCALE, growing, 100 * self.grown, score=self.grown / GROWN)
        score = max(0.0, self.grown / GROWN)
        return sound(CheckName.SCALE, Finding.HEATING_TIME_STEADY, score=score)

    def remember(self, times_s: Iterable[float]) -> None:
        """Take up what was kept when the device was last switched off."""
        self._know([float(time_s) for time_s in times_s])

    def _sample(self, value: float | None, now_s: float) -> None:
        before, self.temp_c = self.temp_c, value
        if value is None or before is None or not self.heater_on:
            self.began_s = None
        elif before < FROM_C <= value:
            self.began_s = now_s
        elif before < TO_C <= value and self.began_s is not None:
            self._measured(now_s - self.began_s, now_s)

    def _measured(self, took_s: float, now_s: float) -> None:
        self.began_s = None
        known = self.measured_s is not None and now_s - self.measured_s < EVERY_S
        if known or took_s < QUICKEST_S:
            return
        self.measured_s = now_s
        self._know([*self.times_s, round(took_s, 1)])

    def _know(self, times_s: list[float]) -> None:
        self.times_s = times_s[-KEPT:]
        self.grown = growth(self.times_s)


def growth(times_s: Sequence[float]) -> float | None:
    """Return by what share the newest week takes longer than the best earlier one."""
    if len(times_s) < 2 * WEEK:
        return None
    earlier = times_s[:-WEEK]
    weeks = (earlier[at : at + WEEK] for at in range(len(earlier) - WEEK + 1))
    best_s = min(_middle(week) for week in weeks)
    return _middle(times_s[-WEEK:]) / best_s - 1 if best_s > 0 else None


def _middle(week: Sequence[float]) -> float:
    """Return the median of seven, without the module that would load fractions for it."""
    return sorted(week)[WEEK // 2]
