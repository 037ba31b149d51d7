"""An MQTT 5 broker of the demonstration's own: Mosquitto if it is there, else rumqttd.

Both listen on a free port of this computer alone and keep nothing on disk. Which brokers
were compared, and what they did, stands in ``docs/decisions/demo-broker.md``.

    with Broker(folder) as broker:
        connect("127.0.0.1", broker.port)
"""

import importlib.util
import os
import pwd
import shutil
import socket
import sys
from collections.abc import Callable, Sequence
from enum import StrEnum
from pathlib import Path

from scripts.first_cup.child import Child, ChildError
from scripts.first_cup.stoppable import Stoppable

READY_WITHIN_S = 10.0
"""Mosquitto answers within 10 ms and rumqttd within 70 ms on two cores; a Pi is slower."""
PORT_ATTEMPTS = 3
"""A port found free may be taken before the broker has it, though hardly three times."""


class BrokerKind(StrEnum):
    """A broker that the demonstration can start."""

    MOSQUITTO = "mosquitto"
    RUMQTTD = "rumqttd"


def choose(path: str | None = None) -> BrokerKind:
    """Return Mosquitto when it is on ``path`` (here by default), rumqttd otherwise."""
    if find_mosquitto(path):
        return BrokerKind.MOSQUITTO
    if importlib.util.find_spec("iotcore"):
        return BrokerKind.RUMQTTD
    raise ChildError(
        "there is no MQTT broker here: run `sudo apt install mosquitto`, "
        "or `pip install iotcore` in this environment"
    )


def find_mosquitto(path: str | None = None) -> str | None:
    """Return where Mosquitto is."""
    if path is None:
        # Debian keeps it in /usr/sbin, which is not on the PATH of everyone who may run it.
        path = os.pathsep.join((os.environ.get("PATH", ""), "/usr/sbin", "/usr/local/sbin"))
    return shutil.which("mosquitto", path=path)


class Broker(Stoppable):
    """A running broker on ``port`` of 127.0.0.1."""

    def __init__(
        self,
        folder: Path,
        *,
        kind: BrokerKind | None = None,
        free_port: Callable[[], int] | None = None,
    ) -> None:
        folder.mkdir(parents=True, exist_ok=True)
        self.kind = kind or choose()
        self._child, self.port = _start(self.kind, folder, free_port or find_free_port)

    @property
    def pid(self) -> int:
        return self._child.pid

    def stop(self) -> None:
        """End the broker; may be called twice."""
        self._child.stop()


def find_free_port() -> int:
    """Return a port of 127.0.0.1 that nobody listens on right now."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port: int = probe.getsockname()[1]
        return port


def _start(kind: BrokerKind, folder: Path, free_port: Callable[[], int]) -> tuple[Child, int]:
    for attempt in range(1, PORT_ATTEMPTS + 1):
        port = free_port()
        child = Child(kind, _command(kind, folder, port), folder=folder)
        try:
            child.await_ready(_Knock(child.pid, port).answered, within_s=READY_WITHIN_S)
        except ChildError:
            child.stop()
            if attempt == PORT_ATTEMPTS:
                raise
        else:
            return child, port
    raise AssertionError("the last attempt returns or raises")


class _Knock:
    def __init__(self, pid: int, port: int) -> None:
        self._pid = pid
        self._port = port

    def answered(self) -> bool | None:
        try:
            socket.create_connection(("127.0.0.1", self._port), timeout=1.0).close()
        except OSError:
            return None
        # Whoever took the port before our broker could would have answered just as well.
        return _listens(self._pid, self._port) or None


def _listens(pid: int, port: int) -> bool:
    """Tell from /proc whether process ``pid`` is the one that listens on ``port``."""
    rows = [line.split() for line in Path("/proc/net/tcp").read_text().splitlines()[1:]]
    # proc(5): column 1 is address:port, 3 the state (0A is LISTEN), 9 the socket's inode.
    inodes = {row[9] for row in rows if row[1].endswith(f":{port:04X}") and row[3] == "0A"}
    try:
        files = {os.readlink(file) for file in Path(f"/proc/{pid}/fd").iterdir()}
    except OSError:
        return False
    return any(f"socket:[{inode}]" in files for inode in inodes)


def _command(kind: BrokerKind, folder: Path, port: int) -> Sequence[str]:
    if kind is BrokerKind.MOSQUITTO:
        config = folder / "mosquitto.conf"
        user = pwd.getpwuid(os.geteuid()).pw_name
        config.write_text(MOSQUITTO_CONFIG.format(port=port, user=user))
        return (find_mosquitto() or "mosquitto", "-c", str(config))
    config = folder / "rumqttd.toml"
    config.write_text(RUMQTTD_CONFIG.format(port=port))
    # Below CRITICAL, rumqttd logs a line for every packet.
    options = ("--config", str(config), "--log-level", "CRITICAL")
    return (sys.executable, "-P", "-m", "iotcore", *options)


MOSQUITTO_CONFIG = """\
# Loopback only, for one demonstration: nobody else can reach it, so nobody signs in.
listener {port} 127.0.0.1
allow_anonymous true
persistence false
# The default of 1000 drops silently what a client that is away would have got.
max_queued_messages 10000
# It stays who it is: a process that changes its user is no longer ended with its parent.
user {user}
log_dest stderr
log_type error
log_type warning
"""

RUMQTTD_CONFIG = """\
id = 0

[router]
id = 0
max_connections = 50
max_outgoing_packet_count = 200
# A segment is one topic's backlog: 16 MiB hold four thousand envelopes.
max_segment_size = 16777216
max_segment_count = 4

# A v5 listener, and no v4 one: the reason codes of MQTT 5 are needed.
[v5.1]
name = "demonstration"
listen = "127.0.0.1:{port}"
next_connection_delay_ms = 1

[v5.1.connections]
connection_timeout_ms = 60000
max_payload_size = 20480
max_inflight_count = 100
dynamic_filters = true
"""
