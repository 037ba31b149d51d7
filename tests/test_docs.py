"""The documents do not lie: what they name is there, what they tell to type is understood."""

import os
import re
import shlex
import tomllib
from collections.abc import Callable, Iterator
from pathlib import Path
from xml.etree import ElementTree

import pytest

import agent.main
import escalation.main
from agent.consents.consent_file import ConsentFile, Purpose, read_consent_file
from scripts.first_cup import options as demo_options
from scripts.first_cup.phrases import EN, SENTENCES
from tests.documents import (
    PAGES,
    ROOT,
    anchors,
    blocks,
    links,
    name_of,
    names_in,
    prose,
    read,
    spans,
)

each_page = pytest.mark.parametrize("page", PAGES, ids=name_of)
FOLDERS = "agent|config|docs|escalation|firmware_bridge|scripts|tests|wire|\\.ci"
OWNERS = ("docs/owners.md", "docs/owners.fr.md")
STAFF = ("docs/staff.md", "docs/staff.fr.md")
OPTIONS_TOLD_IN = {
    "config/agent.toml": ("docs/makers.md",),
    "config/machines/*.toml": ("docs/makers.md",),
    "config/consent.toml": OWNERS,
    "config/desk.toml": STAFF,
}


# ------------------------------------------------------------------- files and links


@each_page
def test_every_file_that_is_named_is_there(page: Path) -> None:
    named = [re.sub(r"::.*", "", span) for span in spans(page)]
    paths = [p for p in named if re.fullmatch(rf"(\./)?({FOLDERS})/[\w./-]*", p)]
    assert [path for path in paths if not (ROOT / path).exists()] == []


@each_page
def test_every_link_leads_somewhere(page: Path) -> None:
    broken = []
    for link in links(page):
        file, _, anchor = link.target.partition("#")
        if "://" in file:
            continue
        target = (page.parent / file).resolve() if file else page
        found = target.exists() and (not anchor or anchor in anchors(target))
        broken += [] if found else [link.target]
    assert broken == []


@each_page
def test_every_function_beside_its_file_is_in_that_file(page: Path) -> None:
    beside = re.findall(
        r"\(([\w./]+\.py)\)\s+((?:`[\w.]+`(?: and)?\s*)+)", prose(page), re.MULTILINE
    )
    for target, spans_beside in beside:
        names = set(re.findall(r"`([\w.]+)`", spans_beside))
        assert names <= names_in((page.parent / target).resolve()), target


def test_every_method_that_is_named_exists() -> None:
    files = [
        f for name in ("agent", "wire", "firmware_bridge") for f in (ROOT / name).rglob("*.py")
    ]
    known = frozenset[str]().union(*map(names_in, files))
    named = set(spans(ROOT / "docs" / "architecture.md"))
    methods = {span for span in named if re.fullmatch(r"[A-Z]\w*[a-z]\w*\.[a-z_]+", span)}
    assert len(methods) > 10
    assert methods <= known


@each_page
def test_every_picture_can_be_told_in_words(page: Path) -> None:
    assert all(len(link.text) > 20 for link in links(page) if link.is_picture)


def test_the_picture_needs_nothing_from_elsewhere() -> None:
    picture = ElementTree.parse(ROOT / "docs" / "demitasse.svg").getroot()
    kinds = {element.tag.rpartition("}")[2] for element in picture.iter()}
    assert {"title", "desc"} <= kinds
    assert not kinds & {"script", "image", "foreignObject", "use"}


# --------------------------------------------------------------------------- options


def options_of(pattern: str) -> set[str]:
    """Return ``[section] option`` for all that the files show, commented-out ones too."""
    found = set()
    for file in ROOT.glob(pattern):
        section = inner = ""
        for line in read(file).splitlines():
            if header := re.fullmatch(r"\[([\w-]+)(?:\.(\w+).*)?\]", line):
                section, inner = header[1], header[2] or ""
            option = re.match(r"(?:# )?([a-z_0-9]+) = ", line)
            # A table within a section is one option of it.
            if section and (inner or option):
                found.add(f"[{section}] {inner or (option and option[1])}")
    return found


def options_told(page: str) -> set[str]:
    """Return the options that a page tells of, in its tables or in an example."""
    told = {span for span in spans(ROOT / page) if re.fullmatch(r"\[[\w-]+\] \w+", span)}
    for block in blocks(ROOT / page, "toml"):
        tables = tomllib.loads(block)
        tables.pop("project", None)  # a maker's own package, not a file of ours
        told |= {f"[{section}] {option}" for section, t in tables.items() for option in t}
    return told


def test_every_shipped_file_of_options_has_its_page() -> None:
    covered = {file for pattern in OPTIONS_TOLD_IN for file in ROOT.glob(pattern)}
    assert covered == set((ROOT / "config").rglob("*.toml"))


@pytest.mark.parametrize("pattern", OPTIONS_TOLD_IN)
def test_every_option_is_told(pattern: str) -> None:
    options = options_of(pattern)
    assert options
    for page in OPTIONS_TOLD_IN[pattern]:
        assert options - options_told(page) == set(), page


def test_no_page_tells_of_an_option_that_is_not_there() -> None:
    known = set[str]().union(*map(options_of, OPTIONS_TOLD_IN))
    for page in {page for pages in OPTIONS_TOLD_IN.values() for page in pages}:
        assert options_told(page) <= known, page


@pytest.mark.parametrize("page", OWNERS)
def test_the_owners_example_is_a_file_that_the_device_understands(
    page: str, tmp_path: Path
) -> None:
    example = tmp_path / "consent.toml"
    example.write_text(blocks(ROOT / page, "toml")[0], encoding="utf-8")
    understood = read_consent_file(example)
    assert isinstance(understood, ConsentFile), understood
    assert [p for p, s in understood.switches.items() if s.on] == [Purpose.LEARN_ROUTINE]


# -------------------------------------------------------------------------- commands


def commands(page: Path) -> Iterator[str]:
    """Yield every command of ours that a page tells to type."""
    lines = [line for block in blocks(page, "sh") for line in block.splitlines()]
    for text in [*lines, *spans(page)]:
        for part in re.sub(r"\s+#.*", "", text).split("|"):
            command = part.partition(" >")[0].strip()
            if re.match(r"(demitasse|demitasse-desk|(\./)?scripts/\w+) ", command):
                yield command


ALL_COMMANDS = sorted({(name_of(page), c) for page in PAGES for c in commands(page)})


def test_there_are_commands_of_every_kind() -> None:
    kinds = {command.split()[0].removeprefix("./") for _, command in ALL_COMMANDS}
    assert {"demitasse", "demitasse-desk", "scripts/demo", "scripts/venv"} <= kinds


@pytest.mark.parametrize(("page", "command"), ALL_COMMANDS)
def test_every_command_is_understood(
    page: str, command: str, capsys: pytest.CaptureFixture[str]
) -> None:
    program, *words = shlex.split(command)
    match program.removeprefix("./"):
        case "demitasse":
            assert_known(agent.main.main, words, capsys)
        case "demitasse-desk":
            assert_known(escalation.main.main, words, capsys)
        case "scripts/demo" if "--replay" not in words:
            demo_options.parse(words, {})
        case "scripts/demo":
            assert_known(lambda w: demo_options.parse(["--help", *w], {}), words, capsys)
        case "scripts/venv":
            assert (ROOT / "scripts" / "locks" / f"{words[1]}.txt").is_file()
        case script:
            assert os.access(ROOT / script, os.X_OK)
            assert all((ROOT / w).exists() for w in words if "/" in w)


def assert_known(
    main: Callable[[list[str]], object], words: list[str], capsys: pytest.CaptureFixture[str]
) -> None:
    """Check that ``--help`` is reached after ``words``, and knows each of their options."""
    for line in (["--help"], [*words, "--help"]):
        with pytest.raises(SystemExit) as ended:
            main(line)
        assert ended.value.code == 0, capsys.readouterr().err
    told = capsys.readouterr().out
    assert all(word in told for word in words if word.startswith("--"))


# ---------------------------------------------------------------------------- README


def test_the_readme_shows_the_steps_that_a_viewer_sees() -> None:
    said = SENTENCES[EN]
    steps = ("device_check", "question", "device_check", "alert", "acknowledged", "your_turn")
    lines = iter(
        [line[23:].strip() for line in blocks(ROOT / "README.md", "text")[0].splitlines()]
    )
    assert [step for step in steps if said[step] not in lines] == []
