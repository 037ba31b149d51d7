"""Every sentence, as a person reads it, in both languages.

The whole vocabulary is kept in ``words.en.txt`` and ``words.fr.txt``, to be read and
approved by people; a changed sentence changes those files. Unbreakable spaces are written
there as ``⍽`` and narrow ones as ``¦``, so that they can be seen.
"""

import re
from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from enum import StrEnum
from pathlib import Path

import pytest
from hypothesis import given

from tests.wire.examples import any_of
from wire import check_phrases, phrases, words
from wire.facts import (
    CheckName,
    DeviceCheck,
    Evidence,
    Finding,
    Measure,
    RoutineChange,
    RoutineKind,
    Verdict,
)
from wire.messages import Choice, Language

each_language = pytest.mark.parametrize("lang", list(Language))

FORBIDDEN = re.compile(
    r"\b(ill|illness|sick\w*|malad\w*|d[ée]press\w*|anxi\w*|worr\w*|inqui\w*|mood\w*|humeur\w*"
    r"|health\w*|santé|lonel\w*|seule?s?|solitude|symptom\w*|diagnos\w*|because|parce|cause\w*"
    r"|danger\w*|urgen\w*|emergenc\w*|dead|died|mort\w*|decease\w*|risks?|risques?|alarm\w*"
    r"|(ab|a)?norma\w*|old|elderly|âgée?s?|users?|utilisateurs?|patients?)\b",
    re.IGNORECASE,
)

SILENCE = RoutineChange(
    kind=RoutineKind.SILENCE,
    since=datetime(2026, 3, 3, 6, 10, tzinfo=UTC),
    noticed_at=datetime(2026, 3, 5, 9, 0, tzinfo=UTC),
    measure=Measure.HOURS_WITHOUT_BREW,
    observed=50.8,
    usual=31.0,
    compared_days=56,
    last_brew_at=datetime(2026, 3, 3, 6, 10, tzinfo=UTC),
    timezone="Europe/Paris",
)
RISE = replace(
    SILENCE,
    kind=RoutineKind.RISE,
    since=datetime(2026, 3, 4, 23, 30, tzinfo=UTC),
    noticed_at=datetime(2026, 3, 8, 9, 0, tzinfo=UTC),
    measure=Measure.BREWS_PER_DAY,
    observed=9.2,
    usual=4.0,
    compared_days=42,
)
NIGHT = replace(RISE, kind=RoutineKind.NIGHT, measure=Measure.NIGHT_BREWS_PER_WEEK)
TIMING = replace(
    RISE, kind=RoutineKind.TIMING, measure=Measure.HOURS_SHIFTED, observed=3.26, usual=1.0
)
CHANGES = {
    "silence": SILENCE,
    "silence from a date on": replace(SILENCE, noticed_at=datetime(2026, 3, 20, 9, tzinfo=UTC)),
    "silence since a full hour": replace(
        SILENCE, last_brew_at=datetime(2026, 3, 3, 6, tzinfo=UTC)
    ),
    "silence without a known brew": replace(SILENCE, last_brew_at=None),
    "silence after long pauses": replace(SILENCE, usual=132.0),
    "silence in an unknown zone": replace(SILENCE, timezone="Europe/Atlantis"),
    "rise": RISE,
    "rise from the first of a month on": replace(RISE, since=datetime(2026, 2, 1, tzinfo=UTC)),
    "rise since last year": replace(RISE, since=datetime(2025, 12, 30, tzinfo=UTC)),
    "rise from nothing": replace(RISE, observed=1.0, usual=0.0, compared_days=1),
    "rise between whole numbers": replace(RISE, observed=3.5, usual=1.5),
    "fall": replace(RISE, kind=RoutineKind.FALL, observed=1.0),
    "fall to nothing": replace(RISE, kind=RoutineKind.FALL, observed=0.02),
    "night": replace(NIGHT, observed=5.0, usual=1.0),
    "night, never before": replace(NIGHT, observed=2.0, usual=0.0),
    "night, no more": replace(NIGHT, observed=0.0, usual=3.0),
    "timing": TIMING,
    "timing, earlier": replace(TIMING, observed=-2.5, usual=0.0),
    "drift": replace(TIMING, kind=RoutineKind.DRIFT, observed=1.0, usual=0.5),
    "drift of a count": replace(RISE, kind=RoutineKind.DRIFT),
}


def check_with(verdict: Verdict) -> DeviceCheck:
    """Return a device check of this verdict with one line of each lesser verdict."""
    lines = {
        Verdict.SOUND: (CheckName.LINK, Finding.LINK_STEADY),
        Verdict.UNKNOWN: (CheckName.HEATING, Finding.NOT_SEEN_YET),
        Verdict.FAULTY: (CheckName.TANK, Finding.TANK_SWITCH_STUCK_EMPTY),
    }
    kept = list(lines)[: list(lines).index(verdict) + 1]
    evidence = tuple(
        Evidence(check=lines[of][0], verdict=of, finding=lines[of][1], value=None)
        for of in kept
    )
    return DeviceCheck(verdict=verdict, checked_at=SILENCE.noticed_at, evidence=evidence)


def vocabulary(lang: Language) -> Iterator[tuple[str, str]]:
    """Yield (occasion, sentence) of everything that can be said."""
    for kind in RoutineKind:
        yield f"title {kind}", words.kind_title(kind, lang)
    for name, change in CHANGES.items():
        yield f"change: {name}", words.describe_change(change, lang)
    for name in ("silence", "rise", "fall to nothing", "timing", "drift of a count"):
        change = CHANGES[name]
        for after in (timedelta(hours=3), timedelta(days=9)):
            said = words.describe_return(change, change.noticed_at + after, lang)
            yield f"returned after {after.days} days: {name}", said
    yield "question", words.question(SILENCE, lang)
    for finding in Finding:
        line = Evidence(check=CheckName.TANK, verdict=Verdict.FAULTY, finding=finding)
        yield f"finding {finding}", words.describe_evidence(line, lang)
        if finding in check_phrases.FINDING_UNITS:
            for value in (1.0, 720.0):
                figured = replace(line, value=value)
                yield f"finding {finding} {value:g}", words.describe_evidence(figured, lang)
    for name in CheckName:
        unseen = Evidence(check=name, verdict=Verdict.UNKNOWN, finding=Finding.NOT_SEEN_YET)
        yield f"check {name}", words.describe_evidence(unseen, lang)
    for verdict in Verdict:
        check = check_with(verdict)
        yield f"verdict {verdict}", words.describe_check(check, lang)
        bare = replace(check, evidence=())
        yield f"verdict {verdict}, bare", words.describe_check(bare, lang)
    scaled = Evidence(
        check=CheckName.SCALE, verdict=Verdict.SOUND, finding=Finding.SCALE_GROWING, value=28.0
    )
    for verdict in (Verdict.SOUND, Verdict.FAULTY):
        check = check_with(verdict)
        hinted = replace(check, evidence=(*check.evidence, scaled))
        yield f"verdict {verdict}, to be descaled", words.describe_check(hinted, lang)
    for choice in Choice:
        yield f"choice {choice}", words.describe_choice(choice, "Maud", lang)


@each_language
def test_every_sentence_is_the_approved_one(lang: Language) -> None:
    approved = Path(__file__).with_name(f"words.{lang}.txt").read_text(encoding="utf-8")
    said = "".join(f"{occasion} = {text}\n" for occasion, text in vocabulary(lang))
    visible = said.replace("\N{NO-BREAK SPACE}", "⍽").replace("\N{NARROW NO-BREAK SPACE}", "¦")
    assert visible == approved


@each_language
def test_no_sentence_names_a_cause_a_mood_or_a_condition(lang: Language) -> None:
    for occasion, text in vocabulary(lang):
        assert not FORBIDDEN.search(text), (occasion, text)


def test_french_is_set_as_french() -> None:
    for occasion, text in vocabulary(Language.FR):
        assert not re.search(r"['\"]|\.\.\.", text), (occasion, text)
        assert not re.search(r"[^\N{NARROW NO-BREAK SPACE}][;?!]", text), (occasion, text)
        assert not re.search(r"[^\N{NO-BREAK SPACE}][:»]", text), (occasion, text)
        assert not re.search(r"«[^\N{NO-BREAK SPACE}]", text), (occasion, text)


def test_english_is_set_as_english() -> None:
    for occasion, text in vocabulary(Language.EN):
        assert not re.search(r"['\"«»]|\.\.\.| [;:?!]", text), (occasion, text)


@each_language
def test_every_sentence_ends_and_begins_as_one(lang: Language) -> None:
    for occasion, text in vocabulary(lang):
        assert text[0].isupper(), (occasion, text)
        assert text.endswith(".") != occasion.startswith("title"), (occasion, text)
        assert "  " not in text, (occasion, text)
        assert "{" not in text, (occasion, text)


def test_the_sentences_of_the_promise() -> None:
    assert words.describe_change(SILENCE, Language.EN) == (
        "No coffee since Tuesday 07:10; in the last 56 days the longest pause was 31 hours."
    )
    assert words.describe_change(RISE, Language.EN) == (
        "About 9 coffees a day since Thursday; usually 4 (last 42 days)."
    )


def test_times_are_those_of_the_household() -> None:
    tokyo = replace(SILENCE, timezone="Asia/Tokyo")
    assert "Tuesday 15:10" in words.describe_change(tokyo, Language.EN)
    assert "mardi 15\N{NO-BREAK SPACE}h\N{NO-BREAK SPACE}10" in words.describe_change(
        tokyo, Language.FR
    )


@each_language
def test_the_question_holds_the_fact_and_says_that_a_statistic_noticed(lang: Language) -> None:
    asked = words.question(SILENCE, lang)
    assert words.describe_change(SILENCE, lang) in asked
    assert {Language.EN: "A statistic", Language.FR: "Une statistique"}[lang] in asked


@each_language
def test_a_name_is_never_taken_for_a_template_or_typeset(lang: Language) -> None:
    for name in ("{0}", "{lines}", "Ève ; Ya !", "%s"):
        assert name in words.describe_choice(Choice.CALL, name, lang)


@each_language
@given(change=any_of(RoutineChange))
def test_every_change_that_can_arrive_can_be_said(
    lang: Language, change: RoutineChange
) -> None:
    assert words.describe_change(change, lang)


@each_language
@given(check=any_of(DeviceCheck))
def test_every_device_check_that_can_arrive_can_be_said(
    lang: Language, check: DeviceCheck
) -> None:
    assert words.describe_check(check, lang)


@pytest.mark.parametrize(
    ("table", "kinds"),
    [
        (phrases.TITLES, RoutineKind),
        (check_phrases.VERDICTS, Verdict),
        (check_phrases.CHECKS, CheckName),
        (check_phrases.FINDINGS, Finding),
        (phrases.CHOICES, Choice),
        (phrases.UNITS, phrases.Unit),
    ],
)
def test_every_table_is_complete_in_every_language(
    table: dict[Language, dict[str, object]], kinds: type[StrEnum]
) -> None:
    assert {lang: set(rows) for lang, rows in table.items()} == {
        lang: set(kinds) for lang in Language
    }
    assert set(phrases.CHANGES[Language.EN]) == set(phrases.CHANGES[Language.FR])
