"""Every command of the guide for makers is run, in its order, and does what it says there.

The machine is a simulated one on a real port, the broker Mosquitto with the shipped
configuration, the desk the command in processes of its own. A command that is new in the
guide is run like any other; what needs root is in ``ELSEWHERE``, with who runs it.
"""

import os
import re
import select
import shlex
import shutil
import signal
import sqlite3
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import ExitStack, closing
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from agent.identity.key_files import device_keys
from agent.main import main
from agent.notices import shipped_notices
from firmware_bridge.profile import MACHINES_FOLDER
from tests.documents import ROOT, blocks
from tests.escalation.live_desk import LiveDesk
from tests.peers.brokers import mosquitto, needs_mosquitto
from tests.peers.desk_behind_tls import Console, free_port, proxy
from tests.peers.test_mosquitto_tls import PLACE, SHIPPED
from tests.waiting import until

pytestmark = needs_mosquitto

GUIDE = ROOT / "docs" / "makers.md"
BENCH = "scripts/benchmarks"
ELSEWHERE = {
    "scripts/venv .venv device": ("scripts/bench", "scripts/venv"),
    ". .venv/bin/activate": ("scripts/bench", "bin/python"),
    "./scripts/package deb --arch arm64": (f"{BENCH}/package.py", "scripts.packaging"),
    "sudo apt install ./dist/demitasse_0.1.0_arm64.deb": (
        f"{BENCH}/package_system.py",
        "dpkg",
    ),
    "sudo systemctl start demitasse": (f"{BENCH}/package_boot.py", '"systemctl", "start"'),
    "journalctl -u demitasse": (f"{BENCH}/package_boot.py", '"journalctl", "-u"'),
    "sudo install -o demitasse -g demitasse -m 600 /etc/demitasse/consent.toml"
    " /var/lib/demitasse/consent.toml": (f"{BENCH}/package_walk.py", '"consent.toml"'),
    "sudo install -D -m 600 bundle.json /etc/credstore/demitasse.bundle": (
        f"{BENCH}/package_system.py",
        '"credstore"',
    ),
}
"""What only root can run, or takes minutes: in which program it is run, and by which words."""
SAID_WITHIN_S = 20.0


def commands() -> list[str]:
    """Return the commands of the guide, without what is said beside them."""
    lines = "\n".join(blocks(GUIDE, "sh")).splitlines()
    said = [" ".join(re.sub(r" {2,}#.*", "", line).split()) for line in lines]
    return [command for command in said if command]


class Shop:
    """A maker's table: one folder to work in, a machine, a broker, a desk."""

    def __init__(self, folder: Path, stack: ExitStack, monkeypatch: pytest.MonkeyPatch) -> None:
        self.folder = folder
        self.state = folder / "state"
        self._stack = stack
        self._patch = monkeypatch
        self._names = {"mqtt.example.org": "localhost"}
        """What stands in the guide for something that only exists here."""
        broker_port, https_port = free_port(), free_port()
        self._ports = (broker_port, https_port)
        self.desk = LiveDesk(
            folder,
            broker_port=broker_port,
            extra=f'[authority]\nbroker_host = "localhost"\nbroker_port = {broker_port}\n'
            f'enrol_url = "https://localhost:{https_port}/enrol/certificate"\n',
        )
        self._write_config("agent.toml", "state")
        self._write_config("other.toml", "other")
        for name in ("demitasse", "demitasse-desk"):
            module = "agent.main" if name == "demitasse" else "escalation.main"
            wrapper = folder / "bin" / name
            wrapper.parent.mkdir(exist_ok=True)
            wrapper.write_text(f'#!/bin/sh\nexec "{sys.executable}" -m {module} "$@"\n')
            wrapper.chmod(0o755)
        self.consent_file = folder / "consent.toml"
        shutil.copy(ROOT / "config" / "consent.toml", folder)
        (folder / "desk").mkdir()
        (folder / "broker").mkdir()
        shutil.copy(MACHINES_FOLDER / "reference.toml", folder / "machine.toml")

    def _write_config(self, name: str, state: str, port: str = "/dev/not-there") -> None:
        (self.folder / name).write_text(
            f'[device]\nstate_dir = "{state}"\n'
            f'[machine]\nprofile = "{MACHINES_FOLDER / "reference.toml"}"\nport = "{port}"\n'
        )

    # ------------------------------------------------------------------------ running

    def run(self, command: str) -> None:
        """Run one command of the guide."""
        command = self._here(command)
        special = next((do for start, do in SPECIAL.items() if command.startswith(start)), None)
        if special is not None:
            special(self, command)
        elif command.startswith("demitasse ") and not re.search(r"[|>]", command):
            self.device(command)
        else:
            self.shell(command)

    def device(self, command: str, *, config: str = "agent.toml") -> None:
        """Run a command of the device in this process, which is what its start-up saves."""
        words = shlex.split(command)[1:]
        try:
            status = main(["--config", str(self.folder / config), *words])
        except SystemExit as ended:
            status = int(ended.code or 0)
        assert status == 0, command

    def shell(self, command: str) -> None:
        """Run a command as it is typed."""
        done = subprocess.run(
            ["bash", "-c", command],
            cwd=self.folder,
            env=self._environment(),
            capture_output=True,
            text=True,
            timeout=60,
            check=False,
        )
        assert done.returncode == 0, f"{command}\n{done.stdout}{done.stderr}"

    def behind(self, words: list[str], until: str) -> tuple[str, "subprocess.Popen[bytes]"]:
        """Start a program that goes on, and return what it said up to ``until``."""
        process = subprocess.Popen(
            words,
            cwd=self.folder,
            env=self._environment(),
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
        )
        self._stack.callback(_end, process)
        assert process.stdout is not None
        said, deadline = "", time.monotonic() + SAID_WITHIN_S
        while not re.search(until, said):
            readable, _, _ = select.select([process.stdout], [], [], 1)
            assert time.monotonic() < deadline, said
            data = os.read(process.stdout.fileno(), 4096) if readable else b" "
            assert data, f"it has ended: {said}"
            said += data.decode()
        return said, process

    def _environment(self) -> dict[str, str]:
        kept = {
            k: v for k, v in os.environ.items() if not k.startswith(("DEMITASSE", "DJANGO"))
        }
        path = f"{self.folder / 'bin'}:{os.environ['PATH']}"
        return {**kept, "PATH": path, "PYTHONPATH": str(ROOT), "PYTHONUNBUFFERED": "1"}

    def _here(self, command: str) -> str:
        for name, value in self._names.items():
            command = command.replace(name, value)
        return command

    # ------------------------------------------------------------- what needs a hand

    def plug_in(self, command: str) -> None:
        """Start a simulated machine; from now on the guide's port is its port."""
        said, _ = self.behind(command.split(), r"is on (/dev/\S+)\n")
        found = re.search(r"is on (/dev/\S+)\n", said)
        assert found is not None
        self._names["/dev/pts/3"] = found[1]
        if "jura" not in command:
            self._write_config("agent.toml", "state", found[1])

    def listen(self, command: str) -> None:
        """Look at a machine for as long as it takes to be told something."""
        if "my-machine" in command:
            self._wire_pins()
            said, process = self.behind(command.split(), r"(?i)ctrl-c|listening|\n")
        else:
            said, process = self.behind(command.split(), r"firmware \w+|brews total")
        process.send_signal(signal.SIGINT)
        assert process.wait(10) == 0, said

    def _wire_pins(self) -> None:
        """Write the profile that the guide has just described, with a flow meter alone."""
        text = (MACHINES_FOLDER / "bare-sensors.toml").read_text()
        kept = [
            part
            for part in re.split(r"(?m)^(?=\[)", text)
            if not re.match(r"\[(bare-sensors\.(?!flow)|pins)", part)
        ]
        (self.folder / "my-machine.toml").write_text("".join(kept))
        self._patch.setenv("GPIOZERO_PIN_FACTORY", "mock")

    def enroll(self, command: str) -> None:
        """Enroll; before the first time, start what the guide has set up until here."""
        if not self._started:
            self._start_broker_and_desk()
        by_files = "--request" in command or "--answer" in command
        in_folder = [
            str(self.folder / word) if word.endswith(".json") else word
            for word in command.split()
        ]
        self.device(shlex.join(in_folder), config="other.toml" if by_files else "agent.toml")
        if by_files:
            other = device_keys(self.folder / "other").device_id
            self._names["0123456789abcdef"] = other

    _started = False

    def _start_broker_and_desk(self) -> None:
        self._started = True
        broker_port, https_port = self._ports
        self.shell(
            "demitasse-desk --config desk.toml authority issue web --host localhost --out web"
        )
        files, desk = self.folder / "broker", self.folder / "desk"
        conf = (SHIPPED / "mosquitto.conf").read_text()
        conf = conf.replace(PLACE, str(files)).replace("/var/lib/mosquitto/", f"{files}/")
        shutil.copy(SHIPPED / "acl", files)
        self._stack.enter_context(mosquitto(files, conf=conf, port=broker_port))
        tls = {"ca": "ca.crt", "certificate": "demitasse-desk.crt", "key": "demitasse-desk.key"}
        lines = "".join(f'{option} = "{desk / file}"\n' for option, file in tls.items())
        text = self.desk.config.read_text().replace(
            "[broker]\n", f'[broker]\nhost = "localhost"\n{lines}'
        )
        self.desk.config.write_text(text)
        console = Console(self.desk)
        self._stack.callback(console.stop)
        self._stack.enter_context(
            proxy(https_port, lambda: console.port, self.folder / "web" / "web")
        )

    def live(self, _command: str) -> None:
        """Run the device; its clock is said to be set, which no time source does here."""
        words = [sys.executable, "-m", "scripts.benchmarks.device_home", "run"]
        words.append(str(self.folder / "agent.toml"))
        journal = self.folder / "journal"
        with journal.open("wb") as stderr:
            process = subprocess.Popen(
                words,
                cwd=self.folder,
                env=self._environment(),
                stdout=subprocess.DEVNULL,
                stderr=stderr,
            )
        self._stack.callback(_end, process)
        until((self.state / "live.sock").exists, "the device lives", by=process, log=journal)

    def consent(self, command: str) -> None:
        """Say yes as the guide says: by typing the end of the notice's id."""
        purpose = command.rsplit(maxsplit=1)[-1]
        text = self.consent_file.read_text()
        self.consent_file.write_text(text.replace('call_me = ""', 'call_me = "Colette"'))
        [language] = re.findall(r'(?m)^language = "(\w+)"', text)
        notices = next(n for p, n in shipped_notices().items() if p == purpose)
        end = next(n for n in notices if n.language == language).sha256[:8]
        self._patch.setattr("builtins.input", lambda _question: end)
        self.device(command)

    def call(self, command: str) -> None:
        """Ask for a call, and see the case at the desk."""
        self.device(command)
        until(lambda: self._cases() == 1, "a case")

    def _cases(self) -> int:
        with closing(sqlite3.connect(self.folder / "desk.sqlite3")) as db:
            (number,) = db.execute("SELECT count(*) FROM escalation_case").fetchone()
        return int(number)

    def replay(self, command: str) -> None:
        """Replay a history of two months."""
        first = datetime(2026, 1, 5, 7, 10, tzinfo=UTC)
        rows = [
            f"home,coffee,{first + timedelta(days=day, hours=hour):%Y-%m-%dT%H:%M:%S}"
            for day in range(60)
            for hour in (0, 3, 7)
        ]
        text = "\n".join(["household_id,appliance,start_iso", *rows])
        (self.folder / "brews.csv").write_text(text + "\n")
        self._patch.chdir(self.folder)
        self.device(command)
        assert (self.folder / "brews.svg").exists()


def _end(process: "subprocess.Popen[bytes]") -> None:
    if process.poll() is None:
        process.terminate()
    process.wait(20)


SPECIAL: dict[str, Callable[[Shop, str], None]] = {
    "demitasse simulate": Shop.plug_in,
    "demitasse decode --live": Shop.listen,
    "demitasse enroll": Shop.enroll,
    "demitasse run": Shop.live,
    "demitasse consent grant": Shop.consent,
    "demitasse call-me": Shop.call,
    "demitasse backtest": Shop.replay,
}


@pytest.fixture
def shop(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Shop]:
    """Return a table with everything on it that the guide begins with."""
    monkeypatch.setattr("agent.identity.enrolment_line.ALERT_WITHIN_S", 0.5)
    monkeypatch.chdir(tmp_path)
    with ExitStack() as stack:
        yield Shop(tmp_path, stack, monkeypatch)


def test_from_unpacking_to_the_first_case_every_command_does_what_it_says(shop: Shop) -> None:
    for command in commands():
        if command not in ELSEWHERE:
            shop.run(command)
    assert shop._cases() == 1


def test_what_is_run_elsewhere_stands_in_the_guide_and_has_somebody_who_runs_it() -> None:
    assert set(ELSEWHERE) <= set(commands())
    for command, (program, words) in ELSEWHERE.items():
        assert words in (ROOT / program).read_text(encoding="utf-8"), command
