"""What tools say of the firmware's C: a linter, fuzzers, sanitizers, coverage."""

import re
import shutil
import subprocess
from pathlib import Path

import pytest

from scripts.benchmarks.bridge_firmware import FIRMWARE, write_seeds
from tests.firmware_bridge.golden import FRAMES, HOSTILE, SCENARIOS
from tests.peers.firmware import (
    Core,
    built,
    gcov,
    line_process,
    make,
    needs_cc,
    needs_gcov,
    needs_libfuzzer,
)

pytestmark = needs_cc


@pytest.mark.skipif(shutil.which("cppcheck") is None, reason="cppcheck is not installed")
def test_cppcheck_has_nothing_to_say() -> None:
    make("check")


def test_damaged_frames_do_no_damage(tmp_path: Path) -> None:
    """The fuzz target, without libFuzzer: every seed, hurt 500 times."""
    done = subprocess.run(
        [built("blind", "fuzz-blind"), "500", *write_seeds(tmp_path)],
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )
    assert (done.returncode, done.stderr) == (0, "")


@needs_libfuzzer
def test_libfuzzer_finds_nothing_in_the_c_decoder(tmp_path: Path) -> None:
    """The same target, led by coverage. ``./scripts/bench bridge`` does it for longer."""
    write_seeds(tmp_path)
    done = subprocess.run(
        [built("fuzz", "fuzz-decoder"), "-runs=20000", "-seed=1", "-max_len=512", tmp_path],
        cwd=tmp_path,
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    assert "Done 20000 runs" in done.stderr


def test_the_core_allocates_nothing_and_prints_nothing() -> None:
    for source in FIRMWARE.glob("core/*.c"):
        text = source.read_text(encoding="utf-8")
        assert not [word for word in ("malloc", "printf", "stdlib", "double") if word in text]


@needs_gcov
def test_the_vectors_reach_every_line_of_the_core() -> None:
    """So whoever writes a controller of their own and passes them has met every rule.

    All but two: a decoder of frames never hands COBS an empty piece or one with a zero.
    """
    with line_process(built("covered", "controller-scenario-covered")) as process:
        core = Core(process)
        for golden in FRAMES:
            core.frame(golden.payload)
        for hostile in HOSTILE:
            core.receive(hostile.data)
        for scenario in SCENARIOS:
            core.start(
                scenario.serial, scenario.eeprom, scenario.reset_cause, scenario.capabilities
            )
            for step in scenario.steps:
                core.tick(step.ms, step.inputs, step.rx)

    said = gcov("controller-scenario-covered-*.gcda")

    reached = dict(re.findall(r"File 'core/(\w+\.c)'\nLines executed:([\d.]+)%", said))
    assert {name for name, share in reached.items() if share != "100.00"} == {"cobs.c"}
    assert reached.keys() == {file.name for file in FIRMWARE.glob("core/*.c")}
