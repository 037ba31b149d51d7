"""The file that is edited by program: the same two lines, and nothing else changes."""

import os
from datetime import date
from itertools import product
from pathlib import Path

import pytest

from agent.consents import consent_editor
from agent.consents.consent_editor import NotEdited
from agent.consents.consent_file import UNTIL_RETURN, ConsentFile, Purpose, read_consent_file
from tests.agent.consents import NOTICE_IDS, SHIPPED, owner_text
from wire.messages import Language

EN = Language.EN


@pytest.fixture
def file(tmp_path: Path) -> Path:
    """Return the shipped file with a name and the addresses written into it."""
    made = tmp_path / "consent.toml"
    made.write_text(owner_text(()), encoding="utf-8")
    return made


@pytest.mark.parametrize("purpose", Purpose)
def test_a_grant_writes_two_lines_and_a_withdrawal_one(file: Path, purpose: Purpose) -> None:
    before = file.read_text(encoding="utf-8").splitlines()
    consent_editor.grant(file, purpose, EN)
    assert file.read_text(encoding="utf-8") == owner_text([purpose])
    consent_editor.withdraw(file, purpose)
    after = file.read_text(encoding="utf-8").splitlines()
    changed = [new for old, new in zip(before, after, strict=True) if old != new]
    assert changed == [f'i_have_read = "{NOTICE_IDS[purpose]}"']


@pytest.mark.parametrize("on", [*product((False, True), repeat=len(Purpose))])
def test_every_combination_is_what_an_owner_with_an_editor_would_write(
    file: Path, on: tuple[bool, ...]
) -> None:
    granted = [purpose for purpose, is_on in zip(Purpose, on, strict=True) if is_on]
    for purpose in reversed(granted):
        consent_editor.grant(file, purpose, EN)
    assert file.read_text(encoding="utf-8") == owner_text(granted)


def test_what_the_owner_wrote_beside_it_stays(file: Path) -> None:
    text = file.read_text(encoding="utf-8").replace(
        "[care_alert]\n", "# Agathe has explained this to me.\n[care_alert]   # yes?\n"
    )
    file.write_text(text, encoding="utf-8")
    consent_editor.grant(file, Purpose.CARE_ALERT, EN)
    after = file.read_text(encoding="utf-8")
    assert "# Agathe has explained this to me.\n[care_alert]   # yes?\n" in after
    assert len(after.splitlines()) == len(text.splitlines())


def test_a_file_with_windows_line_ends_keeps_them(file: Path) -> None:
    file.write_text(owner_text(()), encoding="utf-8", newline="\r\n")
    consent_editor.grant(file, Purpose.CARE_ALERT, EN)
    data = file.read_bytes()
    assert data.count(b"\r\n") == data.count(b"\n")
    assert isinstance(read_consent_file(file), ConsentFile)


def test_a_section_that_somebody_left_out_is_added(file: Path) -> None:
    file.write_text('[me]\ncall_me = "Rosalie"\n', encoding="utf-8")
    after = consent_editor.grant(file, Purpose.LEARN_ROUTINE, Language.FR)
    assert after.switches[Purpose.LEARN_ROUTINE].on
    assert after.call_me == "Rosalie"


def test_a_pause_is_set_and_ended(file: Path) -> None:
    assert consent_editor.pause(file, date(2026, 8, 31)).paused_until == date(2026, 8, 31)
    assert consent_editor.pause(file, UNTIL_RETURN).paused_until == UNTIL_RETURN
    assert 'until = "return"' in file.read_text(encoding="utf-8")
    assert consent_editor.pause(file, None).paused_until is None
    assert file.read_text(encoding="utf-8") == owner_text(())


@pytest.mark.parametrize("text", ["", "on = maybe", "[learn_routine]\non = 1\n", "\xff"])
def test_a_file_that_cannot_be_read_is_left_alone(file: Path, text: str) -> None:
    file.write_text(text, encoding="latin-1")
    with pytest.raises(NotEdited, match="everything in it means no"):
        consent_editor.grant(file, Purpose.CARE_ALERT, EN)
    with pytest.raises(NotEdited, match="everything in it means no"):
        consent_editor.withdraw(file, Purpose.CARE_ALERT)
    assert file.read_text(encoding="latin-1") == text
    assert os.listdir(file.parent) == [file.name]


def test_a_change_that_would_make_it_unreadable_is_refused(tmp_path: Path) -> None:
    file = tmp_path / "consent.toml"
    file.write_bytes(SHIPPED.read_bytes())
    with pytest.raises(NotEdited, match=r"call_me = ''.*name by which"):
        consent_editor.grant(file, Purpose.LEARN_ROUTINE, EN)
    assert file.read_bytes() == SHIPPED.read_bytes()
    assert os.listdir(tmp_path) == [file.name]


def test_the_rights_of_the_file_stay(file: Path) -> None:
    file.chmod(0o640)
    consent_editor.grant(file, Purpose.CARE_ALERT, EN)
    assert file.stat().st_mode & 0o777 == 0o640
