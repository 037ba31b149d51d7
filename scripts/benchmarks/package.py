"""``./scripts/bench package``: the Debian package in clean systems, from install to purge.

For each system that ``debootstrap`` can make here, two versions of the package are built and
then, in a root that never saw them: installed, started, upgraded, downgraded and purged. What
the device has learned and what the maker has written must survive everything but the purge,
of which nothing must be left. Needs root, debootstrap and, for ARM, qemu-user-static.
"""

import argparse
import hashlib
import json
import os
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from wire.options import ConfigError

ROOT = Path(__file__).resolve().parents[2]
ROOTS = ROOT / ".demitasse" / "roots"
OLD, NEW = "0.0.1", "0.0.2"
INCLUDED = ("python3", "systemd", "udev", "passwd", "tzdata", "adduser")
FROM_DEBIAN = {"armhf": ("python3-numpy", "python3-cffi-backend")}
EMULATORS = {"arm64": "qemu-aarch64", "armhf": "qemu-arm"}
BINFMT = Path("/proc/sys/fs/binfmt_misc")

Step = Callable[["CleanSystem"], bool]


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Add what the benchmark takes."""
    parser.add_argument("--json", action="store_true", help="one JSON object and nothing else")
    parser.add_argument(
        "--system",
        action="append",
        metavar="SUITE/ARCH",
        help="such as bookworm/amd64; may be repeated (default: bookworm and trixie, amd64)",
    )


def run(args: argparse.Namespace) -> int:
    """Build, walk through every system, print; return 1 if a step failed."""
    if os.geteuid() != 0 or shutil.which("debootstrap") is None:
        raise ConfigError("package: run it as root, after: apt install debootstrap")
    systems = args.system or ["bookworm/amd64", "trixie/amd64"]
    report: dict[str, Any] = {}
    with tempfile.TemporaryDirectory(prefix="demitasse-packages-") as name:
        for system in systems:
            suite, _slash, arch = system.partition("/")
            old, new = (_built(arch, version, Path(name) / "one") for version in (OLD, NEW))
            again = _built(arch, OLD, Path(name) / "two")
            report[system] = {
                "package_mb": round(old.stat().st_size / 1e6, 1),
                "identical_when_built_twice": _sha256(old) == _sha256(again),
                **CleanSystem.made(suite, arch).walk(old, new),
            }
    if args.json:
        print(json.dumps(report))
    else:
        for system, figures in report.items():
            told = ", ".join(f"{step} {_shown(value)}" for step, value in figures.items())
            print(f"{system}: {told}")
    return int(any(value is False for one in report.values() for value in one.values()))


@dataclass(frozen=True, slots=True, kw_only=True)
class CleanSystem:
    """A small Debian in a folder, that programs are run in."""

    folder: Path
    suite: str

    @classmethod
    def made(cls, suite: str, arch: str) -> "CleanSystem":
        """Make it, unless that was done before; for another processor, with an emulator."""
        folder = ROOTS / f"{suite}-{arch}"
        if not (folder / "complete").exists():
            shutil.rmtree(folder, ignore_errors=True)
            folder.parent.mkdir(parents=True, exist_ok=True)
            _enable_emulator(arch)
            included = ",".join((*INCLUDED, *FROM_DEBIAN.get(arch, ())))
            words = ("debootstrap", f"--arch={arch}", "--variant=minbase")
            print(f"Making a clean {suite} for {arch}, once …", file=sys.stderr)
            log = folder.with_suffix(".log")
            with log.open("wb") as told:
                made = subprocess.run(
                    [*words, f"--include={included}", suite, str(folder)],
                    stdout=told,
                    stderr=told,
                    check=False,
                )
            if made.returncode != 0:
                raise ConfigError(f"package: debootstrap failed; all of it is in {log}")
            (folder / "complete").touch()
        return cls(folder=folder, suite=suite)

    def walk(self, old: Path, new: Path) -> dict[str, Any]:
        """Return what held, step by step."""
        subprocess.run(("mount", "-t", "proc", "proc", self.folder / "proc"), check=False)
        try:
            self._run("dpkg", "--purge", "demitasse")
            return {
                "installs": self._installs(old),
                "installed_mb": self._installed_mb(),
                "answers_and_allows_nothing": self._all_off(),
                "enabled_for_the_next_start": self._exists(
                    "etc/systemd/system/multi-user.target.wants/demitasse.service"
                ),
                "upgrade_keeps_everything": self._keeps(new),
                "downgrade_keeps_everything": self._keeps(old),
                "purge_leaves_nothing": self._purged(),
            }
        finally:
            subprocess.run(("umount", self.folder / "proc"), check=False)

    def _installs(self, package: Path) -> bool:
        shutil.copy(package, self.folder / "tmp" / "demitasse.deb")
        return self._run("dpkg", "--install", "/tmp/demitasse.deb").returncode == 0

    def _all_off(self) -> bool:
        shown = self._run("demitasse", "consent", "show", "--json")
        answers = [json.loads(line) for line in shown.stdout.splitlines()]
        return bool(answers) and not any(answer["granted"] for answer in answers)

    def _keeps(self, package: Path) -> bool:
        mine = self.folder / "etc" / "demitasse" / "conf.d" / "10-maker.toml"
        mine.write_text('[home]\ntimezone = "Europe/Rome"\n')
        learned = self.folder / "var" / "lib" / "demitasse" / "learned"
        learned.write_text("kept")
        edited = self.folder / "etc" / "demitasse" / "agent.toml"
        edited.write_text(edited.read_text() + "# edited here\n")
        return (
            self._installs(package)
            and mine.exists()
            and learned.read_text() == "kept"
            and "# edited here" in edited.read_text()
            and self._all_off()
        )

    def _purged(self) -> bool:
        if self._run("dpkg", "--purge", "demitasse").returncode != 0:
            return False
        left = self._run(
            "find", "/", "-xdev", "-name", "*demitasse*", "-not", "-path", "/tmp/*"
        )
        account = self._run("getent", "passwd", "demitasse")
        return not left.stdout.strip() and account.returncode != 0

    def _installed_mb(self) -> float:
        folder = self.folder / "opt" / "demitasse"
        files = (file for file in folder.rglob("*") if file.is_file() and not file.is_symlink())
        return round(sum(file.stat().st_size for file in files) / 1e6, 1)

    def _exists(self, name: str) -> bool:
        return os.path.lexists(self.folder / name)

    def _run(self, *words: str) -> subprocess.CompletedProcess[str]:
        return subprocess.run(
            ("chroot", str(self.folder), *words),
            capture_output=True,
            text=True,
            check=False,
            env={"PATH": "/usr/sbin:/usr/bin:/sbin:/bin", "LC_ALL": "C.UTF-8"},
        )


def _built(arch: str, version: str, into: Path) -> Path:
    words = ("deb", "--arch", arch, "--version", version, "--out", str(into))
    subprocess.run(
        (ROOT / "scripts" / "package", *words), check=True, stdout=subprocess.DEVNULL
    )
    return into / f"demitasse_{version}_{arch}.deb"


def _enable_emulator(arch: str) -> None:
    emulator = EMULATORS.get(arch)
    if emulator is None or (BINFMT / emulator).exists():
        return
    if not (BINFMT / "status").exists():
        subprocess.run(("mount", "-t", "binfmt_misc", "binfmt_misc", str(BINFMT)), check=True)
    enabled = subprocess.run(("update-binfmts", "--enable", emulator), check=False)
    if enabled.returncode != 0:
        raise ConfigError(f"package: for {arch}: apt install qemu-user-static binfmt-support")


def _sha256(file: Path) -> str:
    return hashlib.sha256(file.read_bytes()).hexdigest()


def _shown(value: object) -> str:
    return (
        {True: "yes", False: "NO"}.get(value, str(value))
        if isinstance(value, bool)
        else str(value)
    )
