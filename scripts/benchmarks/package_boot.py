"""A clean system that is really started: systemd in a container, and the shipped units in it.

    with Booted(system) as booted:
        booted.run("systemctl", "start", "demitasse")

The container is made of namespaces alone, so nothing has to be installed for it. It has a
network of its own with nobody in it, and cannot change this computer's kernel: the settings
are read-only there, as in any container.
"""

import os
import signal
import subprocess
import time
from collections.abc import Callable
from pathlib import Path
from types import TracebackType
from typing import Any, Self

from agent.identity.introduction import CREDENTIAL
from scripts.benchmarks.package_system import CleanSystem

BOOTED_WITHIN_S = 60.0
DONE_WITHIN_S = 30.0
UNIT = "demitasse.service"
PAGE, PAGE_AT_HOME = "demitasse-page.service", "demitasse-page-home.service"
AT_HOME = "192.168.77.1"
"""An address that is private, as those of home networks are."""
PORT_FILE = Path("run/machine.txt")

_BOOT = """
root=$1
ip link set lo up
ip address add AT_HOME/24 dev lo
mount --bind "$root" "$root"
mount -t proc proc "$root/proc"
mount --bind "$root/proc/sys" "$root/proc/sys"
mount -o remount,bind,ro "$root/proc/sys"
mount -t sysfs -o ro sysfs "$root/sys"
mount -t tmpfs tmpfs "$root/sys/fs/cgroup"
mkdir "$root/sys/fs/cgroup/systemd"
mount -t cgroup -o none,name=systemd cgroup "$root/sys/fs/cgroup/systemd"
mount -t tmpfs -o mode=755 tmpfs "$root/run"
mount -t tmpfs tmpfs "$root/tmp"
mount --bind /dev/pts "$root/dev/pts"
# As a container's manager does it: credentials are mounted where the unit can see them.
mount --make-rshared "$root"
exec env -i container=bench SYSTEMD_CGROUP_ENABLE_LEGACY_FORCE=1 PATH="$PATH" \
    chroot "$root" /lib/systemd/systemd --system --show-status=0 \
    systemd.unified_cgroup_hierarchy=0 systemd.unit=multi-user.target
""".replace("AT_HOME", AT_HOME)
_FETCH = """
import ssl, sys, urllib.request, urllib.error
trusting = ssl.create_default_context()
trusting.check_hostname, trusting.verify_mode = False, ssl.CERT_NONE
request = urllib.request.Request(sys.argv[1], headers={"Host": sys.argv[2]})
try: print(urllib.request.urlopen(request, timeout=20, context=trusting).status)
except urllib.error.HTTPError as error: print(error.code)
except OSError: print("nobody")
"""
_PRESS = """
import os, pathlib, time
from agent.page import opening
until_s = opening.boottime_s() + 60
lasts = opening.Opening(id="bench", until_s=until_s, numbers=(1,) * opening.NUMBERS)
held = opening.write_opening(pathlib.Path("/var/lib/demitasse"), lasts)
print("pressed", flush=True)
time.sleep(60)
"""
"""What the device does when somebody has held the button for five seconds."""
_DEVICES_PYTHON = 'exec /opt/demitasse/$(basename "$(readlink -f /usr/bin/python3)")/bin/python'
_ACCOUNT = ("setpriv", "--reuid=demitasse", "--regid=demitasse", "--init-groups")


class Booted:
    """One start of a clean system."""

    def __init__(self, system: CleanSystem) -> None:
        self._system = system
        self._leader = 0

    def __enter__(self) -> Self:
        separate = ("--pid", "--fork", "--mount", "--uts", "--ipc", "--net")
        words = ("unshare", *separate, "--propagation", "private", "sh", "-euc", _BOOT, "sh")
        self._process = subprocess.Popen(
            (*words, str(self._system.folder)),
            stdin=subprocess.DEVNULL,
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
        )
        self._until(self._is_up, BOOTED_WITHIN_S)
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        # When the first process of a container ends, the kernel ends all the others.
        if self._leader:
            os.kill(self._leader, signal.SIGKILL)
        self._process.terminate()
        self._process.wait()

    def run(self, *words: str) -> subprocess.CompletedProcess[str]:
        """Run one command in it."""
        enter = ("nsenter", "-t", str(self._leader), "-m", "-p", "-u", "-i", "-n", "-r", "-w")
        return subprocess.run((*enter, *words), capture_output=True, text=True, check=False)

    def _is_up(self) -> bool:
        if not self._leader:
            children = Path(f"/proc/{self._process.pid}/task/{self._process.pid}/children")
            found = children.read_text().split() if children.exists() else []
            self._leader = int(found[0]) if found else 0
        state = self.run("systemctl", "is-system-running") if self._leader else None
        return state is not None and state.stdout.strip() in ("running", "degraded")

    def _until(self, condition: Callable[[], bool], within_s: float = DONE_WITHIN_S) -> bool:
        deadline = time.monotonic() + within_s
        while not condition():
            if time.monotonic() > deadline:
                return False
            time.sleep(0.2)
        return True

    # ------------------------------------------------------------------------- the units

    def walk(self, other: Path) -> dict[str, Any]:
        """Return what the units do: start, hear, heal, be replaced by ``other``, complain."""
        by_itself = self._until(lambda: self._state() == "active")
        self._system.credential.write_text("not even read before the first consent")
        machine = self._plug_in()
        try:
            began_s = time.monotonic()
            started = self.run("systemctl", "restart", UNIT).returncode == 0
            return {
                "starts_with_the_computer": by_itself,
                "starts_anew": started,
                "ready_after_s": round(time.monotonic() - began_s, 1),
                "hears_the_machine_behind_its_walls": self._until(self._hears),
                "is_given_the_makers_bundle": self._has_bundle(),
                "comes_back_after_it_was_killed": self._comes_back(),
                "the_page_wakes_when_it_is_looked_at": self._page_wakes(),
                "and_after_a_press_for_the_home_network": self._page_opens(),
                "an_upgrade_restarts_it": self._is_restarted_by(other),
                "a_wrong_line_stops_it_with_the_reason": self._stops_at_a_wrong_line(),
            }
        finally:
            self.run("systemctl", "stop", "demitasse*")
            self._system.credential.unlink()
            machine.terminate()

    def _plug_in(self) -> "subprocess.Popen[bytes]":
        """Start a simulated machine, and tell the maker's file where it is."""
        machine = self._beside("demitasse", "simulate", "--every", "0")
        assert machine.stdout is not None
        port = machine.stdout.readline().decode().split()[-1]
        file = self._system.config / "conf.d" / "30-port.toml"
        file.write_text(f'[machine]\nport = "{port}"\n')
        return machine

    def _beside(self, *words: str) -> "subprocess.Popen[bytes]":
        """Start something there that goes on, as the device's account."""
        enter = ("nsenter", "-t", str(self._leader), "-m", "-p", "-n", "-r", "-w")
        return subprocess.Popen(
            (*enter, *_ACCOUNT, *words),
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.DEVNULL,
        )

    def _hears(self) -> bool:
        heard = self.run(*_ACCOUNT, "timeout", "5", "demitasse", "live").stdout
        return '"quantity"' in heard

    def _has_bundle(self) -> bool:
        given = f"/run/credentials/{UNIT}/{CREDENTIAL}"
        return self.run("test", "-s", given).returncode == 0

    def _pid(self, unit: str = UNIT) -> str:
        return self.run("systemctl", "show", "-p", "MainPID", "--value", unit).stdout.strip()

    def _is_anew(self, before: str) -> bool:
        return self._state() == "active" and self._pid() != before

    def _comes_back(self) -> bool:
        before = self._pid()
        self.run("systemctl", "kill", "--signal=KILL", UNIT)
        return self._until(lambda: self._is_anew(before))

    def _page_wakes(self) -> bool:
        self.run("systemctl", "start", "demitasse-page.socket")
        asleep = self._state(PAGE) == "inactive"
        answered = self._fetched("http://127.0.0.1:8020/", "127.0.0.1:8020")
        return asleep and answered == "403" and self._reaches_nobody(PAGE)

    def _page_opens(self) -> bool:
        self.run("systemctl", "start", "demitasse-page-home.path")
        shut = self._fetched(f"https://{AT_HOME}/", AT_HOME) == "nobody"
        press = self._beside("sh", "-c", f'{_DEVICES_PYTHON} -P -c "$1"', "sh", _PRESS)
        try:
            awake = self._until(lambda: self._state(PAGE_AT_HOME) == "active")
            answered = self._fetched(f"https://{AT_HOME}/", AT_HOME)
            return shut and awake and answered == "200" and self._reaches_nobody(PAGE_AT_HOME)
        finally:
            press.terminate()

    def _fetched(self, url: str, host: str) -> str:
        return self.run("python3", "-c", _FETCH, url, host).stdout.strip()

    def _reaches_nobody(self, unit: str) -> bool:
        """Tell whether this service has a network of its own, and so no way to anybody."""
        places = (f"/proc/{pid}/ns/net" for pid in (self._pid(unit), "1"))
        own, everybodys = (self.run("readlink", place).stdout for place in places)
        return bool(own) and own != everybodys

    def _is_restarted_by(self, other: Path) -> bool:
        before = self._pid()
        package = self._system.folder / "root" / "demitasse.deb"
        package.write_bytes(other.read_bytes())
        installed = self.run("dpkg", "--install", "/root/demitasse.deb").returncode == 0
        package.unlink()
        return installed and self._until(lambda: self._is_anew(before))

    def _stops_at_a_wrong_line(self) -> bool:
        file = self._system.config / "conf.d" / "40-wrong.toml"
        file.write_text("[home]\ntimezone = 3\n")
        try:
            self.run("systemctl", "restart", UNIT)
            failed = self._until(lambda: self._state() == "failed")
            told = self.run("journalctl", "-u", UNIT, "--no-pager", "-n", "20").stdout
            return failed and "[home] timezone" in told
        finally:
            file.unlink()
            self.run("systemctl", "reset-failed", UNIT)

    def _state(self, unit: str = UNIT) -> str:
        return self.run("systemctl", "is-active", unit).stdout.strip()
