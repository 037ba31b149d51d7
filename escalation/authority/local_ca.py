"""A small certificate authority whose keys are files: the default for an embedded desk.

One root, no intermediate: whoever can read its key can read the desk's keys beside it, and
a second level would protect nothing. All keys are ECDSA over P-256, which every broker,
proxy and secure element understands. The root signs

- devices: clients only, named by the device alone, for some weeks;
- the desk and other clients of the broker, and servers, for two years;
- the list of what was revoked. It names a next update far away: a broker with an outdated
  list lets nobody in at all, and nothing but our own disk stands between list and broker.
"""

import ipaddress
import os
from dataclasses import dataclass
from datetime import datetime, timedelta
from pathlib import Path

from cryptography import x509
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.serialization import (
    Encoding,
    NoEncryption,
    PrivateFormat,
    load_pem_private_key,
)
from cryptography.x509.oid import ExtendedKeyUsageOID, NameOID

from wire.options import ConfigError

ROOT_LASTS = timedelta(days=20 * 365)
SERVICE_LASTS = timedelta(days=2 * 365)
"""Of the broker's, the desk's and other certificates that a person puts in place."""
BACKDATED = timedelta(hours=1)
"""A certificate holds at once, also where a clock is a little behind."""

KEY_FILE = "ca.key"
CERTIFICATE_FILE = "ca.crt"


@dataclass(frozen=True, slots=True)
class Revoked:
    """One line of the revocation list."""

    serial: int
    at: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class LocalCa:
    """The authority's certificate and its key."""

    certificate: x509.Certificate
    _key: ec.EllipticCurvePrivateKey

    def sign_client(
        self, public_key: ec.EllipticCurvePublicKey, name: str, now: datetime, lasts: timedelta
    ) -> x509.Certificate:
        """Return a certificate with which ``name`` is let in at the broker."""
        begun = self._begun(public_key, [name], now, ExtendedKeyUsageOID.CLIENT_AUTH)
        return self._signed(begun, now + lasts)

    def sign_server(
        self, public_key: ec.EllipticCurvePublicKey, hosts: list[str], now: datetime
    ) -> x509.Certificate:
        """Return a certificate by which clients recognise a server that has ``hosts``."""
        begun = self._begun(public_key, hosts, now, ExtendedKeyUsageOID.SERVER_AUTH)
        return self._signed(begun, now + SERVICE_LASTS)

    def revocation_list(self, revoked: list[Revoked], now: datetime) -> bytes:
        """Return the list as PEM, for ``crlfile``."""
        builder = (
            x509.CertificateRevocationListBuilder()
            .issuer_name(self.certificate.subject)
            .last_update(now)
            .next_update(self.certificate.not_valid_after_utc)
            .add_extension(x509.CRLNumber(int(now.timestamp() * 1000)), critical=False)
            .add_extension(_issued_by(self.certificate), critical=False)
        )
        for line in revoked:
            builder = builder.add_revoked_certificate(
                x509.RevokedCertificateBuilder()
                .serial_number(line.serial)
                .revocation_date(line.at)
                .build()
            )
        return builder.sign(self._key, hashes.SHA256()).public_bytes(Encoding.PEM)

    def _begun(
        self,
        public_key: ec.EllipticCurvePublicKey,
        names: list[str],
        now: datetime,
        use: x509.ObjectIdentifier,
    ) -> x509.CertificateBuilder:
        """Return all of a certificate but its end; the first of ``names`` is its own."""
        alternatives = x509.SubjectAlternativeName([_alternative(name) for name in names])
        return (
            x509.CertificateBuilder()
            .subject_name(_named(names[0]))
            .issuer_name(self.certificate.subject)
            .public_key(public_key)
            .serial_number(x509.random_serial_number())
            .not_valid_before(now - BACKDATED)
            .add_extension(x509.BasicConstraints(ca=False, path_length=None), critical=True)
            .add_extension(_key_usage(digital_signature=True), critical=True)
            .add_extension(x509.ExtendedKeyUsage([use]), critical=False)
            .add_extension(alternatives, critical=False)
            .add_extension(_issued_by(self.certificate), critical=False)
        )

    def _signed(self, begun: x509.CertificateBuilder, until: datetime) -> x509.Certificate:
        # Nothing outlives who signed it.
        end = min(until, self.certificate.not_valid_after_utc)
        return begun.not_valid_after(end).sign(self._key, hashes.SHA256())


def create(folder: Path, name: str, now: datetime) -> LocalCa:
    """Make a root in ``folder``; one that is there already is never replaced."""
    if (folder / KEY_FILE).exists() or (folder / CERTIFICATE_FILE).exists():
        raise ConfigError(
            f"{folder}: an authority is here already; every device trusts it, so it is kept"
        )
    key = new_key()
    certificate = (
        x509.CertificateBuilder()
        .subject_name(_named(name))
        .issuer_name(_named(name))
        .public_key(key.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(now - BACKDATED)
        .not_valid_after(now + ROOT_LASTS)
        .add_extension(x509.BasicConstraints(ca=True, path_length=0), critical=True)
        .add_extension(_key_usage(key_cert_sign=True, crl_sign=True), critical=True)
        .add_extension(
            x509.SubjectKeyIdentifier.from_public_key(key.public_key()), critical=False
        )
        .sign(key, hashes.SHA256())
    )
    try:
        folder.mkdir(mode=0o700, parents=True, exist_ok=True)
        # The key last: a certificate without its key is complained about, never used.
        write_file(folder / CERTIFICATE_FILE, certificate.public_bytes(Encoding.PEM), 0o644)
        write_file(folder / KEY_FILE, key_pem(key), 0o600)
    except OSError as error:
        raise ConfigError(
            f"{folder}: cannot hold the authority ({error.strerror}): make this folder "
            "writable for the desk, or name another one under [authority] folder"
        ) from None
    return LocalCa(certificate=certificate, _key=key)


def load(folder: Path) -> LocalCa:
    """Return the authority in ``folder``, or raise ``ConfigError`` with the fix."""
    path = folder / KEY_FILE
    try:
        if path.stat().st_mode & 0o077:
            raise ConfigError(f"{path}: others may read it; run `chmod 600 {path}`")
        key = load_pem_private_key(path.read_bytes(), None)
        path = folder / CERTIFICATE_FILE
        certificate = x509.load_pem_x509_certificate(path.read_bytes())
    except FileNotFoundError:
        raise ConfigError(
            f"{path}: there is no such file; run `demitasse-desk authority init`, or name "
            "your own authority under [authority] sign_command"
        ) from None
    except OSError as error:
        raise ConfigError(f"{path}: cannot be read: {error.strerror}") from None
    except ConfigError:
        raise
    except (ValueError, TypeError):
        raise ConfigError(f"{path}: is damaged; restore it from its backup") from None
    if not isinstance(key, ec.EllipticCurvePrivateKey) or (
        certificate.public_key() != key.public_key()
    ):
        raise ConfigError(f"{folder}: {KEY_FILE} and {CERTIFICATE_FILE} do not belong together")
    return LocalCa(certificate=certificate, _key=key)


def new_key() -> ec.EllipticCurvePrivateKey:
    """Return a new key for a certificate."""
    return ec.generate_private_key(ec.SECP256R1())


def key_pem(key: ec.EllipticCurvePrivateKey) -> bytes:
    """Return ``key`` as PEM, for a file that its owner alone may read."""
    return key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption())


def pem(certificate: x509.Certificate) -> bytes:
    """Return ``certificate`` as PEM."""
    return certificate.public_bytes(Encoding.PEM)


def write_file(path: Path, data: bytes, mode: int) -> None:
    """Put ``data`` into ``path`` as a whole, with exactly ``mode``."""
    draft = path.with_name(f".{path.name}.{os.getpid()}")
    draft.unlink(missing_ok=True)
    descriptor = os.open(draft, os.O_WRONLY | os.O_CREAT | os.O_EXCL, mode)
    try:
        with os.fdopen(descriptor, "wb") as file:
            os.fchmod(descriptor, mode)
            file.write(data)
            file.flush()
            os.fsync(descriptor)
        draft.replace(path)
    finally:
        draft.unlink(missing_ok=True)
    folder = os.open(path.parent, os.O_RDONLY)
    try:
        os.fsync(folder)
    finally:
        os.close(folder)


def _named(name: str) -> x509.Name:
    return x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, name)])


def _alternative(name: str) -> x509.GeneralName:
    try:
        return x509.IPAddress(ipaddress.ip_address(name))
    except ValueError:
        return x509.DNSName(name)


def _issued_by(authority: x509.Certificate) -> x509.AuthorityKeyIdentifier:
    identifier = authority.extensions.get_extension_for_class(x509.SubjectKeyIdentifier)
    return x509.AuthorityKeyIdentifier.from_issuer_subject_key_identifier(identifier.value)


def _key_usage(**used: bool) -> x509.KeyUsage:
    names = (
        *("digital_signature", "content_commitment", "key_encipherment", "data_encipherment"),
        *("key_agreement", "key_cert_sign", "crl_sign", "encipher_only", "decipher_only"),
    )
    return x509.KeyUsage(**{name: used.get(name, False) for name in names})
