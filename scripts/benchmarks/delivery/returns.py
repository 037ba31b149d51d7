"""Ten thousand devices come back at once: how many knock in the busiest second?

A broker that lets in so many a second is gone for a while. Every device had a connection,
loses it at the same moment, and tries again by the device's own rule, which is in
``agent.delivery.publisher``; who is turned away tries again later. Pure: a second is a step,
and the draws have a seed.
"""

import heapq
import random
from collections import Counter
from dataclasses import dataclass

from agent.delivery.backoff import Uniform
from agent.delivery.publisher import backoff_s, failures_counted

DEVICES = 10_000
GONE_S = 60.0
LET_IN_PER_S = 500
"""A small broker with TLS; who comes in a second after that many others is turned away."""


@dataclass(frozen=True, slots=True)
class Returns:
    """How the devices came back."""

    peak_knocks_per_s: int
    knocks: int
    all_back_after_s: int
    """Counted from the moment the broker is back."""


def returns(*, seed: int, jitter: bool = True) -> Returns:
    """Let all devices come back; without ``jitter`` each waits as long as all others."""
    uniform: Uniform = random.Random(seed).uniform if jitter else _longest
    knocks: Counter[int] = Counter()
    first = failures_counted(0, was_let_in=True)
    waiting = [(backoff_s(first, uniform), device, first) for device in range(DEVICES)]
    heapq.heapify(waiting)
    let_in: Counter[int] = Counter()
    last_s = GONE_S
    while waiting:
        at_s, device, failures = heapq.heappop(waiting)
        second = int(at_s)
        knocks[second] += 1
        if at_s >= GONE_S and let_in[second] < LET_IN_PER_S:
            let_in[second] += 1
            last_s = at_s
            continue
        failures = failures_counted(failures, was_let_in=False)
        heapq.heappush(waiting, (at_s + backoff_s(failures, uniform), device, failures))
    return Returns(
        peak_knocks_per_s=max(knocks.values()),
        knocks=knocks.total(),
        all_back_after_s=round(last_s - GONE_S),
    )


def _longest(_low: float, high: float) -> float:
    return high
