"""The simulated machine behaves like a coffee machine, also when something is broken."""

from datetime import UTC, datetime, timedelta
from itertools import pairwise

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from firmware_bridge.profile import load_profile, profile_path
from firmware_bridge.reference.driver import ReferenceDriver
from firmware_bridge.simulation.simulated_machine import (
    AUTO_OFF_MS,
    BREW_MS_MAX,
    Fault,
    SimulatedMachine,
)
from firmware_bridge.simulation.twin_memory import blank_eeprom
from wire.readings import (
    BrewFinished,
    BrewStarted,
    ControllerStarted,
    Flag,
    FlagName,
    Quantity,
    Reading,
    Sample,
)
from wire.stamps import Stamp

PROFILE = load_profile(profile_path("reference"))
START = datetime(2026, 3, 1, 7, 0, tzinfo=UTC)
MINUTE_MS = 60_000
HOUR_MS = 60 * MINUTE_MS


class Kitchen:
    """A machine and the driver that listens to it, without a line between them."""

    def __init__(self, *faults: Fault, eeprom: bytearray | None = None) -> None:
        self.machine = SimulatedMachine(
            PROFILE, serial="DM-TEST-0001", eeprom=eeprom, faults=faults
        )
        self.driver = ReferenceDriver(PROFILE)

    def step(self, now_ms: int) -> list[Reading]:
        now = Stamp(
            utc=START + timedelta(milliseconds=now_ms),
            monotonic_s=now_ms / 1000,
            boot_id="boot",
            synced=True,
        )
        return self.driver.receive(self.machine.step(now_ms), now)

    def live(self, duration_ms: int) -> list[Reading]:
        """Live in the steps that the machine itself asks for, as a demonstration does."""
        readings = []
        until_ms = self.machine.now_ms + duration_ms
        while self.machine.now_ms < until_ms:
            due_ms = self.machine.next_interesting_ms(self.machine.now_ms)
            readings += self.step(until_ms if due_ms is None else min(until_ms, due_ms))
        return readings


def samples(readings: list[Reading], quantity: Quantity) -> list[tuple[float, float]]:
    return [
        (reading.at.monotonic_s, reading.value)
        for reading in readings
        if isinstance(reading, Sample)
        and reading.quantity is quantity
        and reading.value is not None
    ]


def last_flag(readings: list[Reading], name: FlagName) -> bool:
    return [r.on for r in readings if isinstance(r, Flag) and r.name is name][-1]


def warm_up_s(kitchen: Kitchen) -> float:
    kitchen.machine.switch_on()
    temps = samples(kitchen.live(10 * MINUTE_MS), Quantity.BOILER_TEMP_C)
    return next(at_s for at_s, temp_c in temps if temp_c >= 93)


def test_controller_introduces_itself_first() -> None:
    first = Kitchen().step(0)

    assert [type(reading).__name__ for reading in first[:2]] == ["LinkUp", "ControllerStarted"]
    assert isinstance(first[1], ControllerStarted)
    assert first[1].serial == "DM-TEST-0001"


def test_boiler_is_hot_after_60_to_90_seconds() -> None:
    assert 60 <= warm_up_s(Kitchen()) <= 90


def test_weak_heater_takes_longer_than_the_profile_finds_plausible() -> None:
    assert warm_up_s(Kitchen(Fault.HEATER_WEAK)) > PROFILE.plausible.warm_up_s_max


def test_thermostat_holds_the_boiler_between_its_two_points() -> None:
    kitchen = Kitchen()
    kitchen.machine.switch_on()
    kitchen.live(3 * MINUTE_MS)

    temps = [
        value for _, value in samples(kitchen.live(20 * MINUTE_MS), Quantity.BOILER_TEMP_C)
    ]

    assert 90 <= min(temps) < max(temps) <= 96


def test_cup_is_brewed_when_the_boiler_is_hot_and_holds_what_was_asked_for() -> None:
    kitchen = Kitchen()
    assert kitchen.machine.brew(40)

    readings = kitchen.live(5 * MINUTE_MS)

    (started,) = [reading for reading in readings if isinstance(reading, BrewStarted)]
    (finished,) = [reading for reading in readings if isinstance(reading, BrewFinished)]
    assert 60 <= started.at.monotonic_s <= 95
    assert (started.number, finished.number) == (1, 1)
    assert finished.duration_s == pytest.approx(40 / 4.29 + 1, abs=0.5)
    assert finished.water_ml == pytest.approx(40, abs=2)
    assert kitchen.machine.water_ml == pytest.approx(PROFILE.water.tank_ml - 40, abs=2)


def test_cups_ordered_while_it_warms_up_are_brewed_one_after_the_other() -> None:
    kitchen = Kitchen()
    for cup_ml in (40, 80, 120):
        assert kitchen.machine.brew(cup_ml)

    readings = kitchen.live(5 * MINUTE_MS)

    cups = [round(r.water_ml or 0, -1) for r in readings if isinstance(r, BrewFinished)]
    assert cups == [40, 80, 120]


def test_flow_of_a_healthy_pump_is_plausible() -> None:
    kitchen = Kitchen()
    kitchen.machine.brew(120)

    drawn = samples(kitchen.live(3 * MINUTE_MS), Quantity.WATER_DRAWN_ML)

    rates = [
        (after_ml - before_ml) / (after_s - before_s)
        for (before_s, before_ml), (after_s, after_ml) in pairwise(drawn)
        if after_ml > before_ml
    ]
    low, high = PROFILE.plausible.flow_ml_per_s
    assert len(rates) > 50
    assert all(low <= rate <= high for rate in rates)


def test_stuck_tank_switch_refuses_coffee_while_the_level_says_full() -> None:
    kitchen = Kitchen(Fault.TANK_STUCK)

    assert not kitchen.machine.brew(40)

    readings = kitchen.live(5 * MINUTE_MS)
    assert last_flag(readings, FlagName.TANK_EMPTY)
    assert samples(readings, Quantity.WATER_LEVEL_ML)[-1][1] == 1800
    assert not [reading for reading in readings if isinstance(reading, BrewStarted)]


def test_part_that_breaks_later_was_well_until_then() -> None:
    kitchen = Kitchen()
    kitchen.machine.brew(40)
    before = kitchen.live(5 * MINUTE_MS)

    kitchen.machine.break_part(Fault.TANK_STUCK)

    assert not last_flag(before, FlagName.TANK_EMPTY)
    assert last_flag(kitchen.live(5 * MINUTE_MS), FlagName.TANK_EMPTY)
    assert not kitchen.machine.brew(40)


def test_dry_pump_runs_without_flow_until_the_machine_gives_up() -> None:
    kitchen = Kitchen(Fault.PUMP_DRY)
    kitchen.machine.brew(40)

    readings = kitchen.live(5 * MINUTE_MS)

    (finished,) = [reading for reading in readings if isinstance(reading, BrewFinished)]
    assert finished.water_ml == 0
    assert finished.duration_s == BREW_MS_MAX / 1000
    assert kitchen.machine.water_ml == PROFILE.water.tank_ml


def test_empty_tank_stops_the_pump_and_is_seen_until_it_is_refilled() -> None:
    kitchen = Kitchen()
    kitchen.machine.brew(150)
    kitchen.live(80_000)
    kitchen.machine.water_ml = 100

    assert last_flag(kitchen.live(MINUTE_MS), FlagName.TANK_EMPTY)
    assert 50 < kitchen.machine.water_ml < 60
    kitchen.machine.refill()
    assert not last_flag(kitchen.live(MINUTE_MS), FlagName.TANK_EMPTY)


def test_person_refills_before_the_tank_is_empty() -> None:
    kitchen = Kitchen()
    for _ in range(60):
        assert kitchen.machine.brew(100)
        readings = kitchen.live(3 * MINUTE_MS)
        assert [reading for reading in readings if isinstance(reading, BrewFinished)]


def test_machine_switches_itself_off_after_half_an_hour_and_then_nothing_happens() -> None:
    kitchen = Kitchen()
    kitchen.machine.brew(40)
    was_on = []
    for duration_ms in (AUTO_OFF_MS, 5 * MINUTE_MS):
        kitchen.live(duration_ms)
        was_on.append(kitchen.machine.on)

    assert was_on == [True, False]
    assert kitchen.machine.next_interesting_ms(kitchen.machine.now_ms) is None


def test_switching_off_gives_up_the_brew() -> None:
    kitchen = Kitchen()
    kitchen.machine.brew(150)
    kitchen.live(90_000)

    kitchen.machine.switch_off()

    readings = kitchen.live(10_000)
    (finished,) = [reading for reading in readings if isinstance(reading, BrewFinished)]
    assert finished.water_ml is not None
    assert finished.water_ml < 100
    assert not last_flag(readings, FlagName.PUMP_ON)


def test_idle_hours_pass_in_one_step_with_few_bytes_and_without_losing_the_link() -> None:
    kitchen = Kitchen()
    kitchen.live(MINUTE_MS)
    before = kitchen.driver.counts.bytes

    kitchen.step(kitchen.machine.now_ms + 8 * HOUR_MS)

    assert 0 < kitchen.driver.counts.bytes - before < 200
    assert kitchen.driver.counts.frames_bad == 0


def test_brews_are_counted_through_a_power_cut() -> None:
    eeprom = blank_eeprom()
    before = Kitchen(eeprom=eeprom)
    before.machine.brew(40)
    before.live(3 * MINUTE_MS)

    after = Kitchen(eeprom=eeprom)
    after.machine.brew(40)

    readings = after.live(3 * MINUTE_MS)
    assert [reading.number for reading in readings if isinstance(reading, BrewFinished)] == [2]


@settings(max_examples=20, deadline=None)
@given(cuts=st.sets(st.integers(1, 10 * MINUTE_MS), max_size=20))
def test_what_is_brewed_does_not_depend_on_how_time_is_cut(cuts: set[int]) -> None:
    """A coarse caller and a fine one see the same coffee."""

    def cups(moments: list[int]) -> list[tuple[int | None, float]]:
        kitchen = Kitchen()
        kitchen.machine.brew(60)
        readings = [reading for moment in moments for reading in kitchen.step(moment)]
        return [
            (reading.number, round(reading.water_ml or 0))
            for reading in readings
            if isinstance(reading, BrewFinished)
        ]

    end = 12 * MINUTE_MS
    fine = cups([*sorted(cuts), end])
    coarse = cups([end])
    assert len(fine) == len(coarse) == 1
    assert fine[0][1] == pytest.approx(coarse[0][1], abs=2)


def test_same_calls_give_the_same_bytes() -> None:
    def bytes_of_a_morning() -> bytes:
        machine = SimulatedMachine(PROFILE, serial="DM-TEST-0001")
        machine.brew(40)
        return machine.step(HOUR_MS)

    assert bytes_of_a_morning() == bytes_of_a_morning()
