"""What a machine tells: one fact a reading, frozen, typed, with its unit in its name.

Drivers in ``firmware_bridge`` make these out of bytes and edges; the agent knows
nothing else of any machine. A flag by itself is never truth: flags on real machines
stick and lie, and the agent's device check weighs them against the other readings.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from enum import StrEnum
from typing import Protocol

from wire.stamps import Stamp


class Quantity(StrEnum):
    """What a sample measures; the unit is the last word."""

    BOILER_TEMP_C = "boiler_temp_c"
    WATER_LEVEL_ML = "water_level_ml"
    WATER_DRAWN_ML = "water_drawn_ml"
    """Water that passed the flow meter since the controller first started."""
    PRESSURE_BAR = "pressure_bar"
    FLOW_ML_PER_S = "flow_ml_per_s"
    COFFEE_DOSE_G = "coffee_dose_g"
    """What a load cell finds beyond its empty cup; below zero, the cup is not there."""


class FlagName(StrEnum):
    """What a flag says when it is on."""

    PUMP_ON = "pump_on"
    HEATER_ON = "heater_on"
    TANK_EMPTY = "tank_empty"
    TRAY_MISSING = "tray_missing"
    GROUNDS_FULL = "grounds_full"
    BEANS_EMPTY = "beans_empty"
    DESCALE_DUE = "descale_due"
    MACHINE_ERROR = "machine_error"


class LinkLoss(StrEnum):
    """Why nothing is heard from the machine."""

    SILENT = "silent"
    """The port is there, the controller has stopped talking."""
    UNPLUGGED = "unplugged"
    """The port is gone."""
    UNREADABLE = "unreadable"
    """Bytes arrive and none of them make a frame: wrong baud rate or polarity."""


class Misread(StrEnum):
    """Why bytes cannot be understood, where they show it."""

    INVERTED = "inverted"
    """The line is low when it rests: it has to be turned round by the wiring."""
    OTHER_BAUD = "other_baud"
    """The machine speaks at another speed."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Reading:
    """One fact from the machine with the time at which the device learned it."""

    at: Stamp


@dataclass(frozen=True, slots=True, kw_only=True)
class Sample(Reading):
    """A measured value, or ``None`` when the sensor itself says that it cannot tell."""

    quantity: Quantity
    value: float | None


@dataclass(frozen=True, slots=True, kw_only=True)
class Flag(Reading):
    """A yes or no of the machine; sent when it is first known and when it changes."""

    name: FlagName
    on: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class Counter(Reading):
    """A count that the machine keeps through power cuts, by the machine's own name."""

    name: str
    value: int


BREWS_TOTAL = "brews_total"
"""The one counter name that the agent itself understands: brews since manufacture."""


@dataclass(frozen=True, slots=True, kw_only=True)
class BrewStarted(Reading):
    """The machine has begun a brew; ``number`` is its own count, where it has one."""

    number: int | None


@dataclass(frozen=True, slots=True, kw_only=True)
class BrewFinished(Reading):
    """The machine has finished a brew, ``duration_s`` after it began."""

    number: int | None
    duration_s: float
    water_ml: float | None


@dataclass(frozen=True, slots=True, kw_only=True)
class ControllerStarted(Reading):
    """The controller has introduced itself, after power-on, a reset or our request."""

    protocol: str
    firmware: str
    serial: str
    boot_count: int
    reset_cause: str
    lacks: tuple[Quantity | FlagName, ...] = ()
    """What it says that it has no sensor for, although its kind may have one."""


@dataclass(frozen=True, slots=True, kw_only=True)
class FramesMissed(Reading):
    """``count`` frames were sent and not received: what they told is not known."""

    count: int


@dataclass(frozen=True, slots=True, kw_only=True)
class LinkUp(Reading):
    """The machine is heard again."""


@dataclass(frozen=True, slots=True, kw_only=True)
class LinkLost(Reading):
    """The machine is no longer heard. That is not the absence of coffee."""

    reason: LinkLoss
    because: Misread | None = None
    """What the bytes themselves show of an unreadable line, as soon as enough have come."""
    baud_rate: int | None = None
    """The speed at which the machine speaks, where it is another than was set."""

    @property
    def advice(self) -> str:
        """What an operator can do about it; empty where the bytes show nothing."""
        match self.because:
            case None:
                return ""
            case Misread.INVERTED:
                return "the line arrives inverted: fit an inverter, or take one out"
            case Misread.OTHER_BAUD if self.baud_rate is None:
                return "the machine speaks at another speed: try other values of baud_rate"
            case Misread.OTHER_BAUD:
                return f"the machine speaks at {self.baud_rate} baud: set baud_rate to it"


class Source(Protocol):
    """Where readings come from: a serial port, GPIO pins, a fake in a test."""

    def read(self, now: Stamp) -> Sequence[Reading]:
        """Return what has been learned since the last call. Never blocks, never raises
        for anything a machine or a cable can do."""
        ...

    def next_due_s(self, now: Stamp) -> float | None:
        """Return in how many seconds ``read`` should run even if no byte arrives."""
        ...

    def fileno(self) -> int | None:
        """Return the descriptor to wait on, or ``None`` while there is none."""
        ...

    def close(self) -> None:
        """Release the port or pins."""
        ...
