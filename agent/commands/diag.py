"""``demitasse diag FILE``: a bundle for support, without anything personal."""

import argparse
from pathlib import Path

from agent.diagnosis import bundle


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Add the file to write."""
    parser.add_argument("file", type=Path, metavar="FILE", help="a new .zip or .tar.gz")


def run(args: argparse.Namespace) -> int:
    """Write the bundle, and say what is in it."""
    names = bundle.write(args.file, bundle.gather(args.config, args.machine_parts))
    print(f"{args.file}: {', '.join(names)}")
    print(f"Nothing was sent. {names[0]} in it says what it holds and what it does not.")
    return 0
