"""Web and intake as processes that start together and end together.

The parent does nothing but wait. If a child ends by itself, the other one is ended too, so
that whoever supervises the parent restarts a whole desk. If the parent is killed, even by
``SIGKILL``, its end of a pipe closes and each child ends itself: no orphan keeps the port
or the broker's session.
"""

import gc
import http.client
import logging
import os
import signal
import socket
import sys
import threading
from collections.abc import Callable, Mapping
from typing import Any

from gunicorn.app.base import BaseApplication  # type: ignore[import-untyped]

from escalation.desk_config import WebConfig
from wire.options import ConfigError

log = logging.getLogger("escalation.serving")

END_WITHIN_S = 10
ANSWER_WITHIN_S = 60
STOP_SIGNALS = (signal.SIGINT, signal.SIGTERM)

Announce = Callable[[], None]
Child = Callable[[Announce], None]
"""Runs until a stop signal; calls its argument once it can serve."""


def bind(host: str, port: int) -> socket.socket:
    """Return the listening socket of the console, or say why it cannot be had."""
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    listener = socket.socket(family, socket.SOCK_STREAM)
    try:
        listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        listener.bind((host, port))
        listener.listen(128)
    except OSError as error:
        listener.close()
        raise ConfigError(
            f"[web] host = {host!r}, port = {port}: cannot listen there "
            f"({error.strerror or error}): end the program that does, or choose another port"
        ) from None
    return listener


def url_of(listener: socket.socket) -> str:
    """Return the address of the console."""
    host, port = listener.getsockname()[:2]
    return f"http://{f'[{host}]' if ':' in host else host}:{port}/"


def serve(listener: socket.socket, web: WebConfig, children: Mapping[str, Child]) -> int:
    """Run console and intake until a stop signal; return the exit status."""
    url = url_of(listener)
    host, port = listener.getsockname()[:2]

    def all_ready() -> None:
        if _answers(host, port, web.allowed_hosts[0]):
            print(f"ready {url}", flush=True)

    return supervise(children, all_ready, before_waiting=listener.close)


def supervise(
    children: Mapping[str, Child],
    all_ready: Announce,
    *,
    before_waiting: Callable[[], None] = lambda: None,
) -> int:
    """Run ``children`` until a stop signal; return the exit status."""
    # Signals wait until they are asked for, so none can fall between two steps.
    watched = {*STOP_SIGNALS, signal.SIGCHLD}
    signal.pthread_sigmask(signal.SIG_BLOCK, watched)
    alive_read, alive_write = os.pipe()
    ready_read, ready_write = os.pipe()
    pids: dict[int, str] = {}
    # What is there by now is left alone by every child's collector: looking at an object
    # writes to it, and so copies the memory that all of them share.
    gc.freeze()
    for name, child in children.items():
        pid = os.fork()
        if pid == 0:
            os.close(alive_write)
            os.close(ready_read)
            _be_child(name, child, alive_read, ready_write)
        pids[pid] = name
    os.close(ready_write)
    os.close(alive_read)
    before_waiting()

    def announce() -> None:
        with os.fdopen(ready_read, "rb") as ready:
            complete = len(ready.read(len(children))) == len(children)
        if complete:
            all_ready()

    threading.Thread(target=announce, daemon=True).start()
    got = signal.sigwait(watched)
    if got != signal.SIGCHLD:
        _end(pids)
        return 0
    _report_death(pids)
    _end(pids)
    return 1


def _be_child(name: str, child: Child, alive_read: int, ready_write: int) -> None:
    status = 1
    try:
        signal.pthread_sigmask(signal.SIG_SETMASK, ())
        threading.Thread(target=_end_with_parent, args=(alive_read,), daemon=True).start()
        child(lambda: _say_ready(ready_write))
        status = 0
    except SystemExit as end:
        status = end.code if isinstance(end.code, int) else 1
    except Exception:
        log.exception("%s failed", name)
    finally:
        sys.stdout.flush()
        sys.stderr.flush()
        os._exit(status)


def _say_ready(ready_write: int) -> None:
    os.write(ready_write, b"+")


def _end_with_parent(alive_read: int) -> None:
    os.read(alive_read, 1)
    os.kill(os.getpid(), signal.SIGTERM)


def _answers(host: str, port: int, name: str) -> bool:
    # The socket listens already, so this one request simply waits for the first worker.
    connection = http.client.HTTPConnection(host, port, timeout=ANSWER_WITHIN_S)
    try:
        connection.request("GET", "/healthz", headers={"Host": name})
        return connection.getresponse().status == 200
    except (OSError, http.client.HTTPException):
        return False
    finally:
        connection.close()


def _report_death(pids: dict[int, str]) -> None:
    pid, status = os.waitpid(-1, os.WNOHANG)
    if pid in pids:
        name, code = pids.pop(pid), os.waitstatus_to_exitcode(status)
        print(
            f"demitasse-desk: {name} ended unexpectedly (status {code}); ending the rest",
            file=sys.stderr,
        )


def _end(pids: dict[int, str]) -> None:
    for pid in pids:
        os.kill(pid, signal.SIGTERM)
    waited = threading.Timer(END_WITHIN_S, _kill_all, args=(tuple(pids),))
    waited.daemon = True
    waited.start()
    for pid in pids:
        os.waitpid(pid, 0)
    waited.cancel()


def _kill_all(pids: tuple[int, ...]) -> None:
    for pid in pids:
        try:
            os.kill(pid, signal.SIGKILL)
        except ProcessLookupError:
            continue


class WebServer(BaseApplication):  # type: ignore[misc]
    """Gunicorn with one process and a few threads: modest, and enough for a desk."""

    def __init__(self, listener: socket.socket, announce: Announce) -> None:
        """Serve on ``listener``; call ``announce`` when the first worker is up."""
        self._listener = listener
        self._announce = announce
        super().__init__()

    def load_config(self) -> None:
        """Set what differs from gunicorn's defaults."""
        settings: dict[str, Any] = {
            "bind": f"fd://{self._listener.fileno()}",
            "worker_class": "gthread",
            "workers": 1,
            "threads": 4,
            "graceful_timeout": 5,
            "loglevel": "warning",
            "proc_name": "demitasse-desk web",
            # Its own control socket would be one more thing to protect.
            "control_socket_disable": True,
            "post_worker_init": lambda worker: self._announce(),
        }
        for name, value in settings.items():
            self.cfg.set(name, value)

    def load(self) -> Any:
        """Return the console."""
        from escalation.wsgi import application  # noqa: PLC0415 - Django must be set up first

        return application
