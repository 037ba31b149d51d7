"""A Gicar board that is heard without an inverter tells the same, or nothing."""

import random
from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from firmware_bridge.lines.uart import received, sent
from firmware_bridge.makes.gicar_inverted import RECEIVED_FIRST, restored
from firmware_bridge.makes.lelit_gicar import LelitGicarDriver, board_frame
from firmware_bridge.profile import Polarity, load_profile, profile_path
from tests.firmware_bridge.machine_lines import MORNINGS, NOW, at, gicar
from wire.readings import Reading

PROFILE = load_profile(profile_path("lelit-gicar"))
VALUES = st.lists(st.integers(0, 1023), min_size=5, max_size=5)

PUBLISHED = {
    "3F FF 4F 01 FD FD FF FB 69 01 F9 83 FF FF 31 FF 63 00": (0x00, 0x67),
    "3F BF 4F 01 FD F9 FF FB 69 01 F9 7B FF FF 31 FF 53 00": (0x02, 0x67),
    "3F FF D3 01 FF 45 01 FD A5 01 FB 47 01 FF 2F FF 37 00": (0x00, 0x68),
}
"""What arrived of a real Bianca before anybody knew that its line is inverted, and what of it
is told apart: the brew switch, and the level in the boiler. (From the notes of
magnusnordlander/lelit-bianca-protocol, 2021.)"""


def board(status: int, values: list[int]) -> bytes:
    body = bytes([0x81, status])
    for value in values:
        body += bytes([value >> 8, value & 0x7F, 0x7F if value & 0x80 else 0])
    return body + bytes([sum(body) & 0x7F])


def arrived(frames: list[bytes]) -> bytes:
    """Return what a receiver makes of an inverted line, a pause after each frame."""
    return bytes(received(sent(frames, bit_s=1.0), bit_s=1.0, inverted=True))


@pytest.mark.parametrize("line", PUBLISHED)
def test_what_was_published_of_a_real_board_is_understood(line: str) -> None:
    status, level = PUBLISHED[line]
    frame = board_frame(bytes.fromhex(line)[:17])
    assert (frame[1], frame[15]) == (status, level)


@given(status=st.sampled_from([0, 2, 4, 6]), values=VALUES)
def test_a_frame_is_restored_or_at_least_not_made_up(status: int, values: list[int]) -> None:
    frame = board(status, values)
    stream = arrived([frame])
    assert stream[0] == RECEIVED_FIRST
    assert frame in list(restored(stream))
    assert board_frame(stream[:17])[1:2] in (bytes([status]), b"")


def test_nearly_every_frame_is_told() -> None:
    chance = random.Random(4)
    told = 0
    for _ in range(300):
        frame = board(chance.choice([0, 2, 4, 6]), [chance.randrange(1024) for _ in range(5)])
        told += bool(board_frame(arrived([frame])[:17]))
    assert told >= 297


def test_a_morning_that_arrives_inverted_tells_what_it_tells_upright() -> None:
    frames = MORNINGS["lelit-gicar"]
    upright, inverted = LelitGicarDriver(PROFILE), LelitGicarDriver(PROFILE)
    heard: list[list[Reading]] = [[], []]
    for number, frame in enumerate(frames * 3):
        heard[0] += upright.receive(frame, at(number * 0.11))
        heard[1] += inverted.receive(arrived([frame]), at(number * 0.11))

    assert heard[1] == heard[0]
    assert len(heard[0]) > 4


def test_where_the_profile_says_normal_nothing_is_turned_round() -> None:
    normal = replace(PROFILE.serial, polarity=Polarity.NORMAL)
    driver = LelitGicarDriver(replace(PROFILE, serial_port=normal))
    assert driver.receive(arrived([gicar(2)] * 20), NOW) == []
    assert driver.counts.frames_ok == 0


@given(st.binary(max_size=200))
def test_noise_makes_no_frame(noise: bytes) -> None:
    driver = LelitGicarDriver(PROFILE)
    assert driver.receive(bytes([RECEIVED_FIRST]) + noise, NOW) == []
    assert driver.counts.frames_ok == 0
