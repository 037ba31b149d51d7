"""The frames of the reference protocol, version 1: what each of them says.

``PROTOCOL.md`` is the source; these classes and the C firmware follow it, and
``vectors.json`` keeps both honest. ``reference_codec`` makes frames of payloads and payloads
of frames; how a payload travels is ``reference_line``'s.
"""

import struct
from dataclasses import dataclass
from enum import IntFlag
from typing import ClassVar, Self

PROTOCOL_MAJOR = 1
PROTOCOL_MINOR = 1

SERIAL_BYTES = 12
TEMP_UNKNOWN = 0x7FFF
LEVEL_UNKNOWN = 0xFFFF
DOSE_UNKNOWN = 0x7FFF_FFFF


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
    COFFEE_DOSE = 16


class Status(IntFlag):
    """The yes-or-no inputs of a sample."""

    PUMP_ON = 1
    HEATER_ON = 2
    TANK_EMPTY = 4


@dataclass(frozen=True, slots=True, kw_only=True)
class Frame:
    """What every frame carries: the sender's own count and the sender's own clock.

    A body's fields travel in the order in which its class declares them; the classes whose
    fields are more than plain numbers say themselves how those are packed.
    """

    sequence: int
    """Plus one a frame, from 0 at the controller's start; wraps after 65535."""
    device_ms: int
    """Milliseconds since the controller's start; wraps after 49.7 days."""

    TYPE: ClassVar[int]
    BODY: ClassVar[struct.Struct]
    """All that this version knows."""
    APPENDED: ClassVar[bytes] = b""
    """The end of ``BODY`` that version 1.0 did not have, as it is when it is not told."""

    def values(self) -> tuple[int | bytes, ...]:
        """Return what ``BODY`` packs."""
        return tuple(getattr(self, name) for name in self.__slots__)

    @classmethod
    def read(cls, sequence: int, device_ms: int, body: bytes) -> Self:
        """Return the frame whose body, as long as ``BODY``, is ``body``."""
        told = dict(zip(cls.__slots__, cls.BODY.unpack(body), strict=True))
        return cls(sequence=sequence, device_ms=device_ms, **told)


@dataclass(frozen=True, slots=True, kw_only=True)
class HelloFrame(Frame):
    """The controller introduces itself: first after its start, and on request."""

    TYPE = 0x01
    BODY = struct.Struct(f"<BBBBBBHH{SERIAL_BYTES}s")

    protocol: tuple[int, int]
    firmware: tuple[int, int, int]
    reset_cause: ResetCause
    boot_count: int
    capabilities: Capability
    serial: str

    def values(self) -> tuple[int | bytes, ...]:
        return (
            *self.protocol,
            *self.firmware,
            self.reset_cause,
            self.boot_count,
            self.capabilities,
            self.serial.encode("ascii"),
        )

    @classmethod
    def read(cls, sequence: int, device_ms: int, body: bytes) -> Self:
        major, minor, fw_major, fw_minor, fw_patch, cause, boots, able, serial = (
            cls.BODY.unpack(body)
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
    BODY = struct.Struct("<")


@dataclass(frozen=True, slots=True, kw_only=True)
class SampleFrame(Frame):
    """What the sensors say now. ``None``: the sensor itself says that it cannot tell."""

    TYPE = 0x03
    BODY = struct.Struct("<BhHIi")
    APPENDED = struct.pack("<i", DOSE_UNKNOWN)

    status: Status
    boiler_temp_tenths_c: int | None
    water_level_permille: int | None
    flow_pulses_total: int
    dose_counts: int | None
    """What the load cell counts, since version 1.1; the host's calibration makes it grams."""

    def values(self) -> tuple[int | bytes, ...]:
        temp, level = self.boiler_temp_tenths_c, self.water_level_permille
        return (
            self.status,
            TEMP_UNKNOWN if temp is None else temp,
            LEVEL_UNKNOWN if level is None else level,
            self.flow_pulses_total,
            DOSE_UNKNOWN if self.dose_counts is None else self.dose_counts,
        )

    @classmethod
    def read(cls, sequence: int, device_ms: int, body: bytes) -> Self:
        status, temp, level, pulses, dose = cls.BODY.unpack(body)
        return cls(
            sequence=sequence,
            device_ms=device_ms,
            status=Status(status),
            boiler_temp_tenths_c=None if temp == TEMP_UNKNOWN else temp,
            water_level_permille=level if level <= 1000 else None,
            flow_pulses_total=pulses,
            dose_counts=None if dose == DOSE_UNKNOWN else dose,
        )


@dataclass(frozen=True, slots=True, kw_only=True)
class BrewStartedFrame(Frame):
    """The pump has run for a second without interruption."""

    TYPE = 0x04
    BODY = struct.Struct("<I")

    brew_number: int


@dataclass(frozen=True, slots=True, kw_only=True)
class BrewFinishedFrame(Frame):
    """The pump has been off for two seconds after a brew."""

    TYPE = 0x05
    BODY = struct.Struct("<III")

    brew_number: int
    duration_ms: int
    """From the first pump-on to the last pump-off."""
    flow_pulses: int


@dataclass(frozen=True, slots=True, kw_only=True)
class CountersFrame(Frame):
    """What the controller keeps through power cuts."""

    TYPE = 0x06
    BODY = struct.Struct("<IIH")

    brews_total: int
    flow_pulses_total: int
    boot_count: int


@dataclass(frozen=True, slots=True, kw_only=True)
class HelloRequestFrame(Frame):
    """The one thing that a host may ever send: please introduce yourself."""

    TYPE = 0x81
    BODY = struct.Struct("<BB")

    protocol: tuple[int, int]
    """The highest that the host speaks."""

    def values(self) -> tuple[int | bytes, ...]:
        return self.protocol

    @classmethod
    def read(cls, sequence: int, device_ms: int, body: bytes) -> Self:
        return cls(sequence=sequence, device_ms=device_ms, protocol=(body[0], body[1]))


@dataclass(frozen=True, slots=True, kw_only=True)
class UnknownFrame(Frame):
    """A frame of a newer minor version, to be skipped and counted."""

    type: int


def _printable(text: bytes) -> str:
    # A serial is shown to people and written to logs; a maker's mistake stays harmless.
    return "".join(chr(byte) if 0x20 < byte < 0x7F else "?" for byte in text)
