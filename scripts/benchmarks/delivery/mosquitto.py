"""A real Mosquitto that can be killed and started again, with all it keeps in one folder.

with closing(Mosquitto(folder)) as broker:
    ...
"""

import os
import pwd
import signal
import socket
import subprocess
import time
from pathlib import Path

from scripts.first_cup.broker import find_free_port, find_mosquitto
from wire.options import ConfigError

READY_WITHIN_S = 20.0

CONFIG = """\
listener {port} 127.0.0.1
allow_anonymous true
persistence true
persistence_location {folder}/
autosave_interval 1
autosave_on_changes true
max_queued_messages 100000
max_inflight_messages 1000
user {user}
log_dest file {folder}/mosquitto.log
log_type {log}
"""


class Mosquitto:
    """A broker on ``port`` of this computer."""

    def __init__(self, folder: Path, *, log: str = "error") -> None:
        """Start it; ``log`` is one of Mosquitto's log types, such as ``all``."""
        self._program = find_mosquitto()
        if self._program is None:
            raise ConfigError("mosquitto is not installed: run `sudo apt install mosquitto`")
        folder.mkdir(parents=True, exist_ok=True)
        self.folder = folder
        self.port = find_free_port()
        user = pwd.getpwuid(os.geteuid()).pw_name
        self._config = folder / "mosquitto.conf"
        self._config.write_text(
            CONFIG.format(port=self.port, folder=folder, user=user, log=log)
        )
        self.start()

    @property
    def pid(self) -> int:
        """Of its process."""
        return self._process.pid

    def start(self) -> None:
        """Start it, and wait until it answers."""
        assert self._program is not None
        self._process = subprocess.Popen(
            [self._program, "-c", str(self._config)],
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
        )
        deadline = time.monotonic() + READY_WITHIN_S
        while time.monotonic() < deadline:
            try:
                socket.create_connection(("127.0.0.1", self.port), timeout=1.0).close()
                return
            except OSError:
                time.sleep(0.01)
        raise ConfigError(f"mosquitto did not start: see {self.folder}/mosquitto.log")

    def close(self) -> None:
        """End it in the middle of whatever it does."""
        self._process.kill()
        self._process.wait()

    def restart(self) -> None:
        """Kill it, and start it again where it was."""
        self.close()
        self.start()

    def stop(self) -> None:
        """Let it write what it keeps, and end it."""
        self._process.send_signal(signal.SIGTERM)
        self._process.wait()

    def kept(self) -> dict[str, bytes]:
        """Return every file it has written."""
        return {file.name: file.read_bytes() for file in self.folder.iterdir()}
