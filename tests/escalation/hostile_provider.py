"""An organisation's sign-in, written by hand from the standard, that can also misbehave.

It listens on a real port and checks what a careful provider checks: the client's secret, the
exact return address, PKCE, and that a code counts once. ``change`` makes it lie about anything.

with HostileProvider() as provider:
    code = provider.sign_in(address_the_browser_was_sent_to, subject="c-1")
"""

import base64
import hashlib
import hmac
import json
import secrets
import ssl
import threading
import time
from collections.abc import Callable
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from types import TracebackType
from typing import Any, Self
from urllib.parse import parse_qs, urlsplit

from joserfc import jwt
from joserfc.jwk import ECKey, RSAKey

from tests.peers.certificates import Identity

CLIENT = "demitasse-desk"
SECRET = "a client secret: with % and spaces"

FIRST = RSAKey.generate_key(2048, {"kid": "one", "use": "sig"})
STRANGER = RSAKey.generate_key(2048, {"kid": "one"})

Claims = dict[str, Any]
Answer = tuple[int, bytes]


def _base64(part: bytes) -> str:
    return base64.urlsafe_b64encode(part).decode().rstrip("=")


def _unsigned(header: Claims, claims: Claims) -> str:
    return f"{_base64(json.dumps(header).encode())}.{_base64(json.dumps(claims).encode())}"


class HostileProvider:
    """A provider on a port of its own."""

    def __init__(self, identity: Identity | None = None) -> None:
        """Be honest until told otherwise; with ``identity`` speak TLS."""
        self.now: Callable[[], float] = time.time
        self.keys: list[RSAKey | ECKey] = [FIRST]
        self.codes: dict[str, Claims] = {}
        self.asked: list[str] = []
        self.discovery: Claims = {}
        """What it says about itself in other words than usual."""
        self.claims: Claims = {}
        """What it claims in other words than usual; ``None`` leaves a claim out."""
        self.token: Callable[[Claims], str] = self.honest_token
        self.answer: Callable[[str], Answer | None] = lambda path: None
        """What it answers instead, by path."""
        self.form_posts: list[dict[str, str]] = []
        self._server = ThreadingHTTPServer(("127.0.0.1", 0), self._handler())
        self._server.daemon_threads = True
        self.issuer = f"http://127.0.0.1:{self._server.server_port}"
        if identity is not None:
            context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
            context.load_cert_chain(identity.certificate, identity.key)
            self._server.socket = context.wrap_socket(self._server.socket, server_side=True)
            self.issuer = self.issuer.replace("http:", "https:")

    def sign_in(self, address: str, subject: str) -> dict[str, str]:
        """Do what a person does there; return what the browser brings back."""
        said = {name: values[0] for name, values in parse_qs(urlsplit(address).query).items()}
        assert said["response_type"] == "code"
        assert said["client_id"] == CLIENT
        assert said["code_challenge_method"] == "S256"
        code = secrets.token_urlsafe(16)
        self.codes[code] = said | {"sub": subject}
        return {"code": code, "state": said["state"]}

    def honest_token(self, claims: Claims) -> str:
        """Sign with the first key."""
        key = self.keys[0]
        algorithm = "ES256" if isinstance(key, ECKey) else "RS256"
        return jwt.encode({"alg": algorithm, "kid": key.kid}, claims, key, [algorithm])

    def token_with_public_key_as_secret(self, claims: Claims) -> str:
        """Sign with HS256 and what everybody knows: the oldest trick there is."""
        signed = _unsigned({"alg": "HS256", "kid": self.keys[0].kid}, claims)
        public = self.keys[0].as_pem(private=False)
        return f"{signed}.{_base64(hmac.digest(public, signed.encode(), 'sha256'))}"

    def token_without_signature(self, claims: Claims) -> str:
        """Say that no signature is needed."""
        return _unsigned({"alg": "none", "kid": self.keys[0].kid}, claims) + "."

    def token_of_a_stranger(self, claims: Claims) -> str:
        """Sign with a key that was never shown, under the name of one that was."""
        return jwt.encode({"alg": "RS256", "kid": STRANGER.kid}, claims, STRANGER, ["RS256"])

    def token_with_a_changed_word(self, claims: Claims) -> str:
        """Change who it is about after signing."""
        head, _, tail = self.honest_token(claims).split(".")
        body = json.dumps(claims | {"sub": "somebody-else"}).encode()
        return f"{head}.{_base64(body)}.{tail}"

    def _respond(self, path: str, form: dict[str, str], authorization: str) -> Answer:
        self.asked.append(path)
        other = self.answer(path)
        if other is not None:
            return other
        match path:
            case "/.well-known/openid-configuration":
                return 200, json.dumps(self._metadata() | self.discovery).encode()
            case "/keys":
                keys = [key.as_dict(private=False) for key in self.keys]
                return 200, json.dumps({"keys": keys}).encode()
            case "/token":
                return self._redeem(form, authorization)
        return 404, b"{}"

    def _metadata(self) -> Claims:
        return {
            "issuer": self.issuer,
            "authorization_endpoint": f"{self.issuer}/authorize",
            "token_endpoint": f"{self.issuer}/token",
            "jwks_uri": f"{self.issuer}/keys",
            "code_challenge_methods_supported": ["S256"],
            "id_token_signing_alg_values_supported": ["RS256", "ES256"],
        }

    def _redeem(self, form: dict[str, str], authorization: str) -> Answer:
        self.form_posts.append(form)
        begun = self.codes.pop(form.get("code", ""), None)
        verifier = hashlib.sha256(form.get("code_verifier", "").encode()).digest()
        challenge = _base64(verifier)
        expected = "a+client+secret%3A+with+%25+and+spaces"
        basic = base64.b64encode(f"{CLIENT}:{expected}".encode()).decode()
        in_form = (form.get("client_id"), form.get("client_secret")) == (CLIENT, SECRET)
        if authorization != f"Basic {basic}" and not in_form:
            return 401, b'{"error": "invalid_client"}'
        if begun is None or challenge != begun["code_challenge"]:
            return 400, b'{"error": "invalid_grant"}'
        if form["redirect_uri"] != begun["redirect_uri"]:
            return 400, b'{"error": "invalid_grant"}'
        now = int(self.now())
        claims = {
            "iss": self.issuer,
            "aud": CLIENT,
            "sub": begun["sub"],
            "iat": now,
            "exp": now + 300,
            "nonce": begun["nonce"],
            # What must never decide anything here.
            "email": "camille@example.org",
            "roles": ["supervisor"],
            **self.claims,
        }
        claims = {name: value for name, value in claims.items() if value is not None}
        return 200, json.dumps({"id_token": self.token(claims), "token_type": "x"}).encode()

    def _handler(self) -> type[BaseHTTPRequestHandler]:
        provider = self

        class Handler(BaseHTTPRequestHandler):
            """One request."""

            def do_GET(self) -> None:
                """Show a document."""
                self._send(provider._respond(self.path, {}, ""))

            def do_POST(self) -> None:
                """Redeem a code."""
                body = self.rfile.read(int(self.headers["Content-Length"])).decode()
                form = {name: values[0] for name, values in parse_qs(body).items()}
                said = self.headers.get("Authorization", "")
                self._send(provider._respond(self.path, form, said))

            def _send(self, answer: Answer) -> None:
                status, body = answer
                self.send_response(status)
                if 300 <= status < 400:
                    self.send_header("Location", body.decode())
                self.send_header("Content-Length", str(len(body)))
                self.end_headers()
                self.wfile.write(body)

            def log_message(self, *_: object) -> None:
                """Keep quiet."""

        return Handler

    def __enter__(self) -> Self:
        threading.Thread(target=self._server.serve_forever, args=(0.02,), daemon=True).start()
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        self._server.shutdown()
        self._server.server_close()
