"""``demitasse ledger verify``: whether the book of consent and messages is untouched."""

import argparse
import sys

from agent import ledger
from agent.assembly import store_file
from agent.identity.key_files import device_keys
from agent.settings import load_settings
from agent.store import Store


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Add the one thing that can be done with it."""
    verbs = parser.add_subparsers(metavar="VERB", required=True)
    text = "check that nothing in it was changed"
    verbs.add_parser("verify", help=text, description=f"{text.capitalize()}.")


def run(args: argparse.Namespace) -> int:
    """Check chain and signatures; name the first entry that was changed."""
    settings = load_settings(args.config)
    store = Store(store_file(settings), mend=False)
    public = device_keys(settings.state_dir).signer().public_key()
    broken = ledger.first_broken(store.reading(), public)
    store.close()
    if broken is None:
        print("the ledger is whole")
        return 0
    print(f"the ledger was changed at entry {broken}", file=sys.stderr)
    return 1
