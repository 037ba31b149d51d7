"""One stream of brews, whatever the machine tells: readings in, brews out.

Some machines announce start and finish, some only count, and announcements get lost with
the link. The table below is the whole rule; the machine's own counter has the last word:
when it grew by more than was announced, the difference are brews that happened somewhere
between two readings of it, and their time is an interval, not an instant.

State × reading → state:

=========  =============  ==============  ============================
state      BrewStarted    BrewFinished    LinkLost, ControllerStarted
=========  =============  ==============  ============================
idle       brewing        idle, a brew    idle
brewing    brewing        idle, a brew    idle (the counter will tell)
=========  =============  ==============  ============================
"""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from enum import StrEnum

from wire.readings import (
    BREWS_TOTAL,
    BrewFinished,
    BrewStarted,
    ControllerStarted,
    Counter,
    LinkLost,
    Reading,
)


class Certainty(StrEnum):
    """How well the start of a brew is known."""

    EXACT = "exact"
    """To about a second."""
    INTERVAL = "interval"
    """Somewhere between ``started_at`` and ``started_before``."""
    UNSYNCED = "unsynced"
    """The device's clock was not set: the time of day means nothing."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Brew:
    """One use of the machine."""

    started_at: datetime
    started_before: datetime
    """Equal to ``started_at`` unless the certainty is ``INTERVAL``."""
    duration_s: float
    water_ml: float | None
    certainty: Certainty


class State(StrEnum):
    IDLE = "idle"
    BREWING = "brewing"


TRANSITIONS: Mapping[tuple[State, type[Reading]], State] = {
    (State.IDLE, BrewStarted): State.BREWING,
    (State.IDLE, BrewFinished): State.IDLE,
    (State.IDLE, LinkLost): State.IDLE,
    (State.IDLE, ControllerStarted): State.IDLE,
    (State.BREWING, BrewStarted): State.BREWING,
    (State.BREWING, BrewFinished): State.IDLE,
    (State.BREWING, LinkLost): State.IDLE,
    (State.BREWING, ControllerStarted): State.IDLE,
}


@dataclass(frozen=True, slots=True, kw_only=True)
class BrewWatch:
    """What must be remembered between readings. A value: ``receive`` returns the next."""

    state: State = State.IDLE
    counted: int | None = None
    """The machine's counter, as far as its brews are accounted for."""
    counted_at: datetime | None = None


def receive(watch: BrewWatch, reading: Reading) -> tuple[BrewWatch, tuple[Brew, ...]]:
    """Return the watch after ``reading`` and the brews that it completes."""
    state = TRANSITIONS.get((watch.state, type(reading)), watch.state)
    brews: tuple[Brew, ...] = ()
    match reading:
        case BrewFinished():
            brews = (_announced(reading),)
            watch = _accounted(watch, reading)
        case Counter(name=name) if name == BREWS_TOTAL:
            brews = _uncounted(watch, reading)
            watch = replace(watch, counted=reading.value, counted_at=reading.at.utc)
    return replace(watch, state=state), brews


def _announced(reading: BrewFinished) -> Brew:
    started_at = reading.at.utc - timedelta(seconds=reading.duration_s)
    return Brew(
        started_at=started_at,
        started_before=started_at,
        duration_s=reading.duration_s,
        water_ml=reading.water_ml,
        certainty=Certainty.EXACT if reading.at.synced else Certainty.UNSYNCED,
    )


def _accounted(watch: BrewWatch, reading: BrewFinished) -> BrewWatch:
    if watch.counted is None:
        # The first number heard begins the count, so that what follows can be missed.
        return replace(watch, counted=reading.number, counted_at=reading.at.utc)
    counted = watch.counted + 1 if reading.number is None else reading.number
    missed = reading.number is not None and reading.number > watch.counted + 1
    if missed:
        # Leave the gap to the counter reading that follows: it brings the interval.
        return replace(watch, counted=watch.counted + 1)
    return replace(watch, counted=max(watch.counted, counted), counted_at=reading.at.utc)


def _uncounted(watch: BrewWatch, reading: Counter) -> tuple[Brew, ...]:
    if watch.counted is None or watch.counted_at is None:
        return ()
    # A counter that went back is a replaced or reset controller: nothing can be inferred.
    missing = reading.value - watch.counted
    if not 0 < missing <= MISSING_MAX:
        return ()
    brew = Brew(
        started_at=watch.counted_at,
        started_before=reading.at.utc,
        duration_s=0.0,
        water_ml=None,
        certainty=Certainty.INTERVAL,
    )
    return (brew,) * missing


MISSING_MAX = 1000
"""More brews than this between two readings of a counter is a broken counter."""
