"""Invented owners' names, as people in France are called: common ones often, rare ones seldom.

Some go by a first name, some by a title and a family name, some by both names. There are
accents, apostrophes, hyphens and names from elsewhere; thousands share the commonest.
"""

import random
from collections.abc import Iterator

FIRST = (
    *("Marie", "Jeanne", "Françoise", "Monique", "Catherine", "Nathalie", "Jacqueline"),
    *("Anne", "Sylvie", "Madeleine", "Suzanne", "Hélène", "Christine", "Marguerite", "Denise"),
    *("Jean", "Pierre", "Michel", "André", "Philippe", "René", "Louis", "Alain", "Jacques"),
    *("Bernard", "Marcel", "Daniel", "Roger", "Claude", "Gérard", "Georges", "Raymond"),
    *("Héloïse", "Élodie", "Zoé", "Aïcha", "Fatima", "Maëlys", "Noémie", "Célestine", "Agathe"),
    *("Jean-Pierre", "Marie-Thérèse", "Anne-Marie", "Jean-Loup", "Nguyễn", "Thị Hồng", "Đức"),
    *("François", "Gaëtan", "Loïc", "Joël", "Øystein", "Łukasz", "Zbyněk", "İbrahim", "Siân"),
)
_BEGINNINGS = (
    *("Mart", "Bern", "Rob", "Dub", "Mor", "Laur", "Sim", "Lefeb", "Leroy", "Gar", "Roux"),
    *("Fourn", "Gir", "Bonn", "Dup", "Lamb", "Font", "Rouss", "Vinc", "Mull", "Mass", "Mich"),
    *(
        "Péri",
        "Gué",
        "Bé",
        "Cœur",
        "Hébr",
        "Tréh",
        "Kerv",
        "Bretonn",
        "Vill",
        "Châtel",
        "Delac",
    ),
    *("Nguy", "Ben", "Da Silv", "Per", "Gomb", "Wasil", "Schn", "Haddad", "Traor", "Diarr"),
)
_ENDINGS = (
    *("in", "ard", "ert", "ois", "eau", "ent", "on", "vre", "ier", "oux", "et", "elle", "ot"),
    *("aud", "ère", "ôme", "ez", "ou", "ec", "an", "ieux", "ain", "é", "ễn", "a", "icz", "er"),
)
_LINKS = ("", "", "", "", "", "", "", "L’", "D’", "Le ", "De La ", "O'", "Saint-")


def names(count: int, chance: random.Random) -> Iterator[str]:
    """Yield as many names."""
    # Each next one is a little rarer: the commonest have thousands of namesakes.
    firsts = chance.choices(FIRST, weights=_falling(len(FIRST)), k=count)
    begins = chance.choices(_BEGINNINGS, weights=_falling(len(_BEGINNINGS)), k=count)
    ends = chance.choices(_ENDINGS, weights=_falling(len(_ENDINGS)), k=count)
    for first, begin, end in zip(firsts, begins, ends, strict=True):
        family = f"{chance.choice(_LINKS)}{begin}{end}"
        how = chance.random()
        if how < 0.4:
            yield first
        elif how < 0.7:
            yield f"{'Mme' if how < 0.55 else 'M.'} {family}"
        else:
            yield f"{first} {family}"


def typings(count: int, chance: random.Random) -> Iterator[str]:
    """Yield what somebody types who has such a person on the telephone."""
    for name in names(count, chance):
        words = name.split()
        how = chance.random()
        if how < 0.2:
            yield words[-1][: chance.randint(2, 4)]
        elif how < 0.4:
            yield name.upper()
        elif how < 0.6:
            yield " ".join(reversed([word[:3] for word in words]))
        elif how < 0.8:
            # Two that hardly belong together: all of the first have to be looked through.
            yield f"{words[0]} {chance.choice(('zw', 'qu', 'x'))}"
        else:
            yield name


def _falling(count: int) -> list[float]:
    return [1 / (place + 2) for place in range(count)]
