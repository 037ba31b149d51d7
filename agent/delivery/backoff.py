"""How long to wait before trying again, so that those who failed together do not return so.

Full jitter: the wait is drawn evenly between nothing and a longest time that doubles with
each failure up to a limit. A wait that merely doubles keeps ten thousand devices in step:
they would all come back in the same second, again and again.
"""

from collections.abc import Callable

Uniform = Callable[[float, float], float]
"""``random.uniform``, or a test's own."""

_DOUBLINGS_MAX = 32


def full_jitter_s(attempt: int, *, base_s: float, cap_s: float, uniform: Uniform) -> float:
    """Return the seconds to wait after ``attempt`` failures, between 0 and ``cap_s``."""
    longest_s = base_s * 2.0 ** min(attempt, _DOUBLINGS_MAX)
    return uniform(0.0, min(cap_s, longest_s))
