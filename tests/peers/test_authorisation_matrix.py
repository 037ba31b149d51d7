"""Who can send and hear what at the shipped broker configuration, cell by cell.

``scripts.benchmarks.authorisation`` tries every cell once; here each group of cells has a
test of its own, and each guard is taken away once to see that the count then is not zero.
"""

from pathlib import Path

import pytest

from scripts.benchmarks.authorisation import (
    DESK,
    OURS,
    PROTOCOLS,
    ROLES,
    STRANGER,
    THEIRS,
    TOPICS,
    Act,
    Cell,
    Outcome,
    may,
    measure,
)
from scripts.benchmarks.authorisation_peers import Shown
from tests.peers.brokers import needs_mosquitto
from wire import topics

pytestmark = needs_mosquitto


@pytest.fixture(scope="module")
def outcome(tmp_path_factory: pytest.TempPathFactory) -> Outcome:
    """Try every cell."""
    return measure(tmp_path_factory.mktemp("matrix"))


def test_every_cell_is_tried(outcome: Outcome) -> None:
    every = len(ROLES) * len(Shown) * len(PROTOCOLS) * len(Act) * len(TOPICS)
    assert outcome.cells == every > 1800


@pytest.mark.parametrize("shown", Shown)
@pytest.mark.parametrize("role", ROLES)
def test_what_reaches_somebody_is_what_should(
    role: str, shown: Shown, outcome: Outcome
) -> None:
    """Nothing goes where it should not, and all goes where it should."""
    wrong = [*outcome.unexpected, *outcome.missing]
    assert [cell for cell in wrong if (cell.role, cell.shown) == (role, shown)] == []


@pytest.mark.parametrize(
    ("broken", "role", "shown"),
    [
        ("acl", STRANGER, Shown.VALID),
        ("acl", OURS, Shown.VALID),
        ("crl", DESK, Shown.REVOKED),
        ("certificate", OURS, Shown.NONE),
    ],
)
def test_without_a_guard_the_count_is_not_zero(
    broken: str, role: str, shown: Shown, tmp_path: Path
) -> None:
    """So that a zero means something."""
    found = measure(tmp_path, broken=broken, roles=[role], shown=[shown], protocols=["5"])
    assert found.unexpected


def test_a_desk_that_the_rules_do_not_know_is_missed(tmp_path: Path) -> None:
    """The other count means something, too."""
    valid = [Shown.VALID]
    assert measure(
        tmp_path, broken="rights", roles=[DESK], shown=valid, protocols=["5"]
    ).missing


def test_what_should_reach_whom_is_written_down_without_the_broker() -> None:
    """The whole list for one protocol, so that the promise itself can be read."""
    allowed = [
        (role, shown, act, topic)
        for role in ROLES
        for shown in Shown
        for act in Act
        for topic in TOPICS
        if may(Cell(role, shown, "5", act, topic))
    ]
    both = (OURS, THEIRS)
    own = [(Act.SEND, topics.up), (Act.SEND, topics.state), (Act.HEAR, topics.down)]
    desk = [(Act.SEND, topics.down), (Act.HEAR, topics.up), (Act.HEAR, topics.state)]
    assert sorted(allowed) == sorted(
        [
            *((OURS, Shown.VALID, act, of(OURS)) for act, of in own),
            *((DESK, Shown.VALID, act, of(house)) for act, of in desk for house in both),
            *((role, Shown.OTHER_NAME, act, of(THEIRS)) for role in ROLES for act, of in own),
        ]
    )
