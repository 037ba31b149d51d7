"""The three words in which somebody may say how hard a case was for them."""

from enum import StrEnum


class Weight(StrEnum):
    """How it was to carry."""

    LIGHT = "light"
    USUAL = "usual"
    HEAVY = "heavy"
