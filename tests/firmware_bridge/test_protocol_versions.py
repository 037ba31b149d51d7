"""Hosts and controllers of different versions understand each other, or say why not.

The bytes of the other versions are those of ``vectors.json``; tests/peers has the same for
the C firmware.
"""

from dataclasses import replace
from datetime import UTC, datetime

import pytest

from firmware_bridge.profile import load_profile, profile_path
from firmware_bridge.reference import codec, frames
from firmware_bridge.reference.driver import ReferenceDriver
from firmware_bridge.reference.frames import Capability, HelloFrame, ResetCause, SampleFrame
from tests.firmware_bridge.golden import SESSIONS
from wire.readings import (
    BrewFinished,
    BrewStarted,
    ControllerStarted,
    Counter,
    FramesMissed,
    Quantity,
    Reading,
    Sample,
)
from wire.stamps import Stamp

PROFILE = load_profile(profile_path("reference"))
NOW = Stamp(utc=datetime(2026, 3, 1, tzinfo=UTC), monotonic_s=0, boot_id="boot", synced=True)
OLDER, NEWER = SESSIONS
HELLO = HelloFrame(
    sequence=0,
    device_ms=0,
    protocol=(1, 1),
    firmware=(1, 1, 0),
    reset_cause=ResetCause.POWER_ON,
    boot_count=1,
    capabilities=Capability(31),
    serial="DM-000123",
)
SAMPLE = SampleFrame(
    sequence=1,
    device_ms=1000,
    status=frames.Status(0),
    boiler_temp_tenths_c=930,
    water_level_permille=800,
    flow_pulses_total=5,
    dose_counts=100_320,
)


def samples(readings: list[Reading]) -> dict[Quantity, float | None]:
    return {r.quantity: r.value for r in readings if isinstance(r, Sample)}


def test_an_older_controller_tells_all_it_has_and_no_dose() -> None:
    driver = ReferenceDriver(PROFILE)

    readings = driver.receive(OLDER.data, NOW)

    assert [r.protocol for r in readings if isinstance(r, ControllerStarted)] == ["1.0"]
    assert BrewStarted(at=NOW, number=1) in readings
    assert [r.number for r in readings if isinstance(r, BrewFinished)] == [1]
    assert [r.value for r in readings if isinstance(r, Counter)] == [0, 1]
    assert samples(readings).keys() == {
        Quantity.BOILER_TEMP_C, Quantity.WATER_LEVEL_ML, Quantity.WATER_DRAWN_ML,
    }  # fmt: skip
    counts = driver.counts
    assert (counts.frames_ok, counts.frames_bad, counts.frames_skipped) == (15, 0, 0)


def test_a_newer_controller_tells_what_this_version_knows() -> None:
    driver = ReferenceDriver(PROFILE)

    readings = driver.receive(NEWER.data, NOW)

    assert [r.protocol for r in readings if isinstance(r, ControllerStarted)] == ["1.9"]
    assert samples(readings)[Quantity.COFFEE_DOSE_G] == pytest.approx(9.0)
    assert readings[-1] == BrewStarted(at=NOW, number=5)
    assert not [r for r in readings if isinstance(r, FramesMissed)]
    assert (driver.counts.frames_bad, driver.counts.frames_skipped) == (0, 1)


@pytest.mark.parametrize("protocol", [(0, 9), (2, 0), (255, 255)])
def test_another_major_is_named_and_nothing_else_of_it_is_believed(
    protocol: tuple[int, int],
) -> None:
    driver = ReferenceDriver(PROFILE)
    data = codec.encode_frame(replace(HELLO, protocol=protocol)) + codec.encode_frame(SAMPLE)

    readings = driver.receive(data * 3, NOW)

    named = {r.protocol for r in readings if isinstance(r, ControllerStarted)}
    assert named == {".".join(map(str, protocol))}
    assert not samples(readings)
    assert driver.counts.frames_skipped == 3
    assert driver.poll(NOW) == b"", "it has introduced itself: asking again brings nothing"


def test_a_controller_that_is_brought_up_to_date_is_believed_again() -> None:
    driver = ReferenceDriver(PROFILE)
    driver.receive(codec.encode_frame(replace(HELLO, protocol=(2, 0))), NOW)

    readings = driver.receive(codec.encode_frame(HELLO) + codec.encode_frame(SAMPLE), NOW)

    assert samples(readings)[Quantity.COFFEE_DOSE_G] == pytest.approx(9.0)


@pytest.mark.parametrize(
    ("able", "dose", "told"),
    [
        (Capability(31), 100_320, {Quantity.COFFEE_DOSE_G: 9.0}),
        (Capability(31), None, {Quantity.COFFEE_DOSE_G: None}),
        (Capability(15), None, {}),
        (Capability(15), 100_320, {}),
    ],
)
def test_the_dose_is_told_where_the_controller_has_a_load_cell(
    able: Capability, dose: int | None, told: dict[Quantity, float | None]
) -> None:
    driver = ReferenceDriver(PROFILE)
    driver.receive(codec.encode_frame(replace(HELLO, capabilities=able)), NOW)

    readings = driver.receive(codec.encode_frame(replace(SAMPLE, dose_counts=dose)), NOW)

    heard = samples(readings)
    assert {q: v for q, v in heard.items() if q is Quantity.COFFEE_DOSE_G} == told


def test_before_the_hello_a_number_proves_its_load_cell() -> None:
    known, unknown = ReferenceDriver(PROFILE), ReferenceDriver(PROFILE)

    assert samples(known.receive(codec.encode_frame(SAMPLE), NOW))[
        Quantity.COFFEE_DOSE_G
    ] == pytest.approx(9.0)
    silent = codec.encode_frame(replace(SAMPLE, dose_counts=None))
    assert Quantity.COFFEE_DOSE_G not in samples(unknown.receive(silent, NOW))


def test_uncalibrated_counts_are_never_called_grams() -> None:
    driver = ReferenceDriver(replace(PROFILE, load_cell=None))
    driver.receive(codec.encode_frame(HELLO), NOW)

    heard = samples(driver.receive(codec.encode_frame(SAMPLE), NOW))

    assert Quantity.COFFEE_DOSE_G not in heard
    assert heard[Quantity.BOILER_TEMP_C] == 93.0
