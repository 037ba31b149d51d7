"""Which authority signs: the small one on our own disk, or a maker's own.

A maker's own (step-ca, a cloud's, a company's) is any command that reads a signing request
(PKCS#10, PEM) from its standard input and prints the certificate, followed by whoever
signed it, as PEM. What it prints is believed no more than what a stranger sends: name, key,
dates and chain are checked before a device gets to see it.
"""

import subprocess
from datetime import datetime, timedelta
from typing import Protocol

from cryptography import x509
from cryptography.hazmat.primitives.serialization import Encoding

from escalation.authority import local_ca
from escalation.authority.options import AuthorityConfig
from wire import certificates
from wire.certificates import BadCertificate, Expected
from wire.options import ConfigError

COMMAND_WITHIN_S = 30.0


class SigningFailed(Exception):
    """Ours, or our authority's: the device is to come again later."""


class Signer(Protocol):
    """Turns a signing request that was judged into a certificate."""

    def sign(self, csr: str, name: str, now: datetime) -> tuple[str, x509.Certificate]:
        """Return the chain as PEM, and its first certificate; or raise ``SigningFailed``."""

    def authorities(self) -> str:
        """Return as PEM whom devices are to trust."""


class LocalSigner:
    """Signs with the keys in the authority's folder."""

    def __init__(self, ca: local_ca.LocalCa, config: AuthorityConfig) -> None:
        self._ca = ca
        self._lasts = timedelta(days=config.certificate_days)
        self._more = _read_authorities(config) if config.ca else ""

    def sign(self, csr: str, name: str, now: datetime) -> tuple[str, x509.Certificate]:
        """Sign for the key alone: name and lifetime are ours to say."""
        key = certificates.read_request(csr, name)
        signed = self._ca.sign_client(key, name, now, self._lasts)
        return signed.public_bytes(Encoding.PEM).decode(), signed

    def authorities(self) -> str:
        """Return our root, and whom else the operator named."""
        return self._ca.certificate.public_bytes(Encoding.PEM).decode() + self._more


class CommandSigner:
    """Asks a maker's own authority."""

    def __init__(self, config: AuthorityConfig) -> None:
        self._command = config.sign_command
        self._authorities = _read_authorities(config)

    def sign(self, csr: str, name: str, now: datetime) -> tuple[str, x509.Certificate]:
        """Run the command, and believe what it prints only as far as it can be checked."""
        expected = Expected(
            name=name,
            public_key=certificates.read_request(csr, name),
            authorities=self._authorities,
        )
        chain = self._run(csr)
        try:
            return chain, certificates.check(chain, expected, now)
        except BadCertificate as error:
            raise SigningFailed(f"[authority] sign_command: {error}") from None

    def authorities(self) -> str:
        """Return what the operator named."""
        return self._authorities

    def _run(self, csr: str) -> str:
        try:
            done = subprocess.run(
                self._command,
                input=csr,
                capture_output=True,
                text=True,
                timeout=COMMAND_WITHIN_S,
                check=True,
            )
        except subprocess.CalledProcessError as error:
            said = str(error.stderr).strip().splitlines()
            reason = said[-1] if said else f"exit status {error.returncode}"
            raise SigningFailed(f"[authority] sign_command failed: {reason[:200]}") from None
        except (OSError, ValueError, subprocess.TimeoutExpired) as error:
            raise SigningFailed(f"[authority] sign_command cannot be used: {error}") from None
        return done.stdout


def signer_of(config: AuthorityConfig) -> Signer:
    """Return who signs here, or raise ``ConfigError`` with the fix."""
    if config.sign_command:
        return CommandSigner(config)
    return LocalSigner(local_ca.load(config.folder), config)


def _read_authorities(config: AuthorityConfig) -> str:
    assert config.ca is not None
    try:
        text = config.ca.read_text(encoding="ascii")
        certificates.read_chain(text)
    except (OSError, ValueError) as error:
        raise ConfigError(
            f"[authority] ca = {str(config.ca)!r}: holds no certificates as PEM ({error})"
        ) from None
    return text if text.endswith("\n") else text + "\n"
