"""A history as one SVG picture: brews a day as bars, unseen days grey, concerns as lines.

Plain text out, no library: the picture belongs to a report, and a Pi should not need a
plotting package for it.
"""

from collections import Counter
from collections.abc import Sequence
from datetime import timedelta
from xml.sax.saxutils import escape
from zoneinfo import ZoneInfo

from agent.history import History
from wire.facts import RoutineChange

DAY_PX = 2
HEIGHT_PX, MARGIN_PX = 220, 40


def svg(history: History, changes: Sequence[RoutineChange]) -> str:
    """Return the picture as an SVG document."""
    zone = ZoneInfo(history.timezone)
    first = history.start.astimezone(zone).date()
    days = (history.end.astimezone(zone).date() - first).days
    counts = Counter((at.astimezone(zone).date() - first).days for at in history.brews)
    tallest = max(counts.values())
    base, width = HEIGHT_PX - MARGIN_PX, DAY_PX * days + 2 * MARGIN_PX
    unit = (base - MARGIN_PX) / tallest
    parts = [
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {width} {HEIGHT_PX}" '
        f'width="{width}" height="{HEIGHT_PX}" font-family="sans-serif" font-size="10">',
        f'<rect width="{width}" height="{HEIGHT_PX}" fill="white"/>',
    ]
    for span in history.unseen:
        x = MARGIN_PX + DAY_PX * (span.start.astimezone(zone).date() - first).days
        parts.append(_rect(x, MARGIN_PX, base - MARGIN_PX, "#e4e2df"))
    for day, brews in sorted(counts.items()):
        height = unit * brews
        parts.append(_rect(MARGIN_PX + DAY_PX * day, base - height, height, "#6f4e37"))
    for change in changes:
        x = MARGIN_PX + DAY_PX * (change.noticed_at.astimezone(zone).date() - first).days
        parts.append(
            f'<path d="M{x} {MARGIN_PX - 4}V{base}" stroke="#b3261e"/>'
            f'<text x="{x + 2}" y="{MARGIN_PX - 6}" fill="#b3261e">{change.kind}</text>'
        )
    last = first + timedelta(days=days - 1)
    parts += [
        f'<text x="{MARGIN_PX}" y="{base + 14}">{first}</text>',
        f'<text x="{width - MARGIN_PX}" y="{base + 14}" text-anchor="end">{last}</text>',
        f'<text x="{MARGIN_PX - 6}" y="{base - unit * tallest + 4:.0f}" '
        f'text-anchor="end">{tallest}</text>',
        f'<text x="{MARGIN_PX}" y="14">{escape(history.household_id)}</text>',
        "</svg>",
    ]
    return "\n".join(parts) + "\n"


def _rect(x: float, y: float, height: float, fill: str) -> str:
    return f'<rect x="{x}" y="{y:.1f}" width="{DAY_PX}" height="{height:.1f}" fill="{fill}"/>'
