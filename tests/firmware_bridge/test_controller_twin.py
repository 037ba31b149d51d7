"""The controller's promises, on its Python twin; tests/peers prove that C is equal."""

import math
from collections.abc import Iterator
from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from firmware_bridge.reference import codec, frames
from firmware_bridge.reference.frames import Status
from firmware_bridge.reference.line import FrameDecoder
from firmware_bridge.simulation.twin import ControllerTwin, Inputs
from firmware_bridge.simulation.twin_brewing import Brewing, Phase
from firmware_bridge.simulation.twin_memory import EEPROM_BYTES, Memory, blank_eeprom
from firmware_bridge.simulation.twin_sensing import adc_of_temp, boiler_temp_tenths_c

REQUEST = codec.encode_frame(frames.HelloRequestFrame(sequence=0, device_ms=0, protocol=(1, 0)))


def told(sent: bytes) -> list[frames.Frame]:
    return [codec.decode_payload(payload) for payload in FrameDecoder().receive(sent)]


def fresh() -> ControllerTwin:
    return ControllerTwin("DM-TEST", blank_eeprom())


def brew_once(twin: ControllerTwin, *, from_ms: int = 0) -> None:
    twin.tick(from_ms, Inputs(pump=True))
    twin.tick(from_ms + 20_000, Inputs(pump=False, flow_pulses=100))
    twin.tick(from_ms + 23_000, Inputs(pump=False, flow_pulses=100))


# ---------------------------------------------------------------------------- sensing


def true_temp_c(adc: int) -> float:
    """Return what physics says: NTC 100 kΩ β 3950 to ground, 10 kΩ to the supply."""
    ohms = 10_000 * adc / (1023 - adc)
    return 1 / (1 / 298.15 + math.log(ohms / 100_000) / 3950) - 273.15


@pytest.mark.parametrize(
    ("from_c", "to_c", "off_c_max"),
    [(80, 135, 0.22), (20, 80, 0.6), (135, 170, 0.6), (0, 20, 1.2)],
)
def test_the_temperature_table_is_close_to_physics(
    from_c: float, to_c: float, off_c_max: float
) -> None:
    for adc in range(9, 1015):
        true_c = true_temp_c(adc)
        if from_c <= true_c < to_c:
            tenths = boiler_temp_tenths_c(adc)
            assert tenths is not None
            assert abs(tenths / 10 - true_c) <= off_c_max


def test_the_temperature_falls_as_the_adc_rises() -> None:
    temps = [boiler_temp_tenths_c(adc) for adc in range(9, 1015)]

    assert None not in temps
    assert temps == sorted(temps, key=lambda tenths: -(tenths or 0))


@pytest.mark.parametrize("adc", [0, 8, 1015, 1023])
def test_a_broken_sensor_wire_is_no_temperature(adc: int) -> None:
    assert boiler_temp_tenths_c(adc) is None


@given(st.floats(0, 160))
def test_a_simulator_finds_the_adc_value_of_a_temperature(temp_c: float) -> None:
    tenths = boiler_temp_tenths_c(adc_of_temp(temp_c))

    assert tenths is not None
    # One step of the ADC: almost a degree where this divider is coarsest, near 0 °C.
    assert abs(tenths / 10 - temp_c) < 1.0


@pytest.mark.parametrize("temp_c", [-300.0, 1000.0])
def test_a_temperature_beyond_the_sensor_ends_at_its_last_valid_value(temp_c: float) -> None:
    assert boiler_temp_tenths_c(adc_of_temp(temp_c)) is not None


# ---------------------------------------------------------------------------- brewing


@pytest.mark.parametrize(
    ("phase", "pump", "then"),
    [
        (Phase.IDLE, False, Phase.IDLE),
        (Phase.IDLE, True, Phase.RUNNING_UP),
        (Phase.RUNNING_UP, True, Phase.RUNNING_UP),
        (Phase.RUNNING_UP, False, Phase.IDLE),
        (Phase.BREWING, True, Phase.BREWING),
        (Phase.BREWING, False, Phase.PAUSED),
        (Phase.PAUSED, False, Phase.PAUSED),
        (Phase.PAUSED, True, Phase.BREWING),
    ],
)
def test_the_pump_moves_a_brew_as_the_table_says(phase: Phase, pump: bool, then: Phase) -> None:
    brewing = Brewing()
    brewing.phase = phase

    brewing.see(10, pump, 0)

    assert brewing.phase is then


@pytest.mark.parametrize("phase", Phase)
def test_time_moves_a_brew_only_where_the_table_says(phase: Phase) -> None:
    brewing = Brewing()
    brewing.phase = phase

    assert brewing.started(100_000) is (phase is Phase.RUNNING_UP)
    assert (brewing.finished(100_000, 0) is not None) is (phase is Phase.PAUSED)


# ----------------------------------------------------------------------------- memory


def test_counts_outlive_a_power_cut() -> None:
    eeprom = blank_eeprom()
    brew_once(ControllerTwin("DM-TEST", eeprom))

    hello, counters = told(ControllerTwin("DM-TEST", eeprom).tick(0, Inputs()))

    assert isinstance(hello, frames.HelloFrame)
    assert isinstance(counters, frames.CountersFrame)
    assert (hello.boot_count, counters.brews_total, counters.flow_pulses_total) == (2, 1, 100)


@given(st.integers(0, EEPROM_BYTES - 1), st.binary(min_size=EEPROM_BYTES))
def test_a_write_that_is_cut_anywhere_loses_at_most_itself(cut: int, garbage: bytes) -> None:
    """The bytes of the torn slot from the cut on are anything at all."""
    eeprom = blank_eeprom()
    memory = Memory(eeprom)
    memory.brews_total = 7
    memory.save()
    before = bytes(eeprom)
    memory.brews_total = 8
    memory.save()
    torn = [i for i in range(EEPROM_BYTES) if before[i] != eeprom[i] and i >= cut]
    for i in torn:
        eeprom[i] = garbage[i]

    assert Memory(eeprom).brews_total in (7, 8)


@given(st.binary(min_size=EEPROM_BYTES, max_size=EEPROM_BYTES))
def test_a_memory_of_garbage_starts_from_zero(garbage: bytes) -> None:
    memory = Memory(bytearray(garbage))

    assert (memory.boot_count, memory.brews_total, memory.flow_pulses_total) == (0, 0, 0)


def test_the_newest_counts_are_found_over_many_generations() -> None:
    eeprom = blank_eeprom()
    memory = Memory(eeprom)
    for brews in range(1, 70_000):
        memory.brews_total = brews
        memory.save()
        if brews % 4096 == 0 or 65_530 < brews < 65_540:
            assert Memory(eeprom).brews_total == brews


# -------------------------------------------------------------------------- reporting


def test_every_frame_is_numbered_without_a_gap() -> None:
    twin = fresh()
    sequences = [
        frame.sequence
        for now_ms in range(0, 30_000, 50)
        for frame in told(twin.tick(now_ms, Inputs(pump=5_000 < now_ms < 20_000)))
    ]

    assert sequences == list(range(len(sequences)))


def test_a_controller_is_never_silent_for_longer_than_its_keep_alive() -> None:
    twin = fresh()
    spoke_ms = [now_ms for now_ms in range(10_000) if twin.tick(now_ms, Inputs())]

    assert max(b - a for a, b in pairwise(spoke_ms)) == 250


@given(st.lists(st.binary(max_size=40), max_size=20))
def test_nothing_that_a_host_sends_changes_what_the_controller_senses(
    received: list[bytes],
) -> None:
    """The line into the machine is read-only: all it can bring about is a hello."""
    alone, addressed = fresh(), fresh()
    for i, rx in enumerate([*received, REQUEST]):
        now_ms = i * 400
        inputs = Inputs(pump=i % 7 > 3, flow_pulses=i)
        quiet = list(_sensed(told(alone.tick(now_ms, inputs))))
        asked = list(_sensed(told(addressed.tick(now_ms, inputs, rx))))
        assert asked == quiet


def _sensed(sent: list[frames.Frame]) -> Iterator[tuple[object, ...]]:
    for frame in sent:
        if isinstance(frame, frames.SampleFrame):
            yield (frame.device_ms, frame.status, frame.flow_pulses_total)
        elif isinstance(frame, frames.BrewStartedFrame | frames.BrewFinishedFrame):
            yield (frame.device_ms, frame.brew_number)


def test_a_flood_of_requests_gets_four_hellos_a_second() -> None:
    twin = fresh()
    hellos = [
        frame
        for now_ms in range(10_000)
        for frame in told(twin.tick(now_ms, Inputs(), REQUEST))
        if isinstance(frame, frames.HelloFrame)
    ]

    assert len(hellos) == 40


@given(st.lists(st.tuples(st.integers(1, 5000), st.booleans()), min_size=1, max_size=40))
def test_every_brew_that_starts_is_finished_under_the_same_number(
    lives: list[tuple[int, bool]],
) -> None:
    twin, now_ms = fresh(), 0
    heard: list[frames.Frame] = []
    for elapsed_ms, pump in [*lives, (1, False), (2000, False)]:
        now_ms += elapsed_ms
        heard += told(twin.tick(now_ms, Inputs(pump=pump)))
    started = [f.brew_number for f in heard if isinstance(f, frames.BrewStartedFrame)]
    finished = [f for f in heard if isinstance(f, frames.BrewFinishedFrame)]

    assert started == [f.brew_number for f in finished] == list(range(1, len(finished) + 1))
    assert all(f.duration_ms >= 1000 for f in finished)


def test_samples_are_fast_until_two_seconds_after_the_pump() -> None:
    twin = fresh()
    sampled_ms = [
        frame.device_ms
        for now_ms in range(8_001)
        for frame in told(twin.tick(now_ms, Inputs(pump=2_100 <= now_ms < 3_000)))
        if isinstance(frame, frames.SampleFrame)
    ]

    slow_before, slow_after = [1000, 2000], [5750, 6750, 7750]
    assert sampled_ms == [*slow_before, *range(2250, 5000, 250), *slow_after]


def test_the_tank_is_believed_after_three_equal_reads() -> None:
    twin = fresh()
    first_empty_ms = next(
        frame.device_ms
        for now_ms in range(10_000)
        for frame in told(twin.tick(now_ms, Inputs(tank_raw=now_ms >= 3_001, pump=True)))
        if isinstance(frame, frames.SampleFrame) and Status.TANK_EMPTY in frame.status
    )

    assert 3_001 + 400 <= first_empty_ms <= 3_001 + 600 + 250
