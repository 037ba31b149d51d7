"""An address as a picture that a telephone reads: drawn here, asked of nobody."""

import segno

QUIET_ZONE = 4


def path(text: str) -> tuple[int, str]:
    """Return the side of the picture in modules, and its dark modules as an SVG path."""
    code = segno.make_qr(text, error="m")
    rows = list(code.matrix_iter(border=QUIET_ZONE))
    drawn = "".join(
        f"M{x} {y}h1v1h-1z" for y, row in enumerate(rows) for x, dark in enumerate(row) if dark
    )
    return len(rows), drawn
