"""Names as they are spoken, typed and spelled: what finds whom."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from escalation.casework import folding


@pytest.mark.parametrize(
    ("name", "typed"),
    [
        ("Héloïse", "heloise"),
        ("Héloïse", "HÉLO"),
        ("L’Épine", "l'epine"),
        ("L'Épine", "lepine"),
        ("Lépine", "l’épine"),
        ("L’Épine", "épi"),
        ("Nguyễn Thị Đào", "dao nguyen"),
        ("Jean-Pierre Lœuillet", "jean pierre loeuil"),
        ("Jean Pierre", "jean-pierre"),
        ("Jean-Pierre", "jeanp"),
        ("Madame O’Brien", "obrien"),
        ("Straße", "STRASSE"),
        ("Łukasz", "lukasz"),
        ("Ｍａｄｅｌｅｉｎｅ", "madeleine"),
        ("Анна", "анн"),
        ("He\u0301loi\u0308se", "héloïse"),
    ],
)
def test_a_name_is_found_however_it_is_typed(name: str, typed: str) -> None:
    """Accents, case, ligatures, apostrophes, hyphens, order: none of them is in the way."""
    assert folding.matches(name, typed)


@pytest.mark.parametrize(
    ("name", "typed"),
    [("Madeleine", "adeleine"), ("Marie Martin", "marie paul"), ("Anne", ""), ("Anne", "'-")],
)
def test_what_begins_no_word_of_the_name_does_not_find_it(name: str, typed: str) -> None:
    """Neither the middle of a word, nor one word too many, nor nothing at all."""
    assert not folding.matches(name, typed)


@given(st.text(max_size=80))
def test_every_name_with_a_letter_is_found_by_itself(name: str) -> None:
    """Whatever characters an owner has chosen; and a line always fits its column."""
    words = folding.typed_words(name)
    assert folding.matches(name, name) == bool(words)
    assert all(len(line) <= folding.LINE_MAX for line in folding.lines_of(name))
