"""The page begins with something worth a smile, which never leaves the house."""

from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path

import pytest

from agent.consents.consent_file import (
    ConsentFile,
    Unreadable,
    birthday_of,
    read_consent_file,
)
from agent.page.phrases import say
from agent.page.smile import is_birthday
from tests.agent.consents import SHIPPED, owner_text
from tests.agent.house import CARE, House
from tests.agent.test_owners_page import Visitor
from tests.agent.worried_house import alerted, worried
from wire.messages import Language
from wire.schema import encode

LINE = "La mer ne se presse pas non plus."


@pytest.fixture
def owner(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Visitor]:
    house = House(tmp_path / "house", monkeypatch, granted=CARE)
    visitor = Visitor(house)
    visitor.enter()
    yield visitor
    house.device.close()


def test_birthday_and_line_are_written_on_the_page_and_greet_there(owner: Visitor) -> None:
    page = owner.see()
    assert say("warm", Language.EN) in page
    form = {"own_line": f" {LINE}  ", "day": "17", "month": "02", "call_me": "Rosalie"}
    assert owner.do("/me", form).status == 303
    assert owner.file().own_line == LINE
    assert owner.file().birthday == (17, 2)
    owner.house.utc = datetime(2026, 2, 17, 9, tzinfo=UTC)
    page = owner.see()
    assert say("birthday", Language.EN) in page
    assert f"“{LINE}”" in page
    owner.house.utc = datetime(2026, 2, 18, 9, tzinfo=UTC)
    page = owner.see()
    assert say("birthday", Language.EN) not in page
    assert f"“{LINE}”" in page
    assert say("warm", Language.EN) not in page
    owner.do("/me", {"own_line": "", "day": "", "month": "", "call_me": "Rosalie"})
    assert (owner.file().own_line, owner.file().birthday) == ("", None)


@pytest.mark.parametrize(("day", "month"), [("31", "02"), ("17", ""), ("", "02"), ("x", "y")])
def test_half_a_birthday_is_explained_and_changes_nothing(
    owner: Visitor, day: str, month: str
) -> None:
    answered = owner.do("/me", {"day": day, "month": month})
    assert answered.status == 422
    assert b"24-12" in answered.body
    assert owner.file().birthday is None


def test_the_day_begins_and_ends_where_the_owner_lives(owner: Visitor) -> None:
    owner.do("/me", {"day": "17", "month": "02"})
    owner.house.utc = datetime(2026, 2, 16, 23, 30, tzinfo=UTC)
    assert say("birthday", Language.EN) in owner.see(), "it is past midnight in Paris"


def test_who_was_born_on_a_leap_day_has_a_birthday_every_year() -> None:
    assert is_birthday((29, 2), datetime(2028, 2, 29))
    assert not is_birthday((29, 2), datetime(2028, 2, 28))
    assert is_birthday((29, 2), datetime(2027, 2, 28))


@pytest.mark.parametrize(
    "text", ["24-13", "32-01", "30-02", "2-1", "24-12-1950", "24.12", "²4-12"]
)
def test_what_is_no_day_is_refused_with_an_example(tmp_path: Path, text: str) -> None:
    with pytest.raises(ValueError, match=r"."):
        birthday_of(text)
    file = tmp_path / "consent.toml"
    shipped = SHIPPED.read_text(encoding="utf-8")
    file.write_text(shipped.replace('birthday = ""', f'birthday = "{text}"'), encoding="utf-8")
    read = read_consent_file(file)
    assert isinstance(read, Unreadable)
    assert "[me] birthday" in read.reason
    assert "24-12" in read.reason


def test_a_file_of_before_needs_neither(tmp_path: Path) -> None:
    file = tmp_path / "consent.toml"
    lines = owner_text(CARE).splitlines()
    old = [line for line in lines if not line.startswith(("birthday", "own_line"))]
    file.write_text("\n".join(old), encoding="utf-8")
    read = read_consent_file(file)
    assert isinstance(read, ConsentFile)
    assert (read.birthday, read.own_line) == (None, "")


def test_neither_leaves_the_device_or_reaches_a_file_for_support(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    house = worried(tmp_path, monkeypatch, granted=CARE)
    house.grant(CARE, own_line=f'"{LINE}"', birthday='"17-02"')
    alerted(house)
    for opened in house.sent():
        assert LINE.encode() not in encode(opened.message)
        assert b"17-02" not in encode(opened.message)
    house.device.close()
