"""When the next envelope may leave, and which of those that wait is due.

One envelope a slot. A slot that passed without a connection is not made up for: a burst
would tell that something had waited. What was sent and not signed for is due again after
a pause that grows, with full jitter, so that a desk that was away is not flooded by every
device at once. Reads no clock: monotonic seconds come in.
"""

import random
from collections.abc import Iterable
from dataclasses import dataclass

from agent.delivery.backoff import Uniform, full_jitter_s

RETRY_SLOTS_MAX = 48
"""At five minutes a slot, an unanswered message is sent again at least every four hours."""


@dataclass(slots=True)
class _Tried:
    count: int = 0
    not_before_s: float = 0.0


class Slots:
    """The slot that is filled, and how often each message was tried, of one connection."""

    def __init__(self, slot_s: float, uniform: Uniform | None = None) -> None:
        """``uniform`` draws the pauses; ``random.uniform`` by default."""
        self._slot_s = slot_s
        self._uniform = uniform
        self._filled = -1
        self._tried: dict[str, _Tried] = {}

    @property
    def anything_tried(self) -> bool:
        """Whether something was sent on this connection that is not signed for."""
        return bool(self._tried)

    def is_free(self, now_s: float) -> bool:
        """Tell whether the slot that ``now_s`` lies in has carried nothing yet."""
        return self._number(now_s) > self._filled

    def fill(self, now_s: float) -> None:
        """Note that the slot has carried its envelope."""
        self._filled = self._number(now_s)

    def is_new(self, message_id: str) -> bool:
        """Tell whether a message was never sent on this connection."""
        return message_id not in self._tried

    def next_due(self, waiting: Iterable[tuple[int, str]], now_s: float) -> int | None:
        """Return the sequence number of what was tried least, and of that the oldest.

        ``waiting`` has sequence number and message id of each that may be sent: so no
        repeat ever delays what was not sent yet.
        """
        due = [
            (tried.count, sequence)
            for sequence, message_id in waiting
            if (tried := self._tried.get(message_id, _Tried())).not_before_s <= now_s
        ]
        return min(due)[1] if due else None

    def sent(self, message_id: str, now_s: float) -> None:
        """Note that a message was handed over; it is due again later."""
        tried = self._tried.setdefault(message_id, _Tried())
        tried.count += 1
        tried.not_before_s = now_s + full_jitter_s(
            tried.count,
            base_s=self._slot_s,
            cap_s=self._slot_s * RETRY_SLOTS_MAX,
            uniform=self._uniform or random.uniform,
        )

    def forget(self, message_id: str) -> None:
        """Forget a message that is signed for."""
        self._tried.pop(message_id, None)

    def clear(self) -> None:
        """Begin anew with a new connection; a filled slot stays filled."""
        self._tried.clear()

    def _number(self, now_s: float) -> int:
        return int(now_s // self._slot_s)
