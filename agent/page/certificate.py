"""The certificate with which the page proves itself at home: made here, known to nobody else.

No authority can vouch for a name inside a house, so a browser asks once whether this page is
to be trusted, and tells when another one pretends to be it. The fingerprint is shown by
``demitasse status`` and by ``demitasse page --fingerprint``, for whoever wants to compare.

Only the process that serves the home network loads this.
"""

import contextlib
from datetime import datetime, timedelta
from pathlib import Path

from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import ExtendedKeyUsageOID, NameOID

from agent.durable_file import write_durably
from agent.page.at_home import CERTIFICATE_FILE

VALID_FOR = timedelta(days=825)
"""The longest that every telephone accepts."""
RENEWED_BEFORE = timedelta(days=30)
CLOCK_MAY_LAG = timedelta(days=1)


def own_certificate(folder: Path, names: frozenset[str], now: datetime) -> Path:
    """Return the file of a certificate that is valid ``now``; make it if there is none."""
    file = folder / CERTIFICATE_FILE
    if not _serves(file, now):
        folder.mkdir(parents=True, exist_ok=True)
        write_durably(file, _made(names, now))
    return file


def _serves(file: Path, now: datetime) -> bool:
    with contextlib.suppress(OSError, ValueError):
        certificate = _read(file)
        last = certificate.not_valid_after_utc - RENEWED_BEFORE
        return certificate.not_valid_before_utc <= now < last
    return False


def _read(file: Path) -> x509.Certificate:
    return x509.load_pem_x509_certificate(file.read_bytes())


def _made(names: frozenset[str], now: datetime) -> str:
    # Browsers know no Ed25519 for this, and every one knows P-256.
    key = ec.generate_private_key(ec.SECP256R1())
    subject = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "Demitasse")])
    certificate = (
        x509.CertificateBuilder()
        .subject_name(subject)
        .issuer_name(subject)
        .public_key(key.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(now - CLOCK_MAY_LAG)
        .not_valid_after(now - CLOCK_MAY_LAG + VALID_FOR)
        .add_extension(
            x509.SubjectAlternativeName([x509.DNSName(name) for name in sorted(names)]),
            critical=False,
        )
        .add_extension(x509.BasicConstraints(ca=False, path_length=None), critical=True)
        .add_extension(x509.ExtendedKeyUsage([ExtendedKeyUsageOID.SERVER_AUTH]), critical=False)
        .sign(key, hashes.SHA256())
    )
    pem, pkcs8 = serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8
    secret = key.private_bytes(pem, pkcs8, serialization.NoEncryption())
    return (secret + certificate.public_bytes(pem)).decode("ascii")
