"""From the bytes of each make to the one stream of brews, and a device check beside it."""

from datetime import UTC, datetime, timedelta
from functools import cache

import pytest

from agent.checks.device_check import MachineHealth, MachineLimits
from agent.checks.limits import Told
from agent.learning.brews import Brew, BrewWatch, Certainty, receive
from agent.learning.metering import Meter
from firmware_bridge.driver import OWN_DRIVERS, Driver, load_driver
from firmware_bridge.pins.bare_machine import BareMachine, Sight
from firmware_bridge.profile import MachineProfile, load_profile, profile_path
from firmware_bridge.simulation.simulated_machine import SimulatedMachine
from firmware_bridge.simulation.simulated_makes import CHOOSING_MS, MAKES, simulated_make
from wire.facts import CheckName, Verdict
from wire.readings import Quantity, Reading
from wire.stamps import Stamp

START = datetime(2026, 3, 1, 7, 0, tzinfo=UTC)
CUPS_ML = (40.0, 60.0, 40.0)
EVERY_S = 300
STEP_MS = 100
MACHINES = sorted({*MAKES, "reference", "bare-sensors"})
COUNTERS_ONLY = {"jura-v1"}
"""A drink is told by a counter, asked for every half minute."""
METERED = {"reference", "decent-de1", "bare-sensors"}
PROFILES = {"jura-v1": "jura-f50"}
"""The generic map of a Jura names no counter."""


def stamp(ms: float) -> Stamp:
    utc = START + timedelta(milliseconds=ms)
    return Stamp(utc=utc, monotonic_s=ms / 1000, boot_id="b", synced=True)


class Kitchen:
    """What an agent makes of the readings of one machine."""

    def __init__(self, profile: MachineProfile, tells: frozenset[Told]) -> None:
        self.brews: list[Brew] = []
        self.meter = Meter()
        self.watch = BrewWatch()
        self.health = MachineHealth(
            limits=MachineLimits(
                tank_ml=profile.water.tank_ml,
                boiler_temp_c=profile.plausible.boiler_temp_c,
                warm_up_s_max=profile.plausible.warm_up_s_max,
                flow_ml_per_s=profile.plausible.flow_ml_per_s,
                tells=tells,
            )
        )

    def hear(self, readings: list[Reading]) -> None:
        for reading in self.meter.complete(readings):
            self.health.receive(reading)
            self.watch, finished = receive(self.watch, reading)
            self.brews += finished


def orders() -> dict[int, float]:
    """Return the cups by the millisecond at which they are asked for."""
    return {1000 * EVERY_S * n: cup for n, cup in enumerate(CUPS_ML, 1)}


def make_coffee(name: str) -> tuple[Kitchen, Stamp]:
    """Let the simulated machine of a driver make three cups, and listen to its line."""
    profile = load_profile(profile_path(PROFILES.get(name, name)))
    driver: Driver = load_driver(name, profile)
    kitchen = Kitchen(profile, driver.tells)
    machine = (
        SimulatedMachine(profile, serial="DEMI0001")
        if name == "reference"
        else simulated_make(profile)
    )
    waiting, asked, now = orders(), b"", stamp(0)
    for ms in range(STEP_MS, 1000 * EVERY_S * (len(CUPS_ML) + 1), STEP_MS):
        if (cup_ml := waiting.pop(ms, None)) is not None:
            assert machine.brew(cup_ml)
        now = stamp(ms)
        kitchen.hear(driver.receive(machine.step(ms, asked), now))
        asked = driver.poll(now)
    return kitchen, now


def make_coffee_at_bare_sensors() -> tuple[Kitchen, Stamp]:
    """Let water flow past a flow meter on a pin, three times, and look at the pins."""
    profile = load_profile(profile_path("bare-sensors"))
    machine = BareMachine(profile)
    kitchen = Kitchen(profile, machine.sensors.tells)
    flowed_ml, now = 0.0, stamp(0)
    for ms in range(STEP_MS, 1000 * EVERY_S * (len(CUPS_ML) + 1), STEP_MS):
        now = stamp(ms)
        if machine.wait_s(now) > 0:
            continue
        flowed_ml = sum(min(cup, max(0.0, (ms - at) / 250)) for at, cup in orders().items())
        edges = int(flowed_ml / profile.water.ml_per_pulse)
        shares = dict.fromkeys(machine.sensors.analogue, 0.3)
        sight = Sight(edges=2 * edges, repeats=0, tank_closed=True, shares=shares)
        kitchen.hear(machine.see(sight, now))
    return kitchen, now


@cache
def morning_of(name: str) -> tuple[Kitchen, Stamp]:
    """Return what an agent knows after three cups, and when that is."""
    return make_coffee_at_bare_sensors() if name == "bare-sensors" else make_coffee(name)


def test_every_driver_has_its_simulated_machine_here() -> None:
    assert set(MACHINES) >= OWN_DRIVERS.keys()


@pytest.mark.parametrize("name", MACHINES)
def test_three_cups_of_any_machine_are_three_brews_with_their_times(name: str) -> None:
    kitchen, _now = morning_of(name)
    assert len(kitchen.brews) == len(CUPS_ML)
    for brew, (asked_ms, cup_ml) in zip(kitchen.brews, orders().items(), strict=True):
        asked_at = stamp(asked_ms).utc
        if name in COUNTERS_ONLY:
            assert brew.certainty is Certainty.INTERVAL
            assert brew.started_at <= asked_at + timedelta(seconds=60)
            assert asked_at <= brew.started_before
            assert brew.started_before - brew.started_at <= timedelta(seconds=60)
            continue
        # A boiler that has to warm up first, and a grinder, take their time.
        late = brew.started_at - asked_at
        assert timedelta(seconds=-1) <= late <= timedelta(seconds=150, milliseconds=CHOOSING_MS)
        assert brew.certainty is Certainty.EXACT
        assert brew.duration_s > 5
        if name in METERED:
            assert brew.water_ml == pytest.approx(cup_ml, rel=0.15)
        else:
            assert brew.water_ml is None


@pytest.mark.parametrize("name", MACHINES)
def test_every_simulated_machine_is_sound_by_what_it_promises(name: str) -> None:
    """Also one without a tank sensor, a thermometer or a link protocol can be *sound*."""
    kitchen, now = morning_of(name)
    check = kitchen.health.check(now)
    assert check.verdict is Verdict.SOUND, check
    lines = {line.check for line in check.evidence}
    assert {CheckName.LINK, CheckName.CLOCK} <= lines
    assert (CheckName.TEMPERATURE in lines) is kitchen.health.limits.promise(
        Quantity.BOILER_TEMP_C
    )
