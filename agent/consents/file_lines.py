"""Finds the line of the owner's file that a complaint is about: people edit lines.

A parser knows sections and options and no lines. So the text is read once more, by eye as it
were; where that finds nothing, the complaint stands as it was.
"""

import re
from pathlib import Path

from wire.options import FILE_BYTES_MAX

_ABOUT = re.compile(r" \[(\w+)\](?: (\w+))?")


def with_line(complaint: str, file: Path) -> str:
    """Return ``complaint`` about ``file``, with the number of the line if it can be found."""
    about = _ABOUT.match(complaint.removeprefix(str(file)))
    if about is None or not complaint.startswith(str(file)):
        return complaint
    number = _line_of(file, about[1], about[2])
    if number is None:
        return complaint
    return complaint.replace(str(file), f"{file}, line {number}", 1)


def _line_of(file: Path, section: str, option: str | None) -> int | None:
    try:
        with file.open("rb") as opened:
            lines = opened.read(FILE_BYTES_MAX).decode("utf-8-sig").splitlines()
    except (OSError, ValueError):
        return None
    here = False
    for number, line in enumerate(lines, start=1):
        if header := re.match(r"\s*\[\s*[\"']?(\w+)[\"']?\s*\]", line):
            here = header[1] == section
            if here and option is None:
                return number
        elif here and option and re.match(rf"\s*[\"']?{re.escape(option)}[\"']?\s*=", line):
            return number
    return None
