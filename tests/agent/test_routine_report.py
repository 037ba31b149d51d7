"""``demitasse routine``: what was learned, how sure that is, and what a choice costs."""

import json
import xml.etree.ElementTree as ET
from dataclasses import replace
from pathlib import Path

import pytest

from agent import memory
from agent.assembly import STORE_FILE
from agent.giving_back.routine_chart import BARS, bars, busy_spans
from agent.giving_back.routine_phrases import SAYINGS, STEADINESS, Say
from agent.giving_back.routine_report import Learned, lines, picture_svg, plain
from agent.learning.routine import Routine
from agent.learning.routine_picture import BUDGETS, Picture, Steadiness, TradeOff
from agent.main import main
from agent.store import Store
from tests.agent.consents import owner_text
from tests.agent.test_home_report import learned_routine
from tests.wire.test_words import FORBIDDEN
from wire.facts import RoutineKind
from wire.messages import Language

MORNINGS = tuple(0.9 if hour in (7, 8) else 0.1 * (13 <= hour < 20) for hour in range(24))
LATE = tuple(0.6 if hour == 10 else 0.0 for hour in range(24))
KNOWN = Picture(
    weekday_brews=MORNINGS,
    weekend_brews=LATE,
    quiet_hours=(0, 1, 22, 23),
    usual_brews_per_day=2.5,
    longest_pause_h=31.0,
    seen_days=54,
    compared_days=56,
    learning=False,
    regularity=dict.fromkeys(RoutineKind, Steadiness.STEADY)
    | {
        RoutineKind.TIMING: Steadiness.VARIED,
        RoutineKind.NIGHT: Steadiness.CANNOT_SAY,
        RoutineKind.DRIFT: Steadiness.LEARNING,
    },
)
each_language = pytest.mark.parametrize("lang", list(Language))


def learned(picture: Picture = KNOWN, *after_h: float | None) -> Learned:
    hours = after_h or (190.0, 140.0, 110.0, 80.0, None)
    return Learned(
        picture=picture,
        trade_off=tuple(
            TradeOff(budget_per_year=budget, stop_noticed_after_h=hour)
            for budget, hour in zip(BUDGETS, hours, strict=True)
        ),
        budget_per_year=1.0,
        consent_file=Path("/etc/demitasse/consent.toml"),
    )


def said(picture: Picture = KNOWN, *after_h: float | None, lang: Language = Language.EN) -> str:
    return "\n".join(lines(learned(picture, *after_h), lang))


# -------------------------------------------------------------------------------- words


def test_the_owner_reads_what_each_choice_costs_and_which_one_is_theirs() -> None:
    text = said()
    assert "At most 0.5 a year: after about 8 days." in text
    assert "At most 1 a year: after about 6 days. This is your choice now." in text
    assert "At most 4 a year: after about 80 hours." in text
    assert "At most 12 a year: cannot be promised." in text
    assert "false_alarms_per_year in /etc/demitasse/consent.toml" in text


def test_a_home_of_long_pauses_is_told_that_nothing_can_be_promised() -> None:
    text = said(KNOWN, None, None, None, None, None)
    assert text.count("cannot be promised") == len(BUDGETS)
    assert "neither good nor bad" in text


def test_while_learning_it_says_for_how_long_and_judges_nothing() -> None:
    text = said(replace(KNOWN, seen_days=17, learning=True))
    assert "17 days seen of 28 days. About 11 days more" in text
    assert "How soon" not in text
    assert plain(learned(replace(KNOWN, seen_days=17, learning=True)))["days_more"] == 11


def test_the_chart_only_repeats_what_the_sentences_say() -> None:
    text = said()
    assert "Monday to Friday: most coffee is made from 7:00 to 9:00." in text
    assert "Saturday and Sunday: most coffee is made from 10:00 to 11:00." in text
    words = "\n".join(lines(learned(), Language.EN, chart=False))
    assert not set(words) & set(BARS)
    assert set(words.splitlines()) <= set(text.splitlines())


def test_a_night_that_goes_over_midnight_is_one_span() -> None:
    assert "Hardly ever a coffee from 22:00 to 2:00" in said()


def test_a_home_without_quiet_hours_is_told_what_cannot_be_seen_there() -> None:
    assert "coffee at night cannot stand out here" in said(replace(KNOWN, quiet_hours=()))


def test_how_regular_the_home_is_is_said_for_each_kind_of_change() -> None:
    text = said()
    assert "A long pause, more coffee than usual, less coffee than usual: regular" in text
    assert "Coffee at other hours: this home varies by itself" in text
    assert "Coffee at night: this cannot be said here." in text
    assert "A slow change: more days are needed" in text


def test_weekends_that_look_like_all_days_are_not_told_apart() -> None:
    assert "Every day: most coffee" in said(replace(KNOWN, weekend_brews=MORNINGS))


def test_a_home_that_never_brews_at_weekends_is_told_so() -> None:
    none = replace(KNOWN, weekend_brews=(0.0,) * 24)
    assert "Saturday and Sunday: no coffee so far." in said(none)


@each_language
def test_every_saying_exists_and_none_names_a_cause_or_a_mood(lang: Language) -> None:
    assert SAYINGS[lang].keys() == set(Say)
    assert STEADINESS[lang].keys() == set(Steadiness)
    for text in (*SAYINGS[lang].values(), *STEADINESS[lang].values()):
        assert not FORBIDDEN.search(text.replace("false_alarms_per_year", "")), text
        assert not set("'\"") & set(text), text
    report = said(lang=lang)
    assert not any(mark in report for mark in "{}")


def test_french_is_spaced_as_french() -> None:
    text = said(lang=Language.FR)
    assert "de 7\N{NO-BREAK SPACE}h à 9\N{NO-BREAK SPACE}h" in text
    assert "0,5 par an au plus\N{NO-BREAK SPACE}: au bout de 8 jours environ." in text


# -------------------------------------------------------------------------------- chart


def test_bars_are_as_tall_as_their_share_and_next_to_nothing_is_a_dot() -> None:
    assert bars([0.0, 0.001, 0.5, 1.0], 1.0) == "··▅█"
    assert bars([0.0] * 3, 0.0) == "···"


def test_busy_hours_are_joined() -> None:
    assert busy_spans([0, 1, 0.6, 0.2, 0.9]) == [(1, 3), (4, 5)]
    assert busy_spans([0.0] * 24) == []


@each_language
def test_the_picture_says_in_words_what_it_shows(lang: Language) -> None:
    root = ET.fromstring(picture_svg(KNOWN, lang))
    space = "{http://www.w3.org/2000/svg}"
    assert root.get("role") == "img"
    assert root.get("lang") == str(lang)
    described = root.get("aria-labelledby", "").split()
    parts = {part.get("id"): part.text or "" for part in root if part.get("id")}
    assert set(described) == set(parts)
    assert SAYINGS[lang][Say.TITLE] == parts["title"]
    assert "7" in parts["description"]
    assert len(root.findall(f"{space}rect")) == 1 + 2 * 24


# ------------------------------------------------------------------------------- command


def command(folder: Path, *words: str, purposes: str = "on = true") -> int:
    folder.mkdir(exist_ok=True)
    (folder / "agent.toml").write_text(
        '[device]\nstate_dir = "."\n[machine]\nprofile = "m.toml"\nport = "/dev/null"\n',
        encoding="utf-8",
    )
    text = owner_text(())
    head, tail = text.split("[learn_routine]", 1)
    tail = tail.replace("on = false", purposes, 1)
    (folder / "consent.toml").write_text(f"{head}[learn_routine]{tail}", encoding="utf-8")
    return main(["--config", str(folder / "agent.toml"), "routine", *words])


def with_store(folder: Path, routine: Routine | None) -> Path:
    folder.mkdir(exist_ok=True)
    store = Store(folder / STORE_FILE)
    if routine is not None:
        with store.transaction() as db:
            memory.set_meta(db, "routine", routine.to_json())
    store.close()
    return folder


Capture = pytest.CaptureFixture[str]


def test_the_command_reads_what_the_device_has_learned(tmp_path: Path, capsys: Capture) -> None:
    folder = with_store(tmp_path, learned_routine())
    assert command(folder, "--svg", str(tmp_path / "routine.svg")) == 0
    assert "Learned from the 39 days" in capsys.readouterr().out
    assert ET.parse(tmp_path / "routine.svg").getroot().get("role") == "img"
    assert command(folder, "--json") == 0
    figures = json.loads(capsys.readouterr().out)
    assert [one["budget_per_year"] for one in figures["trade_off"]] == list(BUDGETS)
    assert all(one["stop_noticed_after_h"] > 0 for one in figures["trade_off"])
    assert command(folder, "--lang", "fr", "--words") == 0
    assert "Ce qui est habituel ici" in capsys.readouterr().out


@pytest.mark.parametrize(
    ("switch", "words"),
    [("on = true", "Nothing has been learned yet"), ("on = false", "Nothing is learned here")],
)
def test_a_home_of_which_nothing_is_known_is_told_why(
    switch: str, words: str, tmp_path: Path, capsys: Capture
) -> None:
    assert command(with_store(tmp_path, None), purposes=switch) == 0
    assert words in capsys.readouterr().out


def test_a_picture_that_cannot_be_written_is_one_clear_line(
    tmp_path: Path, capsys: Capture
) -> None:
    folder = with_store(tmp_path, learned_routine())
    assert command(folder, "--svg", str(tmp_path / "no" / "where.svg")) == 2
    [complaint] = capsys.readouterr().err.splitlines()
    assert "--svg" in complaint
    assert "where.svg" in complaint


def test_without_a_store_the_command_says_what_makes_one(
    tmp_path: Path, capsys: Capture
) -> None:
    assert command(tmp_path) == 2
    assert "`demitasse run` makes it" in capsys.readouterr().err
