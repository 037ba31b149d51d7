"""Is the machine sound? Asked before any human is worried, and answered with evidence.

``receive`` keeps what the readings of the last hours say; ``check`` weighs it. A flag by
itself is never truth: the tank switch is believed as long as the level sensor and the
flow meter do not contradict it. A finding needs to last before it is a fault, because a
sensor that jumps for a second is a sensor; until then it is a doubt.

What has not been seen is ``unknown``, never ``sound``.
"""

from collections import deque
from collections.abc import Callable
from dataclasses import dataclass, field

from wire.facts import CheckName, DeviceCheck, Evidence, Finding, Verdict
from wire.readings import (
    BrewFinished,
    ControllerStarted,
    Flag,
    FlagName,
    FramesMissed,
    LinkLost,
    LinkUp,
    Quantity,
    Reading,
    Sample,
)
from wire.stamps import Stamp


@dataclass(frozen=True, slots=True, kw_only=True)
class MachineLimits:
    """What this machine does when it is well, from its profile."""

    tank_ml: float
    boiler_temp_c: tuple[float, float]
    warm_up_s_max: float


DAY_S = 86_400.0
HOUR_S = 3_600.0

TANK_DISAGREES_S = 60.0
"""Water sloshes: switch and level may disagree for a moment, not for a minute."""
TANK_CLEARLY_FULL = 0.25
TANK_CLEARLY_EMPTY = 0.01
"""Share of the tank. Between the two a switch may be anywhere on its hysteresis."""
DRY_BREW_S = 5.0
"""A brew shorter than this may end before the first pulse of the flow meter."""
DRY_BREW_ML = 3.0
DRY_BREWS = 2
"""One dry brew is an airlock or an empty tank; two in a row are a pump or a meter."""
STUCK_HEATING_S = 120.0
"""A heater that is on for so long moves any real thermometer."""
IMPLAUSIBLE_SAMPLES = 10
"""So many unreadable or impossible samples in a row are a broken sensor, not a spark."""
RESETS_A_DAY = 4
"""Power cuts happen; a controller that starts so often in a day is failing."""
MISSED_SHARE_PER_HOUR = 20
"""Frames missed in an hour above which the line is bad rather than unlucky."""


@dataclass(slots=True)
class _Span:
    """Since when something has been true without a break, in monotonic seconds."""

    since_s: float | None = None

    def hold(self, true: bool, now_s: float) -> None:
        if not true:
            self.since_s = None
        elif self.since_s is None:
            self.since_s = now_s

    def lasted_s(self, now_s: float) -> float:
        return 0.0 if self.since_s is None else now_s - self.since_s


@dataclass(slots=True)
class MachineHealth:
    """What the readings of one awakening of the device say about its machine."""

    limits: MachineLimits
    linked: bool = False
    tank_empty: bool | None = None
    level_ml: float | None = None
    temp_c: float | None = None
    implausible_temps: int = 0
    dry_brews: int = 0
    last_warm_up_s: float = 0.0
    heater_on: bool = False
    boot_count: int | None = None
    starts_s: deque[float] = field(default_factory=lambda: deque(maxlen=64))
    missed: deque[tuple[float, int]] = field(default_factory=lambda: deque(maxlen=256))
    stuck_empty: _Span = field(default_factory=_Span)
    stuck_full: _Span = field(default_factory=_Span)
    warming: _Span = field(default_factory=_Span)
    temp_unchanged: _Span = field(default_factory=_Span)

    def receive(self, reading: Reading) -> None:
        """Take one reading into account."""
        now_s = reading.at.monotonic_s
        match reading:
            case LinkUp():
                self.linked = True
            case LinkLost():
                self._forget_present()
            case FramesMissed(count=count):
                self.missed.append((now_s, count))
            case ControllerStarted(boot_count=boot_count):
                # A controller also introduces itself when asked: only a new count is a start.
                if self.boot_count not in (None, boot_count):
                    self.starts_s.append(now_s)
                self.boot_count = boot_count
            case Flag(name=FlagName.TANK_EMPTY, on=on):
                self.tank_empty = on
            case Flag(name=FlagName.HEATER_ON, on=on):
                self.heater_on = on
            case Sample(quantity=Quantity.WATER_LEVEL_ML, value=value):
                self.level_ml = value
            case Sample(quantity=Quantity.BOILER_TEMP_C, value=value):
                self._temperature(value, now_s)
            case BrewFinished(duration_s=duration_s, water_ml=water_ml):
                self._brew(duration_s, water_ml)
        self._weigh_tank(now_s)
        self._weigh_heating(now_s)

    def check(self, now: Stamp) -> DeviceCheck:
        """Return the verdict of this moment, with a line of evidence for each check."""
        evidence = tuple(look(self, now) for look in _CHECKS)
        verdicts = {line.verdict for line in evidence}
        worst = next(
            (v for v in (Verdict.FAULTY, Verdict.UNKNOWN) if v in verdicts), Verdict.SOUND
        )
        return DeviceCheck(verdict=worst, checked_at=now.utc, evidence=evidence)

    def _forget_present(self) -> None:
        # What the sensors said before the silence is not what they say now.
        self.linked = False
        self.tank_empty = self.level_ml = self.temp_c = None
        for span in (self.stuck_empty, self.stuck_full, self.warming, self.temp_unchanged):
            span.hold(False, 0.0)

    def _temperature(self, value: float | None, now_s: float) -> None:
        low, high = self.limits.boiler_temp_c
        plausible = value is not None and low <= value <= high
        self.implausible_temps = 0 if plausible else self.implausible_temps + 1
        self.temp_unchanged.hold(value is not None and value == self.temp_c, now_s)
        self.temp_c = value

    def _brew(self, duration_s: float, water_ml: float | None) -> None:
        if duration_s < DRY_BREW_S or water_ml is None:
            return
        dry = water_ml < DRY_BREW_ML
        self.dry_brews = self.dry_brews + 1 if dry else 0

    def _weigh_tank(self, now_s: float) -> None:
        if self.tank_empty is None or self.level_ml is None:
            self.stuck_empty.hold(False, now_s)
            self.stuck_full.hold(False, now_s)
            return
        share = self.level_ml / self.limits.tank_ml
        self.stuck_empty.hold(self.tank_empty and share > TANK_CLEARLY_FULL, now_s)
        self.stuck_full.hold(not self.tank_empty and share < TANK_CLEARLY_EMPTY, now_s)

    def _weigh_heating(self, now_s: float) -> None:
        if self.temp_c is None or not self.heater_on:
            self._give_up_warming(now_s)
            return
        cold = self.temp_c < READY_C
        if not cold and self.warming.since_s is not None:
            self.last_warm_up_s = self.warming.lasted_s(now_s)
        self.warming.hold(cold, now_s)

    def _give_up_warming(self, now_s: float) -> None:
        # Switched off before it was warm: that took too long, or it proves nothing.
        self.last_warm_up_s = max(self.last_warm_up_s, self.warming.lasted_s(now_s))
        self.warming.hold(False, now_s)


READY_C = 85.0
"""Brewing water below this is not coffee water; every machine passes it while warming up."""


def _look_at_link(health: MachineHealth, now: Stamp) -> Evidence:
    lost = sum(n for at_s, n in health.missed if now.monotonic_s - at_s < HOUR_S)
    if not health.linked:
        return _line(CheckName.LINK, Verdict.UNKNOWN, Finding.LINK_LOST)
    if lost > MISSED_SHARE_PER_HOUR:
        return _line(CheckName.LINK, Verdict.UNKNOWN, Finding.LINK_LOSSY, float(lost))
    return _line(CheckName.LINK, Verdict.SOUND, Finding.LINK_STEADY)


def _look_at_clock(health: MachineHealth, now: Stamp) -> Evidence:
    del health
    if now.synced:
        return _line(CheckName.CLOCK, Verdict.SOUND, Finding.CLOCK_SYNCED)
    return _line(CheckName.CLOCK, Verdict.UNKNOWN, Finding.CLOCK_UNSYNCED)


def _look_at_controller(health: MachineHealth, now: Stamp) -> Evidence:
    starts = sum(1 for at_s in health.starts_s if now.monotonic_s - at_s < DAY_S)
    if starts >= RESETS_A_DAY:
        return _line(
            CheckName.CONTROLLER, Verdict.FAULTY, Finding.CONTROLLER_RESETTING, float(starts)
        )
    return _line(CheckName.CONTROLLER, Verdict.SOUND, Finding.CONTROLLER_STEADY)


def _look_at_tank(health: MachineHealth, now: Stamp) -> Evidence:
    for span, finding in (
        (health.stuck_empty, Finding.TANK_SWITCH_STUCK_EMPTY),
        (health.stuck_full, Finding.TANK_SWITCH_STUCK_FULL),
    ):
        if span.since_s is not None:
            sure = span.lasted_s(now.monotonic_s) >= TANK_DISAGREES_S
            verdict = Verdict.FAULTY if sure else Verdict.UNKNOWN
            return _line(CheckName.TANK, verdict, finding, health.level_ml)
    if health.tank_empty is None or health.level_ml is None:
        return _line(CheckName.TANK, Verdict.UNKNOWN, Finding.NOT_SEEN_YET)
    return _line(CheckName.TANK, Verdict.SOUND, Finding.TANK_PLAUSIBLE)


def _look_at_flow(health: MachineHealth, now: Stamp) -> Evidence:
    del now
    if health.dry_brews >= DRY_BREWS:
        return _line(
            CheckName.FLOW, Verdict.FAULTY, Finding.PUMP_WITHOUT_FLOW, float(health.dry_brews)
        )
    # Without a brew there is nothing to say about the flow, and nothing against it.
    return _line(CheckName.FLOW, Verdict.SOUND, Finding.FLOW_PLAUSIBLE)


def _look_at_heating(health: MachineHealth, now: Stamp) -> Evidence:
    warming_s = max(health.warming.lasted_s(now.monotonic_s), health.last_warm_up_s)
    if warming_s > health.limits.warm_up_s_max:
        return _line(CheckName.HEATING, Verdict.FAULTY, Finding.HEATING_TOO_SLOW, warming_s)
    return _line(CheckName.HEATING, Verdict.SOUND, Finding.HEATING_PLAUSIBLE)


def _look_at_temperature(health: MachineHealth, now: Stamp) -> Evidence:
    temp_c = health.temp_c
    if health.implausible_temps >= IMPLAUSIBLE_SAMPLES:
        return _line(
            CheckName.TEMPERATURE, Verdict.FAULTY, Finding.TEMPERATURE_OUT_OF_RANGE, temp_c
        )
    if temp_c is None:
        return _line(CheckName.TEMPERATURE, Verdict.UNKNOWN, Finding.NOT_SEEN_YET)
    if health.implausible_temps:
        return _line(
            CheckName.TEMPERATURE, Verdict.UNKNOWN, Finding.TEMPERATURE_OUT_OF_RANGE, temp_c
        )
    stuck_s = min(
        health.temp_unchanged.lasted_s(now.monotonic_s),
        health.warming.lasted_s(now.monotonic_s),
    )
    if stuck_s >= STUCK_HEATING_S:
        return _line(CheckName.TEMPERATURE, Verdict.FAULTY, Finding.TEMPERATURE_STUCK, temp_c)
    return _line(CheckName.TEMPERATURE, Verdict.SOUND, Finding.TEMPERATURE_PLAUSIBLE, temp_c)


_CHECKS: tuple[Callable[[MachineHealth, Stamp], Evidence], ...] = (
    _look_at_link,
    _look_at_clock,
    _look_at_controller,
    _look_at_tank,
    _look_at_flow,
    _look_at_heating,
    _look_at_temperature,
)


def _line(
    check: CheckName, verdict: Verdict, finding: Finding, value: float | None = None
) -> Evidence:
    return Evidence(check=check, verdict=verdict, finding=finding, value=value)
