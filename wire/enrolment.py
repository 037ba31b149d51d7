"""What introduces device and desk to each other: closed documents, signed, read strictly.

Four documents, each one flat JSON object that names its own kind:

- ``Bundle``, from desk to device, as a file: whom to trust, where to go, and a secret that
  may be turned into a certificate. Signed by the desk whose keys it holds, so that no two
  bundles can be mixed and none is believed by half.
- ``CertificateRequest``, from device to desk: the device's public keys and a signing
  request (PKCS#10) for its TLS key. Signed by the device's identity; the first one also
  proves that it knows the bundle's secret, without showing it.
- ``Certificate``, the answer: a chain in PEM. It needs no signature of its own.
- ``NextDeskKeys``, from desk to device, as a message or as a file: the desk's next keys,
  signed with those that the device has pinned.

The signature is Ed25519 over a domain and the document's one canonical spelling
(``wire.schema.encode``) with an empty signature field. Nothing here reads a clock or a disk.
"""

import dataclasses
import hashlib
import hmac
import json
import re
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum
from typing import TYPE_CHECKING, Annotated, TypeVar
from urllib.parse import urlsplit

from wire import schema
from wire.schema import MaxLength, SchemaError
from wire.topics import DEVICE_ID

if TYPE_CHECKING:
    from cryptography.hazmat.primitives.asymmetric.ed25519 import (
        Ed25519PrivateKey,
        Ed25519PublicKey,
    )

    from wire.keys import PublicKeys

DOCUMENT_BYTES_MAX = 32 * 1024
"""The largest, a bundle with several authorities, has a third of that."""

OVERLAP_DAYS_MAX = 396

RENEWABLE_FOR = timedelta(days=396)
"""How long after its last certificate has ended an identity may ask for the next one:
thirteen months, a year away and a month late."""

_SIGNATURE_DOMAIN = b"demitasse/1 enrolment\0"
_PROOF_DOMAIN = b"demitasse/1 enrolment proof\0"

Hex32 = Annotated[str, MaxLength(32)]
Hex64 = Annotated[str, MaxLength(64)]
Signature = Annotated[str, MaxLength(128)]
Host = Annotated[str, MaxLength(253)]
Url = Annotated[str, MaxLength(300)]
KeyText = Annotated[str, MaxLength(1664)]
"""``PublicKeys.to_text``."""
Pem = Annotated[str, MaxLength(10_000)]
DeviceName = Annotated[str, MaxLength(16)]

_HEX = re.compile(r"[0-9a-f]*")
_HOST = re.compile(r"[A-Za-z0-9]([A-Za-z0-9.:-]*[A-Za-z0-9])?")


class Untrue(Exception):
    """A document is well-formed, and its signature or proof is not what it should be."""


class BundleKind(StrEnum):
    """The one spelling of a bundle's kind; another version would be another kind."""

    V1 = "demitasse enrolment bundle 1"


class RequestKind(StrEnum):
    """The one spelling of a request's kind."""

    V1 = "demitasse certificate request 1"


class CertificateKind(StrEnum):
    """The one spelling of an answer's kind."""

    V1 = "demitasse certificate 1"


class NextDeskKeysKind(StrEnum):
    """The one spelling of the kind of a desk's next keys."""

    V1 = "demitasse next desk keys 1"


@dataclass(frozen=True, slots=True, kw_only=True)
class Bundle:
    """All that a device must be told to find its desk and to be let in."""

    kind: BundleKind
    bundle_id: Hex32
    secret: Hex64 = dataclasses.field(repr=False)
    """Known to the desk and to whoever holds this file: 32 bytes."""
    device: DeviceName | None
    """The one device that may use it, or ``None`` for whoever holds it."""
    issued_at: datetime
    expires_at: datetime
    broker_host: Host
    broker_port: int
    enrol_url: Url
    """Where certificates are asked for; empty: requests travel as files."""
    authorities: Pem
    """Who signs the certificates of broker and desk, and of this device."""
    desk_serial: int
    desk_keys: KeyText
    signature: Signature

    def __post_init__(self) -> None:
        """Refuse what could not be used later, while it is known who gave it."""
        _check_hex("bundle_id", self.bundle_id, 32)
        _check_hex("secret", self.secret, 64)
        if self.device is not None and not DEVICE_ID.fullmatch(self.device):
            raise ValueError("device must be 16 hexadecimal digits")
        if not _HOST.fullmatch(self.broker_host):
            raise ValueError("broker_host must be a name or an address")
        if not 1 <= self.broker_port <= 65535:
            raise ValueError("broker_port must be from 1 to 65535")
        if self.enrol_url:
            check_url(self.enrol_url)
        _check_serial(self.desk_serial)
        _public_keys(self.desk_keys)

    @property
    def desk(self) -> "PublicKeys":
        """The desk's public keys."""
        return _public_keys(self.desk_keys)


@dataclass(frozen=True, slots=True, kw_only=True)
class CertificateRequest:
    """A device asks for a certificate: its first one, by a bundle, or its next one."""

    kind: RequestKind
    bundle_id: Hex32 | None
    """The bundle that allows it; ``None``: a renewal, by an identity that is enrolled."""
    keys: KeyText
    csr: Pem
    made_at: datetime
    proof: Hex64
    """HMAC-SHA256 under the bundle's secret; empty in a renewal."""
    signature: Signature

    def __post_init__(self) -> None:
        """A first request has bundle and proof, a renewal neither."""
        if self.bundle_id is not None:
            _check_hex("bundle_id", self.bundle_id, 32)
        _check_hex("proof", self.proof, 64 if self.bundle_id else 0)
        _public_keys(self.keys)

    @property
    def device(self) -> "PublicKeys":
        """The device's public keys; its name follows from them."""
        return _public_keys(self.keys)


@dataclass(frozen=True, slots=True, kw_only=True)
class Certificate:
    """The answer to a request: the device's own certificate first, then who signed it."""

    kind: CertificateKind
    chain: Pem


@dataclass(frozen=True, slots=True, kw_only=True)
class NextDeskKeys:
    """The desk's next keys, in the words of the ones that the device has pinned."""

    kind: NextDeskKeysKind
    serial: int
    """One more than the serial of the keys that sign it."""
    keys: KeyText
    issued_at: datetime
    overlap_days: int
    """How long, from the moment it learns this, a device also believes the old keys."""
    signature: Signature

    def __post_init__(self) -> None:
        """Refuse keys that could not be used later."""
        _check_serial(self.serial)
        if not 0 <= self.overlap_days <= OVERLAP_DAYS_MAX:
            raise ValueError(f"overlap_days must be from 0 to {OVERLAP_DAYS_MAX}")
        _public_keys(self.keys)

    @property
    def desk(self) -> "PublicKeys":
        """The desk's next public keys."""
        return _public_keys(self.keys)


Document = Bundle | CertificateRequest | Certificate | NextDeskKeys
Signed = TypeVar("Signed", Bundle, CertificateRequest, NextDeskKeys)

KINDS: dict[str, type[Document]] = {
    BundleKind.V1: Bundle,
    RequestKind.V1: CertificateRequest,
    CertificateKind.V1: Certificate,
    NextDeskKeysKind.V1: NextDeskKeys,
}


def read(data: bytes) -> Document:
    """Return the document in ``data``, or raise ``SchemaError``. Nothing is verified yet."""
    if len(data) > DOCUMENT_BYTES_MAX:
        raise SchemaError(f"more than {DOCUMENT_BYTES_MAX} bytes are no such document")
    try:
        plain = json.loads(data)
    except (ValueError, RecursionError):
        raise SchemaError("not a JSON document") from None
    kind = plain.get("kind") if isinstance(plain, dict) else None
    cls = KINDS.get(kind) if isinstance(kind, str) else None
    if cls is None:
        raise SchemaError(f"no document has the kind {str(kind)[:40]!r}")
    return schema.decode(cls, data)


def write(document: Document) -> str:
    """Return ``document`` as a file holds it: its canonical spelling and a line's end."""
    return schema.encode(document).decode() + "\n"


def sign(document: Signed, key: "Ed25519PrivateKey") -> Signed:
    """Return ``document`` with its signature by ``key``."""
    return dataclasses.replace(document, signature=key.sign(_signed_bytes(document)).hex())


def verify(
    document: Bundle | CertificateRequest | NextDeskKeys, key: "Ed25519PublicKey"
) -> None:
    """Raise ``Untrue`` unless ``key`` has signed exactly this document."""
    from cryptography.exceptions import InvalidSignature  # noqa: PLC0415

    try:
        key.verify(bytes.fromhex(document.signature), _signed_bytes(document))
    except (InvalidSignature, ValueError):
        raise Untrue("the signature is not that of the expected sender") from None


def prove(request: CertificateRequest, secret: str) -> CertificateRequest:
    """Return ``request`` with the proof that its sender knows the bundle's ``secret``."""
    return dataclasses.replace(request, proof=_proof(request, secret))


def check_proof(request: CertificateRequest, secret: str) -> None:
    """Raise ``Untrue`` unless the sender of ``request`` knew ``secret``."""
    if not hmac.compare_digest(request.proof, _proof(request, secret)):
        raise Untrue("the request was not made with this bundle")


def check_url(url: str) -> None:
    """Raise ``ValueError`` unless ``url`` is an address that certificates may come from."""
    parts = urlsplit(url)
    plain = parts.scheme == "https" and parts.hostname and _HOST.fullmatch(parts.hostname)
    # ``port`` raises by itself where it is no number.
    if not plain or parts.username or parts.query or parts.fragment or parts.port == 0:
        raise ValueError("an enrolment address is https://HOST[:PORT]/PATH")


def _public_keys(text: str) -> "PublicKeys":
    # Here, because naming the messages must not cost a device the memory of all ciphers.
    from wire.keys import PublicKeys  # noqa: PLC0415

    return PublicKeys.from_text(text)


def _signed_bytes(document: Bundle | CertificateRequest | NextDeskKeys) -> bytes:
    # The kind is in the document, so no signature serves for another kind.
    return _SIGNATURE_DOMAIN + schema.encode(dataclasses.replace(document, signature=""))


def _proof(request: CertificateRequest, secret: str) -> str:
    # The field must have its length to be encoded: zeros stand where the proof will be.
    bare = dataclasses.replace(request, proof="00" * 32, signature="")
    message = _PROOF_DOMAIN + schema.encode(bare)
    return hmac.new(bytes.fromhex(secret), message, hashlib.sha256).hexdigest()


def _check_hex(name: str, text: str, digits: int) -> None:
    if len(text) != digits or not _HEX.fullmatch(text):
        raise ValueError(f"{name} must be {digits} hexadecimal digits")


def _check_serial(serial: int) -> None:
    if not 1 <= serial < 2**31:
        raise ValueError("a serial is a whole number from 1 on")
