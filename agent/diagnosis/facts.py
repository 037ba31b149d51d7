"""The facts that support may have. An allow list: what is not built here is not in the bundle.

Nothing is copied and then cleaned. Each fact is a number, a yes or no, or a word out of a
closed list; texts that somebody wrote, names, addresses, folders, keys, envelopes, coffees
and concerns have no way in.
"""

import contextlib
import platform
import re
import sqlite3
import ssl
from collections import Counter
from importlib import metadata
from pathlib import Path

from agent import ledger, memory
from agent.asking.service import known_faults
from agent.assembly import store_file
from agent.checks.machine_memory import last_check
from agent.consents.consent_file import Unreadable, read_consent_file
from agent.delivery import outbox
from agent.delivery.health_log import WRITES
from agent.delivery.write_budget import WriteBudget
from agent.diagnosis import household
from agent.diagnosis.findings import Found
from agent.diagnosis.scene import Scene
from agent.errors import AgentError
from agent.identity.desk_pin import read_pinned_desk
from agent.settings import LOOPBACK, NOT_NAMED, AgentSettings
from agent.store import VERSION, Store
from wire.options import ConfigError
from wire.schema import JSON

FORMAT = "demitasse-diag/1"

LIBRARIES = (
    "cryptography",
    "demitasse",
    "gpiozero",
    "lgpio",
    "numpy",
    "paho-mqtt",
    "pyserial",
    "tomlkit",
)
_VERSION = re.compile(r"[0-9]+(\.[0-9A-Za-z]+)*")
_OS = re.compile(r"[a-z]{1,20}|[0-9.]{1,8}")
_PI = Path("/proc/device-tree/model")


def versions() -> dict[str, JSON]:
    """Return what runs here: programs and the kind of computer, never which one."""
    found = {name: _version_of(name) for name in LIBRARIES}
    system = _os_release()
    return {
        "format": FORMAT,
        "libraries": {name: version for name, version in found.items() if version},
        "python": platform.python_version(),
        "sqlite": sqlite3.sqlite_version,
        "openssl": _only(_VERSION, ssl.OPENSSL_VERSION.partition(" ")[2].split(" ")[0]),
        "kernel": _only(_VERSION, platform.release().split("-")[0]),
        "system": _only(_OS, system.get("ID", "")),
        "system_version": _only(_OS, system.get("VERSION_ID", "")),
        "processor": platform.machine(),
        "raspberry_pi": _raspberry_pi(),
        "store_version": VERSION,
    }


def configuration(scene: Scene) -> dict[str, JSON]:
    """Return what is configured, in numbers and in words of our own."""
    settings, broker = scene.settings, scene.settings.broker
    return {
        "driver": _driver(scene),
        "port_named": settings.machine_port is not None,
        "broker": "by_config" if broker.host else "by_enrolment",
        "broker_on_this_computer": broker.host in LOOPBACK,
        "broker_port": broker.port,
        "broker_certificate_files": broker.tls is not None,
        "enrolled": _enrolled(settings),
        "slot_s": settings.slot_s,
        "write_bytes_a_day": settings.write_bytes_a_day,
        "operator_named": settings.operator.name != NOT_NAMED,
    }


def consent(scene: Scene) -> dict[str, JSON]:
    """Return how many purposes the gate answers in which way; not which ones."""
    file = read_consent_file(scene.settings.consent_file)
    counted = Counter(str(answer.reason) for answer in household.answers(scene))
    return {"readable": not isinstance(file, Unreadable), "answers": dict(counted)}


def check(found: list[Found]) -> list[JSON]:
    """Return verdicts and reasons; the sentences name files and stay here."""
    return [
        {
            "subject": str(one.subject),
            "verdict": str(one.verdict),
            "reason": str(one.reason),
        }
        for one in found
    ]


def counts(settings: AgentSettings) -> dict[str, JSON]:
    """Return how much of everything there is, and nothing of what it says."""
    file = store_file(settings)
    try:
        size = file.stat().st_size
        broken = len(list(file.parent.glob(f"{file.stem}.broken-*")))
        with contextlib.closing(Store(file, mend=False)) as store:
            return {
                "readable": True,
                "store_bytes": size,
                "stores_moved_aside": broken,
                "epoch": store.epoch,
                **_counted(store.reading(), settings),
            }
    except (OSError, AgentError, sqlite3.Error, ValueError):
        return {"readable": False}


def _counted(db: sqlite3.Connection, settings: AgentSettings) -> dict[str, JSON]:
    budget = WriteBudget.from_json(memory.meta(db, WRITES), settings.write_bytes_a_day)
    kept = last_check(db)
    head = ledger.head(db)
    return {
        "outbox": {
            "waiting": _rows(db, "outbox WHERE acknowledged_at IS NULL"),
            "kept": _rows(db, "outbox"),
            "highest_sequence": outbox.highest_sequence(db),
        },
        "telemetry_batches": _rows(db, "telemetry"),
        "ledger_entries": _rows(db, "ledger"),
        "ledger_head": head if re.fullmatch("[0-9a-f]{64}", head) else None,
        "written_bytes": budget.written,
        "records_given_way": sum(budget.deferred.values()),
        "device_check": str(kept.check.verdict) if kept else None,
        "faults": len(known_faults(db)),
    }


def _rows(db: sqlite3.Connection, table: str) -> int:
    # Counted, and never read: a line that nobody understands is still a line.
    return int(db.execute(f"SELECT count(*) FROM {table}").fetchone()[0])


def _only(pattern: re.Pattern[str], text: str) -> str | None:
    return text if pattern.fullmatch(text) else None


def _version_of(library: str) -> str | None:
    try:
        return _only(_VERSION, metadata.version(library))
    except metadata.PackageNotFoundError:
        return None


def _os_release() -> dict[str, str]:
    try:
        return platform.freedesktop_os_release()
    except OSError:
        return {}


def _raspberry_pi() -> str | None:
    try:
        model = _PI.read_text(encoding="ascii").strip("\0\n ")
    except (OSError, ValueError):
        return None
    return model if model.startswith("Raspberry Pi ") else None


def _driver(scene: Scene) -> str | None:
    try:
        return scene.open_parts(scene.settings).driver
    except ConfigError:
        return None


def _enrolled(settings: AgentSettings) -> bool | None:
    try:
        return read_pinned_desk(settings.state_dir) is not None
    except (OSError, ConfigError):
        return None
