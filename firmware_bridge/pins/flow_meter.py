"""Turns the edges of a hall flow meter into water, and notices when edges were lost.

The kernel keeps 16 edges for a reader; of more, some are dropped without a word. But rises
and falls take turns: where two of a kind follow each other, at least one edge between them
was lost. (An even number leaves no trace; half of all losses are odd, and a reader that is
late is late again.)

More than ``READABLE_HZ`` is no water either: it is a loose wire that picks up the pump's
sparks. The flow is then unknown, and what was counted meanwhile is not told as water.
"""

from collections import deque

from wire.stamps import Stamp

WINDOW_S = 1.0
"""Over which the flow is measured: at 1 ml/s a meter gives 2 to 5 pulses in it."""
READABLE_HZ = 400.0
"""Sixteen edges are then 20 ms, which a busy Pi may well take to look; 10 ml/s are 53 Hz."""


class FlowMeter:
    """One meter, followed from look to look."""

    def __init__(self, ml_per_pulse: float) -> None:
        self._ml_per_pulse = ml_per_pulse
        self._looks: deque[tuple[float, int]] = deque()
        """Moments of the last second, and the edges until then."""
        self._unreadable_edges = 0
        self._repeats = 0
        self.moved_s = 0.0
        """When it was last seen to turn."""

    def see(self, edges: int, repeats: int, at: Stamp) -> int:
        """Take the counts since the start, ``repeats`` of which came twice in a row; return
        how many edges were lost since the last look, at least."""
        now_s = at.monotonic_s
        if self._looks:
            before_s, before = self._looks[-1]
            if edges > before:
                self.moved_s = now_s
            if edges - before > 2 * READABLE_HZ * (now_s - before_s):
                self._unreadable_edges += edges - before
        self._looks.append((now_s, edges))
        while len(self._looks) > 2 and self._looks[1][0] <= now_s - WINDOW_S:
            self._looks.popleft()
        lost, self._repeats = repeats - self._repeats, repeats
        return lost

    @property
    def ml_per_s(self) -> float | None:
        """The flow over the last second, or ``None`` where it was too fast to be water."""
        (first_s, first), (last_s, last) = self._looks[0], self._looks[-1]
        if last_s <= first_s:
            return 0.0
        hertz = (last - first) / 2 / (last_s - first_s)
        return None if hertz > READABLE_HZ else hertz * self._ml_per_pulse

    @property
    def drawn_ml(self) -> float:
        """The water since the start."""
        return (self._looks[-1][1] - self._unreadable_edges) / 2 * self._ml_per_pulse
