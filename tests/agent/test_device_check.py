"""The device check believes evidence that lasts, and never calls unseen things sound."""

from collections.abc import Sequence
from datetime import UTC, datetime, timedelta

import pytest

from agent.device_check import (
    DAY_S,
    DRY_BREWS,
    HOUR_S,
    IMPLAUSIBLE_SAMPLES,
    MISSED_SHARE_PER_HOUR,
    RESETS_A_DAY,
    STUCK_HEATING_S,
    TANK_DISAGREES_S,
    MachineHealth,
    MachineLimits,
)
from wire.facts import CheckName, Evidence, Finding, Verdict
from wire.readings import (
    BrewFinished,
    ControllerStarted,
    Flag,
    FlagName,
    FramesMissed,
    LinkLoss,
    LinkLost,
    LinkUp,
    Quantity,
    Reading,
    Sample,
)
from wire.stamps import Stamp

LIMITS = MachineLimits(tank_ml=1800, boiler_temp_c=(0.0, 130.0), warm_up_s_max=180)
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


def brew(seconds: float, *, water_ml: float | None, duration_s: float = 25.0) -> BrewFinished:
    return BrewFinished(at=at(seconds), number=1, duration_s=duration_s, water_ml=water_ml)


def started(seconds: float, boot_count: int) -> ControllerStarted:
    return ControllerStarted(
        at=at(seconds),
        protocol="1.0",
        firmware="1.0.0",
        serial="DEMI0001",
        boot_count=boot_count,
        reset_cause="power_on",
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
)


def health(*readings: Reading) -> MachineHealth:
    """Return what is known of a machine that was well at 0 s and then told ``readings``."""
    found = MachineHealth(limits=LIMITS)
    for reading in (*WELL, *readings):
        found.receive(reading)
    return found


def line(found: MachineHealth, check: CheckName, now: Stamp) -> Evidence:
    return next(one for one in found.check(now).evidence if one.check is check)


def verdict(found: MachineHealth, seconds: float) -> Verdict:
    return found.check(at(seconds)).verdict


def test_a_machine_that_tells_plausible_things_is_sound_and_every_check_has_a_line() -> None:
    check = health().check(at(10))
    assert check.verdict is Verdict.SOUND
    assert check.checked_at == at(10).utc
    assert [one.check for one in check.evidence] == list(CheckName)
    assert check.faults() == ()


def test_what_was_never_heard_is_unknown() -> None:
    check = MachineHealth(limits=LIMITS).check(at(0))
    assert check.verdict is Verdict.UNKNOWN
    assert {one.check for one in check.evidence if one.verdict is Verdict.UNKNOWN} == {
        CheckName.LINK,
        CheckName.TANK,
        CheckName.TEMPERATURE,
    }


@pytest.mark.parametrize("missing", [tank(0, empty=False), level(0, 1200.0), temp(0, 21.5)])
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
    for reading in (tank(9, empty=False), level(9, 1200), temp(9, 21.5)):
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


def test_a_controller_that_keeps_starting_is_faulty_for_a_day() -> None:
    starts = [started(10 * n, boot_count=7 + n) for n in range(1, RESETS_A_DAY + 1)]
    assert verdict(health(*starts[:-1]), 100) is Verdict.SOUND
    found = health(*starts)
    assert line(found, CheckName.CONTROLLER, at(100)) == Evidence(
        check=CheckName.CONTROLLER,
        verdict=Verdict.FAULTY,
        finding=Finding.CONTROLLER_RESETTING,
        value=float(RESETS_A_DAY),
    )
    assert verdict(found, 10 + DAY_S) is Verdict.SOUND


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
