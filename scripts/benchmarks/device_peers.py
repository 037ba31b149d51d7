"""The three that are measured: the device, a bare script, and a ThingsBoard gateway.

Each is started on a port and a broker's port, and told how to hear that something has
arrived: the device by its live stream, since what it sends over MQTT waits for its slot by
design and says nothing about single readings; the other two at the broker.
"""

import contextlib
import importlib.metadata
import json
import os
import re
import socket
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path

import paho.mqtt.client as mqtt
from paho.mqtt.enums import CallbackAPIVersion

from scripts.benchmarks.device_line import KINDS, SpeakingLine, of_temperature

ROOT = Path(__file__).resolve().parents[2]
GATEWAY = ROOT / ".demitasse" / "thingsboard"
UNIT = ROOT / "config" / "systemd" / "demitasse.service"
PROFILE = ROOT / "config" / "machines" / "reference.toml"
OURS = ("agent", "firmware_bridge", "wire")
GATEWAY_NEEDS = ("thingsboard-gateway", "pyserial")
"""Its serial connector would install the second by itself, in the middle of a measurement."""
INSTALL_WITHIN_S = 900
_LINES = ("bare/line", "v1/gateway/telemetry")
_ASKED = "v1/devices/me/rpc/request/"
_UNLIMITED = b'{"rateLimits":{},"gatewayRateLimits":{},"maxInflightMessages":1000}'
"""The gateway sends nothing before its platform has told it how much it may send."""


@dataclass(frozen=True, slots=True)
class Program:
    """How one of the three is started."""

    command: tuple[str, ...]
    folder: Path = ROOT
    environment: Mapping[str, str] = field(default_factory=dict)
    """What is said to it and to no other."""

    def start(self) -> "subprocess.Popen[bytes]":
        """Start it, and say nothing."""
        return subprocess.Popen(
            self.command,
            cwd=self.folder,
            env={**_environment(), **self.environment},
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
        )


# ------------------------------------------------------------------------------- the device


def make_home(folder: Path, port: str, broker_port: int) -> Path:
    """Return ``agent.toml`` of a home with six weeks behind it."""
    command = [sys.executable, "-m", "scripts.benchmarks.device_home", "learn", str(folder)]
    subprocess.run(command, cwd=ROOT, check=True, env=_environment())
    config = folder / "agent.toml"
    config.write_text(
        f'[device]\nstate_dir = "state"\n[machine]\nprofile = "{PROFILE}"\nport = "{port}"\n'
        f'[broker]\nhost = "127.0.0.1"\nport = {broker_port}\n[delivery]\nslot_s = 10\n',
        encoding="utf-8",
    )
    return config


def ours(config: Path) -> Program:
    """Return how the device is started."""
    module = "scripts.benchmarks.device_home"
    words = (sys.executable, "-P", "-m", module, "run", str(config))
    return Program(words, environment=environment_of(UNIT))


def environment_of(unit: Path) -> dict[str, str]:
    """Return what ``unit`` says to the program that it starts."""
    said = re.findall(r"(?m)^Environment=(.+)$", unit.read_text(encoding="utf-8"))
    return dict(word.split("=", 1) for words in said for word in words.split())


@contextmanager
def overhearing(stream: Path, line: SpeakingLine) -> Iterator[None]:
    """Tell ``line`` what the device's live stream tells."""
    over = threading.Event()

    def listen() -> None:
        while not over.is_set():
            with contextlib.suppress(OSError), socket.socket(socket.AF_UNIX) as door:
                door.connect(str(stream))
                for text in door.makefile("rb"):
                    _hear(json.loads(text), line)
                    if over.is_set():
                        return
            time.sleep(0.002)

    with _beside(listen, over):
        yield


def _hear(reading: dict[str, object], line: SpeakingLine) -> None:
    value = reading.get("value")
    if reading.get("quantity") == "boiler_temp_c" and isinstance(value, float):
        line.heard(of_temperature(value))


# ------------------------------------------------------------------------ the other two


def bare(port: str, broker_port: int) -> Program:
    """Return how the bare script is started."""
    script = Path(__file__).with_name("device_bare.py")
    return Program((sys.executable, str(script), port, str(broker_port)))


def install_gateway() -> str:
    """Install the ThingsBoard gateway unless it is there; return why that failed, or ``""``."""
    done = GATEWAY / "installed"
    if done.exists():
        return ""
    GATEWAY.parent.mkdir(exist_ok=True)
    make = [sys.executable, "-m", "venv", "--clear", str(GATEWAY)]
    install = [_gateway_python(), "-m", "pip", "--quiet", "install", *GATEWAY_NEEDS]
    for command in (make, install):
        try:
            subprocess.run(command, check=True, capture_output=True, timeout=INSTALL_WITHIN_S)
        except (OSError, subprocess.SubprocessError) as error:
            return f"{command[2]} failed: {error}"
    done.touch()
    return ""


def gateway(folder: Path, port: str, broker_port: int) -> Program:
    """Write the gateway's configuration; return how it is started."""
    folder.mkdir()
    (folder / "logs").mkdir()
    storage = {"type": "sqlite", "data_file_path": f"{folder}/data/"}
    connector = {"name": "Line", "type": "serial", "class": "SerialConnector"}
    connector["configuration"] = "line.json"
    security = {"type": "accessToken", "accessToken": "bench"}
    broker = {"host": "127.0.0.1", "port": broker_port, "security": security, "qos": 1}
    plain = {
        "thingsboard": {**broker, "remoteShell": False, "remoteConfiguration": False},
        "storage": storage,
        "grpc": {"enabled": False},
        "connectors": [connector],
    }
    value = {"type": "int", "key": "n", "untilDelimiter": "\n"}
    machine = {"name": "machine", "type": "default", "port": port, "baudrate": 115200}
    machine |= {"converter": "SerialUplinkConverter", "telemetry": [value]}
    (folder / "tb_gateway.json").write_text(json.dumps(plain))
    (folder / "line.json").write_text(json.dumps({"name": "Line", "devices": [machine]}))
    logs = {"version": 1, "handlers": {}, "loggers": {}}
    (folder / "logs.json").write_text(json.dumps(logs))
    command = (_gateway_python(), "-m", "thingsboard_gateway.tb_gateway")
    return Program(command, folder, {"TB_GW_CONFIG_DIR": str(folder)})


@contextmanager
def at_the_broker(broker_port: int, line: SpeakingLine) -> Iterator[None]:
    """Tell ``line`` which of its things arrive at the broker."""
    client = mqtt.Client(CallbackAPIVersion.VERSION2, protocol=mqtt.MQTTv5)

    def on_message(_client: mqtt.Client, _data: object, message: mqtt.MQTTMessage) -> None:
        if message.topic.startswith(_ASKED):
            client.publish(message.topic.replace("request", "response"), _UNLIMITED)
        else:
            _heard(bytes(message.payload), line)

    client.on_message = on_message
    client.connect("127.0.0.1", broker_port)
    client.subscribe([(topic, 0) for topic in (*_LINES, f"{_ASKED}+")])
    client.loop_start()
    try:
        yield
    finally:
        client.loop_stop()


def _heard(payload: bytes, line: SpeakingLine) -> None:
    for found in re.finditer(rb"(?<!\d)1(0\d\d)(?!\d)", payload):
        line.heard(int(found[1]) % KINDS)


# -------------------------------------------------------------------------- what they weigh


def weight_mib(names: tuple[str, ...], *, project: bool) -> float:
    """Return the size of the distributions ``names``, and of the device's own packages."""
    files = [path for name in names for path in _files_of(name)]
    if project:
        files += [path for one in OURS for path in (ROOT / one).rglob("*") if _counts(path)]
    return _mib(files)


def device_distributions() -> tuple[str, ...]:
    """Return what a device installs beside itself."""
    lock = (ROOT / "scripts" / "locks" / "device.txt").read_text(encoding="utf-8")
    return tuple(re.findall(r"(?m)^([A-Za-z0-9._-]+)==", lock))


def gateway_mib() -> float:
    """Return the size of all that the gateway needs."""
    libraries = GATEWAY / "lib"
    return _mib([path for path in libraries.rglob("*") if _counts(path)])


def _files_of(name: str) -> Iterator[Path]:
    try:
        found = importlib.metadata.distribution(name).files or []
    except importlib.metadata.PackageNotFoundError:
        return  # for another system or another Python
    yield from (path for file in found if _counts(path := Path(str(file.locate()))))


def _counts(path: Path) -> bool:
    return path.is_file() and path.suffix != ".pyc"


def _mib(files: list[Path]) -> float:
    return round(sum(path.stat().st_size for path in files) / 2**20, 1)


def _gateway_python() -> str:
    return str(GATEWAY / "bin" / "python")


def _environment() -> dict[str, str]:
    return {**os.environ, "PYTHONPATH": str(ROOT)}


@contextmanager
def _beside(work: Callable[[], None], over: threading.Event) -> Iterator[None]:
    thread = threading.Thread(target=work, daemon=True)
    thread.start()
    try:
        yield
    finally:
        over.set()
        thread.join(5)
