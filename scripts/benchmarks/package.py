"""``./scripts/bench package``: the Debian package in clean systems, from install to purge.

For each system that ``debootstrap`` can make here, two versions of the package are built from
one copy of this tree, the first of them twice, and looked through by lintian. In a root that
never saw them they are then installed, started, checked, upgraded, downgraded, given wrong
things and purged (``package_walk``). What the device has learned and what the maker has
written must survive everything but the purge, of which nothing must be left. In a system for
another processor, where everything takes ten times as long, it is installed, started, checked
and purged. Needs root, debootstrap and, for ARM, qemu-user-static.
"""

import argparse
import hashlib
import json
import os
import shutil
import subprocess
import tempfile
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

from scripts.benchmarks.package_system import EMULATORS, CleanSystem
from scripts.benchmarks.package_walk import Packages, Walk
from wire.options import ConfigError

ROOT = Path(__file__).resolve().parents[2]
OLD, NEW = "0.0.1", "0.0.2"
SYSTEMS = ("bookworm/amd64", "trixie/amd64", "trixie/arm64", "bookworm/armhf")
OTHER = {"amd64": "arm64"}
"""For each processor that needs no emulator, one whose package must be refused there."""
_NOT_OF_THE_SOURCE = (".*", "__pycache__", "*.egg-info", "dist")


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Add what the benchmark takes."""
    parser.add_argument("--json", action="store_true", help="one JSON object and nothing else")
    parser.add_argument(
        "--system",
        action="append",
        metavar="SUITE/ARCH",
        help=f"may be repeated (default: {', '.join(SYSTEMS)})",
    )


def run(args: argparse.Namespace) -> int:
    """Build, walk through every system, print; return 1 if a step failed."""
    if os.geteuid() != 0 or shutil.which("debootstrap") is None:
        raise ConfigError("package: run it as root, after: apt install debootstrap")
    report: dict[str, Any] = {}
    with tempfile.TemporaryDirectory(prefix="demitasse-packages-") as name:
        builder = Builder(Path(name))
        for system in args.system or SYSTEMS:
            report[system] = _measured(system, builder)
            if not args.json:
                print(f"{system}\n{_told(report[system])}", flush=True)
    if args.json:
        print(json.dumps(report))
    return int(any(value is False for one in report.values() for value in _leaves(one)))


class Builder:
    """Builds packages of the tree as it is just now, each once."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self._source = folder / "source"
        self._built: dict[tuple[str, ...], Path] = {}
        # Whoever goes on working in the tree changes no package that is being compared.
        shutil.copytree(ROOT, self._source, ignore=shutil.ignore_patterns(*_NOT_OF_THE_SOURCE))
        package = ROOT / ".demitasse" / "package"
        subprocess.run((ROOT / "scripts" / "venv", package, "package"), check=True)
        self._python = package / "bin" / "python"
        words = ("git", "-C", str(ROOT), "log", "-1", "--format=%ct")
        self._epoch = subprocess.run(words, check=True, capture_output=True, text=True).stdout

    def package(self, arch: str, version: str, *, time: str = "first") -> Path:
        """Return the package of ``version`` for ``arch``, as built for that ``time``."""
        key = (arch, version, time)
        if key not in self._built:
            into = self._folder / time
            words = ("deb", "--arch", arch, "--version", version, "--out", str(into))
            subprocess.run(
                (self._python, "-P", "-m", "scripts.packaging", *words),
                cwd=self._source,
                env={
                    **os.environ,
                    "PYTHONPATH": str(self._source),
                    "SOURCE_DATE_EPOCH": self._epoch.strip(),
                },
                check=True,
                stdout=subprocess.DEVNULL,
            )
            self._built[key] = into / f"demitasse_{version}_{arch}.deb"
        return self._built[key]


def _measured(system: str, builder: Builder) -> dict[str, Any]:
    suite, _slash, arch = system.partition("/")
    old, again = builder.package(arch, OLD), builder.package(arch, OLD, time="second")
    clean = CleanSystem.made(suite, arch)
    if arch in EMULATORS:
        walked = Walk(clean, Packages(old=old, new=old, foreign=old)).shortly()
    else:
        new, foreign = builder.package(arch, NEW), builder.package(OTHER[arch], OLD)
        walked = Walk(clean, Packages(old=old, new=new, foreign=foreign)).wholly()
    return {
        "package_mb": round(old.stat().st_size / 1e6, 1),
        "identical_when_built_twice": _sha256(old) == _sha256(again),
        **_lintian(old),
        **walked,
    }


def _lintian(package: Path) -> dict[str, Any]:
    if shutil.which("lintian") is None:
        return {"lintian": "skipped: apt install lintian"}
    words = ("lintian", "--fail-on", "none", "--tag-display-limit", "0", str(package))
    said = subprocess.run(words, capture_output=True, text=True, check=True).stdout.splitlines()
    found = {letter: [line for line in said if line.startswith(letter)] for letter in "EW"}
    return {"lintian_has_no_error": not found["E"], "lintian_warnings": len(found["W"])}


def _sha256(file: Path) -> str:
    return hashlib.sha256(file.read_bytes()).hexdigest()


def _leaves(value: object) -> Iterator[object]:
    if isinstance(value, Mapping):
        for each in value.values():
            yield from _leaves(each)
    else:
        yield value


def _told(figures: Mapping[str, Any]) -> str:
    return "\n".join(f"  {step:<40} {_shown(value)}" for step, value in figures.items())


def _shown(value: object) -> str:
    if isinstance(value, Mapping):
        return "".join(f"\n    {name:<38} {_shown(each)}" for name, each in value.items())
    words = {True: "yes", False: "NO"}
    return words[value] if isinstance(value, bool) else str(value)
