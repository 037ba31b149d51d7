"""A desk of the benchmark's own, in a folder: keys, database, enrolled households.

Django can be started once in a process, so there is one desk a process. What is counted is
read from the database file itself, beside the desk and not through it.
"""
# Django's settings have to be named before what needs Django is imported.
# ruff: noqa: PLC0415

import sqlite3
from collections.abc import Sequence
from contextlib import closing
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

from scripts.benchmarks.delivery.household import House
from wire.keys import DeskKeys, DeviceKeys

CONFIG = '[database]\npath = "desk.sqlite3"\n[keys]\nfolder = "keys"\n[broker]\nport = {port}\n'


@dataclass(frozen=True, slots=True)
class DeskFolder:
    """Where a desk lives."""

    folder: Path

    @property
    def config(self) -> Path:
        """Its options."""
        return self.folder / "desk.toml"

    @property
    def database(self) -> Path:
        """Its database, for an observer."""
        return self.folder / "desk.sqlite3"


def write_config(folder: Path, *, port: int, extra: str = "") -> DeskFolder:
    """Write the options of a desk whose broker is at ``port`` of this computer."""
    folder.mkdir(parents=True, exist_ok=True)
    desk = DeskFolder(folder)
    desk.config.write_text(CONFIG.format(port=port) + extra, encoding="utf-8")
    return desk


def open_here(desk: DeskFolder) -> DeskKeys:
    """Make keys and database and start Django in this process; return the desk's keys."""
    from escalation import desk_keys, startup

    startup.initialise(desk.config)
    return desk_keys.load(desk.folder / "keys").keys


def enroll(keys: DeskKeys, devices: Sequence[DeviceKeys]) -> list[House]:
    """Return the households of ``devices``, known to the desk of this process."""
    from escalation.models import Device

    Device.objects.bulk_create(
        Device(
            device_id=device.device_id,
            public_keys=device.public().to_json(),
            enrolled_at=datetime.now(UTC),
        )
        for device in devices
    )
    return [House(device=device, desk=keys) for device in devices]


def cases_by_position(database: Path, device: str) -> dict[tuple[int, int], int]:
    """Return how many cases each epoch and sequence number of ``device`` has made."""
    rows = _asked(
        database,
        "SELECT epoch, sequence, count(*) FROM escalation_case WHERE device_id = ?"
        " GROUP BY epoch, sequence",
        device,
    )
    return {(epoch, sequence): made for epoch, sequence, made in rows}


def cases(database: Path) -> int:
    """Return how many cases there are."""
    [(count,)] = _asked(database, "SELECT count(*) FROM escalation_case")
    return int(count)


def press_out(database: Path) -> None:
    """Empty the database's log now; a desk that goes on does so within a minute."""
    with closing(sqlite3.connect(database)) as db:
        db.execute("PRAGMA wal_checkpoint(TRUNCATE)")


def _asked(database: Path, question: str, *values: str) -> list[tuple[int, ...]]:
    with closing(sqlite3.connect(f"file:{database}?mode=ro", uri=True)) as db:
        return db.execute(question, values).fetchall()
