"""The page of the copy that is to be read: no script, no picture, nothing from elsewhere.

Values of the export in, HTML out.
"""

import html
import json
from collections.abc import Iterable, Mapping, Sequence

from agent.giving_back.withheld import Withheld
from wire.messages import Language
from wire.schema import JSON
from wire.words import typeset

TEXTS: Mapping[Language, Mapping[str, str]] = {
    Language.EN: {
        "title": "What your coffee machine knows",
        "made": "Made on {at}. Everything in this folder is yours.",
        "brews": "Coffees",
        "concerns": "What was noticed",
        "sent": "What was sent, word for word",
        "received": "What came back",
        "kept": "How long it is kept, in days",
        "withheld": "What is not in here, and why",
        "desk": "The desk’s part",
        "case": "Case {about}",
        "household": "Your household",
        "left_out": "The desk says that it left this out:",
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
        "kept": "Combien de temps c’est gardé, en jours",
        "withheld": "Ce qui n’est pas ici, et pourquoi",
        "desk": "La part de l’équipe",
        "case": "Dossier {about}",
        "household": "Votre foyer",
        "left_out": "L’équipe dit avoir laissé ceci de côté :",
        "none": "rien",
        "object": "Pour contester :",
    },
}

_STYLE = (
    "body{font:1rem/1.5 system-ui,sans-serif;max-width:60rem;margin:2rem auto;padding:0 "
    "1rem}div{overflow-x:auto}table{border-collapse:collapse}td,th{border:1px "
    "solid;padding:.2rem "
    ".5rem;text-align:left;vertical-align:top}dt{font-weight:bold;margin-top:1rem}"
)


def page(plain: Mapping[str, JSON], language: Language, held: Sequence[Withheld]) -> str:
    """Return the whole page; ``held`` is the register of what is withheld."""
    texts = {key: typeset(text, language) for key, text in TEXTS[language].items()}
    parts = [
        _tag("h1", texts["title"]),
        _tag("p", texts["made"].format(at=plain["exported_at"])),
    ]
    for name in ("concerns", "sent", "received", "brews"):
        parts.append(_table(texts[name], _rows(plain[name]), texts["none"]))
    parts.append(_table(texts["kept"], [plain["retention_days"]], texts["none"]))
    parts += _desk(plain["desk_part"], texts)
    parts += [_tag("h2", texts["withheld"]), "<dl>"]
    for one in held:
        said = f"{one.why} {texts['object']} {one.object_how}"
        parts.append(_tag("dt", one.what) + _tag("dd", said))
    body = "\n".join([*parts, "</dl>"])
    return (
        f'<!doctype html><html lang="{language}"><head><meta charset="utf-8">'
        '<meta name="viewport" content="width=device-width">'
        f"<title>{html.escape(texts['title'])}</title><style>{_STYLE}</style></head>"
        f"<body><main>{body}</main></body></html>\n"
    )


def flat(row: JSON, prefix: str = "") -> dict[str, str]:
    """Return a nested object as one line: ``message.owner.call_me``."""
    if isinstance(row, dict):
        found: dict[str, str] = {}
        for name, value in row.items():
            found |= flat(value, f"{prefix}.{name}" if prefix else name)
        return found
    if isinstance(row, list):
        return {prefix: json.dumps(row, ensure_ascii=False)}
    return {prefix: "" if row is None else str(row)}


def names_of(rows: Iterable[Mapping[str, str]]) -> list[str]:
    """Return the columns of ``rows``, in the order in which they first appear."""
    return list(dict.fromkeys(name for row in rows for name in row))


def _desk(part: JSON, texts: Mapping[str, str]) -> list[str]:
    assert isinstance(part, dict)
    parts = [_tag("h2", texts["desk"]), _tag("p", str(part["how"]))]
    for case in _rows(part["cases"]):
        assert isinstance(case, dict)
        about = str(case["about"])
        title = texts["case"].format(about=about[:8]) if about else texts["household"]
        lines = [line for line in _rows(case["lines"]) if isinstance(line, dict)]
        items = [_tag("li", f"{line['at']} {line['says']}") for line in lines]
        parts += [_tag("h3", title), "<ul>", *items, "</ul>"]
    held = [one for one in _rows(part["withheld"]) if isinstance(one, dict)]
    if held:
        items = [_tag("li", f"{one['what']} {one['why']} {one['object_how']}") for one in held]
        parts += [_tag("p", texts["left_out"]), "<ul>", *items, "</ul>"]
    return parts


def _table(title: str, rows: Sequence[JSON], none: str) -> str:
    heading = _tag("h2", title)
    if not rows:
        return heading + _tag("p", none)
    lines = [flat(row) for row in rows]
    names = names_of(lines)
    head = "".join(f'<th scope="col">{html.escape(name)}</th>' for name in names)
    body = "".join(
        "<tr>" + "".join(_tag("td", one.get(name, "")) for name in names) + "</tr>"
        for one in lines
    )
    return (
        f'{heading}<div role="region" tabindex="0" aria-label="{html.escape(title)}">'
        f"<table><thead><tr>{head}</tr></thead><tbody>{body}</tbody></table></div>"
    )


def _rows(value: JSON) -> list[JSON]:
    assert isinstance(value, list)
    return value


def _tag(name: str, text: str) -> str:
    return f"<{name}>{html.escape(text)}</{name}>"
