"""One way to the organisation and back: begun in a browser, it ends in that browser, once.

What has to come back unchanged (``state``, ``nonce``), and the secret that the code is bound
to (PKCE, RFC 7636), travel sealed in a cookie of their own: a stranger who begins a thousand
times leaves no row. That a journey ends once is a row (``tries``), so it holds across
processes.
"""

import base64
import binascii
import hashlib
import json
import secrets
from dataclasses import asdict, dataclass
from datetime import datetime
from enum import StrEnum
from urllib.parse import urlencode

from escalation.entrance.doings import LIMITS, Guess
from escalation.notices import sealed_text

USE = "journey"
WITHIN = LIMITS[Guess.JOURNEY].within
NEXT_LENGTH_MAX = 500


class Purpose(StrEnum):
    """What the journey is for."""

    ENTER = "enter"
    LINK = "link"


@dataclass(frozen=True, slots=True, kw_only=True)
class Journey:
    """What the desk remembers until the browser is back."""

    purpose: Purpose
    staff: int | None
    """Who links; nobody knows yet who enters."""
    next: str
    state: str
    nonce: str
    verifier: str
    since_s: float


def begin(purpose: Purpose, now: datetime, *, next_: str, staff: int | None = None) -> Journey:
    """Return a journey that nobody has made."""
    return Journey(
        purpose=purpose,
        staff=staff,
        next=next_ if len(next_) <= NEXT_LENGTH_MAX else "",
        state=secrets.token_urlsafe(32),
        nonce=secrets.token_urlsafe(32),
        verifier=secrets.token_urlsafe(48),
        since_s=now.timestamp(),
    )


def close(journey: Journey) -> str:
    """Return the journey as its cookie."""
    sealed = sealed_text.close(json.dumps(asdict(journey)), USE)
    return base64.urlsafe_b64encode(sealed).decode()


def open_(cookie: str, now: datetime) -> Journey | None:
    """Return the journey of a cookie, if it is ours and of this moment."""
    try:
        said = json.loads(sealed_text.open_(base64.urlsafe_b64decode(cookie), USE))
    except (sealed_text.Unreadable, binascii.Error, ValueError):
        return None
    journey = Journey(**(said | {"purpose": Purpose(said["purpose"])}))
    taken_s = now.timestamp() - journey.since_s
    return journey if 0 <= taken_s < WITHIN.total_seconds() else None


def address(endpoint: str, journey: Journey, **more: str) -> str:
    """Return where the browser is sent."""
    challenge = hashlib.sha256(journey.verifier.encode()).digest()
    said = {
        "response_type": "code",
        "scope": "openid",
        "state": journey.state,
        "nonce": journey.nonce,
        "code_challenge": base64.urlsafe_b64encode(challenge).decode().rstrip("="),
        "code_challenge_method": "S256",
        **more,
    }
    return f"{endpoint}{'&' if '?' in endpoint else '?'}{urlencode(said)}"
