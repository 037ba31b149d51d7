"""The measurements of the desk measure what they say, and notice a guard that is gone."""

from collections.abc import Iterator

import pytest

from scripts.benchmarks.desk import days, searches
from scripts.benchmarks.desk.command import goals
from scripts.benchmarks.desk.databases import Desk, desk_on
from scripts.benchmarks.desk.guards import Guard
from scripts.benchmarks.desk.parts import KEPT_AT_ZERO_BY, PARTS


@pytest.fixture(scope="module")
def desk(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Desk]:
    """Return a desk that is in other processes than this one."""
    with desk_on("sqlite", tmp_path_factory.mktemp("bench") / "desk") as made:
        yield made


def test_a_search_among_invented_names_finds_somebody(desk: Desk) -> None:
    """Names and typings belong together."""
    found = searches.searches(desk, names=1500, count=40, seed=1)
    assert found.name_searches_found > 15
    assert 0 < found.name_search_median_ms <= found.name_search_p99_ms


def test_a_day_without_the_clocks_chores_leaves_owners_without_an_answer(desk: Desk) -> None:
    """With them there are none: the observer reads the tables, and not the invention."""
    found = days.days(desk, count=1, guard=Guard.CLOCK, seed=1)
    assert found.simulated_alerts > 5
    assert found.undecided > 0


@pytest.mark.parametrize(
    ("figures", "met"),
    [
        ({"double_claims": 0, "claim_p99_ms": 12.0}, True),
        ({"double_claims": 1}, False),
        ({"open_cases": 100_000, "next_case_median_ms": 19.0}, True),
        ({"open_cases": 10_000, "next_case_median_ms": 19.0}, False),
        ({"incident_flood": {"incidents": 2, "others_missed": 0}}, False),
    ],
)
def test_a_goal_that_is_missed_is_said(figures: dict[str, object], met: bool) -> None:
    """A zero that is none, a page that is slow, a flood that is two matters."""
    assert all(goals(figures).values()) == met


def test_every_guard_keeps_a_part_at_zero() -> None:
    """None can be taken away without a part that would notice."""
    assert KEPT_AT_ZERO_BY.keys() == set(Guard)
    assert set().union(*KEPT_AT_ZERO_BY.values()) <= PARTS.keys()
