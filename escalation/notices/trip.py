"""A short-lived process that carries a handful of notices; apprise lives there and only there.

Three reasons: whatever hangs is ended from outside without ending anything else; a desk with
nothing to tell pays no memory for it; and no library that logs or stores addresses runs where
the desk's keys are.
"""

import contextlib
import json
import os
import subprocess
import sys
import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

WITHIN_S = 25
"""How long a trip may take; then it is ended, and what it had not answered failed."""
CHECK_WITHIN_S = 10.0
PROGRAM = ("-P", "-m", "escalation.notices.handing_over")
KEPT = ("PATH", "LANG", "LC_ALL", "SSL_CERT_FILE", "SSL_CERT_DIR", "REQUESTS_CA_BUNDLE")
"""What of the environment goes along; the proxies do as well (``*_proxy``)."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Load:
    """One notice as it is handed over."""

    number: int
    url: str
    title: str
    body: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Return:
    """What became of one load."""

    number: int
    sent: bool
    certain: bool
    """False if the trip ended before it knew: it may have arrived."""


class Trip:
    """One process on its way."""

    def __init__(self, loads: Sequence[Load], *, within_s: float = WITHIN_S) -> None:
        """Send it off with ``loads``."""
        self._out = {load.number for load in loads}
        self._ends_at = time.monotonic() + within_s
        self._rest = b""
        self._process = _start(str(max(1, round(within_s))))
        assert self._process.stdin is not None
        assert self._process.stdout is not None
        os.set_blocking(self._process.stdout.fileno(), False)
        lines = (
            {"id": one.number, "url": one.url, "title": one.title, "body": one.body}
            for one in loads
        )
        said = "".join(json.dumps(line) + "\n" for line in lines).encode()
        with contextlib.suppress(BrokenPipeError), self._process.stdin as stdin:
            stdin.write(said)

    def returns(self) -> list[Return]:
        """Return what is known since the last look; nothing is returned twice."""
        found = self._read()
        if self._out and (self._process.poll() is not None or self._is_late()):
            found += self._read()
            found += [Return(number=n, sent=False, certain=False) for n in sorted(self._out)]
            self._out.clear()
        if not self._out:
            self._finish()
        return found

    @property
    def over(self) -> bool:
        """Whether everything has come back."""
        return not self._out

    def _is_late(self) -> bool:
        return time.monotonic() >= self._ends_at

    def _read(self) -> list[Return]:
        assert self._process.stdout is not None
        self._rest += self._process.stdout.read() or b""
        *lines, self._rest = self._rest.split(b"\n")
        found = []
        for line in lines:
            try:
                said = json.loads(line)
                number, sent = int(said["id"]), said["sent"] is True
            except (ValueError, KeyError, TypeError):
                continue  # Some library has printed something of its own.
            if number in self._out:
                self._out.remove(number)
                found.append(Return(number=number, sent=sent, certain=True))
        return found

    def _finish(self) -> None:
        assert self._process.stdout is not None
        self._process.kill()
        self._process.wait()
        self._process.stdout.close()


def understood(url: str) -> bool:
    """Return whether apprise understands this address; nothing is sent."""
    process = _start("check")
    try:
        said, _ = process.communicate(url.encode(), timeout=CHECK_WITHIN_S)
        return bool(json.loads(said)["understood"])
    except (subprocess.TimeoutExpired, ValueError, KeyError):
        return False
    finally:
        process.kill()
        process.wait()


def _start(argument: str) -> "subprocess.Popen[bytes]":
    return subprocess.Popen(
        [sys.executable, *PROGRAM, argument],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        stderr=subprocess.DEVNULL,
        env=environment(os.environ),
        cwd="/",
    )


def environment(ours: Mapping[str, str]) -> dict[str, str]:
    """Return what of our own environment a short-lived process is given."""
    kept = {name: value for name, value in ours.items() if name in KEPT}
    proxies = {n: v for n, v in ours.items() if n.lower().endswith("_proxy")}
    # The package may lie beside the desk's folder instead of being installed.
    return {**kept, **proxies, "PYTHONPATH": str(Path(__file__).parents[2])}
