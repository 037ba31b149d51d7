"""The device check believes evidence that lasts, and never calls unseen things sound."""

from collections.abc import Sequence
from dataclasses import replace

import pytest

from agent.checks.controller import RESETS_A_DAY, SWITCHED_A_DAY
from agent.checks.device_check import MachineHealth
from agent.checks.flow import DRY_BREWS
from agent.checks.limits import Told
from agent.checks.link import MISSED_SHARE_PER_HOUR
from agent.checks.room import DAY_S, HOUR_S
from agent.checks.tank import TANK_DISAGREES_S
from agent.checks.temperature import IMPLAUSIBLE_SAMPLES, STUCK_HEATING_S
from tests.agent.machine_says import (
    LIMITS,
    WELL,
    at,
    brew,
    drawn,
    flag,
    health,
    heater,
    level,
    line,
    lost,
    pump,
    started,
    tank,
    temp,
    verdict,
)
from wire.facts import CheckName, Evidence, Finding, Verdict
from wire.readings import FlagName, FramesMissed, LinkUp, Quantity, Reading

EVERY_CHECK = {
    CheckName.LINK,
    CheckName.CLOCK,
    CheckName.CONTROLLER,
    CheckName.TANK,
    CheckName.WATER,
    CheckName.FLOW,
    CheckName.HEATING,
    CheckName.TEMPERATURE,
}
"""Of this machine, which has no error lamp; limescale shows after two weeks at least."""


def test_a_machine_that_tells_plausible_things_is_sound_and_every_promise_has_a_line() -> None:
    check = health().check(at(10))
    assert check.verdict is Verdict.SOUND
    assert check.checked_at == at(10).utc
    assert {one.check for one in check.evidence} == EVERY_CHECK
    assert check.faults() == check.maintenance() == ()


def test_what_was_promised_and_never_heard_is_unknown() -> None:
    check = MachineHealth(limits=LIMITS).check(at(0))
    assert check.verdict is Verdict.UNKNOWN
    assert {one.check for one in check.evidence if one.verdict is Verdict.UNKNOWN} == {
        CheckName.LINK,
        CheckName.TANK,
        CheckName.WATER,
        CheckName.HEATING,
        CheckName.TEMPERATURE,
    }


def test_a_machine_without_sensors_is_sound_by_link_and_clock_alone() -> None:
    """A sensor that is not promised gives no line: no doubt, and no empty praise."""
    bare = MachineHealth(limits=replace(LIMITS, tells=frozenset()))
    bare.receive(LinkUp(at=at(0)))
    check = bare.check(at(10))
    assert check.verdict is Verdict.SOUND
    assert [one.check for one in check.evidence] == [CheckName.LINK, CheckName.CLOCK]


@pytest.mark.parametrize(
    ("tells", "readings", "lines"),
    [
        (
            {Quantity.BOILER_TEMP_C, FlagName.HEATER_ON, FlagName.PUMP_ON},
            (temp(1, 93.0), heater(1, on=False), pump(1, on=False)),
            {CheckName.HEATING, CheckName.TEMPERATURE},
        ),
        ({FlagName.TANK_EMPTY}, (tank(1, empty=False),), {CheckName.TANK}),
        ({FlagName.MACHINE_ERROR}, (flag(1, FlagName.MACHINE_ERROR, on=False),),
         {CheckName.SELF_REPORT}),
        ({FlagName.HEATER_ON}, (heater(1, on=True),), {CheckName.HEATING}),
    ],
    ids=["thermometer and relays", "tank switch", "error lamp", "heater relay"],
)  # fmt: skip
def test_what_one_machine_promises_is_what_is_looked_at(
    tells: set[Told], readings: Sequence[Reading], lines: set[CheckName]
) -> None:
    found = MachineHealth(limits=replace(LIMITS, tells=frozenset(tells)))
    found.receive(LinkUp(at=at(0)))
    assert verdict(found, 1) is Verdict.UNKNOWN
    for reading in readings:
        found.receive(reading)
    check = found.check(at(10))
    assert check.verdict is Verdict.SOUND
    assert {one.check for one in check.evidence} == lines | {CheckName.LINK, CheckName.CLOCK}


def test_a_controller_that_says_what_it_lacks_is_not_asked_for_it() -> None:
    """A maker's board may have the firmware and not every sensor that it knows."""
    board = MachineHealth(limits=LIMITS)
    hello = replace(started(0, boot_count=7), lacks=(Quantity.WATER_LEVEL_ML,))
    for reading in (LinkUp(at=at(0)), hello, tank(0, empty=False), heater(0, on=False),
                    temp(0, 21.5), drawn(0, 5000.0)):  # fmt: skip
        board.receive(reading)
    check = board.check(at(10))
    assert check.verdict is Verdict.SOUND
    assert CheckName.WATER not in {one.check for one in check.evidence}
    # Another board, with all of them, is asked for all of them.
    board.receive(started(20, boot_count=8))
    assert line(board, CheckName.WATER, at(30)).finding is Finding.NOT_SEEN_YET


@pytest.mark.parametrize(
    "missing", [tank(0, empty=False), level(0, 1200.0), temp(0, 21.5), drawn(0, 5000.0)]
)
def test_one_thing_that_was_not_seen_keeps_the_verdict_unknown(missing: Reading) -> None:
    found = MachineHealth(limits=LIMITS)
    for reading in WELL:
        if reading != missing:
            found.receive(reading)
    assert verdict(found, 10) is Verdict.UNKNOWN


def test_the_worst_line_is_the_verdict() -> None:
    found = health(brew(1, water_ml=0), brew(2, water_ml=0), lost(3))
    check = found.check(at(4))
    assert check.verdict is Verdict.FAULTY
    assert [one.finding for one in check.faults()] == [Finding.PUMP_WITHOUT_FLOW]


# ------------------------------------------------------------------------ link and clock


def test_a_lost_link_is_unknown_and_takes_the_present_with_it() -> None:
    found = health(lost(5))
    assert line(found, CheckName.LINK, at(6)).finding is Finding.LINK_LOST
    assert line(found, CheckName.TANK, at(6)).finding is Finding.NOT_SEEN_YET
    assert line(found, CheckName.TEMPERATURE, at(6)).finding is Finding.NOT_SEEN_YET
    found.receive(LinkUp(at=at(7)))
    # Heard again, and what the sensors say now is not known yet.
    assert verdict(found, 8) is Verdict.UNKNOWN
    for reading in (tank(9, empty=False), heater(9, on=False), level(9, 1200), temp(9, 21.5)):
        found.receive(reading)
    assert verdict(found, 10) is Verdict.SOUND


def test_a_line_that_loses_many_frames_is_in_doubt_for_an_hour() -> None:
    few = health(FramesMissed(at=at(1), count=MISSED_SHARE_PER_HOUR))
    assert verdict(few, 2) is Verdict.SOUND
    many = health(FramesMissed(at=at(1), count=15), FramesMissed(at=at(60), count=6))
    assert line(many, CheckName.LINK, at(61)) == Evidence(
        check=CheckName.LINK, verdict=Verdict.UNKNOWN, finding=Finding.LINK_LOSSY, value=21.0
    )
    assert verdict(many, 1 + HOUR_S) is Verdict.SOUND


def test_a_clock_that_is_not_set_is_unknown() -> None:
    check = health().check(at(10, synced=False))
    assert check.verdict is Verdict.UNKNOWN
    assert line(health(), CheckName.CLOCK, at(10)).verdict is Verdict.SOUND


def line_of_starts(causes: Sequence[str], seconds: float) -> Evidence:
    """Return the line about a controller that starts every ten seconds, for ``causes``."""
    starts = [started(10 * n, 7 + n, cause=cause) for n, cause in enumerate(causes, 1)]
    return line(health(*starts), CheckName.CONTROLLER, at(seconds))


@pytest.mark.parametrize(
    ("cause", "finding"),
    [
        ("watchdog", Finding.CONTROLLER_RESETTING),
        ("unknown", Finding.CONTROLLER_RESETTING),
        ("watchdog+power_on", Finding.CONTROLLER_RESETTING),
        ("brown_out", Finding.POWER_INTERRUPTED),
    ],
)
def test_a_controller_that_keeps_restarting_is_faulty_for_a_day(
    cause: str, finding: Finding
) -> None:
    fewer = line_of_starts([cause] * (RESETS_A_DAY - 1), 100)
    assert fewer.verdict is Verdict.SOUND
    assert line_of_starts([cause] * RESETS_A_DAY, 100) == Evidence(
        check=CheckName.CONTROLLER,
        verdict=Verdict.FAULTY,
        finding=finding,
        value=float(RESETS_A_DAY),
    )
    after = line_of_starts([cause] * RESETS_A_DAY, 10 * RESETS_A_DAY + DAY_S)
    assert after.verdict is Verdict.SOUND


@pytest.mark.parametrize("cause", ["power_on", "external", "power_on+brown_out"])
def test_switching_the_machine_off_and_on_is_a_habit_and_no_fault(cause: str) -> None:
    daily = line_of_starts([cause] * 12, 200)
    assert (daily.verdict, daily.finding, daily.value) == (
        Verdict.SOUND,
        Finding.CONTROLLER_SWITCHED,
        12.0,
    )
    loose = line_of_starts([cause] * SWITCHED_A_DAY, 300)
    assert (loose.verdict, loose.finding) == (Verdict.FAULTY, Finding.POWER_INTERRUPTED)


def test_restarts_that_nobody_heard_are_counted_by_the_controllers_own_count() -> None:
    found = health(started(10, boot_count=7 + RESETS_A_DAY, cause="watchdog"))
    assert line(found, CheckName.CONTROLLER, at(20)).verdict is Verdict.FAULTY
    # After a week unheard, nobody knows when they were.
    later = health(started(7 * DAY_S, boot_count=7 + RESETS_A_DAY, cause="watchdog"))
    assert line(later, CheckName.CONTROLLER, at(7 * DAY_S)).verdict is Verdict.SOUND


def test_a_controller_without_a_count_of_its_starts_gives_no_line() -> None:
    found = MachineHealth(limits=LIMITS)
    found.receive(started(0, boot_count=0))
    lines = {one.check for one in found.check(at(1)).evidence}
    assert CheckName.CONTROLLER not in lines


def test_a_controller_that_only_introduces_itself_again_has_not_started() -> None:
    assert verdict(health(*(started(n, boot_count=7) for n in range(1, 20))), 30) is (
        Verdict.SOUND
    )


# ------------------------------------------------------------------------------ the tank


@pytest.mark.parametrize(
    ("empty", "level_ml", "finding"),
    [
        (True, 1200.0, Finding.TANK_SWITCH_STUCK_EMPTY),
        (False, 0.0, Finding.TANK_SWITCH_STUCK_FULL),
    ],
)
def test_a_tank_switch_that_contradicts_the_level_for_a_minute_is_faulty(
    empty: bool, level_ml: float, finding: Finding
) -> None:
    found = health(level(10, level_ml), tank(10, empty=empty))
    assert verdict(found, 10 + TANK_DISAGREES_S - 1) is Verdict.UNKNOWN
    check = line(found, CheckName.TANK, at(10 + TANK_DISAGREES_S))
    assert (check.verdict, check.finding, check.value) == (Verdict.FAULTY, finding, level_ml)


def test_sloshing_water_is_a_doubt_and_no_fault() -> None:
    found = health()
    for n in range(20):
        found.receive(tank(10 + 30 * n, empty=n % 2 == 0))
        assert verdict(found, 39 + 30 * n) is (Verdict.SOUND if n % 2 else Verdict.UNKNOWN)


@pytest.mark.parametrize(("empty", "level_ml"), [(True, 0.0), (True, 200.0), (False, 100.0)])
def test_a_switch_on_its_hysteresis_is_believed(empty: bool, level_ml: float) -> None:
    assert verdict(health(tank(1, empty=empty), level(1, level_ml)), HOUR_S) is Verdict.SOUND


def test_a_refilled_tank_with_a_switch_that_follows_is_sound_again() -> None:
    found = health(level(10, 1200), tank(10, empty=True))
    assert verdict(found, 100) is Verdict.FAULTY
    found.receive(tank(101, empty=False))
    assert verdict(found, 102) is Verdict.SOUND


def test_a_level_sensor_that_cannot_tell_contradicts_nothing() -> None:
    found = health(tank(10, empty=True), level(10, None))
    assert line(found, CheckName.TANK, at(HOUR_S)).verdict is Verdict.UNKNOWN


# ------------------------------------------------------------------------------ the pump


def test_two_dry_brews_in_a_row_are_a_fault_and_one_is_an_airlock() -> None:
    assert verdict(health(brew(10, water_ml=0.0)), 20) is Verdict.SOUND
    found = health(*(brew(10 * n, water_ml=1.0) for n in range(1, DRY_BREWS + 1)))
    assert line(found, CheckName.FLOW, at(60)).finding is Finding.PUMP_WITHOUT_FLOW
    found.receive(brew(100, water_ml=40.0))
    assert verdict(found, 101) is Verdict.SOUND


def test_a_brew_between_two_dry_ones_starts_the_count_again() -> None:
    found = health(brew(10, water_ml=0), brew(50, water_ml=40), brew(90, water_ml=0))
    assert verdict(found, 100) is Verdict.SOUND


def test_a_short_burst_and_a_machine_without_a_meter_say_nothing_about_flow() -> None:
    bursts = [brew(10 * n, water_ml=0.0, duration_s=4.9) for n in range(1, 5)]
    unmetered = [brew(100 + 10 * n, water_ml=None) for n in range(1, 5)]
    assert verdict(health(*bursts, *unmetered), 200) is Verdict.SOUND


# --------------------------------------------------------------- the heater and its sensor


def test_warming_up_within_the_limit_is_sound_and_beyond_it_a_fault() -> None:
    found = health(heater(10, on=True), temp(10, 21.5), temp(100, 60.0))
    assert verdict(found, 10 + 180) is Verdict.SOUND
    slow = line(found, CheckName.HEATING, at(10 + 181))
    assert (slow.verdict, slow.finding) == (Verdict.FAULTY, Finding.HEATING_TOO_SLOW)
    assert slow.value == 181.0


def test_a_slow_warm_up_is_remembered_until_a_quick_one() -> None:
    found = health(heater(10, on=True), temp(300, 86.0), heater(301, on=False))
    assert line(found, CheckName.HEATING, at(DAY_S)).value == 290.0
    for reading in (temp(DAY_S, 20.0), heater(DAY_S, on=True), temp(DAY_S + 90, 90.0)):
        found.receive(reading)
    assert verdict(found, DAY_S + 91) is Verdict.SOUND


def test_a_warm_up_that_was_given_up_is_remembered_when_it_had_taken_too_long() -> None:
    """A heater that fails every morning is not sound for the rest of the day."""
    found = health(heater(10, on=True), temp(200, 60.0), heater(1810, on=False))
    assert line(found, CheckName.HEATING, at(DAY_S)).finding is Finding.HEATING_TOO_SLOW
    # Switched on and off at once: that proves nothing, in either direction.
    for reading in (heater(DAY_S, on=True), heater(DAY_S + 5, on=False)):
        found.receive(reading)
    assert verdict(found, DAY_S + 6) is Verdict.FAULTY


def test_a_heater_that_is_switched_off_early_is_no_fault() -> None:
    found = health(heater(10, on=True), temp(60, 50.0), heater(100, on=False))
    assert verdict(found, DAY_S) is Verdict.SOUND


def test_a_thermometer_that_does_not_move_while_heating_is_stuck() -> None:
    found = health(heater(10, on=True), *(temp(10 + n, 21.5) for n in range(130)))
    assert verdict(found, 10 + STUCK_HEATING_S - 1) is Verdict.SOUND
    stuck = line(found, CheckName.TEMPERATURE, at(10 + STUCK_HEATING_S))
    assert (stuck.verdict, stuck.finding) == (Verdict.FAULTY, Finding.TEMPERATURE_STUCK)


def test_a_thermometer_that_stands_still_in_a_cold_kitchen_is_believed() -> None:
    assert verdict(health(*(temp(n, 19.0) for n in range(1, 600))), 601) is Verdict.SOUND


@pytest.mark.parametrize("value", [None, -0.1, 130.1])
def test_a_sensor_that_jumps_for_a_moment_is_in_doubt_and_not_faulty(
    value: float | None,
) -> None:
    sparks = [temp(n, value) for n in range(1, IMPLAUSIBLE_SAMPLES)]
    found = health(*sparks)
    assert line(found, CheckName.TEMPERATURE, at(10)).verdict is Verdict.UNKNOWN
    found.receive(temp(10, 21.6))
    assert verdict(found, 11) is Verdict.SOUND


@pytest.mark.parametrize("values", [[None], [131.0], [-20.0], [None, 131.0]])
def test_a_sensor_that_stays_impossible_is_faulty(values: list[float | None]) -> None:
    samples = [temp(n, values[n % len(values)]) for n in range(1, IMPLAUSIBLE_SAMPLES + 1)]
    broken = line(health(*samples), CheckName.TEMPERATURE, at(20))
    assert (broken.verdict, broken.finding) == (
        Verdict.FAULTY,
        Finding.TEMPERATURE_OUT_OF_RANGE,
    )


@pytest.mark.parametrize("value", [0.0, 130.0])
def test_the_plausible_range_includes_its_ends(value: float) -> None:
    samples = [temp(n, value) for n in range(1, 20)]
    assert verdict(health(*samples), 21) is Verdict.SOUND


def test_a_check_changes_nothing() -> None:
    found = health(heater(10, on=True), temp(10, 21.5))
    assert found.check(at(100)) == found.check(at(100))
    found.check(at(DAY_S))
    assert verdict(found, 20) is Verdict.SOUND
