"""A small clean Debian in a folder, in which a package is tried.

``run`` runs one command there, ``start`` the device as its unit would: as its own account,
with a machine on a pseudo-terminal and somebody to notify, and with everything read-only but
its state folder. What else it would write then fails, and is in what it says.
"""

import contextlib
import os
import shutil
import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from agent.identity.introduction import CREDENTIAL
from wire.options import ConfigError

ROOT = Path(__file__).resolve().parents[2]
ROOTS = ROOT / ".demitasse" / "roots"
INCLUDED = ("python3", "systemd", "udev", "passwd", "tzdata", "adduser")
FROM_DEBIAN = {"armhf": ("python3-numpy", "python3-cffi-backend")}
EMULATORS = {"arm64": "qemu-aarch64", "armhf": "qemu-arm"}
BINFMT = Path("/proc/sys/fs/binfmt_misc")
STATE = Path("var/lib/demitasse")
CONFIG = Path("etc/demitasse")
STARTS_WITHIN_S = 900
"""An emulated processor needs a minute for what takes a second, and may have other work."""
WATCHDOG_S = 6
PORT = "/run/demitasse/machine"
_ENVIRONMENT = {"PATH": "/usr/sbin:/usr/bin:/sbin:/bin", "LC_ALL": "C.UTF-8"}

_READ_ONLY_BUT_ITS_STATE = """
root=$1
mount --bind "$root" "$root"
mount --bind "$root/var/lib/demitasse" "$root/var/lib/demitasse"
mount -o remount,bind,ro "$root"
mount -t proc proc "$root/proc"
mount --bind /dev/pts "$root/dev/pts"
mount -t tmpfs -o mode=755 tmpfs "$root/run"
mount -t tmpfs tmpfs "$root/tmp"
owner=$(stat -c %u:%g "$root/var/lib/demitasse")
install -d -o "${owner%:*}" -g "${owner#*:}" "$root/run/demitasse"
exec chroot "$root" setpriv --reuid=demitasse --regid=demitasse --init-groups sh -euc "$2"
"""
_LIFE = """
cd /run/demitasse
demitasse simulate --every 0 > simulated < /dev/null &
machine=$!
while ! grep -q /dev/ simulated; do sleep 0.2; done
ln -s "$(grep -o '/dev/[^ ]*' simulated)" machine
echo "== checked before"; demitasse check --json || true
demitasse run 2> journal &
device=$!
heard=
for _ in $(seq 60); do
    heard=$(demitasse live 2> /dev/null | head -n 1) || true
    [ -n "$heard" ] && break
    kill -0 "$device" 2> /dev/null || break
    sleep 1
done
echo "== heard"; echo "$heard"
echo "== checked beside"; demitasse check --json || true
echo "== status"; demitasse status --json || true
sleep WATCHDOG
kill "$device" 2> /dev/null || true
status=0; wait "$device" || status=$?
kill "$machine"
echo "== journal"; cat journal
echo "== ended"; echo "$status"
""".replace("WATCHDOG", str(WATCHDOG_S))


@dataclass(frozen=True, slots=True, kw_only=True)
class Life:
    """What a device said from its start to its stop."""

    said: dict[str, str]
    notified: frozenset[str]
    ready_after_s: float | None

    def __getitem__(self, name: str) -> str:
        return self.said.get(name, "")


@dataclass(frozen=True, slots=True, kw_only=True)
class CleanSystem:
    """A small Debian in a folder, that programs are run in."""

    folder: Path
    suite: str

    @classmethod
    def made(cls, suite: str, arch: str) -> "CleanSystem":
        """Make it, unless that was done before; for another processor, with an emulator."""
        folder = ROOTS / f"{suite}-{arch}"
        _enable_emulator(arch)
        if not (folder / "complete").exists():
            shutil.rmtree(folder, ignore_errors=True)
            folder.parent.mkdir(parents=True, exist_ok=True)
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

    @property
    def state(self) -> Path:
        """Where the device's own folder is."""
        return self.folder / STATE

    @property
    def config(self) -> Path:
        """Where the maker's files are."""
        return self.folder / CONFIG

    @property
    def credential(self) -> Path:
        """Where a maker puts the bundle of an image."""
        store = self.folder / "etc" / "credstore"
        store.mkdir(mode=0o700, exist_ok=True)
        return store / CREDENTIAL

    @contextlib.contextmanager
    def in_use(self) -> Iterator[None]:
        """Mount what programs expect, for as long as the block lasts."""
        subprocess.run(("mount", "-t", "proc", "proc", self.folder / "proc"), check=True)
        try:
            yield
        finally:
            subprocess.run(("umount", "--lazy", self.folder / "proc"), check=False)

    def run(self, *words: str) -> subprocess.CompletedProcess[str]:
        """Run one command there, as root."""
        return subprocess.run(
            ("chroot", str(self.folder), *words),
            capture_output=True,
            text=True,
            check=False,
            env=_ENVIRONMENT,
        )

    def run_as_device(self, *words: str) -> subprocess.CompletedProcess[str]:
        """Run one command there, as the device's account."""
        account = ("setpriv", "--reuid=demitasse", "--regid=demitasse", "--init-groups")
        return self.run(*account, *words)

    def install(self, package: Path) -> subprocess.CompletedProcess[str]:
        """Install ``package``, whatever comes of it."""
        shutil.copy(package, self.folder / "tmp" / "demitasse.deb")
        return self.run("dpkg", "--install", "/tmp/demitasse.deb")

    def installed(self) -> str:
        """Return which version is installed, and whether wholly."""
        asked = self.run(
            "dpkg-query", "-W", "-f", "${Version} ${db:Status-Status}", "demitasse"
        )
        return asked.stdout.strip()

    def give_to_device(self, file: Path) -> None:
        """Let the device's account own ``file``, which lies in its state folder."""
        owner = self.state.stat()
        os.chown(file, owner.st_uid, owner.st_gid)
        file.chmod(0o600)

    def start(self) -> Life:
        """Let the device live for some seconds, and return what it said."""
        address = f"demitasse-bench-{os.getpid()}"
        with socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM) as manager:
            manager.bind(f"\0{address}")
            manager.settimeout(0.2)
            watched = {"NOTIFY_SOCKET": f"@{address}"}
            watched["WATCHDOG_USEC"] = str(WATCHDOG_S * 1_000_000)
            began_s = time.monotonic()
            process = subprocess.Popen(
                (
                    *("unshare", "--mount", "--propagation", "private"),
                    # Whatever it has started ends with it, also when it hangs.
                    *("--pid", "--fork", "--kill-child"),
                    *("sh", "-euc", _READ_ONLY_BUT_ITS_STATE, "sh", str(self.folder), _LIFE),
                ),
                env={**_ENVIRONMENT, **watched},
                stdin=subprocess.DEVNULL,
                stdout=subprocess.PIPE,
                stderr=subprocess.STDOUT,
                text=True,
            )
            notified: dict[str, float] = {}
            while process.poll() is None and time.monotonic() - began_s < STARTS_WITHIN_S:
                with contextlib.suppress(TimeoutError):
                    word = manager.recv(100).decode()
                    notified.setdefault(word, time.monotonic() - began_s)
            process.terminate()
            output, _ = process.communicate()
        ready_s = notified.get("READY=1")
        return Life(
            said=_parts(output),
            notified=frozenset(notified),
            ready_after_s=None if ready_s is None else round(ready_s, 1),
        )


def _parts(output: str) -> dict[str, str]:
    parts = ("\n" + output).split("\n== ")
    found = {"before all": parts[0].strip()}
    for part in parts[1:]:
        name, _, text = part.partition("\n")
        found[name] = text.strip()
    return found


def _enable_emulator(arch: str) -> None:
    emulator = EMULATORS.get(arch)
    if emulator is None or (BINFMT / emulator).exists():
        return
    if not (BINFMT / "status").exists():
        subprocess.run(("mount", "-t", "binfmt_misc", "binfmt_misc", str(BINFMT)), check=True)
    enabled = subprocess.run(("update-binfmts", "--enable", emulator), check=False)
    if enabled.returncode != 0:
        raise ConfigError(f"package: for {arch}: apt install qemu-user-static binfmt-support")
