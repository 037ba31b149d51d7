"""PROTOCOL.md does not lie: its hexadecimal is recomputed, its tables are the code's."""

import re

from firmware_bridge.reference import cobs, codec, line
from firmware_bridge.simulation.twin_sensing import BOILER_TEMP_TENTHS_C
from tests.firmware_bridge.golden import FOLDER, FRAMES, PAYLOADS

TEXT = (FOLDER / "PROTOCOL.md").read_text(encoding="utf-8")
BYTES = r"((?:[0-9a-f]{2} ?)+)"
BODY_BITS = {"u8": 8, "u16": 16, "i16": 16, "u32": 32, "i32": 32, "bytes": 8}


def test_the_worked_frames_are_right() -> None:
    worked = re.findall(
        rf"^payload +{BYTES}\ncrc +(0x[0-9A-F]{{4}})\nframe +{BYTES}$", TEXT, re.MULTILINE
    )
    assert len(worked) == TEXT.count("\npayload  ") > 5
    golden = {item.payload for item in FRAMES} | {item.payload for item in PAYLOADS}
    for payload_hex, crc, frame_hex in worked:
        payload, frame = bytes.fromhex(payload_hex), bytes.fromhex(frame_hex)
        assert line.crc16(payload) == int(crc, 16)
        assert line.frame_bytes(payload) == frame
        assert payload in golden


def test_the_worked_stuffing_is_right() -> None:
    worked = re.findall(rf"cobs +{BYTES} +→ +{BYTES}$", TEXT, re.MULTILINE)
    assert len(worked) == 3
    for data, encoded in worked:
        assert cobs.encode(bytes.fromhex(data)) == bytes.fromhex(encoded)


def test_the_table_of_types_is_the_code_s() -> None:
    rows = re.findall(
        r"^\| (0x[0-9a-f]{2}) \| ([A-Z_]+) \| \w+ \| (.*) \|$", TEXT, re.MULTILINE
    )
    assert {int(number, 16) for number, _, _ in rows} == set(codec.FRAME_TYPES)
    for number, name, body in rows:
        cls = codec.FRAME_TYPES[int(number, 16)]
        assert cls.__name__.removesuffix("Frame").upper() == name.replace("_", "")
        assert cls.BODY.size == _size(body), name
        assert len(cls.APPENDED) == _size(body.partition("since 1.1")[2]), name


def _size(body: str) -> int:
    fields = re.findall(r"`\w+ (?:(\d+) )?(\w+)`", body)
    return sum(int(times or 1) * BODY_BITS[kind] // 8 for times, kind in fields)


def test_the_temperature_table_is_the_code_s() -> None:
    rows = re.findall(r"^ +ntc +(.*)$", TEXT, re.MULTILINE)

    assert tuple(int(number) for row in rows for number in row.split()) == BOILER_TEMP_TENTHS_C
