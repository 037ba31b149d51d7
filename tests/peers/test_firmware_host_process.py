"""The firmware as a process on a real pseudo-terminal, in real time."""

import os
import subprocess
import time
from pathlib import Path
from typing import TypeVar

import pytest
import serial

from firmware_bridge.reference import codec, frames
from firmware_bridge.reference.line import FrameDecoder
from tests.peers.firmware import built, needs_cc

pytestmark = needs_cc

ANSWER_WITHIN_S = 10.0
F = TypeVar("F", bound=frames.Frame)


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
                process.stdin.write("load 100320\npump 1\n")
                process.stdin.flush()
                _wait_for(line_, frames.BrewStartedFrame)
                assert _wait_for(line_, frames.SampleFrame).dose_counts == 100_320
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
            frame = codec.decode_payload(payload)
            if isinstance(frame, kind):
                return frame
    pytest.fail(f"no {kind.__name__} within {ANSWER_WITHIN_S} s")
