"""``demitasse backtest`` replays causally and prints what its contract says."""

import json
import re
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from random import Random
from xml.etree import ElementTree

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from agent.learning.backtest import main
from tests.agent.resident import START, ordinary_day

DAYS, STOPS_AFTER = 60, 45


@pytest.fixture
def files(tmp_path: Path) -> tuple[Path, Path]:
    """A resident who stops after 45 of 60 covered days."""
    random = Random(3)
    events, coverage = tmp_path / "events.csv", tmp_path / "coverage.csv"
    days = [START + timedelta(days=number) for number in range(DAYS)]
    brews = [at for day in days[:STOPS_AFTER] for at in ordinary_day(day, random)]
    rows = [
        f"h,machine,{at.replace(tzinfo=None).isoformat(timespec='seconds')}" for at in brews
    ]
    events.write_text("\n".join(["household_id,appliance,start_iso", *rows]))
    covered = [f"h,{day:%Y-%m-%d},1" for day in days]
    coverage.write_text("\n".join(["household_id,date,coverage", *covered]))
    return events, coverage


def lines(capsys: pytest.CaptureFixture[str]) -> list[dict[str, object]]:
    return [json.loads(line) for line in capsys.readouterr().out.splitlines()]


def replay(files: tuple[Path, Path], *more: str) -> int:
    events, coverage = files
    return main(
        [str(events), "--coverage", str(coverage), "--tz", "Europe/Paris", "--json", *more]
    )


def test_silence_after_the_last_event_is_data_and_the_last_line_is_a_summary(
    files: tuple[Path, Path], capsys: pytest.CaptureFixture[str]
) -> None:
    assert replay(files) == 0
    concern, summary = lines(capsys)
    assert (concern["type"], concern["kind"], concern["household_id"]) == (
        "concern",
        "silence",
        "h",
    )
    at = datetime.fromisoformat(str(concern["at"]))
    assert at.tzinfo is None
    assert at > (START + timedelta(days=STOPS_AFTER)).replace(tzinfo=None)
    assert summary["type"] == "summary"
    assert summary["days_learning"] == 28
    assert summary["days_scored"] == DAYS - 28


def test_cutting_the_file_changes_nothing_before_the_cut(
    files: tuple[Path, Path], capsys: pytest.CaptureFixture[str]
) -> None:
    replay(files, "--budget", "4")
    concern, _ = lines(capsys)
    kept = files[1].read_text().splitlines()
    at = datetime.fromisoformat(str(concern["at"]))
    files[1].write_text(
        "\n".join(row for row in kept if row <= f"h,{at:%Y-%m-%d},1" or "date" in row)
    )
    replay(files, "--budget", "4")
    assert lines(capsys)[0] == concern


def test_an_away_period_is_not_a_silence(
    files: tuple[Path, Path], tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    away = tmp_path / "away.csv"
    start = (START + timedelta(days=STOPS_AFTER)).replace(tzinfo=None).isoformat()
    away.write_text(f"start_iso,end_iso\n{start},2099-01-01T00:00:00\n")
    replay(files, "--away", str(away))
    assert [line["type"] for line in lines(capsys)] == ["summary"]


@pytest.mark.parametrize("language", ["en", "fr"])
def test_the_report_reads_as_sentences(
    files: tuple[Path, Path], capsys: pytest.CaptureFixture[str], language: str
) -> None:
    events, coverage = files
    args = [str(events), "--coverage", str(coverage), "--language", language]
    assert main([*args, "--tz", "Europe/Paris"]) == 0
    report = capsys.readouterr().out
    assert ("No coffee since" if language == "en" else "Pas de café depuis") in report
    assert ("1 question in 32 days" if language == "en" else "1 question en 32") in report
    assert ("h: " if language == "en" else "h\N{NO-BREAK SPACE}: ") in report


def test_the_report_lists_what_the_budget_held_back_and_what_was_left_out(
    files: tuple[Path, Path], capsys: pytest.CaptureFixture[str]
) -> None:
    events, coverage = files
    first = events.read_text().splitlines()[1]
    covered = coverage.read_text().splitlines()
    events.write_text(events.read_text() + f"\n{first}\nh,machine,2030-01-01T00:00:00")
    coverage.write_text("\n".join(covered[: STOPS_AFTER + 5]))
    args = [str(events), "--coverage", str(coverage), "--tz", "Europe/Paris"]
    assert main(args) == 0
    report = capsys.readouterr().out
    assert "Nothing." in report
    assert "only a larger budget would ask" in report
    assert "told twice 1, outside the covered days 1" in report


def test_bad_options_and_files_end_with_one_line_and_status_two(
    files: tuple[Path, Path], capsys: pytest.CaptureFixture[str]
) -> None:
    assert replay(files, "--budget", "0") == 2
    assert replay(files, "--household", "nobody") == 2
    out = capsys.readouterr()
    assert out.out == ""
    assert len(out.err.splitlines()) == 2
    assert "choose a number from 0.1 to 12" in out.err


def test_a_year_replays_in_seconds(tmp_path: Path) -> None:
    random = Random(3)
    days = [START + timedelta(days=number) for number in range(365)]
    rows = [f"h,m,{at:%Y-%m-%dT%H:%M:%S}" for day in days for at in ordinary_day(day, random)]
    events = tmp_path / "e.csv"
    events.write_text("\n".join(["household_id,appliance,start_iso", *rows]))
    began = datetime.now(UTC)
    assert main([str(events), "--json", "--tz", "Europe/Paris"]) == 0
    assert datetime.now(UTC) - began < timedelta(seconds=10)


def test_the_plot_is_an_svg_with_the_concerns_in_it(
    files: tuple[Path, Path], tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert replay(files, "--plot", str(tmp_path / "p.svg")) == 0
    picture = ElementTree.parse(tmp_path / "p.svg").getroot()
    texts = [text.text for text in picture.iter("{http://www.w3.org/2000/svg}text")]
    assert "A long pause" in texts
    assert "2025-02" in texts
    assert replay(files, "--plot", str(tmp_path / "p.png")) == 2
    assert "ends with .svg" in capsys.readouterr().err
    assert replay(files, "--plot", str(tmp_path / "none" / "p.svg")) == 2
    assert "cannot be written" in capsys.readouterr().err


ROW = st.one_of(
    st.datetimes(datetime(2024, 3, 20), datetime(2024, 4, 20)).map(
        lambda at: at.isoformat(timespec="seconds")
    ),
    st.sampled_from(["2024-03-31T02:30:00", "2024-03-31T02:30:00", "2024-04-01T07:00:00"]),
    st.sampled_from(["", "soon", "2024-13-01T00:00:00", "NaN", "2024-04-01"]),
)
SHARE = st.sampled_from(["1", "0.9", "0", "nan", "-1", "1e309", ""])


@given(
    st.lists(ROW, min_size=1, max_size=30),
    st.lists(st.tuples(st.integers(0, 40), SHARE), max_size=12),
    st.sampled_from(["\n", "\r\n"]),
)
@settings(
    suppress_health_check=[HealthCheck.function_scoped_fixture],
    max_examples=40,
    deadline=None,
)
def test_every_row_is_lived_counted_or_refused_and_nothing_crashes(
    tmp_path: Path,
    capsys: pytest.CaptureFixture[str],
    times: list[str],
    covered: list[tuple[int, str]],
    line_end: str,
) -> None:
    events, coverage = tmp_path / "e.csv", tmp_path / "c.csv"
    rows = ["household_id,appliance,start_iso", *(f"h,m,{text}" for text in times)]
    events.write_text(line_end.join(rows), encoding="utf-8", newline="")
    days = [f"h,{date(2024, 3, 15) + timedelta(days=n)},{share}" for n, share in covered]
    coverage.write_text(line_end.join(["household_id,date,coverage", *days]), newline="")
    status = main([str(events), "--coverage", str(coverage), "--tz", "Europe/Paris", "--json"])
    said = capsys.readouterr()
    if status == 2:
        assert re.search(r"row \d+|household_id|no event lies between", said.err), said.err
        return
    summary = json.loads(said.out.splitlines()[-1])
    counted = [summary["brews"], *(summary[name] for name in summary if "left_out" in name)]
    assert status == 0
    assert sum(counted) == len(times)
