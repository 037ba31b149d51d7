"""What can be guessed at the entrance, and what is written down about it. Pure."""

from dataclasses import dataclass
from datetime import timedelta
from enum import StrEnum


class Guess(StrEnum):
    """What somebody may try to guess."""

    PASSWORD = "password"
    CODE = "code"
    IDENTITY = "identity"
    """Who came back from the organisation; a doubt about them costs a code, like a password."""
    JOURNEY = "journey"
    """What the browser brings back from the organisation."""


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
    LOCKED = "locked"
    """The tries for the password were used up."""
    WRONG_PASSWORD = "wrong_password"
    WRONG_CODE = "wrong_code"
    CAME_IN = "came_in"
    CAME_BY_ORG = "came_by_org"
    """Let in by the organisation."""
    LINKED = "linked"
    """From now on the organisation's sign-in opens this account."""
    UNLINKED = "unlinked"
    WAS_ME = "was_me"
    NOT_ME = "not_me"
    """The person's own word about the tries before it."""
    NEW_PASSWORD = "new_password"


FAILED = frozenset({Doing.WRONG_PASSWORD, Doing.WRONG_CODE})
LOCKOUTS = frozenset({Doing.LOCKED, Doing.GUESSED})
CAME = frozenset({Doing.CAME_IN, Doing.CAME_BY_ORG})
PROVEN = CAME | {
    *(Doing.REMOVED, Doing.NEW_CODES, Doing.LINKED, Doing.UNLINKED, Doing.NEW_PASSWORD)
}
"""What takes the right password or code: a slip right before it was the person's own."""


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
    Guess.IDENTITY: Limit(most=10, within=timedelta(minutes=1)),
    # A journey to the organisation ends once, whoever has a copy of what it brings back.
    Guess.JOURNEY: Limit(most=1, within=timedelta(minutes=10)),
}
