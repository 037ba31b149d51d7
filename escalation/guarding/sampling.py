"""Decides which conversations a guardian reads again. Pure: hashes in, numbers out.

The hash of a case is keyed with a secret of the desk, so that nobody can tell beforehand which
one will be drawn, choose it, or keep it out: neither whoever decides, nor a supervisor, nor the
guardian. The same cases always give the same sample. A week in which anything was decided gives
at least one, however few there were.

>>> chosen({1: "00" * 32, 2: "ff" * 32}, one_in=10)
[1]
>>> chosen({2: "ff" * 32}, one_in=10)
[2]
"""

from collections.abc import Iterator, Mapping
from datetime import date, datetime, time, timedelta, tzinfo

WEEK = timedelta(days=7)
WEEKS_BACK = 4
"""A desk that was switched off for a month catches up."""

HASH_END = 1 << 256


def chosen(hashes: Mapping[int, str], *, one_in: int) -> list[int]:
    """Return the numbers that are drawn, of cases with these hashes in hexadecimal."""
    drawn = [n for n, text in hashes.items() if int(text, 16) * one_in < HASH_END]
    if not drawn and hashes:
        drawn = [min(hashes, key=lambda number: hashes[number])]
    return sorted(drawn)


def weeks_over(now: datetime, zone: tzinfo) -> Iterator[date]:
    """Return the Mondays of the weeks that are over, the newest first."""
    today = now.astimezone(zone).date()
    monday = today - timedelta(days=today.weekday())
    for back in range(1, WEEKS_BACK + 1):
        yield monday - back * WEEK


def bounds(monday: date, zone: tzinfo) -> tuple[datetime, datetime]:
    """Return when the week of ``monday`` begins and ends, by the clock of the desk."""
    begins, ends = (datetime.combine(day, time(), zone) for day in (monday, monday + WEEK))
    return begins, ends
