"""Payloads of the reference protocol to frames, and back.

A body that is shorter than in version 1.0 raises ``MalformedFrame``. What a later minor
version has appended is read where it is there whole and unknown where it is not; what lies
beyond is a still newer version's, and ignored. A type that is not known comes back as
``UnknownFrame``, which is no error.

    for payload in FrameDecoder().receive(data):
        frame = decode_payload(payload)
"""

import struct

from firmware_bridge.reference.frames import (
    BrewFinishedFrame,
    BrewStartedFrame,
    CountersFrame,
    Frame,
    HelloFrame,
    HelloRequestFrame,
    KeepAliveFrame,
    SampleFrame,
    UnknownFrame,
)
from firmware_bridge.reference.line import frame_bytes

_HEADER = struct.Struct("<BHI")


class MalformedFrame(ValueError):
    """The checksum is right and the payload is not what its type promises."""


FRAME_TYPES: dict[int, type[Frame]] = {
    cls.TYPE: cls
    for cls in (
        HelloFrame,
        KeepAliveFrame,
        SampleFrame,
        BrewStartedFrame,
        BrewFinishedFrame,
        CountersFrame,
        HelloRequestFrame,
    )
}


def encode_payload(frame: Frame) -> bytes:
    """Return the payload of ``frame``: header and body, before checksum and stuffing."""
    header = _HEADER.pack(frame.TYPE, frame.sequence, frame.device_ms)
    return header + frame.BODY.pack(*frame.values())


def encode_frame(frame: Frame) -> bytes:
    """Return ``frame`` as it travels."""
    return frame_bytes(encode_payload(frame))


def decode_payload(payload: bytes) -> Frame:
    """Return the frame in ``payload``; raise ``MalformedFrame`` if it is too short."""
    if len(payload) < _HEADER.size:
        raise MalformedFrame(f"{len(payload)} bytes are no header")
    type_, sequence, device_ms = _HEADER.unpack_from(payload)
    cls = FRAME_TYPES.get(type_)
    if cls is None:
        return UnknownFrame(sequence=sequence, device_ms=device_ms, type=type_)
    body = payload[_HEADER.size : _HEADER.size + cls.BODY.size]
    return cls.read(sequence, device_ms, _completed(cls, body))


def _completed(cls: type[Frame], body: bytes) -> bytes:
    """Return ``body`` with all that an older sender could not tell as unknown."""
    if len(body) == cls.BODY.size:
        return body
    first_bytes = cls.BODY.size - len(cls.APPENDED)
    if len(body) < first_bytes:
        raise MalformedFrame(f"type 0x{cls.TYPE:02x} has a body of only {len(body)} bytes")
    return body[:first_bytes] + cls.APPENDED
