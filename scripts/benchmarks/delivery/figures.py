"""What delivery costs: sealing, opening, taking in, from alert to case, a day of writing."""

import json
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable
from contextlib import ExitStack, closing
from pathlib import Path

from scripts.benchmarks import intake
from scripts.benchmarks.delivery.agent_process import Device
from scripts.benchmarks.delivery.household import House
from scripts.benchmarks.delivery.kills import ROOT, Desk
from scripts.benchmarks.delivery.mosquitto import Mosquitto
from wire.keys import DeviceKeys
from wire.messages import Direction
from wire.sealing import open_sealed

WORKERS = (1, 2)
SIGNED_WITHIN_S = 60.0
Figure = dict[str, float]


def sealing_us(*, rounds: int) -> Figure:
    """Return the microseconds to seal and sign an alert, and to open and verify it."""
    house = House()
    alert = house.alert()

    def sealed() -> bytes:
        return house.sealed(alert, "ab" * 16)

    envelope, sender = sealed(), house.device.public()

    def opened() -> None:
        open_sealed(
            envelope,
            direction=Direction.UP,
            device=house.device.device_id,
            recipient=house.desk,
            sender=sender,
        )

    return {
        "seal_and_sign_us": _median_us(sealed, rounds),
        "open_and_verify_us": _median_us(opened, rounds),
    }


def intake_per_s(*, alerts: int) -> dict[str, Figure]:
    """Return how many alerts a second the desk commits, by database and workers."""
    found = {"sqlite": _by_workers("", alerts)}
    try:
        with intake.throwaway_postgresql() as url:
            found["postgresql"] = _by_workers(url, alerts)
    except (OSError, RuntimeError, ImportError) as error:
        print(f"no figures for PostgreSQL: {error}", file=sys.stderr)
    return found


def _by_workers(url: str, alerts: int) -> Figure:
    return {
        f"{workers}_workers": intake.measure(url, workers=workers, alerts=alerts).alerts_per_s
        for workers in WORKERS
    }


def way_to_the_desk(*, alerts: int) -> Figure:
    """Return how long an alert takes from its commit to the desk's signature, and the drain.

    Through a real broker and a real intake, of one device with a slot every 20 ms: at most
    fifty a second. In life the slot is five minutes, and is what the owner waits for. The
    signature comes after the case is committed, so each time is longer than that to the case.
    """
    with tempfile.TemporaryDirectory() as name, ExitStack() as stack:
        folder = Path(name)
        keys = DeviceKeys.create().to_json()
        (folder / "house.json").write_text(json.dumps({"device": keys}))
        broker = stack.enter_context(closing(Mosquitto(folder / "broker")))
        desk = stack.enter_context(closing(Desk(folder, broker.port)))
        device = Device(folder, broker.port)
        times_s = [_signed_after_s(device, 1) for _ in range(alerts)]
        desk.stop_worker()
        for _ in range(alerts):
            device.raise_alert()
        began_s = time.monotonic()
        desk.continue_worker()
        _until_signed(device)
        drained_s = time.monotonic() - began_s
        device.close()
    cuts = statistics.quantiles(times_s, n=100)
    return {
        "alert_to_signature_p50_ms": round(cuts[49] * 1000, 1),
        "alert_to_signature_p99_ms": round(cuts[98] * 1000, 1),
        "drain_per_s": round(alerts / drained_s, 1),
    }


def _signed_after_s(device: Device, count: int) -> float:
    began_s = time.monotonic()
    for _ in range(count):
        device.raise_alert()
    _until_signed(device)
    return time.monotonic() - began_s


def _until_signed(device: Device) -> None:
    deadline = time.monotonic() + SIGNED_WITHIN_S
    while device.room.unanswered:
        if time.monotonic() > deadline:
            raise TimeoutError(f"the desk has not signed within {SIGNED_WITHIN_S:g} s")
        device.step(raise_alerts=False)
        time.sleep(0.0005)


def written_a_day() -> Figure:
    """Return what a device writes in a day, as the kernel counts it from outside."""
    with tempfile.TemporaryDirectory() as name:
        command = [sys.executable, "-P", "-m", "scripts.benchmarks.delivery.day_process", name]
        process = subprocess.Popen(
            command, cwd=ROOT, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
        )
        try:
            before = _written_when_it_says(process, "learned")
            after = _written_when_it_says(process, "lived")
            process.communicate("\n")
        finally:
            process.kill()
            process.wait()
    return {
        "mb_written_a_day": round((after["write_bytes"] - before["write_bytes"]) / 1e6, 2),
        "mb_handed_to_the_system": round((after["wchar"] - before["wchar"]) / 1e6, 2),
    }


def _written_when_it_says(process: "subprocess.Popen[str]", word: str) -> dict[str, int]:
    assert process.stdin is not None
    assert process.stdout is not None
    said = process.stdout.readline().strip()
    if said != word:
        raise RuntimeError(f"the device's day ended before it had {word}")
    lines = Path(f"/proc/{process.pid}/io").read_text().splitlines()
    process.stdin.write("\n")
    process.stdin.flush()
    return {name: int(count) for name, count in (line.split(": ") for line in lines)}


def _median_us(work: Callable[[], object], rounds: int) -> float:
    times = []
    for _ in range(rounds):
        began = time.perf_counter_ns()
        work()
        times.append(time.perf_counter_ns() - began)
    return round(statistics.median(times) / 1000, 1)
