"""Where notices arrive in tests: a web server and a mailbox of our own, which can misbehave."""

import asyncio
import socket
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from email.message import Message as Mail
from email.parser import BytesParser
from email.policy import default
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

from aiosmtpd.controller import Controller


@dataclass
class WebReceiver:
    """Takes what is posted or asked for, or does as ``answers`` says, one a request."""

    port: int = 0
    answers: list[int | str] = field(default_factory=list)
    """Next: a status, or ``hang`` until the test is over; then 200 for ever."""
    received: list[str] = field(default_factory=list)
    """Everything of each request: first line, headers, body."""
    released: threading.Event = field(default_factory=threading.Event)

    def url(self, scheme: str = "json") -> str:
        """Return its address as apprise, or a browser, writes it."""
        return f"{scheme}://127.0.0.1:{self.port}/a-secret-path"


@contextmanager
def web_receiver() -> Iterator[WebReceiver]:
    """Run a web server that notes what comes."""
    receiver = WebReceiver()

    class Handler(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            body = self.rfile.read(int(self.headers.get("Content-Length", 0))).decode()
            receiver.received.append(f"{self.requestline}\n{self.headers}\n{body}")
            answer = receiver.answers.pop(0) if receiver.answers else 200
            if answer == "hang":
                receiver.released.wait()
                return
            self.send_response(int(answer))
            self.send_header("Content-Length", "0")
            self.end_headers()

        def do_GET(self) -> None:
            self.do_POST()

        def log_message(self, *_: Any) -> None:
            pass

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    server.daemon_threads = True
    receiver.port = server.server_port
    thread = threading.Thread(target=server.serve_forever, args=(0.02,), daemon=True)
    thread.start()
    try:
        yield receiver
    finally:
        receiver.released.set()
        server.shutdown()
        server.server_close()


@dataclass
class Mailbox:
    """What arrived by e-mail."""

    port: int = 0
    to: list[list[str]] = field(default_factory=list)
    mails: list[Mail] = field(default_factory=list)
    asked: int = 0
    """How often somebody came with a mail, whatever became of it."""
    refused: int = 0
    """So many of the next are put off with a temporary failure."""
    opened: threading.Event = field(default_factory=threading.Event)
    """While it is not set, whoever comes with a mail waits."""

    def url(self, to: str = "camille@example.org") -> str:
        """Return how apprise sends to ``to`` here."""
        return f"mailto://127.0.0.1:{self.port}/?from=desk@example.org&to={to}"


@contextmanager
def mailbox() -> Iterator[Mailbox]:
    """Run an SMTP server that keeps what comes."""
    box = Mailbox()
    box.opened.set()

    class Handler:
        async def handle_DATA(self, server: Any, session: Any, envelope: Any) -> str:  # noqa: N802
            box.asked += 1
            await asyncio.to_thread(box.opened.wait)
            if box.refused:
                box.refused -= 1
                return "451 not now"
            box.to.append(list(envelope.rcpt_tos))
            box.mails.append(BytesParser(policy=default).parsebytes(envelope.content))
            return "250 OK"

    with socket.create_server(("127.0.0.1", 0)) as probe:
        box.port = probe.getsockname()[1]
    controller = Controller(Handler(), hostname="127.0.0.1", port=box.port)
    controller.start()
    try:
        yield box
    finally:
        box.opened.set()
        controller.stop()
