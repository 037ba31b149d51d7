"""What bare sensors show becomes readings, without a pin anywhere."""

import math

import pytest
from hypothesis import given
from hypothesis import strategies as st

from firmware_bridge.pins.analogue import OPEN_SHARE, SHORT_SHARE, Linear, Thermistor
from firmware_bridge.pins.bare_machine import LOOK_EVERY_S, BareMachine, Sight, middle
from firmware_bridge.pins.flow_meter import READABLE_HZ, FlowMeter
from firmware_bridge.profile import load_profile, profile_path
from firmware_bridge.simulation.twin_sensing import ADC_OPEN, ADC_SHORT, boiler_temp_tenths_c
from tests.firmware_bridge.machine_lines import at
from tests.firmware_bridge.pin_rig import share_of_bar
from wire.readings import (
    BrewFinished,
    BrewStarted,
    FlagName,
    FramesMissed,
    LinkLost,
    LinkUp,
    Quantity,
    Reading,
    Sample,
)

PROFILE = load_profile(profile_path("bare-sensors"))
NTC = Thermistor(channel=0, ntc_ohm=100_000, beta_k=3950, fixed_ohm=10_000)
SHARES = st.none() | st.floats(-0.1, 1.1)
SIGHTS = st.tuples(
    st.integers(0, 300),
    st.integers(0, 300),
    st.none() | st.booleans(),
    SHARES, SHARES, SHARES,
    st.sampled_from([0.0, 0.2, 1.0, 3600.0]),
)  # fmt: skip


# -------------------------------------------------------------------------------- analogue


@pytest.mark.parametrize("adc", range(ADC_SHORT + 1, ADC_OPEN, 7))
def test_a_thermistor_gives_what_the_reference_controller_gives(adc: int) -> None:
    """Its table is made for 80 to 135 °C, and agrees there to 0.3 °C."""
    tenths_c = boiler_temp_tenths_c(adc)
    value = NTC.value(adc / 1023)
    assert tenths_c is not None
    assert value is not None
    if 80 <= value <= 135:
        assert value == pytest.approx(tenths_c / 10, abs=0.3)


def test_a_thermistor_is_at_25_degrees_where_it_has_its_resistance() -> None:
    assert NTC.value(100 / 110) == pytest.approx(25.0)


@pytest.mark.parametrize("share", [0.0, SHORT_SHARE, OPEN_SHARE, 1.0])
def test_a_thermistor_that_is_cut_off_or_shorted_cannot_tell(share: float) -> None:
    assert NTC.value(share) is None


@pytest.mark.parametrize(("low", "high"), [(0.1, 0.9), (0.9, 0.1)])
def test_a_linear_sensor_may_fall_as_well_as_rise(low: float, high: float) -> None:
    sensor = Linear(channel=0, low_share=low, high_share=high, high_value=16.0)
    assert sensor.value(low) == pytest.approx(0)
    assert sensor.value(high) == pytest.approx(16)
    assert sensor.value(0.5) == pytest.approx(8)
    assert sensor.value(low + (low - high) * 0.04) == 0  # ripple at the end of its range
    assert sensor.value(0.0) is None
    assert sensor.value(1.0) is None


def test_the_median_ignores_sparks_and_silence_in_the_minority() -> None:
    assert middle([9.0, 9.1, 50.0, None, 9.2]) == pytest.approx(9.15)
    assert middle([9.0, None, None]) is None
    assert middle([]) is None


# ------------------------------------------------------------------------------ flow meter


def test_flow_is_that_of_the_last_second() -> None:
    meter = FlowMeter(0.19)
    for look in range(16):
        meter.see(look * 8, 0, at(look * 0.2))
    assert meter.ml_per_s == pytest.approx(20 * 0.19)
    assert meter.drawn_ml == pytest.approx(60 * 0.19)


def test_a_meter_that_was_not_looked_at_for_a_while_is_right_on_average() -> None:
    meter = FlowMeter(0.19)
    meter.see(0, 0, at(0))
    meter.see(400, 0, at(10))
    assert meter.ml_per_s == pytest.approx(20 * 0.19)


def test_only_what_was_lost_since_the_last_look_is_told() -> None:
    meter = FlowMeter(0.19)
    looks = [(10, 0), (20, 1), (30, 1), (40, 4)]
    assert [meter.see(*look, at(k)) for k, look in enumerate(looks)] == [0, 1, 0, 3]


def test_more_pulses_than_any_water_are_no_flow() -> None:
    meter = FlowMeter(0.19)
    meter.see(0, 0, at(0))
    meter.see(int(READABLE_HZ * 4), 0, at(1))
    assert meter.ml_per_s is None
    assert meter.drawn_ml == 0


# --------------------------------------------------------------------------------- machine


def lived(
    life: list[tuple[int, int, bool | None, float | None, float | None, float | None, float]],
) -> list[Reading]:
    machine, now_s, edges, repeats = BareMachine(PROFILE), 0.0, 0, 0
    readings: list[Reading] = []
    for more, lost, closed, *shares, wait_s in life:
        now_s += wait_s
        edges, repeats = edges + more, repeats + lost
        sight = Sight(
            edges=edges,
            repeats=repeats,
            tank_closed=closed,
            shares=dict(zip(machine.sensors.analogue, shares, strict=True)),
        )
        readings += machine.see(sight, at(now_s))
    return readings


@given(st.lists(SIGHTS, max_size=80))
def test_whatever_the_pins_show_nothing_raises_and_brews_take_turns(life: list) -> None:  # type: ignore[type-arg]
    readings = lived(life)

    brews = [type(r) for r in readings if isinstance(r, BrewStarted | BrewFinished)]
    assert brews == [BrewStarted, BrewFinished] * (len(brews) // 2) + [BrewStarted] * (
        len(brews) % 2
    )
    for reading in readings:
        if isinstance(reading, Sample) and reading.value is not None:
            assert math.isfinite(reading.value)
        if isinstance(reading, BrewFinished):
            assert reading.duration_s >= 0
            assert reading.water_ml is not None
            assert reading.water_ml >= 0


class Kitchen:
    """A machine with a meter and a pressure sensor, by what they show."""

    def __init__(self) -> None:
        self.machine = BareMachine(PROFILE)
        self.now_s = self.pulses = 0.0

    def live(self, seconds: float, *, ml_per_s: float = 0.0, bar: float = 0.0) -> list[Reading]:
        readings: list[Reading] = []
        for _ in range(round(seconds / LOOK_EVERY_S)):
            self.now_s += LOOK_EVERY_S
            self.pulses += ml_per_s * LOOK_EVERY_S / PROFILE.water.ml_per_pulse
            sight = Sight(
                edges=2 * int(self.pulses),
                repeats=0,
                tank_closed=True,
                shares={Quantity.PRESSURE_BAR: share_of_bar(bar)},
            )
            readings += self.machine.see(sight, at(self.now_s))
        return readings


def finished(readings: list[Reading]) -> list[BrewFinished]:
    return [r for r in readings if isinstance(r, BrewFinished)]


def test_a_leak_is_no_brew_however_long_it_drips() -> None:
    readings = Kitchen().live(4000, ml_per_s=0.3)
    assert not [r for r in readings if isinstance(r, BrewStarted | BrewFinished)]


def test_a_leak_after_a_coffee_does_not_keep_it_from_ending() -> None:
    kitchen = Kitchen()
    readings = kitchen.live(20, ml_per_s=4) + kitchen.live(600, ml_per_s=0.4)
    (brew,) = finished(readings)
    assert 20 <= brew.duration_s <= 85


def test_a_pressure_sensor_that_is_stuck_hides_no_coffee() -> None:
    kitchen = Kitchen()
    kitchen.live(5)
    readings = kitchen.live(600, bar=9)
    for _ in range(3):
        readings += kitchen.live(20, ml_per_s=4, bar=9) + kitchen.live(300, bar=9)

    dry, *coffees = finished(readings)
    assert dry.water_ml == 0
    assert [brew.water_ml for brew in coffees] == pytest.approx([80, 80, 80], abs=1)
    assert [brew.duration_s for brew in coffees] == pytest.approx([20, 20, 20], abs=1)


def test_a_meter_that_dies_is_seen_as_dry_brews() -> None:
    kitchen = Kitchen()
    readings = kitchen.live(5)
    for _ in range(2):
        readings += kitchen.live(25, bar=9) + kitchen.live(60)
    assert [brew.water_ml for brew in finished(readings)] == [0, 0]
    assert all(brew.duration_s > 20 for brew in finished(readings))


def test_a_machine_that_rests_for_a_day_tells_no_brew_and_loses_no_link() -> None:
    readings = lived([(0, 0, True, 0.4, 0.11, 0.5, LOOK_EVERY_S)] * 5000)
    kinds = {type(reading).__name__ for reading in readings}
    assert kinds == {"LinkUp", "Flag", "Sample"}


def test_after_pins_that_could_not_be_read_all_is_told_anew() -> None:
    machine = BareMachine(PROFILE)
    sight = Sight(edges=0, repeats=0, tank_closed=False, shares={})
    for k in range(4):
        machine.see(sight, at(k))
    (lost,) = machine.unseen(at(5))
    assert isinstance(lost, LinkLost)
    assert machine.unseen(at(6)) == []

    again = [r for k in range(7, 11) for r in machine.see(sight, at(k))]

    assert isinstance(again[0], LinkUp)
    assert [r.name for r in again if hasattr(r, "name")] == [FlagName.TANK_EMPTY]


def test_missed_edges_are_told_as_frames_missed() -> None:
    machine = BareMachine(PROFILE)
    readings = [
        r
        for k, edges in enumerate([(0, 0), (10, 0), (13, 2)])
        for r in machine.see(
            Sight(edges=edges[0], repeats=edges[1], tank_closed=None, shares={}), at(k)
        )
    ]
    assert [r.count for r in readings if isinstance(r, FramesMissed)] == [2]
    assert Quantity.BOILER_TEMP_C in machine.sensors.tells
