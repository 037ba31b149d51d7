"""What can be guessed at the entrance, and what is written down about it. Pure."""

from dataclasses import dataclass
from datetime import timedelta
from enum import StrEnum


class Guess(StrEnum):
    """What somebody may try to guess."""

    PASSWORD = "password"
    CODE = "code"


class Doing(StrEnum):
    """What an audit line can say."""

    SET_UP = "set_up"
    REMOVED = "removed"
    RESET = "reset"
    RECOVERED = "recovered"
    """A recovery code was used instead of the app."""
    NEW_CODES = "new_codes"
    GUESSED = "guessed"
    """The tries for the code were used up: somebody knows the password."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Limit:
    """How many tries there are in a while."""

    most: int
    within: timedelta


LIMITS: dict[Guess, Limit] = {
    # Useless with a list of common passwords, and it forgives a bad day. No longer: whoever
    # knows a name could otherwise keep a colleague from those who wait.
    Guess.PASSWORD: Limit(most=5, within=timedelta(minutes=1)),
    # A million codes, three of which count: a year of guessing, and the password besides.
    Guess.CODE: Limit(most=5, within=timedelta(minutes=15)),
}
