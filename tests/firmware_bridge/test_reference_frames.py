"""Frames survive the line; whatever else comes out of the line is dropped and counted."""

import sys
from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from firmware_bridge.reference import codec, frames, line
from firmware_bridge.reference.frames import Capability, ResetCause, Status
from firmware_bridge.reference.line import FrameDecoder

u8, u16, u32 = (st.integers(0, 2**bits - 1) for bits in (8, 16, 32))
header = {"sequence": u16, "device_ms": u32}
serials = st.text(st.characters(min_codepoint=0x21, max_codepoint=0x7E), max_size=12)
samples = st.builds(
    frames.SampleFrame,
    **header,
    status=u8.map(Status),
    boiler_temp_tenths_c=st.none() | st.integers(-0x8000, 0x7FFE),
    water_level_permille=st.none() | st.integers(0, 1000),
    flow_pulses_total=u32,
    dose_counts=st.none() | st.integers(-0x8000_0000, 0x7FFF_FFFE),
)
any_frame = st.one_of(
    st.builds(
        frames.HelloFrame,
        **header,
        protocol=st.tuples(u8, u8),
        firmware=st.tuples(u8, u8, u8),
        reset_cause=u8.map(ResetCause),
        boot_count=u16,
        capabilities=u16.map(Capability),
        serial=serials,
    ),
    st.builds(frames.KeepAliveFrame, **header),
    samples,
    st.builds(frames.BrewStartedFrame, **header, brew_number=u32),
    st.builds(
        frames.BrewFinishedFrame, **header, brew_number=u32, duration_ms=u32, flow_pulses=u32
    ),
    st.builds(
        frames.CountersFrame, **header, brews_total=u32, flow_pulses_total=u32, boot_count=u16
    ),
    st.builds(frames.HelloRequestFrame, **header, protocol=st.tuples(u8, u8)),
)
payloads = st.binary(min_size=1, max_size=line.MAX_PAYLOAD_BYTES)
noise = st.binary(max_size=200)


def counts(decoder: FrameDecoder) -> tuple[int, int, int, int]:
    return (
        decoder.bytes_received,
        decoder.frames_ok,
        decoder.frames_bad,
        decoder.resyncs,
    )


@given(any_frame)
def test_a_frame_survives_the_line(frame: frames.Frame) -> None:
    (payload,) = FrameDecoder().receive(codec.encode_frame(frame))

    assert codec.decode_payload(payload) == frame


@given(any_frame, st.binary(max_size=10))
def test_what_a_newer_minor_version_appends_is_ignored(
    frame: frames.Frame, more: bytes
) -> None:
    assert codec.decode_payload(codec.encode_payload(frame) + more) == frame


@given(any_frame, st.integers(1, 48))
def test_a_payload_that_lacks_bytes_of_version_1_0_is_malformed(
    frame: frames.Frame, lacking: int
) -> None:
    first = codec.encode_payload(frame)[: -len(frame.APPENDED) or None]

    with pytest.raises(codec.MalformedFrame):
        codec.decode_payload(first[:-lacking])


@given(samples, st.integers(1, 4))
def test_what_an_older_minor_version_does_not_tell_is_unknown(
    sample: frames.SampleFrame, lacking: int
) -> None:
    older = codec.encode_payload(sample)[:-lacking]

    assert codec.decode_payload(older) == replace(sample, dose_counts=None)


@given(payloads)
def test_any_payload_is_read_or_malformed(payload: bytes) -> None:
    try:
        frame = codec.decode_payload(payload)
    except codec.MalformedFrame:
        return
    assert isinstance(frame, frames.Frame)


@given(u16, u32, st.binary(max_size=41))
def test_an_unknown_type_is_told_apart_from_damage(
    sequence: int, device_ms: int, body: bytes
) -> None:
    newer = frames.KeepAliveFrame(sequence=sequence, device_ms=device_ms)
    payload = b"\x7e" + codec.encode_payload(newer)[1:] + body

    assert codec.decode_payload(payload) == frames.UnknownFrame(
        sequence=sequence, device_ms=device_ms, type=0x7E
    )


@given(st.binary(max_size=400))
def test_a_hello_shows_people_only_printable_characters(serial: bytes) -> None:
    hello = bytes.fromhex("01000000000000 0100 010000 01 0100 0f00") + serial.ljust(12, b"\0")
    frame = codec.decode_payload(hello)

    assert isinstance(frame, frames.HelloFrame)
    assert frame.serial.isascii()
    assert not frame.serial or frame.serial.isprintable()


@given(st.lists(noise, max_size=8))
def test_no_bytes_are_ever_an_error(pieces: list[bytes]) -> None:
    decoder = FrameDecoder()
    for piece in pieces:
        for payload in decoder.receive(piece):
            assert 1 <= len(payload) <= line.MAX_PAYLOAD_BYTES

    assert decoder.bytes_received == sum(map(len, pieces))


streams = st.lists(st.one_of(payloads.map(line.frame_bytes), noise), max_size=8).map(b"".join)


@given(streams, st.data())
def test_it_does_not_matter_how_the_bytes_are_cut(stream: bytes, data: st.DataObject) -> None:
    whole, single, cut = FrameDecoder(), FrameDecoder(), FrameDecoder()
    at = data.draw(st.integers(0, len(stream)))

    expected = whole.receive(stream)
    one_by_one = [p for i in range(len(stream)) for p in single.receive(stream[i : i + 1])]
    in_two = cut.receive(stream[:at]) + cut.receive(stream[at:])

    assert one_by_one == in_two == expected
    assert counts(single) == counts(cut) == counts(whole)


@given(noise, payloads, payloads)
def test_after_any_noise_the_second_of_two_frames_is_read(
    before: bytes, first: bytes, second: bytes
) -> None:
    decoder = FrameDecoder()
    decoder.receive(before)

    received = decoder.receive(line.frame_bytes(first) + line.frame_bytes(second))

    assert received[-1] == second


@given(noise, payloads)
def test_a_zero_ahead_saves_the_very_next_frame(before: bytes, payload: bytes) -> None:
    decoder = FrameDecoder()
    decoder.receive(before)

    assert decoder.receive(b"\0" + line.frame_bytes(payload))[-1] == payload


@given(payloads, st.data())
def test_one_flipped_bit_never_passes_as_a_frame(payload: bytes, data: st.DataObject) -> None:
    sent = bytearray(line.frame_bytes(payload))
    sent[data.draw(st.integers(0, len(sent) - 2))] ^= 1 << data.draw(st.integers(0, 7))

    received = FrameDecoder().receive(bytes(sent))

    assert payload not in received


def test_a_stream_without_any_frame_does_not_grow_the_memory() -> None:
    """A minute of a line at the wrong baud rate: no zero, no frame."""
    decoder = FrameDecoder()
    for _ in range(700):
        decoder.receive(b"\x55" * 1000)

    assert decoder.frames_bad == 1
    assert sys.getsizeof(decoder._held) < 1000


def test_the_checksum_is_the_one_that_the_world_calls_ccitt_false() -> None:
    assert line.crc16(b"123456789") == 0x29B1


def test_a_payload_that_no_receiver_could_hold_is_our_own_mistake() -> None:
    with pytest.raises(ValueError, match="at most 48"):
        line.frame_bytes(bytes(49))
