"""``demitasse live``: the readings as they come, one JSON object a line, until stopped."""

import argparse
import socket
import sys

from agent.giving_back.live_stream import socket_file
from agent.settings import load_settings
from wire.options import ConfigError


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Add nothing: there is one stream."""


def run(args: argparse.Namespace) -> int:
    """Copy the device's stream to the output."""
    file = socket_file(load_settings(args.config))
    try:
        with socket.socket(socket.AF_UNIX, socket.SOCK_STREAM) as stream:
            stream.connect(str(file))
            while data := stream.recv(1 << 16):
                sys.stdout.buffer.write(data)
                sys.stdout.buffer.flush()
    except OSError as error:
        raise ConfigError(
            f"{file}: {error.strerror or error}; start the device with `demitasse run`, "
            "and look as the user that runs it"
        ) from None
    return 0
