"""What real machines send, written by hand for the tests, and where recordings are."""

import binascii
import json
import zlib
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from firmware_bridge.driver import Driver, load_driver
from firmware_bridge.profile import load_profile, profile_path
from wire.stamps import Stamp

RECORDINGS = Path(__file__).resolve().parents[3] / "shared" / "data"
START = datetime(2026, 3, 1, 7, 0, tzinfo=UTC)


def at(seconds: float) -> Stamp:
    return Stamp(
        utc=START + timedelta(seconds=seconds),
        monotonic_s=seconds,
        boot_id="boot",
        synced=True,
    )


NOW = at(0)


def driver_of(profile_name: str) -> Driver:
    """Return a new driver, as the profile names it."""
    profile = load_profile(profile_path(profile_name))
    return load_driver(profile.driver, profile)


def recording(name: str) -> Path:
    """Return a recording of a real machine, or skip the test where there is none."""
    path = RECORDINGS / name
    if not path.exists():
        pytest.skip(f"{path} is not here: recordings are not part of this tree")
    return path


def real_frames(machine: str) -> Any:
    return json.loads(recording("frames.json").read_text())[machine]


def jura(line: str, base: int = 0xDB) -> bytes:
    """Return a line as a Jura sends it, on either base."""
    text = (line + "\r\n").encode("ascii")
    return bytes(
        base | (byte >> 2 * k & 1) << 2 | (byte >> 2 * k + 1 & 1) << 5
        for byte in text
        for k in range(4)
    )


def jura_counters(**words: int) -> bytes:
    """Return a reply to RT:0000; ``w0=5`` is word 0."""
    return jura("rt:" + "".join(f"{words.get(f'w{k:x}', 0):04X}" for k in range(16)))


def philips_2200(**lamps: int) -> bytes:
    """Return a frame of lamps; ``b16=7`` is byte 16."""
    frame = bytearray(b"\xd5\x55" + bytes(15))
    for name, value in lamps.items():
        frame[int(name[1:])] = value
    crc = binascii.crc_hqx(frame, 0xAAAA)
    return bytes(frame) + bytes([(crc & 0xFF) >> 2, crc >> 10])


def philips_5400(*data: int, kind: int = 0xB0) -> bytes:
    body = bytes([kind, 0, len(data), *data])
    return b"\xaa\xaa\xaa" + body + zlib.crc32(body).to_bytes(4, "little") + b"\x55"


def gicar(status: int) -> bytes:
    body = bytes([0x81, status]) + bytes.fromhex("005d7f 00797f 025d7f 032b00 02057f")
    return body + bytes([sum(body) & 0x7F])


def marax(pump: int | None = 0, heater: int = 1, steam_c: int = 116) -> bytes:
    end = "" if pump is None else f",{pump}"
    return f"C1.06,{steam_c:03d},124,093,0840,{heater}{end}\r\n".encode("ascii")


def de1_sample(bar: float = 0, ml_per_s: float = 0, head_c: float = 90) -> bytes:
    body = b"".join(
        value.to_bytes(size, "big")
        for value, size in (
            (0, 2), (int(bar * 4096), 2), (int(ml_per_s * 4096), 2), (88 * 256, 2),
            (int(head_c * 65536), 3), (0, 8),
        )
    )  # fmt: skip
    return b"[M]" + body.hex().upper().encode("ascii") + b"\n"


def de1_state(state: int, substate: int) -> bytes:
    return f"[N]{state:02X}{substate:02X}\n".encode("ascii")


def de1_water(level_mm: float, refill_mm: float) -> bytes:
    return f"[Q]{int(level_mm * 256):04X}{int(refill_mm * 256):04X}\n".encode("ascii")


READY = {f"b{lamp}": 7 for lamp in range(3, 8)}
"""The lamps of a Philips that waits for somebody to choose a drink."""

MORNINGS: dict[str, list[bytes]] = {
    "jura-f50": [
        jura("ty:EF532M V02.03"),
        jura_counters(w0=5, w7=9),
        jura("ic:DFB01E00"),
        jura("ic:D7B01E00", base=0x5B),
        jura_counters(w0=6, w7=9),
    ],
    "jura-v1": [jura("ty:EF532M V02.03"), jura_counters(w0=5), jura_counters(w0=6)],
    "philips-2200": [
        *[philips_2200(**READY)] * 60,
        *[philips_2200(b3=7, b16=7)] * 120,
        *[philips_2200(**READY, b14=0x38)] * 60,
    ],
    "philips-5400": [
        *[philips_5400(0x05, 0, 0, 0xC0, 0, 0, 0)] * 2,
        *[philips_5400(0x07, 0x0D, 0, 0, 0, 0, 0)] * 3,
        *[philips_5400(0x07, 0x11, 0, 0, 0, 0, 0)] * 3,
        *[philips_5400(0x0E, 0, 0, 0x40, 0, 0, 0)] * 3,
    ],
    "lelit-gicar": [*[gicar(0)] * 3, *[gicar(2)] * 10, *[gicar(4)] * 10],
    "lelit-marax": [*[marax(0)] * 2, *[marax(1)] * 4, *[marax(0, heater=0)] * 4],
    "decent-de1": [
        de1_state(2, 0),
        de1_water(20, 5),
        *[de1_sample()] * 3,
        de1_state(4, 4),
        *[de1_sample(bar=8.5, ml_per_s=2)] * 5,
        de1_state(2, 0),
        *[de1_sample()] * 5,
    ],
}
"""Each machine wakes up, makes a coffee, and shows a flag or two."""
