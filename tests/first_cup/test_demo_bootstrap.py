"""``scripts/demo``, and ``scripts/venv`` under it, on computers that lack something.

They are played by small fakes on PATH. The fake ``python3`` understands only what the script
asks of it, and writes down what it was asked, so that no test here installs anything.
"""

import os
import shutil
import subprocess
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]

FAKE_PYTHON = """\
#!/usr/bin/env bash
# A Python $FAKE_VERSION that can do what FAKE_MODULES says.
echo "$(basename "$0") $*" >> "$FAKE_LOG"
case "$*" in
    *version_info*"< (3, 11)"*) [ "$FAKE_OLD" != yes ] ;;
    *"import ensurepip, venv"*) [ "$FAKE_VENV" = yes ] ;;
    *version_info*) echo 3.11 ;;
    *sys.version*) echo "3.11.2 (fake) $0" ;;
    "-m venv "*)
        mkdir -p "$3/bin"
        cp "$0" "$3/bin/python"
        ;;
    "-m pip "*" install "*)
        echo "could not reach the index" >&2
        [ "$FAKE_PIP" = yes ]
        ;;
    "-P -m scripts.first_cup"*) echo "the demonstration runs: $* PYTHONPATH=$PYTHONPATH" ;;
    *)
        echo "unexpected: $*" >&2
        exit 99
        ;;
esac
"""


class Computer:
    """A copy of the script and its lock file, and a PATH with a fake Python."""

    def __init__(self, folder: Path) -> None:
        self.root = folder / "a project"
        (self.root / "scripts/locks").mkdir(parents=True)
        for script in ("demo", "venv"):
            shutil.copy(ROOT / "scripts" / script, self.root / "scripts" / script)
        (self.root / "pyproject.toml").write_text("[project]\n")
        self.lock = self.root / "scripts/locks/demo.txt"
        self.lock.write_text("paho-mqtt==2.2.0 --hash=sha256:00\n")
        self._log = folder / "asked.txt"
        self.bin = folder / "bin"
        self.bin.mkdir()
        for tool in ("bash", "basename", "cat", "cksum", "cp", "dirname", "env", "mkdir"):
            self._link(tool)
        for tool in ("rm", "tail"):
            self._link(tool)
        self.install_python("python3")
        self.facts = {"FAKE_OLD": "no", "FAKE_VENV": "yes", "FAKE_PIP": "yes"}

    def _link(self, tool: str) -> None:
        found = shutil.which(tool)
        assert found is not None
        (self.bin / tool).symlink_to(found)

    def install_python(self, name: str) -> None:
        program = self.bin / name
        program.write_text(FAKE_PYTHON)
        program.chmod(0o755)

    def demo(self, *arguments: str) -> subprocess.CompletedProcess[str]:
        environment = {"PATH": str(self.bin), "FAKE_LOG": str(self._log), **self.facts}
        return subprocess.run(
            [str(self.root / "scripts/demo"), *arguments],
            cwd=self.bin,
            env=environment,
            capture_output=True,
            text=True,
            check=False,
        )

    def asked(self) -> list[str]:
        """Return what any Python was asked since the last call."""
        lines = self._log.read_text().splitlines() if self._log.exists() else []
        self._log.unlink(missing_ok=True)
        return lines

    def installs(self) -> int:
        return sum("--require-hashes" in line for line in self.asked())


@pytest.fixture
def computer(tmp_path: Path) -> Computer:
    return Computer(tmp_path)


def test_it_installs_with_hashes_in_one_line_and_hands_over(computer: Computer) -> None:
    done = computer.demo("--story", "night shift")
    assert done.returncode == 0
    venv = computer.root / ".demitasse/venv"
    assert done.stderr == f"Preparing {venv} (once, about a minute) …\n"
    assert "-P -m scripts.first_cup --story night shift" in done.stdout
    assert f"PYTHONPATH={computer.root}" in done.stdout
    dependencies, project = [line for line in computer.asked() if " install " in line]
    assert f"--require-hashes -r {computer.lock}" in dependencies
    assert f"--no-deps --no-build-isolation -e {computer.root}" in project


def test_a_second_run_installs_nothing_and_says_nothing(computer: Computer) -> None:
    computer.demo()
    computer.asked()
    again = computer.demo()
    assert (again.returncode, again.stderr) == (0, "")
    assert computer.installs() == 0


def test_a_changed_lock_file_is_installed(computer: Computer) -> None:
    computer.demo()
    computer.asked()
    computer.lock.write_text("paho-mqtt==2.2.1 --hash=sha256:01\n")
    computer.demo()
    assert computer.installs() == 1


def test_an_environment_whose_python_is_gone_is_made_again(computer: Computer) -> None:
    computer.demo()
    computer.asked()
    (computer.root / ".demitasse/venv/bin/python").unlink()
    assert computer.demo().returncode == 0
    assert computer.installs() == 1


def test_without_the_venv_module_it_prints_the_apt_line(computer: Computer) -> None:
    computer.facts["FAKE_VENV"] = "no"
    done = computer.demo()
    assert done.returncode == 2
    assert done.stderr == (
        "scripts/venv: Python's venv module is missing: sudo apt install python3.11-venv\n"
    )
    assert not (computer.root / ".demitasse").exists()


def test_without_a_new_enough_python_it_prints_the_apt_line(computer: Computer) -> None:
    computer.facts["FAKE_OLD"] = "yes"
    done = computer.demo()
    assert done.returncode == 2
    assert done.stderr == (
        "scripts/venv: Python 3.11 or later is needed: sudo apt install python3 python3-venv\n"
    )


def test_without_any_python_it_prints_the_apt_line(computer: Computer) -> None:
    (computer.bin / "python3").unlink()
    done = computer.demo()
    assert done.returncode == 2
    assert "sudo apt install python3 python3-venv" in done.stderr


def test_a_python_of_another_name_will_do(computer: Computer) -> None:
    (computer.bin / "python3").unlink()
    computer.install_python("python3.12")
    assert computer.demo().returncode == 0
    assert computer.asked()[0].startswith("python3.12 ")


def test_a_failed_installation_is_quoted_and_tried_again(computer: Computer) -> None:
    computer.facts["FAKE_PIP"] = "no"
    done = computer.demo()
    assert done.returncode == 2
    assert "could not reach the index" in done.stderr
    assert f"all of it is in {computer.root}/.demitasse/venv.log" in done.stderr
    computer.facts["FAKE_PIP"] = "yes"
    computer.asked()
    assert computer.demo().returncode == 0
    assert computer.installs() == 1


def test_a_failed_installation_is_not_hidden_by_going_back_to_the_old_lock_file(
    computer: Computer,
) -> None:
    before = computer.lock.read_text()
    computer.demo()
    computer.lock.write_text("paho-mqtt==2.2.1 --hash=sha256:01\n")
    computer.facts["FAKE_PIP"] = "no"
    assert computer.demo().returncode == 2
    computer.lock.write_text(before)
    computer.facts["FAKE_PIP"] = "yes"
    computer.asked()
    assert computer.demo().returncode == 0
    assert computer.installs() == 1


def test_a_copy_without_its_lock_file_is_refused(computer: Computer) -> None:
    computer.lock.unlink()
    done = computer.demo()
    assert done.returncode == 2
    assert "this is not a whole copy of the project" in done.stderr


def test_what_the_demonstration_returns_is_returned(computer: Computer) -> None:
    computer.demo()
    python = computer.root / ".demitasse/venv/bin/python"
    python.write_text(
        python.read_text()
        .replace("the demonstration runs", "no")
        .replace('*) echo "no', '*) exit 7; echo "no')
    )
    assert computer.demo().returncode == 7


def test_the_script_is_executable() -> None:
    assert os.access(ROOT / "scripts/demo", os.X_OK)
