"""Bad days, real kills, hostile envelopes: each alert makes one case, and nothing else does.

A small number of what ``./scripts/bench delivery`` does, through its own command line. Each
zero is measured again with its guard taken away, and must then be another number.
"""

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest

from scripts.benchmarks.delivery import broken
from scripts.benchmarks.delivery.command import ZERO
from scripts.benchmarks.delivery.guards import Guard, without
from scripts.benchmarks.delivery.mutations import Mutations, mutations
from scripts.benchmarks.delivery.parts import KEPT_AT_ZERO_BY, PARTS
from scripts.benchmarks.delivery.returns import DEVICES, returns
from tests.peers.brokers import needs_mosquitto

ROOT = Path(__file__).parents[2]
HERE = {**os.environ, "PYTHONPATH": str(ROOT)}
"""As `./scripts/bench` sets it: the benchmarks are in no installed package."""


def bench(*words: str) -> tuple[int, dict[str, object]]:
    """Run ``./scripts/bench delivery`` in this environment; return status and figures."""
    command = [sys.executable, "-P", "-m", "scripts.benchmarks", "delivery", "--json", *words]
    done = subprocess.run(
        command, cwd=ROOT, env=HERE, capture_output=True, text=True, check=False
    )
    assert done.stdout, done.stderr
    return done.returncode, json.loads(done.stdout)


@needs_mosquitto
def test_on_bad_days_and_through_kills_each_alert_makes_one_case() -> None:
    status, figures = bench("--quick", "--only", "schedule,kill")
    assert figures["missed"] == [], figures
    assert status == 0
    assert figures["fault_alerts"] == 12 * 8
    assert figures["sigkill_cycles"] == {"agent": 3, "broker": 3, "intake": 3}
    assert isinstance(figures["sigkill_alerts"], int)
    assert figures["sigkill_alerts"] > 0


@pytest.mark.parametrize(
    ("guard", "part", "figure"),
    [
        (Guard.SIGNATURE, "schedule", "fault_lost"),
        (Guard.DEDUPE, "schedule", "fault_doubled"),
        pytest.param(Guard.SIGNED_ACK, "kill", "sigkill_lost", marks=needs_mosquitto),
    ],
)
def test_without_its_guard_no_figure_of_the_faults_stays_zero(
    guard: Guard, part: str, figure: str
) -> None:
    # Real processes are killed at real moments: a few tries may all come off unharmed.
    for seed in range(3, 6):
        status, figures = bench("--seed", str(seed), "--only", part, "--break", guard)
        if status == 1:
            break
    assert status == 1
    assert figures["missed"] == [figure]
    assert figures["broken"] == guard


def test_altered_envelopes_are_refused_by_name() -> None:
    found = mutations(count=4_000, seed=5)
    assert found == Mutations(mutated=found.mutated)
    assert found.mutated > 3_900


@pytest.mark.parametrize(
    ("guard", "figure"), [(Guard.SIGNATURE, "accepted"), (Guard.REFUSAL, "uncaught")]
)
def test_without_its_guard_no_figure_of_the_envelopes_stays_zero(
    guard: Guard, figure: str
) -> None:
    with without(guard):
        assert getattr(mutations(count=2_000, seed=5), figure) > 0


def test_ten_thousand_devices_do_not_return_in_one_second() -> None:
    spread, together = returns(seed=1), returns(seed=1, jitter=False)
    assert together.peak_knocks_per_s == DEVICES
    assert spread.peak_knocks_per_s < DEVICES / 10
    assert spread.knocks < together.knocks
    assert spread.all_back_after_s < together.all_back_after_s


def test_every_goal_of_zero_has_a_guard_and_every_guard_a_part() -> None:
    assert set(KEPT_AT_ZERO_BY) == set(Guard)
    assert {part for parts in KEPT_AT_ZERO_BY.values() for part in parts} <= PARTS.keys()
    assert set(ZERO) <= {f for parts in KEPT_AT_ZERO_BY.values() for f in parts.values()}
    assert len(set(ZERO)) == len(ZERO)


def test_a_guard_that_nobody_misses_is_named(monkeypatch: pytest.MonkeyPatch) -> None:
    """Every guard in turn, with runs that are made up."""

    def report_of(guard: Guard, part: str, _seed: int) -> dict[str, object]:
        figure = KEPT_AT_ZERO_BY[guard][part]
        return {figure: 0, "missed": [] if guard is Guard.SEAL else [figure]}

    monkeypatch.setattr(broken, "report_of", report_of)
    found = broken.break_each(1)
    assert found["missed"] == ["seal: canaries_seen_by_broker"]
    assert isinstance(found["without"], dict)
    assert found["without"].keys() == set(Guard)


def test_a_part_that_is_not_there_is_refused_with_those_that_are() -> None:
    command = [sys.executable, "-P", "-m", "scripts.benchmarks", "delivery", "--only", "luck"]
    done = subprocess.run(
        command, cwd=ROOT, env=HERE, capture_output=True, text=True, check=False
    )
    assert done.returncode == 2
    assert "--only luck: choose of crash, refusal" in done.stderr
