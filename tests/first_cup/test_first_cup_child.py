"""Child processes start, say what went wrong, and end with the demonstration."""

import subprocess
import sys
import time
from pathlib import Path

import pytest

from scripts.first_cup.child import Child, ChildError

ROOT = Path(__file__).resolve().parents[2]
PYTHON = (sys.executable, "-c")


def child(folder: Path, script: str) -> Child:
    return Child("helper", (*PYTHON, script), folder=folder)


def test_a_child_is_ready_when_what_was_looked_for_is_there(tmp_path: Path) -> None:
    script = "import time; print('ready', flush=True); time.sleep(60)"
    with child(tmp_path, script) as running:
        output = tmp_path / "helper.out"
        assert running.await_ready(lambda: output.read_text() or None, within_s=10) == "ready\n"
        assert not running.ended()
    assert running.ended()


def test_a_child_that_ends_too_early_is_quoted(tmp_path: Path) -> None:
    with (
        child(tmp_path, "import sys; sys.exit('the port is busy')") as running,
        pytest.raises(ChildError, match=r"helper ended while starting:\nthe port is busy"),
    ):
        running.await_ready(lambda: None, within_s=10)


def test_a_command_that_is_not_there_is_named(tmp_path: Path) -> None:
    with (
        Child("helper", ("no-such-command",), folder=tmp_path) as running,
        pytest.raises(ChildError, match="no-such-command: No such file or directory"),
    ):
        running.await_ready(lambda: None, within_s=10)


def test_a_child_that_never_gets_ready_is_given_up(tmp_path: Path) -> None:
    with (
        child(tmp_path, "import time; time.sleep(60)") as running,
        pytest.raises(ChildError, match=r"was not ready within 0\.05 s:\nit said nothing"),
    ):
        running.await_ready(lambda: None, within_s=0.05)


def test_a_child_that_ignores_the_request_is_killed_with_all_it_started(
    tmp_path: Path,
) -> None:
    script = (
        "import signal, subprocess, sys, time\n"
        "signal.signal(signal.SIGTERM, signal.SIG_IGN)\n"
        "own = subprocess.Popen([sys.executable, '-c', 'import time; time.sleep(60)'])\n"
        "print(own.pid, flush=True)\n"
        "time.sleep(60)\n"
    )
    output = tmp_path / "helper.out"
    with child(tmp_path, script) as running:
        grandchild = int(running.await_ready(lambda: output.read_text() or None, within_s=10))
        began = time.monotonic()
        running.stop(within_s=0.1)
        assert time.monotonic() - began < 5
    assert running.ended()
    deadline = time.monotonic() + 10
    while runs(grandchild):
        assert time.monotonic() < deadline
        time.sleep(0.01)


def runs(pid: int) -> bool:
    try:
        stat = Path(f"/proc/{pid}/stat").read_text()
    except (FileNotFoundError, ProcessLookupError):
        return False
    return stat.rpartition(")")[2].split()[0] != "Z"


def test_ctrl_c_reaches_the_demonstration_and_not_its_children(tmp_path: Path) -> None:
    # The terminal interrupts a process group; a child of ours is in another one.
    script = "import os, time; print(os.getpgid(0), flush=True); time.sleep(60)"
    with child(tmp_path, script) as running:
        output = tmp_path / "helper.out"
        group = running.await_ready(lambda: output.read_text() or None, within_s=10)
        assert int(group) == running.pid


def test_a_parent_that_is_gone_already_starts_nothing(tmp_path: Path) -> None:
    tether = ROOT / "scripts/first_cup/tether.py"
    marker = tmp_path / "started"
    done = subprocess.run(
        [sys.executable, str(tether), "1", "touch", str(marker)],
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 1
    assert "ended while this was starting" in done.stderr
    assert not marker.exists()
