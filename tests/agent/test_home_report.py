"""``demitasse status``: everything that the device weighs, as values and in kind words."""

import json
import re
from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from pathlib import Path

import pytest

from agent import memory
from agent.asking.answers import LESSONS, Answer, Lesson, lesson_of
from agent.asking.concerns import KindScore, State
from agent.asking.service import KEY as FAULTS
from agent.assembly import STORE_FILE
from agent.checks.faults import Fault
from agent.checks.faults import State as FaultState
from agent.checks.machine_memory import CHECK, KeptCheck
from agent.consents.consent_file import Purpose
from agent.giving_back.home_phrases import ANSWERS, HELD_BACK, SAYINGS, STATES, THANKS, Say
from agent.giving_back.home_report import HomeReport, report
from agent.learning import absence
from agent.learning.absence import Back
from agent.learning.judge import HeldBack, HeldBackReason
from agent.learning.routine import Routine
from agent.settings import AgentSettings, Broker
from agent.store import Store
from tests.agent.consents import owner_text
from tests.agent.test_concerns import change, concern
from tests.agent.test_faults import SCALE, STUCK, WELL
from tests.wire.test_words import FORBIDDEN
from wire.facts import DeviceCheck, Measure, RoutineKind, Verdict
from wire.messages import Language
from wire.schema import JSON, to_plain

NOW = datetime.now(UTC)
"""The command asks the clock of this computer, as its owner would."""
TABLES = (SAYINGS, STATES, ANSWERS, THANKS, HELD_BACK)


class Home:
    """A store and a consent file to be looked at."""

    def __init__(self, folder: Path) -> None:
        self.settings = AgentSettings(
            timezone="Europe/Paris",
            state_dir=folder,
            consent_file=folder / "consent.toml",
            machine_profile=folder / "machine.toml",
            machine_port=None,
            broker=Broker(host="", port=8883, tls=None),
            slot_s=300,
        )
        self.store = Store(folder / STORE_FILE)
        self.speak(Language.EN)

    def speak(
        self,
        language: Language,
        *,
        until: str = "",
        on: tuple[Purpose, ...] = (Purpose.LEARN_ROUTINE,),
    ) -> None:
        text = owner_text(on).replace('language = "en"', f'language = "{language}"')
        text = text.replace('until = ""', f'until = "{until}"')
        self.settings.consent_file.write_text(text, encoding="utf-8")

    def keep(self, **metas: object) -> None:
        with self.store.transaction() as db:
            for key, value in metas.items():
                memory.set_meta(db, key, value)  # type: ignore[arg-type]

    def report(self) -> HomeReport:
        return report(self.settings)

    def listed(self, key: str) -> list[dict[str, JSON]]:
        """Return a list of objects that the report holds under ``key``."""
        found = self.report().plain[key]
        assert isinstance(found, list)
        return [one for one in found if isinstance(one, dict)]

    def said(self) -> str:
        return "\n".join(self.report().lines)


@pytest.fixture
def home(tmp_path: Path) -> Iterator[Home]:
    made = Home(tmp_path)
    yield made
    made.store.close()


def learned_routine(*held: HeldBack) -> Routine:
    """Return the routine of a home that is known, with what was held back there."""
    routine = Routine(timezone="Europe/Paris", budget_per_year=1.0)
    start = NOW.replace(hour=0, minute=0, second=0, microsecond=0) - timedelta(days=40)
    for day in range(40):
        for hour in (7, 13, 16):
            routine.brew(start + timedelta(days=day, hours=hour, minutes=10))
            routine.advance(start + timedelta(days=day, hours=hour + 1))
    state = routine.to_json()
    state["judge"]["held_back"] = [to_plain(one) for one in held]
    return Routine.from_json(state, timezone="Europe/Paris", budget_per_year=1.0)


HELD = HeldBack(
    kind=RoutineKind.RISE,
    since=NOW - timedelta(days=12),
    score=0.7,
    reason=HeldBackReason.BUDGET,
    change=replace(change(), since=NOW - timedelta(days=12), noticed_at=NOW),
)


# ------------------------------------------------------------------------------- values


def test_one_number_for_the_machine_and_one_for_each_kind_of_change(home: Home) -> None:
    check = DeviceCheck(verdict=Verdict.SOUND, checked_at=NOW, evidence=(WELL,))
    kept = KeptCheck(check=check, score=0.25)
    home.keep(**{CHECK: to_plain(kept), "routine": learned_routine().to_json()})
    plain = home.report().plain
    assert plain["machine_score"] == 0.25
    assert isinstance(plain["scores"], dict)
    assert set(plain["scores"]) == set(RoutineKind)
    assert json.dumps(plain)


def test_a_concern_carries_every_score_of_the_moment_it_was_noticed(home: Home) -> None:
    scores = tuple(KindScore(kind=kind, score=0.5) for kind in RoutineKind)
    noticed = replace(concern(State.ASKED), scores=scores, machine_score=0.1)
    with home.store.transaction() as db:
        memory.save_concern(db, noticed)
    [shown] = home.listed("concerns")
    assert shown["machine_score"] == 0.1
    assert shown["scores"] == [{"kind": str(kind), "score": 0.5} for kind in RoutineKind]


def test_what_the_budget_held_back_is_listed_with_the_reason(home: Home) -> None:
    home.keep(routine=learned_routine(HELD).to_json())
    [held] = home.listed("held_back")
    assert (held["kind"], held["reason"], held["score"]) == ("rise", "budget", 0.7)
    assert "About 9 coffees a day" in home.said()
    assert "larger number of needless questions" in home.said()


def test_a_store_of_another_version_is_shown_as_far_as_it_is_understood(home: Home) -> None:
    home.keep(**{CHECK: {"odd": 1}, FAULTS: [{"odd": 1}], absence.KEY: "odd"})
    assert "has not been looked at yet" in home.said()


# -------------------------------------------------------------------------------- words


def test_a_home_that_begins_is_told_how_long_it_takes(home: Home) -> None:
    assert home.said().splitlines() == [
        "No coffee seen yet.",
        "The machine has not been looked at yet.",
        "Still learning what is usual here: 28 days more to see.",
        "Nothing waits to be sent.",
    ]


def test_a_machine_is_described_with_what_it_lacks(home: Home) -> None:
    check = DeviceCheck(verdict=Verdict.FAULTY, checked_at=NOW, evidence=(STUCK, SCALE))
    home.keep(**{CHECK: to_plain(KeptCheck(check=check, score=1.5))})
    said = home.said()
    assert "The tank switch says empty" in said
    assert "descaling is worth a try" in said
    assert "Score: 1.50" in said


@pytest.mark.parametrize(
    ("fault", "words"),
    [
        ({"reported": True}, "A technician has been told."),
        ({"reported": False}, "Nobody has been told"),
        ({"state": FaultState.PASSED}, "It has passed, and is watched."),
    ],
)
def test_each_known_fault_says_who_has_been_told(
    home: Home, fault: dict[str, object], words: str
) -> None:
    known = Fault(
        check=STUCK.check,
        finding=STUCK.finding,
        state=FaultState.STANDING,
        since=NOW,
        last=STUCK,
    )
    home.keep(**{FAULTS: [to_plain(replace(known, **fault))]})  # type: ignore[arg-type]
    assert words in home.said()


def test_whoever_is_back_before_the_pause_ends_reads_it_and_is_asked_nothing(
    home: Home,
) -> None:
    until = (NOW + timedelta(days=5)).date().isoformat()
    back = Back(until=until, since=NOW - timedelta(hours=3), brews=2)
    home.keep(**{absence.KEY: to_plain(back)})
    assert "Coffee has been made" not in home.said()
    home.speak(Language.EN, until=until)
    assert f"in a pause until {until}" in home.said()
    assert "(2 coffees), although the pause goes on" in home.said()
    assert home.report().plain["back_during_pause"] == to_plain(back)
    home.speak(Language.FR, until="return")
    assert "en pause jusqu’au retour\N{NO-BREAK SPACE}: rien" in home.said()
    home.speak(Language.EN, until="return")
    assert "in a pause until your return: nothing is asked" in home.said()
    # A pause with another last day is another pause.
    home.speak(Language.EN, until=(NOW + timedelta(days=9)).date().isoformat())
    assert "Coffee has been made" not in home.said()


def test_each_pause_begins_to_count_anew() -> None:
    first, second = date(2026, 3, 8), date(2026, 4, 8)
    back = absence.noted(None, first, NOW)
    assert absence.noted(back, first, NOW).brews == 2
    assert absence.noted(back, second, NOW) == Back(until="2026-04-08", since=NOW, brews=1)


@pytest.mark.parametrize(
    ("kind", "measure", "words"),
    [
        (RoutineKind.SILENCE, Measure.HOURS_WITHOUT_BREW, "; use returned on "),
        (RoutineKind.RISE, Measure.BREWS_PER_DAY, "it is as usual again"),
    ],
)
def test_a_concern_that_passed_says_that_use_has_returned(
    home: Home, kind: RoutineKind, measure: Measure, words: str
) -> None:
    over = replace(
        concern(State.RETURNED),
        change=replace(change(kind), measure=measure),
        ended_at=NOW,
    )
    with home.store.transaction() as db:
        memory.save_concern(db, over)
    assert words in home.said()


def test_a_question_that_waits_stands_there_with_the_ways_to_answer_it(home: Home) -> None:
    with home.store.transaction() as db:
        memory.save_concern(db, concern(State.ASKED))
    assert "A statistic in your coffee machine" in home.said()
    assert "demitasse answer thats_how_it_is_now   that is how it is now" in home.said()
    home.speak(Language.FR)
    assert re.search("demitasse answer knew +je sais, c’est voulu", home.said())
    with home.store.transaction() as db:
        memory.save_concern(db, concern(State.ANSWERED))
    assert "knew" not in home.said()


def test_an_answer_is_shown_in_the_owners_words(home: Home) -> None:
    answered = replace(concern(State.ANSWERED), answer=Answer.NEW_NORMAL)
    with home.store.transaction() as db:
        memory.save_concern(db, answered)
    assert "you have answered: “that is how it is now”" in home.said()
    home.speak(Language.FR)
    assert "vous avez répondu" in home.said()
    assert "c’est comme ça maintenant" in home.said()


@pytest.mark.parametrize(
    ("language", "heading"),
    [
        (Language.EN, "What a statistic in the machine has noticed"),
        (Language.FR, "Ce qu’une statistique dans la machine a remarqué"),
    ],
)
def test_what_a_statistic_noticed_stands_under_a_heading_that_says_so(
    home: Home, language: Language, heading: str
) -> None:
    with home.store.transaction() as db:
        memory.save_concern(db, concern(State.ASKED))
    home.speak(language)
    lines = home.said().splitlines()
    assert lines[lines.index(heading) + 1].startswith("  ")


def test_a_glance_is_bounded_and_json_is_not(home: Home) -> None:
    with home.store.transaction() as db:
        for number in range(9):
            one = replace(concern(State.ANSWERED), concern_id=f"{number:032x}")
            memory.save_concern(db, one)
    assert home.said().count("coffees a day") == 5
    assert len(home.listed("concerns")) == 9


def test_every_table_is_complete_in_both_languages() -> None:
    for table in TABLES:
        assert table[Language.EN].keys() == table[Language.FR].keys()
    assert SAYINGS[Language.EN].keys() == set(Say)
    assert STATES[Language.EN].keys() == set(State)
    assert ANSWERS[Language.EN].keys() == THANKS[Language.EN].keys() == set(Answer)
    assert HELD_BACK[Language.EN].keys() == set(HeldBackReason)


def test_no_sentence_names_a_cause_a_mood_or_a_condition() -> None:
    for table in TABLES:
        for language, rows in table.items():
            for key, said in rows.items():
                text = said.replace("device_health", "")  # the name of a purpose
                assert not FORBIDDEN.search(text), (language, key, said)


def test_quotes_and_apostrophes_are_those_of_print() -> None:
    for table in TABLES:
        for rows in table.values():
            assert not [said for said in rows.values() if re.search(r"['\"]|\.\.\.", said)]


# ------------------------------------------------------------------------------ lessons


def test_only_two_answers_teach_and_an_unknown_word_teaches_nothing() -> None:
    assert set(LESSONS) == set(Answer)
    taught = {word for word, lesson in LESSONS.items() if lesson is not Lesson.NOTHING}
    assert taught == {Answer.NOT_ME, Answer.NEW_NORMAL}
    assert lesson_of("a word of tomorrow") is Lesson.NOTHING


@pytest.mark.parametrize(
    ("language", "words"),
    [
        (Language.EN, "Everything is off, as it came: nothing is learned and nothing is sent."),
        (Language.FR, "Tout est éteint, comme à la livraison"),
    ],
)
def test_a_fresh_unit_says_that_everything_is_off_and_shows_the_way(
    home: Home, language: Language, words: str
) -> None:
    home.speak(language, on=())
    assert words in home.said()
    assert "demitasse notice learn_routine" in home.said()
    assert "demitasse page" in home.said()
    assert "28" not in home.said()


def test_who_allows_something_else_reads_that_nothing_is_learned(home: Home) -> None:
    home.speak(Language.EN, on=(Purpose.DEVICE_HEALTH,))
    assert "Everything is off" not in home.said()
    assert "It learns nothing about your coffees" in home.said()


def test_a_device_that_has_never_run_says_so_and_how_to_start_it(tmp_path: Path) -> None:
    made = Home(tmp_path / "house")
    made.store.close()
    (tmp_path / "house" / STORE_FILE).unlink()
    made.speak(Language.EN, on=())

    assert made.report().plain == {"started": False, "quiet": False}
    assert "This device has not run yet: “demitasse run” starts it." in made.said()
    assert "Everything is off" in made.said()
