"""The units of the owner's page: what listens, when, and how little its processes may do."""

import os
import re
import shutil
import socket
import ssl
import subprocess
import sys
from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path

import pytest

from agent.page import opening
from agent.page.opening import OPENING_FILE, Opening
from agent.settings import load_settings
from tests.agent.examined import Unit
from tests.waiting import until

ROOT = Path(__file__).parents[2]
UNITS = ROOT / "config" / "systemd"
HOME = "demitasse-page-home"
EXPOSURE_MAX = 2.0

needs_systemd = pytest.mark.skipif(
    shutil.which("systemd-analyze") is None, reason="systemd-analyze is not here"
)


def values(unit: str, name: str) -> list[str]:
    text = (UNITS / unit).read_text(encoding="utf-8")
    return re.findall(rf"^{name}=(.*)$", text, re.MULTILINE)


@needs_systemd
@pytest.mark.parametrize("unit", ["demitasse-page.service", f"{HOME}.service"])
def test_the_page_may_do_little(unit: str) -> None:
    words = ("systemd-analyze", "security", "--offline=true", "--no-pager", str(UNITS / unit))
    analysed = subprocess.run(words, capture_output=True, text=True, check=False)
    exposure = re.search(r"Overall exposure level for \S+ ([\d.]+)", analysed.stdout)
    assert exposure, analysed.stderr
    assert float(exposure[1]) <= EXPOSURE_MAX
    assert values(unit, "PrivateNetwork") == ["yes"], "it can open no connection"


@needs_systemd
def test_systemd_understands_the_units_of_the_page(tmp_path: Path) -> None:
    for unit in UNITS.glob("demitasse-page*"):
        text = unit.read_text(encoding="utf-8")
        (tmp_path / unit.name).write_text(text.replace("/usr/bin/demitasse", "/bin/true"))
    words = ("systemd-analyze", "verify", "--man=no", *map(str, sorted(tmp_path.iterdir())))
    verified = subprocess.run(words, capture_output=True, text=True, check=False)
    ours = [line for line in verified.stderr.splitlines() if "demitasse" in line]
    assert (verified.returncode, ours) == (0, [])


def test_the_page_is_started_by_the_file_that_a_press_makes() -> None:
    state_dir = load_settings(ROOT / "config" / "agent.toml").state_dir
    assert values(f"{HOME}.path", "PathExists") == [str(state_dir / OPENING_FILE)]
    assert values(f"{HOME}.path", "Unit") == [f"{HOME}.service"]
    assert values(f"{HOME}.service", "ExecStart") == ["/usr/bin/demitasse page --home"]


def test_nothing_listens_for_the_home_network_unless_the_page_runs() -> None:
    """The socket is started by the service that needs it, by nothing else, and ends with it."""
    socket = f"{HOME}.socket"
    assert values(socket, "StopWhenUnneeded") == ["yes"]
    assert values(socket, "WantedBy") == []
    assert values(f"{HOME}.service", "Requires") == [socket]
    assert values(f"{HOME}.service", "After") == [socket]
    assert values(socket, "IPAddressDeny") == ["any"]
    allowed = values(socket, "IPAddressAllow")[0].split()
    assert allowed == [
        "localhost", "link-local", "10.0.0.0/8", "172.16.0.0/12", "192.168.0.0/16"
    ]  # fmt: skip
    assert values(f"{HOME}.service", "IPAddressAllow") == values(socket, "IPAddressAllow")


def test_the_package_switches_on_what_waits_for_the_press_and_not_what_listens() -> None:
    debian = ROOT / "scripts" / "packaging" / "debian"
    for script in ("postinst.sh", "prerm.sh", "postrm.sh"):
        text = (debian / script).read_text(encoding="utf-8")
        assert f"{HOME}.path" in text, script
        assert f"{HOME}.socket" not in text, script


# ------------------------------------------------------------------------- with a real systemd

SYSTEMD = Path("/usr/lib/systemd/systemd")
WITHIN_S = 30.0

# systemd believes that it was booted, sees no other process, and takes all of its own with it.
MANAGER = """
mount -t tmpfs tmpfs /run && mkdir -p /run/systemd/system && mkdir -m 700 /run/user-0
export XDG_RUNTIME_DIR=/run/user-0
%s --user --log-target=null &
until systemctl --user start demitasse-page-home.path; do sleep 0.1; done 2> /dev/null
echo waiting; read -r end
"""


def can_have_a_world_of_its_own() -> bool:
    words = ("unshare", "--mount", "--pid", "--fork", "--cgroup", "--mount-proc", "true")
    with suppress(OSError):
        return SYSTEMD.exists() and subprocess.run(words, check=False).returncode == 0
    return False


def free_port() -> int:
    with socket.create_server(("127.0.0.1", 0)) as found:
        return int(found.getsockname()[1])


@pytest.fixture
def waiting(tmp_path: Path) -> Iterator[tuple[Unit, int, "subprocess.Popen[str]"]]:
    """Return a device whose page waits for a press, as the shipped units say.

    With it the port, and the manager that listens there.
    """
    if not can_have_a_world_of_its_own():
        pytest.skip("systemd cannot be started in a world of its own here")
    unit, port = Unit(tmp_path), free_port()
    unit.state.mkdir()
    units = tmp_path / "systemd" / "user"
    units.mkdir(parents=True)
    said = {
        "/var/lib/demitasse/": f"{unit.state}/",
        "/usr/bin/demitasse": f"{sys.executable} -m agent.main --config {unit.config}",
        "0.0.0.0:443": f"127.0.0.1:{port}",
        "[Service]\n": f"[Service]\nWorkingDirectory={ROOT}\n",
    }
    for kind in ("path", "socket", "service"):
        text = (UNITS / f"{HOME}.{kind}").read_text(encoding="utf-8")
        for ours, theirs in said.items():
            text = text.replace(ours, theirs)
        # What only the system's own manager can do: the sandbox, another user.
        text = text.partition("\nUser=")[0] if kind == "service" else text
        (units / f"{HOME}.{kind}").write_text(text + "\n", encoding="utf-8")
    manager = subprocess.Popen(
        ["unshare", "--mount", "--pid", "--fork", "--kill-child", "--cgroup", "--mount-proc",
         "sh", "-c", MANAGER % SYSTEMD],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
        env={**os.environ, "XDG_CONFIG_HOME": str(tmp_path), "HOME": str(tmp_path)},
    )  # fmt: skip
    try:
        assert manager.stdout
        assert manager.stdout.readline() == "waiting\n"
        yield unit, port, manager
    finally:
        manager.kill()
        manager.wait(WITHIN_S)


def answers(port: int) -> bool:
    context = ssl.create_default_context()
    context.check_hostname, context.verify_mode = False, ssl.CERT_NONE
    with (
        suppress(OSError),
        socket.create_connection(("127.0.0.1", port), timeout=WITHIN_S) as plain,
        context.wrap_socket(plain) as browser,
    ):
        browser.sendall(f"GET / HTTP/1.1\r\nHost: demitasse.local:{port}\r\n\r\n".encode())
        return b" 200 " in browser.recv(100)
    return False


def listens(port: int) -> bool:
    with socket.socket() as browser:
        return browser.connect_ex(("127.0.0.1", port)) == 0


def test_systemd_listens_after_a_press_and_not_before_and_not_after(
    waiting: tuple[Unit, int, "subprocess.Popen[str]"],
) -> None:
    unit, port, manager = waiting
    for number in range(2):
        assert not listens(port)
        lasts = Opening(id=str(number), until_s=opening.boottime_s() + 999, numbers=(1,) * 5)
        held = opening.write_opening(unit.state, lasts)
        until(lambda: answers(port), "an answer", by=manager)
        opening.remove_opening(unit.state)
        os.close(held)
        until(lambda: not listens(port), "the end", by=manager)
