"""The desk of one demonstration: the real ``demitasse-desk``, in a folder of its own.

Everything is done through its command line, as an operator would: ``init``, three staff
accounts, a bundle, ``serve``. It lives on SQLite and on the demonstration's clock, is
reachable from this computer alone, and ends with the demonstration.

    with Desk(folder, broker_port=1883, timezone="Europe/Paris", language=Language.FR) as desk:
        bundle = desk.bundle()
        answer = desk.sign(request)
        desk.time_is(now)
        console = desk.serve()
"""

import os
import secrets
import subprocess
import sys
from collections.abc import Mapping
from datetime import UTC, datetime
from pathlib import Path

from scripts.first_cup.child import Child, ChildError
from scripts.first_cup.steps import Login
from scripts.first_cup.stoppable import Stoppable
from wire.messages import Language

COMMAND_WITHIN_S = 60.0
READY_WITHIN_S = 60.0
STOP_WITHIN_S = 15.0
"""Longer than the desk gives its own two processes to end."""

STAFF = (("Camille", "reviewer"), ("Malik", "technician"), ("Dominique", "supervisor"))

PASSWORD_WORDS = (
    *("arabica", "cannelle", "cardamome", "chicoree", "crema", "filtre", "moka"),
    *("mousse", "noisette", "percolateur", "ristretto", "sucre", "vanille", "zeste"),
)
"""Easy to type from one window into another; the desk is reachable from here alone."""

CONFIG = """\
[web]
host = "127.0.0.1"
port = 0
timezone = "{timezone}"

[database]
path = "desk.sqlite3"

[broker]
host = "127.0.0.1"
port = {broker_port}

[keys]
folder = "keys"
"""


class Desk(Stoppable):
    """A desk with its staff, ready to let a device in and to serve."""

    def __init__(
        self, folder: Path, *, broker_port: int, timezone: str, language: Language
    ) -> None:
        folder.mkdir(mode=0o700, parents=True, exist_ok=True)
        self._folder = folder
        self._config = folder / "desk.toml"
        self._config.write_text(CONFIG.format(broker_port=broker_port, timezone=timezone))
        self._clock_file = folder / "now.txt"
        self._child: Child | None = None
        self._run("init")
        self.logins = tuple(
            self._add_staff(first_name, role, language) for first_name, role in STAFF
        )

    def bundle(self) -> str:
        """Return what a device needs to be told, in a file."""
        self._run("authority", "init")
        return self._run("authority", "bundle")

    def sign(self, request: Path) -> str:
        """Return the answer to a device's request, in a file."""
        return self._run("authority", "sign", str(request.resolve()))

    def time_is(self, now: datetime) -> None:
        """Tell the desk what time it is in the demonstration."""
        # Replaced as a whole: the desk must never read half a time.
        fresh = self._clock_file.with_suffix(".new")
        fresh.write_text(now.astimezone(UTC).isoformat(), encoding="ascii")
        fresh.replace(self._clock_file)

    def serve(self) -> str:
        """Start console and intake; return the console's address once both answer."""
        self._child = Child(
            "desk",
            (*_desk_command(self._config), "serve", "--clock-file", str(self._clock_file)),
            folder=self._folder,
            environment=_environment(),
        )
        return self._child.await_ready(self._ready_url, within_s=READY_WITHIN_S)

    def login_of(self, role: str) -> Login:
        """Return the account of the first person with ``role``."""
        return next(login for login in self.logins if login.role == role)

    def stop(self) -> None:
        """End console and intake; may be called twice."""
        if self._child is not None:
            self._child.stop(within_s=STOP_WITHIN_S)

    def _ready_url(self) -> str | None:
        said = (self._folder / "desk.out").read_text(encoding="utf-8")
        for line in said.splitlines(keepends=True):
            if line.startswith("ready ") and line.endswith("\n"):
                return line.split()[1]
        return None

    def _add_staff(self, first_name: str, role: str, language: Language) -> Login:
        username, password = first_name.lower(), make_password()
        who = ("staff", "add", username, "--first-name", first_name, "--role", role)
        trained = ("--skill", "care") if role == "reviewer" else ()
        self._run(
            *who, *trained, "--language", language, "--password-stdin", stdin=password + "\n"
        )
        return Login(first_name=first_name, username=username, password=password, role=role)

    def _run(self, *arguments: str, stdin: str = "") -> str:
        try:
            done = subprocess.run(
                (*_desk_command(self._config), *arguments),
                input=stdin,
                capture_output=True,
                text=True,
                cwd=self._folder,
                env={**os.environ, **_environment()},
                timeout=COMMAND_WITHIN_S,
                check=True,
            )
        except subprocess.CalledProcessError as error:
            said = (error.stderr or error.stdout).strip()
            raise ChildError(f"demitasse-desk {arguments[0]} failed:\n{said}") from None
        except subprocess.TimeoutExpired:
            raise ChildError(
                f"demitasse-desk {arguments[0]} took longer than {COMMAND_WITHIN_S:g} s"
            ) from None
        return done.stdout


def make_password() -> str:
    """Return a password such as ``moka-vanille-4821``, new for each demonstration."""
    words = secrets.SystemRandom().sample(PASSWORD_WORDS, 2)
    return "-".join((*words, f"{secrets.randbelow(9000) + 1000}"))


def _desk_command(config: Path) -> tuple[str, ...]:
    return (sys.executable, "-P", "-m", "escalation.main", "--config", str(config))


def _environment() -> Mapping[str, str]:
    # The child finds the packages where this process has found them.
    return {"PYTHONPATH": str(Path(__file__).resolve().parents[2])}
