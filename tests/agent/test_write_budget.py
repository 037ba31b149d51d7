"""A card is written so much a day; what may be lost gives way, and no restart forgets it."""

from datetime import date
from pathlib import Path

import pytest

from agent.delivery.write_budget import WriteBudget, written_by_this_process

MONDAY, TUESDAY = date(2026, 3, 9), date(2026, 3, 10)


def test_what_was_written_counts_until_the_day_is_over() -> None:
    budget = WriteBudget(bytes_a_day=1000)
    for total, written in ((400, 400), (400, 400), (999, 999)):
        budget.note(total, MONDAY)
        assert (budget.written, budget.used_up) == (written, False)
    budget.note(1000, MONDAY)
    assert budget.used_up
    budget.defer("health_records", 60)
    budget.note(1300, TUESDAY)
    assert (budget.written, budget.used_up) == (300, False)
    assert not budget.deferred


def test_a_restart_goes_on_where_it_was() -> None:
    budget = WriteBudget(bytes_a_day=1000)
    budget.note(900, MONDAY)
    budget.defer("health_records", 60)
    again = WriteBudget.from_json(budget.to_json(), bytes_a_day=1000)
    again.note(150, MONDAY)
    assert again.written == 1050
    assert again.to_json() == {
        "day": "2026-03-09",
        "written_bytes": 1050,
        "bytes_a_day": 1000,
        "deferred": {"health_records": 60},
    }


@pytest.mark.parametrize(
    "kept",
    [None, [], {}, {"day": None}, {"day": "2026-03-09", "written_bytes": "x", "deferred": {}}],
)
def test_what_cannot_be_read_begins_a_new_day(kept: object) -> None:
    assert WriteBudget.from_json(kept, 7) == WriteBudget(bytes_a_day=7)  # type: ignore[arg-type]


def test_a_computer_that_does_not_count_leaves_the_budget_unused(tmp_path: Path) -> None:
    assert written_by_this_process(tmp_path / "nothing") is None
    budget = WriteBudget(bytes_a_day=10)
    budget.note(None, MONDAY)
    assert (budget.written, budget.used_up) == (0, False)


def test_the_kernels_account_is_read(tmp_path: Path) -> None:
    io = tmp_path / "io"
    io.write_text("rchar: 1\nwchar: 2\nwrite_bytes: 8192\ncancelled_write_bytes: 0\n")
    assert written_by_this_process(io) == 8192
    written = written_by_this_process()
    assert written is None or written >= 0
