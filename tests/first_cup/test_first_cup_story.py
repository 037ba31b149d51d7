"""The story as a viewer reads it, whole, in both languages, and as lines of JSON.

The text is kept in ``story.en.txt`` and ``story.fr.txt``, to be read and approved by people;
a changed sentence changes those files. Unbreakable spaces are written there as ``⍽`` and
narrow ones as ``¦``, so that they can be seen.
"""

import io
import json
import re
from collections.abc import Mapping
from dataclasses import fields
from datetime import UTC, date, datetime, time, timedelta
from pathlib import Path
from zoneinfo import ZoneInfo

import pytest

from scripts.first_cup import path, phrases, steps
from scripts.first_cup.human_voice import HumanVoice
from scripts.first_cup.json_voice import JsonVoice
from scripts.first_cup.narrator import Narrator, Voice
from scripts.first_cup.options import Fault
from scripts.first_cup.resident import Story
from scripts.first_cup.steps import Ending
from scripts.first_cup.tally import Tally
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
from wire.messages import Choice, Language, Outcome

PARIS = ZoneInfo("Europe/Paris")
START = datetime(2026, 2, 19, tzinfo=PARIS)
BREAKS_ON = date(2026, 3, 5)
NOTICED = datetime(2026, 3, 7, 9, 12, tzinfo=PARIS)
LOGINS = (
    steps.Login(
        first_name="Camille", username="camille", password="moka-zeste-4821", role="reviewer"
    ),
    steps.Login(
        first_name="Malik", username="malik", password="crema-sucre-1234", role="technician"
    ),
)
CONSOLE = "http://127.0.0.1:41234/"
ANOTHER_DAY = NOTICED + timedelta(days=20)
CHANGE = RoutineChange(
    kind=RoutineKind.RISE,
    since=datetime(2026, 3, 5, 7, tzinfo=PARIS),
    noticed_at=NOTICED,
    measure=Measure.BREWS_PER_DAY,
    observed=8.7,
    usual=4.0,
    compared_days=42,
    last_brew_at=NOTICED,
    timezone="Europe/Paris",
)
SOUND = DeviceCheck(
    verdict=Verdict.SOUND,
    checked_at=NOTICED,
    evidence=(
        Evidence(check=CheckName.LINK, verdict=Verdict.SOUND, finding=Finding.LINK_STEADY),
        Evidence(check=CheckName.TANK, verdict=Verdict.SOUND, finding=Finding.TANK_PLAUSIBLE),
    ),
)
STUCK = DeviceCheck(
    verdict=Verdict.FAULTY,
    checked_at=NOTICED,
    evidence=(
        Evidence(
            check=CheckName.TANK,
            verdict=Verdict.FAULTY,
            finding=Finding.TANK_SWITCH_STUCK_EMPTY,
            value=1400.0,
        ),
    ),
)
TOUGHEST = "A very long word: " + "x" * 90 + " and then enough words to need another line."

each_language = pytest.mark.parametrize("language", Language)


class Keep:
    """A voice that only remembers."""

    def __init__(self) -> None:
        self.told: list[steps.Step] = []

    def tell(self, step: steps.Step) -> None:
        self.told.append(step)


class Terminal(io.StringIO):
    """An output that says that it is a terminal."""

    def isatty(self) -> bool:
        return True


def narrator(
    voice: Voice, *, starts_at: datetime = START, days_from: date | None = BREAKS_ON
) -> Narrator:
    tally = Tally(timezone="Europe/Paris", starts_at=starts_at, days_from=days_from)
    return Narrator(voice, tally)


def brew(at: datetime) -> steps.Brew:
    return steps.Brew(at=at, number=None, water_ml=110.0)


def live(tell: Narrator) -> None:
    """Two ordinary weeks with three coffees a day and a day off, then six a day."""
    for i in range(17):
        day = (START + timedelta(days=i)).date()
        hours = (7, 8, 15) if day < BREAKS_ON else (7, 8, 8, 10, 15, 16)
        for hour in () if i == 9 else hours:
            at = datetime.combine(day, time(hour, 5), PARIS)
            if at < NOTICED:
                tell.tell(brew(at))


def whole_story(tell: Narrator) -> None:
    """Everything that can be told, in an order that could happen."""
    acknowledged = NOTICED + timedelta(hours=4, minutes=1)
    decision = {
        "reviewer": "Camille",
        "choice": Choice.CALL,
        "reason": "A change this clear is worth a friendly word.",
        "message": "May I ring you this afternoon?",
    }
    tell.tell(
        steps.Started(
            at=START,
            seed=7,
            subject="surge",
            today=date(2026, 3, 12),
            console=CONSOLE,
            logins=LOGINS,
        )
    )
    live(tell)
    for step in (
        steps.ConcernRaised(at=NOTICED, change=CHANGE),
        steps.DeviceChecked(at=NOTICED, check=SOUND),
        steps.QuestionAsked(at=NOTICED, change=CHANGE, grace_h=4.0),
        steps.AlertPublished(
            at=NOTICED + timedelta(hours=4), message_id="0" * 32, size_bytes=4096, waited_h=4.0
        ),
        steps.DeskAcknowledged(at=acknowledged, message_id="0" * 32, outcome=Outcome.ACCEPTED),
        steps.YourTurn(at=acknowledged, console=CONSOLE, login=LOGINS[0]),
        steps.CaseClaimed(at=acknowledged, reviewer="Camille"),
        steps.Decided(at=acknowledged, **decision),  # type: ignore[arg-type]
        steps.DecisionAtHome(at=acknowledged, **decision),  # type: ignore[arg-type]
    ):
        tell.tell(step)
    tell.tell(summary(Ending.DECIDED, alerts=1, brews=tell.brews))


def other_ways(tell: Narrator) -> None:
    """What the whole story has no place for."""
    at = ANOTHER_DAY
    for step in (
        steps.Started(
            at=at, seed=None, subject="refit_02", today=at.date(), console=CONSOLE, logins=()
        ),
        steps.Unseen(at=at, until=at + timedelta(days=3)),
        steps.FaultBegins(at=at + timedelta(days=4), fault="tank-stuck"),
        steps.DeviceChecked(at=at + timedelta(days=5), check=STUCK),
        steps.ServiceReported(at=at + timedelta(days=5), message_id="0" * 32, size_bytes=4096),
        steps.KeptAtHome(at=at + timedelta(days=6)),
        steps.UseReturned(at=at + timedelta(days=6, hours=1)),
    ):
        tell.tell(step)
    for i, ending in enumerate(ending for ending in Ending if ending is not Ending.DECIDED):
        tell.tell(summary(ending, at=at + timedelta(days=7, hours=i)))


def summary(
    ending: Ending, *, alerts: int = 0, brews: int = 0, at: datetime | None = None
) -> steps.Summary:
    return steps.Summary(
        at=at or NOTICED + timedelta(hours=5),
        outcome=ending,
        brews=brews,
        alerts_published=alerts,
        service_reports_published=0,
        nothing_left=alerts == 0,
    )


def told(
    language: Language,
    *,
    out: io.StringIO | None = None,
    environment: Mapping[str, str] | None = None,
) -> str:
    out = out or io.StringIO()
    voice = HumanVoice(
        out, timezone="Europe/Paris", language=language, environment=environment or {}
    )
    whole_story(narrator(voice))
    other_ways(narrator(voice, starts_at=ANOTHER_DAY, days_from=None))
    return out.getvalue()


# ------------------------------------------------------------------------- in words


@each_language
def test_the_story_is_the_approved_one(language: Language) -> None:
    approved = Path(__file__).with_name(f"story.{language}.txt").read_text(encoding="utf-8")
    visible = told(language).replace("\N{NO-BREAK SPACE}", "⍽")
    assert visible.replace("\N{NARROW NO-BREAK SPACE}", "¦") == approved


@each_language
def test_80_columns_are_enough(language: Language) -> None:
    assert max(len(line) for line in told(language).splitlines()) <= 80


def test_only_an_address_may_be_wider_and_it_stays_in_one_piece() -> None:
    out = io.StringIO()
    voice = HumanVoice(out, timezone="Europe/Paris", language=Language.EN, environment={})
    voice.tell(
        steps.Decided(
            at=NOTICED, reviewer="Camille", choice=Choice.CALL, reason=TOUGHEST, message=None
        )
    )
    assert "x" * 90 in out.getvalue()


@each_language
def test_without_a_terminal_there_is_no_ink(language: Language) -> None:
    assert "\033" not in told(language)


@pytest.mark.parametrize("environment", [{"NO_COLOR": "1"}, {"TERM": "dumb"}])
def test_a_terminal_that_wants_no_ink_gets_none(environment: dict[str, str]) -> None:
    assert "\033" not in told(Language.EN, out=Terminal(), environment=environment)


def test_ink_changes_no_word() -> None:
    inked = told(Language.EN, out=Terminal(), environment={"TERM": "xterm"})
    assert "\033" in inked
    assert re.sub(r"\033\[\d+m", "", inked) == told(Language.EN)


def test_hundreds_of_brews_are_a_line_a_week_and_a_line_a_day() -> None:
    out = io.StringIO()
    voice = HumanVoice(out, timezone="Europe/Paris", language=Language.EN, environment={})
    live(narrator(voice))
    lines = out.getvalue().splitlines()
    assert (
        len([line for line in lines if re.match(r"  [ \d]\d (Feb|Mar) .* coffees$", line)]) == 3
    )
    assert (
        len([line for line in lines if re.match(r"  ... [ \d]\d Mar .* coffees$", line)]) == 2
    )
    assert len(lines) == 3 + 2 + 4


@pytest.mark.parametrize("subject", [*Story, *Fault, "refit_02"])
def test_each_story_begins_with_what_it_will_show(subject: str) -> None:
    out = io.StringIO()
    voice = HumanVoice(out, timezone="Europe/Paris", language=Language.EN, environment={})
    voice.tell(
        steps.Started(
            at=START, seed=7, subject=subject, today=BREAKS_ON, console=CONSOLE, logins=()
        )
    )
    opening = out.getvalue().splitlines()[4]
    assert opening.startswith(
        "  Six ordinary weeks, then " if subject != "refit_02" else "  The history of refit_02."
    )


@each_language
def test_both_languages_have_the_same_phrases(language: Language) -> None:
    for table in (
        phrases.SENTENCES,
        phrases.STORIES,
        phrases.FAULTS,
        phrases.ROLES,
        phrases.OUTCOMES,
        phrases.SCRIPT,
    ):
        assert table[language].keys() == table[Language.EN].keys()
        for key, text in table[language].items():
            other = table[Language.EN][key]
            assert sorted(re.findall(r"{\w+}", text)) == sorted(re.findall(r"{\w+}", other))


def test_every_fault_ending_and_outcome_has_its_words() -> None:
    assert phrases.FAULTS[Language.EN].keys() == set(Fault)
    assert phrases.OUTCOMES[Language.EN].keys() == set(Outcome)
    assert {f"summary_{ending}" for ending in Ending} <= phrases.SENTENCES[Language.EN].keys()


# -------------------------------------------------------------------------- as JSON


def test_every_step_is_one_line_of_json_with_its_type_and_local_time() -> None:
    out = io.StringIO()
    whole_story(narrator(JsonVoice(out, timezone="Europe/Paris")))
    lines = [json.loads(line) for line in out.getvalue().splitlines()]
    assert {"started", "brew", "week", "day", "concern", "decision_at_home", "summary"} <= {
        line["type"] for line in lines
    }
    for line in lines:
        assert datetime.fromisoformat(line["at"]).utcoffset() == timedelta(hours=1)
    brews = [line for line in lines if line["type"] == "brew"]
    assert brews[0] == {
        "type": "brew",
        "at": "2026-02-19T07:05:00+01:00",
        "number": None,
        "water_ml": 110.0,
    }
    assert lines[-1]["outcome"] == "decided"


def test_every_kind_of_step_has_a_name_of_its_own_and_a_line() -> None:
    # A dataclass with slots is made twice; its name tells the two apart from others.
    kinds = list({cls.__name__: cls.kind for cls in steps.Step.__subclasses__()}.values())
    assert len(kinds) == len(set(kinds))
    promised = {kind for way in path.PROMISED.values() for kind in way}
    assert promised <= set(kinds)


def test_every_record_has_only_plain_fields_in_json() -> None:
    out = io.StringIO()
    tell = narrator(JsonVoice(out, timezone="Europe/Paris"))
    whole_story(tell)
    concern = next(
        line
        for line in map(json.loads, out.getvalue().splitlines())
        if line["type"] == "concern"
    )
    assert concern["change"].keys() == {field.name for field in fields(RoutineChange)}
    assert concern["change"]["since"] == "2026-03-05T07:00:00+01:00"


# ------------------------------------------------------------------- weeks and days


def test_a_day_without_coffee_is_told_too() -> None:
    voice = Keep()
    tell = narrator(voice)
    tell.tell(brew(datetime(2026, 3, 5, 7, 10, tzinfo=PARIS)))
    tell.time_is(datetime(2026, 3, 8, 12, tzinfo=PARIS))
    days = [step for step in voice.told if isinstance(step, steps.DayLived)]
    assert [(step.day.day, sum(step.brews)) for step in days] == [(5, 1), (6, 0), (7, 0)]


def test_a_week_is_told_before_what_happens_in_the_next_one() -> None:
    voice = Keep()
    tell = narrator(voice, days_from=None)
    tell.tell(brew(datetime(2026, 2, 19, 7, tzinfo=PARIS)))
    tell.tell(brew(datetime(2026, 2, 23, 7, tzinfo=PARIS)))
    assert [type(step) for step in voice.told] == [steps.Brew, steps.WeekLived, steps.Brew]
    week = voice.told[1]
    assert isinstance(week, steps.WeekLived)
    assert week.monday == date(2026, 2, 16)
    assert week.brews == (None, None, None, 1, 0, 0, 0)


def test_days_on_which_the_device_was_off_are_not_days_without_coffee() -> None:
    voice = Keep()
    tell = narrator(voice, days_from=None)
    off = datetime(2026, 2, 24, tzinfo=PARIS)
    tell.tell(steps.Unseen(at=off, until=off + timedelta(days=2, hours=3)))
    tell.time_is(datetime(2026, 3, 2, tzinfo=PARIS))
    week = voice.told[-1]
    assert isinstance(week, steps.WeekLived)
    assert week.brews == (0, None, None, 0, 0, 0, 0)


def test_days_are_those_of_the_household_also_when_summer_time_begins() -> None:
    tally = Tally(
        timezone="Europe/Paris",
        starts_at=datetime(2026, 3, 27, tzinfo=PARIS),
        days_from=date(2026, 3, 27),
    )
    late = datetime(2026, 3, 29, 23, 30, tzinfo=PARIS)
    days = list(tally.advance(late))
    tally.add(late.astimezone(UTC))
    days += tally.advance(datetime(2026, 3, 30, 0, 0, tzinfo=PARIS))
    assert [day.at.isoformat() for day in days] == [
        "2026-03-28T00:00:00+01:00",
        "2026-03-29T00:00:00+01:00",
        "2026-03-30T00:00:00+02:00",
    ]
    assert isinstance(days[2], steps.DayLived)
    assert days[2].brews[23] == 1


# ----------------------------------------------------------------------- the way


def test_the_whole_story_goes_the_whole_way() -> None:
    tell = narrator(Keep())
    whole_story(tell)
    assert tell.path.missing(Ending.DECIDED) is None
    assert tell.brews == 54


def test_a_step_that_is_left_out_is_named() -> None:
    way = path.Path()
    for step in (brew(START), steps.ConcernRaised(at=NOTICED, change=CHANGE)):
        way.follow(step)
    assert way.missing(Ending.DECIDED) == "device_check did not happen after concern"


def test_steps_in_another_order_do_not_count() -> None:
    way = path.Path()
    at = NOTICED
    for step in (
        brew(START),
        steps.QuestionAsked(at=at, change=CHANGE, grace_h=4.0),
        steps.DeviceChecked(at=at, check=SOUND),
        steps.ConcernRaised(at=at, change=CHANGE),
    ):
        way.follow(step)
    assert way.missing(Ending.KEPT_AT_HOME) == "device_check did not happen after concern"


def test_an_alert_spoils_a_way_on_which_nothing_may_leave() -> None:
    tell = narrator(Keep())
    whole_story(tell)
    for ending in (Ending.SERVICE, Ending.KEPT_AT_HOME, Ending.NO_CONCERN):
        assert tell.path.missing(ending) is not None
    assert tell.path.missing(Ending.SERVICE) == "alert_published happened, and must not"
