"""``demitasse decode --live`` and a simulated machine talk over a real pseudo-terminal."""

import os
import re
import select
import signal
import subprocess
import sys
import time
from collections.abc import Iterator

import pytest

from firmware_bridge.profile import load_profile, profile_path
from firmware_bridge.simulation.misbehaving import Misbehaving, Trouble
from firmware_bridge.simulation.pty_machine import PtyMachine
from firmware_bridge.simulation.simulated_makes import simulated_make

PROGRAM = """
import argparse, sys
from firmware_bridge import decode
parser = argparse.ArgumentParser()
decode.add_arguments(parser)
sys.exit(decode.run(parser.parse_args()))
"""


@pytest.fixture
def line() -> Iterator[PtyMachine]:
    machine = simulated_make(load_profile(profile_path("jura-f50")))
    machine.water_ml = 50
    line = PtyMachine(machine)
    yield line
    line.close()


def test_a_polled_machine_is_asked_and_told_as_it_answers(line: PtyMachine) -> None:
    process = subprocess.Popen(
        [sys.executable, "-c", PROGRAM, "--live", "--profile", "jura-f50", line.port],
        stdout=subprocess.PIPE,
    )
    try:
        assert process.stdout is not None
        said = until_said("tank empty", line, process.stdout.fileno())
        process.send_signal(signal.SIGINT)
        rest = process.stdout.read().decode()
        assert process.wait(timeout=5) == 0
    finally:
        process.kill()
        process.wait()

    assert re.search(r"^ +\d+\.\d s  controller +firmware EF532M SIMULATED", said, re.M)
    assert re.search(r"^ +\d+\.\d s  brews total +100$", said, re.M)
    assert re.search(r"^ +\d+\.\d s  tank empty +yes$", said, re.M)
    assert re.search(r"\d+ bytes: \d+ frames understood, 0 bad", rest)


def test_an_inverted_line_is_recognised_and_said() -> None:
    """The bytes are those that a receiver delivers of such a line, computed bit by bit."""
    machine = simulated_make(load_profile(profile_path("lelit-marax")))
    line = PtyMachine(Misbehaving(machine, [Trouble.INVERT], seed=7))
    process = subprocess.Popen(
        [sys.executable, "-c", PROGRAM, "--live", "--profile", "lelit-marax", line.port],
        stdout=subprocess.PIPE,
    )
    try:
        assert process.stdout is not None
        said = until_said("inverted", line, process.stdout.fileno())
    finally:
        process.kill()
        process.wait()
        line.close()

    assert re.search(
        r"machine not heard +unreadable: the line arrives inverted: fit an inverter",
        said,
    )
    assert "heard  " not in said.replace("not heard", "")


def until_said(words: str, line: PtyMachine, output: int) -> str:
    """Let the machine live until ``words`` are printed; return all that was."""
    began_s, said = time.monotonic(), ""
    while words not in said:
        now_s = time.monotonic() - began_s
        assert now_s < 20, said
        readable, _, _ = select.select([output, line.fileno()], [], [], 0.01)
        line.step(int(now_s * 1000))
        if output in readable:
            said += os.read(output, 4096).decode()
    return said
