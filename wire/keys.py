"""The keys of a device and of a desk, as bytes and as JSON, and their short names.

Each side has an Ed25519 identity, with which it signs, and a hybrid key pair (ML-KEM-768
with X25519), to which the other side seals. Both halves of the hybrid must be broken
before a sealed message can be read.

The hybrid has no serialisation of its own, so the component keys are kept: private ones
as the 32 or 64 bytes of seed that they grow from. Nothing here touches a disk; the shell
that writes ``to_json`` must make the file readable by its owner alone.

>>> keys = DeviceKeys.create()
>>> DeviceKeys.from_json(keys.to_json()) == keys
True
>>> len(keys.public().device_id), len(keys.public().key_id)
(16, 8)
"""

import base64
import functools
import hashlib
from dataclasses import dataclass, field
from typing import Self

from cryptography.exceptions import UnsupportedAlgorithm
from cryptography.hazmat.primitives.asymmetric.ed25519 import (
    Ed25519PrivateKey,
    Ed25519PublicKey,
)
from cryptography.hazmat.primitives.asymmetric.mlkem import (
    MLKEM768PrivateKey,
    MLKEM768PublicKey,
)
from cryptography.hazmat.primitives.asymmetric.x25519 import (
    X25519PrivateKey,
    X25519PublicKey,
)
from cryptography.hazmat.primitives.hpke import (
    MLKEM768X25519PrivateKey,
    MLKEM768X25519PublicKey,
)

FINGERPRINT_DOMAIN = b"demitasse/1 public keys\0"


class KeyFormatError(ValueError):
    """The text or bytes given are not the keys that they should be."""


@dataclass(frozen=True, slots=True, kw_only=True)
class PublicKeys:
    """What the other side must know: whose signature to expect, and to whom to seal."""

    identity: bytes
    """Ed25519 public key, 32 bytes."""
    mlkem768: bytes
    """ML-KEM-768 public key, 1184 bytes."""
    x25519: bytes
    """X25519 public key, 32 bytes."""

    def __post_init__(self) -> None:
        """Whether they are more than bytes of the right length, ``from_json`` checks."""
        _check_lengths(self, {"identity": 32, "mlkem768": 1184, "x25519": 32})

    @property
    def device_id(self) -> str:
        """The name of the device that has this identity: 16 hexadecimal digits."""
        return hashlib.sha256(self.identity).hexdigest()[:16]

    @property
    def fingerprint(self) -> bytes:
        """32 bytes that stand for all three keys; a signature names its reader by it."""
        return hashlib.sha256(
            FINGERPRINT_DOMAIN + self.identity + self.mlkem768 + self.x25519
        ).digest()

    @property
    def key_id(self) -> bytes:
        """The 8 bytes by which an envelope says, in clear, which keys open it."""
        return self.fingerprint[:8]

    def verifier(self) -> Ed25519PublicKey:
        """Return the key that checks this side's signatures."""
        return Ed25519PublicKey.from_public_bytes(self.identity)

    def sealing_key(self) -> MLKEM768X25519PublicKey:
        """Return the key to which messages for this side are sealed."""
        return MLKEM768X25519PublicKey(
            MLKEM768PublicKey.from_public_bytes(self.mlkem768),
            X25519PublicKey.from_public_bytes(self.x25519),
        )

    def to_json(self) -> dict[str, str]:
        """Return the keys as a JSON object of hexadecimal texts."""
        return _to_json(self, ("identity", "mlkem768", "x25519"))

    @classmethod
    def from_json(cls, plain: object) -> Self:
        """Return the keys of ``to_json``, or raise ``KeyFormatError``."""
        return cls(**_from_json(plain, ("identity", "mlkem768", "x25519")))._usable()

    def to_text(self) -> str:
        """Return the keys as one text: Base64, so that they fit a message's slot."""
        return base64.b64encode(self.identity + self.mlkem768 + self.x25519).decode()

    @classmethod
    def from_text(cls, text: str) -> Self:
        """Return the keys of ``to_text``, or raise ``KeyFormatError``."""
        try:
            raw = base64.b64decode(text, validate=True)
        except ValueError:
            raise KeyFormatError("keys must be Base64 text") from None
        # The lengths are checked where every key is made; no byte is left over or shared.
        return cls(identity=raw[:32], mlkem768=raw[32:-32], x25519=raw[-32:])._usable()

    def _usable(self) -> Self:
        """Return these keys, or refuse them while it is known who gave them."""
        try:
            self.verifier()
            self.sealing_key()
            # A point of low order parses and then fails each time something is sealed to it.
            X25519PrivateKey.from_private_bytes(bytes(32)).exchange(
                X25519PublicKey.from_public_bytes(self.x25519)
            )
        except (ValueError, UnsupportedAlgorithm) as error:
            raise KeyFormatError(f"these are not public keys: {error}") from None
        return self


@dataclass(frozen=True, slots=True, kw_only=True)
class PrivateKeys:
    """What one side keeps to itself. Its ``repr`` shows no key."""

    identity: bytes = field(repr=False)
    """Ed25519 private key, 32 bytes."""
    mlkem768: bytes = field(repr=False)
    """ML-KEM-768 seed, 64 bytes."""
    x25519: bytes = field(repr=False)
    """X25519 private key, 32 bytes."""

    def __post_init__(self) -> None:
        """Any bytes of the right length are private keys."""
        _check_lengths(self, {"identity": 32, "mlkem768": 64, "x25519": 32})

    @classmethod
    def create(cls) -> Self:
        """Return new keys from the operating system's randomness."""
        return cls(
            identity=Ed25519PrivateKey.generate().private_bytes_raw(),
            mlkem768=MLKEM768PrivateKey.generate().private_bytes_raw(),
            x25519=X25519PrivateKey.generate().private_bytes_raw(),
        )

    def public(self) -> PublicKeys:
        """Return the keys that the other side may know."""
        return _public_of(self)

    def signer(self) -> Ed25519PrivateKey:
        """Return the key that signs what this side says."""
        return Ed25519PrivateKey.from_private_bytes(self.identity)

    def opening_key(self) -> MLKEM768X25519PrivateKey:
        """Return the key that opens what is sealed to this side."""
        return _opening_key_of(self)

    def to_json(self) -> dict[str, str]:
        """Return the keys as a JSON object of hexadecimal texts. Secret."""
        return _to_json(self, ("identity", "mlkem768", "x25519"))

    @classmethod
    def from_json(cls, plain: object) -> Self:
        """Return the keys of ``to_json``, or raise ``KeyFormatError``."""
        return cls(**_from_json(plain, ("identity", "mlkem768", "x25519")))


@dataclass(frozen=True, slots=True, kw_only=True)
class DeviceKeys(PrivateKeys):
    """The private keys of one device; its name follows from its identity."""

    @property
    def device_id(self) -> str:
        """The name of this device: 16 hexadecimal digits."""
        return self.public().device_id


@dataclass(frozen=True, slots=True, kw_only=True)
class DeskKeys(PrivateKeys):
    """The private keys of a desk."""


# An ML-KEM key is grown from its seed, which costs as much as opening an envelope does; a
# process has a key or two of its own and opens thousands with them.
@functools.lru_cache(maxsize=8)
def _public_of(keys: PrivateKeys) -> PublicKeys:
    return PublicKeys(
        identity=keys.signer().public_key().public_bytes_raw(),
        mlkem768=MLKEM768PrivateKey.from_seed_bytes(keys.mlkem768)
        .public_key()
        .public_bytes_raw(),
        x25519=X25519PrivateKey.from_private_bytes(keys.x25519).public_key().public_bytes_raw(),
    )


@functools.lru_cache(maxsize=8)
def _opening_key_of(keys: PrivateKeys) -> MLKEM768X25519PrivateKey:
    return MLKEM768X25519PrivateKey(
        MLKEM768PrivateKey.from_seed_bytes(keys.mlkem768),
        X25519PrivateKey.from_private_bytes(keys.x25519),
    )


def _check_lengths(keys: PublicKeys | PrivateKeys, lengths: dict[str, int]) -> None:
    for name, length in lengths.items():
        value = getattr(keys, name)
        if not isinstance(value, bytes) or len(value) != length:
            # The value stays out of the message: it may be a private key.
            raise KeyFormatError(f"{name} must be {length} bytes")


def _to_json(keys: PublicKeys | PrivateKeys, names: tuple[str, ...]) -> dict[str, str]:
    return {name: getattr(keys, name).hex() for name in names}


def _from_json(plain: object, names: tuple[str, ...]) -> dict[str, bytes]:
    if not isinstance(plain, dict) or plain.keys() != set(names):
        raise KeyFormatError(f"keys are an object with exactly {', '.join(names)}")
    return {name: _from_hex(name, plain[name]) for name in names}


def _from_hex(name: str, text: object) -> bytes:
    try:
        if isinstance(text, str):
            return bytes.fromhex(text)
    except ValueError:
        pass
    raise KeyFormatError(f"{name} must be hexadecimal text")
