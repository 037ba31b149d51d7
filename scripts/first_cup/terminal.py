"""How a line looks in a terminal: its ink, its width, its two columns.

80 columns suffice. Ink is used only on a terminal whose owner has not asked for none
(``NO_COLOR``, ``TERM=dumb``); without it the text says the same.
"""

import textwrap
from collections.abc import Mapping
from typing import TextIO

WIDTH = 80
MARGIN = 2
TIME_COLUMN = 25
"""As wide as the longest French time, "dim. 1er févr. 20 h 05", and a gutter."""

_BOLD, _DIM, _WARM, _PLAIN = "\033[1m", "\033[2m", "\033[33m", "\033[0m"


class Terminal:
    """Writes laid-out text to ``out``."""

    def __init__(self, out: TextIO, *, environment: Mapping[str, str]) -> None:
        self._out = out
        self._ink = wants_ink(out, environment)

    def blank(self) -> None:
        """Leave a line empty."""
        self._write("")

    def title(self, text: str) -> None:
        """Write a title at the margin."""
        self._write(" " * MARGIN + self._inked(text, _BOLD))

    def paragraph(self, text: str) -> None:
        """Write ``text`` at the margin, wrapped."""
        for line in _wrapped(text, WIDTH - 2 * MARGIN):
            self._write(" " * MARGIN + line)

    def row(self, label: str, picture: str, value: str, *, picture_width: int) -> None:
        """Write one line of a chart: a label, a picture, a figure."""
        line = self._inked(f"{label:<{TIME_COLUMN - MARGIN}}", _DIM)
        line += self._inked(f"{picture:<{picture_width}}" if value else picture.rstrip(), _WARM)
        self._write(" " * MARGIN + line + (f"{value:>12}" if value else ""))

    def event(self, when: str, title: str, *details: str) -> None:
        """Write what happened: its time on the left, a title and its details on the right."""
        self.blank()
        time = self._inked(f"{when:<{TIME_COLUMN - MARGIN}}", _DIM)
        self._write(" " * MARGIN + time + self._inked(title, _BOLD))
        for detail in details:
            for line in _wrapped(detail, WIDTH - TIME_COLUMN - MARGIN):
                self._write(" " * TIME_COLUMN + line)

    def _inked(self, text: str, ink: str) -> str:
        return f"{ink}{text}{_PLAIN}" if self._ink else text

    def _write(self, line: str) -> None:
        self._out.write(line + "\n")
        self._out.flush()


def wants_ink(out: TextIO, environment: Mapping[str, str]) -> bool:
    """Tell whether colour is welcome on ``out``."""
    if environment.get("NO_COLOR") or environment.get("TERM") == "dumb":
        return False
    return out.isatty()


def _wrapped(text: str, width: int) -> list[str]:
    # An address must stay in one piece, so that it can be clicked and copied.
    return textwrap.wrap(text, width, break_long_words=False, break_on_hyphens=False)
