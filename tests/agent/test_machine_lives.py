"""The device check beside a machine of physics: weeks of ordinary use, and broken parts."""

from collections import Counter
from datetime import UTC, datetime, timedelta
from random import Random

import pytest

from agent.checks.device_check import MachineHealth, MachineLimits
from firmware_bridge.driver import load_driver
from firmware_bridge.profile import load_profile, profile_path
from firmware_bridge.simulation.simulated_machine import Fault, SimulatedMachine
from wire.facts import Finding, Verdict
from wire.stamps import Stamp

PROFILE = load_profile(profile_path("reference"))
LIMITS = MachineLimits(
    tank_ml=PROFILE.water.tank_ml,
    boiler_temp_c=PROFILE.plausible.boiler_temp_c,
    warm_up_s_max=PROFILE.plausible.warm_up_s_max,
    flow_ml_per_s=PROFILE.plausible.flow_ml_per_s,
    tells=load_driver(PROFILE.driver, PROFILE).tells,
)
START = datetime(2026, 3, 1, tzinfo=UTC)
CUPS_ML = (40, 60, 120)
DAY_MS = 86_400_000


def stamp(ms: int) -> Stamp:
    return Stamp(
        utc=START + timedelta(milliseconds=ms), monotonic_s=ms / 1000, boot_id="b", synced=True
    )


def orders(days: int, random: Random) -> list[int]:
    """Return when somebody asks for a cup, in milliseconds."""
    return sorted(
        DAY_MS * day + int(3_600_000 * (7 + 14 * random.random()))
        for day in range(days)
        for _ in range(random.randint(1, 5))
    )


def live(days: int, *faults: Fault, seed: int = 1) -> tuple[MachineHealth, Counter[Finding]]:
    """Live with a machine; return what is known of it and every finding but the sound."""
    print(f"seed {seed}")
    random = Random(seed)
    machine = SimulatedMachine(PROFILE, serial="DEMI0001", faults=faults)
    driver, health = load_driver("reference", PROFILE), MachineHealth(limits=LIMITS)
    waiting, found, asks = orders(days, random), Counter[Finding](), b""
    ms = 0
    while ms < days * DAY_MS:
        if waiting and waiting[0] <= ms:
            waiting.pop(0)
            machine.brew(random.choice(CUPS_ML))
        # As often as the controller speaks: each half second, and rarely while it rests.
        busy = machine.next_interesting_ms(ms) is not None
        ms += 500 if busy or ms < 5000 else 60_000
        now = stamp(ms)
        for reading in driver.receive(machine.step(ms, asks), now):
            health.receive(reading)
        asks = driver.poll(now)
        if ms > 5000:
            found.update(
                line.finding
                for line in health.check(now).evidence
                if line.verdict is not Verdict.SOUND
            )
    return health, found


def test_an_ordinary_life_with_a_sound_machine_is_sound_at_every_moment() -> None:
    """Tanks are refilled, the boiler heats and cools, cups are drawn: none of it is a fault."""
    health, found = live(2)
    assert found == Counter()
    assert health.scale.times_s
    assert all(30 < took_s < 60 for took_s in health.scale.times_s)


@pytest.mark.parametrize(
    ("fault", "finding"),
    [
        (Fault.TANK_STUCK, Finding.TANK_SWITCH_STUCK_EMPTY),
        (Fault.PUMP_DRY, Finding.PUMP_WITHOUT_FLOW),
        (Fault.HEATER_WEAK, Finding.HEATING_TOO_SLOW),
    ],
)
def test_a_broken_part_is_found_by_its_consequences_and_nothing_else_is(
    fault: Fault, finding: Finding
) -> None:
    _health, found = live(1, fault)
    assert set(found) == {finding}
