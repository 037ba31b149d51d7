"""The volume of a brew, where a machine tells how water flows and not how much it was."""

from datetime import UTC, datetime, timedelta

import pytest

from agent.learning.metering import GAP_S, Meter
from wire.readings import (
    BrewFinished,
    BrewStarted,
    FramesMissed,
    LinkLoss,
    LinkLost,
    Quantity,
    Reading,
    Sample,
)
from wire.stamps import Stamp

START = datetime(2026, 3, 1, tzinfo=UTC)


def at(seconds: float) -> Stamp:
    utc = START + timedelta(seconds=seconds)
    return Stamp(utc=utc, monotonic_s=seconds, boot_id="boot", synced=True)


def flow(seconds: float, value: float | None) -> Sample:
    return Sample(at=at(seconds), quantity=Quantity.FLOW_ML_PER_S, value=value)


def drawn(seconds: float, value: float) -> Sample:
    return Sample(at=at(seconds), quantity=Quantity.WATER_DRAWN_ML, value=value)


def started(seconds: float) -> BrewStarted:
    return BrewStarted(at=at(seconds), number=None)


def finished(seconds: float, water_ml: float | None = None) -> BrewFinished:
    return BrewFinished(at=at(seconds), number=None, duration_s=20.0, water_ml=water_ml)


STEADY = [flow(n / 4, 2.0) for n in range(4, 85)]
"""Two millilitres a second from 1 to 21 s."""


def volume(*readings: Reading) -> float | None:
    """Return the volume of the last brew of ``readings``."""
    brews = [one for one in Meter().complete(readings) if isinstance(one, BrewFinished)]
    return brews[-1].water_ml


def test_flow_that_was_heard_all_along_adds_up_to_the_volume() -> None:
    assert volume(started(1), *STEADY, finished(21)) == pytest.approx(40.0)


def test_what_the_meter_showed_before_and_after_is_the_volume() -> None:
    assert volume(drawn(0, 5000.0), started(1), drawn(10, 5040.0), finished(21)) == 40.0


def test_what_the_machine_says_itself_stands() -> None:
    assert volume(started(1), *STEADY, finished(21, water_ml=38.0)) == 38.0


@pytest.mark.parametrize(
    "gap",
    [
        LinkLost(at=at(11), reason=LinkLoss.SILENT),
        FramesMissed(at=at(11), count=1),
        flow(11, None),
        flow(21 + GAP_S + 1, 2.0),
    ],
)
def test_a_brew_with_a_gap_in_it_has_no_volume(gap: Reading) -> None:
    readings = sorted([*STEADY, gap], key=lambda one: one.at.monotonic_s)
    assert volume(started(1), *readings, finished(26)) is None


def test_without_a_flow_or_a_beginning_nothing_is_guessed() -> None:
    assert volume(started(1), finished(21)) is None
    assert volume(*STEADY, finished(21)) is None


def test_each_brew_has_its_own_volume() -> None:
    meter = Meter()
    meter.complete([started(1), *STEADY, finished(21)])
    again = [started(100), flow(100, 1.0), flow(102, 1.0), flow(103, 1.0), finished(103)]
    [*_, brew] = meter.complete(again)
    assert isinstance(brew, BrewFinished)
    assert brew.water_ml == pytest.approx(3.0)


def test_other_readings_pass_as_they_are() -> None:
    readings = [started(1), *STEADY[:2], LinkLost(at=at(2), reason=LinkLoss.UNPLUGGED)]
    assert Meter().complete(readings) == readings
