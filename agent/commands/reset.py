"""``demitasse reset``: as it came from the factory, at once and without asking the desk.

For a device that changes hands. ``demitasse forget`` is the better word while the desk can
still be reached: after a reset nobody can ask it any more in this device's name.
"""

import argparse

from agent.asking.errands import Kind
from agent.commands.forget import carry_out
from agent.settings import load_settings


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Add the way to say yes beforehand."""
    parser.add_argument("--yes", action="store_true", help="do not ask again")


def run(args: argparse.Namespace) -> int:
    """Destroy store, keys and the owner's file."""
    return carry_out(load_settings(args.config), Kind.RESET, sure=args.yes)
