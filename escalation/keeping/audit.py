"""Decides whether the audit is whole: each line of a case is bound to the one before it.

A line holds no word of the owner's, so erasing what was personal breaks no chain. The case
itself keeps the last link: a line that was changed, removed or put between others shows, also
the last one.

Pure: the shell brings the rows.

>>> first = link("", ("1", "receive"))
>>> link(first, ("1", "check")) == link("", ("1", "check"))
False
"""

import functools
import hashlib
import json
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime

START = ""
"""The link before the first line of a case."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Line:
    """What the audit says happened."""

    case: int
    at: datetime
    event: str
    actor: int | None
    told_owner: int | None
    from_state: str
    to_state: str
    fence: int

    def facts(self) -> tuple[str, ...]:
        """Return the line as the texts that its link is made of."""
        values = (self.case, self.event, self.actor, self.told_owner, self.from_state)
        return tuple(map(str, (*values, self.to_state, self.fence, _said(self.at))))


@functools.lru_cache(maxsize=8)
def _said(at: datetime) -> str:
    """Return a time as a link is made of it. The lines of one transaction share theirs."""
    return at.astimezone(UTC).isoformat(timespec="microseconds")


def link(before: str, facts: Sequence[str]) -> str:
    """Return the link of a line that follows the link ``before``."""
    return hashlib.sha256(_json([before, *facts]).encode()).hexdigest()


_json = json.JSONEncoder(separators=(",", ":")).encode


def is_whole(lines: Iterable[tuple[Line, str]], head: str) -> bool:
    """Return whether these lines, each with its link, are all that led to ``head``."""
    before = START
    for line, its_link in lines:
        before = link(before, line.facts())
        if before != its_link:
            return False
    return before == head
