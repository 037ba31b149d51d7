"""A desk that signs and a broker that looks at certificates, on this computer, for a test.

    with HttpsDesk(folder) as desk:           # answers POSTs with certificates
        bundle = desk.bundle()
    with Door(desk.authority) as door:        # a TLS server that wants a certificate
        ...                                   # door.port

Both are real TLS 1.3; what they answer is up to the test.
"""

import json
import socket
import ssl
import threading
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any, Self

from cryptography.hazmat.primitives.asymmetric import ec

from escalation.authority import local_ca
from escalation.authority.local_ca import LocalCa
from tests.wire.examples import DESK
from wire import certificates, enrolment
from wire.enrolment import Bundle, BundleKind, Certificate, CertificateKind, CertificateRequest

SECRET = "5e" * 32
LASTS = timedelta(days=30)


@dataclass
class PaperAuthority:
    """Signs what it is asked to, with a few ways to sign wrongly."""

    folder: Path
    ca: LocalCa = field(init=False)
    now: datetime = field(default_factory=lambda: datetime.now(UTC))
    lasts: timedelta = LASTS
    begins_in: timedelta = timedelta(0)
    name: str | None = None
    key: ec.EllipticCurvePublicKey | None = None
    signed_by: LocalCa | None = None
    refuses: str | None = None
    asked: list[CertificateRequest] = field(default_factory=list)

    def __post_init__(self) -> None:
        """Make the authority."""
        since = self.now - timedelta(days=400)
        self.ca = local_ca.create(self.folder / "ca", "Paper authority", since)

    @property
    def root(self) -> str:
        """Whom a device is to trust."""
        return local_ca.pem(self.ca.certificate).decode()

    def sign(self, request: CertificateRequest) -> Certificate:
        """Return what is asked for, or what this authority makes of it."""
        name = request.device.device_id
        key = self.key or certificates.read_request(request.csr, name)
        ca = self.signed_by or self.ca
        signed = ca.sign_client(key, self.name or name, self.now + self.begins_in, self.lasts)
        return Certificate(kind=CertificateKind.V1, chain=local_ca.pem(signed).decode())

    def answer(self, body: bytes) -> tuple[int, bytes]:
        """Answer as the desk's address does."""
        request = enrolment.read(body)
        assert isinstance(request, CertificateRequest)
        self.asked.append(request)
        enrolment.verify(request, request.device.verifier())
        if request.bundle_id is not None:
            enrolment.check_proof(request, SECRET)
        if self.refuses is not None:
            return 403, json.dumps({"refused": self.refuses}).encode()
        return 200, enrolment.write(self.sign(request)).encode()

    def bundle(self, *, url: str = "", **changes: Any) -> Bundle:
        """Return a bundle of the example desk."""
        now = self.now.replace(microsecond=0)
        fields: dict[str, Any] = {
            "kind": BundleKind.V1,
            "bundle_id": "ab" * 16,
            "secret": SECRET,
            "device": None,
            "issued_at": now,
            "expires_at": now + timedelta(days=30),
            "broker_host": "127.0.0.1",
            "broker_port": 1,
            "enrol_url": url,
            "authorities": self.root,
            "desk_serial": 1,
            "desk_keys": DESK.public().to_text(),
            "signature": "",
        }
        return enrolment.sign(Bundle(**{**fields, **changes}), DESK.signer())

    def server(self, *, wants_certificate: bool) -> ssl.SSLContext:
        """Return TLS settings of a server on this computer."""
        key = local_ca.new_key()
        signed = self.ca.sign_server(key.public_key(), ["127.0.0.1"], self.now)
        file = self.folder / "server.pem"
        file.write_bytes(local_ca.key_pem(key) + local_ca.pem(signed))
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        context.minimum_version = ssl.TLSVersion.TLSv1_3
        context.load_cert_chain(file)
        if wants_certificate:
            context.load_verify_locations(cadata=self.root)
            context.verify_mode = ssl.CERT_REQUIRED
        return context


class HttpsDesk:
    """The one address of a desk that devices speak to."""

    def __init__(self, authority: PaperAuthority) -> None:
        """Answer with what ``authority`` says, or what ``answer`` is set to."""
        self.authority = authority
        self.answer: Callable[[bytes], tuple[int, bytes]] = authority.answer
        self.headers: list[dict[str, str]] = []
        desk = self

        class Handler(BaseHTTPRequestHandler):
            def do_POST(self) -> None:
                desk.headers.append(dict(self.headers.items()))
                body = self.rfile.read(int(self.headers["Content-Length"]))
                status, answer = desk.answer(body)
                self.send_response(status)
                self.send_header("Content-Length", str(len(answer)))
                self.end_headers()
                self.wfile.write(answer)

            def log_message(self, *_: object) -> None:
                """Say nothing."""

        self._server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        context = authority.server(wants_certificate=False)
        self._server.socket = context.wrap_socket(self._server.socket, server_side=True)
        self._thread = threading.Thread(target=self._server.serve_forever, args=(0.05,))

    @property
    def url(self) -> str:
        """Where it answers."""
        return f"https://127.0.0.1:{self._server.server_port}/enrol/certificate"

    def __enter__(self) -> Self:
        self._thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._server.shutdown()
        self._thread.join()
        self._server.server_close()


class Door:
    """A TLS server that wants a certificate and then waits, as a broker does."""

    def __init__(self, authority: PaperAuthority, *, trusting: PaperAuthority | None = None):
        """Believe ``authority``, or certificates of ``trusting`` alone."""
        context = authority.server(wants_certificate=True)
        if trusting is not None:
            context = _server_of(authority, trusting)
        self._listener = context.wrap_socket(
            socket.create_server(("127.0.0.1", 0)), server_side=True
        )
        self.port = int(self._listener.getsockname()[1])
        self.let_in: list[str] = []
        self._open: list[ssl.SSLSocket] = []
        self._thread = threading.Thread(target=self._serve, daemon=True)

    def _serve(self) -> None:
        while True:
            try:
                line, _ = self._listener.accept()
            except ssl.SSLError:
                continue
            except OSError:
                return
            shown = line.getpeercert()
            assert shown is not None
            self.let_in.append(str(shown["subject"][0][0][1]))
            self._open.append(line)

    def __enter__(self) -> Self:
        self._thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._listener.shutdown(socket.SHUT_RDWR)
        self._thread.join(5)
        for line in (*self._open, self._listener):
            line.close()


def _server_of(authority: PaperAuthority, trusting: PaperAuthority) -> ssl.SSLContext:
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.minimum_version = ssl.TLSVersion.TLSv1_3
    context.load_cert_chain(authority.folder / "server.pem")
    context.load_verify_locations(cadata=trusting.root)
    context.verify_mode = ssl.CERT_REQUIRED
    return context
