"""To object takes one press at home, with words or without; the desk knows that press."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from agent import memory
from agent.page.frame import REPLY_MAX
from tests.agent.house import CARE
from tests.agent.test_owners_page import Visitor
from tests.agent.worried_house import acknowledged, worried
from wire.messages import Decision, Language
from wire.words import OBJECTION, is_objection, objection, says_not_heard, says_objection


@pytest.fixture
def owner(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Visitor]:
    """Return somebody who has a decision before them."""
    house = worried(tmp_path, monkeypatch, granted=CARE)
    house.decide(acknowledged(house))
    visitor = Visitor(house)
    visitor.enter()
    yield visitor
    house.device.close()


def about(owner: Visitor) -> str:
    """Return what the decision is about."""
    beside = owner.house.beside()
    received = list(memory.received(beside.reading()))
    beside.close()
    [decision] = [message for message in received if isinstance(message, Decision)]
    return decision.alert_id


@pytest.mark.parametrize("words", ["", "  ", "Ne m’écrivez plus.", "x" * 700])
def test_one_press_sends_it_and_words_are_free(owner: Visitor, words: str) -> None:
    page = owner.see("/sent")
    assert 'name="objects" value="yes" formnovalidate' in page
    decision = about(owner)
    owner.do("/reply", {"about": decision, "text": words, "objects": "yes"})
    [(kind, which, text)] = owner.left()
    assert (kind, which) == ("reply", decision)
    assert is_objection(text)
    assert len(text) <= REPLY_MAX
    assert words.strip()[:500] in text


def test_without_that_press_the_words_go_as_they_are(owner: Visitor) -> None:
    owner.do("/reply", {"about": about(owner), "text": "Merci."})
    assert [text for _kind, _about, text in owner.left()] == ["Merci."]


@pytest.mark.parametrize("language", Language)
def test_the_desk_knows_the_press_from_words_that_say_so(language: Language) -> None:
    """The press ends an open case; words alone are read by a guardian, and end nothing."""
    assert is_objection(objection("", language))
    assert says_objection(objection("So.", language))
    assert not says_not_heard(OBJECTION[language])
    for words in ("I object that nobody calls.", "Bon : je m'y oppose."):
        assert says_objection(words)
        assert not is_objection(words)
    for words in ("I have no objection.", "Je ne m’oppose à rien.", "Rien à redire."):
        assert not says_objection(words)
