"""Signed, sealed, one size: the envelope in which every message travels.

Rules that this file keeps:

1. Every message is signed by its sender over all that gives it meaning: its type, its
   device, its reader, its id, epoch and sequence number, and its payload.
2. The signature is inside the seal. Whoever carries an envelope learns the keys it is
   sealed to, and neither its type nor its length: every envelope has 4,096 bytes.
3. The seal itself is bound to the protocol, the suite, the direction and the device, so
   an envelope does not open when it is carried to another topic.
4. Nothing of a payload is interpreted before its signature has been checked.

What repeats, gaps and epochs mean is for the two ends to judge; here they are only
made impossible to alter. The layout, all numbers big-endian::

    envelope  = suite u8 = 1, key id of the reader [8], HPKE(encapsulated key, ciphertext)
    plaintext = type length u8, type, device [8], message id [16], epoch u64, sequence u64,
                payload length u16, payload, signature [64], zeros up to the slot
    signature = Ed25519 over "demitasse/1 message" NUL, type length u8, type, device [8],
                fingerprint of the reader [32], message id [16], epoch u64, sequence u64,
                SHA-256 of the payload [32]
    HPKE info = "demitasse/1 seal" NUL, suite u8, direction NUL, device [8]

The payload is the canonical JSON of ``wire.schema``.
"""

import hashlib
import re
import struct
from dataclasses import dataclass, field

from cryptography.exceptions import InvalidSignature, InvalidTag
from cryptography.hazmat.primitives.hpke import AEAD, KDF, KEM, Suite

from wire import schema
from wire.keys import PrivateKeys, PublicKeys
from wire.messages import TYPES, Direction, Message, type_name
from wire.topics import DEVICE_ID

SLOT_BYTES = 4096
"""The size of every envelope. The largest alert needs about half of it."""

SUITE = 1
"""ML-KEM-768 with X25519, HKDF-SHA256, AES-256-GCM; Ed25519 within."""

_HPKE = Suite(KEM.MLKEM768_X25519, KDF.HKDF_SHA256, AEAD.AES_256_GCM)
_HPKE_OVERHEAD_BYTES = 1120 + 16
"""Encapsulated key and authentication tag."""

_CLEAR = struct.Struct(">B8s")
_HEADER_TAIL = struct.Struct(">8s16sQQ")
_LENGTH = struct.Struct(">H")
_SIGNATURE_BYTES = 64
_PLAINTEXT_BYTES = SLOT_BYTES - _CLEAR.size - _HPKE_OVERHEAD_BYTES

_SIGNATURE_DOMAIN = b"demitasse/1 message\0"
_SEAL_DOMAIN = b"demitasse/1 seal\0"

_TYPE = re.compile(r"[a-z][a-z_]{0,30}")
_MESSAGE_ID = re.compile(r"[0-9a-f]{32}")
_COUNT_LIMIT = 2**53
"""An epoch or sequence number stays exact in JSON and fits a signed database column."""


class SealError(Exception):
    """A message could not be sealed, or an envelope could not be opened."""


class TooLong(SealError):
    """Our fault: the message does not fit its slot."""


class NotForUs(SealError):
    """The envelope is sealed to other keys than ours."""


class Unverifiable(SealError):
    """The envelope was altered, carried elsewhere, or signed by somebody else."""


class Malformed(SealError):
    """The bytes are no envelope, or a genuine envelope holds no message we know."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Header:
    """What is signed beside the payload."""

    type: str
    """A name in ``wire.messages.TYPES``."""
    device: str
    """The device that sends (up) or receives (down)."""
    message_id: str
    """32 hexadecimal digits, chosen once at birth; a repeat keeps it."""
    epoch: int
    sequence: int

    def __post_init__(self) -> None:
        """Hold only what ``seal`` can write, so that a header has one spelling."""
        if not _TYPE.fullmatch(self.type):
            raise ValueError("Header.type must be lower-case words")
        if not DEVICE_ID.fullmatch(self.device):
            raise ValueError("Header.device must be 16 hexadecimal digits")
        if not _MESSAGE_ID.fullmatch(self.message_id):
            raise ValueError("Header.message_id must be 32 hexadecimal digits")
        for name, count in (("epoch", self.epoch), ("sequence", self.sequence)):
            if not 0 <= count < _COUNT_LIMIT:
                raise ValueError(f"Header.{name} must be from 0 to 2**53 - 1")


@dataclass(frozen=True, slots=True, kw_only=True)
class Opened:
    """A genuine message, and the hash by which an acknowledgement names its envelope."""

    header: Header
    message: Message
    envelope_sha256: str
    payload: bytes = field(default=b"", repr=False, compare=False)
    """The message as it was signed: JSON of its schema, for whoever keeps it whole."""


def seal(
    message: Message,
    *,
    direction: Direction,
    device: str,
    message_id: str,
    epoch: int,
    sequence: int,
    sender: PrivateKeys,
    recipient: PublicKeys,
) -> bytes:
    """Return ``message``, signed by ``sender``, as an envelope for ``recipient``.

    Sealing twice gives two different envelopes of one message: keep the first where an
    acknowledgement must match it. Raises ``TooLong``, ``wire.schema.SchemaError`` for a
    message that breaks its own schema, and ``ValueError`` for a header that cannot be.
    """
    header = Header(
        type=type_name(message),
        device=device,
        message_id=message_id,
        epoch=epoch,
        sequence=sequence,
    )
    if header.type not in TYPES[direction]:
        raise ValueError(f"a message of type {header.type} does not travel {direction}")
    if _device_end(direction, sender.public(), recipient).device_id != device:
        raise ValueError("Header.device must be the name of the device whose keys are used")
    payload = schema.encode(message)
    packed = _pack_header(header)
    room = _PLAINTEXT_BYTES - len(packed) - _LENGTH.size - _SIGNATURE_BYTES
    if len(payload) > room:
        raise TooLong(
            f"the {header.type} has {len(payload)} bytes and its slot holds {room}: "
            "shorten its texts"
        )
    signature = sender.signer().sign(_signed(header, recipient, payload))
    plaintext = packed + _LENGTH.pack(len(payload)) + payload + signature
    sealed = _HPKE.encrypt(
        plaintext.ljust(_PLAINTEXT_BYTES, b"\0"),
        recipient.sealing_key(),
        info=_info(direction, device),
    )
    return _CLEAR.pack(SUITE, recipient.key_id) + sealed


def open_sealed(
    envelope: bytes,
    *,
    direction: Direction,
    device: str,
    recipient: PrivateKeys,
    sender: PublicKeys,
) -> Opened:
    """Return the message in ``envelope``, or raise a ``SealError`` that says whose fault.

    ``device`` and ``direction`` are what the topic says; ``sender`` is who may send there.
    """
    public = recipient.public()
    if len(envelope) != SLOT_BYTES:
        raise Malformed(f"an envelope has {SLOT_BYTES} bytes, not {len(envelope)}")
    suite, key_id = _CLEAR.unpack_from(envelope)
    if suite != SUITE:
        raise Malformed(f"suite {suite} is not known")
    if key_id != public.key_id:
        raise NotForUs("the envelope is sealed to other keys")
    if not DEVICE_ID.fullmatch(device):
        raise Unverifiable("the topic names no device")
    if _device_end(direction, sender, public).device_id != device:
        raise Unverifiable("the keys at hand are not those of this device")
    plaintext = _decrypt(envelope[_CLEAR.size :], recipient, _info(direction, device))
    header, payload = _verified(plaintext, sender, public)
    if header.device != device:
        raise Unverifiable("the message was signed for another device")
    return Opened(
        header=header,
        message=_read_message(header, payload, direction),
        envelope_sha256=hashlib.sha256(envelope).hexdigest(),
        payload=payload,
    )


def _device_end(direction: Direction, sender: PublicKeys, recipient: PublicKeys) -> PublicKeys:
    return sender if direction is Direction.UP else recipient


def _info(direction: Direction, device: str) -> bytes:
    return b"".join(
        (_SEAL_DOMAIN, bytes([SUITE]), direction.value.encode(), b"\0", bytes.fromhex(device))
    )


def _pack_type(header: Header) -> bytes:
    return bytes([len(header.type)]) + header.type.encode("ascii")


def _pack_header(header: Header) -> bytes:
    return _pack_type(header) + _HEADER_TAIL.pack(
        bytes.fromhex(header.device),
        bytes.fromhex(header.message_id),
        header.epoch,
        header.sequence,
    )


def _signed(header: Header, recipient: PublicKeys, payload: bytes) -> bytes:
    # Every part but the type has a fixed length, so no two messages share these bytes.
    return b"".join(
        (
            _SIGNATURE_DOMAIN,
            _pack_type(header),
            bytes.fromhex(header.device),
            recipient.fingerprint,
            bytes.fromhex(header.message_id),
            struct.pack(">QQ", header.epoch, header.sequence),
            hashlib.sha256(payload).digest(),
        )
    )


def _decrypt(sealed: bytes, recipient: PrivateKeys, info: bytes) -> bytes:
    try:
        return _HPKE.decrypt(sealed, recipient.opening_key(), info=info)
    except InvalidTag:
        raise Unverifiable("the envelope was altered or carried to another place") from None


def _verified(
    plaintext: bytes, sender: PublicKeys, recipient: PublicKeys
) -> tuple[Header, bytes]:
    """Return header and payload once the sender's signature over both has held."""
    # The plaintext has the size of its slot, so the header always ends within it.
    header, at = _unpack_header(plaintext)
    (length,) = _LENGTH.unpack_from(plaintext, at)
    start = at + _LENGTH.size
    end = start + length + _SIGNATURE_BYTES
    if end > len(plaintext):
        raise Malformed("the payload is longer than its slot")
    payload, signature = plaintext[start : start + length], plaintext[start + length : end]
    try:
        sender.verifier().verify(signature, _signed(header, recipient, payload))
    except InvalidSignature:
        raise Unverifiable("the signature is not that of the expected sender") from None
    # Bytes that no signature covers could carry something past every check: none may.
    if plaintext[end:] != bytes(len(plaintext) - end):
        raise Malformed("the padding is not zero")
    return header, payload


def _unpack_header(plaintext: bytes) -> tuple[Header, int]:
    type_end = 1 + plaintext[0]
    device, message_id, epoch, sequence = _HEADER_TAIL.unpack_from(plaintext, type_end)
    try:
        header = Header(
            type=plaintext[1:type_end].decode("ascii"),
            device=device.hex(),
            message_id=message_id.hex(),
            epoch=epoch,
            sequence=sequence,
        )
    except ValueError as error:
        raise Malformed(f"the header cannot be read: {error}") from None
    return header, type_end + _HEADER_TAIL.size


def _read_message(header: Header, payload: bytes, direction: Direction) -> Message:
    cls = TYPES[direction].get(header.type)
    if cls is None:
        raise Malformed(f"no message of type {header.type} travels {direction}")
    try:
        return schema.decode(cls, payload)
    except schema.SchemaError as error:
        raise Malformed(f"{header.type}: {error}") from None
