"""Everything this device knows of the household, for its owner to take away.

``everything`` gathers it as plain values that keep ``export.schema.json``; ``write`` puts
them into a folder three times: JSON for a program, CSV for a spreadsheet, and a page to
read. What is left out is listed with its reason (``withheld``). It reads and changes
nothing.
"""

import csv
import html
import json
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from importlib.resources import files
from pathlib import Path

from agent import ledger, memory
from agent.consents.consent_file import ConsentFile, read_consent_file
from agent.delivery import sent_copies
from agent.durable_file import write_durably
from agent.giving_back import beside, retention
from agent.giving_back.withheld import register
from agent.ledger import Damaged
from agent.settings import AgentSettings
from wire.messages import Language, type_name
from wire.schema import JSON, to_plain
from wire.words import typeset

FORMAT = "demitasse-export/1"
SCHEMA_FILE = "export.schema.json"

_TEXTS: Mapping[Language, Mapping[str, str]] = {
    Language.EN: {
        "title": "What your coffee machine knows",
        "made": "Made on {at}. Everything in this folder is yours.",
        "brews": "Coffees",
        "concerns": "What was noticed",
        "sent": "What was sent, word for word",
        "received": "What came back",
        "consents": "What you allowed",
        "kept": "How long it is kept, in days",
        "withheld": "What is not in here, and why",
        "desk": "The desk’s part",
        "none": "nothing",
        "object": "To object:",
    },
    Language.FR: {
        "title": "Ce que sait votre machine à café",
        "made": "Copie du {at}. Tout ce qui est dans ce dossier est à vous.",
        "brews": "Cafés",
        "concerns": "Ce qui a été remarqué",
        "sent": "Ce qui a été envoyé, mot pour mot",
        "received": "Ce qui est revenu",
        "consents": "Ce que vous avez permis",
        "kept": "Combien de temps c’est gardé, en jours",
        "withheld": "Ce qui n’est pas ici, et pourquoi",
        "desk": "La part de l’équipe",
        "none": "rien",
        "object": "Pour contester\N{NO-BREAK SPACE}:",
    },
}

DESK_PART: Mapping[Language, str] = {
    Language.EN: "This copy has everything that went to the desk and everything that came "
    "back. What people there wrote for themselves is not in it: this device cannot ask for "
    "it. Write to {contact}; a person must answer you within a month.",
    Language.FR: "Cette copie contient tout ce qui est allé à l’équipe et tout ce qui en "
    "est revenu. Ce que les personnes y ont noté pour elles-mêmes n’y est pas : cet "
    "appareil ne peut pas le demander. Écrivez à {contact} ; une personne doit vous "
    "répondre dans le mois.",
}


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
            "brews": [
                {
                    "started_at": started_at,
                    "duration_s": duration_s,
                    "water_ml": water_ml,
                    "certainty": certainty,
                }
                for started_at, duration_s, water_ml, certainty in db.execute(
                    "SELECT started_at, duration_s, water_ml, certainty FROM brew ORDER BY "
                    "started_at"
                )
            ],
            "routine": memory.meta(db, "routine"),
            "concerns": [to_plain(concern) for concern in memory.concerns(db)],
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
            "ledger": [_ledger_row(row) for row in ledger.rows(db)],
        }
    contact = settings.operator.contact
    plain["consent_records"] = [*beside.records_of(settings, now)]
    plain["retention_days"] = dict(retention.DAYS)
    plain["withheld"] = [to_plain(one) for one in register(language)]
    plain["desk_part"] = {
        "included": False,
        "how": typeset(DESK_PART[language], language).format(contact=contact),
    }
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
    for name in ("brews", "concerns", "sent", "received", "ledger"):
        rows = plain[name]
        assert isinstance(rows, list)
        written.append(_write_csv(folder / f"{name}.csv", [_flat(row) for row in rows]))
    return written


def page(export: Export) -> str:
    """Return the readable page: no script, no picture, nothing from elsewhere."""
    texts, plain, lang = _TEXTS[export.language], export.plain, export.language
    parts = [
        f"<h1>{html.escape(texts['title'])}</h1>",
        f"<p>{html.escape(texts['made'].format(at=plain['exported_at']))}</p>",
    ]
    for name in ("concerns", "sent", "received", "brews"):
        rows = plain[name]
        assert isinstance(rows, list)
        parts.append(_section(texts[name], rows, texts["none"]))
    kept = plain["retention_days"]
    assert isinstance(kept, dict)
    parts.append(_section(texts["kept"], [kept], texts["none"]))
    desk = plain["desk_part"]
    assert isinstance(desk, dict)
    parts += [
        f"<h2>{html.escape(texts['desk'])}</h2>",
        f"<p>{html.escape(str(desk['how']))}</p>",
    ]
    parts.append(f"<h2>{html.escape(texts['withheld'])}</h2><dl>")
    for one in register(lang):
        parts.append(
            f"<dt>{html.escape(one.what)}</dt><dd>{html.escape(one.why)} "
            f"{html.escape(texts['object'])} {html.escape(one.object_how)}</dd>"
        )
    body = "\n".join([*parts, "</dl>"])
    return (
        f'<!doctype html><html lang="{lang}"><head><meta charset="utf-8">'
        '<meta name="viewport" content="width=device-width">'
        f"<title>{html.escape(texts['title'])}</title><style>{_STYLE}</style></head>"
        f"<body><main>{body}</main></body></html>\n"
    )


_STYLE = (
    "body{font:1rem/1.5 system-ui,sans-serif;max-width:60rem;margin:2rem auto;padding:0 "
    "1rem}div{overflow-x:auto}table{border-collapse:collapse}td,th{border:1px "
    "solid;padding:.2rem "
    ".5rem;text-align:left;vertical-align:top}dt{font-weight:bold;margin-top:1rem}"
)


def _section(title: str, rows: Sequence[JSON], none: str) -> str:
    heading = f"<h2>{html.escape(title)}</h2>"
    if not rows:
        return f"{heading}<p>{html.escape(none)}</p>"
    flat = [_flat(row) for row in rows]
    names = _names(flat)
    head = "".join(f'<th scope="col">{html.escape(name)}</th>' for name in names)
    lines = "".join(
        "<tr>"
        + "".join(f"<td>{html.escape(one.get(name, ''))}</td>" for name in names)
        + "</tr>"
        for one in flat
    )
    return (
        f'{heading}<div role="region" tabindex="0" aria-label="{html.escape(title)}">'
        f"<table><thead><tr>{head}</tr></thead><tbody>{lines}</tbody></table></div>"
    )


def _flat(row: JSON, prefix: str = "") -> dict[str, str]:
    """Return a nested object as one line: ``message.owner.call_me``."""
    if isinstance(row, dict):
        found: dict[str, str] = {}
        for name, value in row.items():
            found |= _flat(value, f"{prefix}.{name}" if prefix else name)
        return found
    if isinstance(row, list):
        return {prefix: json.dumps(row, ensure_ascii=False)}
    return {prefix: "" if row is None else str(row)}


def _names(rows: Iterable[Mapping[str, str]]) -> list[str]:
    return list(dict.fromkeys(name for row in rows for name in row))


def _write_csv(file: Path, rows: Sequence[Mapping[str, str]]) -> Path:
    with file.open("w", encoding="utf-8", newline="") as opened:
        file.chmod(0o600)
        writer = csv.DictWriter(opened, _names(rows), restval="")
        writer.writeheader()
        writer.writerows(
            {name: _harmless(value) for name, value in row.items()} for row in rows
        )
    return file


def _harmless(value: str) -> str:
    # A spreadsheet would take such a text for a formula; somebody's words are none.
    return f"'{value}" if value[:1] in "=@\t\r" else value


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
