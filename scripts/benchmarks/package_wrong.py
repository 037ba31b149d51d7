"""Wrong things given to an installed device: each refused with its reason, and nothing lost.

Every method gives one wrong thing, looks at what is said, takes it back, and returns ``True``
only if the reason was told, the version that was there still answers, and its state is as it
was, byte for byte.
"""

import contextlib
import json
import secrets
import sqlite3
import subprocess
import sys
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path

from cryptography import x509
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.serialization import Encoding
from cryptography.x509.oid import ExtendedKeyUsageOID, NameOID

from agent.assembly import STORE_FILE
from agent.identity.certificates import new_key, read_key
from agent.identity.desk_pin import DeskPin
from agent.store import VERSION
from scripts.benchmarks.package_system import CleanSystem
from wire import enrolment
from wire.enrolment import Bundle, BundleKind
from wire.keys import DeviceKeys
from wire.schema import encode

REFUSED = 2
BARE_SENSORS = '[machine]\nprofile = "machines/bare-sensors.toml"\nport = ""\n'

Said = subprocess.CompletedProcess[str]


class WrongThings:
    """What can be wrong on one installed device."""

    def __init__(self, system: CleanSystem) -> None:
        self._system = system
        self._desk = DeviceKeys.create()

    def architecture(self, foreign: Path) -> bool:
        """Give it a package for another processor."""
        lost = Lost(self._system)
        said = self._system.install(foreign)
        return _told(said, "does not match system", not lost())

    def package(self, package: Path) -> bool:
        """Give it half of a package."""
        lost = Lost(self._system)
        half = package.with_name("half.deb")
        half.write_bytes(package.read_bytes()[: package.stat().st_size // 2])
        return _told(self._system.install(half), "dpkg: error", not lost())

    def config(self) -> bool:
        """Cut its configuration off in the middle of a word."""
        file = self._system.config / "agent.toml"
        lost = Lost(self._system)
        with _other_text(file) as text:
            file.write_text(text[: text.index('"') + 3])
            return _told(self._run(), "agent.toml", not lost(), status=REFUSED)

    def chip(self) -> bool:
        """Let it read pins, on a computer that has none."""
        file = self._system.config / "conf.d" / "20-pins.toml"
        lost = Lost(self._system)
        file.write_text(BARE_SENSORS)
        try:
            return _told(self._run(), "no GPIO chip", not lost(), status=REFUSED)
        finally:
            file.unlink()

    def bundle(self) -> bool:
        """Give it a bundle that somebody has changed."""
        text = enrolment.write(self._bundle()).replace("desk.example", "evil.example")
        (self._system.folder / "tmp" / "bundle.json").write_text(text)
        lost = Lost(self._system)
        said = self._system.run_as_device("demitasse", "enroll", "/tmp/bundle.json")
        return _told(said, "the bundle was changed", not lost(), status=REFUSED)

    def certificate(self) -> bool:
        """Let its certificate end."""
        keys = self._system.state / "keys"
        device = DeviceKeys.from_json(json.loads((keys / "device.json").read_text()))
        files = {"tls.pem": self._ended(device.device_id), "desk.json": self._pin()}
        lost = Lost(self._system)
        for name, content in files.items():
            (keys / name).write_text(content)
            self._system.give_to_device(keys / name)
        said = self._system.run_as_device("demitasse", "check", "--json")
        for name in files:
            (keys / name).unlink()
        return _told(said, "certificate_ended", not lost())

    def later_store(self) -> bool:
        """Let it find a store that a later version has written."""
        self._set_version(VERSION + 1)
        try:
            lost = Lost(self._system)
            reason = "install the later Demitasse again"
            return _told(self._run(), reason, not lost(), status=REFUSED)
        finally:
            self._set_version(VERSION)

    def _run(self) -> Said:
        within = ("timeout", "60", "demitasse", "run")
        return self._system.run_as_device(
            "sh", "-c", f"cd /tmp && LG_WD=/tmp {' '.join(within)}"
        )

    def _set_version(self, version: int) -> None:
        with contextlib.closing(sqlite3.connect(self._system.state / STORE_FILE)) as db:
            db.execute(f"PRAGMA user_version = {version}")

    def _bundle(self) -> Bundle:
        now = datetime.now(UTC).replace(microsecond=0)
        bundle = Bundle(
            kind=BundleKind.V1,
            bundle_id=secrets.token_hex(16),
            secret=secrets.token_hex(32),
            device=None,
            issued_at=now,
            expires_at=now + timedelta(days=30),
            broker_host="desk.example",
            broker_port=8883,
            enrol_url="https://desk.example/enrol/certificate",
            authorities="none",
            desk_serial=1,
            desk_keys=self._desk.public().to_text(),
            signature="",
        )
        return enrolment.sign(bundle, self._desk.signer())

    def _pin(self) -> str:
        return encode(DeskPin.of(self._bundle())).decode() + "\n"

    def _ended(self, name: str) -> str:
        key = new_key()
        signer = read_key(key)
        subject = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, name)])
        ended = datetime.now(UTC) - timedelta(days=1)
        client = x509.ExtendedKeyUsage([ExtendedKeyUsageOID.CLIENT_AUTH])
        signed = (
            x509.CertificateBuilder(subject, subject, signer.public_key())
            .serial_number(x509.random_serial_number())
            .not_valid_before(ended - timedelta(days=30))
            .not_valid_after(ended)
            .add_extension(client, critical=False)
            .sign(signer, hashes.SHA256())
        )
        return key + signed.public_bytes(Encoding.PEM).decode()


class Lost:
    """Compares an installed device with what it was."""

    def __init__(self, system: CleanSystem) -> None:
        self._system = system
        self._before = self._everything()

    def __call__(self) -> bool:
        """Tell whether anything is otherwise than it was."""
        return self._everything() != self._before

    def _everything(self) -> dict[str, object]:
        files = (file for file in self._system.state.rglob("*") if file.is_file())
        state = {
            str(file.relative_to(self._system.state)): file.read_bytes()
            for file in files
            # The log beside a store comes and goes with whoever looks into it.
            if not file.name.endswith(("-wal", "-shm", ".lock"))
        }
        return {**state, "version": self._system.installed()}


@contextlib.contextmanager
def _other_text(file: Path) -> Iterator[str]:
    text = file.read_text()
    try:
        yield text
    finally:
        file.write_text(text)


def _told(said: Said, reason: str, kept: bool, *, status: int | None = None) -> bool:
    refused = said.returncode == status if status is not None else said.returncode != 0
    words = said.stdout + said.stderr
    if refused and reason in words and kept:
        return True
    print(f"expected {reason!r} (kept: {kept}, {said.returncode}):\n{words}", file=sys.stderr)
    return False
