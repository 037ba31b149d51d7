"""Decides whether an ID token may be believed, and of whom it speaks. Pure.

The signature, the key set and the times are joserfc's work; which algorithms count, what the
claims have to say and what "now" is come from the caller. Nothing in the token chooses how it
is checked: its algorithm must be on our list, and its key among those of the issuer.

Whoever gets an ``Unbelievable`` may have been sent anything at all: its text is for the log,
and holds none of it.
"""

import hmac
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from joserfc.jwk import KeySet

LEEWAY_S = 60
"""How far clocks may differ."""
AGE_MAX_S = 600
"""A token is read the moment it is made; an old one was kept by somebody."""
TOKEN_LENGTH_MAX = 16_384
KEYS_MAX = 50
SUBJECT_LENGTH_MAX = 255
"""OpenID Connect Core 1.0, 2."""


class Unbelievable(Exception):
    """The token proves nothing."""


class UnknownKey(Unbelievable):
    """It is signed by a key that was not among those of the issuer: perhaps they are new."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Expected:
    """What a token has to say."""

    issuer: str
    client_id: str
    nonce: str
    algorithms: tuple[str, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Somebody:
    """Who came in at the organisation, and how."""

    issuer: str
    subject: str
    amr: frozenset[str]
    acr: str


def keys_of(said: Mapping[str, Any]) -> "KeySet":
    """Return the keys of a JWKS document that can check a signature; others are left out."""
    from joserfc.errors import JoseError  # noqa: PLC0415 - desks without it pay no memory
    from joserfc.jwk import ECKey, KeySet, OKPKey, RSAKey  # noqa: PLC0415

    kinds: dict[str, type[RSAKey | ECKey | OKPKey]] = {
        "RSA": RSAKey,
        "EC": ECKey,
        "OKP": OKPKey,
    }
    listed = said.get("keys")
    found = []
    for one in listed[:KEYS_MAX] if isinstance(listed, list) else ():
        if not isinstance(one, dict) or one.get("use", "sig") != "sig":
            continue
        kind = kinds.get(str(one.get("kty")))
        if kind is None:
            continue  # Also a shared secret ("oct"): it would let us make what we check.
        try:
            found.append(kind.import_key(one))
        except (JoseError, ValueError, TypeError, KeyError, AttributeError, OverflowError):
            continue  # One that is of no use to us does not spoil the others.
    return KeySet(list(found))


def check(token: str, keys: "KeySet", expected: Expected, now: datetime) -> Somebody:
    """Return of whom the token speaks; raises ``Unbelievable``."""
    claims = _signed(token, keys, expected.algorithms)
    _check_registered(claims, expected, now)
    audience = claims["aud"]
    parties = [audience] if isinstance(audience, str) else audience
    party = claims.get("azp", expected.client_id if len(parties) == 1 else None)
    if party != expected.client_id:
        raise Unbelievable("it was made for another client (azp)")
    nonce = claims["nonce"]
    if not isinstance(nonce, str) or not _same(nonce, expected.nonce):
        raise Unbelievable("it belongs to another sign-in (nonce)")
    if claims["iat"] < now.timestamp() - AGE_MAX_S:
        raise Unbelievable("it is old (iat)")
    subject = claims["sub"]
    if not 0 < len(subject) <= SUBJECT_LENGTH_MAX or not subject.isprintable():
        raise Unbelievable("its subject is no name (sub)")
    amr, acr = claims.get("amr"), claims.get("acr")
    return Somebody(
        issuer=expected.issuer,
        subject=subject,
        amr=frozenset(one for one in amr if isinstance(one, str))
        if isinstance(amr, list)
        else frozenset(),
        acr=acr if isinstance(acr, str) else "",
    )


def _signed(token: str, keys: "KeySet", algorithms: tuple[str, ...]) -> dict[str, Any]:
    from joserfc import jwt  # noqa: PLC0415 - desks without it pay no memory
    from joserfc.errors import InvalidKeyIdError, JoseError  # noqa: PLC0415

    if len(token) > TOKEN_LENGTH_MAX or not token.isascii():
        raise Unbelievable("it is none")
    try:
        return jwt.decode(token, keys, algorithms=list(algorithms)).claims
    except InvalidKeyIdError:
        raise UnknownKey("its key is not known") from None
    except JoseError as error:
        raise Unbelievable(f"its signature does not hold ({error.error})") from None
    except (ValueError, TypeError, KeyError, AttributeError, RecursionError):
        raise Unbelievable("it cannot be read") from None


def _check_registered(claims: dict[str, Any], expected: Expected, now: datetime) -> None:
    from joserfc.errors import JoseError  # noqa: PLC0415 - desks without it pay no memory
    from joserfc.jwt import JWTClaimsRegistry  # noqa: PLC0415

    registry = JWTClaimsRegistry(
        now=int(now.timestamp()),
        leeway=LEEWAY_S,
        iss={"essential": True, "value": expected.issuer},
        aud={"essential": True, "value": expected.client_id},
        sub={"essential": True},
        exp={"essential": True},
        iat={"essential": True},
        nonce={"essential": True},
    )
    try:
        registry.validate(claims)
    except JoseError as error:
        # Which claim it is: a name from our own list, and not a value that somebody sent.
        claim = getattr(error, "claim", "")
        raise Unbelievable(f"a claim does not fit ({error.error}: {claim})") from None


def _same(one: str, other: str) -> bool:
    return hmac.compare_digest(one.encode(errors="replace"), other.encode())
