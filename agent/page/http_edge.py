"""Where HTTP bytes from a browser, or from anybody, become a request.

The standard library reads the request; here are its limits. A request has so many bytes,
head and body together, and ends its connection when it is answered.
"""

import sys
from collections.abc import Callable
from http.server import BaseHTTPRequestHandler
from io import BufferedIOBase
from socketserver import BaseServer
from typing import Protocol

from agent.page.exchange import Request, Response

BODY_BYTES_MAX = 16 * 1024
REQUEST_BYTES_MAX = 32 * 1024
SLOW_S = 10.0
"""Nobody who types needs longer between two packets."""


class Answers(Protocol):
    """A server with a page behind it."""

    answer: Callable[[Request], Response]


class Bounded:
    """A stream of which no more than so many bytes are ever read."""

    def __init__(self, stream: BufferedIOBase, bytes_max: int) -> None:
        self._stream = stream
        self._left = bytes_max

    def readline(self, size: int = -1) -> bytes:
        """Return the next line; what is beyond the limit looks like the end."""
        line = self._stream.readline(self._allowed(size))
        self._left -= len(line)
        return line

    def read(self, size: int = -1) -> bytes:
        """Return ``size`` bytes, or fewer at the end or beyond the limit."""
        data = self._stream.read(self._allowed(size))
        self._left -= len(data)
        return data

    def close(self) -> None:
        self._stream.close()

    @property
    def closed(self) -> bool:
        return self._stream.closed

    def _allowed(self, size: int) -> int:
        return self._left if size < 0 else min(size, self._left)


class Handler(BaseHTTPRequestHandler):
    """One connection of a server that ``Answers``."""

    timeout = SLOW_S
    server_version = "Demitasse"
    sys_version = ""

    def setup(self) -> None:
        super().setup()
        self.rfile = Bounded(self.rfile, REQUEST_BYTES_MAX)  # type: ignore[assignment]

    def do_GET(self) -> None:
        self._answer(b"")

    do_HEAD = do_GET  # noqa: N815

    def do_POST(self) -> None:
        length = self.headers.get("Content-Length", "")
        if not (length.isascii() and length.isdecimal()) or int(length) > BODY_BYTES_MAX:
            self._send(Response(status=413))
            return
        self._answer(self.rfile.read(int(length)))

    def log_message(self, format: str, *args: object) -> None:
        """Log nothing: an address may carry the key, and looking is nobody's business."""

    def _answer(self, body: bytes) -> None:
        request = Request(
            method=self.command,
            target=self.path,
            host=self.headers.get("Host"),
            here=self.connection.getsockname()[0],
            cookies=self.headers.get("Cookie"),
            body=body,
        )
        server: Answers = self.server  # type: ignore[assignment]
        self._send(server.answer(request))

    def _send(self, response: Response) -> None:
        self.send_response(response.status)
        for name, value in response.all_headers().items():
            self.send_header(name, value)
        self.send_header("Content-Length", str(len(response.body)))
        self.end_headers()
        if self.command != "HEAD":
            self.wfile.write(response.body)


def tell_of_our_own_fault(_server: BaseServer) -> None:
    """Say that an answer failed, and nothing of what was asked; peers that left are no fault.

    Called while the exception is being handled.
    """
    kind = sys.exc_info()[0]
    if kind is not None and not issubclass(kind, OSError):
        print(f"demitasse page: an answer failed: {kind.__name__}", file=sys.stderr)
