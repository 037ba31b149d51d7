"""Decides who is told after how long: one table, read anew from the rows every few seconds.

There is no job that could be lost. Every step has a name (``fact``) that follows from what
waits, since when, and which step it is; whoever was told of a fact is not told of it again,
also after a restart. A step that repeats has a new name each round.

Pure: the shell brings what waits and the time.

>>> from datetime import UTC
>>> since = datetime(2026, 3, 3, 9, 0, tzinfo=UTC)
>>> waits = [Waiting(what=What.CALL, since=since)]
>>> for step in due(waits, since + timedelta(seconds=40), nobody_here=False):
...     print(step.kind, step.audience, step.fact)
called present call/20260303T090000/0/0
called supervisors call/20260303T090000/1/0
"""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum

from escalation.notices.kinds import Audience, Kind


class What(StrEnum):
    """What can wait."""

    CALL = "call"
    """An owner who has asked for a call, until somebody has them."""
    CALL_ALONE = "call_alone"
    """The same, once nobody came in time."""
    CARE = "care"
    """The one who has waited longest, of those who have not called."""
    CARE_ALONE = "care_alone"
    """The same of those for whom nobody came in time."""
    SERVICE = "service"
    """The machine that has waited longest for a technician."""
    INCIDENT = "incident"
    """Many homes at once, until a supervisor has looked."""
    APPROVAL = "approval"
    """A colleague who waits for a second person's word, or has an emergency."""
    TAKE_OVER = "take_over"
    """A colleague on the line who asks for somebody to take the call over."""
    OBJECTION = "objection"
    """An owner's objection, until a guardian has answered it."""
    DRAWN = "drawn"
    """A conversation that was drawn, until a guardian has written about it."""
    NEGLECT = "neglect"
    """What the desk's own audit found."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Rung:
    """One step of the ladder."""

    after: timedelta
    kind: Kind
    told: Audience
    every: timedelta | None = None
    """Told again so often; ``None``: once."""
    nobody_here: bool = False
    """Only while nobody trained is there: whoever is there sees it on the page."""


def _s(seconds: int) -> timedelta:
    return timedelta(seconds=seconds)


def _min(minutes: int) -> timedelta:
    return timedelta(minutes=minutes)


LADDER: dict[What, tuple[Rung, ...]] = {
    What.CALL: (
        Rung(after=_s(0), kind=Kind.CALLED, told=Audience.PRESENT),
        Rung(after=_s(30), kind=Kind.CALLED, told=Audience.SUPERVISORS),
        Rung(after=_s(120), kind=Kind.CALLED, told=Audience.ON_ROTA),
    ),
    What.CALL_ALONE: (
        Rung(after=_s(0), kind=Kind.UNSTAFFED, told=Audience.SUPERVISORS, every=_min(10)),
    ),
    What.CARE: (
        Rung(after=_s(0), kind=Kind.WAITING, told=Audience.ON_ROTA, nobody_here=True),
        Rung(after=_min(15), kind=Kind.REMINDER, told=Audience.PRESENT),
        Rung(after=_min(30), kind=Kind.REMINDER, told=Audience.SUPERVISORS),
        Rung(after=_min(45), kind=Kind.REMINDER, told=Audience.ON_ROTA),
    ),
    What.CARE_ALONE: (
        Rung(after=_s(0), kind=Kind.UNSTAFFED, told=Audience.SUPERVISORS, every=_min(60)),
    ),
    What.SERVICE: (
        Rung(
            after=_min(4 * 60),
            kind=Kind.REMINDER,
            told=Audience.TECHNICIANS,
            every=timedelta(days=1),
        ),
        Rung(
            after=timedelta(days=1),
            kind=Kind.REMINDER,
            told=Audience.SUPERVISORS,
            every=timedelta(days=1),
        ),
    ),
    What.INCIDENT: (
        Rung(after=_s(0), kind=Kind.INCIDENT, told=Audience.SUPERVISORS, every=_min(60)),
    ),
    What.APPROVAL: (
        Rung(after=_s(0), kind=Kind.COLLEAGUE, told=Audience.SUPERVISORS, every=_min(5)),
    ),
    What.TAKE_OVER: (
        Rung(after=_s(0), kind=Kind.COLLEAGUE, told=Audience.PRESENT, every=_min(5)),
        Rung(after=_s(60), kind=Kind.COLLEAGUE, told=Audience.SUPERVISORS, every=_min(5)),
    ),
    What.OBJECTION: (
        Rung(
            after=_s(0),
            kind=Kind.GUARDIAN,
            told=Audience.GUARDIANS,
            every=timedelta(days=1),
        ),
    ),
    What.DRAWN: (
        Rung(
            after=_s(0),
            kind=Kind.GUARDIAN,
            told=Audience.GUARDIANS,
            every=timedelta(days=7),
        ),
    ),
    What.NEGLECT: (
        Rung(after=_s(0), kind=Kind.SELF_AUDIT, told=Audience.SUPERVISORS, every=_min(60)),
    ),
}
"""Every step there is. A call must be answered within 60 s, 99 of 100 within 180 s."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Waiting:
    """What waits, and since when."""

    what: What
    since: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class Due:
    """That somebody has to be told, and the name of the fact of which they are."""

    kind: Kind
    audience: Audience
    wait: str
    """Which wait it is: what, and since when."""
    number: int
    """Which step of its ladder."""
    round: int
    """How often this step has come round before."""

    @property
    def fact(self) -> str:
        """The name of the fact."""
        return f"{self.wait}/{self.number}/{self.round}"


def due(waits: Iterable[Waiting], now: datetime, *, nobody_here: bool) -> list[Due]:
    """Return every step whose time has come, the first steps first."""
    return [
        Due(
            kind=rung.kind,
            audience=rung.told,
            wait=f"{wait.what}/{wait.since:%Y%m%dT%H%M%S}",
            number=number,
            round=(now - wait.since - rung.after) // rung.every if rung.every else 0,
        )
        for wait in waits
        for number, rung in enumerate(LADDER[wait.what])
        if now - wait.since >= rung.after and (nobody_here or not rung.nobody_here)
    ]
