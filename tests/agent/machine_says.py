"""What a machine says, in a word each, for the tests of the device check."""

from collections.abc import Sequence
from datetime import UTC, datetime, timedelta

from agent.checks.device_check import MachineHealth, MachineLimits
from wire.facts import CheckName, Evidence, Verdict
from wire.readings import (
    BrewFinished,
    ControllerStarted,
    Flag,
    FlagName,
    LinkLoss,
    LinkLost,
    LinkUp,
    Quantity,
    Reading,
    Sample,
)
from wire.stamps import Stamp

LIMITS = MachineLimits(
    tank_ml=1800,
    boiler_temp_c=(0.0, 130.0),
    warm_up_s_max=180,
    flow_ml_per_s=(0.1, 50.0),
    tells=frozenset(
        {
            Quantity.BOILER_TEMP_C,
            Quantity.WATER_LEVEL_ML,
            Quantity.WATER_DRAWN_ML,
            FlagName.PUMP_ON,
            FlagName.HEATER_ON,
            FlagName.TANK_EMPTY,
        }
    ),
)
START = datetime(2026, 3, 1, 7, 0, tzinfo=UTC)


def at(seconds: float, *, synced: bool = True) -> Stamp:
    return Stamp(
        utc=START + timedelta(seconds=seconds),
        monotonic_s=seconds,
        boot_id="boot",
        synced=synced,
    )


def flag(seconds: float, name: FlagName, *, on: bool) -> Flag:
    return Flag(at=at(seconds), name=name, on=on)


def temp(seconds: float, value: float | None) -> Sample:
    return Sample(at=at(seconds), quantity=Quantity.BOILER_TEMP_C, value=value)


def level(seconds: float, value: float | None) -> Sample:
    return Sample(at=at(seconds), quantity=Quantity.WATER_LEVEL_ML, value=value)


def tank(seconds: float, *, empty: bool) -> Flag:
    return flag(seconds, FlagName.TANK_EMPTY, on=empty)


def heater(seconds: float, *, on: bool) -> Flag:
    return flag(seconds, FlagName.HEATER_ON, on=on)


def drawn(seconds: float, value: float | None) -> Sample:
    return Sample(at=at(seconds), quantity=Quantity.WATER_DRAWN_ML, value=value)


def pump(seconds: float, *, on: bool) -> Flag:
    return flag(seconds, FlagName.PUMP_ON, on=on)


def brew(seconds: float, *, water_ml: float | None, duration_s: float = 25.0) -> BrewFinished:
    return BrewFinished(at=at(seconds), number=1, duration_s=duration_s, water_ml=water_ml)


def started(seconds: float, boot_count: int, *, cause: str = "power_on") -> ControllerStarted:
    return ControllerStarted(
        at=at(seconds),
        protocol="1.0",
        firmware="1.0.0",
        serial="DEMI0001",
        boot_count=boot_count,
        reset_cause=cause,
    )


def lost(seconds: float) -> LinkLost:
    return LinkLost(at=at(seconds), reason=LinkLoss.SILENT)


WELL: Sequence[Reading] = (
    LinkUp(at=at(0)),
    started(0, boot_count=7),
    tank(0, empty=False),
    heater(0, on=False),
    level(0, 1200.0),
    temp(0, 21.5),
    drawn(0, 5000.0),
)


def health(*readings: Reading, limits: MachineLimits = LIMITS) -> MachineHealth:
    """Return what is known of a machine that was well at 0 s and then told ``readings``."""
    found = MachineHealth(limits=limits)
    for reading in (*WELL, *readings):
        found.receive(reading)
    return found


def line(found: MachineHealth, check: CheckName, now: Stamp) -> Evidence:
    return next(one for one in found.check(now).evidence if one.check is check)


def verdict(found: MachineHealth, seconds: float) -> Verdict:
    return found.check(at(seconds)).verdict
