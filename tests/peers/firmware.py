"""The C firmware, built once a run: as a process on this machine, and in a simulated AVR.

A build that fails fails its tests. A test is skipped only where a tool is missing, with one of
the ``needs_…`` saying which.
"""

import atexit
import functools
import shutil
import subprocess
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from firmware_bridge.reference.frames import Capability, ResetCause
from firmware_bridge.simulation.twin import Inputs
from scripts.benchmarks.bridge_firmware import FIRMWARE, has_libfuzzer

_SIMAVR_HEADERS = ("/usr/include/simavr", "/usr/local/include/simavr")

needs_cc = pytest.mark.skipif(shutil.which("cc") is None, reason="cc is not installed")
needs_gcov = pytest.mark.skipif(shutil.which("gcov") is None, reason="gcov is not installed")
needs_libfuzzer = pytest.mark.skipif(
    not has_libfuzzer(), reason="clang with libFuzzer is not installed"
)
needs_avr = pytest.mark.skipif(
    shutil.which("avr-gcc") is None, reason="avr-gcc is not installed"
)
needs_simavr = pytest.mark.skipif(
    not any(Path(path).is_dir() for path in _SIMAVR_HEADERS),
    reason="libsimavr-dev is not installed",
)


@functools.cache
def build_folder() -> Path:
    """Return where this run builds."""
    folder = tempfile.mkdtemp(prefix="demitasse-firmware-")
    atexit.register(shutil.rmtree, folder, ignore_errors=True)
    return Path(folder)


@functools.cache
def make(*targets: str) -> str:
    """Run make; return what it says. The tree stays clean: it builds elsewhere."""
    done = subprocess.run(
        ["make", "--no-print-directory", f"BUILD={build_folder()}", *targets],
        cwd=FIRMWARE,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        timeout=120,
        check=False,
    )
    assert done.returncode == 0, done.stdout
    return done.stdout


def built(target: str, name: str) -> Path:
    """Return the path of ``name``, after ``make target``."""
    make(target)
    return build_folder() / name


def gcov(data_files: str) -> str:
    """Return what gcov says of what was run and is now over."""
    files = sorted(map(str, build_folder().glob(data_files)))
    return subprocess.run(
        ["gcov", "--no-output", "--object-directory", str(build_folder()), *files],
        cwd=FIRMWARE,
        capture_output=True,
        text=True,
        check=True,
    ).stdout


class LineProcess:
    """A process that answers each line on its standard input with one line."""

    def __init__(self, *command: str | Path) -> None:
        self._process = subprocess.Popen(
            [str(word) for word in command],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
        )

    def ask(self, *words: object) -> str:
        """Send a command; return its answer."""
        stdin, stdout, stderr = (
            self._process.stdin,
            self._process.stdout,
            self._process.stderr,
        )
        assert stdin is not None
        assert stdout is not None
        assert stderr is not None
        try:
            stdin.write(" ".join(map(str, words)) + "\n")
            stdin.flush()
        except BrokenPipeError:
            pytest.fail(f"it died: {stderr.read()}")
        answer = stdout.readline()
        assert answer.endswith("\n"), f"it died: {stderr.read()}"
        return answer.rstrip("\n")

    def close(self) -> None:
        """End the process; whatever a sanitizer found has already ended it."""
        _, complaints = self._process.communicate(timeout=10)
        assert (self._process.returncode, complaints) == (0, "")

    def kill(self) -> None:
        """End the process now, if it still runs."""
        if self._process.poll() is None:
            self._process.kill()
        self._process.communicate()


@contextmanager
def line_process(*command: str | Path) -> Iterator[LineProcess]:
    """Run a ``LineProcess``; it ends well, or the test fails, and in any case it ends."""
    process = LineProcess(*command)
    try:
        yield process
        process.close()
    finally:
        process.kill()


def as_hex(data: bytes) -> str:
    return data.hex() or "-"


def from_hex(text: str) -> bytes:
    return b"" if text == "-" else bytes.fromhex(text)


class Core:
    """The firmware's portable core, tick by tick, as ``boards/host/scenario.c`` has it."""

    def __init__(self, process: LineProcess) -> None:
        self._process = process

    def start(
        self,
        serial: str,
        eeprom: bytes,
        reset_cause: ResetCause,
        capabilities: Capability,
    ) -> None:
        """Start the controller over."""
        answer = self._process.ask(
            "start", serial, as_hex(eeprom), int(reset_cause), int(capabilities)
        )
        assert answer == "ok"

    def tick(self, now_ms: int, inputs: Inputs, rx: bytes = b"") -> bytes:
        """Return what the controller sends; the same call as the twin's."""
        pins = (
            int(inputs.pump),
            int(inputs.heater),
            int(inputs.tank_raw),
            inputs.flow_pulses,
            inputs.adc_boiler,
            inputs.adc_level,
            "-" if inputs.load is None else inputs.load,
        )
        return from_hex(self._process.ask("tick", now_ms & 0xFFFF_FFFF, *pins, as_hex(rx)))

    def eeprom(self) -> bytes:
        """Return the memory."""
        return from_hex(self._process.ask("memory"))

    def frame(self, payload: bytes) -> bytes:
        """Return ``payload`` as it travels."""
        return from_hex(self._process.ask("frame", as_hex(payload)))

    def receive(self, *pieces: bytes) -> tuple[list[bytes], int, int]:
        """Return the payloads that a new decoder finds, and its good and bad counts."""
        self._process.ask("listen")
        payloads, good, bad = [], 0, 0
        for piece in pieces:
            found, ok_text, bad_text = self._process.ask("receive", as_hex(piece)).split(" ")
            payloads += [bytes.fromhex(text) for text in found.split(",") if text]
            good, bad = int(ok_text), int(bad_text)
        return payloads, good, bad

    def boiler_temp_tenths_c(self, adc: int) -> int | None:
        """Return the temperature behind ``adc``."""
        answer = self._process.ask("temperature", adc)
        return None if answer == "unknown" else int(answer)

    def water_level_permille(self, adc: int) -> int:
        """Return the level behind ``adc``."""
        return int(self._process.ask("level", adc))
