"""Histories are read in order and in UTC, and complaints name file, row and column."""

from contextlib import suppress
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from agent.learning.history import HistoryError, read
from agent.learning.observed_days import BREWS_AN_HOUR_MAX

HEADER = "household_id,appliance,start_iso,duration_s,energy_wh"


def write(folder: Path, name: str, *rows: str) -> Path:
    file = folder / name
    file.write_text("\n".join(rows) + "\n", encoding="utf-8")
    return file


def utc(text: str) -> datetime:
    return datetime.fromisoformat(text).replace(tzinfo=UTC)


def test_events_are_local_wall_clock_sorted_and_told_once(tmp_path: Path) -> None:
    events = write(
        tmp_path,
        "e.csv",
        HEADER,
        "h,kettle,2024-07-02T08:00:00,60,",
        "h,kettle,2024-07-01T08:00:00,60,",
        "h,kettle,2024-07-01T08:00:00,60,",
    )
    history = read(events, timezone="Europe/Paris")
    assert history.brews == (utc("2024-07-01T06:00"), utc("2024-07-02T06:00"))
    assert history.duplicates == 1
    assert (history.start, history.end) == (utc("2024-06-30T22:00"), utc("2024-07-02T22:00"))


def test_summer_time_gives_skipped_and_doubled_times_one_documented_meaning(
    tmp_path: Path,
) -> None:
    events = write(
        tmp_path,
        "e.csv",
        HEADER,
        "h,kettle,2024-03-31T02:30:00,60,",
        "h,kettle,2024-10-27T02:30:00,60,",
    )
    history = read(events, timezone="Europe/Paris")
    assert history.brews == (utc("2024-03-31T01:30"), utc("2024-10-27T00:30"))


def test_days_without_enough_coverage_or_without_a_row_are_unseen(tmp_path: Path) -> None:
    events = write(tmp_path, "e.csv", HEADER, "h,kettle,2024-01-01T08:00:00,,")
    coverage = write(
        tmp_path,
        "c.csv",
        "household_id,date,coverage,n_human_events",
        "h,2024-01-01,1,3",
        "other,2024-01-02,1,3",
        "h,2024-01-03,0.5,0",
        "h,2024-01-04,0.8,0",
    )
    history = read(events, coverage=coverage)
    starts = [span.start for span in history.unseen]
    assert starts == [utc("2024-01-02T00:00"), utc("2024-01-03T00:00")]
    assert history.end == utc("2024-01-05T00:00")


def test_events_outside_the_coverage_are_counted_and_left_out(tmp_path: Path) -> None:
    events = write(
        tmp_path,
        "e.csv",
        HEADER,
        "h,kettle,2024-01-01T08:00:00,,",
        "h,kettle,2099-01-01T08:00:00,,",
    )
    coverage = write(tmp_path, "c.csv", "household_id,date,coverage", "h,2024-01-01,1")
    history = read(events, coverage=coverage)
    assert len(history.brews) == 1
    assert history.outside == 1


def test_away_periods_are_read(tmp_path: Path) -> None:
    events = write(tmp_path, "e.csv", HEADER, "h,kettle,2024-01-01T08:00:00,,")
    away = write(tmp_path, "a.csv", "start_iso,end_iso", "2024-01-01T10:00,2024-01-05T10:00")
    (span,) = read(events, away=away).away
    assert (span.start, span.end) == (utc("2024-01-01T10:00"), utc("2024-01-05T10:00"))


def test_line_ends_and_marks_of_other_systems_are_read(tmp_path: Path) -> None:
    events = tmp_path / "e.csv"
    text = f"\ufeff{HEADER}\r\n{GOOD_EVENT}\r\n"
    events.write_bytes(text.encode())
    assert read(events).brews == (utc("2024-01-01T08:00"),)


def test_more_brews_than_an_hour_can_hold_are_counted_and_left_out(tmp_path: Path) -> None:
    rows = [f"h,kettle,2024-01-01T08:{n // 60:02}:{n % 60:02},," for n in range(200)]
    history = read(write(tmp_path, "e.csv", HEADER, *rows))
    assert len(history.brews) == BREWS_AN_HOUR_MAX
    assert history.crowded == 200 - BREWS_AN_HOUR_MAX


def test_a_large_file_is_read(tmp_path: Path) -> None:
    first = datetime(2024, 1, 1)
    times = [first + timedelta(minutes=5 * n) for n in range(50_000)]
    rows = [f"h,kettle,{at.isoformat()},," for at in reversed(times)]
    assert len(read(write(tmp_path, "e.csv", HEADER, *rows)).brews) == 50_000


GOOD_EVENT = "h,kettle,2024-01-01T08:00:00,,"


@pytest.mark.parametrize(
    ("rows", "complaint"),
    [
        (["household_id,start_iso"], "e.csv row 1: the column appliance is missing"),
        ([""], "e.csv row 1: the column household_id is missing"),
        ([HEADER], "holds no events"),
        ([HEADER, GOOD_EVENT, "h,kettle,soon,,"], "e.csv row 3, start_iso = 'soon'"),
        (
            [HEADER, "h,kettle,0001-01-01T00:00:00,,"],
            "row 2, start_iso = '0001-01-01T00:00:00'",
        ),
        ([HEADER, "h,kettle"], "row 2, start_iso = None: the row is too short"),
        ([HEADER, "h,kettle,2024-01-01,,"], "row 2, start_iso = '2024-01-01': write a local"),
        (
            [HEADER, GOOD_EVENT, "h,kettle,2099-01-01T08:00:00,,", GOOD_EVENT],
            "row 3, start_iso = '2099-01-01T08:00:00': lies 75 years from other rows",
        ),
        ([HEADER, "h,kettle," + "9" * 200_000], "is not CSV: field larger than"),
        (
            [HEADER, GOOD_EVENT, "i,kettle,2024-01-01T08:00:00,,"],
            "choose with --household: h, i",
        ),
        ([HEADER, GOOD_EVENT, "h,toaster,2024-01-01T08:00:00,,"], "choose with --appliance"),
    ],
)
def test_bad_events_are_refused_with_row_and_column(
    tmp_path: Path, rows: list[str], complaint: str
) -> None:
    with pytest.raises(HistoryError) as refusal:
        read(write(tmp_path, "e.csv", *rows))
    assert complaint in str(refusal.value)


@pytest.mark.parametrize(
    ("row", "complaint"),
    [
        ("h,2024-01-01,1\nh,2024-01-01,1", "row 3, date = '2024-01-01': is there twice"),
        ("h,yesterday,1", "row 2, date = 'yesterday'"),
        ("h,9999-12-31,1", "row 2, date = '9999-12-31': write a year from 1970 to 2100"),
        (
            "h,2024-01-01,1\nh,2024-01-02,1\nh,1998-01-01,1",
            "row 4, date = '1998-01-01': lies 26 years from other rows",
        ),
        ("h,2024-01-01,", "row 2, coverage = '': write a share from 0 to 1"),
        ("h,2024-01-01,nan", "row 2, coverage = 'nan': write a share from 0 to 1"),
        ("h,2024-01-01,120", "row 2, coverage = '120'"),
        ("h,2024-01-01,all", "row 2, coverage = 'all'"),
        ("i,2024-01-01,1", "has no row for 'h'"),
        ("h,2023-01-01,1", "no event lies between 2023-01-01 and 2023-01-01"),
    ],
)
def test_bad_coverage_is_refused_with_row_and_column(
    tmp_path: Path, row: str, complaint: str
) -> None:
    events = write(tmp_path, "e.csv", HEADER, GOOD_EVENT)
    coverage = write(tmp_path, "c.csv", "household_id,date,coverage", row)
    with pytest.raises(HistoryError) as refusal:
        read(events, coverage=coverage)
    assert complaint in str(refusal.value)


@pytest.mark.parametrize(
    ("rows", "complaint"),
    [
        (["2024-01-02T00:00,2024-01-01T00:00"], "end_iso = '2024-01-01T00:00': must be after"),
        (
            ["2024-01-02T00:00,2024-01-05T00:00", "2024-01-04T00:00,2024-01-06T00:00"],
            "row 3, start_iso = '2024-01-04T00:00': overlaps the row before",
        ),
    ],
)
def test_bad_away_periods_are_refused(tmp_path: Path, rows: list[str], complaint: str) -> None:
    events = write(tmp_path, "e.csv", HEADER, GOOD_EVENT)
    away = write(tmp_path, "a.csv", "start_iso,end_iso", *rows)
    with pytest.raises(HistoryError) as refusal:
        read(events, away=away)
    assert complaint in str(refusal.value)


def test_files_that_cannot_be_read_and_unknown_zones_are_named(tmp_path: Path) -> None:
    with pytest.raises(HistoryError, match=r"nowhere\.csv: cannot be read: No such file"):
        read(tmp_path / "nowhere.csv")
    binary = tmp_path / "b.csv"
    binary.write_bytes(b"\xff\xfe\x00")
    with pytest.raises(HistoryError, match="is not UTF-8 text"):
        read(binary)
    with pytest.raises(HistoryError, match="choose an IANA name"):
        read(binary, timezone="Paris/Europe")


CELLS = st.text(alphabet='h,"\n\r\0 0123456789-:T+.é', max_size=60)


@given(st.one_of(st.binary(max_size=200), CELLS.map(lambda text: text.encode())))
@settings(suppress_health_check=[HealthCheck.function_scoped_fixture], max_examples=60)
def test_whatever_the_file_holds_it_is_read_or_refused(tmp_path: Path, noise: bytes) -> None:
    hostile = tmp_path / "hostile.csv"
    good = write(tmp_path, "e.csv", HEADER, GOOD_EVENT)
    for header, events, coverage, away in (
        (HEADER, hostile, None, None),
        ("household_id,date,coverage", good, hostile, None),
        ("start_iso,end_iso", good, None, hostile),
    ):
        hostile.write_bytes(header.encode() + b"\n" + noise)
        with suppress(HistoryError):
            read(events, coverage=coverage, away=away)
