"""Which tokens are believed: one made for this moment, and nothing else that can be sent."""

import base64
import json
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from joserfc import jwt
from joserfc.jwk import ECKey, KeySet, OKPKey, RSAKey

from escalation.entrance import id_token
from escalation.entrance.id_token import Expected, Unbelievable, UnknownKey

NOW = datetime(2026, 3, 3, 9, 0, tzinfo=UTC)
NOW_S = int(NOW.timestamp())
KEY = ECKey.generate_key("P-256", {"kid": "one"})
OTHER = ECKey.generate_key("P-256", {"kid": "one"})
KEYS = KeySet([KEY])
EXPECTED = Expected(
    issuer="https://id.example",
    client_id="desk",
    nonce="n" * 43,
    algorithms=("ES256", "RS256"),
)
CLAIMS: dict[str, Any] = {
    "iss": EXPECTED.issuer,
    "aud": "desk",
    "sub": "c-1",
    "exp": NOW_S + 300,
    "iat": NOW_S,
    "nonce": EXPECTED.nonce,
}

json_values = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=8),
    lambda inner: (
        st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=4), inner, max_size=3)
    ),
    max_leaves=6,
)


def signed(claims: dict[str, Any], key: ECKey = KEY, **header: str) -> str:
    """Return a token."""
    said = {"alg": "ES256", "kid": "one", **header}
    return jwt.encode(said, dict(claims), key, ["ES256"])


def believed(claims: dict[str, Any], now: datetime = NOW) -> bool:
    """Return whether a token of these claims, well signed, opens anything."""
    try:
        somebody = id_token.check(signed(claims), KEYS, EXPECTED, now)
    except Unbelievable:
        return False
    assert (somebody.issuer, somebody.subject) == (EXPECTED.issuer, claims["sub"])
    return True


def test_a_token_of_this_moment_says_who_and_how() -> None:
    claims = CLAIMS | {"amr": ["pwd", 5, "mfa"], "acr": "gold", "azp": "desk"}
    somebody = id_token.check(signed(claims), KEYS, EXPECTED, NOW)
    assert somebody.subject == "c-1"
    assert somebody.amr == {"pwd", "mfa"}
    assert somebody.acr == "gold"


@pytest.mark.parametrize("claim", sorted(CLAIMS))
@settings(max_examples=40)
@given(value=json_values)
def test_no_other_value_of_a_claim_is_believed(claim: str, value: Any) -> None:
    """Whatever its type: only the right one opens, and a subject is a name."""
    opens = {
        "iss": value == EXPECTED.issuer,
        "aud": value in ("desk", ["desk"]),
        "nonce": value == EXPECTED.nonce,
        "sub": isinstance(value, str) and value.isprintable() and value != "",
        "exp": type(value) in (int, float) and value > NOW_S - id_token.LEEWAY_S,
        "iat": type(value) in (int, float)
        and NOW_S - id_token.AGE_MAX_S <= value <= NOW_S + id_token.LEEWAY_S,
    }[claim]
    try:
        token = signed(CLAIMS | {claim: value})
    except ValueError:
        return  # No JSON can say that.
    try:
        id_token.check(token, KEYS, EXPECTED, NOW)
        assert opens
    except Unbelievable:
        assert not opens or value in (float("inf"),)


@pytest.mark.parametrize("claim", sorted(CLAIMS))
def test_no_claim_may_be_missing(claim: str) -> None:
    assert not believed({name: value for name, value in CLAIMS.items() if name != claim})


@pytest.mark.parametrize(
    ("changes", "opens"),
    [
        ({"azp": "another"}, False),
        ({"azp": 5}, False),
        ({"aud": ["desk", "another"]}, False),
        ({"aud": ["desk", "another"], "azp": "desk"}, True),
        ({"aud": ["desk", "another"], "azp": "another"}, False),
        ({"aud": []}, False),
        ({"aud": ["desk"]}, True),
        ({"aud": "desk2"}, False),
        ({"iss": "https://id.example/"}, False),
        ({"nbf": NOW_S + 3600}, False),
        ({"sub": "x" * 256}, False),
        ({"sub": "a\nb"}, False),
    ],
    ids=str,
)
def test_for_whom_by_whom_and_about_whom(changes: dict[str, Any], opens: bool) -> None:
    assert believed(CLAIMS | changes) is opens


@given(seconds=st.integers(-3600, 3600))
def test_a_token_lives_from_its_making_to_its_end(seconds: int) -> None:
    """With a minute for clocks that differ, by the time that is handed in and no other."""
    lives = -id_token.LEEWAY_S <= seconds < 300 + id_token.LEEWAY_S
    assert believed(CLAIMS, NOW + timedelta(seconds=seconds)) is lives


@given(token=st.text(max_size=200) | st.binary(max_size=200).map(lambda b: b.decode("latin-1")))
def test_no_bytes_are_a_token(token: str) -> None:
    with pytest.raises(Unbelievable):
        id_token.check(token, KEYS, EXPECTED, NOW)


@given(place=st.integers(0, 10_000), letter=st.sampled_from("AZaz09-_.="))
def test_one_changed_letter_is_a_broken_signature(place: int, letter: str) -> None:
    token = TOKEN
    place %= len(token)
    changed = token[:place] + letter + token[place + 1 :]
    try:
        somebody = id_token.check(changed, KEYS, EXPECTED, NOW)
    except Unbelievable:
        return
    # The last letter of a part has bits that say nothing: what it says is the same.
    assert somebody.subject == "c-1"


TOKEN = signed(CLAIMS)


@pytest.mark.parametrize(
    "header",
    [
        {"alg": "none"},
        {"alg": "HS256"},
        {"alg": "ES512"},
        {"crit": ["x"]},
        {"jwk": KEY.as_dict(private=False), "kid": "two"},
        {"jku": "https://evil.example"},
    ],
    ids=["none", "HS256", "ES512", "crit", "its own key", "a key elsewhere"],
)
def test_nothing_in_the_header_chooses_how_it_is_checked(header: dict[str, Any]) -> None:
    """Neither the algorithm nor the key: a key that travels along is the forger's own."""
    said = {"alg": "ES256", "kid": "one", **header}
    body = jwt.encode({"alg": "ES256", "kid": "one"}, dict(CLAIMS), OTHER, ["ES256"])

    head = base64.urlsafe_b64encode(json.dumps(said).encode()).decode().rstrip("=")
    with pytest.raises(Unbelievable):
        id_token.check(f"{head}.{body.split('.', 1)[1]}", KEYS, EXPECTED, NOW)


def test_a_key_that_was_not_shown_is_told_apart_from_a_forgery() -> None:
    """Then, and only then, it is worth asking for the keys again."""
    with pytest.raises(UnknownKey):
        id_token.check(signed(CLAIMS, kid="two"), KEYS, EXPECTED, NOW)
    with pytest.raises(Unbelievable) as forged:
        id_token.check(signed(CLAIMS, OTHER), KEYS, EXPECTED, NOW)
    assert not isinstance(forged.value, UnknownKey)


@given(said=st.dictionaries(st.sampled_from(["keys", "x"]), json_values))
def test_no_key_document_is_an_error(said: dict[str, Any]) -> None:
    id_token.keys_of(said)


def test_only_keys_that_check_and_cannot_sign_are_taken() -> None:
    """With a shared secret whoever checks could sign; a key for secrecy signs nothing."""
    ours = [
        KEY.as_dict(private=False),
        RSAKey.generate_key(2048).as_dict(private=False),
        OKPKey.generate_key("Ed25519").as_dict(private=False),
    ]
    others = [
        {"kty": "oct", "k": "c2VjcmV0"},
        KEY.as_dict(private=False) | {"use": "enc"},
        {"kty": "EC", "crv": "P-256"},
        {"kty": "future"},
        "key",
    ]
    assert len(id_token.keys_of({"keys": [*others, *ours]}).keys) == len(ours)
    assert len(id_token.keys_of({"keys": ours * 100}).keys) == id_token.KEYS_MAX
