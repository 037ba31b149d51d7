"""A small certificate authority, made anew in each test that needs one."""

from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from ipaddress import IPv4Address
from pathlib import Path
from typing import Self

from cryptography import x509
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.serialization import (
    Encoding,
    NoEncryption,
    PrivateFormat,
)
from cryptography.x509.oid import ExtendedKeyUsageOID, NameOID


@dataclass(frozen=True, kw_only=True)
class Identity:
    """A certificate and its key, as PEM files."""

    certificate: Path
    key: Path


@dataclass(frozen=True, kw_only=True)
class Authority:
    """Signs certificates into ``folder``."""

    folder: Path
    certificate: Path
    _name: x509.Name
    _key: ec.EllipticCurvePrivateKey

    @classmethod
    def create(cls, folder: Path, name: str = "Test authority") -> Self:
        """Make a new authority that nobody else trusts."""
        folder.mkdir(parents=True, exist_ok=True)
        key = ec.generate_private_key(ec.SECP256R1())
        subject = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, name)])
        signed = (
            _certificate(subject, subject, key.public_key())
            .add_extension(x509.BasicConstraints(ca=True, path_length=0), critical=True)
            .sign(key, hashes.SHA256())
        )
        path = folder / "ca.crt"
        path.write_bytes(signed.public_bytes(Encoding.PEM))
        return cls(folder=folder, certificate=path, _name=subject, _key=key)

    def issue(
        self,
        name: str,
        file: str | None = None,
        *,
        server: bool = False,
        begins_in: timedelta = timedelta(hours=-1),
        lasts: timedelta = timedelta(days=1),
    ) -> Identity:
        """Sign a certificate for ``name``; a server's is for 127.0.0.1."""
        key = ec.generate_private_key(ec.SECP256R1())
        subject = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, name)])
        use = ExtendedKeyUsageOID.SERVER_AUTH if server else ExtendedKeyUsageOID.CLIENT_AUTH
        builder = _certificate(
            subject, self._name, key.public_key(), begins_in=begins_in, lasts=lasts
        ).add_extension(x509.ExtendedKeyUsage([use]), critical=False)
        if server:
            address = x509.IPAddress(IPv4Address("127.0.0.1"))
            builder = builder.add_extension(
                x509.SubjectAlternativeName([address]), critical=False
            )
        identity = Identity(
            certificate=self.folder / f"{file or name}.crt",
            key=self.folder / f"{file or name}.key",
        )
        signed = builder.sign(self._key, hashes.SHA256())
        identity.certificate.write_bytes(signed.public_bytes(Encoding.PEM))
        identity.key.write_bytes(
            key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption())
        )
        return identity

    def revoke(self, *identities: Identity) -> Path:
        """Write the list of what was revoked: exactly these."""
        now = datetime.now(UTC)
        builder = (
            x509.CertificateRevocationListBuilder()
            .issuer_name(self._name)
            .last_update(now)
            .next_update(now + timedelta(days=1))
        )
        for identity in identities:
            certificate = x509.load_pem_x509_certificate(identity.certificate.read_bytes())
            builder = builder.add_revoked_certificate(
                x509.RevokedCertificateBuilder()
                .serial_number(certificate.serial_number)
                .revocation_date(now)
                .build()
            )
        path = self.folder / "revoked.crl"
        path.write_bytes(builder.sign(self._key, hashes.SHA256()).public_bytes(Encoding.PEM))
        return path


def _certificate(
    subject: x509.Name,
    issuer: x509.Name,
    key: ec.EllipticCurvePublicKey,
    *,
    begins_in: timedelta = timedelta(hours=-1),
    lasts: timedelta = timedelta(days=1),
) -> x509.CertificateBuilder:
    begin = datetime.now(UTC) + begins_in
    return (
        x509.CertificateBuilder()
        .subject_name(subject)
        .issuer_name(issuer)
        .public_key(key)
        .serial_number(x509.random_serial_number())
        .not_valid_before(begin)
        .not_valid_after(begin + lasts)
    )
