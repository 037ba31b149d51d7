"""Decides under which words a name is looked up, whoever spells it and however.

Accents, case, ligatures and the kind of apostrophe make no difference, and neither does the
order of the words. What is typed matches a name when each word of it begins a word of the name.

Apostrophes and hyphens part a word, and yet it can be found whole: *L’Épine* is looked up as
``epine``, ``l`` and ``lepine``; *Jean-Pierre* as ``jean``, ``pierre`` and ``jeanpierre``.

Pure: no database. Both databases then compare the same plain characters.

>>> words_of("Héloïse L’Épine")
('heloise', 'l', 'epine', 'lepine')
>>> typed_words("l'epi HEL")
('lepi', 'hel')
"""

import re
import unicodedata
from collections.abc import Sequence

WORDS_MAX = 12
"""Of a name of 80 characters: more would be nobody's."""

TYPED_MAX = 6
"""Words that somebody types to find one person; what follows them is not looked at."""

WORD_MAX = 40
"""Characters of one word that are compared."""

LINE_MAX = 300
"""Characters of a name's words together, each in all its spellings."""

_APOSTROPHES = "'’‘ʼʻ′`´"
_HYPHENS = "‐‑–·-"
_PLAIN_LETTERS = str.maketrans(
    {"œ": "oe", "æ": "ae", "ø": "o", "đ": "d", "ð": "d", "þ": "th"}
    | {"ł": "l", "ħ": "h", "ı": "i", "ŋ": "n", "ŧ": "t"}
)
"""Letters that Unicode does not take apart into a letter and its mark."""

_APOSTROPHE = re.compile(f"[{_APOSTROPHES}]")
_HYPHEN = re.compile(f"[{_HYPHENS}]")


def words_of(name: str) -> tuple[str, ...]:
    """Return the words under which ``name`` is found, each once, in their order."""
    found: dict[str, None] = {}
    for token in name.split():
        for part in _HYPHEN.split(token):
            for spelling in (*_APOSTROPHE.split(part), _APOSTROPHE.sub("", part)):
                found |= dict.fromkeys(_plain_words(spelling))
        found |= dict.fromkeys(_plain_words(_HYPHEN.sub("", _APOSTROPHE.sub("", token))))
    return tuple(found)[:WORDS_MAX]


def typed_words(typed: str) -> tuple[str, ...]:
    """Return the beginnings of words that somebody has typed."""
    # *Lépine* and *L’Épine* sound the same, and so do *Jean Pierre* and *Jean-Pierre*.
    words = _plain_words(_HYPHEN.sub(" ", _APOSTROPHE.sub("", typed)))
    return tuple(dict.fromkeys(words))[:TYPED_MAX]


def lines_of(name: str) -> tuple[str, ...]:
    """Return one line for each word of ``name``: it comes first, and the others follow.

    So a sorted list of lines has all names with a word that begins alike beside each other,
    and each line says by itself whether the other words are there as well.
    """
    words = words_of(name)
    lines = (" ".join((word, *(w for w in words if w != word))) for word in words)
    return tuple(line[:LINE_MAX] for line in lines)


def others_in_line(first: str, beginnings: Sequence[str]) -> tuple[str, ...]:
    """Return what a line that begins with ``first`` has to contain for the other words."""
    return tuple(f" {word}" for word in beginnings if not first.startswith(word))


def lines_found(name: str, first: str, beginnings: Sequence[str]) -> list[str]:
    """Return which lines of ``name`` begin with ``first`` and have the others, in order."""
    others = others_in_line(first, beginnings)
    return sorted(
        line
        for line in lines_of(name)
        if line.startswith(first) and all(other in line for other in others)
    )


def matches(name: str, typed: str) -> bool:
    """Return whether ``typed`` finds ``name``; nothing typed finds nobody."""
    beginnings = typed_words(typed)
    return bool(beginnings) and bool(lines_found(name, beginnings[0], beginnings))


def _plain_words(text: str) -> tuple[str, ...]:
    folded = unicodedata.normalize("NFKD", text.casefold().translate(_PLAIN_LETTERS))
    # Letters of mathematics and the like are small again only after they were taken apart.
    bare = (c for c in folded.casefold() if not unicodedata.combining(c))
    spaced = "".join(c if c.isalnum() else " " for c in bare)
    return tuple(word[:WORD_MAX] for word in spaced.split())
