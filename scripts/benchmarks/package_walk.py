"""The steps through which a package goes in a clean system, and what must hold after each.

``wholly`` is the whole way; ``shortly`` leaves out the upgrade and the wrong things, which are
the same shell and Python on every processor. Each step is a word and ``True``, a figure, or
``False`` where it failed; why it failed is said on standard error.
"""

import json
import shutil
import sqlite3
import sys
from contextlib import closing
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from agent.assembly import STORE_FILE
from agent.store import VERSION
from scripts.benchmarks.package_boot import Booted
from scripts.benchmarks.package_system import PORT, CleanSystem, Life
from scripts.benchmarks.package_wrong import WrongThings

FIRST_STORE = Path(__file__).resolve().parents[2] / "tests" / "agent" / "version-1.db"
"""A store as the first version of Demitasse left it."""
_MAKERS = f"""\
[home]
timezone = "Europe/Rome"

[device]
consent_file = "/var/lib/demitasse/consent.toml"

[machine]
port = "{PORT}"
"""
"""What ``docs/makers.md`` writes for a read-only root, and where the machine is."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Packages:
    """Two versions for this system, and one for another processor."""

    old: Path
    new: Path
    foreign: Path


class Walk:
    """One way through one system."""

    def __init__(self, system: CleanSystem, packages: Packages) -> None:
        self._system = system
        self._packages = packages

    def shortly(self) -> dict[str, Any]:
        """Install, start, check, purge."""
        with self._system.in_use():
            return {**self._begin(), "purge_leaves_nothing": self._purged()}

    def wholly(self) -> dict[str, Any]:
        """Go all the way."""
        with self._system.in_use():
            wrong = WrongThings(self._system)
            return {
                **self._begin(),
                "upgrade_keeps_everything": self._keeps(self._packages.new, "0.0.2"),
                "an_old_store_is_upgraded": self._store_climbs(),
                "downgrade_keeps_everything": self._keeps(self._packages.old, "0.0.1"),
                "refused_and_nothing_lost": {
                    "wrong_architecture": wrong.architecture(self._packages.foreign),
                    "broken_package": wrong.package(self._packages.new),
                    "half_written_config": wrong.config(),
                    "missing_chip": wrong.chip(),
                    "wrong_bundle": wrong.bundle(),
                    "expired_certificate": wrong.certificate(),
                    "store_of_a_later_version": wrong.later_store(),
                },
                "under_systemd": self._booted(),
                "starts_again_after_all_that": self._is_alive(self._system.start()),
                "purge_leaves_nothing": self._purged(),
            }

    def _begin(self) -> dict[str, Any]:
        self._system.run("dpkg", "--purge", "demitasse")
        installed = self._system.install(self._packages.old)
        if installed.returncode != 0:
            return {"installs": _failed("install", installed.stdout + installed.stderr)}
        all_off = self._all_off()
        (self._system.config / "conf.d" / "10-maker.toml").write_text(_MAKERS)
        words = self._system.state / "consent.toml"
        shutil.copy(self._system.config / "consent.toml", words)
        self._system.give_to_device(words)
        life = self._system.start()
        return {
            "installs": True,
            "installed_mb": self._installed_mb(),
            "answers_and_allows_nothing": all_off,
            "enabled_for_the_next_start": self._is_enabled(),
            "starts_and_hears_the_machine": self._is_alive(life),
            "feeds_the_watchdog": "WATCHDOG=1" in life.notified,
            "ready_after_s": life.ready_after_s,
            "check_finds_nothing_wrong": self._is_sound(life),
            "writes_to_its_state_folder_alone": "Read-only" not in life["journal"],
            "state_kib": self._state_kib(),
        }

    def _booted(self) -> dict[str, Any]:
        with Booted(self._system) as booted:
            found = booted.walk(self._packages.new)
        (self._system.config / "conf.d" / "30-port.toml").unlink()
        return found

    def _all_off(self) -> bool:
        shown = self._system.run_as_device("demitasse", "consent", "show", "--json")
        answers = [json.loads(line) for line in shown.stdout.splitlines()]
        return bool(answers) and not any(answer["granted"] for answer in answers)

    def _is_alive(self, life: Life) -> bool:
        lived = "READY=1" in life.notified and life["ended"] == "0"
        heard = life["heard"].startswith("{")
        return (lived and heard) or _failed("start", json.dumps(life.said, indent=1))

    def _is_sound(self, life: Life) -> bool:
        found = [
            json.loads(life[name] or "{}") for name in ("checked before", "checked beside")
        ]
        verdicts = [one.get("verdict") for one in found]
        sound = all(verdict in ("ok", "attention") for verdict in verdicts)
        started = json.loads(life["status"] or "{}").get("started") is True
        return (sound and started) or _failed("check", json.dumps(found))

    def _keeps(self, package: Path, version: str) -> bool:
        learned = self._system.state / "learned"
        learned.write_text("kept")
        edited = self._system.config / "agent.toml"
        edited.write_text(edited.read_text() + "# edited here\n")
        makers = (self._system.config / "conf.d" / "10-maker.toml").read_text()
        before = edited.read_text()
        installed = self._system.install(package)
        kept = (
            installed.returncode == 0
            and self._system.installed() == f"{version} installed"
            and learned.read_text() == "kept"
            and edited.read_text() == before
            and (self._system.config / "conf.d" / "10-maker.toml").read_text() == makers
            and self._all_off()
        )
        return kept or _failed(f"to {version}", installed.stdout + installed.stderr)

    def _store_climbs(self) -> bool:
        store = self._system.state / STORE_FILE
        for part in self._system.state.glob(f"{STORE_FILE}*"):
            part.unlink()
        shutil.copy(FIRST_STORE, store)
        self._system.give_to_device(store)
        alive = self._is_alive(self._system.start())
        with closing(sqlite3.connect(store)) as db:
            (version,) = db.execute("PRAGMA user_version").fetchone()
            kept = db.execute("SELECT count(*) FROM meta WHERE key = 'kept'").fetchone() == (1,)
        set_aside = list(self._system.state.glob("*.broken-*"))
        climbed = version == VERSION and kept and not set_aside
        return alive and (climbed or _failed("old store", f"version {version}, {set_aside}"))

    def _purged(self) -> bool:
        if self._system.run("dpkg", "--purge", "demitasse").returncode != 0:
            return False
        places = ("-name", "*demitasse*", "-not", "-path", "/tmp/*")
        left = self._system.run("find", "/", "-xdev", *places).stdout.strip()
        account = self._system.run("getent", "passwd", "demitasse")
        return (not left and account.returncode != 0) or _failed("purge", left)

    def _installed_mb(self) -> float:
        folder = self._system.folder / "opt" / "demitasse"
        files = (file for file in folder.rglob("*") if file.is_file() and not file.is_symlink())
        return round(sum(file.stat().st_size for file in files) / 1e6, 1)

    def _state_kib(self) -> int:
        files = (file for file in self._system.state.rglob("*") if file.is_file())
        return sum(file.stat().st_size for file in files) // 1024

    def _is_enabled(self) -> bool:
        wants = self._system.folder / "etc/systemd/system/multi-user.target.wants"
        return (wants / "demitasse.service").is_symlink()


def _failed(step: str, why: str) -> bool:
    print(f"{step} failed:\n{why}", file=sys.stderr)
    return False
