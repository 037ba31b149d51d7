"""What ``demitasse backtest`` says to a reader, in English and in French. Values in, text out.

The concerns come first and as they are found, each with the sentence its owner would have
read; then how many that were, what was held back near the end, and what had been learned.
"""

from collections.abc import Iterator, Mapping
from datetime import timedelta
from enum import StrEnum
from zoneinfo import ZoneInfo

from agent.giving_back.routine_phrases import SAYINGS as LEARNED_SAYINGS
from agent.giving_back.routine_phrases import Say as Learned
from agent.learning.history import History, Span
from agent.learning.judge import HeldBack, HeldBackReason
from agent.learning.routine import Noticed, Routine
from wire.messages import Language
from wire.phrases import Unit
from wire.words import count, describe_change, duration, kind_title, number, typeset

DAYS_PER_YEAR = 365.25


class Say(StrEnum):
    """One sentence, or a part of one."""

    TITLE = "title"
    ASKED = "asked"
    NOTHING = "nothing"
    RATE = "rate"
    HELD_BACK = "held_back"
    LEFT_OUT = "left_out"
    LEARNED = "learned"


SAYINGS: Mapping[Language, Mapping[Say, str]] = {
    Language.EN: {
        Say.TITLE: "{name}: {coffees} from {first} to {last}; {unseen} not seen, {away} away",
        Say.ASKED: "What would have been asked (needless questions accepted a year: {budget})",
        Say.NOTHING: "Nothing.",
        Say.RATE: "{questions} in {days} judged, {rate} a year; {learning} of learning before.",
        Say.HELD_BACK: "Noticed in the last weeks, and not asked about",
        Say.LEFT_OUT: "Left out: told twice {twice}, outside the covered days {outside}, "
        "beyond what an hour can hold {crowded}.",
        Say.LEARNED: "What had been learned by the end, and when a stop would be noticed",
    },
    Language.FR: {
        Say.TITLE: "{name} : {coffees} du {first} au {last} ; {unseen} non observés, "
        "{away} d’absence",
        Say.ASKED: "Ce qui aurait été demandé (questions inutiles acceptées par an : {budget})",
        Say.NOTHING: "Rien.",
        Say.RATE: "{questions} en {days} jugés, {rate} par an ; avant cela, {learning} "
        "d’apprentissage.",
        Say.HELD_BACK: "Remarqué ces dernières semaines, sans question",
        Say.LEFT_OUT: "Laissés de côté : dits deux fois {twice}, hors des jours couverts "
        "{outside}, au-delà de ce qu’une heure peut contenir {crowded}.",
        Say.LEARNED: "Ce qui était appris à la fin, et quand un arrêt serait remarqué",
    },
}
QUESTIONS: Mapping[Language, tuple[str, str]] = {
    Language.EN: ("question", "questions"),
    Language.FR: ("question", "questions"),
}
REASONS: Mapping[Language, Mapping[HeldBackReason, str]] = {
    Language.EN: {
        HeldBackReason.RESTING: "another question was asked shortly before",
        HeldBackReason.STRONGER: "something else stood out more",
        HeldBackReason.BUDGET: "only a larger budget would ask",
    },
    Language.FR: {
        HeldBackReason.RESTING: "une autre question venait d’être posée",
        HeldBackReason.STRONGER: "autre chose ressortait davantage",
        HeldBackReason.BUDGET: "seul un budget plus grand poserait la question",
    },
}


def head(history: History, budget_per_year: float, lang: Language) -> Iterator[str]:
    """Yield what stands above the concerns."""
    zone = ZoneInfo(history.timezone)
    first = history.start.astimezone(zone)
    last = (history.end - timedelta(seconds=1)).astimezone(zone)
    yield _say(
        Say.TITLE,
        lang,
        name=history.household_id,
        coffees=count(len(history.brews), Unit.COFFEES, lang),
        first=f"{first:%F}",
        last=f"{last:%F}",
        unseen=count(_days(history.unseen), Unit.DAYS, lang),
        away=count(_days(history.away), Unit.DAYS, lang),
    )
    yield ""
    yield _say(Say.ASKED, lang, budget=number(budget_per_year, lang))


def concern(noticed: Noticed, history: History, lang: Language) -> str:
    """Return one concern as a line."""
    at = noticed.change.noticed_at.astimezone(ZoneInfo(history.timezone))
    title = kind_title(noticed.change.kind, lang)
    return f"  {at:%F %H:%M}  {title}. {describe_change(noticed.change, lang)}"


def tail(
    history: History,
    routine: Routine,
    *,
    questions: int,
    days_scored: int,
    days_learning: int,
    budget_per_year: float,
    lang: Language,
) -> Iterator[str]:
    """Yield what stands below the concerns."""
    if not questions:
        yield "  " + _say(Say.NOTHING, lang)
    rate = questions * DAYS_PER_YEAR / days_scored if days_scored else 0.0
    yield _say(
        Say.RATE,
        lang,
        questions=f"{questions} {QUESTIONS[lang][int(questions > 1)]}",
        days=count(days_scored, Unit.DAYS, lang),
        rate=number(round(rate, 1), lang),
        learning=count(days_learning, Unit.DAYS, lang),
    )
    if routine.held_back:
        yield from ("", _say(Say.HELD_BACK, lang))
        yield from (_held_back(one, history, lang) for one in routine.held_back)
    yield from ("", _say(Say.LEARNED, lang))
    yield from (f"  {line}" for line in _learned(routine, budget_per_year, lang))
    left_out = {
        "twice": history.duplicates,
        "outside": history.outside,
        "crowded": history.crowded,
    }
    if any(left_out.values()):
        yield from ("", _say(Say.LEFT_OUT, lang, **left_out))


def _learned(routine: Routine, budget_per_year: float, lang: Language) -> Iterator[str]:
    picture, said = routine.picture(), LEARNED_SAYINGS[lang]
    coffees = count(picture.usual_brews_per_day, Unit.COFFEES, lang)
    pause = duration(picture.longest_pause_h, lang)
    budget = number(budget_per_year, lang)
    hours = routine.stop_noticed_after_h(budget_per_year)
    yield typeset(said[Learned.A_DAY].format(coffees=coffees), lang)
    yield typeset(said[Learned.NEVER_MORE_THAN].format(pause=pause), lang)
    if hours is None:
        yield typeset(said[Learned.BUDGET_UNPROMISED].format(budget=budget), lang)
    else:
        after = duration(hours, lang)
        yield typeset(said[Learned.BUDGET].format(budget=budget, after=after), lang)


def _held_back(one: HeldBack, history: History, lang: Language) -> str:
    at = one.change.noticed_at.astimezone(ZoneInfo(history.timezone))
    said = describe_change(one.change, lang)
    return (
        f"  {at:%F %H:%M}  {kind_title(one.kind, lang)}. {said} ({REASONS[lang][one.reason]})"
    )


def _days(spans: tuple[Span, ...]) -> int:
    return round(sum((span.end - span.start).total_seconds() for span in spans) / 86_400)


def _say(what: Say, lang: Language, **values: object) -> str:
    return typeset(SAYINGS[lang][what].format(**values), lang)
