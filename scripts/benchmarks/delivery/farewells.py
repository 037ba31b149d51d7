"""After ``demitasse forget``: does the broker still hold a word of the household?

The real commands from outside: a device on a simulated machine, a call for help that the
desk makes a case of, and then everything forgotten, here and there. The broker logs all it
can, and the wire is recorded. When the device has its proof, with the desk's signed answer,
the broker is stopped, so that it writes what it keeps; and all it has seen or keeps is
searched, and so are the files of device and desk.
"""

import json
import subprocess
import sys
import time
from collections.abc import Callable
from contextlib import closing
from dataclasses import dataclass
from pathlib import Path

from agent.consents.consent_file import Purpose
from agent.durable_file import write_durably
from agent.giving_back.forgetting import PROOF_FILE
from agent.identity.desk_pin import write_pin
from firmware_bridge.profile import load_profile
from firmware_bridge.simulation.pty_machine import PtyMachine
from firmware_bridge.simulation.simulated_machine import SimulatedMachine
from scripts.benchmarks.delivery import desk as desks
from scripts.benchmarks.delivery.guards import Guard
from scripts.benchmarks.delivery.household import House, consent_text
from scripts.benchmarks.delivery.kills import HERE, ROOT, Desk
from scripts.benchmarks.delivery.mosquitto import Mosquitto
from scripts.benchmarks.delivery.proxy import RecordingProxy
from wire import topics
from wire.keys import DeskKeys, DeviceKeys

WITHIN_S = 60.0
PROFILE = ROOT / "config" / "machines" / "reference.toml"
CONFIG = """\
[device]
state_dir = "state"
[machine]
profile = "{profile}"
port = "{machine}"
[broker]
host = "127.0.0.1"
port = {broker}
"""


@dataclass(frozen=True, slots=True)
class Farewell:
    """What was found afterwards, of so many words."""

    words: int
    seen_by_broker: int
    """In its store, its log or the packets."""
    left: int
    """In the files of device and desk, or names of the device in the broker's store."""


def farewell(folder: Path, words: tuple[str, str], guard: Guard | None = None) -> Farewell:
    """Let somebody of this name and telephone be called, and then forgotten."""
    home, desk_folder = folder / "home", folder / "desk"
    for each in (home, desk_folder):
        each.mkdir(parents=True)
    keys = DeviceKeys.create()
    (desk_folder / "house.json").write_text(json.dumps({"device": keys.to_json()}))
    machine = SimulatedMachine(load_profile(PROFILE), serial="DEMI0001")
    broken = ("--break", guard) if guard is Guard.FORGET else ()
    with (
        closing(Mosquitto(folder / "broker", log="all")) as broker,
        closing(RecordingProxy(broker.port)) as wire,
        closing(Desk(desk_folder, broker.port, *broken)),
        closing(PtyMachine(machine)) as simulated,
    ):
        _enroll(home, keys, desk_folder)
        (home / "consent.toml").write_text(consent_text(Purpose, *words), encoding="utf-8")
        config = home / "agent.toml"
        config.write_text(
            CONFIG.format(profile=PROFILE, machine=simulated.port, broker=wire.port)
        )
        _live_and_forget(config, desk_folder)
        broker.stop()
        told, kept = wire.heard(), broker.kept()
    assert topics.up(keys.device_id).encode() in told, "what was not sent proves nothing"
    desks.press_out(desk_folder / "desk.sqlite3")
    sought = [word.encode() for word in words]
    named = kept["mosquitto.db"].count(keys.device_id.encode())
    return Farewell(
        words=len(sought),
        seen_by_broker=_found(sought, told, *kept.values()),
        left=_found(sought, *_files(home), *_files(desk_folder)) + named,
    )


def _enroll(home: Path, keys: DeviceKeys, desk_folder: Path) -> None:
    """Give the device its keys and its desk, as an enrolment does."""
    plain = json.loads((desk_folder / "house.json").read_text())
    house = House(device=keys, desk=DeskKeys.from_json(plain["desk"]))
    state = home / "state"
    (state / "keys").mkdir(parents=True)
    write_durably(state / "keys" / "device.json", json.dumps(keys.to_json()))
    write_pin(state, house.pinned().pin)


def _live_and_forget(config: Path, desk_folder: Path) -> None:
    log, state = config.with_suffix(".log"), config.parent / "state"
    with log.open("wb") as said:
        device = subprocess.Popen(
            _demitasse(config, "run"), cwd=ROOT, env=HERE, stdout=said, stderr=said
        )
    try:
        _until((state / "demitasse.consents").exists, "the device", log)
        _run(_demitasse(config, "call-me"))
        _until(lambda: desks.cases(desk_folder / "desk.sqlite3") > 0, "a case at the desk", log)
        _run(_demitasse(config, "forget", "--yes"))
        _until((state / PROOF_FILE).exists, "the proof", log)
    finally:
        device.terminate()
        device.wait(WITHIN_S)


def _demitasse(config: Path, *words: str) -> list[str]:
    return [sys.executable, "-P", "-m", "agent.main", "--config", str(config), *words]


def _run(command: list[str]) -> None:
    done = subprocess.run(
        command, cwd=ROOT, env=HERE, capture_output=True, text=True, check=False
    )
    assert done.returncode == 0, done.stderr


def _found(words: list[bytes], *places: bytes) -> int:
    return sum(any(word in place for place in places) for word in words)


def _files(folder: Path) -> list[bytes]:
    return [file.read_bytes() for file in folder.rglob("*") if file.is_file()]


def _until(condition: Callable[[], bool], what: str, log: Path) -> None:
    deadline = time.monotonic() + WITHIN_S
    while not condition():
        assert time.monotonic() < deadline, f"{what}: not in time\n{log.read_text()}"
        time.sleep(0.02)
