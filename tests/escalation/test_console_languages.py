"""French and English are complete, and the compiled catalogue is that of the source."""

import ast
import gettext
import re
from pathlib import Path

import pytest
from django.utils.translation import templatize

FOLDER = Path("escalation")
CATALOGUE = FOLDER / "locale/fr/LC_MESSAGES"
SPACES = "\N{NO-BREAK SPACE}\N{NARROW NO-BREAK SPACE}"

Catalogue = dict[str | tuple[str, int], str]


def po() -> Catalogue:
    """Return ``django.po`` the way gettext keeps a catalogue."""
    entries: Catalogue = {}
    for block in (CATALOGUE / "django.po").read_text(encoding="utf-8").split("\n\n"):
        fields: dict[str, str] = {}
        name = ""
        for line in block.splitlines():
            if line.startswith("#"):
                continue
            word, _, rest = line.partition(" ")
            if line.startswith('"'):
                fields[name] += ast.literal_eval(line)
            else:
                name, fields[word] = word, ast.literal_eval(rest)
        context = fields.get("msgctxt")
        key = fields["msgid"] if context is None else f"{context}\x04{fields['msgid']}"
        if "msgid_plural" in fields:
            for number in (0, 1):
                entries[key, number] = fields[f"msgstr[{number}]"]
        else:
            entries[key] = fields["msgstr"]
    return entries


def mo() -> Catalogue:
    """Return ``django.mo`` as gettext reads it."""
    with (CATALOGUE / "django.mo").open("rb") as file:
        return dict(gettext.GNUTranslations(file)._catalog)  # type: ignore[attr-defined]


def sources() -> set[str]:
    """Return every text of the console that is meant to be translated."""
    found: set[str] = set()
    for file in FOLDER.rglob("*.py"):
        found |= calls(file.read_text(encoding="utf-8"))
    for file in FOLDER.glob("templates/**/*.html"):
        # Django's own view of a template, as its ``makemessages`` would read it.
        text = templatize(file.read_text(encoding="utf-8"))
        for _quote, message in re.findall(r"(?:gettext|_)\(u?(['\"])(.*?)\1[,)]", text):
            found.add(ast.literal_eval(f'"{message}"') if "\\" in message else message)
    return found


def calls(code: str) -> set[str]:
    """Return the texts of gettext calls in Python code."""
    names = {"_", "gettext", "gettext_lazy", "ngettext", "pgettext"}
    found = set()
    for node in ast.walk(ast.parse(code)):
        if isinstance(node, ast.Call) and isinstance(node.func, ast.Name):
            if node.func.id in names:
                place = 1 if node.func.id == "pgettext" else 0
                found.add(ast.literal_eval(node.args[place]))
    return found


def without_context(key: str | tuple[str, int]) -> str:
    """Return the source text of a catalogue's key."""
    text = key if isinstance(key, str) else key[0]
    return text.rpartition("\x04")[2]


def test_the_compiled_catalogue_is_that_of_the_source() -> None:
    """Whoever edits the one and forgets the other finds out here."""
    compiled = {key: text for key, text in mo().items() if key}
    assert compiled == {key: text for key, text in po().items() if key}


def test_every_text_of_the_console_is_in_the_catalogue_and_no_other() -> None:
    """Complete, and without what nobody says any more."""
    assert len(sources()) > 80
    assert sources() == {without_context(key) for key in po() if without_context(key)}


@pytest.mark.parametrize("key", [key for key in po() if key])
def test_a_translation_keeps_the_places_of_the_figures(key: str | tuple[str, int]) -> None:
    """Names and times must not get lost, and nothing is left untranslated."""
    source, french = without_context(key), po()[key]
    assert french
    places = r"%\(\w+\)[sd]"
    assert sorted(re.findall(places, french)) == sorted(re.findall(places, source))


@pytest.mark.parametrize("key", [key for key in po() if key])
def test_french_is_set_as_french(key: str | tuple[str, int]) -> None:
    """Unbreakable spaces before ; : ? ! and the curved apostrophe."""
    french = po()[key]
    assert not re.search(rf"[^{SPACES}][;?!:](?:\s|$)", french), french
    assert "'" not in french
