"""``demitasse page``: the owner's page, for a browser on this computer or at home.

It is a process of its own, so that the device itself listens on no network. Started by
systemd with a socket, it ends when nobody looks any more. For the home network it answers
only after the button was held for five seconds.
"""

import argparse
import contextlib
import socket
import time
from datetime import UTC, datetime

from agent.page import opening, pairing
from agent.page.gate import page_key
from agent.page.server import LOCAL, PageServer, inherited
from agent.settings import AgentSettings, load_settings
from wire.options import ConfigError

PORT = 8020
HOME_PORT = 8443
LOOK_S = 0.5
SHUT_WITHIN_S = 5.0


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Add where to listen."""
    parser.add_argument("--port", type=int, metavar="N",
                        help=f"default: {PORT}; {HOME_PORT} with --home")  # fmt: skip
    does = parser.add_mutually_exclusive_group()
    does.add_argument(
        "--link", action="store_true", help="only print the link that lets a browser in"
    )
    does.add_argument(
        "--home",
        action="store_true",
        help="serve the home network instead, whenever the button was held for five seconds",
    )
    does.add_argument(
        "--unpair",
        action="store_true",
        help="let the browser of the home network out for good, and do nothing else",
    )
    does.add_argument(
        "--fingerprint",
        action="store_true",
        help="only print with what the page proves itself on the home network",
    )


def run(args: argparse.Namespace) -> int:
    """Serve the page until it is told to stop, or do the one thing that was asked for."""
    settings = load_settings(args.config)
    port = args.port if args.port is not None else (HOME_PORT if args.home else PORT)
    if not 0 <= port <= 65535:
        raise ConfigError(f"--port {port}: choose 0 to 65535")
    if args.link:
        print(f"http://{LOCAL}:{port}/?key={page_key(settings.state_dir)}")
    elif args.unpair:
        was_there = pairing.unpair(settings.state_dir)
        print("The browser is out." if was_there else "No browser was let in.")
    elif args.fingerprint:
        _print_fingerprint(settings)
    elif args.home:
        _serve_home(settings, port)
    else:
        _serve(settings, port)
    return 0


def _serve(settings: AgentSettings, port: int) -> None:
    listening = inherited()
    try:
        server = PageServer(settings, port=port, listening=listening)
    except OSError as error:
        raise _no_port(port, error) from None
    if listening is not None:
        server.end_when_idle()
    else:
        print(server.link, flush=True)
    with contextlib.closing(server.socket):
        server.serve_forever()


def _serve_home(settings: AgentSettings, port: int) -> None:
    listening = inherited()
    if listening is not None:
        # systemd has started us because the page was opened, and listens itself until then.
        _serve_an_opening(settings, port, listening)
        _let_the_device_shut(settings)
        return
    print("Hold the button for five seconds, until the light flashes; then let go.", flush=True)
    while True:
        _serve_an_opening(settings, port, None)
        time.sleep(LOOK_S)


def _serve_an_opening(
    settings: AgentSettings, port: int, listening: socket.socket | None
) -> None:
    """Serve if the page is open now, and for as long as it is."""
    if opening.read_opening(settings.state_dir, opening.boottime_s()) is None:
        return
    # TLS and certificates are loaded for a page that is open, and for no other.
    from agent.page import at_home  # noqa: PLC0415
    from agent.page.home_server import HomeServer  # noqa: PLC0415

    try:
        server = HomeServer(settings, port=port, listening=listening)
    except OSError as error:
        raise _no_port(port, error) from None
    with server:
        print(at_home.read(settings.state_dir, datetime.now(UTC)).address, flush=True)
        server.serve_while_open()


def _let_the_device_shut(settings: AgentSettings) -> None:
    """Wait until the device has removed its file, for which systemd would start us again."""
    deadline = time.monotonic() + SHUT_WITHIN_S
    while (settings.state_dir / opening.OPENING_FILE).exists() and time.monotonic() < deadline:
        time.sleep(LOOK_S)


def _print_fingerprint(settings: AgentSettings) -> None:
    from agent.page import at_home  # noqa: PLC0415
    from agent.page.certificate import own_certificate  # noqa: PLC0415

    names = at_home.own_names()
    file = own_certificate(settings.state_dir, names, datetime.now(UTC))
    print(at_home.fingerprint(file))


def _no_port(port: int, error: OSError) -> ConfigError:
    return ConfigError(f"--port {port}: {error.strerror}; choose another with --port")
