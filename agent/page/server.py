"""HTTP around ``site``: on this computer alone, or on a socket that systemd holds.

Waiting costs nothing under socket activation: systemd listens, starts this process for the
first browser, and it ends by itself after a while without any.
"""

import os
import socket
import threading
import time
from http.server import ThreadingHTTPServer

from agent.page.exchange import Request, Response
from agent.page.gate import Gate, page_key
from agent.page.http_edge import Handler, tell_of_our_own_fault
from agent.page.site import Site
from agent.settings import AgentSettings

LOCAL = "127.0.0.1"
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
        super().__init__((LOCAL, port), Handler, bind_and_activate=False)
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

    def answer(self, request: Request) -> Response:
        """Answer one request."""
        self.used_at = time.monotonic()
        return self.site.answer(request)

    def handle_error(self, request: object, client_address: object) -> None:
        tell_of_our_own_fault(self)

    def end_when_idle(self, idle_s: float = IDLE_S) -> None:
        """Stop once nobody has looked for a while."""

        def watch() -> None:
            while time.monotonic() - self.used_at < idle_s:
                time.sleep(min(idle_s / 4, 5.0))
            self.shutdown()

        threading.Thread(target=watch, daemon=True).start()
