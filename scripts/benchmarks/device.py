"""``./scripts/bench device``: what the device costs, beside a bare script and a gateway.

Each reads a pseudo-terminal at ten lines a second, with a Mosquitto of this computer beside
it. Ours is the real ``demitasse run`` in a home with six weeks behind it, everything granted,
its routine judged and an envelope sent every ten seconds.

Two figures are not the same thing for all three, and say so. *Latency*: the bare script and
the gateway send each line on, so it is from the byte to the broker. The device sends no
single reading to anybody: an alert rides in a slot of equal size, hours after the last coffee,
so that the operator of the broker sees no habit. Its own figure is from the byte to the
reading on its live stream (``demitasse live``), which waits for the step before to end, with
store, scores and all. *Written*: ours is a day of ten brews and a health record a minute,
counted by the kernel; the others' is what they wrote in these seconds, as if a day were made
of them. *Memory slope* is ours alone: three months on a virtual clock (``device_months``).

On a computer that has other things to do, believe the processor's seconds (``cpu_s_per_min``,
``start_cpu_s``) and the medians; ``start_s`` and the 99th percentile are those of a queue.
"""

import argparse
import json
import re
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Mapping
from contextlib import AbstractContextManager, suppress
from dataclasses import asdict
from pathlib import Path
from typing import Any

from scripts.benchmarks import device_peers as peers
from scripts.benchmarks.delivery import figures
from scripts.benchmarks.delivery.mosquitto import Mosquitto
from scripts.benchmarks.device_cost import cpu_s, watch
from scripts.benchmarks.device_line import SpeakingLine, as_frame, as_text
from scripts.benchmarks.device_peers import UNIT, Program
from wire.options import ConfigError

ROOT = Path(__file__).resolve().parents[2]
FIRST_WITHIN_S = 60.0
WARM_UP_S = 5.0
SAMPLES = 5
STARTS = 3
GOALS: Mapping[str, float] = {
    "pss_mib": 45,
    "rss_mib": 55,
    "cpu_s_per_min": 0.8,
    "start_s": 0.35,
    "written_mb_per_day": 10,
    "memory_slope_kib_per_month": 1,
}
Figures = dict[str, Any]


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Add how long each is watched, and the choice between words and JSON."""
    parser.add_argument(
        "--seconds",
        type=float,
        default=30,
        metavar="N",
        help="how long each is watched, 5 to 3600 (default: 30)",
    )
    parser.add_argument("--json", action="store_true")


def run(args: argparse.Namespace) -> int:
    """Measure all three and print what was found."""
    if not 5 <= args.seconds <= 3600:
        raise ConfigError(f"--seconds {args.seconds:g}: write 5 to 3600 (seconds)")
    report = measure(args.seconds)
    print(json.dumps(report) if args.json else _told(report))
    return 0


def measure(seconds: float) -> Figures:
    """Return the figures of all three, and of the unit."""
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        broker = Mosquitto(folder / "broker")
        try:
            report: Figures = {
                "ours": _ours(folder, broker.port, seconds),
                "bare": _bare(broker.port, seconds),
                "thingsboard": _thingsboard(folder, broker.port, seconds),
            }
        finally:
            broker.close()
    report["ours"] |= _months()
    report["systemd_exposure"] = exposure(UNIT)
    return report


def _months() -> Figures:
    command = [sys.executable, "-P", "-m", "scripts.benchmarks.device_months"]
    lived = subprocess.run(command, cwd=ROOT, check=True, capture_output=True, text=True)
    found: Figures = json.loads(lived.stdout)
    return found


def _ours(folder: Path, broker_port: int, seconds: float) -> Figures:
    with SpeakingLine(as_frame) as line:
        home = folder / "home"
        home.mkdir()
        config = peers.make_home(home, line.port, broker_port)
        listening = peers.overhearing(home / "state" / "live.sock", line)
        found = _observed(peers.ours(config), line, listening, seconds)
    return {
        **found,
        "latency_to": "the reading on the live stream",
        "written_mb_per_day": figures.written_a_day()["mb_written_a_day"],
        "install_mib": peers.weight_mib(peers.device_distributions(), project=True),
    }


def _bare(broker_port: int, seconds: float) -> Figures:
    with SpeakingLine(as_text) as line:
        listening = peers.at_the_broker(broker_port, line)
        found = _observed(peers.bare(line.port, broker_port), line, listening, seconds)
    libraries = ("paho-mqtt", "pyserial")
    weight = peers.weight_mib(libraries, project=False)
    return {**found, "latency_to": "the broker", "install_mib": weight}


def _thingsboard(folder: Path, broker_port: int, seconds: float) -> Figures:
    if why := peers.install_gateway():
        return {"skipped": why}
    with SpeakingLine(as_text) as line:
        program = peers.gateway(folder / "gateway", line.port, broker_port)
        listening = peers.at_the_broker(broker_port, line)
        try:
            found = _observed(program, line, listening, seconds)
        except TimeoutError as error:
            return {"skipped": str(error)}
    return {**found, "latency_to": "the broker", "install_mib": peers.gateway_mib()}


def _observed(
    program: Program,
    line: SpeakingLine,
    listening: AbstractContextManager[None],
    seconds: float,
) -> Figures:
    with listening:
        starts: list[tuple[float, float]] = []
        while len(starts) < STARTS:
            process = _started(program, line)
            starts.append((line.first_s - line.begun_s, cpu_s(process.pid)))
            if len(starts) < STARTS:
                _end(process)
        try:
            time.sleep(WARM_UP_S)
            line.lateness_s.clear()
            cost = watch(process.pid, seconds=seconds, samples=SAMPLES)
        finally:
            _end(process)
    return {
        **asdict(cost),
        "start_s": round(statistics.median(lasted_s for lasted_s, _ in starts), 2),
        "start_cpu_s": round(statistics.median(spent_s for _, spent_s in starts), 2),
        "latency_ms": _latency_ms(line.lateness_s),
    }


def _started(program: Program, line: SpeakingLine) -> "subprocess.Popen[bytes]":
    line.begin()
    process = program.start()
    while not line.is_heard:
        late = time.perf_counter() - line.begun_s > FIRST_WITHIN_S
        if late or process.poll() is not None:
            _end(process)
            raise TimeoutError("it told nothing of the line")
        time.sleep(0.002)
    return process


def _end(process: "subprocess.Popen[bytes]") -> None:
    process.terminate()
    try:
        process.wait(10)
    except subprocess.TimeoutExpired:
        process.kill()
        process.wait()


def _latency_ms(lateness_s: list[float]) -> dict[str, float]:
    if len(lateness_s) < 2:
        raise TimeoutError("too little arrived to say how late it was")
    cuts = statistics.quantiles(lateness_s, n=100)
    return {"median": round(cuts[49] * 1000, 1), "p99": round(cuts[98] * 1000, 1)}


def exposure(unit: Path) -> float | None:
    """Return what ``systemd-analyze`` says of ``unit``, ``None`` where it is not there."""
    command = ["systemd-analyze", "security", "--offline=true", "--no-pager", str(unit)]
    with suppress(OSError):
        said = subprocess.run(command, capture_output=True, text=True, check=False).stdout
        if found := re.search(r"(?m)exposure level for .*: ([0-9.]+)", said):
            return float(found[1])
    return None


def _told(report: Figures) -> str:
    lines = [
        f"{'':<28}{'ours':>10}{'goal':>8}{'bare':>10}{'thingsboard':>13}",
        *(_row(report, name, GOALS.get(name)) for name in (*GOALS, "install_mib")),
        _latency_row(report),
        f"exposure of the unit: {report['systemd_exposure']}",
    ]
    if why := report["thingsboard"].get("skipped"):
        lines.append(f"ThingsBoard gateway skipped: {why}")
    return "\n".join(lines)


def _row(report: Figures, name: str, goal: float | None) -> str:
    ours, bare, other = (report[peer].get(name, "") for peer in ("ours", "bare", "thingsboard"))
    return f"{name:<28}{ours:>10}{goal or '':>8}{bare:>10}{other:>13}"


def _latency_row(report: Figures) -> str:
    shown = []
    for peer in ("ours", "bare", "thingsboard"):
        late = report[peer].get("latency_ms")
        shown.append(f"{late['median']} / {late['p99']}" if late else "")
    return f"{'latency_ms':<28}{shown[0]:>10}{'2 / 10':>8}{shown[1]:>10}{shown[2]:>13}"
