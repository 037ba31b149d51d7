"""The rooms of the device check beyond the first ones: leaks, flow, runaway heat, limescale."""

from collections.abc import Sequence
from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from agent.checks.clock import STEP_S
from agent.checks.device_check import MachineHealth
from agent.checks.flow import DRY_PUMP_DOUBT_S, DRY_PUMP_S, STRAY_ML, WRONG_FLOWS
from agent.checks.heating import KEEPS_HEATING, OVERSHOOTS_S, UNCOMMANDED_C
from agent.checks.limits import Told
from agent.checks.link import LOSSES_AN_HOUR, LOSSY_S, MISSED_SHARE_PER_HOUR, UNREADABLE_S
from agent.checks.room import DAY_S, HOUR_S, MINUTE_S
from agent.checks.scale import GROWN, KEPT, WEEK, ScaleCheck, growth
from agent.checks.self_report import ERROR_S
from agent.checks.tank import IMPLAUSIBLE_LEVELS, TANK_CLEARLY_FULL
from agent.checks.temperature import JUMP_C, JUMPS_AN_HOUR, STUCK_HOT_S
from agent.checks.water import DISAGREES_ML, DISAGREES_S
from tests.agent.machine_says import (
    LIMITS,
    at,
    brew,
    drawn,
    flag,
    health,
    heater,
    level,
    line,
    pump,
    started,
    tank,
    temp,
    verdict,
)
from wire.facts import CheckName, Finding, Verdict
from wire.messages import Language
from wire.readings import (
    BrewStarted,
    FlagName,
    FramesMissed,
    LinkLoss,
    LinkLost,
    LinkUp,
    Misread,
    Quantity,
    Reading,
    Sample,
)
from wire.words import describe_check

FULL_ML, METER_ML = 1200.0, 5000.0
"""Where level and meter stand in the beginning."""


def found(check: CheckName, seconds: float, *readings: Reading) -> tuple[Verdict, Finding]:
    """Return verdict and finding of one check after ``readings``."""
    one = line(health(*readings), check, at(seconds))
    return one.verdict, one.finding


def drains(*, ml_per_hour: float, hours: int, flows: bool) -> list[Reading]:
    """Return a day of level samples, with the meter turning beside them or not."""
    readings: list[Reading] = []
    for minute in range(0, hours * 60, 5):
        gone_ml = ml_per_hour * minute / 60
        readings.append(level(60.0 * minute, FULL_ML - gone_ml))
        readings.append(drawn(60.0 * minute, METER_ML + (gone_ml if flows else 0.0)))
    return readings


# -------------------------------------------------------------------------------- water


def test_a_tank_that_empties_without_flow_is_a_leak() -> None:
    leak = drains(ml_per_hour=100, hours=4, flows=False)
    assert found(CheckName.WATER, 4 * HOUR_S, *leak) == (
        Verdict.FAULTY,
        Finding.LEVEL_DROP_WITHOUT_FLOW,
    )
    assert found(
        CheckName.WATER, 4 * HOUR_S, *drains(ml_per_hour=100, hours=4, flows=True)
    ) == (
        Verdict.SOUND,
        Finding.WATER_ADDS_UP,
    )


def test_what_evaporates_in_a_month_of_absence_is_no_leak() -> None:
    dry = drains(ml_per_hour=1.0, hours=24 * 30, flows=False)
    assert verdict(health(*dry), 30 * DAY_S) is Verdict.SOUND


def test_a_disagreement_is_a_doubt_until_it_has_lasted() -> None:
    gone = [level(5, FULL_ML), level(10, FULL_ML - 90), level(70, FULL_ML - 180)]
    gone += [level(71 + n, FULL_ML - 180) for n in range(int(DISAGREES_S))]
    assert found(CheckName.WATER, 70 + DISAGREES_S - 1, *gone)[0] is Verdict.UNKNOWN
    assert found(CheckName.WATER, 70 + DISAGREES_S, *gone)[0] is Verdict.FAULTY
    # What is not sampled any more proves nothing, however long it is not.
    assert found(CheckName.WATER, DAY_S, *gone[:20])[0] is Verdict.UNKNOWN


def test_flow_that_does_not_empty_the_tank_is_a_stuck_level_or_a_wild_meter() -> None:
    flows = [drawn(60.0 * n, METER_ML + 60 * n) for n in range(1, 5)]
    stands = [level(60.0 * n + 1, FULL_ML) for n in range(1, 30)]
    readings = sorted([*flows, *stands], key=lambda one: one.at.monotonic_s)
    assert found(CheckName.WATER, HOUR_S, *readings) == (
        Verdict.FAULTY,
        Finding.FLOW_WITHOUT_LEVEL_DROP,
    )


@pytest.mark.parametrize(
    "handled",
    [
        (level(60, 1800.0),),
        (level(60, 0.0), level(90, 1700.0)),
        (level(60, 300.0),),
        tuple(level(60 + n / 4, FULL_ML + 20 * n) for n in range(30)),
    ],
    ids=["filled", "taken to the tap", "poured out", "filled slowly"],
)
def test_hands_at_the_tank_are_no_leak(handled: Sequence[Reading]) -> None:
    last = handled[-1]
    stands = [replace(last, at=at(100.0 + 60 * n)) for n in range(30)]
    assert found(CheckName.WATER, HOUR_S, level(5, FULL_ML), *handled, *stands) == (
        Verdict.SOUND,
        Finding.WATER_ADDS_UP,
    )


def test_a_meter_that_is_a_tenth_off_is_not_faulty() -> None:
    readings: list[Reading] = []
    for cup in range(1, 10):
        readings.append(drawn(600.0 * cup, METER_ML + 110 * cup))
        readings.append(level(600.0 * cup + 60, FULL_ML - 100 * cup))
    assert found(CheckName.WATER, 2 * HOUR_S, *readings)[0] is Verdict.SOUND


def test_what_flowed_unheard_is_not_held_against_the_tank() -> None:
    missed = [
        FramesMissed(at=at(60), count=40),
        level(61, FULL_ML - 80),
        level(62, FULL_ML - 80 - DISAGREES_ML / 2),
        drawn(63, METER_ML),
    ]
    assert found(CheckName.WATER, HOUR_S, *missed)[0] is Verdict.SOUND


# --------------------------------------------------------------------------------- tank


def test_a_switch_that_says_empty_while_a_quarter_of_the_tank_flows_lies() -> None:
    level_free = replace(LIMITS, tells=frozenset({FlagName.TANK_EMPTY}))
    cups = [brew(60.0 * n, water_ml=100) for n in range(1, 6)]
    lying = MachineHealth(limits=level_free)
    for reading in (LinkUp(at=at(0)), tank(0, empty=True), *cups):
        lying.receive(reading)
    one = line(lying, CheckName.TANK, at(400))
    assert one.verdict is Verdict.FAULTY
    assert one.finding is Finding.TANK_EMPTY_BUT_WATER_FLOWS
    assert one.value == 500 > TANK_CLEARLY_FULL * LIMITS.tank_ml
    lying.receive(tank(500, empty=False))
    assert line(lying, CheckName.TANK, at(501)).verdict is Verdict.SOUND


def test_the_reserve_below_the_switch_may_be_drunk() -> None:
    cups = [brew(60.0 * n, water_ml=100) for n in range(1, 5)]
    assert found(CheckName.TANK, 400, level(1, 100), tank(1, empty=True), *cups)[0] is (
        Verdict.SOUND
    )


@pytest.mark.parametrize("value", [None, -200.0, 9000.0])
def test_a_level_that_cannot_be_is_a_doubt_and_then_a_fault(value: float | None) -> None:
    sparks = [level(n, value) for n in range(1, IMPLAUSIBLE_LEVELS)]
    assert found(CheckName.TANK, 20, *sparks)[0] is Verdict.UNKNOWN
    assert found(CheckName.TANK, 20, *sparks, level(19, 1200))[0] is Verdict.SOUND
    assert found(CheckName.TANK, 20, *sparks, level(19, value)) == (
        Verdict.FAULTY,
        Finding.LEVEL_OUT_OF_RANGE,
    )


# --------------------------------------------------------------------------------- flow


def test_a_pump_that_runs_on_without_flow_is_found_without_a_brew() -> None:
    running = (pump(10, on=True), *(drawn(11 + n, METER_ML) for n in range(60)))
    assert found(CheckName.FLOW, 10 + DRY_PUMP_DOUBT_S - 1, *running)[0] is Verdict.SOUND
    assert found(CheckName.FLOW, 10 + DRY_PUMP_DOUBT_S, *running)[0] is Verdict.UNKNOWN
    assert found(CheckName.FLOW, 10 + DRY_PUMP_S, *running) == (
        Verdict.FAULTY,
        Finding.PUMP_WITHOUT_FLOW,
    )
    flowing = (*running, drawn(72, METER_ML + 4))
    assert found(CheckName.FLOW, 73, *flowing)[0] is Verdict.SOUND
    # A device that was busy for an hour has the pump's end still waiting in the line.
    assert found(CheckName.FLOW, HOUR_S, *running[:3])[0] is Verdict.SOUND


def test_flow_without_the_pump_is_found_and_the_last_drip_is_not() -> None:
    stopped = (pump(10, on=True), drawn(20, METER_ML + 40), pump(20, on=False))
    drips = (*stopped, drawn(22, METER_ML + 60))
    assert found(CheckName.FLOW, 30, *drips)[0] is Verdict.SOUND
    trickles = (*drips, drawn(60, METER_ML + 60 + STRAY_ML / 2))
    assert found(CheckName.FLOW, 70, *trickles)[0] is Verdict.UNKNOWN
    runs = (*trickles, drawn(90, METER_ML + 60 + STRAY_ML))
    assert found(CheckName.FLOW, 100, *runs) == (Verdict.FAULTY, Finding.FLOW_WITHOUT_PUMP)
    assert found(CheckName.FLOW, 100 + HOUR_S, *runs)[0] is Verdict.SOUND


@pytest.mark.parametrize(
    "gap",
    [FramesMissed(at=at(25), count=3), LinkLost(at=at(25), reason=LinkLoss.SILENT)],
    ids=["missed", "lost"],
)
def test_water_that_flowed_while_nobody_heard_had_its_pump(gap: Reading) -> None:
    readings = (pump(10, on=False), gap, LinkUp(at=at(30)), drawn(31, METER_ML + 500))
    assert found(CheckName.FLOW, 40, *readings)[0] is Verdict.SOUND


@pytest.mark.parametrize(
    ("water_ml", "finding"), [(15.0, Finding.FLOW_TOO_SLOW), (400.0, Finding.FLOW_TOO_FAST)]
)
def test_a_flow_outside_the_profile_three_times_in_a_row_is_a_fault(
    water_ml: float, finding: Finding
) -> None:
    limits = replace(LIMITS, flow_ml_per_s=(1.0, 12.0))
    wrong = [brew(60.0 * n, water_ml=water_ml) for n in range(1, WRONG_FLOWS + 1)]
    one = line(health(*wrong, limits=limits), CheckName.FLOW, at(600))
    assert (one.verdict, one.finding, one.value) == (Verdict.FAULTY, finding, water_ml / 25)
    fine = (*wrong[:-1], brew(500, water_ml=100))
    assert verdict(health(*fine, limits=limits), 600) is Verdict.SOUND


def test_a_machine_that_has_not_brewed_yet_is_not_praised_for_its_flow() -> None:
    assert found(CheckName.FLOW, 10) == (Verdict.SOUND, Finding.FLOW_UNTRIED)
    assert found(CheckName.FLOW, 99, brew(50, water_ml=40))[1] is Finding.FLOW_PLAUSIBLE


# ------------------------------------------------------------------------------- heating


def test_a_heater_that_does_not_stop_although_the_boiler_is_hot_is_a_fault() -> None:
    longest_s = KEEPS_HEATING * LIMITS.warm_up_s_max
    samples = [temp(100.0 + n, 93.0 + n % 2) for n in range(int(longest_s) + 2)]
    hot = (heater(10, on=True), *samples)
    assert found(CheckName.HEATING, 100 + longest_s, *hot)[0] is Verdict.SOUND
    assert found(CheckName.HEATING, 101 + longest_s, *hot) == (
        Verdict.FAULTY,
        Finding.HEATING_TOO_LONG,
    )
    switched = (*hot, heater(HOUR_S, on=False))
    assert found(CheckName.HEATING, HOUR_S, *switched)[0] is Verdict.SOUND
    # A device that was busy for an hour has the thermostat's word still waiting in the line,
    # and a controller that speaks rarely has let it click unheard.
    assert found(CheckName.HEATING, HOUR_S, *hot[:3])[0] is Verdict.SOUND
    rarely = [heater(10, on=True), *(temp(11 + 200.0 * n, 93.0 + n % 2) for n in range(19))]
    assert found(CheckName.HEATING, HOUR_S, *rarely)[0] is Verdict.SOUND


def test_without_a_thermometer_a_heater_is_judged_by_how_long_it_is_on() -> None:
    relay = MachineHealth(limits=replace(LIMITS, tells=frozenset({FlagName.HEATER_ON})))
    relay.receive(heater(0, on=True))
    assert line(relay, CheckName.HEATING, at(200)).verdict is Verdict.SOUND
    longest_s = KEEPS_HEATING * LIMITS.warm_up_s_max
    assert line(relay, CheckName.HEATING, at(longest_s + 1)).finding is Finding.HEATING_TOO_LONG


def test_a_boiler_that_heats_without_its_heater_runs_away() -> None:
    off_s = 10 + OVERSHOOTS_S
    cooling = (heater(9, on=True), temp(9, 93.0), heater(10, on=False), temp(20, 99.0))
    assert found(CheckName.HEATING, off_s, *cooling)[0] is Verdict.SOUND
    rests = (*cooling, temp(off_s + 10, 90.0), temp(off_s + 20, 91.0))
    assert found(CheckName.HEATING, off_s + 30, *rests)[0] is Verdict.SOUND
    runaway = (*rests, temp(off_s + 300, 90.5 + UNCOMMANDED_C))
    assert found(CheckName.HEATING, off_s + 301, *runaway) == (
        Verdict.FAULTY,
        Finding.HEATING_UNCOMMANDED,
    )


def test_the_sun_in_a_cold_kitchen_is_no_runaway() -> None:
    warming = [temp(600.0 * n, 12.0 + n) for n in range(25)]
    assert found(CheckName.HEATING, 6 * HOUR_S, *warming)[0] is Verdict.SOUND


# --------------------------------------------------------------------------- thermometer


def test_a_thermometer_that_keeps_jumping_is_faulty_and_one_spark_is_not() -> None:
    jumps = [temp(n, 21.5 + (JUMP_C + 1) * (n % 2)) for n in range(1, JUMPS_AN_HOUR + 1)]
    assert found(CheckName.TEMPERATURE, 60, *jumps[:2])[0] is Verdict.SOUND
    assert found(CheckName.TEMPERATURE, 60, *jumps) == (
        Verdict.FAULTY,
        Finding.TEMPERATURE_JUMPS,
    )
    assert found(CheckName.TEMPERATURE, 60 + HOUR_S, *jumps)[0] is Verdict.SOUND


def test_a_hot_boiler_that_never_cools_has_a_stuck_thermometer() -> None:
    def still(minutes: int) -> list[Reading]:
        return [temp(60.0 * n, 93.0) for n in range(1, minutes)]

    hours = int(STUCK_HOT_S / MINUTE_S)
    assert found(CheckName.TEMPERATURE, STUCK_HOT_S, *still(hours))[0] is Verdict.SOUND
    assert found(CheckName.TEMPERATURE, STUCK_HOT_S + HOUR_S, *still(hours + 5)) == (
        Verdict.FAULTY,
        Finding.TEMPERATURE_STUCK,
    )
    # A controller at rest that samples nothing proves nothing, however long it rests.
    assert found(CheckName.TEMPERATURE, 10 * DAY_S, *still(30))[0] is Verdict.SOUND


# ------------------------------------------------------------------------ link and clock


def test_bytes_that_never_make_sense_become_a_fault_and_mere_silence_does_not() -> None:
    unreadable = LinkLost(at=at(10), reason=LinkLoss.UNREADABLE)
    assert found(CheckName.LINK, 10 + UNREADABLE_S - 1, unreadable)[0] is Verdict.UNKNOWN
    assert found(CheckName.LINK, 10 + UNREADABLE_S, unreadable) == (
        Verdict.FAULTY,
        Finding.LINK_UNREADABLE,
    )
    silent = LinkLost(at=at(10), reason=LinkLoss.SILENT)
    assert found(CheckName.LINK, 30 * DAY_S, silent) == (Verdict.UNKNOWN, Finding.LINK_LOST)


@pytest.mark.parametrize(
    ("because", "finding"),
    [
        (Misread.INVERTED, Finding.LINK_INVERTED),
        (Misread.OTHER_BAUD, Finding.LINK_OTHER_SPEED),
    ],
)
def test_a_line_that_shows_why_it_cannot_be_read_says_so(
    because: Misread, finding: Finding
) -> None:
    lost = LinkLost(at=at(10), reason=LinkLoss.UNREADABLE)
    # The reason is told as soon as enough bytes have come; the fault began before.
    known = LinkLost(at=at(60), reason=LinkLoss.UNREADABLE, because=because)
    assert found(CheckName.LINK, 10 + UNREADABLE_S, lost, known) == (Verdict.FAULTY, finding)


def test_a_line_that_stays_bad_becomes_a_fault() -> None:
    minutes = int(LOSSY_S / MINUTE_S) + 2
    bad: list[Reading] = [
        FramesMissed(at=at(60.0 * n), count=MISSED_SHARE_PER_HOUR // 5) for n in range(minutes)
    ]
    assert found(CheckName.LINK, LOSSY_S / 2, *bad[: minutes // 2])[0] is Verdict.UNKNOWN
    assert found(CheckName.LINK, LOSSY_S + 10 * MINUTE_S, *bad) == (
        Verdict.FAULTY,
        Finding.LINK_LOSSY,
    )


def test_a_machine_that_falls_silent_again_and_again_is_in_doubt() -> None:
    readings: list[Reading] = []
    for n in range(LOSSES_AN_HOUR):
        readings.append(LinkLost(at=at(60.0 * n + 10), reason=LinkLoss.SILENT))
        readings.append(LinkUp(at=at(60.0 * n + 20)))
    assert found(CheckName.LINK, HOUR_S, *readings) == (
        Verdict.UNKNOWN,
        Finding.LINK_UNSTEADY,
    )
    assert found(CheckName.LINK, 2 * HOUR_S, *readings)[0] is Verdict.SOUND


@pytest.mark.parametrize("by_s", [-3600.0, -STEP_S - 1, STEP_S + 1, 86_400.0])
def test_a_clock_that_jumped_is_in_doubt_for_an_hour(by_s: float) -> None:
    before, after = at(100), replace(at(101 + by_s), monotonic_s=101.0)
    stepped = health(replace(temp(0, 21.5), at=before), replace(temp(0, 21.5), at=after))
    now = replace(after, monotonic_s=102.0)
    assert line(stepped, CheckName.CLOCK, now).finding is Finding.CLOCK_STEPPED
    later = replace(after, monotonic_s=102.0 + HOUR_S)
    assert line(stepped, CheckName.CLOCK, later).verdict is Verdict.SOUND


def test_a_clock_that_is_set_for_the_first_time_has_not_jumped() -> None:
    before = replace(at(100), synced=False)
    after = replace(at(9_000_000), monotonic_s=101.0)
    found_it = health(replace(temp(0, 21.5), at=before), replace(temp(0, 21.5), at=after))
    assert line(found_it, CheckName.CLOCK, after).verdict is Verdict.SOUND


# -------------------------------------------------------------------- what it says itself


TALKATIVE = replace(LIMITS, tells=frozenset({FlagName.MACHINE_ERROR}))


def says(*readings: Reading) -> MachineHealth:
    """Return what is known of a machine that has nothing but an error lamp."""
    one = MachineHealth(limits=TALKATIVE)
    for reading in (LinkUp(at=at(0)), *readings):
        one.receive(reading)
    return one


def test_an_error_that_the_machine_reports_counts_when_it_lasts() -> None:
    lamp = says(flag(10, FlagName.MACHINE_ERROR, on=True))
    assert line(lamp, CheckName.SELF_REPORT, at(11)).verdict is Verdict.UNKNOWN
    assert line(lamp, CheckName.SELF_REPORT, at(10 + ERROR_S)).verdict is Verdict.FAULTY


def test_an_error_lamp_beside_which_coffee_is_made_is_not_believed() -> None:
    lamp = says(flag(10, FlagName.MACHINE_ERROR, on=True), brew(90, water_ml=None))
    lies = line(lamp, CheckName.SELF_REPORT, at(10 + ERROR_S))
    assert (lies.verdict, lies.finding) == (Verdict.SOUND, Finding.SELF_REPORT_CONTRADICTED)
    # When the coffee stops, the lamp may have been right after all.
    assert line(lamp, CheckName.SELF_REPORT, at(90 + DAY_S)).verdict is Verdict.FAULTY
    lamp.receive(flag(90 + DAY_S, FlagName.MACHINE_ERROR, on=False))
    assert lamp.check(at(91 + DAY_S)).verdict is Verdict.SOUND


def test_the_brew_that_ended_in_the_error_does_not_contradict_it() -> None:
    lamp = says(flag(80, FlagName.MACHINE_ERROR, on=True), brew(90, water_ml=None))
    assert line(lamp, CheckName.SELF_REPORT, at(80 + ERROR_S)).verdict is Verdict.FAULTY


# ------------------------------------------------------------------------------ limescale


def warm_ups(times_s: Sequence[float]) -> list[Reading]:
    """Return one warm-up a day, taking so long from 40 to 80 °C."""
    readings: list[Reading] = []
    for day, took_s in enumerate(times_s):
        at_s = DAY_S * day + 10
        readings += [
            temp(at_s, 20.0),
            heater(at_s, on=True),
            temp(at_s + 20, 40.0),
            temp(at_s + 20 + took_s, 80.0),
            temp(at_s + 30 + took_s, 93.0),
            heater(at_s + 30 + took_s, on=False),
        ]
    return readings


def test_warming_up_is_timed_once_a_day_and_kept_without_dates() -> None:
    machine = health(*warm_ups([41.0, 40.0]), temp(DAY_S + 3600, 30.0))
    again_s = DAY_S + 7200
    for reading in (
        heater(again_s, on=True),
        temp(again_s + 10, 41.0),
        temp(again_s + 70, 81.0),
    ):
        machine.receive(reading)
    assert machine.scale.times_s == [41.0, 40.0]


def test_a_warm_up_with_a_brew_in_it_or_from_lukewarm_is_not_timed() -> None:
    brewed = [temp(1, 20.0), heater(1, on=True), temp(20, 41.0),
              BrewStarted(at=at(30), number=1), temp(50, 81.0)]  # fmt: skip
    lukewarm = [heater(100, on=False), temp(100, 55.0), heater(101, on=True), temp(130, 81.0)]
    assert health(*brewed, *lukewarm).scale.times_s == []


def test_a_machine_that_heats_ever_more_slowly_asks_for_descaling_and_stays_sound() -> None:
    slower = [40.0 + 0.2 * day for day in range(90)]
    scaled = health(*warm_ups(slower))
    now = at(90 * DAY_S)
    hint = line(scaled, CheckName.SCALE, now)
    assert (hint.verdict, hint.finding) == (Verdict.SOUND, Finding.SCALE_GROWING)
    check = scaled.check(now)
    assert check.verdict is Verdict.SOUND
    assert check.maintenance() == (hint,)
    assert scaled.score(now) >= 1


def test_a_descaled_machine_needs_no_descaling_any_more() -> None:
    times = [40.0] * 14 + [55.0] * 14
    assert growth(times) == pytest.approx(0.375)
    assert growth([*times, *[41.0] * WEEK]) == pytest.approx(0.025)


def test_times_that_vary_by_the_mains_are_no_trend() -> None:
    swings = [40.0 + 4.0 * ((day * 7) % 5 - 2) / 2 for day in range(120)]
    grown = growth(swings)
    assert grown is not None
    assert abs(grown) < GROWN / 2


def test_nothing_is_said_about_limescale_before_two_weeks_are_known() -> None:
    assert growth([40.0] * (2 * WEEK - 1)) is None
    assert ScaleCheck(LIMITS).look(at(0)) is None


def test_the_times_outlive_a_restart_and_stay_bounded() -> None:
    kept = ScaleCheck(LIMITS)
    kept.remember([40.0] * (KEPT + 50))
    assert len(kept.times_s) == KEPT
    look = kept.look(at(0))
    assert look is not None
    assert look.evidence.finding is Finding.HEATING_TIME_STEADY


def test_the_machines_own_wish_to_be_descaled_is_passed_on_when_it_is_no_flicker() -> None:
    due = health(flag(10, FlagName.DESCALE_DUE, on=True))
    assert due.check(at(20)).maintenance() == ()
    assert [one.finding for one in due.check(at(10 + HOUR_S)).maintenance()] == [
        Finding.DESCALE_DUE
    ]
    assert verdict(due, 10 + HOUR_S) is Verdict.SOUND


# ------------------------------------------------------------------------------- the score


def test_the_score_of_the_machine_grows_to_one_where_a_fault_begins() -> None:
    assert health().score(at(10)) == 0.0
    one = health(brew(10, water_ml=0.0))
    assert one.score(at(20)) == 0.5
    one.receive(brew(50, water_ml=0.0))
    assert one.score(at(60)) == 1.0
    assert one.check(at(60)).verdict is Verdict.FAULTY


def test_limits_promise_all_or_nothing() -> None:
    limits = replace(LIMITS, tells=frozenset({FlagName.PUMP_ON}))
    assert limits.promise(FlagName.PUMP_ON)
    assert not limits.promise(FlagName.PUMP_ON, FlagName.HEATER_ON)


# --------------------------------------------------------------------------- hostile input


AMOUNTS = st.none() | st.floats(-1e6, 1e6)
MOMENTS = st.floats(0, 30 * DAY_S)
ANY_READING = st.one_of(
    st.builds(flag, MOMENTS, st.sampled_from(FlagName), on=st.booleans()),
    st.builds(
        lambda at_s, quantity, value: Sample(at=at(at_s), quantity=quantity, value=value),
        MOMENTS,
        st.sampled_from(Quantity),
        AMOUNTS,
    ),
    st.builds(brew, MOMENTS, water_ml=AMOUNTS, duration_s=st.floats(0, 1e4)),
    st.builds(started, MOMENTS, st.integers(0, 70_000), cause=st.text(max_size=12)),
    st.builds(lambda at_s: LinkUp(at=at(at_s)), MOMENTS),
    st.builds(
        lambda at_s, why: LinkLost(at=at(at_s), reason=why), MOMENTS, st.sampled_from(LinkLoss)
    ),
    st.builds(lambda at_s, n: FramesMissed(at=at(at_s), count=n), MOMENTS, st.integers(0, 999)),
)


@given(
    readings=st.lists(ANY_READING, max_size=60),
    tells=st.frozensets(st.sampled_from([*Quantity, *FlagName])),
)
def test_whatever_a_machine_says_is_weighed_and_only_what_it_promised(
    readings: list[Reading], tells: frozenset[Told]
) -> None:
    one = MachineHealth(limits=replace(LIMITS, tells=tells))
    for reading in sorted(readings, key=lambda reading: reading.at.monotonic_s):
        one.receive(reading)
        check = one.check(reading.at)
        lines = {found.check: found for found in check.evidence}
        assert len(lines) == len(check.evidence)
        assert 0 <= one.score(reading.at) < float("inf")
        for name, needed in NEEDED.items():
            assert name not in lines or tells & needed, name
        faulty = any(found.verdict is Verdict.FAULTY for found in check.evidence)
        assert (check.verdict is Verdict.FAULTY) is faulty
        assert describe_check(check, Language.FR)


NEEDED: dict[CheckName, set[Told]] = {
    CheckName.TANK: {FlagName.TANK_EMPTY, Quantity.WATER_LEVEL_ML},
    CheckName.WATER: {Quantity.WATER_LEVEL_ML},
    CheckName.FLOW: {Quantity.WATER_DRAWN_ML, Quantity.FLOW_ML_PER_S},
    CheckName.HEATING: {FlagName.HEATER_ON},
    CheckName.TEMPERATURE: {Quantity.BOILER_TEMP_C},
    CheckName.SELF_REPORT: {FlagName.MACHINE_ERROR},
}
"""At least one of these is promised where a check has a line."""
