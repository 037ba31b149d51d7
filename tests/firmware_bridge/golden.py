"""``vectors.json``, typed: what Python and C both have to agree with."""

import json
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import firmware_bridge
from firmware_bridge.reference.frames import Capability, ResetCause
from firmware_bridge.simulation.twin import Inputs
from firmware_bridge.simulation.twin_memory import EEPROM_BYTES

FOLDER = Path(firmware_bridge.__file__).parent
_VECTORS = json.loads((FOLDER / "vectors.json").read_text(encoding="utf-8"))


@dataclass(frozen=True, kw_only=True)
class GoldenFrame:
    """One frame: its fields, its payload, its bytes on the line."""

    name: str
    fields: dict[str, Any]
    payload: bytes
    frame: bytes


@dataclass(frozen=True, kw_only=True)
class GoldenPayload:
    """A payload that no controller of version 1.1 sends, and what it reads as."""

    name: str
    payload: bytes
    reads: dict[str, Any] | None
    """``None``: malformed."""


@dataclass(frozen=True, kw_only=True)
class Session:
    """What a controller of another version sent, and the frames that it reads as."""

    name: str
    data: bytes
    reads: list[dict[str, Any]]


@dataclass(frozen=True, kw_only=True)
class Hostile:
    """Bytes on the line, and what a receiver makes of them."""

    name: str
    data: bytes
    payloads: list[bytes]
    frames_ok: int
    frames_bad: int
    resyncs: int


@dataclass(frozen=True, kw_only=True)
class Step:
    """One tick of a scenario."""

    ms: int
    inputs: Inputs
    rx: bytes
    sends: list[str]
    tx: bytes


@dataclass(frozen=True, kw_only=True)
class Scenario:
    """A controller from its start."""

    name: str
    serial: str
    reset_cause: ResetCause
    capabilities: Capability
    eeprom: bytes
    steps: list[Step]
    eeprom_after: bytes


def _eeprom(plain: str) -> bytes:
    """Return the whole memory: what is not given has never been written."""
    return bytes.fromhex(plain).ljust(EEPROM_BYTES, b"\xff")


def _steps(plain: list[dict[str, Any]]) -> list[Step]:
    held: dict[str, Any] = {}
    steps = []
    for step in plain:
        held |= step["inputs"]
        steps.append(
            Step(
                ms=step["ms"],
                inputs=Inputs(**held),
                rx=bytes.fromhex(step["rx_hex"]),
                sends=step["sends"],
                tx=bytes.fromhex(step["tx_hex"]),
            )
        )
    return steps


FRAMES = [
    GoldenFrame(
        name=plain["name"],
        fields=plain["fields"],
        payload=bytes.fromhex(plain["payload_hex"]),
        frame=bytes.fromhex(plain["frame_hex"]),
    )
    for plain in _VECTORS["frames"]
]
PAYLOADS = [
    GoldenPayload(
        name=plain["name"],
        payload=bytes.fromhex(plain["payload_hex"]),
        reads=None if plain["reads"] == "malformed" else plain["reads"],
    )
    for plain in _VECTORS["payloads"]
]
SESSIONS = [
    Session(name=plain["name"], data=bytes.fromhex(plain["bytes_hex"]), reads=plain["reads"])
    for plain in _VECTORS["sessions"]
]
HOSTILE = [
    Hostile(
        name=plain["name"],
        data=bytes.fromhex(plain["bytes_hex"]),
        payloads=[bytes.fromhex(text) for text in plain["payloads_hex"]],
        frames_ok=plain["frames_ok"],
        frames_bad=plain["frames_bad"],
        resyncs=plain["resyncs"],
    )
    for plain in _VECTORS["hostile"]
]
SCENARIOS = [
    Scenario(
        name=plain["name"],
        serial=plain["serial"],
        reset_cause=ResetCause(plain["reset_cause"]),
        capabilities=Capability(plain["capabilities"]),
        eeprom=_eeprom(plain["eeprom_hex"]),
        steps=_steps(plain["steps"]),
        eeprom_after=_eeprom(plain["eeprom_after_hex"]),
    )
    for plain in _VECTORS["scenarios"]
]


def by_name(item: GoldenFrame | GoldenPayload | Session | Hostile | Scenario) -> str:
    """Return the name that pytest shows for ``item``."""
    return item.name.replace(" ", "-")
