"""The C side of ``./scripts/bench bridge``: what the firmware needs, and what it withstands.

Flash and static RAM are what ``avr-size`` says of the Uno build; the deepest stack and the
time to the first byte come from that build in the simulated chip, while it brews and is
flooded. Then libFuzzer feeds the decoder and the controller around it, led by coverage and
watched by AddressSanitizer and UndefinedBehaviorSanitizer. What this computer has no tool
for is ``None``.
"""

import json
import re
import shutil
import subprocess
import tempfile
import time
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import firmware_bridge
from firmware_bridge.reference.codec import encode_frame
from firmware_bridge.reference.frames import HelloRequestFrame
from wire.options import ConfigError

FOLDER = Path(firmware_bridge.__file__).parent
FIRMWARE = FOLDER / "firmware"
FLASH_BYTES, RAM_BYTES = 32768, 2048
INPUT_BYTES_MAX = 512
BOOT_MS_MAX = 50

_REQUEST = encode_frame(HelloRequestFrame(sequence=0, device_ms=0, protocol=(1, 1))).hex()
_BUSY = [
    "adc 0 2300",
    "adc 1 4000",
    "cell 100320",
    "pin D4 0",
    "pulses 250 50",
    f"rx {_REQUEST * 200}",
    "run 5000000",
    "pin D4 1",
    "run 3000000",
    "stack",
]

Figures = dict[str, Any]


def has_libfuzzer() -> bool:
    """Return whether this computer's clang can build the fuzz target."""
    if shutil.which("clang") is None:
        return False
    archive = f"libclang_rt.fuzzer-{_said('uname', '-m').strip()}.a"
    return Path(_said("clang", f"--print-file-name={archive}").strip()).is_file()


def write_seeds(folder: Path) -> list[Path]:
    """Write what a fuzzer begins with: golden frames, hostile bytes, whole sessions."""
    vectors = json.loads((FOLDER / "vectors.json").read_text(encoding="utf-8"))
    seeds = [item["frame_hex"] for item in vectors["frames"]]
    seeds += [item["bytes_hex"] for item in [*vectors["hostile"], *vectors["sessions"]]]
    files = [folder / f"seed-{number:03}" for number in range(len(seeds))]
    for file, seed in zip(files, seeds, strict=True):
        file.write_bytes(bytes.fromhex(seed))
    return files


def measure(*, fuzz_inputs: int, seed: int) -> Figures:
    """Return all figures; building and simulating take seconds, fuzzing what it takes."""
    with tempfile.TemporaryDirectory(prefix="bench-firmware-") as name:
        build = Path(name)
        avr = shutil.which("avr-gcc") is not None
        simulated = avr and any(
            Path(place, "simavr").is_dir() for place in ("/usr/include", "/usr/local/include")
        )
        return {
            **(size(build) if avr else {"flash_bytes": None, "ram_bytes": None}),
            **(life(build) if simulated else {"stack_bytes": None, "boot_ms": None}),
            "fuzz": fuzz(build, fuzz_inputs, seed) if has_libfuzzer() else None,
        }


def size(build: Path) -> Figures:
    """Return flash and static RAM of the Uno build."""
    said = _made(build, "uno", "size")
    flash, ram = (int(text) for text in re.findall(r"^\w+: +(\d+) bytes", said, re.MULTILINE))
    return {"flash_bytes": flash, "ram_bytes": ram}


def life(build: Path) -> Figures:
    """Return how soon the Uno build speaks, and its deepest stack in a busy life."""
    _made(build, "uno", "simavr")
    commands = ["run 1000"] * BOOT_MS_MAX + _BUSY
    answers = subprocess.run(
        [build / "simavr-machine", build / "uno.elf"],
        input="\n".join(commands) + "\n",
        capture_output=True,
        text=True,
        check=True,
    ).stdout.splitlines()
    spoke = [answer != "-" for answer in answers[:BOOT_MS_MAX]]
    return {"stack_bytes": int(answers[-1]), "boot_ms": spoke.index(True) + 1}


def fuzz(build: Path, inputs: int, seed: int) -> Figures:
    """Return what libFuzzer did to the decoder; ``report`` only where it found something."""
    _made(build, "fuzz")
    corpus = build / "corpus"
    corpus.mkdir()
    write_seeds(corpus)
    arguments = [f"-runs={inputs}", f"-seed={seed}", f"-max_len={INPUT_BYTES_MAX}"]
    began_s = time.monotonic()
    done = subprocess.run(
        [build / "fuzz-decoder", *arguments, corpus],
        cwd=build,
        capture_output=True,
        text=True,
        check=False,
    )
    spent_s = time.monotonic() - began_s
    tried = re.search(r"Done (\d+) runs", done.stderr)
    count = int(tried[1]) if tried else 0
    return {
        "inputs": count,
        "inputs_per_s": round(count / spent_s),
        "crashes": int(done.returncode != 0),
        **({"report": done.stderr[-2000:]} if done.returncode else {}),
    }


def told(figures: Mapping[str, Any]) -> str:
    """Return the figures as lines for people."""

    def of(name: str, whole: int) -> str:
        value = figures[name]
        return "not measured here" if value is None else f"{value} of {whole} bytes"

    lines = [
        f"firmware, flash: {of('flash_bytes', FLASH_BYTES)}",
        f"firmware, RAM: {of('ram_bytes', RAM_BYTES)}, "
        f"and at the deepest moment a stack of {figures['stack_bytes']}",
        f"firmware, first byte: {figures['boot_ms']} ms after its reset",
    ]
    if (fuzzed := figures["fuzz"]) is None:
        lines.append("firmware, libFuzzer: needs clang")
    else:
        inputs, per_s, crashes = (fuzzed[k] for k in ("inputs", "inputs_per_s", "crashes"))
        lines.append(
            f"firmware, libFuzzer: {inputs} inputs, {per_s} a second, {crashes} crashes"
        )
    return "\n".join(lines)


def _made(build: Path, *targets: str) -> str:
    return _said("make", "--no-print-directory", f"BUILD={build}", *targets)


def _said(*command: str) -> str:
    done = subprocess.run(command, cwd=FIRMWARE, capture_output=True, text=True, check=False)
    if done.returncode != 0:
        raise ConfigError(f"{' '.join(command)}: failed; repair what it says: {done.stderr}")
    return done.stdout
