"""The boiler's exact solution: strides of any length agree, and the thermostat is foreseen."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from firmware_bridge.simulation.boiler import Exposure

HEATED = Exposure(heating_c_per_s=1.0, inflow_ml_per_s=0.0, room_c=20.0)
COOLING = Exposure(heating_c_per_s=0.0, inflow_ml_per_s=0.0, room_c=20.0)
DRAWN = Exposure(heating_c_per_s=0.0, inflow_ml_per_s=4.3, room_c=20.0)


@given(st.floats(0, 120), st.floats(0, 7200), st.floats(0, 7200))
def test_one_long_stride_equals_two_short_ones(
    temp_c: float, one_s: float, two_s: float
) -> None:
    whole = HEATED.temp_after(temp_c, one_s + two_s)
    parts = HEATED.temp_after(HEATED.temp_after(temp_c, one_s), two_s)

    assert whole == pytest.approx(parts, abs=1e-6)


@given(st.floats(21, 90), st.floats(0.1, 30))
def test_the_moment_foreseen_is_the_moment_at_which_it_happens(
    temp_c: float, rise_c: float
) -> None:
    seconds = HEATED.seconds_until(temp_c, temp_c + rise_c)

    assert seconds is not None
    assert HEATED.temp_after(temp_c, seconds) == pytest.approx(temp_c + rise_c, abs=1e-6)


def test_what_is_never_reached_is_foreseen_as_never() -> None:
    assert COOLING.seconds_until(80, 90) is None
    assert COOLING.seconds_until(80, 20) is None
    assert COOLING.seconds_until(80, 15) is None
    assert COOLING.seconds_until(20, 93) is None
    assert HEATED.seconds_until(95, 91) is None


def test_water_drawn_cools_the_boiler_faster_than_the_room_does() -> None:
    assert DRAWN.temp_after(93, 30) < 75 < COOLING.temp_after(93, 30)
