"""What consent stood, in a small file beside the store, so that a lost ledger extends nothing.

When a torn store is moved aside, the new one is empty while the owner's file still says
yes. The yes goes on, and with it the day on which it ends: that day is read here. Where
this file is lost, too, nobody knows that day any more, and every yes counts as ended: the
owner switches it off and on again.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

from agent.consent import ConsentRecord, Earlier
from agent.consents.consent_file import ConsentFile, Purpose
from agent.durable_file import write_durably
from wire.schema import SchemaError, decode, encode


@dataclass(frozen=True, slots=True, kw_only=True)
class _Line:
    purpose: Purpose
    switch_fingerprint: str
    given_at: datetime
    valid_until: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class _File:
    consents: tuple[_Line, ...]


def file_beside(store: Path) -> Path:
    """Return where the consents of ``store`` are kept."""
    return store.with_suffix(".consents")


def load(file: Path) -> dict[Purpose, Earlier] | None:
    """Return what was kept, or ``None`` where there is nothing that can be read."""
    try:
        lines = decode(_File, file.read_bytes()).consents
    except (OSError, SchemaError):
        return None
    return {
        line.purpose: Earlier(
            switch_fingerprint=line.switch_fingerprint,
            given_at=line.given_at,
            valid_until=line.valid_until,
        )
        for line in lines
    }


def save(file: Path, consents: Mapping[Purpose, Earlier]) -> None:
    """Keep ``consents``. Raises ``OSError``."""
    lines = tuple(
        _Line(
            purpose=purpose,
            switch_fingerprint=one.switch_fingerprint,
            given_at=one.given_at,
            valid_until=one.valid_until,
        )
        for purpose, one in sorted(consents.items())
    )
    write_durably(file, encode(_File(consents=lines)).decode())


def unproven(file: ConsentFile, now: datetime) -> dict[Purpose, Earlier]:
    """Return each yes of ``file`` as one that has just ended: its day is not known."""
    return {
        purpose: Earlier(switch_fingerprint=switch.fingerprint(), given_at=now, valid_until=now)
        for purpose, switch in file.switches.items()
        if switch.on
    }


def followed(
    kept: Mapping[Purpose, Earlier],
    file: ConsentFile,
    records: Mapping[Purpose, ConsentRecord],
) -> dict[Purpose, Earlier]:
    """Return what to keep now: what the ledger holds, and what it does not hold yet."""
    still = {p: one for p, one in kept.items() if file.switches[p].on}
    return still | {
        purpose: Earlier(
            switch_fingerprint=record.switch_fingerprint,
            given_at=record.given_at,
            valid_until=record.valid_until,
        )
        for purpose, record in records.items()
    }
