"""The device's certificate for the broker, and its key: one file, so that they never part.

``keys/tls.pem`` holds the key and then the chain. It is replaced as a whole, so that a
power cut leaves the old pair or the new one. The key is made anew for each certificate
and is no other key of this device: what it protects is the line to the broker alone.

Nothing here asks anybody for a certificate: ``enrolment`` does that once, ``renewal`` ever
again.
"""

import ssl
from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path

from cryptography import x509
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.serialization import (
    Encoding,
    NoEncryption,
    PrivateFormat,
    load_pem_private_key,
)

from agent.durable_file import write_durably
from agent.identity.key_files import keys_folder, refuse_if_others_may_read, unusable
from wire import certificates
from wire.certificates import BadCertificate, Expected
from wire.options import ConfigError

FILE = "tls.pem"
ASKED_FILE = "tls.asked.pem"
"""The key of a request that travels as a file, until its answer comes."""
TRIAL_FILE = "tls.trial.pem"


@dataclass(frozen=True, slots=True)
class Pair:
    """A key, and the certificate that belongs to it, as PEM."""

    key: str = field(repr=False)
    chain: str

    @property
    def certificate(self) -> x509.Certificate:
        """The device's own certificate."""
        return certificates.read_chain(self.chain)[0]

    def check(self, name: str, authorities: str, now: datetime) -> None:
        """Raise ``BadCertificate`` unless the pair lets ``name`` in, ``now``."""
        public_key = read_key(self.key).public_key()
        expected = Expected(name=name, public_key=public_key, authorities=authorities)
        certificates.check(self.chain, expected, now)


def new_key() -> str:
    """Return a new key, as PEM."""
    key = ec.generate_private_key(ec.SECP256R1())
    return key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption()).decode()


def read_key(pem: str) -> ec.EllipticCurvePrivateKey:
    """Return the key in ``pem``, or raise ``BadCertificate``."""
    try:
        key = load_pem_private_key(pem.encode(), None)
    except (ValueError, TypeError):
        raise BadCertificate("the private key cannot be read") from None
    if not isinstance(key, ec.EllipticCurvePrivateKey):
        raise BadCertificate("the private key is not one for ECDSA")
    return key


def is_due(certificate: x509.Certificate, now: datetime) -> bool:
    """Tell whether it is time for the next one: two thirds of this one are over.

    A third of a lifetime is left for a desk that is away, or a household that is.
    """
    begin, end = certificate.not_valid_before_utc, certificate.not_valid_after_utc
    return now >= end - (end - begin) / 3


def read_pair(state_dir: Path) -> Pair | None:
    """Return the pair in use, or ``None`` where there is none."""
    file = keys_folder(state_dir) / FILE
    try:
        if not file.exists():
            return None
        refuse_if_others_may_read(file)
        text = file.read_text(encoding="ascii")
    except OSError as error:
        raise unusable(file, error) from None
    except UnicodeDecodeError:
        text = ""
    key, mark, chain = text.partition("-----BEGIN CERTIFICATE-----")
    pair = Pair(key, mark + chain)
    try:
        read_key(pair.key)
        certificates.read_chain(pair.chain)
    except BadCertificate as error:
        raise ConfigError(
            f"{file}: {error}; remove it and enroll this device again with a new bundle"
        ) from None
    return pair


def swap(state_dir: Path, pair: Pair) -> None:
    """Put ``pair`` in the place of the one in use; afterwards it is on the disk."""
    _write(keys_folder(state_dir) / FILE, pair.key + pair.chain)


def keep_asked(state_dir: Path, key: str) -> None:
    """Keep the key of a request that is on its way as a file."""
    _write(keys_folder(state_dir) / ASKED_FILE, key)


def asked(state_dir: Path) -> str | None:
    """Return the key of the request that is on its way, if there is one."""
    file = keys_folder(state_dir) / ASKED_FILE
    try:
        return file.read_text(encoding="ascii") if file.exists() else None
    except (OSError, ValueError):
        return None


def forget_asked(state_dir: Path) -> None:
    """Forget the request: it was answered."""
    (keys_folder(state_dir) / ASKED_FILE).unlink(missing_ok=True)


def trusting(authorities: str) -> ssl.SSLContext:
    """Return TLS settings that believe nobody but ``authorities``."""
    context = ssl.create_default_context(cadata=authorities)
    context.minimum_version = ssl.TLSVersion.TLSv1_3
    return context


def context_of(state_dir: Path, authorities: str) -> ssl.SSLContext:
    """Return TLS settings for the broker, with the pair in use."""
    context = trusting(authorities)
    context.load_cert_chain(keys_folder(state_dir) / FILE)
    return context


def trial_context(state_dir: Path, pair: Pair, authorities: str) -> ssl.SSLContext:
    """Return TLS settings with a pair that is not in use yet."""
    # OpenSSL reads keys from files alone; this one is gone again at once.
    file = keys_folder(state_dir) / TRIAL_FILE
    _write(file, pair.key + pair.chain)
    try:
        context = trusting(authorities)
        context.load_cert_chain(file)
        return context
    finally:
        file.unlink(missing_ok=True)


def _write(file: Path, text: str) -> None:
    try:
        file.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
        write_durably(file, text)
    except OSError as error:
        raise unusable(file, error) from None
