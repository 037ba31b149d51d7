"""Secrets at rest: the address of a channel, and an owner's own, for as long as it is needed.

Sealed with a key that follows from the secret in the folder of the desk's keys, which no
backup of the database holds. Whoever finds the database alone learns no address. After the
secret was made anew, nothing opens any more, and everybody types their channel again.
"""

import secrets

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.kdf.hkdf import HKDF
from django.conf import settings

NONCE_BYTES = 12


class Unreadable(Exception):
    """The text was sealed with another secret, or changed."""


def close(text: str, use: str) -> bytes:
    """Return ``text`` sealed for ``use``; nothing else opens it."""
    nonce = secrets.token_bytes(NONCE_BYTES)
    return nonce + _key().encrypt(nonce, text.encode(), use.encode())


def open_(sealed: bytes, use: str) -> str:
    """Return what was sealed for ``use``."""
    try:
        plain = _key().decrypt(sealed[:NONCE_BYTES], sealed[NONCE_BYTES:], use.encode())
    except (InvalidTag, ValueError):
        raise Unreadable from None
    return plain.decode()


def _key() -> AESGCM:
    derived = HKDF(algorithm=SHA256(), length=32, salt=None, info=b"demitasse-desk notices")
    return AESGCM(derived.derive(settings.SECRET_KEY.encode()))
