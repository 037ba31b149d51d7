"""What an owner reads before consenting, and the id that proves which text it was."""

import hashlib
from dataclasses import replace
from importlib.resources import files

import pytest

from agent.consents.consent_file import Purpose
from agent.main import main
from agent.notices import Notice, shipped_notices
from wire.messages import Language

NOTICES = [notice for notices in shipped_notices().values() for notice in notices]


def test_every_purpose_is_explained_in_every_language() -> None:
    assert {(n.purpose, n.language) for n in NOTICES} == {
        (purpose, language) for purpose in Purpose for language in Language
    }


def test_no_notice_is_shipped_that_nobody_can_read() -> None:
    shipped = {file.name for file in files("agent.notices").iterdir()}
    texts = {name for name in shipped if name.endswith(".md")}
    assert texts == {f"{notice.purpose}.{notice.language}.md" for notice in NOTICES}


@pytest.mark.parametrize("notice", NOTICES, ids=lambda n: f"{n.purpose}-{n.language}")
def test_an_id_is_bound_to_every_word(notice: Notice) -> None:
    assert notice.sha256 == hashlib.sha256(notice.text.encode()).hexdigest()
    assert notice.id.endswith(notice.sha256[:8])
    changed = notice.text.replace(" ", "  ", 1)
    other = replace(notice, sha256=hashlib.sha256(changed.encode()).hexdigest())
    assert other.id != notice.id


def test_no_two_notices_have_the_same_id() -> None:
    assert len({notice.id for notice in NOTICES}) == len(NOTICES)


@pytest.mark.parametrize("notice", NOTICES, ids=lambda n: f"{n.purpose}-{n.language}")
def test_an_id_fits_into_the_owners_file_and_into_a_message(notice: Notice) -> None:
    assert len(notice.id) <= 64
    assert notice.id.isascii()
    assert '"' not in notice.id


@pytest.mark.parametrize("notice", NOTICES, ids=lambda n: f"{n.purpose}-{n.language}")
def test_the_command_prints_the_text_and_at_its_end_the_line_to_copy(
    notice: Notice, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main(["notice", notice.purpose, "--lang", notice.language]) == 0
    shown = capsys.readouterr().out
    assert shown.startswith(notice.text)
    assert shown.splitlines()[-1] == f'i_have_read = "{notice.id}"'


@pytest.mark.parametrize("notice", NOTICES, ids=lambda n: f"{n.purpose}-{n.language}")
def test_a_notice_is_set_as_its_language_is(notice: Notice) -> None:
    assert notice.text.startswith("# ")
    assert "'" not in notice.text
    if notice.language is Language.FR:
        before = {notice.text[i - 1] for i, c in enumerate(notice.text) if c in ":;?!»"}
        assert before <= {"\N{NO-BREAK SPACE}", "\N{NARROW NO-BREAK SPACE}"}
