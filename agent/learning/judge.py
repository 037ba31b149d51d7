"""Decides which departure is worth one of the owner's few questions, and which has to wait.

Every kind has its ``Watch`` and its share of the owner's budget. A score of 1.0 is as much
evidence as the budget asks for. One concern at a time: after any, the other kinds rest for
``REST_HOURS``; a silence does not wait. After a silence, a fall rests for as long as its
windows reach back: it would ask about the same days again. What had evidence enough and is
held back all the same is kept in ``held_back``, with the reason, so that the owner can
read what the device noticed and did not ask about:

``resting``   something else is being asked about, or was in the last days
``stronger``  something else of the same hour had more evidence
``budget``    it would be a question if the budget were ``HELD_BACK_BUDGETS`` times as large

Pure values: no clock, disk or network.
"""

from collections.abc import Callable, Collection, Mapping
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from enum import StrEnum
from typing import Any

from agent.learning.budget import Watch
from agent.learning.departures import Departure
from agent.learning.pause_watch import PauseWatch
from agent.learning.routine_settings import EARLY_PAUSES, LATE_PAUSES, SHARES, TAILS
from wire.facts import RoutineChange, RoutineKind
from wire.schema import from_plain, to_plain

REST_HOURS = 10 * 24
FALL_REST_HOURS = 28 * 24
HOURS_PER_YEAR = 8766
HELD_BACK_BUDGETS = 4.0
HELD_BACK_FOR = timedelta(days=90)
HELD_BACK_MAX = 20


class HeldBackReason(StrEnum):
    """Why there was no question about it."""

    RESTING = "resting"
    STRONGER = "stronger"
    BUDGET = "budget"


@dataclass(frozen=True, slots=True, kw_only=True)
class HeldBack:
    """A change that was noticed and not asked about."""

    kind: RoutineKind
    since: datetime
    score: float
    """The highest it had, against the budget of that moment: 1.0 is enough."""
    reason: HeldBackReason
    change: RoutineChange
    """As it was when the score was highest."""
    open: bool = True
    """Whether it is going on still."""


Describe = Callable[[Departure], RoutineChange]


class Judge:
    """The watches of all kinds, and the questions they may raise."""

    def __init__(self, *, budget_per_year: float) -> None:
        self.budget_per_year = budget_per_year
        self._pauses = PauseWatch(early=EARLY_PAUSES, late=LATE_PAUSES)
        self._watches = {kind: Watch(tail) for kind, tail in TAILS.items()}
        self._scored_hours = 0
        self._rest_until_hour = 0
        self._fall_rests_until_hour = 0
        self._held_back: list[HeldBack] = []
        self._raised_since: dict[RoutineKind, int] = {}

    def scored(self) -> None:
        """Count one more hour in which everything was seen."""
        self._scored_hours += 1
        self._pauses.scored()

    def pause_began(self, *, late: bool, brews_a_day: float) -> None:
        """Say how the pause that is going on began, before its evidence is judged."""
        self._pauses.began(late=late, brews_a_day=brews_a_day)

    def score(self, kind: RoutineKind, evidence: float, budgets: float = 1.0) -> float:
        """Return how far ``evidence`` is on the way to a question, 1.0 = enough."""
        if evidence <= 0:
            return 0.0
        allowed = SHARES[kind] * budgets * self.budget_per_year
        return evidence / self._watch(kind).threshold(self._years, allowed)

    def threshold(self, kind: RoutineKind, budget_per_year: float) -> float:
        """Return the evidence that a question of this kind needs, if that were the budget.

        For a silence on average, whatever hour it began at.
        """
        allowed = SHARES[kind] * budget_per_year
        if kind is RoutineKind.SILENCE:
            return self._pauses.on_average(self._years, allowed)
        return self._watches[kind].threshold(self._years, allowed)

    def usual_threshold(self, kind: RoutineKind) -> float:
        """Return the evidence that a home nobody knows yet would need."""
        return Judge(budget_per_year=self.budget_per_year).threshold(kind, self.budget_per_year)

    def judge(
        self,
        departures: Mapping[RoutineKind, Departure],
        now: datetime,
        describe: Describe,
        *,
        full: bool,
    ) -> tuple[Departure, float] | None:
        """Take in this hour's evidence; return what is worth a question, with its score.

        ``full`` says that another question is open: everything rests until it is over.
        """
        hour = int(now.timestamp() // 3600)
        self._forget(now)
        scores = {}
        for kind, departure in departures.items():
            watch = self._watch(kind)
            if watch.update(hour, departure.evidence):
                self._end_held_back(kind)
            if not watch.raised and departure.evidence >= watch.smallest:
                scores[kind] = self.score(kind, departure.evidence)
        resting = {kind for kind in scores if full or self._rests(kind, hour)}
        best = _strongest(scores, resting=resting)
        for kind, score in scores.items():
            if kind is best:
                continue
            if reason := self._reason(departures[kind], score, resting=kind in resting):
                self._hold_back(departures[kind], score, reason, describe)
        if best is None:
            return None
        self._raise(departures[best], hour)
        return departures[best], scores[best]

    def raised(self, kind: RoutineKind) -> bool:
        """Return whether what was raised of this kind is going on still."""
        return self._watch(kind).raised

    def held_back(self) -> tuple[HeldBack, ...]:
        """Return what was noticed in the last weeks and not asked about, newest last."""
        return tuple(self._held_back)

    def accept(self, kind: RoutineKind, now: datetime) -> int | None:
        """Take a raised change as the new normal; return the day since when it is so.

        ``None`` when nothing of this kind was raised, and for a silence, of which only the
        length is learned: no shorter pause is worth a question from now on.
        """
        self._end_held_back(kind)
        hour = int(now.timestamp() // 3600)
        if kind is RoutineKind.SILENCE:
            self._pauses.accept(hour)
            return None
        if kind in self._raised_since:
            self._watches[kind].end(hour)
        return self._raised_since.pop(kind, None)

    def _raise(self, departure: Departure, hour: int) -> None:
        kind = departure.kind
        self._watch(kind).raise_now()
        self._rest_until_hour = hour + REST_HOURS
        if kind is RoutineKind.SILENCE:
            self._fall_rests_until_hour = hour + FALL_REST_HOURS
        self._raised_since[kind] = departure.since_day
        self._held_back = [
            one for one in self._held_back if not (one.open and one.kind is kind)
        ]

    @property
    def _years(self) -> float:
        return self._scored_hours / HOURS_PER_YEAR

    def _watch(self, kind: RoutineKind) -> Watch | PauseWatch:
        return self._pauses if kind is RoutineKind.SILENCE else self._watches[kind]

    def _rests(self, kind: RoutineKind, hour: int) -> bool:
        """Return whether something else was asked about in the last days."""
        if kind is RoutineKind.SILENCE:
            return False
        falls = kind is RoutineKind.FALL and hour < self._fall_rests_until_hour
        return falls or hour < self._rest_until_hour

    def _reason(
        self, departure: Departure, score: float, *, resting: bool
    ) -> HeldBackReason | None:
        if score >= 1.0:
            return HeldBackReason.RESTING if resting else HeldBackReason.STRONGER
        larger = self.score(departure.kind, departure.evidence, HELD_BACK_BUDGETS)
        return HeldBackReason.BUDGET if larger >= 1.0 else None

    def _hold_back(
        self,
        departure: Departure,
        score: float,
        reason: HeldBackReason,
        describe: Describe,
    ) -> None:
        kind = departure.kind
        if (known := self._open(kind)) is not None:
            if score <= known.score:
                return
            self._held_back.remove(known)
        change = describe(departure)
        self._held_back.append(
            HeldBack(kind=kind, since=change.since, score=score, reason=reason, change=change)
        )
        self._held_back = self._held_back[-HELD_BACK_MAX:]

    def _open(self, kind: RoutineKind) -> HeldBack | None:
        return next((one for one in self._held_back if one.open and one.kind is kind), None)

    def _end_held_back(self, kind: RoutineKind) -> None:
        self._held_back = [
            replace(one, open=False) if one.kind is kind else one for one in self._held_back
        ]

    def _forget(self, now: datetime) -> None:
        if self._held_back and now - self._held_back[0].change.noticed_at > HELD_BACK_FOR:
            del self._held_back[0]

    def to_json(self) -> dict[str, Any]:
        """Return what must be remembered."""
        return {
            "scored_hours": self._scored_hours,
            "rest_until_hour": self._rest_until_hour,
            "fall_rests_until_hour": self._fall_rests_until_hour,
            "pauses": self._pauses.to_json(),
            "watches": {kind.value: w.to_json() for kind, w in self._watches.items()},
            "raised_since": {kind.value: day for kind, day in self._raised_since.items()},
            "held_back": [to_plain(one) for one in self._held_back],
        }

    @classmethod
    def from_json(cls, state: Mapping[str, Any], *, budget_per_year: float) -> "Judge":
        """Return the judge that ``to_json`` described."""
        judge = cls(budget_per_year=budget_per_year)
        judge._scored_hours = int(state["scored_hours"])
        judge._rest_until_hour = int(state["rest_until_hour"])
        judge._fall_rests_until_hour = int(state["fall_rests_until_hour"])
        judge._pauses = PauseWatch.from_json(
            state["pauses"], early=EARLY_PAUSES, late=LATE_PAUSES
        )
        for name, watch in state["watches"].items():
            kind = RoutineKind(name)
            judge._watches[kind] = Watch.from_json(TAILS[kind], watch)
        for name, day in state["raised_since"].items():
            judge._raised_since[RoutineKind(name)] = int(day)
        judge._held_back = [from_plain(HeldBack, one) for one in state["held_back"]]
        return judge


def _strongest(
    scores: Mapping[RoutineKind, float], *, resting: Collection[RoutineKind]
) -> RoutineKind | None:
    """Return the kind to ask about: the one with most evidence beyond its need."""
    free = [kind for kind, score in scores.items() if score >= 1.0 and kind not in resting]
    return max(free, key=lambda kind: scores[kind], default=None)
