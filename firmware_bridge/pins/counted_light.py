"""Numbers as a light can tell them: one long light, and then each number counted out.

    3, 1   ━━━━━━  ╺ ╺ ╺   ╺   ━━━━━━  ╺ ╺ ╺   ╺   …

One flash a second is slow enough to be counted by anybody, needs no colour, and is far from
what could trouble somebody sensitive to flashes (three a second).
"""

from collections.abc import Sequence

BEAT_S = 0.5
"""A flash is one beat of light and one of dark."""

_BEGIN = (1.0,) * 6 + (0.0,) * 4
_FLASH = (1.0, 0.0)
_BETWEEN = (0.0,) * 4


def beats(numbers: Sequence[int]) -> tuple[float, ...]:
    """Return the brightness of each beat, from the long light to the last dark one."""
    counted = (level for number in numbers for level in (*_FLASH * number, *_BETWEEN))
    return (*_BEGIN, *counted)
