"""A real Mosquitto on a free port of this machine, for as long as a test needs it.

    with mosquitto(tmp_path) as broker:             # plain, for whoever connects
        ...
    with mosquitto(tmp_path, conf=text) as broker:  # ``listener PORT`` in it is replaced
    with mosquitto(tmp_path, port=before.port):     # where one has been before

A broker that does not answer within ten seconds fails the test with its own log.
"""

import os
import re
import shutil
import socket
import subprocess
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

import pytest

# Debian puts the broker where only root looks.
MOSQUITTO = shutil.which("mosquitto", path=f"{os.environ.get('PATH', '')}:/usr/sbin")

needs_mosquitto = pytest.mark.skipif(MOSQUITTO is None, reason="mosquitto is not installed")

PLAIN = """
listener PORT 127.0.0.1
allow_anonymous true
persistence false
"""

_START_WITHIN_S = 10.0


@dataclass(frozen=True, kw_only=True)
class Broker:
    """Where a running broker listens, and what it says."""

    host: str
    port: int
    log: Path
    process: subprocess.Popen[bytes]


@contextmanager
def mosquitto(folder: Path, *, conf: str = PLAIN, port: int | None = None) -> Iterator[Broker]:
    """Run a broker with ``conf``, on a free port by default, until the block ends."""
    assert MOSQUITTO is not None, "mark the test with needs_mosquitto"
    broker = _start(folder, conf, _free_port() if port is None else port)
    try:
        yield broker
    finally:
        broker.process.terminate()
        broker.process.wait(10)


def _start(folder: Path, conf: str, port: int) -> Broker:
    conf = re.sub(r"(?m)^listener \S+( \S+)?$", f"listener {port} 127.0.0.1", conf)
    if os.geteuid() == 0:
        # Otherwise it becomes its own user, who may not read a test's folder.
        conf += "\nuser root\n"
    file, log = folder / "mosquitto.conf", folder / "mosquitto.log"
    file.write_text(conf, encoding="utf-8")
    with log.open("wb") as stream:
        process = subprocess.Popen(
            [str(MOSQUITTO), "-c", str(file)], stdout=stream, stderr=subprocess.STDOUT
        )
    broker = Broker(host="127.0.0.1", port=port, log=log, process=process)
    try:
        _wait_until_it_listens(broker)
    except BaseException:
        process.kill()
        process.wait()
        raise
    return broker


def _free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


def _wait_until_it_listens(broker: Broker) -> None:
    deadline = time.monotonic() + _START_WITHIN_S
    while time.monotonic() < deadline and broker.process.poll() is None:
        try:
            socket.create_connection((broker.host, broker.port), timeout=1).close()
        except OSError:
            time.sleep(0.02)
        else:
            return
    log = broker.log.read_text(encoding="utf-8", errors="replace")
    pytest.fail(f"mosquitto did not start:\n{log}")
