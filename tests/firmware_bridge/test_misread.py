"""Inverted lines and wrong speeds are recognised from what a receiver delivers of them.

The bytes come from a receiver computed bit by bit (``uart``), and what is sent from other
frames than those that the doctor has learned from: recordings of real machines.
"""

import random
from collections.abc import Callable
from dataclasses import replace
from functools import cache

import pytest

from firmware_bridge.driver import load_driver
from firmware_bridge.lines.misread import (
    ENOUGH_BYTES,
    INVERTED,
    TAIL_BYTES,
    Explainer,
    LineDoctor,
    Suspicion,
    clearest,
)
from firmware_bridge.lines.uart import DATA_BITS, received, sent
from firmware_bridge.profile import BAUD_RATES, MachineProfile, load_profile, profile_path
from tests.firmware_bridge.machine_lines import (
    MORNINGS,
    at,
    de1_sample,
    gicar,
    jura,
    marax,
    philips_5400,
    real_frames,
)
from tests.firmware_bridge.test_gicar_inverted import PUBLISHED
from wire.readings import LinkLoss, LinkLost, LinkUp, Misread, Reading

CHANCE = random.Random(20)


def in_fours(line: bytes) -> list[bytes]:
    return [line[k : k + 4] for k in range(0, len(line), 4)]


def philips_lamps() -> list[bytes]:
    return [bytes.fromhex(one) for one in real_frames("philips_2200_3200")["main_to_display"]]


SAID: dict[str, Callable[[], list[bytes]]] = {
    "decent-de1": lambda: [
        de1_sample(CHANCE.uniform(0, 9), CHANCE.uniform(0, 5), CHANCE.uniform(80, 95))
        for _ in range(40)
    ],
    "jura-f50": lambda: [
        four for line in ("ic:DFB01E00", "ic:D7B01E00", "rt:" + "0123" * 16) * 4
        for four in in_fours(jura(line, base=0x5B))
    ],
    "lelit-gicar": lambda: [gicar(status) for status in (0, 2, 4)] * 20,
    "lelit-marax": lambda: [marax(k % 2, k % 3 % 2, 100 + k) for k in range(40)],
    "philips-2200": lambda: philips_lamps() * 20,
    "philips-5400": lambda: [philips_5400(7, 0x11, k, 0, 0, 0, k) for k in range(60)],
    "reference": list,
}  # fmt: skip
MACHINES = sorted(SAID.keys() - {"reference"})


def profile_of(machine: str) -> MachineProfile:
    return load_profile(profile_path(machine))


@cache
def doctor_of(machine: str) -> LineDoctor:
    """Learning how a machine sounds takes a moment, so each doctor learns once."""
    return LineDoctor(profile_of(machine))


def heard(machine: str, baud_rate: int | None = None, *, inverted: bool = False) -> bytes:
    """Return what arrives of a machine that speaks at another speed, or inverted."""
    set_baud = profile_of(machine).serial.baud_rate
    line = sent(SAID[machine](), bit_s=1 / (baud_rate or set_baud))
    return bytes(received(line, bit_s=1 / set_baud, inverted=inverted))[:TAIL_BYTES]


# -------------------------------------------------------------------------------- the bits


@pytest.mark.parametrize("machine", MACHINES)
def test_a_receiver_at_the_right_speed_delivers_what_was_sent(machine: str) -> None:
    pieces = MORNINGS[machine]
    line = sent(pieces, bit_s=1 / 9600)
    assert bytes(received(line, bit_s=1 / 9600)) == b"".join(pieces)


def test_a_speed_that_is_three_percent_off_does_no_harm() -> None:
    line = sent([bytes(range(256))], bit_s=1.0)
    assert bytes(received(line, bit_s=1.03)) == bytes(range(256))


def test_of_an_inverted_line_half_of_all_bytes_cannot_be_told_apart() -> None:
    """Why software cannot mend it: before the first 1 of a byte nothing is seen."""
    arrived = {
        byte: tuple(received(sent([bytes([byte])], bit_s=1.0), bit_s=1.0, inverted=True))
        for byte in range(256)
    }
    assert len(set(arrived.values())) == 2 ** (DATA_BITS - 1)
    assert arrived[0x80] == arrived[0xC0] == arrived[0xFE] == (0,)


# ---------------------------------------------------------------------------- the suspicion


@pytest.mark.parametrize("machine", [m for m in MACHINES if m != "jura-f50"])
def test_an_inverted_line_is_recognised(machine: str) -> None:
    found = doctor_of(machine).suspect(heard(machine, inverted=True))
    assert found is not None
    assert (found.because, found.baud_rate) == (Misread.INVERTED, None)


def test_what_a_real_board_sent_to_a_receiver_that_did_not_invert_is_recognised() -> None:
    stream = b"".join(bytes.fromhex(line) for line in PUBLISHED) * 3
    found = doctor_of("lelit-gicar").suspect(stream)
    assert found is not None
    assert found.because is Misread.INVERTED


@pytest.mark.parametrize("machine", MACHINES)
@pytest.mark.parametrize("baud_rate", BAUD_RATES)
def test_another_speed_is_recognised_or_nothing_is_said(machine: str, baud_rate: int) -> None:
    profile = profile_of(machine)
    stream = heard(machine, baud_rate)
    found = doctor_of(machine).suspect(stream)
    if baud_rate == profile.serial.baud_rate or len(stream) < ENOUGH_BYTES:
        assert found is None
    elif found is not None:
        assert found.because is Misread.OTHER_BAUD
        assert found.baud_rate in (baud_rate, None)


@pytest.mark.parametrize(
    ("machine", "baud_rate"),
    [
        ("lelit-gicar", 4800),
        ("lelit-marax", 19200),
        ("lelit-marax", 115200),
        ("jura-f50", 4800),
        ("philips-2200", 57600),
        ("philips-2200", 230400),
        ("philips-5400", 57600),
        ("decent-de1", 57600),
        ("decent-de1", 230400),
    ],
)
def test_the_speed_of_the_machine_is_named(machine: str, baud_rate: int) -> None:
    found = doctor_of(machine).suspect(heard(machine, baud_rate))
    assert found is not None
    assert (found.because, found.baud_rate) == (Misread.OTHER_BAUD, baud_rate)


def test_a_machine_far_too_slow_is_recognised_without_its_speed() -> None:
    """Twelve bits of ours in one of its: whatever it says is 00."""
    profile = profile_of("lelit-marax")
    fast = replace(profile.serial, baud_rate=115200)
    found = LineDoctor(replace(profile, serial_port=fast)).suspect(bytes(200))
    assert found is not None
    assert (found.because, found.baud_rate) == (Misread.OTHER_BAUD, None)


@pytest.mark.parametrize("machine", [*MACHINES, "reference"])
def test_noise_and_other_machines_give_no_wrong_advice(machine: str) -> None:
    doctor = doctor_of(machine)
    assert doctor.suspect(CHANCE.randbytes(TAIL_BYTES)) is None
    assert doctor.suspect(b"\x5a\x00\xf0" * 100) is None
    assert (
        doctor.suspect(b"boot: heap 23112 free, wifi connecting to the kitchen\r\n" * 9) is None
    )
    for other in MACHINES:
        if other not in (machine, "jura-f50"):
            found = doctor.suspect(heard(other))
            assert found is None, (other, found)


FAST, SLOW = (Suspicion(because=Misread.OTHER_BAUD, baud_rate=rate) for rate in (9600, 4800))


@pytest.mark.parametrize(
    ("bits", "found"),
    [
        ({}, None),
        ({INVERTED: 3.0, None: 1.0, SLOW: 0.2}, INVERTED),
        ({INVERTED: 3.0, None: 2.8}, None),
        ({INVERTED: 3.0, SLOW: 2.8}, None),
        ({None: 3.0, INVERTED: 1.0}, None),
        ({INVERTED: 0.4, None: -5.0}, None),
        ({FAST: 3.0, SLOW: 2.0}, FAST),
        ({FAST: 3.0, SLOW: 2.8, None: 1.0}, Suspicion(because=Misread.OTHER_BAUD)),
        ({FAST: 3.0, SLOW: 2.8, None: 2.7}, None),
    ],
)
def test_only_what_is_clearer_than_all_else_is_said(
    bits: dict[Suspicion | None, float], found: Suspicion | None
) -> None:
    assert clearest(bits) == found


def test_too_few_bytes_show_nothing() -> None:
    stream = heard("lelit-gicar", inverted=True)
    doctor = doctor_of("lelit-gicar")
    assert doctor.suspect(stream[: ENOUGH_BYTES - 1]) is None
    assert doctor.suspect(b"") is None


@pytest.mark.parametrize("machine", ["lelit-gicar", "lelit-marax", "philips-2200"])
def test_receivers_that_report_each_pause_as_a_break_are_understood_too(machine: str) -> None:
    """Many adapters deliver 00 whenever an inverted line rests."""
    profile = profile_of(machine)
    bit_s = 1 / profile.serial.baud_rate
    stream = b"".join(
        bytes(received(sent([piece], bit_s), bit_s, inverted=True)) + b"\0"
        for piece in SAID[machine]()
    )
    found = doctor_of(machine).suspect(stream[:TAIL_BYTES])
    assert found is not None
    assert found.because is Misread.INVERTED


# ------------------------------------------------------------------------------ what is said


def told(machine: str, pieces: list[bytes], every_s: float = 0.1) -> list[Reading]:
    driver = load_driver(profile_of(machine).driver, profile_of(machine))
    explainer = Explainer(doctor_of(machine))
    readings: list[Reading] = []
    for number, piece in enumerate(pieces):
        now = at(number * every_s)
        readings += explainer.explain(piece, driver.receive(piece, now), now)
    return readings


def split(stream: bytes, size: int) -> list[bytes]:
    return [stream[k : k + size] for k in range(0, len(stream), size)]


def test_a_lost_link_says_that_the_line_is_inverted() -> None:
    readings = told("lelit-marax", split(heard("lelit-marax", inverted=True), 25))

    assert [type(r) for r in readings] == [LinkLost]
    assert readings[0] == LinkLost(
        at=readings[0].at, reason=LinkLoss.UNREADABLE, because=Misread.INVERTED
    )


def test_the_reason_is_told_as_soon_as_enough_bytes_have_come() -> None:
    """First that it is unreadable, then why; and that only once."""
    readings = told("lelit-marax", split(heard("lelit-marax", inverted=True), 2))

    assert [r.because for r in readings if isinstance(r, LinkLost)] == [None, Misread.INVERTED]


def test_noise_is_unreadable_and_nothing_more() -> None:
    readings = told("lelit-marax", split(CHANCE.randbytes(4000), 18))
    assert [r.because for r in readings if isinstance(r, LinkLost)] == [None]


def test_a_line_that_was_mended_is_told_as_heard() -> None:
    readings = told(
        "lelit-marax", split(heard("lelit-marax", inverted=True), 25) + [marax()] * 3
    )
    assert [type(r) for r in readings][:2] == [LinkLost, LinkUp]


def test_a_line_that_is_understood_is_never_judged(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(LineDoctor, "suspect", lambda self, stream: 1 / 0)
    for machine in MACHINES:
        told(machine, MORNINGS[machine], every_s=0.01)


def test_a_maker_s_own_machine_of_which_nothing_is_known_gets_no_advice() -> None:
    profile = replace(profile_of("lelit-marax"), driver="somebody-elses")
    assert LineDoctor(profile).suspect(heard("lelit-marax", inverted=True)) is None
