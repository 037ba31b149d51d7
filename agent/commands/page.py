"""``demitasse page``: the owner's page, for a browser on this computer.

It is a process of its own, so that the device itself listens on no network. Started by
systemd with a socket, it ends when nobody looks any more.
"""

import argparse
import contextlib

from agent.page.gate import page_key
from agent.page.server import LOCAL, PageServer, inherited
from agent.settings import load_settings
from wire.options import ConfigError

PORT = 8020


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Add where to listen."""
    parser.add_argument("--port", type=int, default=PORT, help="default: %(default)s")
    parser.add_argument(
        "--link", action="store_true", help="only print the link that lets a browser in"
    )


def run(args: argparse.Namespace) -> int:
    """Serve the page until it is told to stop."""
    settings = load_settings(args.config)
    if not 0 <= args.port <= 65535:
        raise ConfigError(f"--port {args.port}: choose 0 to 65535")
    if args.link:
        print(f"http://{LOCAL}:{args.port}/?key={page_key(settings.state_dir)}")
        return 0
    listening = inherited()
    try:
        server = PageServer(settings, port=args.port, listening=listening)
    except OSError as error:
        raise ConfigError(
            f"--port {args.port}: {error.strerror}; choose another with --port"
        ) from None
    if listening is not None:
        server.end_when_idle()
    else:
        print(server.link, flush=True)
    with contextlib.closing(server.socket):
        server.serve_forever()
    return 0
