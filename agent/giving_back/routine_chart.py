"""A day of this household as a small picture: usual coffees in each hour, in text or SVG.

The picture only repeats what the sentences beside it say; whoever listens to a screen
reader misses nothing. No library: a device should not need a plotting package for it.
"""

from collections.abc import Sequence
from xml.sax.saxutils import escape

HOURS = 24
BARS = "▁▂▃▄▅▆▇█"
NONE = "·"
"""Where there is hardly ever a coffee."""
HARDLY = 0.02
"""Of the tallest bar."""
AXIS = "0     6     12    18   23"

BAR_PX, GAP_PX, TALL_PX, MARGIN_PX = 18, 4, 100, 30
COLOURS = ("#6f4e37", "#c08a5a")
"""The two shades of brown also differ when printed in grey."""


def bars(rates: Sequence[float], tallest: float) -> str:
    """Return one bar an hour, as one line of text."""
    return "".join(_bar(rate / tallest if tallest else 0.0) for rate in rates)


def _bar(share: float) -> str:
    if share <= HARDLY:
        return NONE
    return BARS[min(len(BARS) - 1, int(share * len(BARS)))]


def busy_spans(rates: Sequence[float]) -> list[tuple[int, int]]:
    """Return the hours with at least half of the tallest bar, joined: (from, until)."""
    tallest = max(rates, default=0.0)
    if tallest <= 0:
        return []
    spans: list[tuple[int, int]] = []
    for hour, rate in enumerate(rates):
        if rate < tallest / 2:
            continue
        if spans and spans[-1][1] == hour:
            spans[-1] = (spans[-1][0], hour + 1)
        else:
            spans.append((hour, hour + 1))
    return spans


def svg(
    rows: Sequence[tuple[str, Sequence[float]]], *, title: str, description: str, lang: str
) -> str:
    """Return the picture of ``rows`` (name, usual coffees in each hour) as an SVG document.

    ``title`` and ``description`` are what a screen reader says of it.
    """
    tallest = max((rate for _, rates in rows for rate in rates), default=0.0) or 1.0
    width = HOURS * (BAR_PX + GAP_PX) + 2 * MARGIN_PX
    row_px = TALL_PX + 2 * MARGIN_PX
    parts = [
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {width} {row_px * len(rows)}" '
        f'width="{width}" height="{row_px * len(rows)}" role="img" lang="{lang}" '
        'aria-labelledby="title description" font-family="sans-serif" font-size="12">',
        f'<title id="title">{escape(title)}</title>',
        f'<desc id="description">{escape(description)}</desc>',
        '<rect width="100%" height="100%" fill="white"/>',
    ]
    for number, (name, rates) in enumerate(rows):
        base = row_px * number + MARGIN_PX + TALL_PX
        parts.append(f'<text x="{MARGIN_PX}" y="{base - TALL_PX - 10}">{escape(name)}</text>')
        parts += _row(rates, tallest, base, COLOURS[number % len(COLOURS)])
    return "\n".join([*parts, "</svg>"]) + "\n"


def _row(rates: Sequence[float], tallest: float, base: int, colour: str) -> list[str]:
    parts = []
    for hour, rate in enumerate(rates):
        x, height = MARGIN_PX + hour * (BAR_PX + GAP_PX), TALL_PX * rate / tallest
        parts.append(
            f'<rect x="{x}" y="{base - height:.1f}" width="{BAR_PX}" '
            f'height="{max(height, 1.0):.1f}" fill="{colour}"/>'
        )
        if hour % 3 == 0:
            middle = x + BAR_PX // 2
            parts.append(
                f'<text x="{middle}" y="{base + 16}" text-anchor="middle">{hour}</text>'
            )
    return parts
