"""Draws figures as bars, on the server and without a script: the drawing is beside its table.

Above each bar stand its name and its figure in words, so that nothing has to be measured with
the eye, on a telephone either. Whoever does not see it is told what it shows, and
reads the table.
"""

from collections.abc import Sequence
from dataclasses import dataclass

WIDTH = 300
ROW_HEIGHT = 48
TEXT_BELOW = 18
BAR_BELOW = 26
BAR_HEIGHT = 12


@dataclass(frozen=True, slots=True, kw_only=True)
class Amount:
    """What one bar shows."""

    label: str
    words: str
    whole: float
    part: float = 0
    """How much of ``whole`` is filled."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Bar:
    """A bar in the drawing's own units, which are whole numbers in every language."""

    label: str
    words: str
    text_y: int
    y: int
    height: int
    width: int
    filled: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Chart:
    """A drawing, and how large it is."""

    bars: tuple[Bar, ...]
    width: int
    height: int


def chart(amounts: Sequence[Amount]) -> Chart | None:
    """Return the drawing, or ``None`` where there is nothing to draw."""
    most = max((amount.whole for amount in amounts), default=0)
    if most <= 0:
        return None
    bars = tuple(_bar(row, amount, most) for row, amount in enumerate(amounts))
    return Chart(bars=bars, width=WIDTH, height=ROW_HEIGHT * len(bars))


def _bar(row: int, amount: Amount, most: float) -> Bar:
    return Bar(
        label=amount.label,
        words=amount.words,
        text_y=row * ROW_HEIGHT + TEXT_BELOW,
        y=row * ROW_HEIGHT + BAR_BELOW,
        height=BAR_HEIGHT,
        width=round(WIDTH * amount.whole / most),
        filled=round(WIDTH * amount.part / most),
    )
