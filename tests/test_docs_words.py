"""What the documents claim about tests, words and screens is true of them."""

import re
from pathlib import Path

import pytest

from tests.documents import PAGES, ROOT, headings, links, name_of, names_in, prose, read, spans

DOCS = ROOT / "docs"
CATALOGUE = ROOT / "escalation/locale/fr/LC_MESSAGES/django.po"
FRENCH = sorted(DOCS.rglob("*.fr.md"))
WORDS = {
    *("machine", "controller", "device", "reading", "brew", "routine", "device check"),
    *("score", "concern", "question", "alert", "service report", "case", "reviewer"),
    *("technician", "supervisor", "decision", "ledger"),
}
each_french_page = pytest.mark.parametrize("page", FRENCH, ids=name_of)


def plain(text: str) -> str:
    """Return ``text`` with ordinary spaces only, on one line."""
    return " ".join(text.split())


# -------------------------------------------------------------------------- evidence


def test_every_test_that_is_named_exists() -> None:
    named = {span for page in PAGES for span in spans(page) if "::" in span}
    assert len(named) > 40
    missing = set()
    for test in named:
        file, _, name = test.partition("::")
        if not (ROOT / file).is_file() or name not in names_in(ROOT / file):
            missing.add(test)
    assert missing == set()


def test_each_row_of_evidence_claims_what_it_can_show() -> None:
    rows = re.findall(r"^\| (\d+) \|(.+)\|$", read(DOCS / "evidence.md"), re.MULTILINE)
    assert [int(number) for number, _ in rows] == list(range(1, 36))
    for number, cells in rows:
        _what, today, shown_by, missing = (cell.strip() for cell in cells.split("|"))
        names_tests, names_a_gap = "::" in shown_by, missing != "–"
        expected = {"shown": (True, False), "in part": (True, True)}
        if today == "not yet":
            assert not names_tests, number
        else:
            assert (names_tests, names_a_gap) == expected[today], number


# ----------------------------------------------------------------- decisions and words


def test_every_decision_is_in_the_index_and_no_other() -> None:
    index = DOCS / "decisions" / "README.md"
    listed = {link.target for link in links(index)}
    assert listed == {p.name for p in (DOCS / "decisions").glob("*.md")} - {"README.md"}


def test_every_word_of_ours_has_one_meaning() -> None:
    rows = re.findall(r"^\| ([a-z, ]+) \| (.+) \| (.+) \|$", read(DOCS / "glossary.md"), re.M)
    words = [word for word, _, _ in rows if word != "word"]
    assert len(words) == len(set(words))
    assert set(words) >= WORDS


# ---------------------------------------------------------------------- what staff see


@pytest.mark.parametrize(("page", "field"), [("staff.md", "msgid"), ("staff.fr.md", "msgstr")])
def test_what_is_in_bold_stands_on_the_console(page: str, field: str) -> None:
    entry = rf'^{field}(?:_plural|\[\d\])? "(.+)"$'
    on_screen = [plain(text) for text in re.findall(entry, read(CATALOGUE), re.MULTILINE)]
    bold = [plain(text) for text in re.findall(r"\*\*(.+?)\*\*", prose(DOCS / page), re.DOTALL)]
    assert len(bold) > 20
    assert [text for text in bold if not any(text in shown for shown in on_screen)] == []


# ---------------------------------------------------------------------------- French


@each_french_page
def test_french_is_set_as_french(page: Path) -> None:
    text = re.sub(r"\]\([^)]*\)|https?://\S+", "", re.sub(r"`[^`]*`", "code", prose(page)))
    assert re.findall(r".{0,20}['\"].{0,10}", text) == []
    assert (
        re.findall(r".{0,20}(?:(?<!\u202f)[;?!]|(?<!\u00a0)[:»]|«(?!\u00a0)).{0,5}", text) == []
    )
    assert re.findall(r"[\u00a0\u202f]\s|\s[\u00a0\u202f]", text) == []


@each_french_page
def test_both_languages_say_as_much(page: Path) -> None:
    english = page.with_name(page.name.replace(".fr.", "."))
    assert [level for level, _ in headings(page)] == [level for level, _ in headings(english)]
    rows = [len(re.findall(r"^\|", read(p), re.MULTILINE)) for p in (page, english)]
    assert rows[0] == rows[1]
    assert {link.target for link in links(page)} ^ {link.target for link in links(english)} == {
        page.name,
        english.name,
    }
