"""HTTPS for the home network, while an opening lasts or a browser that was let in goes on.

Everything a stranger could use up has a limit: connections in all and of one address, bytes
of a request, time. The handshake is made by the connection's own thread, so that nobody
keeps others waiting. Addresses that are not of a home network are not answered at all.
"""

import contextlib
import ipaddress
import socket
import ssl
import threading
import time
from collections.abc import Callable
from datetime import UTC, datetime
from http.server import ThreadingHTTPServer
from pathlib import Path
from socketserver import TCPServer

from agent.durable_file import write_durably
from agent.page.at_home import PORT_FILE, own_names
from agent.page.certificate import own_certificate
from agent.page.exchange import Request, Response
from agent.page.gate import page_key
from agent.page.home_gate import HomeGate
from agent.page.home_site import HomeSite
from agent.page.http_edge import SLOW_S, Handler, tell_of_our_own_fault
from agent.settings import AgentSettings

CONNECTIONS_MAX = 16
CONNECTIONS_OF_ONE_MAX = 6
"""What a browser opens at once."""
WHOLE_S = 60.0
"""From the first byte to the last; the copy of everything takes the longest."""
LOOK_S = 0.5

_TLS_HANDSHAKE = b"\x16"
_HOME_NETWORKS = tuple(
    ipaddress.ip_network(text)
    for text in ("127.0.0.0/8", "10.0.0.0/8", "172.16.0.0/12", "192.168.0.0/16",
                 "169.254.0.0/16")
)  # fmt: skip
_WRITE_HTTPS = (
    b"HTTP/1.0 400 Bad Request\r\nContent-Type: text/plain; charset=utf-8\r\n\r\n"
    + "Write https:// before the name.\nÉcrivez https:// devant le nom.\n".encode()
)


def is_at_home(address: str) -> bool:
    """Tell whether ``address`` is of a network inside a house."""
    peer = ipaddress.ip_address(address)
    return any(peer in network for network in _HOME_NETWORKS)


def context_of(certificate: Path) -> ssl.SSLContext:
    """Return TLS 1.3, and nothing older, with the device's own certificate."""
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.minimum_version = ssl.TLSVersion.TLSv1_3
    context.load_cert_chain(certificate)
    return context


def _keep_port(file: Path, port: int) -> None:
    known = file.read_text(encoding="ascii") if file.exists() else ""
    if known != str(port):
        write_durably(file, str(port))


class HomeServer(ThreadingHTTPServer):
    """One page, to one home network."""

    daemon_threads = True
    timeout = LOOK_S

    def __init__(
        self,
        settings: AgentSettings,
        *,
        port: int,
        listening: socket.socket | None = None,
        clock: Callable[[], datetime] = lambda: datetime.now(UTC),
    ) -> None:
        """Listen on ``port`` of every network, or take over ``listening``."""
        super().__init__(("", port), Handler, bind_and_activate=False)
        if listening is None:
            # Not HTTPServer's own, which would ask the network for our name.
            TCPServer.server_bind(self)
            self.server_activate()
        else:
            self.socket.close()
            self.socket = listening
            self.server_address = listening.getsockname()
        names, folder = own_names(), settings.state_dir
        _keep_port(folder / PORT_FILE, self.server_address[1])
        self.gate = HomeGate(folder, key=page_key(folder), clock=clock)
        self.site = HomeSite(
            settings, self.gate, names=names, port=self.server_address[1], clock=clock
        )
        self._tls = context_of(own_certificate(folder, names, clock()))
        self._turn = threading.Lock()
        self._open: dict[socket.socket, tuple[str, float]] = {}
        """Who is connected, and since when."""

    def serve_while_open(self) -> None:
        """Answer until nobody can be answered any more."""
        while self.gate.is_open():
            self.handle_request()
            self.end_what_takes_too_long()

    def end_what_takes_too_long(self) -> None:
        """Cut connections that drip for ever."""
        with self._turn:
            now_s = time.monotonic()
            late = [
                one for one, (_, since_s) in self._open.items() if now_s - since_s > WHOLE_S
            ]
        for one in late:
            with contextlib.suppress(OSError):
                one.shutdown(socket.SHUT_RDWR)

    def answer(self, request: Request) -> Response:
        """Answer one request."""
        return self.site.answer(request)

    # What follows is called by ``socketserver``, in this order.

    def verify_request(self, request: object, client_address: tuple[str, int]) -> bool:
        assert isinstance(request, socket.socket)
        peer = client_address[0]
        if not is_at_home(peer):
            return False
        with self._turn:
            of_one = sum(peer == other for other, _ in self._open.values())
            if of_one >= CONNECTIONS_OF_ONE_MAX or len(self._open) >= CONNECTIONS_MAX:
                return False
            self._open[request] = (peer, time.monotonic())
        return True

    def finish_request(self, request: object, client_address: tuple[str, int]) -> None:
        # In the connection's own thread: here somebody may take their time.
        assert isinstance(request, socket.socket)
        request.settimeout(SLOW_S)
        if request.recv(1, socket.MSG_PEEK) != _TLS_HANDSHAKE:
            request.sendall(_WRITE_HTTPS)
            return
        with self._tls.wrap_socket(request.dup(), server_side=True) as encrypted:
            Handler(encrypted, client_address, self)

    def shutdown_request(self, request: object) -> None:
        assert isinstance(request, socket.socket)
        with self._turn:
            self._open.pop(request, None)
        super().shutdown_request(request)

    def handle_error(self, request: object, client_address: object) -> None:
        tell_of_our_own_fault(self)
