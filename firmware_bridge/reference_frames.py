"""The frames of the reference protocol, version 1: bytes to typed facts and back.

``PROTOCOL.md`` is the source; this module and the C firmware follow it, and
``vectors.json`` keeps both honest. Nothing here does I/O or knows the time.

Two steps, because they fail in two ways. ``FrameDecoder`` turns any bytes into payloads
whose checksum is right: damage is dropped and counted, never raised. ``decode_payload``
turns one payload into a frame: a body shorter than its type demands raises
``MalformedFrame``, a longer one is a newer minor version and its extra bytes are ignored,
and a type that is not known comes back as ``UnknownFrame``, which is no error.

    decoder = FrameDecoder()
    for payload in decoder.receive(port.read()):
        frame = decode_payload(payload)
"""

import binascii
import struct
from dataclasses import dataclass
from enum import IntFlag
from typing import ClassVar, Self

from firmware_bridge import cobs

PROTOCOL_MAJOR = 1
PROTOCOL_MINOR = 0

MAX_PAYLOAD_BYTES = 48
CRC_BYTES = 2
MAX_ENCODED_BYTES = MAX_PAYLOAD_BYTES + CRC_BYTES + 1
"""What can stand between two zeros; the receiver's buffer is no longer than this."""

SERIAL_BYTES = 12
TEMP_UNKNOWN = 0x7FFF
LEVEL_UNKNOWN = 0xFFFF

_HEADER = struct.Struct("<BHI")
_CRC = struct.Struct("<H")


class MalformedFrame(ValueError):
    """The checksum is right and the payload is not what its type promises."""


class ResetCause(IntFlag):
    """Why the controller started. Several bits may be set at once."""

    POWER_ON = 1
    EXTERNAL = 2
    BROWN_OUT = 4
    WATCHDOG = 8


class Capability(IntFlag):
    """Which sensors this controller has; what it lacks it reports as unknown."""

    FLOW = 1
    BOILER_TEMP = 2
    TANK_SWITCH = 4
    WATER_LEVEL = 8


class Status(IntFlag):
    """The yes-or-no inputs of a sample."""

    PUMP_ON = 1
    HEATER_ON = 2
    TANK_EMPTY = 4


@dataclass(frozen=True, slots=True, kw_only=True)
class Frame:
    """What every frame carries: the sender's own count and the sender's own clock."""

    sequence: int
    """Plus one a frame, from 0 at the controller's start; wraps after 65535."""
    device_ms: int
    """Milliseconds since the controller's start; wraps after 49.7 days."""

    TYPE: ClassVar[int]
    _BODY: ClassVar[struct.Struct]

    def _values(self) -> tuple[int | bytes, ...]:
        return ()

    @classmethod
    def _read(cls, sequence: int, device_ms: int, body: bytes) -> Self:
        return cls(sequence=sequence, device_ms=device_ms)


@dataclass(frozen=True, slots=True, kw_only=True)
class HelloFrame(Frame):
    """The controller introduces itself: first after its start, and on request."""

    TYPE = 0x01
    _BODY = struct.Struct(f"<BBBBBBHH{SERIAL_BYTES}s")

    protocol: tuple[int, int]
    firmware: tuple[int, int, int]
    reset_cause: ResetCause
    boot_count: int
    capabilities: Capability
    serial: str

    def _values(self) -> tuple[int | bytes, ...]:
        return (
            *self.protocol,
            *self.firmware,
            self.reset_cause,
            self.boot_count,
            self.capabilities,
            self.serial.encode("ascii"),
        )

    @classmethod
    def _read(cls, sequence: int, device_ms: int, body: bytes) -> Self:
        major, minor, fw_major, fw_minor, fw_patch, cause, boots, able, serial = (
            cls._BODY.unpack(body)
        )
        return cls(
            sequence=sequence,
            device_ms=device_ms,
            protocol=(major, minor),
            firmware=(fw_major, fw_minor, fw_patch),
            reset_cause=ResetCause(cause),
            boot_count=boots,
            capabilities=Capability(able),
            serial=_printable(serial.partition(b"\0")[0]),
        )


@dataclass(frozen=True, slots=True, kw_only=True)
class KeepAliveFrame(Frame):
    """Nothing to tell for 250 ms, and still there."""

    TYPE = 0x02
    _BODY = struct.Struct("<")


@dataclass(frozen=True, slots=True, kw_only=True)
class SampleFrame(Frame):
    """What the sensors say now. ``None``: the sensor itself says that it cannot tell."""

    TYPE = 0x03
    _BODY = struct.Struct("<BhHI")

    status: Status
    boiler_temp_tenths_c: int | None
    water_level_permille: int | None
    flow_pulses_total: int

    def _values(self) -> tuple[int | bytes, ...]:
        temp, level = self.boiler_temp_tenths_c, self.water_level_permille
        return (
            self.status,
            TEMP_UNKNOWN if temp is None else temp,
            LEVEL_UNKNOWN if level is None else level,
            self.flow_pulses_total,
        )

    @classmethod
    def _read(cls, sequence: int, device_ms: int, body: bytes) -> Self:
        status, temp, level, pulses = cls._BODY.unpack(body)
        return cls(
            sequence=sequence,
            device_ms=device_ms,
            status=Status(status),
            boiler_temp_tenths_c=None if temp == TEMP_UNKNOWN else temp,
            water_level_permille=level if level <= 1000 else None,
            flow_pulses_total=pulses,
        )


@dataclass(frozen=True, slots=True, kw_only=True)
class BrewStartedFrame(Frame):
    """The pump has run for a second without interruption."""

    TYPE = 0x04
    _BODY = struct.Struct("<I")

    brew_number: int

    def _values(self) -> tuple[int | bytes, ...]:
        return (self.brew_number,)

    @classmethod
    def _read(cls, sequence: int, device_ms: int, body: bytes) -> Self:
        (number,) = cls._BODY.unpack(body)
        return cls(sequence=sequence, device_ms=device_ms, brew_number=number)


@dataclass(frozen=True, slots=True, kw_only=True)
class BrewFinishedFrame(Frame):
    """The pump has been off for two seconds after a brew."""

    TYPE = 0x05
    _BODY = struct.Struct("<III")

    brew_number: int
    duration_ms: int
    """From the first pump-on to the last pump-off."""
    flow_pulses: int

    def _values(self) -> tuple[int | bytes, ...]:
        return (self.brew_number, self.duration_ms, self.flow_pulses)

    @classmethod
    def _read(cls, sequence: int, device_ms: int, body: bytes) -> Self:
        number, duration_ms, pulses = cls._BODY.unpack(body)
        return cls(
            sequence=sequence,
            device_ms=device_ms,
            brew_number=number,
            duration_ms=duration_ms,
            flow_pulses=pulses,
        )


@dataclass(frozen=True, slots=True, kw_only=True)
class CountersFrame(Frame):
    """What the controller keeps through power cuts."""

    TYPE = 0x06
    _BODY = struct.Struct("<IIH")

    brews_total: int
    flow_pulses_total: int
    boot_count: int

    def _values(self) -> tuple[int | bytes, ...]:
        return (self.brews_total, self.flow_pulses_total, self.boot_count)

    @classmethod
    def _read(cls, sequence: int, device_ms: int, body: bytes) -> Self:
        brews, pulses, boots = cls._BODY.unpack(body)
        return cls(
            sequence=sequence,
            device_ms=device_ms,
            brews_total=brews,
            flow_pulses_total=pulses,
            boot_count=boots,
        )


@dataclass(frozen=True, slots=True, kw_only=True)
class HelloRequestFrame(Frame):
    """The one thing that a host may ever send: please introduce yourself."""

    TYPE = 0x81
    _BODY = struct.Struct("<BB")

    protocol: tuple[int, int]
    """The highest that the host speaks."""

    def _values(self) -> tuple[int | bytes, ...]:
        return self.protocol

    @classmethod
    def _read(cls, sequence: int, device_ms: int, body: bytes) -> Self:
        major, minor = cls._BODY.unpack(body)
        return cls(sequence=sequence, device_ms=device_ms, protocol=(major, minor))


@dataclass(frozen=True, slots=True, kw_only=True)
class UnknownFrame(Frame):
    """A frame of a newer minor version, to be skipped and counted."""

    type: int


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
    return header + frame._BODY.pack(*frame._values())


def decode_payload(payload: bytes) -> Frame:
    """Return the frame in ``payload``; raise ``MalformedFrame`` if it is too short."""
    if len(payload) < _HEADER.size:
        raise MalformedFrame(f"{len(payload)} bytes are no header")
    type_, sequence, device_ms = _HEADER.unpack_from(payload)
    cls = FRAME_TYPES.get(type_)
    if cls is None:
        return UnknownFrame(sequence=sequence, device_ms=device_ms, type=type_)
    body = payload[_HEADER.size : _HEADER.size + cls._BODY.size]
    if len(body) < cls._BODY.size:
        raise MalformedFrame(f"type 0x{type_:02x} has a body of only {len(body)} bytes")
    return cls._read(sequence, device_ms, body)


def crc16(payload: bytes) -> int:
    """Return the CRC-16/CCITT-FALSE of ``payload`` (0x29B1 for ``b"123456789"``)."""
    return binascii.crc_hqx(payload, 0xFFFF)


def frame_bytes(payload: bytes) -> bytes:
    """Return ``payload`` as it travels: checksum added, stuffed, ended by a zero."""
    if len(payload) > MAX_PAYLOAD_BYTES:
        raise ValueError(f"a payload has at most {MAX_PAYLOAD_BYTES} bytes")
    return cobs.encode(payload + _CRC.pack(crc16(payload))) + b"\0"


def encode_frame(frame: Frame) -> bytes:
    """Return ``frame`` as it travels."""
    return frame_bytes(encode_payload(frame))


class FrameDecoder:
    """Finds the payloads in a stream that may begin, break or lie anywhere.

    Never raises and never holds more than one frame. Two zeros in a row are no frame and
    no damage: a sender may begin with a zero to end whatever noise came before.
    """

    def __init__(self) -> None:
        self.bytes_received = 0
        self.frames_ok = 0
        self.frames_bad = 0
        self.resyncs = 0
        """How often a good frame came after bad ones."""
        self._held = bytearray()
        self._overlong = False
        self._lost = False

    def receive(self, data: bytes) -> list[bytes]:
        """Take what has arrived; return the payloads that are now complete."""
        self.bytes_received += len(data)
        *ended, rest = data.split(b"\0")
        payloads = []
        for piece in ended:
            self._hold(piece)
            payload = self._finish()
            if payload is not None:
                payloads.append(payload)
        self._hold(rest)
        return payloads

    def _hold(self, piece: bytes) -> None:
        if self._overlong:
            return
        if len(self._held) + len(piece) <= MAX_ENCODED_BYTES:
            self._held += piece
        else:
            # Counted here and not at the next zero: a stream at the wrong baud rate may
            # never have one.
            self._held.clear()
            self._overlong = True
            self._count_bad()

    def _finish(self) -> bytes | None:
        encoded = bytes(self._held)
        self._held.clear()
        if self._overlong or not encoded:
            self._overlong = False
            return None
        try:
            data = cobs.decode(encoded)
        except cobs.CobsError:
            self._count_bad()
            return None
        payload, crc = data[:-CRC_BYTES], data[-CRC_BYTES:]
        if len(payload) == 0 or crc != _CRC.pack(crc16(payload)):
            self._count_bad()
            return None
        self.frames_ok += 1
        self.resyncs += self._lost
        self._lost = False
        return payload

    def _count_bad(self) -> None:
        self.frames_bad += 1
        self._lost = True


def _printable(text: bytes) -> str:
    # A serial is shown to people and written to logs; a maker's mistake stays harmless.
    return "".join(chr(byte) if 0x20 < byte < 0x7F else "?" for byte in text)
