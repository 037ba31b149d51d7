"""The options of ``./scripts/demo``: read strictly, complained about in one line.

>>> parse(["--story", "night", "--seed", "7"], {}).story
<Story.NIGHT: 'night'>
"""

import argparse
import secrets
import sys
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from enum import StrEnum
from pathlib import Path
from typing import NoReturn
from zoneinfo import ZoneInfo

from scripts.first_cup.resident import Story
from wire.messages import Language

DESCRIPTION = """\
The whole of Demitasse, simulated, in about a minute: a household's mornings, a routine
that breaks, a machine found sound, a question at home, a sealed alert through a real MQTT
broker, a person who decides, and that decision back at home. Then it stays up, and the
person is you, until Ctrl-C.
"""


class Fault(StrEnum):
    """What can be wrong with the simulated machine."""

    TANK_STUCK = "tank-stuck"
    PUMP_DRY = "pump-dry"
    HEATER_WEAK = "heater-weak"


@dataclass(frozen=True, slots=True, kw_only=True)
class ReplayFiles:
    """Which real history is lived."""

    events: Path
    coverage: Path | None
    household: str | None
    appliance: str | None
    timezone: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Options:
    """What the director is asked to show."""

    story: Story
    replay: ReplayFiles | None
    fault: Fault | None
    consent: bool
    headless: bool
    seed: int
    today: date
    language: Language


def parse(arguments: Sequence[str], environment: Mapping[str, str]) -> Options:
    """Return the options, or exit with status 2 and one line that says what to change."""
    parser = _parser()
    given = parser.parse_args(arguments)
    _refuse_contradictions(parser, given)
    return Options(
        story=given.story or Story.SURGE,
        replay=_replay(parser, given),
        fault=given.fault,
        consent=not given.no_consent,
        headless=given.headless,
        seed=secrets.randbelow(1_000_000) if given.seed is None else given.seed,
        today=given.today or date.today(),
        language=given.lang or language_of(environment),
    )


def language_of(environment: Mapping[str, str]) -> Language:
    """Return French where the environment says so, and English otherwise."""
    # The order is that of setlocale(3).
    names = (environment.get(name, "") for name in ("LC_ALL", "LC_MESSAGES", "LANG"))
    locale = next((name for name in names if name), "")
    return Language.FR if locale.lower().startswith("fr") else Language.EN


class _Parser(argparse.ArgumentParser):
    def error(self, message: str) -> NoReturn:
        # One line: argparse would print the whole usage before it.
        print(f"{self.prog}: {message}", file=sys.stderr)
        sys.exit(2)


def _parser() -> argparse.ArgumentParser:
    parser = _Parser(
        prog="scripts/demo",
        description=DESCRIPTION,
        formatter_class=argparse.RawDescriptionHelpFormatter,
        allow_abbrev=False,
    )
    parser.add_argument(
        "--story",
        type=_story,
        metavar="|".join(Story),
        help="what happens after six ordinary weeks (default: surge, twice the coffee)",
    )
    parser.add_argument(
        "--fault",
        type=_fault,
        metavar="|".join(Fault),
        help="the machine breaks instead of the routine: a matter for a technician",
    )
    parser.add_argument(
        "--no-consent",
        action="store_true",
        help="the owner lets the routine be learned at home, and nothing leave",
    )
    parser.add_argument(
        "--headless",
        action="store_true",
        help="a scripted reviewer decides; one JSON object a line; ends by itself",
    )
    parser.add_argument(
        "--seed", type=_seed, metavar="N", help="live the same weeks again (default: chance)"
    )
    parser.add_argument(
        "--today", type=_day, metavar="YYYY-MM-DD", help="the day it is (default: today)"
    )
    parser.add_argument(
        "--lang", type=_language, metavar="en|fr", help="default: the language of LANG"
    )
    replay = parser.add_argument_group("a real household's history instead")
    replay.add_argument(
        "--replay",
        type=_file,
        metavar="EVENTS.csv",
        help="columns household_id, appliance, start_iso",
    )
    replay.add_argument(
        "--coverage",
        type=_file,
        metavar="COVERAGE.csv",
        help="columns household_id, date, coverage: when the logger was alive",
    )
    replay.add_argument("--household", metavar="ID", help="which household of the file")
    replay.add_argument("--appliance", metavar="NAME", help="which appliance of the file")
    replay.add_argument(
        "--tz", type=_zone, metavar="ZONE", help="where it is, such as Europe/London"
    )
    return parser


def _refuse_contradictions(parser: argparse.ArgumentParser, given: argparse.Namespace) -> None:
    if given.replay is None:
        for name in ("coverage", "household", "appliance", "tz"):
            if getattr(given, name) is not None:
                parser.error(f"--{name} belongs to --replay EVENTS.csv: add that or leave it")
        if given.fault is not None and given.story is not None:
            parser.error("--fault and --story are two stories: choose one")
        if given.fault is not None and given.no_consent:
            parser.error("--fault shows a report and --no-consent shows none: choose one")
        return
    for name in ("story", "fault", "seed", "today"):
        if getattr(given, name) is not None:
            parser.error(f"--{name} invents and --replay lives what was: choose one")


def _replay(parser: argparse.ArgumentParser, given: argparse.Namespace) -> ReplayFiles | None:
    if given.replay is None:
        return None
    if given.tz is None:
        parser.error("--replay needs --tz: name the household's zone, such as Europe/London")
    return ReplayFiles(
        events=given.replay,
        coverage=given.coverage,
        household=given.household,
        appliance=given.appliance,
        timezone=given.tz,
    )


def _story(text: str) -> Story:
    return Story(_one_of(text, Story))


def _fault(text: str) -> Fault:
    return Fault(_one_of(text, Fault))


def _language(text: str) -> Language:
    return Language(_one_of(text, Language))


def _one_of(text: str, values: type[StrEnum]) -> str:
    if text not in list(values):
        raise argparse.ArgumentTypeError(f"{text!r}: choose {' or '.join(values)}")
    return text


def _seed(text: str) -> int:
    if not (text.isascii() and text.isdigit() and len(text) <= 18):
        raise argparse.ArgumentTypeError(f"{text!r}: choose a whole number from 0 on")
    return int(text)


def _day(text: str) -> date:
    try:
        day = date.fromisoformat(text)
    except ValueError:
        day = None
    # Time zones are known well for these years, and certificates do not end in them.
    if day is None or not 2000 <= day.year <= 2099:
        raise argparse.ArgumentTypeError(
            f"{text!r}: write a date from 2000 to 2099, such as 2026-03-12"
        )
    return day


def _zone(text: str) -> str:
    try:
        ZoneInfo(text)
    except (KeyError, ValueError, OSError):
        raise argparse.ArgumentTypeError(
            f"{text!r}: choose an IANA name such as Europe/London"
        ) from None
    return text


def _file(text: str) -> Path:
    path = Path(text)
    if not path.is_file():
        raise argparse.ArgumentTypeError(f"{text}: there is no such file")
    return path
