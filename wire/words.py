"""The facts as sentences that a person reads, in French and English.

One place turns facts into words, so that the owner at home and the reviewer at the desk
read the same sentence. It says what was counted, against what this household usually does,
and stops there: the tables in ``wire.phrases`` have no word for a cause.

Times are the household's own: local to ``RoutineChange.timezone``, a weekday when it was
within the week before the change was noticed, and a date otherwise.

>>> from wire.messages import Language
>>> from wire.facts import RoutineKind
>>> kind_title(RoutineKind.SILENCE, Language.EN)
'A long pause'
"""

import re
from collections.abc import Mapping
from datetime import UTC, datetime, tzinfo
from zoneinfo import ZoneInfo

from wire.check_phrases import CHECKS, FINDING_UNITS, FINDINGS, VERDICTS
from wire.facts import (
    DeviceCheck,
    Evidence,
    Measure,
    RoutineChange,
    RoutineKind,
)
from wire.messages import Choice, Language
from wire.phrases import (
    CHANGES,
    CHOICES,
    MONTHS,
    QUESTION,
    TITLES,
    UNITS,
    WEEKDAYS,
    Unit,
)

_PAUSE_IN_DAYS_FROM_H = 96
"""Nobody counts hours beyond four days."""
_SECONDS_IN_MINUTES_FROM = 120


def kind_title(kind: RoutineKind, lang: Language) -> str:
    """Return a few words that name the kind of change."""
    return TITLES[lang][kind]


def describe_change(change: RoutineChange, lang: Language) -> str:
    """Return what has changed, against what is usual in this household."""
    text = _change(change, lang)
    if change.kind is RoutineKind.DRIFT:
        text = CHANGES[lang]["drift"].format(change=text[0].lower() + text[1:])
    return typeset(text, lang)


def describe_return(change: RoutineChange, returned_at: datetime, lang: Language) -> str:
    """Return what had changed, and since when it is as usual again."""
    at_once = change.measure is Measure.HOURS_WITHOUT_BREW
    back = moment(
        returned_at,
        seen_from=returned_at,
        timezone=change.timezone,
        lang=lang,
        with_time=at_once,
    )
    if not at_once:
        ended = CHANGES[lang]["as_usual_again"].format(back=back)
        return typeset(f"{describe_change(change, lang)} {ended}", lang)
    last = moment(
        change.last_brew_at or change.since,
        seen_from=returned_at,
        timezone=change.timezone,
        lang=lang,
        with_time=True,
    )
    return typeset(CHANGES[lang]["silence_ended"].format(since=last, back=back), lang)


def question(change: RoutineChange, lang: Language) -> str:
    """Return what the owner is asked at home, and what an answer means."""
    return typeset(QUESTION[lang], lang).format(change=describe_change(change, lang))


def describe_evidence(evidence: Evidence, lang: Language) -> str:
    """Return one line of a device check as a sentence, with its figure where it has one."""
    sentence, quote = FINDINGS[lang][evidence.finding]
    unit = FINDING_UNITS.get(evidence.finding)
    figure = ""
    if evidence.value is not None and unit is not None:
        sentence, figure = f"{sentence} {quote}", count(evidence.value, unit, lang)
    check = CHECKS[lang][evidence.check]
    return typeset(sentence.format(figure=figure, check=check), lang)


def describe_check(check: DeviceCheck, lang: Language) -> str:
    """Return the verdict, the lines that led to it when it is not *sound*, and what the
    machine would like to have done to it."""
    decisive = [line for line in check.evidence if line.verdict is check.verdict]
    verdict, detail = VERDICTS[lang][check.verdict]
    text = detail.format(
        checks=", ".join(CHECKS[lang][line.check] for line in decisive),
        lines=" ".join(describe_evidence(line, lang) for line in decisive),
    )
    hints = [describe_evidence(line, lang) for line in check.maintenance()]
    return " ".join([typeset(f"{verdict} {text}" if decisive else verdict, lang), *hints])


def describe_choice(choice: Choice, reviewer: str, lang: Language) -> str:
    """Return what a person decided, as the owner is told it."""
    return typeset(CHOICES[lang][choice], lang).format(reviewer=reviewer)


NOT_HEARD: Mapping[Language, str] = {
    Language.EN: "I was not heard.",
    Language.FR: "On ne m’écoute pas.",
}
"""What the owner's page sends, and anybody may write, so that somebody else looks again."""


def says_not_heard(text: str) -> bool:
    """Return whether an owner's reply says that they were not heard."""
    said = text.casefold().replace("'", "’")
    return any(words.casefold().rstrip(".") in said for words in NOT_HEARD.values())


OBJECTION: Mapping[Language, str] = {
    Language.EN: "I object.",
    Language.FR: "Je m’y oppose.",
}
"""How an objection begins that the owner's page sends."""

_OBJECTS = ("i object", "je m’y oppose", "je m’oppose")


def objection(text: str, lang: Language) -> str:
    """Return what the owner's page sends when they object, with their own words."""
    return f"{OBJECTION[lang]} {text}".rstrip()


def is_objection(text: str) -> bool:
    """Return whether a reply was sent as an objection, by the press that is there for it."""
    return text.startswith(tuple(OBJECTION.values()))


def says_objection(text: str) -> bool:
    """Return whether an owner's reply says so, however it was sent."""
    said = text.casefold().replace("'", "’")
    return any(words in said for words in _OBJECTS)


def _change(change: RoutineChange, lang: Language) -> str:
    phrases = CHANGES[lang]
    days = count(change.compared_days, Unit.DAYS, lang)
    since = _moment(change.since, change, lang, with_time=False)
    match change.measure:
        case Measure.HOURS_WITHOUT_BREW:
            last = _moment(change.last_brew_at or change.since, change, lang, with_time=True)
            usual = duration(change.usual, lang)
            return phrases["silence"].format(since=last, days=days, usual=usual)
        case Measure.HOURS_SHIFTED:
            key = "later" if change.observed >= 0 else "earlier"
            return phrases[key].format(
                since=since,
                days=days,
                observed=count(abs(change.observed), Unit.HOURS, lang),
                usual=_usual_shift(change.usual, lang),
            )
        case Measure.BREWS_PER_DAY | Measure.NIGHT_BREWS_PER_WEEK:
            key = "daily" if change.measure is Measure.BREWS_PER_DAY else "night"
            if _rounded(change.observed) == 0:
                key += "_none"
            return phrases[key].format(
                since=since,
                days=days,
                observed=count(change.observed, Unit.COFFEES, lang),
                usual=_usual_count(change.usual, lang),
            )


def _usual_count(value: float, lang: Language) -> str:
    return number(value, lang) if _rounded(value) else CHANGES[lang]["usually_none"]


def _usual_shift(hours: float, lang: Language) -> str:
    if _rounded(hours) == 0:
        return CHANGES[lang]["usually_punctual"]
    shift = count(abs(hours), Unit.HOURS, lang)
    return CHANGES[lang]["usual_shift"].format(shift=shift)


def duration(hours: float, lang: Language) -> str:
    """Return a length of time as a person would say it: hours, or days when it is long."""
    if hours < _PAUSE_IN_DAYS_FROM_H:
        return count(round(hours), Unit.HOURS, lang)
    return count(hours / 24, Unit.DAYS, lang)


def _rounded(value: float) -> float:
    """Return as many digits as a person would say: 4.5 and 9."""
    return round(value, 1) + 0.0 if abs(value) < 5 else round(value)


def number(value: float, lang: Language) -> str:
    """Return a figure with as many digits as a person would say."""
    text = f"{_rounded(value):.1f}".removesuffix(".0")
    return text.replace(".", ",") if lang is Language.FR else text


def count(value: float, unit: Unit, lang: Language) -> str:
    """Return a figure with its unit, in the number that the language asks for."""
    if unit is Unit.SECONDS and value >= _SECONDS_IN_MINUTES_FROM:
        return count(round(value / 60), Unit.MINUTES, lang)
    # One and a half is plural in English and singular in French; so is nought.
    amount = abs(_rounded(value))
    singular = amount < 2 if lang is Language.FR else amount == 1
    one, many = UNITS[lang][unit]
    return f"{number(value, lang)} {one if singular else many}"


def _zone(name: str) -> tzinfo | None:
    try:
        return ZoneInfo(name)
    except (KeyError, ValueError, OSError):
        # The sender's time zone database may be newer than ours: the alert still counts.
        return None


def moment(
    when: datetime, *, seen_from: datetime, timezone: str, lang: Language, with_time: bool
) -> str:
    """Return a day, and a time of day, as one says it at ``seen_from`` in that zone."""
    zone = _zone(timezone)
    local = when.astimezone(zone or UTC)
    now = seen_from.astimezone(zone or UTC)
    recent = 0 <= (now.date() - local.date()).days <= 6
    day = WEEKDAYS[lang][local.weekday()] if recent else _date(local, now, lang)
    if not with_time:
        return day
    joint = " " if recent else {Language.EN: " at ", Language.FR: " à "}[lang]
    return f"{day}{joint}{_clock(local, lang)}{'' if zone else ' UTC'}"


def _moment(when: datetime, change: RoutineChange, lang: Language, *, with_time: bool) -> str:
    return moment(
        when,
        seen_from=change.noticed_at,
        timezone=change.timezone,
        lang=lang,
        with_time=with_time,
    )


def _date(local: datetime, noticed: datetime, lang: Language) -> str:
    number = "1er" if lang is Language.FR and local.day == 1 else str(local.day)
    year = "" if local.year == noticed.year else f" {local.year}"
    text = f"{number} {MONTHS[lang][local.month - 1]}{year}"
    return f"le {text}" if lang is Language.FR else text


def _clock(local: datetime, lang: Language) -> str:
    if lang is Language.EN:
        return f"{local:%H:%M}"
    return f"{local.hour} h {local:%M}" if local.minute else f"{local.hour} h"


def typeset(text: str, lang: Language) -> str:
    """Return ``text`` with the spaces that must not break, as the language sets them."""
    text = re.sub(r"(?<=\d) (?=°C|ml\b)", "\N{NO-BREAK SPACE}", text)
    if lang is Language.EN:
        return re.sub(r"(?<=\d) (?=%)", "", text)
    text = re.sub(r"(?<=\d) (?=%)", "\N{NO-BREAK SPACE}", text)
    text = re.sub(r"(?<=\d) (?=h\b)", "\N{NO-BREAK SPACE}", text)
    text = re.sub(r"(?<=\d\Wh) (?=\d)", "\N{NO-BREAK SPACE}", text)
    text = re.sub(r" (?=[;?!])", "\N{NARROW NO-BREAK SPACE}", text)
    return re.sub(r"(?<=«) | (?=[»:])", "\N{NO-BREAK SPACE}", text)
