"""What a device loads when it starts, and what only when it is needed.

Modules are counted and not milliseconds: what is not loaded costs neither time nor memory.
"""

import json
import os
import signal
import subprocess
import sys
import time
from collections.abc import Sequence
from contextlib import closing
from pathlib import Path

import pytest

from agent.identity.introduction import CREDENTIAL
from firmware_bridge.profile import load_profile
from firmware_bridge.simulation.pty_machine import PtyMachine
from firmware_bridge.simulation.simulated_machine import SimulatedMachine
from tests.agent.consents import owner_text
from tests.agent.examined import PROFILE, Unit
from tests.agent.house import CARE

ROOT = Path(__file__).parents[2]
WITHIN_S = 20.0

HEAVY = {
    "numpy": "judging a routine",
    "paho": "speaking MQTT",
    "ssl": "the line to the broker",
    "http": "the line to the desk",
    "tomlkit": "editing the owner's file",
    "gpiozero": "pins, which this machine has none of",
    "cryptography.x509": "certificates",
    "cryptography.hazmat.primitives.serialization.ssh": "certificates",
    "firmware_bridge.simulation.simulated_machine": "a line that is not understood",
    "firmware_bridge.simulation.typical": "a line that is not understood",
    "agent.learning.routine": "judging a routine",
    "agent.delivery.publisher": "speaking MQTT",
    "agent.page": "the owner's page",
    "agent.identity.enrolment": "giving a device to its desk",
    "importlib.metadata": "a maker's own driver",
    "importlib.resources": "the owner's page",
    "difflib": "a slip in a file",
    "statistics": "sensors on the pins",
}
"""What a device whose owner has allowed nothing never needs, and what it is for."""

RUN = """
import json, sys, threading
from agent import device
from agent.main import main
step, steps = device.Device.step, []
def counted(self, now):
    step(self, now)
    steps.append(now)
    if len(steps) == 5:
        print(json.dumps([sorted(sys.modules), threading.active_count()]), flush=True)
device.Device.step = counted
sys.exit(main(["--config", sys.argv[1], "run"]))
"""


def loaded(unit: Unit) -> tuple[set[str], int]:
    """Return which modules ``demitasse run`` has after five steps, and how many threads.

    The device came with a bundle, which it may use only after its owner's consent.
    """
    (unit.folder / CREDENTIAL).write_text("not even read")
    simulated = SimulatedMachine(load_profile(PROFILE), serial="DEMI0001")
    with closing(PtyMachine(simulated)) as machine:
        unit.configure(port=machine.port)
        process = subprocess.Popen(
            [sys.executable, "-c", RUN, str(unit.config)],
            stdout=subprocess.PIPE,
            stderr=subprocess.DEVNULL,
            text=True,
            cwd=ROOT,
            env={
                **os.environ,
                "PYTHONPATH": str(ROOT),
                "CREDENTIALS_DIRECTORY": str(unit.folder),
            },
        )
        try:
            assert process.stdout is not None
            os.set_blocking(process.stdout.fileno(), False)
            deadline, now_ms, said = time.monotonic() + WITHIN_S, 0, ""
            while not said and process.poll() is None:
                assert time.monotonic() < deadline
                now_ms += 200
                machine.step(now_ms)
                time.sleep(0.02)
                said = process.stdout.readline()
            process.send_signal(signal.SIGTERM)
            process.wait(WITHIN_S)
        finally:
            process.kill()
    modules, threads = json.loads(said)
    return set(modules), threads


def of(names: Sequence[str], modules: set[str]) -> set[str]:
    """Return which of ``names`` are loaded, themselves or a part of them."""
    return {name for name in names if any(f"{m}.".startswith(f"{name}.") for m in modules)}


def test_a_fresh_unit_loads_nothing_that_it_may_not_use(tmp_path: Path) -> None:
    modules, threads = loaded(Unit(tmp_path))
    assert "agent.device" in modules
    assert of([*HEAVY], modules) == set()
    assert threads == 1, "nothing polls beside the one loop"


def test_a_device_that_may_learn_and_belongs_to_no_desk_loads_no_line(tmp_path: Path) -> None:
    unit = Unit(tmp_path)
    unit.consent.write_text(owner_text(CARE), encoding="utf-8")
    modules, threads = loaded(unit)
    assert of(["paho", "ssl", "http", "cryptography.x509"], modules) == set()
    assert threads == 1


def test_what_is_called_heavy_is_there_to_be_loaded() -> None:
    """A name that is wrong would never be found loaded either."""
    script = f"import importlib\nfor name in {[*HEAVY]}: importlib.import_module(name)"
    subprocess.run([sys.executable, "-c", script], cwd=ROOT, check=True)


@pytest.mark.parametrize("word", ["check", "diag", "status"])
def test_a_command_that_looks_loads_neither_mqtt_nor_pins(word: str, tmp_path: Path) -> None:
    unit = Unit(tmp_path)
    words = [word, str(tmp_path / "support.zip")] if word == "diag" else [word]
    script = (
        "import sys; from agent.main import main\n"
        f"main(['--config', {str(unit.config)!r}, *{words!r}])\n"
        "print({'paho', 'gpiozero'} & set(sys.modules), file=sys.stderr)"
    )
    done = subprocess.run(
        [sys.executable, "-c", script], cwd=ROOT, capture_output=True, text=True, check=True
    )
    assert done.stderr.splitlines()[-1] == "set()"
