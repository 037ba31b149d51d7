"""Learns one household's routine, and says when it breaks: never more often than agreed.

Theory of the method, in four steps, one module each:

1. ``observed_days``  Brews and seen time are counted by local day and local hour. Hours in
   which a brew could have gone unseen (``unseen``) are left out of everything.
2. ``baseline``       From the older days: what is usual on a weekday and on a weekend, how
   much a day varies, when this household sleeps.
3. ``departures``     From the newest days: how strongly they speak for a change of each
   kind beyond what is tolerated, in nats; for ``silence`` the seen hours since the last brew.
4. ``budget``         How much evidence is needed, from the population and from this
   household's own peaks in real order, so that all kinds together keep the owner's budget.

Rules:
- Causal. Nothing is known before its hour is over: a brew is taken in when the hour in which
  it happened ends. Verdicts are made at the ends of local hours, ``fall`` and ``drift`` at
  local midnight.
- One concern at a time: after any, the other kinds rest for ``REST_HOURS``. A silence does
  not wait.
- While learning (fewer than ``LEARNING_DAYS`` seen days in the window) nothing is raised.
- It reads no clock, disk or network. ``to_json`` holds everything, and a restored routine
  gives identical scores.

    routine = Routine(timezone="Europe/Paris", budget_per_year=1.0)
    routine.brew(at)                       # as brews finish; start of the brew, aware UTC
    routine.unseen(start, end)             # before the advance that covers it
    for noticed in routine.advance(now):   # at least once an hour
        ...
    routine.scores(now)                    # 1.0 = would be raised
"""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from math import exp
from typing import Any
from zoneinfo import ZoneInfo

import numpy as np

from agent import departures
from agent.baseline import Baseline, RecentDay, weekend
from agent.budget import Tail, Watch
from agent.departures import Departure
from agent.observed_days import FULL_TENTHS, WINDOW_DAYS, ObservedDays
from wire.facts import Measure, RoutineChange, RoutineKind

FORMAT = 1
LEARNING_DAYS = 28
REFERENCE_DAYS_MIN = 10
OLD_DAYS_MIN = 21
REST_HOURS = 10 * 24
HOURS_PER_YEAR = 8766
TENTHS_PER_DAY = 24 * FULL_TENTHS

# Days of pause for silence, nats for the others; how they were chosen stands in
# docs/decisions/routine-settings.md.
TAILS: Mapping[RoutineKind, Tail] = {
    # Every household takes holidays, so homes differ little and the population weighs much.
    RoutineKind.SILENCE: Tail(
        once_a_year=6.3, scale=1.6, smallest=1.5, prior_years=2.0, margin=1.0
    ),
    RoutineKind.RISE: Tail(once_a_year=2.35, scale=1.25, smallest=1.0, prior_years=0.3),
    RoutineKind.FALL: Tail(once_a_year=0.9, scale=1.0, smallest=1.0, prior_years=0.3),
    RoutineKind.TIMING: Tail(once_a_year=6.1, scale=1.3, smallest=1.0, prior_years=0.3),
    RoutineKind.NIGHT: Tail(once_a_year=2.4, scale=0.6, smallest=1.0, prior_years=0.3),
    RoutineKind.DRIFT: Tail(once_a_year=4.05, scale=0.6, smallest=0.5, prior_years=0.3),
}
SHARES: Mapping[RoutineKind, float] = {
    RoutineKind.SILENCE: 1.0,
    RoutineKind.RISE: 0.12,
    RoutineKind.FALL: 0.06,
    RoutineKind.TIMING: 0.05,
    RoutineKind.NIGHT: 0.03,
    RoutineKind.DRIFT: 0.04,
}
"""Of the budget. They add up to 1.3, because kinds overlap and only one is raised at a time."""
_BY_BREW = (RoutineKind.RISE, RoutineKind.NIGHT, RoutineKind.TIMING)
_BY_DAY = (RoutineKind.FALL, RoutineKind.DRIFT)
_HOUR = timedelta(hours=1)
_MINUTE = timedelta(minutes=1)


@dataclass(frozen=True, slots=True, kw_only=True)
class Noticed:
    """A change that is worth a question, and how much evidence beyond the need there is."""

    change: RoutineChange
    score: float


class Routine:
    """This household's routine. See the module for the method and the order of calls."""

    def __init__(self, *, timezone: str, budget_per_year: float) -> None:
        self._timezone = timezone
        self._zone = ZoneInfo(timezone)
        self._budget_per_year = budget_per_year
        self._days: ObservedDays | None = None
        self._hour_end: datetime | None = None
        """End of the hour that is being lived; its start is the end of what was judged."""
        self._hour_start: datetime | None = None
        self._waiting: list[datetime] = []
        self._unseen: list[tuple[datetime, datetime]] = []
        self._last_brew_at: datetime | None = None
        self._silent_tenths = 0
        self._pauses: list[tuple[int, int]] = []
        """Longest pauses as (day it ended, seen tenths), each longer than all later ones."""
        self._scored_hours = 0
        self._rest_until_hour = 0
        self._watches = {kind: Watch(TAILS[kind]) for kind in RoutineKind}
        self._latest: dict[RoutineKind, Departure] = {}
        self._baseline: Baseline | None = None

    # What happens

    def brew(self, at: datetime) -> None:
        """Take in one brew. A late one still counts in its own hour."""
        self._begin(at)
        if self._hour_start is not None and at >= self._hour_start:
            self._waiting.append(at)
        else:
            self._late_brew(at)

    def unseen(self, start: datetime, end: datetime) -> None:
        """Mask a span in which a brew could have gone unseen."""
        self._begin(start)
        assert self._hour_start is not None
        if start < self._hour_start:
            self._mask_past(start, min(end, self._hour_start))
        start = max(start, self._hour_start)
        if start >= end:
            return
        if self._unseen and self._unseen[-1][0] <= start <= self._unseen[-1][1]:
            start, last_end = self._unseen.pop()
            end = max(end, last_end)
        self._unseen.append((start, end))

    def advance(self, now: datetime) -> list[Noticed]:
        """Judge every hour that has ended by ``now``."""
        self._begin(now)
        noticed: list[Noticed] = []
        while self._hour_end is not None and self._hour_end <= now:
            noticed += self._end_hour()
        return noticed

    # What is known

    def scores(self, now: datetime) -> dict[RoutineKind, float]:
        """Return how far each kind is on the way to a concern (1.0 = would be raised)."""
        del now  # Scores change when an hour ends; the argument keeps callers advancing first.
        scores = {}
        for kind in RoutineKind:
            latest = self._latest.get(kind)
            scores[kind] = self._score(kind, latest.evidence) if latest else 0.0
        if self._waiting:
            scores[RoutineKind.SILENCE] = 0.0
        return scores

    def learning(self, now: datetime) -> bool:
        """Return whether too few days were seen to judge anything."""
        del now
        baseline = self._current_baseline()
        return baseline is None or baseline.days_seen < LEARNING_DAYS

    # Hours

    def _begin(self, at: datetime) -> None:
        """Start with the first full local hour from ``at`` on."""
        if self._hour_start is not None:
            return
        start = at.astimezone(UTC)
        if (local := start.astimezone(self._zone)) != _floor_hour(local):
            start = self._next_hour(start)
        self._hour_start, self._hour_end = start, self._next_hour(start)
        self._days = ObservedDays(start.astimezone(self._zone).toordinal())

    def _next_hour(self, at: datetime) -> datetime:
        local = at.astimezone(self._zone)
        past = timedelta(
            minutes=local.minute, seconds=local.second, microseconds=local.microsecond
        )
        return at + _HOUR - past

    def _end_hour(self) -> list[Noticed]:
        assert self._days is not None
        assert self._hour_start is not None
        assert self._hour_end is not None
        start, end = self._hour_start, self._hour_end
        local = start.astimezone(self._zone)
        day, hour = local.toordinal(), local.hour
        brews = [at for at in self._waiting if at < end]
        self._waiting = self._waiting[len(brews) :]
        seen = self._seen_tenths(start, end)
        self._days.add_seen(day, hour, seen)
        self._days.add_brews(day, hour, len(brews))
        self._hour_start, self._hour_end = end, self._next_hour(end)
        self._doubt_pause(day, hour, seen)
        self._count_pause(brews, seen, day, end)
        today = end.astimezone(self._zone).toordinal()
        new_day = today > day
        if new_day:
            self._days.extend_to(today)
            self._baseline = None
        if self.learning(end):
            return []
        self._scored_hours += int(seen == FULL_TENTHS)
        return self._judge(end, brews=bool(brews), new_day=new_day)

    def _seen_tenths(self, start: datetime, end: datetime) -> int:
        unseen_s = 0.0
        keep = []
        for span_start, span_end in self._unseen:
            overlap = min(end, span_end) - max(start, span_start)
            unseen_s += max(0.0, overlap.total_seconds())
            if span_end > end:
                keep.append((span_start, span_end))
        self._unseen = keep
        return max(0, int(FULL_TENTHS - unseen_s / 360.0))

    def _doubt_pause(self, day: int, hour: int, seen: int) -> None:
        """Keep of the pause only what the unseen part of this hour cannot have ended.

        A brew that was not seen would have ended it, with the probability that this
        household brews in such an hour. A minute changes nothing, a day all.
        """
        baseline = self._current_baseline()
        if seen < FULL_TENTHS and baseline is not None:
            hidden = float(baseline.rates[weekend(day), hour]) * (1 - seen / FULL_TENTHS)
            self._silent_tenths = int(self._silent_tenths * exp(-hidden))

    def _count_pause(self, brews: list[datetime], seen: int, day: int, end: datetime) -> None:
        if not brews:
            self._silent_tenths += seen
            return
        if self._last_brew_at is not None:
            while self._pauses and self._pauses[-1][1] <= self._silent_tenths:
                self._pauses.pop()
            self._pauses.append((day, self._silent_tenths))
            self._pauses = [pause for pause in self._pauses if day - pause[0] < WINDOW_DAYS]
        self._last_brew_at = brews[-1]
        self._silent_tenths = min(seen, int((end - brews[-1]).total_seconds() / 360.0))

    # Judging

    def _judge(self, now: datetime, *, brews: bool, new_day: bool) -> list[Noticed]:
        self._measure(brews=brews, new_day=new_day)
        hour = int(now.timestamp() // 3600)
        best: tuple[float, Departure] | None = None
        for kind, departure in self._latest.items():
            watch = self._watches[kind]
            watch.update(hour, departure.evidence)
            resting = hour < self._rest_until_hour and kind is not RoutineKind.SILENCE
            score = self._score(kind, departure.evidence)
            if watch.raised or resting or score < 1.0:
                continue
            if best is None or score > best[0]:
                best = (score, departure)
        if best is None:
            return []
        self._watches[best[1].kind].raised = True
        self._rest_until_hour = hour + REST_HOURS
        return [Noticed(change=self._describe(best[1], now), score=best[0])]

    def _measure(self, *, brews: bool, new_day: bool) -> None:
        """Bring ``_latest`` up to date where something can have changed."""
        baseline = self._current_baseline()
        assert baseline is not None
        if self._last_brew_at is not None:
            self._latest[RoutineKind.SILENCE] = Departure(
                kind=RoutineKind.SILENCE,
                evidence=self._silent_tenths / TENTHS_PER_DAY,
                since_day=baseline.today,
                measure=Measure.HOURS_WITHOUT_BREW,
                observed=self._silent_tenths / FULL_TENTHS,
            )
        if baseline.reference_days < REFERENCE_DAYS_MIN:
            return
        if brews:
            days = self._recent_with_today(baseline)
            for kind in _BY_BREW:
                self._latest[kind] = getattr(departures, kind.value)(baseline, days)
        if new_day and baseline.recent and baseline.recent[0].day == baseline.today - 1:
            self._latest[RoutineKind.FALL] = departures.fall(baseline, baseline.recent)
            if baseline.old_days >= OLD_DAYS_MIN:
                self._latest[RoutineKind.DRIFT] = departures.drift(baseline, baseline.recent)

    def _recent_with_today(self, baseline: Baseline) -> list[RecentDay]:
        assert self._days is not None
        row = self._days.last_day - self._days.first_day
        seen = self._days.seen_tenths[row] / FULL_TENTHS
        brews = np.where(seen > 0, self._days.brews[row], 0).astype(np.float64)
        if not brews.any():
            return baseline.recent
        # A whole day is expected of today, so that an early morning is not yet a rise.
        seen[self._hour_of_day() + 1 :] = 1.0
        return [baseline.see(baseline.today, brews, seen), *baseline.recent]

    def _hour_of_day(self) -> int:
        assert self._hour_start is not None
        return (self._hour_start - _MINUTE).astimezone(self._zone).hour

    def _current_baseline(self) -> Baseline | None:
        if self._days is None:
            return None
        if self._baseline is None:
            self._baseline = Baseline(self._days, self._days.last_day)
        return self._baseline

    def _score(self, kind: RoutineKind, evidence: float) -> float:
        years = self._scored_hours / HOURS_PER_YEAR
        allowed = SHARES[kind] * self._budget_per_year
        return evidence / self._watches[kind].threshold(years, allowed)

    # Facts

    def _describe(self, departure: Departure, now: datetime) -> RoutineChange:
        baseline = self._current_baseline()
        assert baseline is not None
        usual, compared_days = self._usual(departure, baseline)
        since = self._midnight(departure.since_day)
        if departure.kind is RoutineKind.SILENCE and self._last_brew_at is not None:
            since = self._last_brew_at
        return RoutineChange(
            kind=departure.kind,
            since=since,
            noticed_at=now,
            measure=departure.measure,
            observed=departure.observed,
            usual=usual,
            compared_days=compared_days,
            last_brew_at=self._last_brew_at,
            timezone=self._timezone,
        )

    def _usual(self, departure: Departure, baseline: Baseline) -> tuple[float, int]:
        match departure.measure:
            case Measure.HOURS_WITHOUT_BREW:
                longest = max((tenths for _, tenths in self._pauses), default=0)
                assert self._days is not None
                return longest / FULL_TENTHS, len(self._days.brews)
            case Measure.BREWS_PER_DAY:
                return baseline.usual_daily, baseline.compared_days
            case Measure.NIGHT_BREWS_PER_WEEK:
                return baseline.usual_weekly_nights, baseline.compared_days
            case Measure.HOURS_SHIFTED:
                return baseline.usual_shift_h, baseline.compared_days

    def _midnight(self, day: int) -> datetime:
        local = datetime.combine(date.fromordinal(day), time(), tzinfo=self._zone)
        return local.astimezone(UTC)

    # Corrections

    def _late_brew(self, at: datetime) -> None:
        assert self._days is not None
        local = at.astimezone(self._zone)
        self._days.add_brews(local.toordinal(), local.hour, 1)
        self._baseline = None
        if self._last_brew_at is None or at > self._last_brew_at:
            self._last_brew_at = at

    def _mask_past(self, start: datetime, end: datetime) -> None:
        """Take back seen time of hours already judged; verdicts given stay given."""
        assert self._days is not None
        at = start
        while at < end:
            until = min(end, self._next_hour(at))
            tenths = -int(-(until - at).total_seconds() // 360.0)
            local = at.astimezone(self._zone)
            self._days.add_seen(local.toordinal(), local.hour, -tenths)
            if self._last_brew_at is not None and at >= self._last_brew_at:
                self._silent_tenths = max(0, self._silent_tenths - tenths)
            at = until
        self._baseline = None

    # State

    def to_json(self) -> dict[str, Any]:
        """Return everything that must be remembered, ready for ``json.dumps``."""
        return {
            "format": FORMAT,
            "timezone": self._timezone,
            "days": self._days.to_json() if self._days else None,
            "hour_start": _text(self._hour_start),
            "waiting": [_text(at) for at in self._waiting],
            "unseen": [[_text(start), _text(end)] for start, end in self._unseen],
            "last_brew_at": _text(self._last_brew_at),
            "silent_tenths": self._silent_tenths,
            "pauses": [list(pause) for pause in self._pauses],
            "scored_hours": self._scored_hours,
            "rest_until_hour": self._rest_until_hour,
            "watches": {kind.value: w.to_json() for kind, w in self._watches.items()},
            "latest": {
                kind.value: [d.evidence, d.since_day, d.measure.value, d.observed]
                for kind, d in self._latest.items()
            },
        }

    @classmethod
    def from_json(
        cls, state: Mapping[str, Any], *, timezone: str, budget_per_year: float
    ) -> "Routine":
        """Return the routine that ``to_json`` described.

        Budget and time zone come from the settings of today: a household that moved keeps
        its days as they were lived, on the clock of the place where they were lived.
        """
        if state.get("format") != FORMAT:
            raise ValueError(f"routine state of format {state.get('format')!r}, not {FORMAT}")
        routine = cls(timezone=timezone, budget_per_year=budget_per_year)
        if state["days"] is not None:
            routine._days = ObservedDays.from_json(state["days"])
        routine._hour_start = _moment(state["hour_start"])
        if routine._hour_start is not None:
            routine._hour_end = routine._next_hour(routine._hour_start)
        routine._waiting = [datetime.fromisoformat(at) for at in state["waiting"]]
        routine._unseen = [
            (datetime.fromisoformat(start), datetime.fromisoformat(end))
            for start, end in state["unseen"]
        ]
        routine._last_brew_at = _moment(state["last_brew_at"])
        routine._silent_tenths = int(state["silent_tenths"])
        routine._pauses = [(int(day), int(tenths)) for day, tenths in state["pauses"]]
        routine._scored_hours = int(state["scored_hours"])
        routine._rest_until_hour = int(state["rest_until_hour"])
        for name, watch in state["watches"].items():
            kind = RoutineKind(name)
            routine._watches[kind] = Watch.from_json(TAILS[kind], watch)
        for name, (evidence, since_day, measure, observed) in state["latest"].items():
            routine._latest[RoutineKind(name)] = Departure(
                kind=RoutineKind(name),
                evidence=float(evidence),
                since_day=int(since_day),
                measure=Measure(measure),
                observed=float(observed),
            )
        return routine


def _floor_hour(local: datetime) -> datetime:
    return local.replace(minute=0, second=0, microsecond=0)


def _text(at: datetime | None) -> str | None:
    return at.isoformat() if at is not None else None


def _moment(text: str | None) -> datetime | None:
    return datetime.fromisoformat(text) if text is not None else None
