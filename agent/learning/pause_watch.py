"""Watches pauses of two sorts: those that began early in a day, and those that began late.

People set out in the first half of the day. Of the long pauses of eight real homes, three in
four began with a last coffee before ``LATE_FROM``, although the last coffee is later than that
for more than half of the time. A pause that began late is therefore much less often an
absence, and a shorter one is worth a question.

Each sort has its own ``PauseTail`` and its own peaks. Of what is allowed it gets the share of
this household's time in which a stop would begin that way, so that a question is equally
often false at any hour: in a home whose last coffee of the day is at nine in the morning,
nearly all pauses begin early, and nearly all is allowed to them.

Where coffee is rare, chance alone makes long pauses, more of them than a few months show. No
threshold is below the pause that coffee at random, as often as here, would allow.
"""

from collections.abc import Mapping
from datetime import datetime
from math import log
from typing import Any

from agent.learning.budget import PauseTail, Watch

EARLY_FROM, LATE_FROM = 4, 15
"""Hours of the local clock: a coffee at two in the morning ends the day before."""
AT_HOME_DAYS = 1.0
"""Only shorter pauses tell at what hours a stop would begin here."""
PRIOR_HOURS, PRIOR_LATE = 30 * 24, 0.55
"""A month of its own weighs as much as the eight homes."""
DAYS_A_YEAR = 365.25
SHARE_MIN = 0.25
"""What a home never does it may do once: neither sort is left without a share."""


def began_late(last_brew: datetime) -> bool:
    """Return whether a pause after this coffee, told in local time, began late in a day."""
    return not EARLY_FROM <= last_brew.hour < LATE_FROM


def chance_days(brews_a_day: float, allowed_per_year: float) -> float:
    """Return the pause that so many brews at random times exceed so often a year."""
    brews_a_year = DAYS_A_YEAR * brews_a_day
    if brews_a_year <= allowed_per_year:
        return 0.0
    return log(brews_a_year / allowed_per_year) / brews_a_day


class PauseWatch:
    """The evidence for ``silence`` over time; its judge uses it like a ``Watch``."""

    def __init__(self, *, early: PauseTail, late: PauseTail) -> None:
        self._watches = (Watch(early), Watch(late))
        self._hours = [0, 0]
        """At home, by how a stop would have begun."""
        self._late = False
        self._brews_a_day = 0.0

    @property
    def smallest(self) -> float:
        """Evidence below this is no question."""
        return self._now.smallest

    @property
    def raised(self) -> bool:
        """Whether the pause that is going on was asked about."""
        return self._now.raised

    def began(self, *, late: bool, brews_a_day: float) -> None:
        """Say of which sort the pause is that is going on, and how usual coffee is here."""
        self._late, self._brews_a_day = late, brews_a_day

    def scored(self) -> None:
        """Count one more hour in which everything was seen."""
        if self._now.top < AT_HOME_DAYS:
            self._hours[self._late] += 1

    def update(self, hour: int, evidence: float) -> bool:
        """Take the evidence of this hour (hours since 1970); return whether a peak is over."""
        over = [
            watch.update(hour, evidence if watch is self._now else 0.0)
            for watch in self._watches
        ]
        return any(over)

    def raise_now(self) -> None:
        """The pause that is going on was asked about."""
        self._now.raise_now()

    def accept(self, hour: int) -> None:
        """Take this pause as normal, however it began: none asks for less from now on."""
        for watch in self._watches:
            watch.accept(hour, self._now.top)

    def threshold(self, years: float, allowed_per_year: float) -> float:
        """Return how long the pause that is going on must last."""
        return self._threshold(years, allowed_per_year, late=self._late)

    def on_average(self, years: float, allowed_per_year: float) -> float:
        """Return how long a pause would have to last that began at any hour at home."""
        late = self._late_share()
        return sum(
            share * self._threshold(years, allowed_per_year, late=sort)
            for sort, share in ((False, 1 - late), (True, late))
        )

    @property
    def _now(self) -> Watch:
        return self._watches[self._late]

    def _late_share(self) -> float:
        return (self._hours[True] + PRIOR_LATE * PRIOR_HOURS) / (sum(self._hours) + PRIOR_HOURS)

    def _threshold(self, years: float, allowed_per_year: float, *, late: bool) -> float:
        share = self._late_share() if late else 1 - self._late_share()
        allowed = allowed_per_year * max(SHARE_MIN, share)
        own = self._watches[late].threshold(years, allowed)
        return max(own, chance_days(self._brews_a_day, allowed))

    def to_json(self) -> dict[str, Any]:
        """Return what must be remembered."""
        early, late = self._watches
        return {
            "early": early.to_json(),
            "late": late.to_json(),
            "hours": list(self._hours),
            "is_late": self._late,
            "brews_a_day": self._brews_a_day,
        }

    @classmethod
    def from_json(
        cls, state: Mapping[str, Any], *, early: PauseTail, late: PauseTail
    ) -> "PauseWatch":
        """Return the watch that ``to_json`` described."""
        watch = cls(early=early, late=late)
        watch._watches = (
            Watch.from_json(early, state["early"]),
            Watch.from_json(late, state["late"]),
        )
        watch._hours = [int(hours) for hours in state["hours"]]
        watch._late = bool(state["is_late"])
        watch._brews_a_day = float(state["brews_a_day"])
        return watch
