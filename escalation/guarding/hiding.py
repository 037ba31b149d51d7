"""Hides who somebody is in a text that a guardian reads: names, numbers, addresses. Pure.

Too much is hidden rather than too little: the number of a flat goes with that of a telephone.

>>> hide("Bonjour Hélène, ici Camille : +33 1 99 00 12 34", ["Helene", "Camille"])
'Bonjour […], ici […] : […]'
"""

import re
import unicodedata
from collections.abc import Iterable

HIDDEN = "[…]"

_REACHED_BY = re.compile(r"\S+@\S+|(?:https?://|www\.)\S+|\+?\d[\d\s().\-/]{4,}\d")


def hide(text: str, names: Iterable[str]) -> str:
    """Return ``text`` without ``names``, telephone numbers and addresses."""
    words = {word for name in names for word in re.findall(r"\w+", _plain(name)) if word}
    if words:
        longest_first = sorted(map(re.escape, words), key=len, reverse=True)
        pattern = re.compile(rf"(?<!\w)(?:{'|'.join(longest_first)})(?!\w)")
        text = _without(text, pattern.finditer(_plain(text)))
    return _REACHED_BY.sub(HIDDEN, text)


def _plain(text: str) -> str:
    """Return ``text`` in small letters without accents, letter for letter."""
    return "".join(_letter(letter) for letter in text)


def _letter(letter: str) -> str:
    # Always one for one, so that what is found here is at the same place there.
    plain = unicodedata.normalize("NFD", letter)[0].lower()
    return plain if len(plain) == 1 else letter


def _without(text: str, found: Iterable[re.Match[str]]) -> str:
    kept, end = [], 0
    for match in found:
        kept += [text[end : match.start()], HIDDEN]
        end = match.end()
    return "".join((*kept, text[end:]))
