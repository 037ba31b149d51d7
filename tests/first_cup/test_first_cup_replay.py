"""A history out of files becomes a household that can be lived."""

from datetime import date, timedelta
from pathlib import Path

import pytest

from scripts.first_cup.replay import APART, Replay
from wire.options import ConfigError

EVENTS = """\
household_id,appliance,start_iso,duration_s,energy_wh
home,kettle,2024-03-29T07:20:00,180,101.0
home,kettle,2024-03-29T07:20:30,180,101.0
home,kettle,2024-03-31T01:30:00,60,10.0
home,kettle,2024-04-01T12:00:00,,
home,kettle,2024-04-03T18:00:00,60,10.0
other,kettle,2024-03-29T09:00:00,60,10.0
"""
COVERAGE = """\
household_id,date,coverage,n_human_events
home,2024-03-29,1.0,3
home,2024-03-30,1.0,0
home,2024-03-31,1.0,1
home,2024-04-01,0.4,1
home,2024-04-02,0.0,0
home,2024-04-03,1.0,2
"""


@pytest.fixture
def files(tmp_path: Path) -> tuple[Path, Path]:
    events, coverage = tmp_path / "events.csv", tmp_path / "coverage.csv"
    events.write_text(EVENTS)
    coverage.write_text(COVERAGE)
    return events, coverage


def replay(files: tuple[Path, Path], *, with_coverage: bool = True) -> Replay:
    events, coverage = files
    return Replay(
        events,
        coverage=coverage if with_coverage else None,
        household="home",
        appliance="kettle",
        timezone="Europe/London",
    )


def times(home: Replay) -> list[str]:
    return [f"{brew.at:%d %H:%M}" for brew in home.brews(home.first_day, home.last_day)]


def test_uses_are_lived_at_their_local_time_and_a_little_apart(
    files: tuple[Path, Path],
) -> None:
    # The second use is too close for a machine; 01:30 did not exist in London that night.
    home = replay(files, with_coverage=False)
    assert times(home) == ["29 07:20", "29 07:21", "31 02:30", "01 12:00", "03 18:00"]
    first, second, *_ = home.brews(home.first_day, home.last_day)
    assert second.at - first.at == APART


def test_on_days_that_were_not_covered_the_device_is_off_and_sees_nothing(
    files: tuple[Path, Path],
) -> None:
    home = replay(files)
    assert times(home) == ["29 07:20", "29 07:21", "31 02:30", "03 18:00"]
    (span,) = home.switched_off(home.first_day, home.last_day)
    assert span.start.isoformat() == "2024-04-01T00:00:00+01:00"
    assert span.end.isoformat() == "2024-04-03T00:00:00+01:00"


def test_without_coverage_the_device_is_always_on(files: tuple[Path, Path]) -> None:
    home = replay(files, with_coverage=False)
    assert list(home.switched_off(home.first_day, home.last_day)) == []


def test_only_the_absences_of_the_asked_days_are_told(files: tuple[Path, Path]) -> None:
    home = replay(files)
    assert list(home.switched_off(date(2024, 3, 29), date(2024, 3, 31))) == []
    assert len(list(home.switched_off(date(2024, 4, 2), date(2024, 4, 2)))) == 1
    assert list(home.switched_off(date(2024, 4, 3), date(2024, 4, 3))) == []


def test_the_days_run_from_the_first_covered_one_to_the_last(
    files: tuple[Path, Path],
) -> None:
    home = replay(files)
    assert (home.first_day, home.last_day) == (date(2024, 3, 29), date(2024, 4, 3))
    assert home.breaks_on is None


def test_a_part_of_the_days_is_that_part_of_the_brews(files: tuple[Path, Path]) -> None:
    home = replay(files)
    day = timedelta(days=1)
    assert [f"{b.at:%d}" for b in home.brews(home.first_day + 2 * day, home.last_day)] == [
        "31",
        "03",
    ]


def test_an_unknown_household_is_refused_with_what_there_is(files: tuple[Path, Path]) -> None:
    with pytest.raises(ConfigError, match=r"events\.csv .*'nobody'.*home, other"):
        Replay(
            files[0],
            coverage=None,
            household="nobody",
            appliance=None,
            timezone="Europe/London",
        )
