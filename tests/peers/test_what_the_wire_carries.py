"""Seen from the wire: no canary on it, and after a withdrawal not a byte of the household.

The MQTT client is the device's own and the broker a real Mosquitto; between them a proxy
keeps every byte. A small number of what ``./scripts/bench delivery`` does.
"""

import random
from pathlib import Path

from scripts.benchmarks.delivery.canaries import canaries
from scripts.benchmarks.delivery.guards import Guard, without
from scripts.benchmarks.delivery.withdrawals import ALERTS, withdrawals
from tests.peers.brokers import needs_mosquitto

pytestmark = needs_mosquitto


def test_store_log_and_packets_of_the_broker_hold_no_word_of_any_message(
    tmp_path: Path,
) -> None:
    found = canaries(tmp_path, seed=1)
    assert found.planted > 100
    assert found.seen == 0


def test_without_the_seal_every_planted_word_would_be_seen(tmp_path: Path) -> None:
    with without(Guard.SEAL):
        found = canaries(tmp_path, seed=1)
    assert found.seen == found.planted


def test_after_a_withdrawal_no_alert_is_sent_or_repeated(tmp_path: Path) -> None:
    seed = random.randrange(2**32)
    print(f"seed {seed}")
    found = withdrawals(tmp_path, interleavings=4, seed=seed)
    assert found.alerts_after == 0
    assert found.withdrawals_carried == 4


def test_without_the_gate_alerts_would_go_on_after_a_withdrawal(tmp_path: Path) -> None:
    with without(Guard.GATE):
        found = withdrawals(tmp_path, interleavings=1, seed=1)
    assert found.alerts_after > ALERTS
