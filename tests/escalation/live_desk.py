"""A whole desk as its operator runs it: the command, real processes, a real broker's port.

desk = LiveDesk(tmp_path, broker_port=broker.port)
home = desk.enroll(call_me="Madeleine")
with desk.serve() as serving, Line(home, broker.port) as line:
    line.send(home.alert())
    line.wait_for("ack")
"""

import json
import os
import queue
import select
import subprocess
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from types import TracebackType
from typing import Any, Self

import paho.mqtt.client as mqtt
from paho.mqtt.enums import CallbackAPIVersion

from tests.escalation.household import Household
from tests.waiting import until
from wire.keys import PublicKeys
from wire.messages import Ack, Message
from wire.sealing import Opened

ROOT = Path(__file__).parents[2]
WITHIN_S = 30.0
DONE_WITHIN_S = 180.0
"""A command that makes a database takes two seconds, and a minute where ten others do."""
PASSWORD = "a long enough password"

ENROL = """
import json, sys
from datetime import UTC, datetime
from pathlib import Path
from escalation import startup
startup.start_initialised(Path(sys.argv[1]))
from escalation import desk
from escalation.models import Device
for said in json.load(sys.stdin):
    Device.objects.create(
        device_id=said["device"], public_keys=said["keys"], enrolled_at=datetime.now(UTC)
    )
print(json.dumps(desk.identity().keys.public().to_json()))
"""
"""As if the device had enrolled: these tests are about what comes afterwards."""

QUERY = """
import json, sys
from pathlib import Path
from escalation import startup
startup.start_initialised(Path(sys.argv[1]))
from escalation import models
model, field = json.load(sys.stdin)
print(json.dumps(list(getattr(models, model).objects.values_list(field, flat=True))))
"""


def pids_of_group(group: int) -> list[int]:
    """Return the processes that still belong to this process group."""
    found = []
    for stat in Path("/proc").glob("[0-9]*/stat"):
        try:
            fields = stat.read_text().rpartition(")")[2].split()
        except OSError:
            continue
        if int(fields[2]) == group and fields[0] != "Z":
            found.append(int(stat.parent.name))
    return found


@dataclass(frozen=True)
class Serving:
    """A desk that serves."""

    url: str
    process: subprocess.Popen[str]
    log: Path

    def until(self, holds: Callable[[], object], what: str) -> None:
        """Wait for what this desk is to bring about, for as long as it lives."""
        until(holds, what, by=self.process, log=self.log)


class LiveDesk:
    """A desk in a folder of its own."""

    def __init__(
        self, folder: Path, *, broker_port: int = 1, extra: str = "", database_url: str = ""
    ) -> None:
        """Write ``desk.toml`` and make keys and database."""
        self._folder = folder
        self.config = folder / "desk.toml"
        self.config.write_text(
            f'[web]\nport = 0\n[database]\npath = "desk.sqlite3"\n'
            f'url = "{database_url}"\n[keys]\nfolder = "keys"\n'
            f"[broker]\nport = {broker_port}\n{extra}",
            encoding="utf-8",
        )
        self.must("init")

    def run(self, *arguments: str, stdin: str = "") -> subprocess.CompletedProcess[str]:
        """Run the command to its end."""
        return subprocess.run(
            self._command(*arguments),
            input=stdin,
            capture_output=True,
            text=True,
            env=self._environment(),
            timeout=DONE_WITHIN_S,
            check=False,
        )

    def must(self, *arguments: str, stdin: str = "") -> str:
        """Run the command, which has to succeed, and return what it says."""
        done = self.run(*arguments, stdin=stdin)
        assert done.returncode == 0, done.stderr
        return done.stdout

    def staff(
        self, username: str, role: str, language: str = "en", *, trained: bool = True
    ) -> None:
        """Make an account; a reviewer is vouched for, unless told otherwise."""
        skill = ("--skill", "care") if trained and role == "reviewer" else ()
        self.must(
            *("staff", "add", username, "--first-name", username.title(), "--role", role),
            *skill,
            *("--language", language, "--password-stdin"),
            stdin=PASSWORD + "\n",
        )

    def enroll(self, **changes: Any) -> Household:
        """Return a household that is enrolled and lives now."""
        (home,) = self.enroll_many(1, **changes)
        return home

    def enroll_many(self, number: int, **changes: Any) -> list[Household]:
        """Return households that are enrolled and live now."""
        changes.setdefault("now", datetime.now(UTC))
        homes = [Household(desk=None, **changes) for _ in range(number)]  # type: ignore[arg-type]
        said = self.ask(ENROL, json.dumps([home.enrolment() for home in homes]))
        for home in homes:
            home.desk = PublicKeys.from_json(json.loads(said))
        return homes

    def query(self, model: str, field: str) -> list[Any]:
        """Return what the desk's database says, whichever database that is."""
        return list(json.loads(self.ask(QUERY, json.dumps([model, field]))))

    def count(self, model: str) -> int:
        """Return how many rows of ``model`` there are."""
        return len(self.query(model, "pk"))

    def ask(self, program: str, stdin: str) -> str:
        """Run ``program`` with the configuration as its argument; return what it prints."""
        done = subprocess.run(
            [sys.executable, "-c", program, str(self.config)],
            input=stdin,
            capture_output=True,
            text=True,
            env=self._environment(),
            timeout=DONE_WITHIN_S,
            check=False,
        )
        assert done.returncode == 0, done.stderr
        return done.stdout

    @contextmanager
    def serve(self, *arguments: str, command: str = "serve") -> Iterator[Serving]:
        """Run ``serve``, or ``intake``, until the block ends."""
        log = self._folder / "desk.err"
        with log.open("a") as stderr:
            process = subprocess.Popen(
                self._command(command, *arguments),
                stdout=subprocess.PIPE,
                stderr=stderr,
                text=True,
                env=self._environment(),
                start_new_session=True,
            )
        try:
            yield Serving(url=_ready(process, log), process=process, log=log)
        finally:
            process.terminate()
            process.wait(WITHIN_S)
            assert process.stdout is not None
            process.stdout.close()

    def _command(self, *arguments: str) -> list[str]:
        return [
            sys.executable,
            "-m",
            "escalation.main",
            "--config",
            str(self.config),
            *arguments,
        ]

    def _environment(self) -> dict[str, str]:
        # These tests may run in a process that has named another desk to Django already.
        kept = {
            k: v for k, v in os.environ.items() if not k.startswith(("DEMITASSE", "DJANGO"))
        }
        return {**kept, "PYTHONPATH": str(ROOT)}


def _ready(process: subprocess.Popen[str], log: Path) -> str:
    """Return what the desk says it is ready at, or fail with its log."""
    assert process.stdout is not None
    readable, _, _ = select.select([process.stdout], [], [], WITHIN_S)
    said = process.stdout.readline().split() if readable else []
    assert said[:1] == ["ready"], log.read_text()
    return said[1]


class Line:
    """The MQTT connection of one household."""

    def __init__(self, home: Household, port: int) -> None:
        """Connect as the household's device would."""
        self._home = home
        self._port = port
        self._arrived: queue.Queue[Opened] = queue.Queue()
        self._subscribed: queue.Queue[bool] = queue.Queue()
        self._client = mqtt.Client(
            CallbackAPIVersion.VERSION2, client_id=home.device_id, protocol=mqtt.MQTTv5
        )
        self._client.on_message = lambda c, d, m: self._arrived.put(home.open(bytes(m.payload)))
        self._client.on_subscribe = lambda *_: self._subscribed.put(True)

    def send(self, message: Message, **header: Any) -> bytes:
        """Seal and send, and wait until the broker has it; return the envelope."""
        envelope = self._home.seal(message, **header)
        self.send_bytes(envelope)
        return envelope

    def send_bytes(self, envelope: bytes, topic: str | None = None) -> None:
        """Send any bytes, on the household's own topic if no other is named."""
        sent = self._client.publish(topic or self._home.up, envelope, qos=1)
        sent.wait_for_publish(WITHIN_S)

    def wait_for(self, type_: str) -> Opened:
        """Return the next message of this type; others before it are passed over."""
        while True:
            opened = self._arrived.get(timeout=WITHIN_S)
            if opened.header.type == type_:
                return opened

    def wait_for_outcome(self, outcome: str) -> Ack:
        """Return the next acknowledgement that says ``outcome``."""
        while True:
            message = self.wait_for("ack").message
            if isinstance(message, Ack) and message.outcome == outcome:
                return message

    def __enter__(self) -> Self:
        self._client.connect("127.0.0.1", self._port)
        self._client.loop_start()
        self._client.subscribe(f"demitasse/1/{self._home.device_id}/down", qos=1)
        assert self._subscribed.get(timeout=WITHIN_S)
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        self._client.disconnect()
        self._client.loop_stop()
