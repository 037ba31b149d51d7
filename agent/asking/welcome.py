"""Whether a question was welcome: asked now and then, afterwards, in words. It stays at home.

A device that asks should hear how it is to be asked. The page puts this after a question
that ended at home, and never as a chore:

1. The next day at the earliest, and not once it is forgotten.
2. Of all that ended within ``EVERY`` of each other, about one: two are never asked about.
3. It can be skipped, and what was skipped is not asked again.
4. No message has room for the answer. It is shown to the owner, and if several were not
   welcome the page offers fewer questions; only the owner changes that.

In quiet hours, during a pause and beside another question the page does not ask it. This
file reads no clock and no disk.
"""

from collections.abc import Collection, Iterable
from dataclasses import replace
from datetime import datetime, timedelta
from enum import StrEnum

from agent.asking.concerns import Concern, State

EVERY = timedelta(weeks=8)
AFTER = timedelta(hours=18)
"""The next day, roughly: not while the question itself is still in the air."""
UNTIL = timedelta(days=14)

BUDGETS = (0.1, 0.25, 0.5, 1.0, 2.0, 4.0, 6.0, 12.0)
"""Needless questions a year, in the steps in which fewer are offered."""
LOOKED_AT, UNWELCOME = 3, 2
"""So many of the last answers, not welcome, make the page offer fewer questions."""


class Welcome(StrEnum):
    """What the owner said about a question."""

    YES = "welcome"
    ALL_RIGHT = "all_right"
    NO = "unwelcome"
    SKIPPED = "skipped"


def due(concerns: Iterable[Concern], left: Collection[str], now: datetime) -> Concern | None:
    """Return the question to ask about at ``now``; ``left`` are the ids that were sent."""
    chosen_at: datetime | None = None
    for ended_at, concern in sorted(_at_home(concerns, left), key=lambda one: one[0]):
        if chosen_at is not None and ended_at - chosen_at < EVERY:
            continue
        chosen_at = ended_at
        if concern.welcome is None and AFTER <= now - ended_at <= UNTIL:
            return concern
    return None


def said(concern: Concern, word: str, text: str, at: datetime) -> Concern:
    """Return ``concern`` with what the owner said; a second word changes nothing."""
    if concern.welcome is not None or word not in set(Welcome):
        return concern
    return replace(concern, welcome=word, welcome_text=text or None, welcome_at=at)


def fewer(
    concerns: Iterable[Concern], budget: float, settled_at: datetime | None
) -> float | None:
    """Return how many questions a year to offer instead of ``budget``, or ``None``.

    ``settled_at`` is when the owner last decided about it: what was said before is settled.
    """
    told = sorted(
        (one.welcome_at, one.welcome)
        for one in concerns
        if one.welcome not in (None, Welcome.SKIPPED) and one.welcome_at is not None
        if settled_at is None or one.welcome_at > settled_at
    )
    unwelcome = sum(word == Welcome.NO for _, word in told[-LOOKED_AT:])
    if unwelcome < UNWELCOME:
        return None
    return max((step for step in BUDGETS if step < budget), default=None)


def _at_home(
    concerns: Iterable[Concern], left: Collection[str]
) -> Iterable[tuple[datetime, Concern]]:
    """Yield what was asked and ended at home, with when it ended."""
    for one in concerns:
        ended = one.state in (State.ANSWERED, State.RETURNED) and one.ended_at is not None
        if ended and one.asked_at is not None and one.concern_id not in left:
            assert one.ended_at is not None
            yield one.ended_at, one
