"""What the reference driver makes of a line, good or bad."""

from collections.abc import Iterable
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from itertools import pairwise
from typing import Any

from hypothesis import given
from hypothesis import strategies as st

from firmware_bridge.driver import Driver, load_driver
from firmware_bridge.profile import load_profile, profile_path
from firmware_bridge.reference.codec import decode_payload, encode_frame
from firmware_bridge.reference.driver import HELLO_RETRY_S, ReferenceDriver
from firmware_bridge.reference.frames import (
    BrewFinishedFrame,
    BrewStartedFrame,
    Capability,
    CountersFrame,
    Frame,
    HelloFrame,
    HelloRequestFrame,
    KeepAliveFrame,
    ResetCause,
    SampleFrame,
    Status,
)
from firmware_bridge.reference.line import FrameDecoder, frame_bytes
from wire.readings import (
    BREWS_TOTAL,
    BrewFinished,
    BrewStarted,
    ControllerStarted,
    Counter,
    Flag,
    FlagName,
    FramesMissed,
    LinkLoss,
    LinkLost,
    LinkUp,
    Quantity,
    Reading,
    Sample,
)
from wire.stamps import Stamp

PROFILE = load_profile(profile_path("reference"))
START = datetime(2026, 3, 1, 7, 0, tzinfo=UTC)
ALL = Capability.FLOW | Capability.BOILER_TEMP | Capability.TANK_SWITCH | Capability.WATER_LEVEL


def at(seconds: float) -> Stamp:
    return Stamp(
        utc=START + timedelta(seconds=seconds),
        monotonic_s=seconds,
        boot_id="boot",
        synced=True,
    )


NOW = at(0)


def hello(sequence: int = 0, device_ms: int = 0, able: Capability = ALL) -> HelloFrame:
    return HelloFrame(
        sequence=sequence,
        device_ms=device_ms,
        protocol=(1, 0),
        firmware=(0, 1, 0),
        reset_cause=ResetCause.POWER_ON | ResetCause.BROWN_OUT,
        boot_count=4,
        capabilities=able,
        serial="DEMI0001",
    )


def sample(sequence: int, device_ms: int = 0, **values: Any) -> SampleFrame:
    resting = SampleFrame(
        sequence=sequence,
        device_ms=device_ms,
        status=Status(0),
        boiler_temp_tenths_c=None,
        water_level_permille=None,
        flow_pulses_total=0,
        dose_counts=None,
    )
    return replace(resting, **values)


def keep_alive(sequence: int, device_ms: int = 0) -> KeepAliveFrame:
    return KeepAliveFrame(sequence=sequence, device_ms=device_ms)


def bytes_of(*frames: Frame) -> bytes:
    return b"".join(encode_frame(frame) for frame in frames)


def told(driver: Driver, *frames: Frame) -> list[Reading]:
    return driver.receive(bytes_of(*frames), NOW)


def frame_in(data: bytes) -> Frame:
    (payload,) = FrameDecoder().receive(data)
    return decode_payload(payload)


def introduced(able: Capability = ALL) -> ReferenceDriver:
    driver = ReferenceDriver(PROFILE)
    told(driver, hello(able=able))
    return driver


def test_hello_brings_the_link_up_and_says_who_is_there() -> None:
    assert told(ReferenceDriver(PROFILE), hello()) == [
        LinkUp(at=NOW),
        ControllerStarted(
            at=NOW,
            protocol="1.0",
            firmware="0.1.0",
            serial="DEMI0001",
            boot_count=4,
            reset_cause="power_on+brown_out",
        ),
    ]


def test_a_controller_tells_which_sensors_it_lacks() -> None:
    """The device check does not wait for what this board will never say."""
    able = Capability.FLOW | Capability.BOILER_TEMP
    [_up, started] = told(ReferenceDriver(PROFILE), hello(able=able))
    assert isinstance(started, ControllerStarted)
    assert started.lacks == (Quantity.WATER_LEVEL_ML, FlagName.TANK_EMPTY)


def test_first_sample_tells_values_with_units_and_every_flag() -> None:
    frame = sample(
        1,
        status=Status.PUMP_ON | Status.TANK_EMPTY,
        boiler_temp_tenths_c=931,
        water_level_permille=250,
        flow_pulses_total=1000,
    )

    assert told(introduced(), frame) == [
        Flag(at=NOW, name=FlagName.PUMP_ON, on=True),
        Flag(at=NOW, name=FlagName.HEATER_ON, on=False),
        Flag(at=NOW, name=FlagName.TANK_EMPTY, on=True),
        Sample(at=NOW, quantity=Quantity.BOILER_TEMP_C, value=93.1),
        Sample(at=NOW, quantity=Quantity.WATER_LEVEL_ML, value=450.0),
        Sample(at=NOW, quantity=Quantity.WATER_DRAWN_ML, value=190.0),
    ]


def test_flags_are_told_again_only_when_they_change() -> None:
    driver = introduced()
    told(driver, sample(1))

    readings = told(driver, sample(2), sample(3, status=Status.HEATER_ON))

    flags = [reading for reading in readings if isinstance(reading, Flag)]
    assert flags == [Flag(at=NOW, name=FlagName.HEATER_ON, on=True)]


def test_every_flag_is_told_again_after_a_silence() -> None:
    # Whoever hears that the link is lost forgets what the flags were.
    driver = introduced()
    told(driver, sample(1))
    driver.receive(b"", at(2))
    again = driver.receive(bytes_of(sample(2)), at(3600))
    assert isinstance(again[0], LinkUp)
    assert {flag.name for flag in again if isinstance(flag, Flag)} == {
        FlagName.PUMP_ON,
        FlagName.HEATER_ON,
        FlagName.TANK_EMPTY,
    }


def test_sensor_that_cannot_tell_is_none_and_absent_sensor_is_not_mentioned() -> None:
    with_all = told(introduced(), sample(1))
    without = told(introduced(Capability(0)), sample(1))

    assert Sample(at=NOW, quantity=Quantity.BOILER_TEMP_C, value=None) in with_all
    assert without == [
        Flag(at=NOW, name=FlagName.PUMP_ON, on=False),
        Flag(at=NOW, name=FlagName.HEATER_ON, on=False),
    ]


def test_before_the_hello_only_what_proves_its_sensor_is_told() -> None:
    driver = ReferenceDriver(PROFILE)

    readings = told(driver, sample(5, boiler_temp_tenths_c=200))

    assert readings[0] == LinkUp(at=NOW)
    assert [r.quantity for r in readings if isinstance(r, Sample)] == [Quantity.BOILER_TEMP_C]
    assert FlagName.TANK_EMPTY not in [r.name for r in readings if isinstance(r, Flag)]


def test_brew_is_told_with_number_duration_and_water() -> None:
    started = BrewStartedFrame(sequence=1, device_ms=0, brew_number=17)
    finished = BrewFinishedFrame(
        sequence=2, device_ms=0, brew_number=17, duration_ms=25_300, flow_pulses=200
    )
    counters = CountersFrame(
        sequence=3, device_ms=0, brews_total=17, flow_pulses_total=9, boot_count=4
    )

    assert told(introduced(), started, finished, counters) == [
        BrewStarted(at=NOW, number=17),
        BrewFinished(at=NOW, number=17, duration_s=25.3, water_ml=38.0),
        Counter(at=NOW, name=BREWS_TOTAL, value=17),
    ]


def test_brew_without_a_flow_meter_has_no_water_figure() -> None:
    finished = BrewFinishedFrame(
        sequence=1, device_ms=0, brew_number=1, duration_ms=9000, flow_pulses=0
    )

    (reading,) = told(introduced(Capability(0)), finished)

    assert reading == BrewFinished(at=NOW, number=1, duration_s=9.0, water_ml=None)


def test_sequence_gap_is_told_as_missed_frames_also_across_its_wrap() -> None:
    driver = introduced()
    told(driver, keep_alive(1))

    assert told(driver, keep_alive(5)) == [FramesMissed(at=NOW, count=3)]
    assert told(driver, hello(sequence=65534)) != []
    assert told(driver, keep_alive(65535), keep_alive(0), keep_alive(2)) == [
        FramesMissed(at=NOW, count=1)
    ]


def test_reset_is_no_gap() -> None:
    driver = introduced()
    told(driver, keep_alive(1, device_ms=60_000))

    readings = told(driver, hello(), keep_alive(1, device_ms=250))

    assert not [reading for reading in readings if isinstance(reading, FramesMissed)]


def test_clock_of_the_controller_may_wrap() -> None:
    driver = introduced()
    told(driver, hello(sequence=8, device_ms=2**32 - 100))

    assert told(driver, keep_alive(9, device_ms=150)) == []
    assert driver.poll(at(10)) == b""


def test_restart_whose_hello_was_lost_counts_its_frames_and_asks_for_the_hello() -> None:
    driver = introduced()
    told(driver, keep_alive(1, device_ms=60_000))

    assert told(driver, keep_alive(3, device_ms=700)) == [FramesMissed(at=NOW, count=3)]
    assert driver.poll(at(10)) != b""


def test_hello_is_asked_for_once_the_link_is_up_and_at_most_every_two_seconds() -> None:
    driver = ReferenceDriver(PROFILE)
    assert driver.poll(at(0)) == b""
    driver.receive(bytes_of(keep_alive(7)), at(0))

    request = driver.poll(at(0))

    assert frame_in(request) == HelloRequestFrame(sequence=0, device_ms=0, protocol=(1, 1))
    assert driver.poll(at(HELLO_RETRY_S - 0.01)) == b""
    assert driver.poll(at(HELLO_RETRY_S)) != b""
    told(driver, hello(sequence=8))
    assert driver.poll(at(99)) == b""


def test_request_is_understood_behind_half_of_another() -> None:
    driver = ReferenceDriver(PROFILE)
    told(driver, keep_alive(7))

    assert isinstance(frame_in(b"\x07\x81" + driver.poll(NOW)), HelloRequestFrame)


def test_next_due_is_the_next_request_or_the_loss_of_the_link() -> None:
    driver = ReferenceDriver(PROFILE)
    driver.receive(bytes_of(keep_alive(7)), at(0))
    assert driver.next_due_s(at(0)) == 0.0

    driver.poll(at(0))
    assert driver.next_due_s(at(0)) == 1.0

    driver.receive(bytes_of(keep_alive(8)), at(1.5))
    assert driver.next_due_s(at(1.5)) == 0.5


def test_silence_loses_the_link_and_a_late_continued_sequence_does_not() -> None:
    driver = introduced()

    assert driver.receive(bytes_of(keep_alive(1)), at(7200)) == []
    assert driver.receive(b"", at(7200.5)) == []
    assert driver.receive(b"", at(7201)) == [LinkLost(at=at(7201), reason=LinkLoss.SILENT)]
    assert driver.receive(bytes_of(keep_alive(2)), at(7300)) == [LinkUp(at=at(7300))]


def test_other_major_version_is_said_once_and_its_frames_are_skipped() -> None:
    driver = ReferenceDriver(PROFILE)
    readings = told(driver, replace(hello(), protocol=(2, 3)), sample(1), keep_alive(9))

    assert [r.protocol for r in readings if isinstance(r, ControllerStarted)] == ["2.3"]
    assert len(readings) == 2
    assert (driver.counts.frames_ok, driver.counts.frames_skipped) == (1, 2)
    assert told(driver, hello(sequence=3), sample(4)) != []


def test_unknown_types_and_longer_bodies_of_newer_minor_versions_are_understood() -> None:
    unknown = frame_bytes(bytes.fromhex("7f 0100 00000000 aabb"))
    longer = frame_bytes(bytes.fromhex("04 0200 00000000 11000000 ffff"))
    driver = introduced()

    assert driver.receive(unknown + longer, NOW) == [BrewStarted(at=NOW, number=17)]
    assert driver.counts.frames_skipped == 1
    assert driver.counts.frames_bad == 0


def test_body_that_is_too_short_is_a_bad_frame() -> None:
    driver = introduced()

    assert driver.receive(frame_bytes(bytes.fromhex("04 0100 00000000 1100")), NOW) == []
    assert driver.counts.frames_bad == 1


def test_unplugging_forgets_half_a_frame_and_the_controller() -> None:
    driver = introduced()
    driver.receive(b"\x05\x01\x02", at(1))

    assert driver.unplugged(at(2)) == [LinkLost(at=at(2), reason=LinkLoss.UNPLUGGED)]
    assert driver.receive(bytes_of(keep_alive(900)), at(3)) == [LinkUp(at=at(3))]
    assert driver.poll(at(3)) != b""


def test_driver_is_found_by_its_name() -> None:
    assert isinstance(load_driver("reference", PROFILE), ReferenceDriver)


def morning() -> list[Frame]:
    return [
        hello(),
        sample(1, boiler_temp_tenths_c=215, status=Status.HEATER_ON),
        BrewStartedFrame(sequence=2, device_ms=3000, brew_number=1),
        sample(3, status=Status.PUMP_ON, flow_pulses_total=120),
        BrewFinishedFrame(
            sequence=4, device_ms=31_000, brew_number=1, duration_ms=26_000, flow_pulses=210
        ),
        keep_alive(5, device_ms=31_250),
    ]


def in_pieces(data: bytes, cuts: Iterable[int]) -> list[bytes]:
    places = sorted({0, len(data), *(cut % (len(data) + 1) for cut in cuts)})
    return [data[a:b] for a, b in pairwise(places)]


@given(st.lists(st.integers(0, 10_000)))
def test_readings_do_not_depend_on_how_the_bytes_are_cut(cuts: list[int]) -> None:
    data = bytes_of(*morning())
    whole = ReferenceDriver(PROFILE).receive(data, NOW)
    driver = ReferenceDriver(PROFILE)

    assert [r for piece in in_pieces(data, cuts) for r in driver.receive(piece, NOW)] == whole
    assert driver.counts.frames_bad == 0


@given(st.lists(st.binary(max_size=200), max_size=8), st.floats(0, 5))
def test_any_bytes_are_survived_and_the_second_good_frame_is_understood(
    noise: list[bytes], pause_s: float
) -> None:
    driver = introduced()
    for number, piece in enumerate(noise):
        driver.receive(piece, at(number * pause_s))
        driver.poll(at(number * pause_s))
    finished = BrewFinishedFrame(
        sequence=9, device_ms=0, brew_number=3, duration_ms=1000, flow_pulses=5
    )

    readings = driver.receive(bytes_of(keep_alive(8), finished), at(60))

    assert readings[-1] == BrewFinished(
        at=at(60), number=3, duration_s=1.0, water_ml=5 * PROFILE.water.ml_per_pulse
    )
