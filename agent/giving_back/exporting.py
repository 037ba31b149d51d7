"""Everything this device knows of the household, for its owner to take away.

``everything`` gathers it as plain values that keep ``export.schema.json``; ``write`` puts
them into a folder three times: JSON for a program, CSV for a spreadsheet, and a page to
read. The desk's part is in it as far as it has come (``desk_part``), with from when it is.
What is left out is listed with its reason (``withheld``). It reads and changes nothing.
"""

import csv
import json
import sqlite3
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from importlib.resources import files
from itertools import groupby
from pathlib import Path

from agent import ledger, memory
from agent.consents.consent_file import ConsentFile, read_consent_file
from agent.delivery import sent_copies
from agent.durable_file import write_durably
from agent.giving_back import beside, desk_part, desk_words, readable_copy, retention
from agent.giving_back.desk_part import DeskPart
from agent.giving_back.withheld import register
from agent.ledger import Damaged
from agent.settings import AgentSettings
from wire.messages import Language, type_name
from wire.schema import JSON, to_plain

FORMAT = "demitasse-export/1"
SCHEMA_FILE = "export.schema.json"
TABLES = ("brews", "concerns", "sent", "received", "ledger")
"""What becomes a table of its own; the lines of the desk are one more."""
DESK_TABLE = "desk"


@dataclass(frozen=True, slots=True, kw_only=True)
class Export:
    """What is taken away."""

    plain: Mapping[str, JSON]
    language: Language


def schema_text() -> str:
    """Return the JSON Schema of ``export.json``, as it is shipped."""
    return files("agent.giving_back").joinpath(SCHEMA_FILE).read_text(encoding="utf-8")


def everything(settings: AgentSettings, now: datetime) -> Export:
    """Gather all that is known at ``now``. Raises ``StoreError`` where there is no store."""
    file = read_consent_file(settings.consent_file)
    language = file.language if isinstance(file, ConsentFile) else Language.EN
    with beside.store_of(settings) as store:
        db = store.reading()
        plain: dict[str, JSON] = {
            "format": FORMAT,
            "exported_at": to_plain(now),
            "timezone": settings.timezone,
            "consent_file": _text_of(settings.consent_file),
            "routine": memory.meta(db, "routine"),
            "concerns": [to_plain(concern) for concern in memory.concerns(db)],
            "ledger": [_ledger_row(row) for row in ledger.rows(db)],
            **_happened(db),
            "remembered": {name: memory.meta(db, name) for name in _remembered(db)},
        }
        part = desk_part.kept(db)
    plain["consent_records"] = [*beside.records_of(settings, now)]
    plain["retention_days"] = dict(retention.DAYS)
    plain["withheld"] = [to_plain(one) for one in register(language)]
    plain["desk_part"] = _desk_part(part, language, contact=settings.operator.contact)
    return Export(plain=plain, language=language)


def write(folder: Path, export: Export) -> list[Path]:
    """Write the folder; return its files. Raises ``OSError``."""
    folder.mkdir(mode=0o700, parents=True, exist_ok=True)
    plain = export.plain
    written = [
        _write(folder / "export.json", json.dumps(plain, ensure_ascii=False, indent=1) + "\n"),
        _write(folder / SCHEMA_FILE, schema_text()),
        _write(folder / "index.html", page(export)),
    ]
    for name in TABLES:
        rows = plain[name]
        assert isinstance(rows, list)
        written.append(_write_csv(folder / f"{name}.csv", [*map(readable_copy.flat, rows)]))
    written.append(_write_csv(folder / f"{DESK_TABLE}.csv", _desk_rows(plain["desk_part"])))
    return written


def page(export: Export) -> str:
    """Return the readable page."""
    return readable_copy.page(export.plain, export.language, register(export.language))


def _happened(db: sqlite3.Connection) -> dict[str, JSON]:
    """Return coffees, and what was sent and came back."""
    return {
        "brews": [
            {
                "started_at": started_at,
                "duration_s": duration_s,
                "water_ml": water_ml,
                "certainty": certainty,
            }
            for started_at, duration_s, water_ml, certainty in db.execute(
                "SELECT started_at, duration_s, water_ml, certainty FROM brew"
                " ORDER BY started_at"
            )
        ],
        "sent": [
            {
                "message_id": copy.message_id,
                "at": to_plain(copy.at),
                "type": copy.type,
                "message": to_plain(copy.message),
            }
            for copy in sent_copies.copies(db)
        ],
        "received": [
            {"at": to_plain(at), "type": type_name(message), "message": to_plain(message)}
            for at, message in memory.came_back(db)
        ],
    }


def _remembered(db: sqlite3.Connection) -> list[str]:
    """Return the names of the small things: faults, heating times, a return from a pause.

    All of them, so that nothing new is ever forgotten here; the routine has its own place.
    """
    found = db.execute("SELECT key FROM meta WHERE key != 'routine' ORDER BY key")
    return [name for (name,) in found]


def _desk_part(part: DeskPart, language: Language, *, contact: str) -> JSON:
    reasons = {one.category: one for one in register(language)}
    known = [reasons[name] for name in part.withheld if name in reasons]
    by_case = sorted(part.lines, key=lambda line: (line.about, line.at))
    return {
        "included": part.made_at is not None,
        "standing": str(part.standing),
        "asked_at": to_plain(part.asked_at),
        "as_of": to_plain(part.made_at),
        "how": desk_words.stands(part, language, contact=contact),
        "cases": [
            {
                "about": about,
                "lines": [
                    {
                        "at": to_plain(line.at),
                        "what": line.what,
                        "by": line.by,
                        "text": line.text,
                        "says": desk_words.says(line, language),
                    }
                    for line in lines
                ],
            }
            for about, lines in groupby(by_case, key=lambda line: line.about)
        ],
        "withheld": [to_plain(one) for one in known],
    }


def _desk_rows(part: JSON) -> list[dict[str, str]]:
    assert isinstance(part, dict)
    cases = part["cases"]
    assert isinstance(cases, list)
    return [
        {"about": str(case["about"]), **readable_copy.flat(line)}
        for case in cases
        if isinstance(case, dict) and isinstance(case["lines"], list)
        for line in case["lines"]
    ]


def _write_csv(file: Path, rows: Sequence[Mapping[str, str]]) -> Path:
    with file.open("w", encoding="utf-8", newline="") as opened:
        file.chmod(0o600)
        writer = csv.DictWriter(opened, readable_copy.names_of(rows), restval="")
        writer.writeheader()
        writer.writerows(
            {name: _harmless(value) for name, value in row.items()} for row in rows
        )
    return file


def _harmless(value: str) -> str:
    # A spreadsheet would take such a text for a formula; somebody's words are none.
    return f"'{value}" if value.startswith(("=", "@", "\t", "\r")) else value


def _write(file: Path, text: str) -> Path:
    write_durably(file, text)
    return file


def _ledger_row(row: ledger.Row) -> JSON:
    damaged = isinstance(row.entry, Damaged)
    return {
        "sequence": row.sequence,
        "at": row.at,
        "kind": "damaged" if damaged else type(row.entry).__name__,
        "entry": None if damaged else to_plain(row.entry),
        "hash": row.hash,
    }


def _text_of(file: Path) -> str:
    try:
        return file.read_text(encoding="utf-8-sig", errors="replace")
    except OSError:
        return ""
