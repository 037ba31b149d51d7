"""Decides what somebody has to be told about tries with their name. Pure.

Whoever types a wrong letter and then comes in has tried with their own name; telling them
each time would teach everybody to look away. So one or two tries right before somebody comes
in are theirs. All others are told, until the person says whether it was them.

>>> from datetime import UTC
>>> at = datetime(2026, 3, 3, 9, 0, tzinfo=UTC)
>>> typed, came = (Doing.WRONG_PASSWORD, at), (Doing.CAME_IN, at + timedelta(minutes=1))
>>> to_tell([typed, came]), to_tell([typed]).number
(None, 1)
"""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime, timedelta

from escalation.entrance.doings import FAILED, LOCKOUTS, PROVEN, Doing

OWN_SLIPS_MAX = 2
OWN_SLIPS_WITHIN = timedelta(minutes=10)
LOOKED_BACK = timedelta(days=90)
TOLD_FROM = 3
"""So many tries are worth a notice by themselves."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Tried:
    """How often somebody tried, and when."""

    passwords: int
    codes: int
    first: datetime
    last: datetime
    locked: bool
    """Whether the tries were used up."""

    @property
    def number(self) -> int:
        """All of them."""
        return self.passwords + self.codes

    @property
    def is_worth_a_notice(self) -> bool:
        """Whether somebody has to hear of it before they next come in."""
        return self.locked or self.number >= TOLD_FROM


def to_tell(lines: Iterable[tuple[str, datetime]]) -> Tried | None:
    """Return what a person has to be told, from the lines about them, the oldest first."""
    open_: list[tuple[str, datetime]] = []
    for doing, at in lines:
        if doing in (Doing.WAS_ME, Doing.NOT_ME):
            open_.clear()
        elif doing in FAILED | LOCKOUTS:
            open_.append((doing, at))
        elif doing in PROVEN:
            _forget_slips(open_, at)
    failed = [(doing, at) for doing, at in open_ if doing in FAILED]
    if not open_:
        return None
    return Tried(
        passwords=sum(doing == Doing.WRONG_PASSWORD for doing, _ in failed),
        codes=sum(doing == Doing.WRONG_CODE for doing, _ in failed),
        first=open_[0][1],
        last=open_[-1][1],
        locked=len(failed) < len(open_),
    )


def _forget_slips(open_: list[tuple[str, datetime]], came_at: datetime) -> None:
    recent = [one for one in open_ if came_at - one[1] <= OWN_SLIPS_WITHIN]
    if len(recent) <= OWN_SLIPS_MAX and all(doing in FAILED for doing, _ in recent):
        del open_[len(open_) - len(recent) :]


def has_to_renew(lines: Iterable[tuple[str, datetime]]) -> bool:
    """Return whether somebody said that it was not them, and has kept their password since."""
    owed = False
    for doing, _ in lines:
        if doing in (Doing.NOT_ME, Doing.NEW_PASSWORD):
            owed = doing == Doing.NOT_ME
    return owed
