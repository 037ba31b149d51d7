"""What the agent knows: how a routine changed, and how the machine is.

These are facts and nothing more. There is no field for a cause, a mood, a diagnosis or
a probability of illness, so that no part of the system can fill one in.
"""

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum


class RoutineKind(StrEnum):
    """In which way a routine can break."""

    SILENCE = "silence"
    """No use for unusually long."""
    RISE = "rise"
    """More use than usual."""
    FALL = "fall"
    """Less use than usual."""
    TIMING = "timing"
    """Use at other hours of the day than usual."""
    NIGHT = "night"
    """Use in hours in which this household sleeps."""
    DRIFT = "drift"
    """A slow change over weeks."""


class Measure(StrEnum):
    """What ``observed`` and ``usual`` of a change count; the unit is in the name."""

    HOURS_WITHOUT_BREW = "hours_without_brew"
    BREWS_PER_DAY = "brews_per_day"
    NIGHT_BREWS_PER_WEEK = "night_brews_per_week"
    HOURS_SHIFTED = "hours_shifted"
    """``observed`` is positive when the day has moved to later hours."""


@dataclass(frozen=True, slots=True, kw_only=True)
class RoutineChange:
    """A change of this household's routine, against this household's own past."""

    kind: RoutineKind
    since: datetime
    """When the change began, as far as it was seen. Aware UTC."""
    noticed_at: datetime
    """When it was certain enough to be worth a question. Aware UTC."""
    measure: Measure
    observed: float
    usual: float
    """The household's own median (longest pause for ``silence``) over ``compared_days``."""
    compared_days: int
    last_brew_at: datetime | None
    timezone: str
    """IANA name: the sentences speak in the household's local time."""


class Verdict(StrEnum):
    """What a device check concludes."""

    SOUND = "sound"
    FAULTY = "faulty"
    UNKNOWN = "unknown"


class CheckName(StrEnum):
    """One thing that a device check looks at."""

    LINK = "link"
    CLOCK = "clock"
    CONTROLLER = "controller"
    TANK = "tank"
    WATER = "water"
    """Whether the water that left the tank is the water that flowed."""
    FLOW = "flow"
    HEATING = "heating"
    TEMPERATURE = "temperature"
    SELF_REPORT = "self_report"
    """What the machine says about itself."""
    SCALE = "scale"


class Finding(StrEnum):
    """What was found there. ``wire.words`` has the sentence of each."""

    LINK_STEADY = "link_steady"
    LINK_LOST = "link_lost"
    LINK_LOSSY = "link_lossy"
    LINK_UNREADABLE = "link_unreadable"
    LINK_INVERTED = "link_inverted"
    LINK_OTHER_SPEED = "link_other_speed"
    LINK_UNSTEADY = "link_unsteady"
    CLOCK_SYNCED = "clock_synced"
    CLOCK_UNSYNCED = "clock_unsynced"
    CLOCK_STEPPED = "clock_stepped"
    CONTROLLER_STEADY = "controller_steady"
    CONTROLLER_SWITCHED = "controller_switched"
    CONTROLLER_RESETTING = "controller_resetting"
    POWER_INTERRUPTED = "power_interrupted"
    TANK_PLAUSIBLE = "tank_plausible"
    TANK_SWITCH_STUCK_EMPTY = "tank_switch_stuck_empty"
    TANK_SWITCH_STUCK_FULL = "tank_switch_stuck_full"
    TANK_EMPTY_BUT_WATER_FLOWS = "tank_empty_but_water_flows"
    LEVEL_OUT_OF_RANGE = "level_out_of_range"
    WATER_ADDS_UP = "water_adds_up"
    LEVEL_DROP_WITHOUT_FLOW = "level_drop_without_flow"
    FLOW_WITHOUT_LEVEL_DROP = "flow_without_level_drop"
    FLOW_PLAUSIBLE = "flow_plausible"
    FLOW_UNTRIED = "flow_untried"
    PUMP_WITHOUT_FLOW = "pump_without_flow"
    FLOW_WITHOUT_PUMP = "flow_without_pump"
    FLOW_TOO_SLOW = "flow_too_slow"
    FLOW_TOO_FAST = "flow_too_fast"
    HEATING_PLAUSIBLE = "heating_plausible"
    HEATING_UNTRIED = "heating_untried"
    HEATING_TOO_SLOW = "heating_too_slow"
    HEATING_TOO_LONG = "heating_too_long"
    HEATING_UNCOMMANDED = "heating_uncommanded"
    TEMPERATURE_PLAUSIBLE = "temperature_plausible"
    TEMPERATURE_OUT_OF_RANGE = "temperature_out_of_range"
    TEMPERATURE_STUCK = "temperature_stuck"
    TEMPERATURE_JUMPS = "temperature_jumps"
    SELF_REPORT_CLEAR = "self_report_clear"
    SELF_REPORT_ERROR = "self_report_error"
    SELF_REPORT_CONTRADICTED = "self_report_contradicted"
    HEATING_TIME_STEADY = "heating_time_steady"
    SCALE_GROWING = "scale_growing"
    DESCALE_DUE = "descale_due"
    NOT_SEEN_YET = "not_seen_yet"


MAINTENANCE = frozenset({Finding.SCALE_GROWING, Finding.DESCALE_DUE})
"""What asks for care of the machine and casts no doubt on what it tells."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Evidence:
    """One line of a device check: what was looked at, what was found, how much."""

    check: CheckName
    verdict: Verdict
    finding: Finding
    value: float | None = None
    """The figure that the finding's sentence quotes, in the unit named there."""


@dataclass(frozen=True, slots=True, kw_only=True)
class DeviceCheck:
    """Whether the machine, its link and its clock can be believed right now.

    The verdict is the worst of the evidence: one faulty line makes it faulty, otherwise
    one unknown line makes it unknown.
    """

    verdict: Verdict
    checked_at: datetime
    evidence: tuple[Evidence, ...]

    def faults(self) -> tuple[Evidence, ...]:
        """Return the lines that a technician should read."""
        return tuple(line for line in self.evidence if line.verdict is Verdict.FAULTY)

    def maintenance(self) -> tuple[Evidence, ...]:
        """Return the lines that ask for care of the machine; they are no fault."""
        return tuple(line for line in self.evidence if line.finding in MAINTENANCE)
