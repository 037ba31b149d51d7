"""A history as one SVG picture: brews a day above, and every brew at its hour below.

Days that were not seen are grey, days away blue, and each concern is a line with its name.
Plain text out, no library: the picture belongs to a report, and a device should not need a
plotting package for it.
"""

from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from html import escape
from zoneinfo import ZoneInfo

from agent.learning.history import History, Span
from wire.facts import RoutineChange
from wire.messages import Language
from wire.words import kind_title

DAY_PX = 2
LEFT_PX, RIGHT_PX = 44, 16
NAMES_PX, NAME_PX = 64, 13
"""Room for the names of concerns, in lines, above the bars."""
BARS_PX, GAP_PX, HOURS_PX, FOOT_PX = 150, 26, 144, 44
TITLE_PX = 30
CHARACTER_PX = 6
BARS_TOP = TITLE_PX + NAMES_PX
BARS_END = BARS_TOP + BARS_PX
HOURS_TOP = BARS_END + GAP_PX
HOURS_END = HOURS_TOP + HOURS_PX
HEIGHT_PX = HOURS_END + FOOT_PX
BREW, CONCERN, UNSEEN, AWAY, AXIS = "#6f4e37", "#b3261e", "#e4e2df", "#c9dbe8", "#8a8580"

LEGEND = {
    Language.EN: ("coffees a day", "hour of the day", "not seen", "away", "question"),
    Language.FR: ("cafés par jour", "heure du jour", "non observé", "absence", "question"),
}


def svg(
    history: History, changes: Sequence[RoutineChange], lang: Language = Language.EN
) -> str:
    """Return the picture as an SVG document."""
    page = _Page(history)
    width = max(page.x(page.days) + RIGHT_PX, 420)
    parts = [
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {width} {HEIGHT_PX}" '
        f'width="{width}" height="{HEIGHT_PX}" font-family="sans-serif" font-size="11" '
        f'role="img" lang="{lang}">',
        f'<rect width="{width}" height="{HEIGHT_PX}" fill="white"/>',
        _text(LEFT_PX, 18, history.household_id, size=14),
        *page.shades(history.unseen, UNSEEN),
        *page.shades(history.away, AWAY),
        *page.axes(lang),
        *page.brews(),
        *page.concerns(changes, lang),
        *_legend(lang),
        "</svg>",
    ]
    return "\n".join(parts) + "\n"


@dataclass(frozen=True, slots=True)
class _Mark:
    x: float
    line: int
    name: str


class _Page:
    """Where days and hours of one history lie."""

    def __init__(self, history: History) -> None:
        self._zone = ZoneInfo(history.timezone)
        self._first = history.start.astimezone(self._zone).date()
        self.days = (history.end.astimezone(self._zone).date() - self._first).days
        local = [at.astimezone(self._zone) for at in history.brews]
        self._brews = [
            ((at.date() - self._first).days, at.hour + at.minute / 60) for at in local
        ]
        self._counts = Counter(day for day, _ in self._brews)
        self._tallest = max(self._counts.values())

    def x(self, day: float) -> float:
        """Return where a day begins."""
        return LEFT_PX + DAY_PX * day

    def shades(self, spans: Iterable[Span], fill: str) -> Iterator[str]:
        """Yield a shade over both panels for each span."""
        for span in spans:
            first, last = (self._day(at) for at in (span.start, span.end))
            width = DAY_PX * max(0.5, last - first)
            for top, height in ((BARS_TOP, BARS_PX), (HOURS_TOP, HOURS_PX)):
                yield _rect(self.x(first), top, width, height, fill)

    def axes(self, lang: Language) -> Iterator[str]:
        """Yield both scales, and a tick for each month."""
        a_day, an_hour, *_ = LEGEND[lang]
        step = max(1, round(self._tallest / 4))
        for value in range(0, self._tallest + 1, step):
            y = BARS_END - BARS_PX * value / self._tallest
            yield _line(LEFT_PX, y, self.x(self.days), y, "#d9d5d0")
            yield _text(LEFT_PX - 6, y + 4, str(value), anchor="end")
        for hour in (0, 6, 12, 18, 24):
            y = HOURS_TOP + HOURS_PX * hour / 24
            yield _line(LEFT_PX, y, self.x(self.days), y, "#d9d5d0")
            yield _text(LEFT_PX - 6, y + 4, str(hour), anchor="end")
        yield _text(LEFT_PX + 4, BARS_TOP - 4, a_day, fill=AXIS)
        yield _text(LEFT_PX + 4, HOURS_TOP - 4, an_hour, fill=AXIS)
        for number, month in enumerate(self._months()):
            x = self.x((month - self._first).days)
            yield _line(x, HOURS_END, x, HOURS_END + 4, AXIS)
            if number % 2 == 0:
                yield _text(x, HOURS_END + 17, f"{month:%Y-%m}", anchor="middle")

    def brews(self) -> Iterator[str]:
        """Yield a bar for each day and a dot for each brew."""
        bars = "".join(
            f"M{self.x(day) + DAY_PX / 2:.1f} {BARS_END}"
            f"V{BARS_END - BARS_PX * brews / self._tallest:.1f}"
            for day, brews in sorted(self._counts.items())
        )
        yield f'<path d="{bars}" stroke="{BREW}" stroke-width="{DAY_PX - 0.3}"/>'
        dots = "".join(
            f"M{self.x(day):.0f} {HOURS_TOP + HOURS_PX * hour / 24:.1f}h{DAY_PX}"
            for day, hour in self._brews
        )
        yield f'<path d="{dots}" stroke="{BREW}" stroke-width="1.6" stroke-opacity="0.7"/>'

    def concerns(self, changes: Sequence[RoutineChange], lang: Language) -> Iterator[str]:
        """Yield a line for each concern, with its name where no other name is."""
        for mark in self._marks(changes, lang):
            y = BARS_TOP - 6 - NAME_PX * mark.line
            yield _line(mark.x, y, mark.x, HOURS_END, CONCERN)
            if mark.x + CHARACTER_PX * len(mark.name) > self.x(self.days):
                yield _text(mark.x - 3, y + 4, mark.name, fill=CONCERN, anchor="end")
            else:
                yield _text(mark.x + 3, y + 4, mark.name, fill=CONCERN)

    def _marks(self, changes: Sequence[RoutineChange], lang: Language) -> Iterator[_Mark]:
        ends = [0.0] * (NAMES_PX // NAME_PX)
        for change in changes:
            x, name = self.x(self._day(change.noticed_at)), kind_title(change.kind, lang)
            free = [line for line in range(1, len(ends)) if ends[line] < x]
            line = free[0] if free else len(ends) - 1
            ends[line] = x + CHARACTER_PX * len(name) + 8
            yield _Mark(x, line, name)

    def _months(self) -> Iterator[date]:
        day = self._first
        while day < self._first + timedelta(days=self.days):
            if day.day == 1:
                yield day
            day += timedelta(days=1)

    def _day(self, at: datetime) -> float:
        local = at.astimezone(self._zone)
        return (local.date() - self._first).days + local.hour / 24


def _legend(lang: Language) -> Iterator[str]:
    x = float(LEFT_PX)
    for name, fill in zip(LEGEND[lang][2:], (UNSEEN, AWAY, CONCERN), strict=True):
        yield _rect(x, HEIGHT_PX - 18, 12, 10, fill)
        yield _text(x + 17, HEIGHT_PX - 9, name)
        x += 34 + CHARACTER_PX * len(name)


def _text(
    x: float,
    y: float,
    text: str,
    *,
    anchor: str = "start",
    fill: str = "#3a3633",
    size: int = 11,
) -> str:
    return (
        f'<text x="{x:.1f}" y="{y:.1f}" text-anchor="{anchor}" fill="{fill}" '
        f'font-size="{size}">{escape(text)}</text>'
    )


def _line(x1: float, y1: float, x2: float, y2: float, stroke: str) -> str:
    return f'<path d="M{x1:.1f} {y1:.1f}L{x2:.1f} {y2:.1f}" stroke="{stroke}"/>'


def _rect(x: float, y: float, width: float, height: float, fill: str) -> str:
    return (
        f'<rect x="{x:.1f}" y="{y:.1f}" width="{width:.1f}" height="{height:.1f}" '
        f'fill="{fill}"/>'
    )
