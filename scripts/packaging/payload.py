"""Everything that will be under ``/opt/demitasse``, laid out in a folder.

    common/         this project and every library that serves all Pythons
    python3.11/     a virtual environment of Debian 12's Python: what is compiled for it,
                    and a path to ``common``
    python3.13/     the same for Debian 13's

The libraries are the wheels that the hashed lock names: nothing is compiled, so nothing
depends on the computer that builds. Files that only developers need are left out.
"""

import shutil
import subprocess
import sys
from collections.abc import Iterable
from pathlib import Path

from scripts.packaging.targets import PYTHONS, Borrowed, Target

ROOT = Path(__file__).resolve().parents[2]
LOCK = ROOT / "scripts" / "locks" / "device.txt"

HOME = Path("/opt/demitasse")
"""Where the payload will be installed."""
DEBIAN_MODULES = Path("/usr/lib/python3/dist-packages")

_NOT_ON_A_DEVICE = ("setuptools",)
"""In the lock so that the project can be built from it; no program of the device."""
_LEFT_OUT = (
    "bin",
    "share",  # the machine profiles: /etc has them
    "escalation",  # the queue: it runs on another computer
    "**/__pycache__",
    "numpy/**/tests",
    "numpy/f2py",
    "numpy/**/*.pyi",
    "numpy/**/*.a",
    "numpy/**/include",
    "numpy/**/_*_tests.*.so",
    "numpy/distutils",
    # Where pip unpacked it from: not of the library, and another folder at each build.
    "*.dist-info/direct_url.json",
    "*.dist-info/RECORD",
    "*.dist-info/REQUESTED",
)


def lay_out(target: Target, folder: Path, scratch: Path) -> None:
    """Fill the empty ``folder`` with what ``target`` needs under ``HOME``."""
    lock = _without(LOCK, {b.distribution for b in target.borrowed} | {*_NOT_ON_A_DEVICE})
    ours = _our_wheel(scratch)
    common = folder / "common"
    for python in PYTHONS:
        wheels = _fetch(lock, target, python, scratch / f"wheels-{python}")
        own = [wheel for wheel in wheels if not _serves_all_pythons(wheel)]
        shared = [wheel for wheel in wheels if _serves_all_pythons(wheel)]
        if not common.exists():
            _unpack([ours, *shared], common, target, python)
        site = _environment(folder / f"python{python}", python)
        if own:
            _unpack(own, site, target, python)
        _borrow(target, python, site)
    _leave_out(folder)


def _without(lock: Path, names: Iterable[str]) -> str:
    """Return the text of ``lock`` without the entries ``names``."""
    entries = lock.read_text(encoding="utf-8").replace("\\\n", "\0").splitlines()
    kept = [e for e in entries if not e.startswith(tuple(f"{name}==" for name in names))]
    return "\n".join(kept).replace("\0", "\\\n") + "\n"


def _our_wheel(scratch: Path) -> Path:
    # From a copy: building leaves folders behind in the tree that it builds from.
    copy = scratch / "source"
    shutil.copytree(
        ROOT, copy, ignore=shutil.ignore_patterns(".*", "tests", "__pycache__", "*.egg-info")
    )
    wheels = scratch / "ours"
    _pip("wheel", "--no-deps", "--no-build-isolation", "--wheel-dir", str(wheels), str(copy))
    return next(wheels.glob("*.whl"))


def _fetch(lock: str, target: Target, python: str, into: Path) -> list[Path]:
    into.mkdir(parents=True)
    wanted = into / "lock.txt"
    wanted.write_text(lock, encoding="utf-8")
    _pip(
        "download",
        "--require-hashes",
        "--no-deps",
        *_for(target, python),
        *("--dest", str(into)),
        *("--requirement", str(wanted)),
    )
    return sorted(into.glob("*.whl"))


def _serves_all_pythons(wheel: Path) -> bool:
    _python, abi, _platform = wheel.stem.split("-")[-3:]
    return abi in {"none", "abi3"}


def _unpack(wheels: list[Path], into: Path, target: Target, python: str) -> None:
    files = [str(wheel) for wheel in wheels]
    _pip(
        "install",
        "--no-index",
        "--no-deps",
        "--no-compile",
        *_for(target, python),
        *("--target", str(into)),
        *files,
    )


def _for(target: Target, python: str) -> list[str]:
    platforms = [f"--platform={tag}" for tag in target.wheel_platforms]
    return ["--only-binary=:all:", f"--python-version={python}", *platforms]


def _environment(folder: Path, python: str) -> Path:
    """Make a virtual environment of a Python that this computer need not have."""
    site = folder / "lib" / f"python{python}" / "site-packages"
    site.mkdir(parents=True)
    (folder / "bin").mkdir()
    (folder / "bin" / "python").symlink_to(f"/usr/bin/python{python}")
    (folder / "pyvenv.cfg").write_text(
        f"home = /usr/bin\ninclude-system-site-packages = false\nversion = {python}\n",
        encoding="ascii",
    )
    (site / "common.pth").write_text(f"{HOME / 'common'}\n", encoding="ascii")
    return site


def _borrow(target: Target, python: str, site: Path) -> None:
    for library in target.borrowed:
        for name in _files(library, target, python):
            (site / name).symlink_to(DEBIAN_MODULES / name)


def _files(library: Borrowed, target: Target, python: str) -> list[str]:
    return [name.format(abi=target.abi(python)) for name in library.files]


def _leave_out(folder: Path) -> None:
    sites = [folder / "common", *folder.glob("python*/lib/python*/site-packages")]
    for site in sites:
        for pattern in _LEFT_OUT:
            for found in list(site.glob(pattern)):
                if found.is_dir() and not found.is_symlink():
                    shutil.rmtree(found)
                else:
                    found.unlink(missing_ok=True)


def _pip(*words: str) -> None:
    # Twice: a place for packages that has none of some library is no news here.
    quiet = ("--quiet", "--quiet", "--disable-pip-version-check", "--no-input")
    subprocess.run([sys.executable, "-m", "pip", words[0], *quiet, *words[1:]], check=True)
