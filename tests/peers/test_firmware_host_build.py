"""The C core and its Python twin are the same controller, to the byte.

The same golden vectors, and then random lives that nobody thought of; the C side runs
under AddressSanitizer and UndefinedBehaviorSanitizer.
"""

import os
import shutil
import struct
import subprocess
import time
from collections.abc import Iterator
from pathlib import Path
from typing import TypeVar

import pytest
import serial
from hypothesis import given, settings
from hypothesis import strategies as st

from firmware_bridge import reference_frames as frames
from firmware_bridge.reference_frames import Capability, FrameDecoder, ResetCause
from firmware_bridge.twin import ControllerTwin, Inputs
from firmware_bridge.twin_memory import EEPROM_BYTES, blank_eeprom
from firmware_bridge.twin_sensing import boiler_temp_tenths_c, water_level_permille
from tests.firmware_bridge.golden import (
    FRAMES,
    HOSTILE,
    SCENARIOS,
    GoldenFrame,
    Hostile,
    Scenario,
    by_name,
)
from tests.peers.firmware import FIRMWARE, Core, built, line_process, make, needs_cc

pytestmark = needs_cc

ANSWER_WITHIN_S = 10.0
F = TypeVar("F", bound=frames.Frame)


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

REQUEST = frames.encode_frame(
    frames.HelloRequestFrame(sequence=0, device_ms=0, protocol=(1, 0))
)
adc = st.one_of(st.sampled_from([0, 8, 9, 1014, 1015, 1023]), st.integers(0, 1023))
pins = st.builds(
    Inputs,
    pump=st.booleans(),
    heater=st.booleans(),
    tank_raw=st.booleans(),
    flow_pulses=st.integers(0, 2**32 - 1),
    adc_boiler=adc,
    adc_level=adc,
)
# The times at which something is due, and their neighbours, are where twins would differ.
strides_ms = st.one_of(
    st.sampled_from(
        [0, 1, 199, 200, 249, 250, 251, 400, 999, 1000, 1001, 1999, 2000, 2001, 60_000]
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
    return body + struct.pack("<H", frames.crc16(body))


slots = st.one_of(
    st.builds(slot, st.sampled_from([0, 1, 0x7FFF, 0x8000, 0x8001, 0xFFFF]), st.integers(0, 9)),
    st.binary(min_size=16, max_size=16),
)
memories = st.one_of(
    st.just(bytes(blank_eeprom())),
    st.tuples(slots, slots).map(b"".join),
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


@given(
    st.lists(st.one_of(st.binary(max_size=120), st.sampled_from(FRAMES).map(lambda g: g.frame)))
)
def test_c_and_python_find_the_same_frames_in_any_bytes(
    core: Core, pieces: list[bytes]
) -> None:
    decoder = FrameDecoder()
    payloads = [payload for piece in pieces for payload in decoder.receive(piece)]

    assert core.receive(*pieces) == (payloads, decoder.frames_ok, decoder.frames_bad)


# ------------------------------------------------------------------ a process on a pty


def test_the_host_build_brews_on_a_real_pty(tmp_path: Path) -> None:
    """Real time, real line, a real file as EEPROM: one brew, and it is kept."""
    memory = tmp_path / "eeprom.bin"
    program = built("host", "controller-host")
    first = _brew_on_pty(program, memory)
    second = _brew_on_pty(program, memory)

    assert (first.brew_number, second.brew_number) == (1, 2)
    assert first.flow_pulses == second.flow_pulses == 42
    assert 1000 <= first.duration_ms < 5000


def _brew_on_pty(program: Path, memory: Path) -> frames.BrewFinishedFrame:
    settings_ = os.environ | {"CONTROLLER_EEPROM": str(memory)}
    with subprocess.Popen(
        [program], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True, env=settings_
    ) as process:
        assert process.stdin is not None
        assert process.stdout is not None
        try:
            port = process.stdout.readline().split()[1]
            with serial.Serial(port, 115200, timeout=0.1) as line_:
                process.stdin.write("pump 1\n")
                process.stdin.flush()
                _wait_for(line_, frames.BrewStartedFrame)
                process.stdin.write("pulses 42\npump 0\n")
                process.stdin.flush()
                return _wait_for(line_, frames.BrewFinishedFrame)
        finally:
            process.stdin.close()
            assert process.wait(timeout=5) == 0, "it outlives who started it"


def _wait_for(line_: serial.Serial, kind: type[F]) -> F:
    decoder = FrameDecoder()
    deadline = time.monotonic() + ANSWER_WITHIN_S
    while time.monotonic() < deadline:
        for payload in decoder.receive(line_.read(256)):
            frame = frames.decode_payload(payload)
            if isinstance(frame, kind):
                return frame
    pytest.fail(f"no {kind.__name__} within {ANSWER_WITHIN_S} s")


# ----------------------------------------------------------------------------- checks


@pytest.mark.skipif(shutil.which("cppcheck") is None, reason="cppcheck is not installed")
def test_cppcheck_has_nothing_to_say() -> None:
    make("check")


def test_damaged_frames_do_no_damage(tmp_path: Path) -> None:
    """The fuzz target, without libFuzzer: every golden frame, hurt 500 times."""
    seeds = [golden.frame for golden in FRAMES] + [hostile.data for hostile in HOSTILE]
    for number, seed in enumerate(seeds):
        (tmp_path / f"{number:03}").write_bytes(seed)
    done = subprocess.run(
        [built("blind", "fuzz-blind"), "500", *sorted(tmp_path.iterdir())],
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )
    assert (done.returncode, done.stderr) == (0, "")


def test_the_core_allocates_nothing_and_prints_nothing() -> None:
    for source in FIRMWARE.glob("core/*.c"):
        text = source.read_text(encoding="utf-8")
        assert not [word for word in ("malloc", "printf", "stdlib", "double") if word in text]
