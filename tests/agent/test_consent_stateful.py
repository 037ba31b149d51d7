"""No byte leaves without a live, confirmed, matching consent, whatever happens in whatever
order: switches, torn files, clocks that jump, power cuts, a dying card, a broker that comes
and goes. ``DEMITASSE_FUZZ`` sets how many lives are lived, for a longer run.
"""

import os
import random
import tempfile
from pathlib import Path

import pytest
from hypothesis import HealthCheck, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, rule, run_state_machine_as_test

from agent import consent
from agent.consent import GUARDS
from agent.consents.consent_file import Purpose
from tests.agent.consent_life import ACTIONS, Leak, Life

LIVES = int(os.environ.get("DEMITASSE_FUZZ", "1000")) // 160
NUMBERS = st.integers(0, 9999)


class AnyLife(RuleBasedStateMachine):
    """Hypothesis chooses what happens next, and finds the shortest life that leaks."""

    def __init__(self) -> None:
        super().__init__()
        self._folder = tempfile.TemporaryDirectory()
        self.life = Life(Path(self._folder.name) / "house")

    @rule(name=st.sampled_from(sorted(ACTIONS)), number=NUMBERS)
    def happens(self, name: str, number: int) -> None:
        """Let anything happen."""
        self.life.act(name, number)

    @rule(purposes=st.sets(st.sampled_from(range(len(Purpose))), min_size=1))
    def says_yes(self, purposes: set[int]) -> None:
        """Without a yes now and then, nothing would ever have a reason to leave."""
        for number in purposes:
            self.life.act("grant", number)

    @rule()
    def worries(self) -> None:
        """Let a question wait out its time."""
        self.life.act("concern", 0)
        for _ in range(4):
            self.life.act("hours", 11)

    def teardown(self) -> None:
        self.life.close()
        self._folder.cleanup()


def test_nothing_leaves_without_a_live_confirmed_matching_consent() -> None:
    run_state_machine_as_test(
        AnyLife,
        settings=settings(
            max_examples=LIVES,
            stateful_step_count=20,
            deadline=None,
            suppress_health_check=[*HealthCheck],
        ),
    )


def one_life(folder: Path, seed: int) -> list[str]:
    """Live one random life in which much is granted, much worries, and much goes wrong."""
    chance = random.Random(seed)
    life = Life(folder)
    try:
        # Every second life lacks one purpose from the beginning.
        lacking = seed // 2 % len(Purpose) if seed % 2 else None
        for number in range(len(Purpose)):
            if number != lacking:
                life.act("grant", number)
        for _ in range(2):
            life.act("concern", 0)
            for _ in range(4):
                life.act("hours", 11)
            for name in chance.choices([*ACTIONS], k=3):
                life.act(name, chance.randrange(10_000))
                life.act("hours", 5)
        return life.left
    finally:
        life.close()


def test_these_lives_are_worth_watching(tmp_path: Path) -> None:
    """The witness would see nothing in a house that never sends anything."""
    left = {kind for seed in range(6) for kind in one_life(tmp_path / f"{seed}", seed)}
    assert left >= {"alert", "withdrawal", "help", "give_back", "heartbeat"}, left


WAITED = [("concern", 0), *[("hours", 11)] * 4]
"""A question put, and not answered until its time is over."""
LIVES_THAT_LEAK = {
    "_clock_guard": [*WAITED, ("clock_lost", 0), ("hours", 5)],
    "_validity_guard": [("days", 179), ("days", 20), *WAITED],
    "_pause_guard": [("broker", 0), *WAITED, ("pause", 0), ("broker", 0), ("hours", 5)],
    "_learning_guard": [("withdraw", 0), *WAITED],
}
"""What must happen for each of these guards to be the last door that is left. The other two
are kept twice: what is off or not recorded has no record to be sent under either.
``test_bench_consent.py`` shows all six at the gate itself."""


def live(folder: Path, guard: str) -> None:
    life = Life(folder)
    try:
        for number in range(len(Purpose)):
            life.act("grant", number)
        for name, number in LIVES_THAT_LEAK[guard]:
            life.act(name, number)
    finally:
        life.close()


@pytest.mark.parametrize("guard", LIVES_THAT_LEAK)
def test_the_witness_catches_a_gate_without_one_of_its_guards(
    guard: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    live(tmp_path / "whole", guard)
    left = tuple(one for one in GUARDS if one.__name__ != guard)
    assert len(left) == len(GUARDS) - 1
    monkeypatch.setattr(consent, "GUARDS", left)
    with pytest.raises(Leak):
        live(tmp_path / "broken", guard)
