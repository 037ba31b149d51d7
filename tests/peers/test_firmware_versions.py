"""The C firmware and hosts of other versions: whoever speaks major 1 is understood.

The older host is written out here, frozen as version 1.0 was, so that no change of today's
code can make it more forgiving.
"""

import struct
from collections.abc import Iterator

import pytest
from hypothesis import given
from hypothesis import strategies as st

from firmware_bridge.reference import codec, frames
from firmware_bridge.reference.frames import Capability, ResetCause
from firmware_bridge.reference.line import frame_bytes
from firmware_bridge.simulation.twin import ALL_CAPABILITIES, Inputs
from firmware_bridge.simulation.twin_memory import blank_eeprom
from tests.peers.firmware import Core, built, line_process, needs_cc

pytestmark = needs_cc

BODIES_1_0 = {
    0x01: "<BBBBBBHH12s",
    0x02: "<",
    0x03: "<BhHI",
    0x04: "<I",
    0x05: "<III",
    0x06: "<IIH",
}
"""PROTOCOL.md, version 1.0."""
COFFEE = Inputs(adc_boiler=420, adc_level=818, load=100_320)


@pytest.fixture(scope="module")
def core() -> Iterator[Core]:
    program = built("sanitized", "controller-scenario-sanitized")
    with line_process(program) as process:
        yield Core(process)


def started(core: Core, capabilities: Capability = ALL_CAPABILITIES) -> Core:
    core.start("DM-VERSION", bytes(blank_eeprom()), ResetCause.POWER_ON, capabilities)
    return core


def host_1_0(core: Core, sent: bytes) -> list[tuple[int, tuple[int | bytes, ...]]]:
    """Return type and body of each frame as a host of version 1.0 read them."""
    payloads, _, bad = core.receive(sent)
    assert bad == 0
    read = []
    for payload in payloads:
        assert len(payload) <= 48, "its buffer is no longer"
        body = struct.Struct(BODIES_1_0[payload[0]])
        read.append((payload[0], body.unpack(payload[7 : 7 + body.size])))
    return read


def request(major: int, minor: int, more: bytes = b"") -> bytes:
    asked = frames.HelloRequestFrame(sequence=0, device_ms=0, protocol=(major, minor))
    return frame_bytes(codec.encode_payload(asked) + more)


def test_a_host_of_version_1_0_reads_today_s_firmware(core: Core) -> None:
    """A whole brew, with coffee on the load cell that the host has never heard of."""
    started(core)
    lives = [
        (0, COFFEE),
        (400, COFFEE),
        (1000, COFFEE),
        (2000, Inputs(pump=True, flow_pulses=0, adc_boiler=420, adc_level=818, load=100_320)),
        (27_000, Inputs(flow_pulses=200, adc_boiler=420, adc_level=818, load=100_320)),
        (29_000, Inputs(flow_pulses=212, adc_boiler=420, adc_level=818, load=None)),
    ]
    sent = b"".join(core.tick(ms, inputs) for ms, inputs in lives)

    read = host_1_0(core, sent)

    assert read[0] == (0x01, (1, 1, 1, 1, 0, 1, 1, 31, b"DM-VERSION\0\0"))
    assert (0x03, (0, 1000, 799, 0)) in read
    assert (0x04, (1,)) in read
    assert (0x05, (1, 25_000, 212)) in read
    assert (0x06, (1, 212, 1)) in read


@pytest.mark.parametrize(
    ("asked", "by"),
    [
        (request(1, 0), "an older host"),
        (request(1, 1), "a host of today"),
        (request(1, 9, b"\x01\x02"), "a newer host"),
        (request(0, 1), "an ancient host"),
        (request(2, 0), "another major"),
        (request(255, 255, b"\xff" * 30), "a far future"),
    ],
)
def test_whoever_asks_is_told_this_controller_s_version(
    core: Core, asked: bytes, by: str
) -> None:
    started(core).tick(0, COFFEE)

    (hello, _) = core.receive(core.tick(300, COFFEE, asked))[0]

    told = codec.decode_payload(hello)
    assert isinstance(told, frames.HelloFrame), by
    assert told.protocol == (frames.PROTOCOL_MAJOR, frames.PROTOCOL_MINOR) == (1, 1)


@given(st.tuples(st.integers(0, 255), st.integers(0, 255)), st.binary(max_size=39))
def test_no_version_of_a_host_changes_what_is_sensed(
    core: Core, version: tuple[int, int], more: bytes
) -> None:
    def samples(rx: bytes) -> list[bytes]:
        started(core).tick(0, COFFEE)
        sent = core.tick(400, COFFEE, rx) + core.tick(1000, COFFEE)
        return [p[7:] for p in core.receive(sent)[0] if p[0] == frames.SampleFrame.TYPE]

    assert samples(request(*version, more)) == samples(b"")


@pytest.mark.parametrize(
    ("able", "dose"), [(ALL_CAPABILITIES, 100_320), (Capability(15), frames.DOSE_UNKNOWN)]
)
def test_a_controller_without_a_load_cell_says_so_and_tells_no_dose(
    core: Core, able: Capability, dose: int
) -> None:
    started(core, able)
    sent = b"".join(core.tick(ms, COFFEE) for ms in (0, 100, 200, 1000))

    payloads = core.receive(sent)[0]

    hello, sample = codec.decode_payload(payloads[0]), payloads[-1]
    assert isinstance(hello, frames.HelloFrame)
    assert hello.capabilities == able
    assert struct.unpack("<i", sample[-4:]) == (dose,)
