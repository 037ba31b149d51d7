"""Learns one household's routine, and says when it breaks, within a budget of questions.

Theory of the method, in five steps, one module each:

1. ``lived_hours``    Brews and unseen spans become local hours, each counted in
                      ``observed_days``. Hours in which a brew could have gone unseen
                      (``unseen``) are left out of everything.
2. ``baseline``       From the older days: what is usual on a weekday and on a weekend, how
                      much a day varies, when this household sleeps.
3. ``departures``     From the newest days: how strongly they speak for a change of each
                      kind beyond what is tolerated, in nats.
   ``pause``          For ``silence`` it is the hours known to be without a brew.
4. ``budget``         How much evidence is needed, from the population and from this
   ``pause_watch``    household's own peaks in real order, so that all kinds together stay
                      near the owner's budget; its numbers are in ``routine_settings``.
5. ``judge``          One concern at a time, and what was held back.

Rules:
- Causal. Nothing is known before its hour is over: a brew is taken in when the hour in which
  it happened ends. Verdicts are made at the ends of local hours, ``fall`` and ``drift`` at
  local midnight.
- While learning (fewer than ``LEARNING_DAYS`` seen days in the window) nothing is raised.
- A change becomes usual by itself only as older days fade, over months. The owner can say
  that it is how it is now (``accept``); any other answer teaches nothing.
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
from datetime import UTC, date, datetime, time
from typing import Any
from zoneinfo import ZoneInfo

import numpy as np

from agent.learning import departures, routine_state
from agent.learning.baseline import (
    OLD_DAYS_MIN,
    REFERENCE_DAYS_MIN,
    Baseline,
    RecentDay,
    weekend,
)
from agent.learning.departures import Departure
from agent.learning.habits import Habits
from agent.learning.judge import HeldBack, Judge
from agent.learning.lived_hours import LivedHour, LivedHours
from agent.learning.observed_days import FULL_TENTHS
from agent.learning.pause import Pause
from agent.learning.pause_watch import began_late
from agent.learning.routine_picture import Picture, TradeOff, drawn, promised_h, traded_off
from wire.facts import Measure, RoutineChange, RoutineKind

_BY_BREW = (RoutineKind.RISE, RoutineKind.NIGHT, RoutineKind.TIMING)


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
        self._lived = LivedHours(timezone)
        self._pause = Pause()
        self._judge = Judge(budget_per_year=budget_per_year)
        self._habits = Habits()
        self._latest: dict[RoutineKind, Departure] = {}
        self._baseline: Baseline | None = None
        """Of today; made when it is needed and forgotten when its days have changed."""

    # What happens

    def brew(self, at: datetime) -> None:
        """Take in one brew. A late one still counts in its own hour."""
        if self._lived.brew(at):
            assert self._lived.start is not None
            self._pause.late_brew(at, self._lived.start)
            self._baseline = None

    def unseen(self, start: datetime, end: datetime) -> None:
        """Mask a span in which a brew could have gone unseen; verdicts given stay given."""
        for at, tenths in self._lived.unseen(start, end):
            self._pause.take_back(at, tenths)
            self._baseline = None

    def advance(self, now: datetime, *, room: int | None = None) -> list[Noticed]:
        """Judge every hour that has ended by ``now``.

        ``room`` is for how many questions there is room, in a house in which a question may
        be open. What is beyond is held back, and noticed later if it is going on then.
        """
        noticed: list[Noticed] = []
        while (hour := self._lived.ended(now)) is not None:
            full = room is not None and len(noticed) >= room
            noticed += self._take_in(hour, full=full)
        return noticed

    def accept(self, kind: RoutineKind, now: datetime) -> None:
        """The owner said: that is how it is now. What was raised becomes the new usual.

        From then on days before the change are no reference any more. Until ten days of
        the new habit were seen only silences are judged.
        """
        since_day = self._judge.accept(kind, now)
        if since_day is not None:
            yesterday = now.astimezone(self._zone).toordinal() - 1
            self._habits.accept(since_day, yesterday)
            self._baseline = None
            self._latest = {
                kind: departure
                for kind, departure in self._latest.items()
                if kind is RoutineKind.SILENCE
            }

    # What is known

    def scores(self, now: datetime) -> dict[RoutineKind, float]:
        """Return how far each kind is on the way to a concern (1.0 = would be raised)."""
        del now  # Scores change when an hour ends; the argument keeps callers advancing first.
        scores = {}
        for kind in RoutineKind:
            latest = self._latest.get(kind)
            scores[kind] = self._judge.score(kind, latest.evidence) if latest else 0.0
        if self._lived.brew_waits:
            scores[RoutineKind.SILENCE] = 0.0
        return scores

    def learning(self, now: datetime) -> bool:
        """Return whether too few days were seen to judge anything."""
        del now
        baseline = self._current_baseline()
        return baseline is None or baseline.learning

    def going_on(self, kind: RoutineKind) -> bool:
        """Return whether a change of this kind that was raised lasts still."""
        return self._judge.raised(kind)

    @property
    def held_back(self) -> tuple[HeldBack, ...]:
        """What had evidence enough and was not asked about, in the last weeks."""
        return self._judge.held_back()

    def picture(self) -> Picture:
        """Return what was learned, for a chart and for words."""
        return drawn(self._current_baseline(), self._pause.longest_hours, self._judge)

    def trade_off(self) -> tuple[TradeOff, ...]:
        """Return for each of ``BUDGETS`` when a stop would be noticed in this home."""
        return traded_off(self._current_baseline(), self._judge)

    def stop_noticed_after_h(self, budget_per_year: float) -> float | None:
        """Return the same for one budget; ``None`` where it cannot be promised."""
        return promised_h(self._current_baseline(), self._judge, budget_per_year)

    # Judging

    def _take_in(self, hour: LivedHour, *, full: bool) -> list[Noticed]:
        self._pause.doubt(self._hidden_brews(hour))
        self._pause.hour(
            seen_tenths=hour.seen_tenths, brews=list(hour.brews), day=hour.day, end=hour.end
        )
        if hour.ends_day:
            self._baseline = None
        baseline = self._current_baseline()
        if baseline is None or baseline.learning:
            return []
        if hour.seen_tenths == FULL_TENTHS:
            self._judge.scored()
        self._measure(baseline, hour)
        worth = self._judge.judge(
            self._latest,
            hour.end,
            lambda departure: self._describe(departure, hour.end),
            full=full,
        )
        if not self._judge.raised(RoutineKind.FALL) and self._habits.decline_ends(hour.day):
            self._baseline = None
        if worth is None:
            return []
        departure, score = worth
        if departure.kind is RoutineKind.FALL:
            self._habits.decline_begins(departure.since_day)
        return [Noticed(change=self._describe(departure, hour.end), score=score)]

    def _hidden_brews(self, hour: LivedHour) -> float:
        """Return how many brews are usual in the unseen part of this hour."""
        baseline = self._current_baseline()
        if baseline is None or hour.seen_tenths == FULL_TENTHS:
            return 0.0
        usual = float(baseline.rates[weekend(hour.day), hour.hour])
        return usual * (1 - hour.seen_tenths / FULL_TENTHS)

    def _measure(self, baseline: Baseline, hour: LivedHour) -> None:
        """Bring ``_latest`` up to date where something can have changed."""
        if self._pause.last_brew_at is not None:
            local = self._pause.last_brew_at.astimezone(self._zone)
            late = began_late(local)
            self._judge.pause_began(late=late, brews_a_day=baseline.brews_a_day)
            self._latest[RoutineKind.SILENCE] = Departure(
                kind=RoutineKind.SILENCE,
                evidence=self._pause.hours / 24,
                since_day=baseline.today,
                measure=Measure.HOURS_WITHOUT_BREW,
                observed=self._pause.hours,
            )
        if baseline.reference_days < REFERENCE_DAYS_MIN:
            return
        if hour.brews:
            days = self._recent_with_today(baseline, hour.hour)
            for kind in _BY_BREW:
                self._latest[kind] = getattr(departures, kind.value)(baseline, days)
            # A day that is not over cannot speak against a rise.
            until_yesterday = departures.rise(baseline, baseline.recent)
            if until_yesterday.evidence > self._latest[RoutineKind.RISE].evidence:
                self._latest[RoutineKind.RISE] = until_yesterday
        if hour.ends_day and baseline.recent and baseline.recent[0].day == baseline.today - 1:
            self._latest[RoutineKind.FALL] = departures.fall(baseline, baseline.recent)
            if baseline.old_days >= OLD_DAYS_MIN:
                self._latest[RoutineKind.DRIFT] = departures.drift(baseline, baseline.recent)

    def _recent_with_today(self, baseline: Baseline, hour: int) -> list[RecentDay]:
        assert self._lived.days is not None
        days = self._lived.days
        row = days.last_day - days.first_day
        seen = days.seen_tenths[row] / FULL_TENTHS
        brews = np.where(seen > 0, days.brews[row], 0).astype(np.float64)
        if not brews.any():
            return baseline.recent
        # A whole day is expected of today, so that an early morning is not yet a rise.
        seen[hour + 1 :] = 1.0
        return [baseline.see(baseline.today, brews, seen), *baseline.recent]

    def _current_baseline(self) -> Baseline | None:
        if self._lived.days is None:
            return None
        if self._baseline is None:
            self._baseline = Baseline(self._lived.days, self._lived.days.last_day, self._habits)
        return self._baseline

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
                assert self._lived.days is not None
                return self._pause.longest_hours, len(self._lived.days.brews)
            case Measure.BREWS_PER_DAY:
                return baseline.usual_daily, baseline.compared_days
            case Measure.NIGHT_BREWS_PER_WEEK:
                return baseline.usual_weekly_nights, baseline.compared_days
            case Measure.HOURS_SHIFTED:
                return baseline.usual_shift_h, baseline.compared_days

    def _midnight(self, day: int) -> datetime:
        local = datetime.combine(date.fromordinal(day), time(), tzinfo=self._zone)
        return local.astimezone(UTC)

    # State

    def to_json(self) -> dict[str, Any]:
        """Return everything that must be remembered, ready for ``json.dumps``."""
        return {
            "format": routine_state.FORMAT,
            "timezone": self._timezone,
            "lived": self._lived.to_json(),
            "pause": self._pause.to_json(),
            "judge": self._judge.to_json(),
            "habits": self._habits.to_json(),
            "latest": {kind.value: d.to_json() for kind, d in self._latest.items()},
        }

    @classmethod
    def from_json(
        cls, state: Mapping[str, Any], *, timezone: str, budget_per_year: float
    ) -> "Routine":
        """Return the routine that ``to_json`` described, in this format or an older one.

        Budget and time zone come from the settings of today: a household that moved keeps
        its days as they were lived, on the clock of the place where they were lived.
        """
        state = routine_state.current(state)
        routine = cls(timezone=timezone, budget_per_year=budget_per_year)
        routine._lived = LivedHours.from_json(state["lived"], timezone)
        routine._pause = Pause.from_json(state["pause"])
        routine._judge = Judge.from_json(state["judge"], budget_per_year=budget_per_year)
        routine._habits = Habits.from_json(state["habits"])
        for name, departure in state["latest"].items():
            kind = RoutineKind(name)
            routine._latest[kind] = Departure.from_json(kind, departure)
        return routine
