"""X.509 as both ends need it: a signing request, and what a certificate must be to count.

A certificate counts when its name, its key, its dates and its chain are all as expected;
``check`` says which of them is not, in words for whoever has to mend it. Device keys are
ECDSA over P-256: what brokers, proxies and secure elements have in common.
"""

from dataclasses import dataclass
from datetime import datetime

from cryptography import x509
from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.serialization import Encoding
from cryptography.x509.oid import ExtendedKeyUsageOID, NameOID

CHAIN_LENGTH_MAX = 5


class BadCertificate(ValueError):
    """The peer's fault: this is not the certificate, or the request, that it should be."""


class NotYetValid(BadCertificate):
    """The certificate begins later than now: more often than not our clock is wrong."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Expected:
    """What a certificate has to be."""

    name: str
    public_key: ec.EllipticCurvePublicKey
    authorities: str
    """PEM of everybody who may have signed it, or have signed who signed it."""


def make_request(key: ec.EllipticCurvePrivateKey, name: str) -> str:
    """Return a PKCS#10 request for ``name``, signed by ``key``, as PEM."""
    subject = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, name)])
    request = x509.CertificateSigningRequestBuilder().subject_name(subject)
    return request.sign(key, hashes.SHA256()).public_bytes(Encoding.PEM).decode()


def read_request(pem: str, name: str) -> ec.EllipticCurvePublicKey:
    """Return the key for which ``pem`` asks a certificate of ``name``.

    Whatever else it asks for (names, uses, lifetimes) is not ours to grant and not read.
    """
    try:
        request = x509.load_pem_x509_csr(pem.encode())
        key, ours = request.public_key(), request.is_signature_valid
        subject = _common_names(request.subject)
    except Exception as error:  # a parser of hostile bytes: whatever it says means no
        raise BadCertificate(f"the signing request cannot be read ({error})") from None
    if not isinstance(key, ec.EllipticCurvePublicKey) or key.curve.name != "secp256r1":
        raise BadCertificate("the signing request is not for an ECDSA key over P-256")
    if not ours:
        raise BadCertificate("the signing request was not signed by the key that it is for")
    if subject != [name]:
        raise BadCertificate(f"the signing request is not for {name}")
    return key


def read_chain(pem: str) -> list[x509.Certificate]:
    """Return the certificates in ``pem``, or raise ``BadCertificate``."""
    try:
        chain = x509.load_pem_x509_certificates(pem.encode())
        for each in chain:
            _ = (each.subject, each.issuer, each.public_key(), each.extensions)
    except Exception as error:  # as above
        raise BadCertificate(f"a certificate cannot be read ({error})") from None
    if len(chain) > CHAIN_LENGTH_MAX:
        raise BadCertificate(f"more than {CHAIN_LENGTH_MAX} certificates are no chain")
    return chain


def check(pem: str, expected: Expected, now: datetime) -> x509.Certificate:
    """Return the first certificate in ``pem`` if it is as expected.

    Raises ``BadCertificate`` otherwise, and ``NotYetValid`` where only the time is missing.
    """
    chain = read_chain(pem)
    own = chain[0]
    if _common_names(own.subject) != [expected.name]:
        raise BadCertificate(f"the certificate is not for {expected.name}")
    if own.public_key() != expected.public_key:
        raise BadCertificate("the certificate belongs to another key")
    if not _may_be_client(own):
        raise BadCertificate("the certificate does not let its holder be a client")
    _check_path(chain, read_chain(expected.authorities))
    if now >= own.not_valid_after_utc:
        raise BadCertificate(f"the certificate ended on {_day(own.not_valid_after_utc)}")
    if now < own.not_valid_before_utc:
        raise NotYetValid(
            f"the certificate begins on {_day(own.not_valid_before_utc)}, and the clock here "
            f"says {_day(now)}"
        )
    return own


def _check_path(chain: list[x509.Certificate], anchors: list[x509.Certificate]) -> None:
    """Follow ``chain`` from its first certificate until one of ``anchors`` has signed."""
    for position, certificate in enumerate(chain):
        if any(_has_signed(anchor, certificate) for anchor in anchors):
            return
        signer = chain[position + 1] if position + 1 < len(chain) else None
        if signer is None or not _has_signed(signer, certificate):
            break
    raise BadCertificate("the certificate was not signed by an authority of the bundle")


def _has_signed(authority: x509.Certificate, certificate: x509.Certificate) -> bool:
    try:
        certificate.verify_directly_issued_by(authority)
        basic = authority.extensions.get_extension_for_class(x509.BasicConstraints)
    except (ValueError, TypeError, InvalidSignature, x509.ExtensionNotFound):
        return False
    return basic.value.ca


def _may_be_client(certificate: x509.Certificate) -> bool:
    try:
        uses = certificate.extensions.get_extension_for_class(x509.ExtendedKeyUsage).value
    except x509.ExtensionNotFound:
        return True
    return ExtendedKeyUsageOID.CLIENT_AUTH in uses


def _common_names(name: x509.Name) -> list[str]:
    found = name.get_attributes_for_oid(NameOID.COMMON_NAME)
    return [str(attribute.value) for attribute in found]


def _day(at: datetime) -> str:
    return at.strftime("%Y-%m-%d %H:%M UTC")
