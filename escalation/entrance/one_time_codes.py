"""Codes that count once: the six figures of an app (RFC 6238), and recovery codes.

Pure. An app on a telephone knows the same secret and the time; a code of the step before or
after the present one counts as well, because the clocks of telephones differ. A step that was
used, and each before it, never counts again.

>>> secret = b"12345678901234567890"
>>> used = step_of("081804", secret, at_s=1111111109, after=0)
>>> used
37037036
>>> step_of("081804", secret, at_s=1111111109, after=used) is None
True
"""

import base64
import hmac
import secrets

from cryptography.hazmat.primitives.hashes import SHA1
from cryptography.hazmat.primitives.twofactor.totp import TOTP

SECRET_BYTES = 20
"""As RFC 4226 recommends."""
FIGURES = 6
STEP_S = 30
STEPS_AROUND = 1

RECOVERY_CODES = 10
RECOVERY_LETTERS = "23456789abcdefghjkmnpqrstuvwxyz"
"""Without those that are taken for each other on paper: 0 and o, 1 and l and i."""
RECOVERY_LENGTH = 12


def new_secret() -> bytes:
    """Return a secret that nobody has had."""
    return secrets.token_bytes(SECRET_BYTES)


def step_of(code: str, secret: bytes, *, at_s: float, after: int) -> int | None:
    """Return the step whose code this is, if it is near ``at_s`` and later than ``after``."""
    said = _bare(code)
    now = int(at_s // STEP_S)
    found = None
    for step in range(now - STEPS_AROUND, now + STEPS_AROUND + 1):
        if hmac.compare_digest(code_at(secret, step).encode(), said.encode()) and step > after:
            found = step
    return found


def code_at(secret: bytes, step: int) -> str:
    """Return the six figures of one step."""
    return _totp(secret).generate(step * STEP_S).decode()


def address(secret: bytes, *, account: str, desk: str) -> str:
    """Return what an app reads from the picture (``otpauth://``)."""
    return _totp(secret).get_provisioning_uri(account, desk)


def spelled(secret: bytes) -> str:
    """Return the secret for typing, in groups of four."""
    text = base64.b32encode(secret).decode()
    return " ".join(text[start : start + 4] for start in range(0, len(text), 4))


def new_recovery_codes() -> list[str]:
    """Return codes for the day on which the telephone is gone."""
    return [_recovery_code() for _ in range(RECOVERY_CODES)]


def plain_recovery_code(code: str) -> str:
    """Return the code as it is compared, however it was typed."""
    return _bare(code).replace("-", "").casefold()


def _recovery_code() -> str:
    text = "".join(secrets.choice(RECOVERY_LETTERS) for _ in range(RECOVERY_LENGTH))
    return "-".join(text[start : start + 4] for start in range(0, RECOVERY_LENGTH, 4))


def _bare(code: str) -> str:
    return "".join(code.split())


def _totp(secret: bytes) -> TOTP:
    # SHA-1 is what apps understand; what is weak about it does not matter inside HMAC.
    return TOTP(secret, FIGURES, SHA1(), STEP_S)
