"""HTTP around ``site``: on this computer alone, or on a socket that systemd holds.

Waiting costs nothing under socket activation: systemd listens, starts this process for the
first browser, and it ends by itself after a while without any.
"""

import os
import socket
import threading
import time
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

from agent.page.gate import Gate, page_key
from agent.page.site import Request, Response, Site
from agent.settings import AgentSettings

LOCAL = "127.0.0.1"
BODY_BYTES_MAX = 16 * 1024
SLOW_S = 10.0
"""Nobody who types needs longer between two packets."""
IDLE_S = 600.0
LISTEN_FD = 3
"""The first descriptor that systemd hands over."""


def inherited() -> socket.socket | None:
    """Return the socket that systemd listens on for this process, or ``None``."""
    if os.environ.get("LISTEN_PID") != str(os.getpid()) or not os.environ.get("LISTEN_FDS"):
        return None
    return socket.socket(fileno=LISTEN_FD)


class PageServer(ThreadingHTTPServer):
    """One page, to one household."""

    daemon_threads = True

    def __init__(
        self, settings: AgentSettings, *, port: int, listening: socket.socket | None = None
    ) -> None:
        """Listen on ``port`` of this computer, or take over ``listening``."""
        super().__init__((LOCAL, port), _Handler, bind_and_activate=False)
        if listening is None:
            self.server_bind()
            self.server_activate()
        else:
            self.socket.close()
            self.socket = listening
            self.server_address = listening.getsockname()
        own = self.server_address[1]
        hosts = frozenset(f"{name}:{own}" for name in (LOCAL, "localhost"))
        self.gate = Gate(key=page_key(settings.state_dir), hosts=hosts)
        self.site = Site(settings, self.gate)
        self.used_at = time.monotonic()

    @property
    def link(self) -> str:
        """The address that lets a browser in."""
        return f"http://{LOCAL}:{self.server_address[1]}/?key={self.gate.key}"

    def end_when_idle(self, idle_s: float = IDLE_S) -> None:
        """Stop once nobody has looked for a while."""

        def watch() -> None:
            while time.monotonic() - self.used_at < idle_s:
                time.sleep(min(idle_s / 4, 5.0))
            self.shutdown()

        threading.Thread(target=watch, daemon=True).start()


class _Handler(BaseHTTPRequestHandler):
    server: PageServer
    timeout = SLOW_S
    server_version = "Demitasse"
    sys_version = ""

    def do_GET(self) -> None:
        self._answer(b"")

    do_HEAD = do_GET  # noqa: N815

    def do_POST(self) -> None:
        length = self.headers.get("Content-Length", "")
        if not length.isdecimal() or int(length) > BODY_BYTES_MAX:
            self._send(Response(status=413))
            self.close_connection = True
            return
        self._answer(self.rfile.read(int(length)))

    def log_message(self, format: str, *args: object) -> None:
        """Log nothing: an address may carry the key, and looking is nobody's business."""

    def _answer(self, body: bytes) -> None:
        self.server.used_at = time.monotonic()
        request = Request(
            method=self.command,
            target=self.path,
            host=self.headers.get("Host"),
            cookies=self.headers.get("Cookie"),
            body=body,
        )
        self._send(self.server.site.answer(request))

    def _send(self, response: Response) -> None:
        self.send_response(response.status)
        for name, value in response.all_headers().items():
            self.send_header(name, value)
        self.send_header("Content-Length", str(len(response.body)))
        self.end_headers()
        if self.command != "HEAD":
            self.wfile.write(response.body)
