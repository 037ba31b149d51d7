"""Learns one household's routine, and says when it breaks, within a budget of questions.

Theory of the method, in four steps, one module each:

1. ``observed_days``  Brews and seen time are counted by local day and local hour. Hours in
   which a brew could have gone unseen (``unseen``) are left out of everything.
2. ``baseline``       From the older days: what is usual on a weekday and on a weekend, how
   much a day varies, when this household sleeps.
3. ``departures``     From the newest days: how strongly they speak for a change of each
   kind beyond what is tolerated, in nats.
   ``pause``          For ``silence`` it is the hours known to be without a brew.
4. ``budget``         How much evidence is needed, from the population and from this
   household's own peaks in real order, so that all kinds together stay near the owner's budget;
   its numbers are in ``routine_settings``.

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
from math import ceil
from typing import Any
from zoneinfo import ZoneInfo

import numpy as np

from agent import departures
from agent.baseline import Baseline, RecentDay, weekend
from agent.budget import Watch
from agent.departures import Departure
from agent.observed_days import FULL_TENTHS, ObservedDays
from agent.pause import TENTH_S, Pause
from agent.routine_settings import SHARES, TAILS
from wire.facts import Measure, RoutineChange, RoutineKind

FORMAT = 1
LEARNING_DAYS = 28
REFERENCE_DAYS_MIN = 10
OLD_DAYS_MIN = 21
REST_HOURS = 10 * 24
HOURS_PER_YEAR = 8766

_BY_BREW = (RoutineKind.RISE, RoutineKind.NIGHT, RoutineKind.TIMING)
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
        self._pause = Pause()
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
        brews = sorted(at for at in self._waiting if at < end)
        self._waiting = [at for at in self._waiting if at >= end]
        seen = self._seen_tenths(start, end)
        self._days.add_seen(day, hour, seen)
        self._days.add_brews(day, hour, len(brews))
        self._hour_start, self._hour_end = end, self._next_hour(end)
        self._pause.doubt(self._hidden_brews(day, hour, seen))
        self._pause.hour(seen_tenths=seen, brews=brews, day=day, end=end)
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
        return max(0, int(FULL_TENTHS - unseen_s / TENTH_S))

    def _hidden_brews(self, day: int, hour: int, seen: int) -> float:
        """Return how many brews are usual in the unseen part of this hour."""
        baseline = self._current_baseline()
        if baseline is None or seen == FULL_TENTHS:
            return 0.0
        return float(baseline.rates[weekend(day), hour]) * (1 - seen / FULL_TENTHS)

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
        if self._pause.last_brew_at is not None:
            self._latest[RoutineKind.SILENCE] = Departure(
                kind=RoutineKind.SILENCE,
                evidence=self._pause.hours / 24,
                since_day=baseline.today,
                measure=Measure.HOURS_WITHOUT_BREW,
                observed=self._pause.hours,
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
        if departure.kind is RoutineKind.SILENCE and self._pause.last_brew_at is not None:
            since = self._pause.last_brew_at
        return RoutineChange(
            kind=departure.kind,
            since=since,
            noticed_at=now,
            measure=departure.measure,
            observed=departure.observed,
            usual=usual,
            compared_days=compared_days,
            last_brew_at=self._pause.last_brew_at,
            timezone=self._timezone,
        )

    def _usual(self, departure: Departure, baseline: Baseline) -> tuple[float, int]:
        match departure.measure:
            case Measure.HOURS_WITHOUT_BREW:
                assert self._days is not None
                return self._pause.longest_hours, len(self._days.brews)
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
        assert self._hour_start is not None
        self._pause.late_brew(at, self._hour_start)

    def _mask_past(self, start: datetime, end: datetime) -> None:
        """Take back seen time of hours already judged; verdicts given stay given."""
        assert self._days is not None
        at = start
        while at < end:
            until = min(end, self._next_hour(at))
            tenths = ceil((until - at).total_seconds() / TENTH_S)
            local = at.astimezone(self._zone)
            self._days.add_seen(local.toordinal(), local.hour, -tenths)
            self._pause.take_back(at, tenths)
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
            "pause": self._pause.to_json(),
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
        routine._pause = Pause.from_json(state["pause"])
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
