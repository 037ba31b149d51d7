"""The organisation as the desk knows it: its addresses, its keys, and whom it lets in.

What it says about itself is read once in a while, and its keys once more when a token names
one that is new. Nothing it says is taken as it is: it has to be the issuer that is written in
``desk.toml``, letter by letter, and every address over HTTPS.
"""

import base64
import functools
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import TYPE_CHECKING, Any
from urllib.parse import quote_plus, urlencode

from escalation.entrance import asking, id_token, journeys
from escalation.entrance.asking import Ask, Nonsense, Question
from escalation.entrance.id_token import Expected, Somebody
from escalation.entrance.journeys import Journey
from escalation.entrance.options import Organisation, may_be_asked

if TYPE_CHECKING:
    from joserfc.jwk import KeySet

DISCOVERY = "/.well-known/openid-configuration"
KNOWN_FOR_S = 600.0
NEW_KEYS_APART_S = 30.0
"""Whoever sends tokens with invented keys does not make us ask for them each time."""
REFUSALS = frozenset({"invalid_grant", "invalid_client", "invalid_request", "access_denied"})
"""What an organisation may say that is written to the log as it is."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Addresses:
    """What an organisation says about itself, as far as the desk needs it."""

    authorization: str
    token: str
    keys: str
    end_session: str
    secret_in_form: bool
    names_itself: bool
    """Whether each answer through the browser says who it is from (RFC 9207)."""
    knows_pkce: bool


def addresses_of(said: Mapping[str, Any], organisation: Organisation) -> Addresses:
    """Read a discovery document; raises ``Nonsense``."""
    if said.get("issuer") != organisation.issuer:
        raise Nonsense("it calls itself by another issuer than [sign_in] issuer")
    signs = said.get("id_token_signing_alg_values_supported")
    if isinstance(signs, list) and not set(organisation.algorithms) & set(map(str, signs)):
        raise Nonsense("it signs with none of [sign_in] algorithms")
    methods = said.get("token_endpoint_auth_methods_supported", ["client_secret_basic"])
    if not isinstance(methods, list) or not {"client_secret_basic", "client_secret_post"} & set(
        map(str, methods)
    ):
        raise Nonsense("it takes no client secret")
    challenges = said.get("code_challenge_methods_supported", [])
    return Addresses(
        authorization=_address(said, "authorization_endpoint", organisation),
        token=_address(said, "token_endpoint", organisation),
        keys=_address(said, "jwks_uri", organisation),
        end_session=_address(said, "end_session_endpoint", organisation)
        if said.get("end_session_endpoint")
        else "",
        secret_in_form="client_secret_basic" not in methods,
        names_itself=said.get("authorization_response_iss_parameter_supported") is True,
        knows_pkce=isinstance(challenges, list) and "S256" in challenges,
    )


def _address(said: Mapping[str, Any], name: str, organisation: Organisation) -> str:
    url = str(said.get(name))
    outside = organisation.issuer.startswith("https:") and not url.startswith("https:")
    if outside or "#" in url or not may_be_asked(url):
        raise Nonsense(f"its {name} is no address over HTTPS")
    return url


class Provider:
    """One organisation, remembered by this process."""

    def __init__(
        self,
        organisation: Organisation,
        *,
        ask: Ask = asking.ask,
        monotonic: Callable[[], float] = time.monotonic,
    ) -> None:
        """Nothing is known yet, and nobody is asked."""
        self._organisation = organisation
        self._ask = ask
        self._monotonic = monotonic
        self._addresses: tuple[float, Addresses] | None = None
        self._keys: tuple[float, KeySet] | None = None

    def addresses(self) -> Addresses:
        """Return what the organisation says of itself; raises ``Unreachable``, ``Nonsense``."""
        if self._addresses is None or self._is_over(self._addresses[0], KNOWN_FOR_S):
            said = self._document(self._organisation.issuer.rstrip("/") + DISCOVERY)
            found = addresses_of(said, self._organisation)
            self._addresses = (self._monotonic(), found)
        return self._addresses[1]

    def way_in(self, journey: Journey) -> str:
        """Return where the browser goes to sign in."""
        asked = self._organisation.second_factor_acr
        return journeys.address(
            self.addresses().authorization,
            journey,
            client_id=self._organisation.client_id,
            redirect_uri=self._organisation.return_url,
            **({"acr_values": " ".join(asked)} if asked else {}),
        )

    def way_out(self, back: str) -> str:
        """Return where the browser can sign out there, too; empty: nowhere."""
        endpoint = self.addresses().end_session
        if not endpoint:
            return ""
        said = {"client_id": self._organisation.client_id, "post_logout_redirect_uri": back}
        return f"{endpoint}{'&' if '?' in endpoint else '?'}{urlencode(said)}"

    def redeem(self, code: str, journey: Journey, now: datetime) -> Somebody:
        """Return who came back; raises ``Unreachable``, ``Nonsense``, ``Unbelievable``."""
        answer = self._ask(self._token_question(code, journey))
        if answer.status != 200:
            reason = str(answer.said.get("error"))
            raise Nonsense(
                f"the code does not count ({reason if reason in REFUSALS else answer.status})"
            )
        token = answer.said.get("id_token")
        if not isinstance(token, str):
            raise Nonsense("it answered without an ID token")
        expected = Expected(
            issuer=self._organisation.issuer,
            client_id=self._organisation.client_id,
            nonce=journey.nonce,
            algorithms=self._organisation.algorithms,
        )
        try:
            return id_token.check(token, self.keys(), expected, now)
        except id_token.UnknownKey:
            return id_token.check(token, self._newer_keys(), expected, now)

    def keys(self) -> "KeySet":
        """Return the keys that the organisation signs with."""
        if self._keys is None or self._is_over(self._keys[0], KNOWN_FOR_S):
            said = self._document(self.addresses().keys)
            self._keys = (self._monotonic(), id_token.keys_of(said))
        return self._keys[1]

    def _newer_keys(self) -> "KeySet":
        if self._keys is not None and self._is_over(self._keys[0], NEW_KEYS_APART_S):
            self._keys = None
        return self.keys()

    def _token_question(self, code: str, journey: Journey) -> Question:
        addresses = self.addresses()
        secret = self._organisation.secret()
        client = self._organisation.client_id
        form = {
            "grant_type": "authorization_code",
            "code": code,
            "redirect_uri": self._organisation.return_url,
            "code_verifier": journey.verifier,
        }
        headers = {"Content-Type": "application/x-www-form-urlencoded"}
        if addresses.secret_in_form:
            form |= {"client_id": client, "client_secret": secret}
        else:
            # RFC 6749, 2.3.1: both are written as a form would, then put together.
            pair = f"{quote_plus(client)}:{quote_plus(secret)}".encode()
            headers["Authorization"] = f"Basic {base64.b64encode(pair).decode()}"
        return Question(
            url=addresses.token,
            form=urlencode(form),
            headers=headers,
            ca=self._organisation.ca,
        )

    def _document(self, url: str) -> Mapping[str, Any]:
        answer = self._ask(Question(url=url, ca=self._organisation.ca))
        if answer.status != 200:
            raise Nonsense(f"status {answer.status} where a document should be")
        return answer.said

    def _is_over(self, since: float, lasts_s: float) -> bool:
        return self._monotonic() - since >= lasts_s


@functools.cache
def provider_of(organisation: Organisation) -> Provider:
    """Return the organisation as this process remembers it."""
    return Provider(organisation)
