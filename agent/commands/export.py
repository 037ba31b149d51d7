"""``demitasse export FOLDER``: take everything away, to read and to use elsewhere."""

import argparse
from datetime import UTC, datetime
from pathlib import Path

from agent.giving_back import exporting
from agent.settings import load_settings
from wire.options import ConfigError


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Add the folder."""
    parser.add_argument("folder", type=Path, metavar="FOLDER")


def run(args: argparse.Namespace) -> int:
    """Write JSON, CSV and a page to read into the folder."""
    export = exporting.everything(load_settings(args.config), datetime.now(UTC))
    try:
        written = exporting.write(args.folder, export)
    except OSError as error:
        raise ConfigError(
            f"{args.folder}: {error.strerror}; name a folder that you may write into"
        ) from None
    print(f"{len(written)} files in {args.folder}; begin with {args.folder / 'index.html'}")
    return 0
