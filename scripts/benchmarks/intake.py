"""How many sealed alerts a second the desk takes in: opened, verified, known once, committed.

``measure`` makes a desk on one database, enrolls households, seals their alerts, and lets
some worker processes take them in, each its own share, in the batches in which the broker
hands them over. The clock runs from the moment all workers are ready until the last has
committed; what is counted is the cases that stand in the database afterwards.

    measure("sqlite", workers=2, alerts=4000)
"""

import json
import multiprocessing
import tempfile
import time
import uuid
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime
from multiprocessing.synchronize import Barrier
from pathlib import Path

from wire.keys import DeviceKeys
from wire.sealing import SLOT_BYTES

HOUSEHOLDS = 400
SPAWN = multiprocessing.get_context("spawn")


@dataclass(frozen=True, slots=True, kw_only=True)
class Intake:
    """What one measurement found."""

    alerts_per_s: float
    cpu_ms_per_alert: float
    """Of the workers alone. A computer that does other things shows it in the rate first."""
    cases: int
    """Cases in the database afterwards; as many as alerts were sent."""


def measure(database_url: str, *, workers: int, alerts: int) -> Intake:
    """Return how fast ``workers`` take in ``alerts``; an empty ``database_url`` is SQLite."""
    with tempfile.TemporaryDirectory(prefix="bench-intake-") as name:
        folder = Path(name)
        config = folder / "desk.toml"
        config.write_text(
            f'[database]\npath = "desk.sqlite3"\nurl = "{database_url}"\n'
            '[keys]\nfolder = "keys"\n',
            encoding="utf-8",
        )
        _in_a_child(_prepare, config, folder, alerts)
        start = SPAWN.Barrier(workers + 1)
        processes = [
            SPAWN.Process(target=_take_in, args=(config, folder, n, workers, start))
            for n in range(workers)
        ]
        for process in processes:
            process.start()
        start.wait()
        began_s = time.perf_counter()
        for process in processes:
            process.join()
        spent_s = time.perf_counter() - began_s
        if any(process.exitcode for process in processes):
            raise RuntimeError("a worker of the intake failed")
        _in_a_child(_count, config, folder)
        cases = json.loads((folder / "cases.json").read_text(encoding="ascii"))
        cpu_s = sum(float((folder / f"cpu-{n}").read_text()) for n in range(workers))
    return Intake(
        alerts_per_s=round(alerts / spent_s, 1),
        cpu_ms_per_alert=round(1000 * cpu_s / alerts, 3),
        cases=cases,
    )


# ------------------------------------------------------------------ in their own processes
# Django is set up once a process, so each of these lives in one of its own.
# ruff: noqa: PLC0415


def _in_a_child(target: object, *arguments: object) -> None:
    process = SPAWN.Process(target=target, args=arguments)  # type: ignore[arg-type]
    process.start()
    process.join()
    if process.exitcode != 0:
        raise RuntimeError("the desk of this benchmark could not be made")


def _prepare(config: Path, folder: Path, alerts: int) -> None:
    from escalation import startup

    startup.initialise(config)
    from escalation import desk
    from scripts.benchmarks.delivery.desk import enroll

    devices = [DeviceKeys.create() for _ in range(min(HOUSEHOLDS, alerts))]
    homes = enroll(desk.identity().keys, devices)
    alert = homes[0].alert(datetime.now(UTC))
    with (folder / "envelopes").open("wb") as file:
        for number in range(alerts):
            home = homes[number % len(homes)]
            file.write(bytes.fromhex(home.device.device_id))
            file.write(home.sealed(alert, uuid.uuid4().hex, sequence=1 + number // len(homes)))


def _take_in(config: Path, folder: Path, number: int, workers: int, start: Barrier) -> None:
    from escalation import startup

    startup.start_initialised(config)
    from escalation import desk
    from escalation.broker.broker_link import BATCH_MAX
    from escalation.intake import opening

    batches = list(_batches(folder / "envelopes", number, workers, BATCH_MAX))
    identity = desk.identity()
    start.wait()
    began_s = time.process_time()
    for batch in batches:
        arrivals = [opening.Arrival(topic, envelope) for topic, envelope in batch]
        opening.receive_all(arrivals, desk=identity, now=datetime.now(UTC))
    spent = f"{time.process_time() - began_s}\n"
    (folder / f"cpu-{number}").write_text(spent, encoding="ascii")


def _batches(
    file: Path, number: int, workers: int, size: int
) -> Iterator[list[tuple[str, bytes]]]:
    """Yield this worker's share, as a broker deals a shared subscription: one after another."""
    record = 8 + SLOT_BYTES
    data = file.read_bytes()
    mine = range(number * record, len(data), workers * record)
    batch: list[tuple[str, bytes]] = []
    for at in mine:
        device = data[at : at + 8].hex()
        batch.append((f"demitasse/1/{device}/up", data[at + 8 : at + record]))
        if len(batch) == size:
            yield batch
            batch = []
    if batch:
        yield batch


def _count(config: Path, folder: Path) -> None:
    from escalation import startup

    startup.start_initialised(config)
    from escalation.models import Case

    (folder / "cases.json").write_text(json.dumps(Case.objects.count()), encoding="ascii")


@contextmanager
def throwaway_postgresql() -> Iterator[str]:
    """Run a PostgreSQL as an operator would, with all its syncs; yield its address."""
    from tests.peers.postgres import postgresql

    with postgresql(durable=True) as url:
        yield url
