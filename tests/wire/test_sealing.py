"""An envelope opens for its reader, at its place, unaltered; in any other case it does not.

``craft`` writes envelopes from the layout in the docstring of ``wire.sealing`` and shares
no code with it, so it shows that the layout is documented truly, and it can write what
``seal`` refuses to write.
"""

import base64
import hashlib
import json
import random
import struct
from dataclasses import asdict, replace
from pathlib import Path
from typing import Any

import pytest
from cryptography.hazmat.primitives.hpke import AEAD, KDF, KEM, Suite
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.wire.examples import ALL_TYPES, DESK, DEVICE, EXAMPLES, any_of, up_or_down
from wire import schema
from wire.keys import DeskKeys, DeviceKeys, PrivateKeys, PublicKeys
from wire.messages import TYPES, Decision, Direction, Message
from wire.sealing import (
    SLOT_BYTES,
    Header,
    Malformed,
    NotForUs,
    Opened,
    SealError,
    TooLong,
    Unverifiable,
    open_sealed,
    seal,
)

MESSAGE_ID = "0123456789abcdef" * 2
OTHER_DEVICE = DeviceKeys.create()
OTHER_DESK = DeskKeys.create()
VECTORS = Path(__file__).parents[2] / "wire" / "vectors.json"
PLAINTEXT_BYTES = SLOT_BYTES - 9 - 1136


def ends(direction: Direction) -> tuple[PrivateKeys, PrivateKeys]:
    """Return the keys of sender and recipient."""
    return (DEVICE, DESK) if direction is Direction.UP else (DESK, DEVICE)


def seal_example(message: Message, direction: Direction, **changed: Any) -> bytes:
    """Seal ``message`` between the two example ends, with some arguments ``changed``."""
    sender, recipient = ends(direction)
    arguments: dict[str, Any] = {
        "direction": direction,
        "device": DEVICE.device_id,
        "message_id": MESSAGE_ID,
        "epoch": 3,
        "sequence": 41,
        "sender": sender,
        "recipient": recipient.public(),
    }
    return seal(message, **(arguments | changed))


def open_example(
    envelope: bytes, direction: Direction = Direction.UP, **changed: Any
) -> Opened:
    """Open ``envelope`` as the example recipient does."""
    sender, recipient = ends(direction)
    arguments: dict[str, Any] = {
        "direction": direction,
        "device": DEVICE.device_id,
        "recipient": recipient,
        "sender": sender.public(),
    }
    return open_sealed(envelope, **(arguments | changed))


HEARTBEAT = seal_example(EXAMPLES["heartbeat"], Direction.UP)
FIELDS: dict[str, Any] = {
    "type": b"heartbeat",
    "device": bytes.fromhex(DEVICE.device_id),
    "message_id": bytes.fromhex(MESSAGE_ID),
    "epoch": 3,
    "sequence": 41,
    "payload": schema.encode(EXAMPLES["heartbeat"]),
}


def sign(
    fields: dict[str, Any], signer: PrivateKeys = DEVICE, reader: PublicKeys | None = None
) -> bytes:
    """Sign header and payload as the layout says."""
    reader = reader or DESK.public()
    return signer.signer().sign(
        b"demitasse/1 message\0"
        + bytes([len(fields["type"])])
        + fields["type"]
        + fields["device"]
        + reader.fingerprint
        + fields["message_id"]
        + struct.pack(">QQ", fields["epoch"], fields["sequence"])
        + hashlib.sha256(fields["payload"]).digest()
    )


def plaintext(fields: dict[str, Any], signature: bytes, padding: bytes = b"") -> bytes:
    """Lay out a plaintext; what is given as ``padding`` is filled up with zeros."""
    laid_out: bytes = (
        bytes([len(fields["type"])])
        + fields["type"]
        + fields["device"]
        + fields["message_id"]
        + struct.pack(">QQH", fields["epoch"], fields["sequence"], len(fields["payload"]))
        + fields["payload"]
        + signature
        + padding
    )
    return laid_out.ljust(PLAINTEXT_BYTES, b"\0")


def craft(inner: bytes, direction: str = "up") -> bytes:
    """Seal any plaintext to the desk, for the example device and this direction."""
    suite = Suite(KEM.MLKEM768_X25519, KDF.HKDF_SHA256, AEAD.AES_256_GCM)
    place = b"\x01" + direction.encode() + b"\0" + bytes.fromhex(DEVICE.device_id)
    reader = DESK.public()
    sealed = suite.encrypt(inner, reader.sealing_key(), info=b"demitasse/1 seal\0" + place)
    return b"\x01" + reader.key_id + sealed


@pytest.mark.parametrize(("direction", "name", "cls"), ALL_TYPES)
@settings(max_examples=20)
@given(data=st.data())
def test_every_message_that_fits_crosses_in_one_slot(
    direction: Direction, name: str, cls: type[Message], data: st.DataObject
) -> None:
    message = data.draw(any_of(cls))
    epoch, sequence = data.draw(st.tuples(*[st.integers(0, 2**53 - 1)] * 2))
    try:
        envelope = seal_example(message, direction, epoch=epoch, sequence=sequence)
    except TooLong:
        assert len(schema.encode(message)) > 2_700
        return
    assert len(envelope) == SLOT_BYTES
    assert open_example(envelope, direction) == Opened(
        header=Header(
            type=name,
            device=DEVICE.device_id,
            message_id=MESSAGE_ID,
            epoch=epoch,
            sequence=sequence,
        ),
        message=message,
        envelope_sha256=hashlib.sha256(envelope).hexdigest(),
    )


def test_the_layout_is_the_documented_one() -> None:
    crafted = craft(plaintext(FIELDS, sign(FIELDS)))
    opened = open_example(crafted)
    assert opened.message == EXAMPLES["heartbeat"]
    assert opened.header == open_example(HEARTBEAT).header
    assert len(crafted) == SLOT_BYTES


def test_a_carrier_sees_a_suite_a_key_id_and_noise() -> None:
    again = seal_example(EXAMPLES["heartbeat"], Direction.UP)
    assert HEARTBEAT[:9] == again[:9] == b"\x01" + DESK.public().key_id
    assert HEARTBEAT[9:] != again[9:]
    assert b"heartbeat" not in HEARTBEAT


def test_a_decision_with_two_full_texts_in_french_fits() -> None:
    decision = EXAMPLES["decision"]
    assert isinstance(decision, Decision)
    long = ("Ça va ? " * 75)[:600]
    seal_example(replace(decision, reason=long, message=long), Direction.DOWN)


def test_the_longest_message_that_fits_fills_its_slot_to_the_last_byte() -> None:
    decision = EXAMPLES["decision"]
    assert isinstance(decision, Decision)
    header, length, signature = 1 + len("decision") + 8 + 16 + 16, 2, 64
    room = PLAINTEXT_BYTES - header - length - signature
    full = replace(decision, reason="☕" * 600, message="")
    left = room - len(schema.encode(full))
    full = replace(full, message="é" * (left // 2) + "x" * (left % 2))
    assert len(schema.encode(full)) == room
    assert open_example(seal_example(full, Direction.DOWN), Direction.DOWN).message == full
    assert full.message is not None
    with pytest.raises(TooLong):
        seal_example(replace(full, message=full.message + "x"), Direction.DOWN)


@pytest.mark.parametrize(
    ("changed", "complaint"),
    [
        ({"type": "Reply"}, "type must be lower-case"),
        ({"device": "0123456789abcdeF"}, "device must be 16 hexadecimal"),
        ({"message_id": "0" * 31}, "message_id must be 32 hexadecimal"),
        ({"epoch": 2**53}, "epoch must be from 0"),
        ({"sequence": -1}, "sequence must be from 0"),
    ],
)
def test_a_header_that_cannot_be_says_which_part(
    changed: dict[str, Any], complaint: str
) -> None:
    good = Header(
        type="reply", device=DEVICE.device_id, message_id=MESSAGE_ID, epoch=0, sequence=0
    )
    with pytest.raises(ValueError, match=rf"Header\.{complaint}"):
        replace(good, **changed)


def test_a_message_longer_than_its_slot_is_refused_before_it_is_sent() -> None:
    decision = EXAMPLES["decision"]
    assert isinstance(decision, Decision)
    with pytest.raises(TooLong, match="shorten its texts"):
        seal_example(replace(decision, reason="☕" * 600, message="☕" * 600), Direction.DOWN)


@pytest.mark.parametrize(
    "changed",
    [
        {"device": "0123456789abcdeF"},
        {"device": OTHER_DEVICE.device_id},
        {"message_id": "0" * 31},
        {"message_id": "Z" * 32},
        {"epoch": -1},
        {"epoch": 2**53},
        {"sequence": -1},
        {"sequence": 2**53},
    ],
)
def test_a_header_that_cannot_be_is_not_sealed(changed: dict[str, Any]) -> None:
    with pytest.raises(ValueError, match=r"Header\.\w+ must"):
        seal_example(EXAMPLES["heartbeat"], Direction.UP, **changed)


def test_a_message_that_does_not_travel_that_way_is_not_sealed() -> None:
    with pytest.raises(ValueError, match="does not travel down"):
        seal_example(EXAMPLES["heartbeat"], Direction.DOWN)


def test_what_was_signed_is_kept_to_the_byte_and_printed_nowhere() -> None:
    opened = open_example(HEARTBEAT)
    assert opened.payload == FIELDS["payload"]
    assert "payload" not in repr(opened)
    assert opened == replace(opened, payload=b"")


def test_another_reader_cannot_open_it() -> None:
    with pytest.raises(NotForUs):
        open_example(HEARTBEAT, recipient=OTHER_DESK)
    readdressed = HEARTBEAT[:1] + OTHER_DESK.public().key_id + HEARTBEAT[9:]
    with pytest.raises(Unverifiable):
        open_example(readdressed, recipient=OTHER_DESK)


def test_it_does_not_open_when_it_travels_the_other_way() -> None:
    with pytest.raises(SealError):
        open_example(
            HEARTBEAT, direction=Direction.DOWN, recipient=DESK, sender=DEVICE.public()
        )
    with pytest.raises(Unverifiable, match="altered or carried"):
        open_example(craft(plaintext(FIELDS, sign(FIELDS)), direction="down"))


def test_it_does_not_open_on_another_devices_topic() -> None:
    with pytest.raises(Unverifiable, match="not those of this device"):
        open_example(HEARTBEAT, device=OTHER_DEVICE.device_id)
    with pytest.raises(Unverifiable, match="altered or carried"):
        open_example(HEARTBEAT, device=OTHER_DEVICE.device_id, sender=OTHER_DEVICE.public())
    with pytest.raises(Unverifiable, match="names no device"):
        open_example(HEARTBEAT, device="+")


def test_a_device_cannot_speak_in_the_name_of_another() -> None:
    theirs = FIELDS | {"device": bytes.fromhex(OTHER_DEVICE.device_id)}
    with pytest.raises(Unverifiable, match="for another device"):
        open_example(craft(plaintext(theirs, sign(theirs))))


def test_another_signer_is_refused() -> None:
    with pytest.raises(Unverifiable, match="not that of the expected sender"):
        open_example(craft(plaintext(FIELDS, sign(FIELDS, signer=OTHER_DEVICE))))


def test_a_reader_cannot_pass_a_message_on_as_if_it_were_meant_for_the_next() -> None:
    meant_for_other = sign(FIELDS, reader=OTHER_DESK.public())
    with pytest.raises(Unverifiable, match="not that of the expected sender"):
        open_example(craft(plaintext(FIELDS, meant_for_other)))


@pytest.mark.parametrize(
    "altered",
    [
        {"type": b"resolved"},
        {"device": bytes.fromhex(OTHER_DEVICE.device_id)},
        {"message_id": bytes(16)},
        {"epoch": 4},
        {"sequence": 42},
        {"payload": FIELDS["payload"].replace(b"2026", b"2027")},
    ],
    ids=lambda altered: next(iter(altered)),
)
def test_each_header_field_and_the_payload_are_signed(altered: dict[str, Any]) -> None:
    with pytest.raises(Unverifiable, match="not that of the expected sender"):
        open_example(craft(plaintext(FIELDS | altered, sign(FIELDS))))


@pytest.mark.parametrize("padding", [b"\x01", b"\0" * 2_000 + b"x", b"\0" * 100 + b"\xff"])
def test_padding_that_is_not_zero_is_refused(padding: bytes) -> None:
    with pytest.raises(Malformed, match="padding"):
        open_example(craft(plaintext(FIELDS, sign(FIELDS), padding)))


@pytest.mark.parametrize(
    ("altered", "complaint"),
    [
        ({"type": b"mood"}, "no message of type mood"),
        ({"type": b"decision"}, "no message of type decision"),
        ({"payload": b"{}"}, "lacks"),
        ({"payload": b"\xff" * 40}, "not JSON"),
        ({"type": b"Heart beat"}, "lower-case"),
        ({"type": b"\xe9"}, "header cannot be read"),
        ({"type": b""}, "lower-case"),
        ({"epoch": 2**53}, "epoch"),
    ],
)
def test_a_genuine_envelope_without_a_message_is_malformed(
    altered: dict[str, Any], complaint: str
) -> None:
    fields = FIELDS | altered
    with pytest.raises(Malformed, match=complaint):
        open_example(craft(plaintext(fields, sign(fields))))


def test_a_payload_that_claims_to_be_longer_than_its_slot_is_malformed() -> None:
    genuine = plaintext(FIELDS, sign(FIELDS))
    at = genuine.index(FIELDS["payload"]) - 2
    with pytest.raises(Malformed, match="longer than its slot"):
        open_example(craft(genuine[:at] + b"\xff\xff" + genuine[at + 2 :]))


@pytest.mark.parametrize("first", [0x00, 0x1F, 0xFF])
def test_a_plaintext_of_noise_is_refused(first: int) -> None:
    with pytest.raises(SealError):
        open_example(craft(bytes([first]) * PLAINTEXT_BYTES))


def test_an_unknown_suite_is_malformed() -> None:
    with pytest.raises(Malformed, match="suite 2"):
        open_example(b"\x02" + HEARTBEAT[1:])


@pytest.mark.parametrize("point", [bytes(32), b"\x01" + bytes(31)])
def test_an_encapsulated_key_that_is_a_weak_point_is_refused(point: bytes) -> None:
    # The encapsulated key is 1088 bytes of ML-KEM and then 32 of X25519.
    weak = HEARTBEAT[: 9 + 1088] + point + HEARTBEAT[9 + 1120 :]
    with pytest.raises(Unverifiable):
        open_example(weak)


@pytest.mark.parametrize("length", [0, 1, 8, 9, 10, 4095, 4097, 8192])
def test_another_size_is_malformed(length: int) -> None:
    with pytest.raises(Malformed, match="4096 bytes"):
        open_example((HEARTBEAT * 2)[:length])


@given(noise=st.binary(max_size=64), seed=st.integers(0, 2**32))
def test_noise_is_refused_with_a_seal_error(noise: bytes, seed: int) -> None:
    body = random.Random(seed).randbytes(SLOT_BYTES)
    for envelope in (noise, (noise + body)[:SLOT_BYTES], (HEARTBEAT[:9] + body)[:SLOT_BYTES]):
        with pytest.raises(SealError):
            open_example(envelope)


def test_twenty_thousand_altered_envelopes_are_all_refused() -> None:
    seed = random.randrange(2**32)
    chance = random.Random(seed)
    kept = bytearray(HEARTBEAT)
    for _ in range(20_000):
        at, flip = chance.randrange(SLOT_BYTES), chance.randrange(1, 256)
        kept[at] ^= flip
        try:
            open_example(bytes(kept))
        except SealError:
            pass
        else:
            pytest.fail(f"opened with byte {at} changed by {flip} (seed {seed})")
        kept[at] ^= flip
    assert open_example(bytes(kept)).message == EXAMPLES["heartbeat"]


def test_whatever_is_altered_inside_the_seal_is_refused() -> None:
    seed = random.randrange(2**32)
    chance = random.Random(seed)
    inner = bytearray(plaintext(FIELDS, sign(FIELDS)))
    for _ in range(2_000):
        at, flip = chance.randrange(PLAINTEXT_BYTES), chance.randrange(1, 256)
        inner[at] ^= flip
        try:
            open_example(craft(bytes(inner)))
        except SealError:
            pass
        else:
            pytest.fail(f"opened with inner byte {at} changed by {flip} (seed {seed})")
        inner[at] ^= flip


def vectors() -> list[dict[str, Any]]:
    """Return the recorded envelopes."""
    return list(json.loads(VECTORS.read_text(encoding="utf-8"))["envelopes"])


@pytest.mark.parametrize("vector", vectors(), ids=lambda vector: vector["header"]["type"])
def test_envelopes_recorded_by_the_first_version_open_for_ever(vector: dict[str, Any]) -> None:
    recorded = json.loads(VECTORS.read_text(encoding="utf-8"))
    device = DeviceKeys.from_json(recorded["device_keys"])
    desk = DeskKeys.from_json(recorded["desk_keys"])
    direction = Direction(vector["direction"])
    sender, recipient = (device, desk) if direction is Direction.UP else (desk, device)
    opened = open_sealed(
        base64.b64decode(vector["envelope"]),
        direction=direction,
        device=device.device_id,
        recipient=recipient,
        sender=sender.public(),
    )
    assert asdict(opened.header) == vector["header"]
    expected = schema.from_plain(TYPES[direction][opened.header.type], vector["message"])
    assert opened.message == expected
    assert opened.envelope_sha256 == vector["envelope_sha256"]


def test_every_type_has_a_recorded_envelope() -> None:
    recorded = {(vector["direction"], vector["header"]["type"]) for vector in vectors()}
    assert recorded == {(up_or_down(name).value, name) for name in EXAMPLES}
