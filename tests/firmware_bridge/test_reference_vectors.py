"""Python agrees with every line of ``vectors.json``; C does in tests/peers."""

import dataclasses
from enum import IntFlag

import pytest

from firmware_bridge.reference import codec, frames
from firmware_bridge.reference.frames import Frame
from firmware_bridge.reference.line import FrameDecoder
from firmware_bridge.simulation.twin import ControllerTwin
from tests.firmware_bridge.golden import (
    FRAMES,
    HOSTILE,
    PAYLOADS,
    SCENARIOS,
    SESSIONS,
    GoldenFrame,
    GoldenPayload,
    Hostile,
    Scenario,
    Session,
    by_name,
)

NAMES = {
    frames.HelloFrame: "hello",
    frames.KeepAliveFrame: "keepalive",
    frames.SampleFrame: "sample",
    frames.BrewStartedFrame: "brew_started",
    frames.BrewFinishedFrame: "brew_finished",
    frames.CountersFrame: "counters",
    frames.HelloRequestFrame: "hello_request",
    frames.UnknownFrame: "unknown",
}


def plain(frame: Frame) -> dict[str, object]:
    """Return ``frame`` as ``vectors.json`` writes it."""
    values: dict[str, object] = {}
    for field in dataclasses.fields(frame):
        value = getattr(frame, field.name)
        if isinstance(value, tuple):
            value = list(value)
        elif isinstance(value, IntFlag):
            value = int(value)
        values["type_number" if field.name == "type" else field.name] = value
    return {"type": NAMES[type(frame)]} | values


@pytest.mark.parametrize("golden", FRAMES, ids=by_name)
def test_a_golden_frame_is_read(golden: GoldenFrame) -> None:
    (payload,) = FrameDecoder().receive(golden.frame)

    assert payload == golden.payload
    assert plain(codec.decode_payload(payload)) == golden.fields


@pytest.mark.parametrize("golden", FRAMES, ids=by_name)
def test_a_golden_frame_is_written(golden: GoldenFrame) -> None:
    frame = codec.decode_payload(golden.payload)

    assert codec.encode_payload(frame) == golden.payload
    assert codec.encode_frame(frame) == golden.frame


@pytest.mark.parametrize("golden", PAYLOADS, ids=by_name)
def test_a_payload_of_another_version_reads_as_promised(golden: GoldenPayload) -> None:
    if golden.reads is None:
        with pytest.raises(codec.MalformedFrame):
            codec.decode_payload(golden.payload)
    else:
        assert plain(codec.decode_payload(golden.payload)) == golden.reads


@pytest.mark.parametrize("session", SESSIONS, ids=by_name)
def test_a_controller_of_another_minor_version_is_understood(session: Session) -> None:
    payloads = FrameDecoder().receive(session.data)

    assert [plain(codec.decode_payload(payload)) for payload in payloads] == session.reads


@pytest.mark.parametrize("hostile", HOSTILE, ids=by_name)
def test_hostile_bytes_yield_what_is_left_of_them(hostile: Hostile) -> None:
    decoder = FrameDecoder()

    assert decoder.receive(hostile.data) == hostile.payloads
    assert (decoder.frames_ok, decoder.frames_bad) == (hostile.frames_ok, hostile.frames_bad)
    assert decoder.resyncs == hostile.resyncs


@pytest.mark.parametrize("scenario", SCENARIOS, ids=by_name)
def test_the_twin_lives_a_golden_life(scenario: Scenario) -> None:
    eeprom = bytearray(scenario.eeprom)
    twin = ControllerTwin(
        scenario.serial,
        eeprom,
        reset_cause=scenario.reset_cause,
        capabilities=scenario.capabilities,
    )
    for step in scenario.steps:
        sent = twin.tick(step.ms, step.inputs, step.rx)
        told = [NAMES[type(codec.decode_payload(p))] for p in FrameDecoder().receive(sent)]
        assert (step.ms, told, sent.hex()) == (step.ms, step.sends, step.tx.hex())
    assert eeprom == scenario.eeprom_after


def test_the_vectors_show_every_type_of_frame() -> None:
    shown = {golden.payload[0] for golden in FRAMES}

    assert shown == set(codec.FRAME_TYPES)
