"""What two web workers and the intake hold together, as the kernel counts it.

The desk is started as ``serve`` starts it, with a second worker of the console, and is asked
for pages until both have answered many. Memory that processes share is counted once (PSS).
The broker is not there: the intake tries again and again, and does its chores meanwhile.
"""
# Django is set up in the process that does the work, and what needs it is imported there.
# ruff: noqa: PLC0415

import functools
import http.client
import os
import signal
import subprocess
import sys
from pathlib import Path
from urllib.parse import urlsplit

from scripts.benchmarks.desk.databases import Desk, WorkFailed

WEB_WORKERS = 2
REQUESTS = 200


def web_and_intake_pss_mib(desk: Desk) -> float:
    """Return how much memory all processes of the desk have together."""
    command = [sys.executable, "-P", "-m", "scripts.benchmarks.desk.memory", str(desk.config)]
    with subprocess.Popen(
        command, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True
    ) as process:
        try:
            assert process.stdout is not None
            _ready, _sep, url = process.stdout.readline().strip().partition(" ")
            if not url:
                raise WorkFailed("the desk did not start")
            for _ in range(REQUESTS):
                _ask(urlsplit(url).netloc)
            return round(sum(map(_pss_kib, _family(process.pid))) / 1024, 1)
        finally:
            process.send_signal(signal.SIGTERM)


def _ask(address: str) -> None:
    connection = http.client.HTTPConnection(address, timeout=30)
    connection.request("GET", "/login")
    connection.getresponse().read()
    connection.close()


def _family(pid: int) -> list[int]:
    children = Path(f"/proc/{pid}/task/{pid}/children").read_text(encoding="ascii").split()
    return [pid, *(one for child in children for one in _family(int(child)))]


def _pss_kib(pid: int) -> int:
    lines = Path(f"/proc/{pid}/smaps_rollup").read_text(encoding="ascii").splitlines()
    return next(int(line.split()[1]) for line in lines if line.startswith("Pss:"))


def _serve(config_path: Path) -> int:
    from escalation import startup

    config = startup.start_initialised(config_path)
    from escalation import serving
    from escalation.broker import post

    listener = serving.bind("127.0.0.1", 0)

    class TwoWorkers(serving.WebServer):
        def load_config(self) -> None:
            super().load_config()
            self.cfg.set("workers", WEB_WORKERS)

    children: dict[str, serving.Child] = {
        "the console": lambda ready: TwoWorkers(listener, ready).run(),
        "the intake": functools.partial(post.run, config.broker.for_worker(1), config.intake),
    }
    return serving.serve(listener, config.web, children)


if __name__ == "__main__":
    os.environ.setdefault("PYTHONUNBUFFERED", "1")
    sys.exit(_serve(Path(sys.argv[1])))
