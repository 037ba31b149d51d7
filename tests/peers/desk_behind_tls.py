"""A desk that serves behind a proxy that ends TLS, as every desk that others reach.

console = Console(desk)                                  # starts it; restart, stop
with proxy(port, lambda: console.port, folder / "web"):  # web.crt and web.key
    ...
"""

import re
import socket
import ssl
import threading
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path
from urllib.parse import urlsplit

from tests.escalation.live_desk import LiveDesk


class Console:
    """A desk that serves and can be started again, on another port."""

    def __init__(self, desk: LiveDesk) -> None:
        self._desk = desk
        self._stack = ExitStack()
        self.port = 0
        self.restart()

    def restart(self) -> None:
        """Stop it if it runs, and start it."""
        self.stop()
        serving = self._stack.enter_context(self._desk.serve())
        self.port = urlsplit(serving.url).port or 0

    def stop(self) -> None:
        """Stop it if it runs."""
        self._stack.close()


def free_port() -> int:
    """Return a port on which nobody listens."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


@contextmanager
def proxy(port: int, web: Callable[[], int], pair: Path) -> Iterator[None]:
    """End TLS before the console."""
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.minimum_version = ssl.TLSVersion.TLSv1_3
    context.load_cert_chain(pair.with_suffix(".crt"), pair.with_suffix(".key"))
    listener = socket.create_server(("127.0.0.1", port))

    def serve() -> None:
        while True:
            try:
                line = context.wrap_socket(listener.accept()[0], server_side=True)
            except ssl.SSLError:
                continue
            except OSError:
                return
            _carry(line, web())

    thread = threading.Thread(target=serve, daemon=True)
    thread.start()
    try:
        yield
    finally:
        listener.shutdown(socket.SHUT_RDWR)
        listener.close()
        thread.join(5)


def _carry(line: ssl.SSLSocket, web: int) -> None:
    """Carry one request and its answer."""
    with line, socket.create_connection(("127.0.0.1", web)) as console:
        data = line.recv(65536)
        length = int(re.search(rb"(?i)content-length: (\d+)", data)[1])  # type: ignore[index]
        while len(data.partition(b"\r\n\r\n")[2]) < length:
            data += line.recv(65536)
        console.sendall(data.replace(b"\r\n\r\n", b"\r\nConnection: close\r\n\r\n", 1))
        while answer := console.recv(65536):
            line.sendall(answer)
