"""A throwaway PostgreSQL on a free port of this machine, for as long as a test needs it.

    with postgresql() as url:
        ...                             # postgresql://demitasse@127.0.0.1:54321/postgres

The cluster lies in a folder of its own and is deleted with it. PostgreSQL refuses to run as
root; then it runs as the user ``postgres`` that its package has made. ``durable=False`` leaves
out what only a power cut would show.
"""

import os
import pwd
import shutil
import socket
import subprocess
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

USER = "demitasse"
_START_WITHIN_S = 30.0


def _program(name: str) -> str | None:
    # Debian keeps the server's programs apart, a folder a version.
    folders = sorted(Path("/usr/lib/postgresql").glob("*/bin"), reverse=True)
    return shutil.which(name, path=os.pathsep.join([*map(str, folders), os.environ["PATH"]]))


POSTGRES, INITDB = _program("postgres"), _program("initdb")

needs_postgresql = pytest.mark.skipif(POSTGRES is None, reason="postgresql is not installed")


@contextmanager
def postgresql(*, durable: bool = False, **more: str) -> Iterator[str]:
    """Run a server with ``more`` settings until the block ends; yield its address."""
    assert POSTGRES is not None, "mark the test with needs_postgresql"
    assert INITDB is not None
    with tempfile.TemporaryDirectory(prefix="postgresql-", ignore_cleanup_errors=True) as name:
        folder, owner = Path(name), None
        if os.geteuid() == 0:
            owner = "postgres"
            os.chown(folder, pwd.getpwnam(owner).pw_uid, -1)
        _run([INITDB, "-D", f"{name}/data", "-U", USER, "-A", "trust", "-N"], owner)
        port = _free_port()
        options = {
            "listen_addresses": "127.0.0.1",
            "port": str(port),
            "unix_socket_directories": name,
            **({} if durable else {"fsync": "off", "full_page_writes": "off"}),
            **more,
        }
        settings = [part for key, value in options.items() for part in ("-c", f"{key}={value}")]
        with (folder / "log").open("wb") as log:
            process = subprocess.Popen(
                [POSTGRES, "-D", f"{name}/data", *settings],
                stdout=log,
                stderr=subprocess.STDOUT,
                cwd=name,
                user=owner,
                start_new_session=True,
            )
        try:
            _wait_until_it_answers(folder, port, process)
            yield f"postgresql://{USER}@127.0.0.1:{port}/postgres"
        finally:
            # SIGQUIT: at once, without waiting for anybody to hang up.
            process.send_signal(3)
            process.wait(10)


def _run(command: list[str], owner: str | None) -> None:
    done = subprocess.run(
        command, capture_output=True, text=True, check=False, user=owner, cwd="/"
    )
    assert done.returncode == 0, done.stderr


def _free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


def _wait_until_it_answers(folder: Path, port: int, process: subprocess.Popen[bytes]) -> None:
    ready = _program("pg_isready")
    assert ready is not None
    deadline = time.monotonic() + _START_WITHIN_S
    while time.monotonic() < deadline and process.poll() is None:
        asked = subprocess.run(
            [ready, "-h", "127.0.0.1", "-p", str(port)], capture_output=True, check=False
        )
        if asked.returncode == 0:
            return
        time.sleep(0.05)
    pytest.fail(f"postgresql did not start:\n{(folder / 'log').read_text(errors='replace')}")
