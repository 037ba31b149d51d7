"""The options of the demonstration, and one clear line for each that cannot be used."""

import subprocess
import sys
from datetime import date
from pathlib import Path

import pytest

from scripts.first_cup.options import Fault, Options, language_of, parse
from scripts.first_cup.resident import Story
from wire.messages import Language

ROOT = Path(__file__).resolve().parents[2]


@pytest.fixture
def events(tmp_path: Path) -> str:
    path = tmp_path / "events.csv"
    path.write_text("household_id,appliance,start_iso\n")
    return str(path)


def test_without_options_it_is_a_surge_with_consent_told_to_a_viewer() -> None:
    options = parse([], {})
    assert (options.story, options.consent, options.headless) == (Story.SURGE, True, False)
    assert (options.replay, options.fault) == (None, None)
    assert options.language is Language.EN


def test_every_option_is_understood() -> None:
    given = "--story night --headless --no-consent --seed 7 --today 2026-03-12 --lang fr"
    options = parse(given.split(), {})
    assert options == Options(
        story=Story.NIGHT,
        replay=None,
        fault=None,
        consent=False,
        headless=True,
        seed=7,
        today=date(2026, 3, 12),
        language=Language.FR,
    )


def test_a_fault_takes_the_place_of_a_story() -> None:
    assert parse(["--fault", "pump-dry"], {}).fault is Fault.PUMP_DRY


def test_a_history_is_lived_where_it_happened(events: str) -> None:
    options = parse(
        ["--replay", events, "--household", "h", "--appliance", "k", "--tz", "Europe/London"],
        {},
    )
    assert options.replay is not None
    assert options.replay.events == Path(events)
    assert (options.replay.coverage, options.replay.timezone) == (None, "Europe/London")


@pytest.mark.parametrize(
    ("environment", "language"),
    [
        ({"LANG": "fr_FR.UTF-8"}, Language.FR),
        ({"LANG": "de_DE.UTF-8"}, Language.EN),
        ({"LANG": "fr_FR.UTF-8", "LC_ALL": "C"}, Language.EN),
        ({"LANG": "en_GB.UTF-8", "LC_MESSAGES": "fr_CA.UTF-8"}, Language.FR),
        ({}, Language.EN),
    ],
)
def test_the_language_is_that_of_the_environment(
    environment: dict[str, str], language: Language
) -> None:
    assert language_of(environment) is language
    assert parse(["--lang", "fr"], environment).language is Language.FR


@pytest.mark.parametrize(
    ("arguments", "says"),
    [
        ("--story rise", "--story: 'rise': choose surge or stop or night"),
        ("--fault fire", "choose tank-stuck or pump-dry or heater-weak"),
        ("--seed -1", "--seed"),
        ("--seed x", "'x': choose a whole number from 0 on"),
        ("--today yesterday", "'yesterday': write a date from 2000 to 2099"),
        ("--today 1999-12-31", "write a date from 2000 to 2099"),
        ("--lang de", "'de': choose fr or en"),
        ("--replay nowhere.csv --tz UTC", "nowhere.csv: there is no such file"),
        ("--tz Europe/London", "--tz belongs to --replay EVENTS.csv"),
        ("--household h", "--household belongs to --replay EVENTS.csv"),
        ("--fault pump-dry --story stop", "--fault and --story are two stories"),
        ("--fault pump-dry --no-consent", "choose one"),
        ("--replay EVENTS", "--replay needs --tz"),
        ("--replay EVENTS --tz Nowhere/Atall", "'Nowhere/Atall': choose an IANA name"),
        ("--replay EVENTS --tz UTC --seed 7", "--seed invents and --replay lives what was"),
        ("--replay EVENTS --tz UTC --fault pump-dry", "--fault invents"),
        ("--replay EVENTS --tz UTC --story stop", "--story invents"),
        ("--hurry", "unrecognized arguments: --hurry"),
        ("--head", "unrecognized arguments: --head"),
    ],
)
def test_what_cannot_be_used_is_refused_in_one_line(
    arguments: str, says: str, events: str, capsys: pytest.CaptureFixture[str]
) -> None:
    with pytest.raises(SystemExit) as end:
        parse([events if word == "EVENTS" else word for word in arguments.split()], {})
    said = capsys.readouterr().err
    assert end.value.code == 2
    assert says in said
    assert said.startswith("scripts/demo: ")
    assert said.count("\n") == 1


def test_help_needs_none_of_the_heavy_packages(tmp_path: Path) -> None:
    # What is on sys.path without site-packages is the standard library and this project.
    done = subprocess.run(
        [sys.executable, "-S", "-m", "scripts.first_cup", "--help"],
        cwd=ROOT,
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    assert "--story surge|stop|night" in done.stdout
