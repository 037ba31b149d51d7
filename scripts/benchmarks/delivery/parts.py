"""The parts of the delivery benchmark: how much each does, and the names of its figures."""

import random
import tempfile
from collections.abc import Callable
from dataclasses import asdict, dataclass, replace
from pathlib import Path

from scripts.benchmarks import authorisation
from scripts.benchmarks.delivery import desk as desks
from scripts.benchmarks.delivery import figures as measured
from scripts.benchmarks.delivery.calls import sensor_to_case_ms
from scripts.benchmarks.delivery.canaries import canaries
from scripts.benchmarks.delivery.crashes import crashes, fast_folder
from scripts.benchmarks.delivery.disks import EVERY, Disks, can_refuse, disks
from scripts.benchmarks.delivery.farewells import farewell
from scripts.benchmarks.delivery.guards import Guard, without
from scripts.benchmarks.delivery.kills import kills
from scripts.benchmarks.delivery.mutants import mutants
from scripts.benchmarks.delivery.mutations import mutations
from scripts.benchmarks.delivery.refusals import refusals
from scripts.benchmarks.delivery.returns import returns
from scripts.benchmarks.delivery.schedules import schedules
from scripts.benchmarks.delivery.withdrawals import withdrawals

Figures = dict[str, object]


@dataclass(frozen=True, slots=True, kw_only=True)
class Amounts:
    """How much of each is done."""

    crash_states: int
    refusal_episodes: int
    real_disks: int
    kill_cycles: int
    schedules: int
    envelopes: int
    interleavings: int
    mutants: int | None
    """``None`` is all of them."""
    sealings: int
    calls: int
    alerts: int
    intake_alerts: int


FULL = Amounts(
    crash_states=12_000,
    refusal_episodes=300,
    real_disks=6,
    kill_cycles=500,
    schedules=1_000,
    envelopes=1_000_000,
    interleavings=100,
    mutants=None,
    sealings=5_000,
    calls=300,
    alerts=500,
    intake_alerts=4_000,
)
QUICK = Amounts(
    crash_states=1_000,
    refusal_episodes=30,
    real_disks=1,
    kill_cycles=3,
    schedules=12,
    envelopes=20_000,
    interleavings=4,
    mutants=4,
    sealings=500,
    calls=20,
    alerts=50,
    intake_alerts=400,
)
BROKEN = replace(QUICK, refusal_episodes=60)
"""As much as it takes until a guard is missed."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Run:
    """One call of the benchmark."""

    folder: Path
    amounts: Amounts
    seed: int
    guard: Guard | None


def _crash(call: Run) -> Figures:
    found = crashes(states=call.amounts.crash_states, seed=call.seed, guard=call.guard)
    return {
        "crash_states": found.states,
        "crash_acknowledged_lost": found.lost,
        "crash_doubled": found.doubled,
        "crash_refused_start": found.refused_start,
    }


def _refusal(call: Run) -> Figures:
    found = refusals(episodes=call.amounts.refusal_episodes, seed=call.seed, guard=call.guard)
    real = Disks()
    if call.guard is None and can_refuse():
        episodes = random.Random(call.seed).sample(EVERY, call.amounts.real_disks)
        real = disks(call.folder, episodes)
    return {
        "disk_episodes": found.episodes,
        "disk_real_episodes": real.refused,
        "disk_refused_commits": found.refused_commits,
        "disk_lost": found.lost + real.lost,
        "disk_doubled": found.doubled + real.doubled,
        "disk_stuck": found.stuck + real.stuck,
    }


def _kill(call: Run) -> Figures:
    found = kills(
        call.folder, cycles=call.amounts.kill_cycles, seed=call.seed, guard=call.guard
    )
    return {
        "sigkill_cycles": found.cycles,
        "sigkill_alerts": found.alerts,
        "sigkill_lost": found.lost,
        "sigkill_doubled": found.doubled,
    }


def _schedule(call: Run) -> Figures:
    with tempfile.TemporaryDirectory(dir=fast_folder()) as name:
        desk = desks.write_config(Path(name), port=1)
        keys = desks.open_here(desk)
        with without(call.guard):
            found = schedules(desk.folder, keys, count=call.amounts.schedules, seed=call.seed)
    return {
        "fault_schedules": found.schedules,
        "fault_alerts": found.alerts,
        "fault_hostile_acknowledgements": found.hostile,
        "fault_lost": found.lost,
        "fault_doubled": found.doubled,
    }


def _mutation(call: Run) -> Figures:
    with without(call.guard):
        found = mutations(count=call.amounts.envelopes, seed=call.seed)
    return {
        "mutated_envelopes": found.mutated,
        "mutated_accepted": found.accepted,
        "mutated_uncaught": found.uncaught,
    }


def _authorisation(call: Run) -> Figures:
    call.folder.mkdir()
    broken = call.guard if call.guard in BROKER_GUARDS else None
    found = authorisation.measure(call.folder, broken=broken)
    return {
        "authorisation_cells": found.cells,
        "authorisation_unexpected": len(found.unexpected),
        "authorisation_missing": len(found.missing),
    }


def _canary(call: Run) -> Figures:
    # Which guard belongs to the desk is taken away there, in its own process.
    with without(call.guard if call.guard is Guard.SEAL else None):
        found = canaries(call.folder / "life", seed=call.seed)
    words = (f"Rosalie{call.seed:x}", f"06-{call.seed:x}-77")
    after = farewell(call.folder / "forgotten", words, call.guard)
    return {
        "canaries_planted": found.planted + after.words,
        "canary_envelopes": found.envelopes,
        "canaries_seen_by_broker": found.seen + after.seen_by_broker,
        "canaries_left_after_forget": after.left,
    }


def _withdrawal(call: Run) -> Figures:
    with without(call.guard):
        found = withdrawals(
            call.folder, interleavings=call.amounts.interleavings, seed=call.seed
        )
    return {
        "withdrawal_interleavings": found.interleavings,
        "withdrawal_alerts_before": found.alerts_before,
        "withdrawal_alerts_after": found.alerts_after,
        "withdrawals_carried": found.withdrawals_carried,
    }


def _return(call: Run) -> Figures:
    found = returns(seed=call.seed, jitter=call.guard is not Guard.JITTER)
    return {f"return_{name}": value for name, value in asdict(found).items()}


def _mutant(call: Run) -> Figures:
    found = mutants(count=call.amounts.mutants, seed=call.seed)
    return {
        "mutants": found.mutants,
        "mutants_killed_percent": found.killed_percent,
        "branch_coverage": found.branch_coverage,
    }


def _cost(call: Run) -> Figures:
    return {
        **measured.sealing_us(rounds=call.amounts.sealings),
        **sensor_to_case_ms(calls=call.amounts.calls),
        **measured.way_to_the_desk(alerts=call.amounts.alerts),
        "intake_per_s": measured.intake_per_s(alerts=call.amounts.intake_alerts),
        **measured.written_a_day(),
    }


PARTS: dict[str, Callable[[Run], Figures]] = {
    "crash": _crash,
    "refusal": _refusal,
    "kill": _kill,
    "schedule": _schedule,
    "mutation": _mutation,
    "authorisation": _authorisation,
    "canary": _canary,
    "withdrawal": _withdrawal,
    "return": _return,
    "mutant": _mutant,
    "cost": _cost,
}

BROKER_GUARDS = (Guard.ACL, Guard.RIGHTS, Guard.CRL, Guard.CERTIFICATE)
KEPT_AT_ZERO_BY: dict[Guard, dict[str, str]] = {
    Guard.SYNCHRONOUS: {"crash": "crash_acknowledged_lost"},
    Guard.TRANSACTION: {"crash": "crash_doubled", "refusal": "disk_doubled"},
    Guard.QUARANTINE: {"crash": "crash_refused_start"},
    Guard.NOTICED: {"refusal": "disk_lost"},
    Guard.AGAIN: {"refusal": "disk_stuck"},
    Guard.SIGNED_ACK: {"kill": "sigkill_lost", "schedule": "fault_lost"},
    Guard.DEDUPE: {"kill": "sigkill_doubled", "schedule": "fault_doubled"},
    Guard.SIGNATURE: {"schedule": "fault_lost", "mutation": "mutated_accepted"},
    Guard.REFUSAL: {"mutation": "mutated_uncaught"},
    Guard.SEAL: {"canary": "canaries_seen_by_broker"},
    Guard.FORGET: {"canary": "canaries_left_after_forget"},
    Guard.GATE: {"withdrawal": "withdrawal_alerts_after"},
    Guard.JITTER: {"return": "return_peak_knocks_per_s"},
    Guard.ACL: {"authorisation": "authorisation_unexpected"},
    Guard.RIGHTS: {"authorisation": "authorisation_missing"},
    Guard.CRL: {"authorisation": "authorisation_unexpected"},
    Guard.CERTIFICATE: {"authorisation": "authorisation_unexpected"},
}
"""By guard and part: the figure that this guard alone keeps where it should be."""
