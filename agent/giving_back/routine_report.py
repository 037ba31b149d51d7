"""``demitasse routine``: what was learned here, how sure that is, and what a choice costs.

The owner chooses how many needless questions a year are all right. This report says what
each choice would buy in this very home, so that the choice is an informed one; it says
when it is still learning, and when it cannot promise anything.
"""

import argparse
import json
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from math import isclose
from pathlib import Path

from agent import memory
from agent.assembly import store_file
from agent.consents.consent_file import (
    ConsentFile,
    Purpose,
    Unreadable,
    budget_of,
    read_consent_file,
)
from agent.giving_back.routine_chart import AXIS, bars, busy_spans, svg
from agent.giving_back.routine_phrases import SAYINGS, STEADINESS, Say
from agent.learning.baseline import LEARNING_DAYS
from agent.learning.routine import Routine
from agent.learning.routine_picture import Picture, Steadiness, TradeOff
from agent.settings import AgentSettings, load_settings
from agent.store import Store
from wire.messages import Language
from wire.options import ConfigError
from wire.phrases import Unit
from wire.schema import JSON
from wire.words import count, duration, kind_title, number, typeset

_INDENT = "  "


@dataclass(frozen=True, slots=True, kw_only=True)
class Learned:
    """What the report is made of."""

    picture: Picture
    trade_off: tuple[TradeOff, ...]
    budget_per_year: float
    consent_file: Path


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Add the choices of form."""
    parser.add_argument("--json", action="store_true", help="the figures, for a program")
    parser.add_argument("--lang", choices=[*Language], help="default: that of consent.toml")
    parser.add_argument("--words", action="store_true", help="no chart, sentences only")
    parser.add_argument("--svg", type=Path, metavar="FILE", help="write the chart as a picture")


def run(args: argparse.Namespace) -> int:
    """Print the report."""
    settings = load_settings(args.config)
    file = read_consent_file(settings.consent_file)
    of_file = file.language if isinstance(file, ConsentFile) else Language.EN
    lang = Language(args.lang) if args.lang else of_file
    learned = _learned(settings, file)
    if args.svg is not None:
        _write(args.svg, picture_svg(learned.picture, lang))
    if args.json:
        print(json.dumps(plain(learned), ensure_ascii=False))
        return 0
    if (reason := _nothing(learned, file)) is not None:
        print(_say(reason, lang))
        return 0
    print("\n".join(lines(learned, lang, chart=not args.words)))
    return 0


def lines(learned: Learned, lang: Language, *, chart: bool = True) -> Iterator[str]:
    """Yield the report, line by line."""
    picture = learned.picture
    yield _say(Say.TITLE, lang)
    yield from _indented(_summary(picture, lang))
    if any((*picture.weekday_brews, *picture.weekend_brews)):
        if chart:
            yield ""
            yield from _indented(_chart(picture, lang))
        yield ""
        yield from _indented(_in_words(picture, lang))
    if picture.learning:
        return
    yield from ("", _say(Say.REGULAR, lang))
    yield from _indented(_regularity(picture, lang))
    yield from ("", _say(Say.TRADE_OFF, lang))
    yield from _indented(_choices(learned, lang))


def plain(learned: Learned) -> dict[str, JSON]:
    """Return the report as values."""
    picture = learned.picture
    return {
        "learning": picture.learning,
        "seen_days": picture.seen_days,
        "days_more": _days_more(picture),
        "compared_days": picture.compared_days,
        "usual_brews_per_day": round(picture.usual_brews_per_day, 3),
        "longest_pause_h": picture.longest_pause_h,
        "weekday_brews": [round(rate, 4) for rate in picture.weekday_brews],
        "weekend_brews": [round(rate, 4) for rate in picture.weekend_brews],
        "quiet_hours": [*picture.quiet_hours],
        "regularity": {str(kind): str(how) for kind, how in picture.regularity.items()},
        "budget_per_year": learned.budget_per_year,
        "trade_off": [
            {
                "budget_per_year": one.budget_per_year,
                "stop_noticed_after_h": one.stop_noticed_after_h,
            }
            for one in learned.trade_off
        ],
    }


def picture_svg(picture: Picture, lang: Language) -> str:
    """Return the chart as an SVG document, with the same in words for a screen reader."""
    rows = [(_say(name, lang), rates) for name, rates in _rows(picture)]
    words = " ".join([*_summary(picture, lang), *_in_words(picture, lang)])
    return svg(rows, title=_say(Say.TITLE, lang), description=words, lang=lang)


def words_of(picture: Picture, lang: Language) -> list[str]:
    """Return the picture in sentences."""
    return [*_summary(picture, lang), *_in_words(picture, lang)]


def _learned(settings: AgentSettings, file: ConsentFile | Unreadable) -> Learned:
    store = Store(store_file(settings), mend=False)
    try:
        state = memory.meta(store.reading(), "routine")
    finally:
        store.close()
    budget = budget_of(file)
    routine = Routine(timezone=settings.timezone, budget_per_year=budget)
    if isinstance(state, dict):
        routine = Routine.from_json(state, timezone=settings.timezone, budget_per_year=budget)
    return Learned(
        picture=routine.picture(),
        trade_off=routine.trade_off(),
        budget_per_year=budget,
        consent_file=settings.consent_file,
    )


def _nothing(learned: Learned, file: ConsentFile | Unreadable) -> Say | None:
    """Return why there is nothing to report, if there is nothing."""
    allowed = isinstance(file, ConsentFile) and file.switches[Purpose.LEARN_ROUTINE].on
    if learned.picture.seen_days:
        return None
    return Say.NOTHING_YET if allowed else Say.OFF


def _summary(picture: Picture, lang: Language) -> Iterator[str]:
    seen = count(picture.seen_days, Unit.DAYS, lang)
    if picture.learning:
        needed = count(LEARNING_DAYS, Unit.DAYS, lang)
        more = count(_days_more(picture), Unit.DAYS, lang)
        yield _say(Say.LEARNING, lang, seen=seen, needed=needed, more=more)
    else:
        yield _say(Say.LEARNED, lang, seen=seen)
    coffees = count(picture.usual_brews_per_day, Unit.COFFEES, lang)
    yield _say(Say.A_DAY, lang, coffees=coffees)
    if picture.longest_pause_h > 0:
        yield _say(Say.NEVER_MORE_THAN, lang, pause=duration(picture.longest_pause_h, lang))


def _chart(picture: Picture, lang: Language) -> Iterator[str]:
    tallest = max((*picture.weekday_brews, *picture.weekend_brews))
    yield _say(Say.CHART, lang, tallest=count(tallest, Unit.COFFEES, lang))
    names = [_say(name, lang) for name, _ in _rows(picture)]
    width = max(map(len, names))
    for name, (_, rates) in zip(names, _rows(picture), strict=True):
        yield f"{name:<{width}}  {bars(rates, tallest)}"
    yield f"{'':<{width}}  {AXIS}"


def _in_words(picture: Picture, lang: Language) -> Iterator[str]:
    for name, rates in _rows(picture):
        days, spans = _say(name, lang), busy_spans(rates)
        if spans:
            yield _say(Say.MOSTLY, lang, days=days, spans=_spans(spans, lang))
        else:
            yield _say(Say.NEVER, lang, days=days)
    if picture.learning:
        return
    if picture.quiet_hours:
        yield _say(Say.SLEEPS, lang, spans=_spans(_joined(picture.quiet_hours), lang))
    else:
        yield _say(Say.NO_SLEEP, lang)


def _regularity(picture: Picture, lang: Language) -> Iterator[str]:
    for how in Steadiness:
        kinds = [kind for kind, its in picture.regularity.items() if its is how]
        if kinds:
            first, *others = (kind_title(kind, lang) for kind in kinds)
            named = ", ".join([first, *(_mid_sentence(title) for title in others)])
            yield typeset(STEADINESS[lang][how].format(kinds=named), lang)


def _mid_sentence(title: str) -> str:
    return title[0].lower() + title[1:]


def _choices(learned: Learned, lang: Language) -> Iterator[str]:
    for one in learned.trade_off:
        budget = number(one.budget_per_year, lang)
        if one.stop_noticed_after_h is None:
            said = _say(Say.BUDGET_UNPROMISED, lang, budget=budget)
        else:
            after = duration(one.stop_noticed_after_h, lang)
            said = _say(Say.BUDGET, lang, budget=budget, after=after)
        mine = one.budget_per_year == learned.budget_per_year
        yield f"{said} {_say(Say.YOURS, lang)}" if mine else said
    if all(one.stop_noticed_after_h is None for one in learned.trade_off):
        yield _say(Say.CANNOT_PROMISE, lang)
    yield _say(Say.HOW_COUNTED, lang)
    yield _say(Say.CHOOSE, lang, file=learned.consent_file)


def _rows(picture: Picture) -> tuple[tuple[Say, Sequence[float]], ...]:
    pairs = zip(picture.weekday_brews, picture.weekend_brews, strict=True)
    if all(isclose(weekday, weekend, abs_tol=1e-6) for weekday, weekend in pairs):
        # Too few weekends so far to tell them apart.
        return ((Say.EVERY_DAY, picture.weekday_brews),)
    return (
        (Say.WEEKDAYS, picture.weekday_brews),
        (Say.WEEKENDS, picture.weekend_brews),
    )


def _days_more(picture: Picture) -> int:
    return max(0, LEARNING_DAYS - picture.seen_days) if picture.learning else 0


def _joined(hours: Sequence[int]) -> list[tuple[int, int]]:
    """Return ``hours`` as spans; one that goes on over midnight is one span."""
    rates = [float(hour in hours) for hour in range(24)]
    spans = busy_spans(rates)
    if len(spans) > 1 and spans[0][0] == 0 and spans[-1][1] == 24:
        spans = [*spans[1:-1], (spans[-1][0], spans[0][1])]
    return spans


def _spans(spans: Sequence[tuple[int, int]], lang: Language) -> str:
    said = [
        SAYINGS[lang][Say.SPAN].format(
            first=SAYINGS[lang][Say.HOUR].format(hour=first),
            last=SAYINGS[lang][Say.HOUR].format(hour=last),
        )
        for first, last in spans
    ]
    if len(said) == 1:
        return said[0]
    return f"{', '.join(said[:-1])} {SAYINGS[lang][Say.AND]} {said[-1]}"


def _say(what: Say, lang: Language, **values: object) -> str:
    return typeset(SAYINGS[lang][what].format(**values), lang)


def _indented(said: Iterator[str]) -> Iterator[str]:
    return (_INDENT + line for line in said)


def _write(path: Path, text: str) -> None:
    try:
        path.write_text(text, encoding="utf-8")
    except OSError as error:
        raise ConfigError(f"--svg {path}: cannot be written: {error.strerror}") from None
