"""Real espresso shots, replayed to a DE1 driver and to bare sensors on pins."""

from collections.abc import Iterator
from itertools import pairwise

import pytest

from tests.firmware_bridge.machine_lines import at, de1_sample, de1_state, de1_water, driver_of
from tests.firmware_bridge.pin_rig import LOOK_S, PRESSURE, Rig, share_of_bar
from tests.firmware_bridge.recorded_shots import Moment, de1_shot, gaggimate_shot
from wire.readings import BrewFinished, BrewStarted, Quantity, Reading, Sample

DE1_SHOTS = ["20210921T085910.shot", "20240202T063530.shot"]
GAGGIMATE_SHOTS = ["gaggimate-v1.json", "gaggimate2.json"]
WAITING, PREINFUSION, POURING = (2, 0), (4, 4), (4, 5)
REST_S = 20.0


def brews(readings: list[Reading]) -> list[Reading]:
    return [r for r in readings if isinstance(r, BrewStarted | BrewFinished)]


def length_s(shot: list[Moment]) -> float:
    return shot[-1].at_s - shot[0].at_s


def drawn_ml(shot: list[Moment]) -> float:
    return sum((b.at_s - a.at_s) * b.ml_per_s for a, b in pairwise(shot))


def a_morning_with(shot: list[Moment]) -> Iterator[tuple[float, bytes]]:
    """Return when a DE1 that makes this shot says what."""
    resting = [(k / 4, de1_sample(head_c=90)) for k in range(int(REST_S * 4))]
    yield 0.0, de1_state(*WAITING) + de1_water(30, 5)
    yield from resting
    yield REST_S, de1_state(*PREINFUSION)
    for number, moment in enumerate(shot):
        if number == len(shot) // 4:
            yield REST_S + moment.at_s, de1_state(*POURING)
        yield REST_S + moment.at_s, de1_sample(moment.bar, moment.ml_per_s, moment.temp_c)
    end_s = REST_S + shot[-1].at_s
    yield end_s, de1_state(*WAITING)
    yield from ((end_s + at_s, said) for at_s, said in resting)


@pytest.mark.parametrize("name", DE1_SHOTS)
def test_a_real_shot_of_a_de1_is_one_brew_of_its_length(name: str) -> None:
    shot = de1_shot(name)
    driver = driver_of("decent-de1")
    readings = [
        r for at_s, said in a_morning_with(shot) for r in driver.receive(said, at(at_s))
    ]

    started, finished = brews(readings)
    assert isinstance(started, BrewStarted)
    assert isinstance(finished, BrewFinished)
    assert finished.duration_s == pytest.approx(length_s(shot), abs=1.0)
    highest = max(
        r.value or 0
        for r in readings
        if isinstance(r, Sample) and r.quantity is Quantity.PRESSURE_BAR
    )
    assert highest == pytest.approx(max(moment.bar for moment in shot), abs=0.001)
    assert driver.counts.frames_bad == 0


@pytest.mark.parametrize("name", [*DE1_SHOTS, *GAGGIMATE_SHOTS])
def test_a_real_shot_on_bare_sensors_is_one_brew_with_its_water(name: str) -> None:
    """Also the slow ones, whose pre-infusion stands still for seconds."""
    shot = de1_shot(name) if name in DE1_SHOTS else gaggimate_shot(name)
    rig = Rig()
    source = rig.open()
    readings = rig.live(source, 5)
    now_s = shot[0].at_s
    while now_s < shot[-1].at_s:
        moment = next(m for m in shot if m.at_s >= now_s)
        rig.shares[PRESSURE] = share_of_bar(moment.bar)
        readings += rig.live(source, LOOK_S, ml_per_s=moment.ml_per_s)
        now_s += LOOK_S
    rig.shares[PRESSURE] = share_of_bar(0)
    readings += rig.live(source, 15)
    source.close()
    rig.close()

    started, finished = brews(readings)
    assert isinstance(started, BrewStarted)
    assert isinstance(finished, BrewFinished)
    assert finished.water_ml == pytest.approx(drawn_ml(shot), rel=0.05)
    assert length_s(shot) - 8 <= finished.duration_s <= length_s(shot) + 1
