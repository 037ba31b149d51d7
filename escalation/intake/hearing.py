"""Decides what the desk has not heard: which messages are missing, and who fell silent.

A device counts the messages it has written, and each heartbeat says how far it has counted,
so a message that was lost on the way shows as a hole in that count.

Rules:

1. A hole that is filled later was no hole: what overtakes another on the way raises nothing.
2. A withdrawal takes back what waited before it, so nothing before it is missed.
3. A device whose store was lost starts a new epoch and counts anew; the old holes are gone
   with it.
4. Silence is measured from the last sign of life, never explained, and never means that all
   is well. A device whose owner has taken everything back is silent because it shall be.

Pure: the shell brings the time and keeps what is answered.
"""

from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from enum import StrEnum

MISSING_MAX = 64
"""Holes remembered for one device; beyond it the two oldest become one."""

SILENT_AFTER_HEARTBEATS = 1.5
"""One heartbeat may be late; a device that died is noticed before its second one is due."""

MISSING_AFTER_HEARTBEATS = 3.0
"""A message that was lost is sent again by then, if the way is open at all."""

NOT_COUNTED = -1
"""The first position that is heard is where counting starts: after a restore."""

Position = tuple[int, int]
"""Epoch and sequence number: where a message stands in its sender's own count."""


class UnheardKind(StrEnum):
    """Why a device is unheard."""

    SILENT = "silent"
    MISSING = "missing"


@dataclass(frozen=True, slots=True, kw_only=True)
class Hole:
    """Messages, from ``first`` to ``last``, that were counted and have not arrived."""

    first: int
    last: int
    since: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class Hearing:
    """What has been heard of one device's count."""

    epoch: int = 0
    highest: int = 0
    holes: tuple[Hole, ...] = ()

    @property
    def missing_since(self) -> datetime | None:
        """Since when something has been missing."""
        return min((hole.since for hole in self.holes), default=None)


def heard_message(hearing: Hearing, position: Position, now: datetime) -> Hearing:
    """Return what is known after the message at ``position`` has arrived."""
    epoch, sequence = position
    hearing = heard_count(hearing, (epoch, sequence - 1), now)
    if epoch < hearing.epoch:
        return hearing
    if sequence > hearing.highest:
        return replace(hearing, highest=sequence)
    return replace(hearing, holes=_filled(hearing.holes, sequence))


def heard_count(hearing: Hearing, position: Position, now: datetime) -> Hearing:
    """Return what is known after a device said how many messages it has written."""
    epoch, count = position
    if epoch < hearing.epoch:
        return hearing
    if hearing.highest == NOT_COUNTED:
        return Hearing(epoch=epoch, highest=count)
    if epoch > hearing.epoch:
        hearing = Hearing(epoch=epoch)
    if count <= hearing.highest:
        return hearing
    hole = Hole(first=hearing.highest + 1, last=count, since=now)
    return replace(hearing, highest=count, holes=_bounded((*hearing.holes, hole)))


def excused(hearing: Hearing, position: Position) -> Hearing:
    """Return what is missing once the owner has taken back what was sent before."""
    epoch, sequence = position
    if epoch != hearing.epoch:
        return hearing
    left = tuple(
        replace(hole, first=max(hole.first, sequence + 1))
        for hole in hearing.holes
        if hole.last > sequence
    )
    return replace(hearing, holes=left)


def silent_before(now: datetime, heartbeat: timedelta) -> datetime:
    """Return the instant such that who was last heard before it is silent at ``now``."""
    return now - heartbeat * SILENT_AFTER_HEARTBEATS


def missing_before(now: datetime, heartbeat: timedelta) -> datetime:
    """Return the instant such that what is missing since before it is told at ``now``."""
    return now - heartbeat * MISSING_AFTER_HEARTBEATS


def to_plain(holes: tuple[Hole, ...]) -> list[list[int | str]]:
    """Return ``holes`` as a database column keeps them."""
    return [[hole.first, hole.last, hole.since.isoformat()] for hole in holes]


def from_plain(plain: list[list[int | str]]) -> tuple[Hole, ...]:
    """Return what ``to_plain`` wrote."""
    return tuple(
        Hole(first=int(first), last=int(last), since=datetime.fromisoformat(str(since)))
        for first, last, since in plain
    )


def _filled(holes: tuple[Hole, ...], sequence: int) -> tuple[Hole, ...]:
    left: list[Hole] = []
    for hole in holes:
        if not hole.first <= sequence <= hole.last:
            left.append(hole)
            continue
        if hole.first < sequence:
            left.append(replace(hole, last=sequence - 1))
        if sequence < hole.last:
            left.append(replace(hole, first=sequence + 1))
    return _bounded(tuple(left))


def _bounded(holes: tuple[Hole, ...]) -> tuple[Hole, ...]:
    while len(holes) > MISSING_MAX:
        first, second, *rest = holes
        holes = (replace(first, last=second.last), *rest)
    return holes
