"""Power cuts and disks that refuse: nothing promised is lost, nothing comes twice, it starts.

A small number of what ``./scripts/bench delivery`` does. Each zero is measured again with its
guard taken away, and must then be another number.
"""

import random
from pathlib import Path

import pytest

from scripts.benchmarks.delivery.crashes import Crashes, crashes
from scripts.benchmarks.delivery.disks import Disks, Side, can_refuse, disks
from scripts.benchmarks.delivery.guards import Guard
from scripts.benchmarks.delivery.recorded_disk import (
    Create,
    Delete,
    Kept,
    PowerCuts,
    Sync,
    Write,
)
from scripts.benchmarks.delivery.refusals import Refusal, Refusals, refusals
from tests.peers.brokers import needs_mosquitto

STATES = 300


@pytest.fixture
def seed() -> int:
    """Return a new seed, which a failing test shows."""
    drawn = random.randrange(2**32)
    print(f"seed {drawn}")
    return drawn


def test_at_every_power_cut_what_was_promised_is_there_once_and_it_starts(seed: int) -> None:
    found = crashes(states=STATES, seed=seed)
    assert found.states >= STATES * 0.9
    assert found == Crashes(states=found.states)


@pytest.mark.parametrize(
    ("guard", "figure"),
    [
        (Guard.SYNCHRONOUS, "lost"),
        (Guard.TRANSACTION, "doubled"),
        (Guard.QUARANTINE, "refused_start"),
    ],
)
def test_without_its_guard_no_figure_of_the_crashes_stays_zero(
    guard: Guard, figure: str
) -> None:
    assert getattr(crashes(states=STATES, seed=1, guard=guard), figure) > 0


def test_a_disk_that_refuses_and_recovers_costs_nothing_that_was_promised(seed: int) -> None:
    found = refusals(episodes=30, seed=seed)
    assert found.refused_commits > 0
    assert found == Refusals(episodes=30, refused_commits=found.refused_commits)


@pytest.mark.parametrize(
    ("guard", "figure"),
    [(Guard.TRANSACTION, "doubled"), (Guard.NOTICED, "lost"), (Guard.AGAIN, "stuck")],
)
def test_without_its_guard_no_figure_of_a_disk_that_refuses_stays_zero(
    guard: Guard, figure: str
) -> None:
    assert getattr(refusals(episodes=60, seed=1, guard=guard), figure) > 0


@needs_mosquitto
@pytest.mark.skipif(not can_refuse(), reason="needs root and strace, to mount and to trace")
def test_a_desk_whose_disk_is_full_acknowledges_nothing_and_goes_on_by_itself(
    tmp_path: Path,
) -> None:
    """What it did not take in stays at the device, and makes one case afterwards."""
    found = disks(tmp_path, [(Side.DESK, Refusal.FULL)])
    assert found == Disks(episodes=1, refused=1)


# ---------------------------------------------------------------------- the disk on paper


class _Always(random.Random):
    """A chance in which everything, or nothing, happens."""

    def __init__(self, drawn: float) -> None:
        super().__init__()
        self._drawn = drawn

    def random(self) -> float:
        return self._drawn


ALL, NOTHING = _Always(0.0), _Always(0.99)


def test_only_what_was_synced_is_sure() -> None:
    cuts = PowerCuts({"db": b"old-"})
    cuts.take(Write("db", 0, b"new"))
    assert cuts.image(Kept.NONE, strict=False, chance=ALL) == {"db": b"old-"}
    assert cuts.image(Kept.ALL, strict=False, chance=ALL) == {"db": b"new-"}
    cuts.take(Sync("db", new=False))
    assert cuts.image(Kept.NONE, strict=True, chance=ALL) == {"db": b"new-"}
    cuts.take(Write("db", 1, None))
    assert cuts.image(Kept.NONE, strict=False, chance=ALL) == {"db": b"new-"}
    assert cuts.image(Kept.ALL, strict=False, chance=ALL) == {"db": b"n"}


def test_a_torn_write_keeps_some_sectors_and_loses_others() -> None:
    cuts = PowerCuts({"db": b""})
    cuts.take(Write("db", 500, b"a" * 20))
    assert cuts.image(Kept.TORN, strict=False, chance=NOTHING) == {"db": b""}
    torn = [
        cuts.image(Kept.TORN, strict=False, chance=random.Random(n))["db"] for n in range(40)
    ]
    sectors = {bytes(500) + b"a" * 12, bytes(512) + b"a" * 8}
    assert sectors < set(torn) <= sectors | {b"", bytes(500) + b"a" * 20}


def test_a_name_is_sure_when_its_folder_was_synced() -> None:
    cuts = PowerCuts({"db": b"x"})
    cuts.take(Create("log"))
    cuts.take(Write("log", 0, b"y"))
    assert cuts.image(Kept.ALL, strict=True, chance=ALL) == {"db": b"x"}
    cuts.take(Sync("log", new=True))
    assert cuts.image(Kept.ALL, strict=True, chance=ALL) == {"db": b"x", "log": b"y"}
    cuts.take(Delete("log", synced=False))
    assert cuts.image(Kept.ALL, strict=True, chance=ALL) == {"db": b"x", "log": b"y"}
    assert cuts.image(Kept.ALL, strict=False, chance=ALL) == {"db": b"x"}
    cuts.take(Delete("log", synced=True))
    assert cuts.image(Kept.ALL, strict=True, chance=ALL) == {"db": b"x"}
