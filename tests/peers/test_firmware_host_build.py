"""The C core and its Python twin are the same controller, to the byte.

The same golden vectors, and then random lives that nobody thought of; the C side runs
under AddressSanitizer and UndefinedBehaviorSanitizer.
"""

import struct
from collections.abc import Iterator

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from firmware_bridge.reference import codec, frames
from firmware_bridge.reference.frames import Capability, ResetCause
from firmware_bridge.reference.line import (
    MAX_PAYLOAD_BYTES,
    FrameDecoder,
    crc16,
    frame_bytes,
)
from firmware_bridge.simulation.twin import ALL_CAPABILITIES, ControllerTwin, Inputs
from firmware_bridge.simulation.twin_memory import EEPROM_BYTES, SLOTS, blank_eeprom
from firmware_bridge.simulation.twin_sensing import boiler_temp_tenths_c, water_level_permille
from tests.firmware_bridge.golden import (
    FRAMES,
    HOSTILE,
    SCENARIOS,
    GoldenFrame,
    Hostile,
    Scenario,
    by_name,
)
from tests.peers.firmware import (
    Core,
    built,
    line_process,
    needs_cc,
)

pytestmark = needs_cc


@pytest.fixture(scope="module")
def core() -> Iterator[Core]:
    program = built("sanitized", "controller-scenario-sanitized")
    with line_process(program) as process:
        yield Core(process)


# --------------------------------------------------------------------- golden vectors


@pytest.mark.parametrize("golden", FRAMES, ids=by_name)
def test_c_writes_and_reads_a_golden_frame(core: Core, golden: GoldenFrame) -> None:
    assert core.frame(golden.payload) == golden.frame
    assert core.receive(golden.frame) == ([golden.payload], 1, 0)


@pytest.mark.parametrize("hostile", HOSTILE, ids=by_name)
def test_c_finds_in_hostile_bytes_what_is_left(core: Core, hostile: Hostile) -> None:
    expected = (hostile.payloads, hostile.frames_ok, hostile.frames_bad)

    assert core.receive(hostile.data) == expected


@pytest.mark.parametrize("scenario", SCENARIOS, ids=by_name)
def test_c_lives_a_golden_life(core: Core, scenario: Scenario) -> None:
    core.start(scenario.serial, scenario.eeprom, scenario.reset_cause, scenario.capabilities)
    for step in scenario.steps:
        sent = core.tick(step.ms, step.inputs, step.rx)
        assert (step.ms, sent.hex()) == (step.ms, step.tx.hex())
    assert core.eeprom() == scenario.eeprom_after


def test_c_and_python_read_every_adc_value_alike(core: Core) -> None:
    for adc in range(1024):
        assert core.boiler_temp_tenths_c(adc) == boiler_temp_tenths_c(adc)
        assert core.water_level_permille(adc) == water_level_permille(adc)


# ----------------------------------------------------------------------- random lives

REQUEST = codec.encode_frame(frames.HelloRequestFrame(sequence=0, device_ms=0, protocol=(1, 0)))
adc = st.one_of(st.sampled_from([0, 8, 9, 1014, 1015, 1023]), st.integers(0, 1023))
# Near one another, so that the median has something to choose; and what is no weight.
loads = st.one_of(
    st.none(),
    st.integers(84_205, 84_215),
    st.integers(0, 24).map(lambda bits: 2**bits - 1),
    st.sampled_from([0x80_0000, 0x80_0001, 0x7F_FFFE, 0xFF_FFFE, 2]),
    st.integers(0, 0xFF_FFFF),
)
pins = st.builds(
    Inputs,
    pump=st.booleans(),
    heater=st.booleans(),
    tank_raw=st.booleans(),
    flow_pulses=st.integers(0, 2**32 - 1),
    adc_boiler=adc,
    adc_level=adc,
    load=loads,
)
# The times at which something is due, and their neighbours, are where twins would differ.
strides_ms = st.one_of(
    st.sampled_from(
        [
            0,
            1,
            199,
            200,
            249,
            250,
            251,
            400,
            499,
            500,
            999,
            1000,
            1001,
            1999,
            2000,
            2001,
            60_000,
        ]
    ),
    st.integers(1, 5000),
    st.integers(1, 2**31),
)
line = st.one_of(
    st.just(b""),
    st.just(REQUEST),
    st.binary(max_size=80),
    st.binary(max_size=8).map(lambda noise: noise + b"\0" + REQUEST),
)


def slot(generation: int, brews_total: int) -> bytes:
    """Return a valid slot, as PROTOCOL.md has it."""
    body = struct.pack("<2sHHII", b"D\x01", generation, 3, brews_total, 100)
    return body + struct.pack("<H", crc16(body))


def ring_from(generation: int) -> bytes:
    """Return a memory that has gone round once or twice, the newest slot anywhere."""
    newest = generation % SLOTS
    generations = [(generation - (newest - i) % SLOTS) & 0xFFFF for i in range(SLOTS)]
    return b"".join(slot(one, one) for one in generations)


slots = st.one_of(
    st.builds(slot, st.sampled_from([0, 1, 0x7FFF, 0x8000, 0x8001, 0xFFFF]), st.integers(0, 9)),
    st.binary(min_size=16, max_size=16),
)
memories = st.one_of(
    st.just(bytes(blank_eeprom())),
    st.lists(slots, max_size=SLOTS).map(
        lambda some: b"".join(some).ljust(EEPROM_BYTES, b"\xff")
    ),
    st.integers(0, 0xFFFF).map(ring_from),
    st.binary(min_size=EEPROM_BYTES, max_size=EEPROM_BYTES),
)


starts = st.tuples(
    memories,
    st.integers(0, 255).map(ResetCause),
    st.integers(0, 2**16 - 1).map(Capability),
)


@settings(max_examples=150)
@given(starts, st.integers(0, 2**32 - 1), st.lists(st.tuples(strides_ms, pins, line)))
def test_c_and_its_twin_live_any_life_alike(
    core: Core,
    start: tuple[bytes, ResetCause, Capability],
    now_ms: int,
    life: list[tuple[int, Inputs, bytes]],
) -> None:
    memory, cause, capabilities = start
    eeprom = bytearray(memory)
    twin = ControllerTwin("DM-TWIN", eeprom, reset_cause=cause, capabilities=capabilities)
    core.start("DM-TWIN", memory, cause, capabilities)
    for stride_ms, inputs, rx in life:
        now_ms += stride_ms
        assert core.tick(now_ms, inputs, rx).hex() == twin.tick(now_ms, inputs, rx).hex()
    assert core.eeprom() == eeprom


@given(st.lists(st.tuples(st.sampled_from([100, 250, 499, 500]), loads), min_size=3))
def test_c_and_its_twin_weigh_any_load_alike(
    core: Core, weighed: list[tuple[int, int]]
) -> None:
    """With the pump on, so that nearly every tick tells what the dose is."""
    eeprom, now_ms = blank_eeprom(), 0
    twin = ControllerTwin("DM-TWIN", eeprom)
    core.start("DM-TWIN", bytes(blank_eeprom()), ResetCause.POWER_ON, ALL_CAPABILITIES)
    for stride_ms, load in weighed:
        now_ms += stride_ms
        inputs = Inputs(pump=True, load=load)
        assert core.tick(now_ms, inputs).hex() == twin.tick(now_ms, inputs).hex()


@given(st.binary(max_size=MAX_PAYLOAD_BYTES))
def test_c_and_python_write_any_payload_alike(core: Core, payload: bytes) -> None:
    assert core.frame(payload).hex() == frame_bytes(payload).hex()


@given(
    st.lists(st.one_of(st.binary(max_size=120), st.sampled_from(FRAMES).map(lambda g: g.frame)))
)
def test_c_and_python_find_the_same_frames_in_any_bytes(
    core: Core, pieces: list[bytes]
) -> None:
    decoder = FrameDecoder()
    payloads = [payload for piece in pieces for payload in decoder.receive(piece)]

    assert core.receive(*pieces) == (payloads, decoder.frames_ok, decoder.frames_bad)
