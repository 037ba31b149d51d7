"""``demitasse status``: what is known at home, in a glance."""

import argparse
import json

from agent.giving_back.home_report import report
from agent.settings import load_settings


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Add the choice between words and JSON."""
    parser.add_argument("--json", action="store_true")


def run(args: argparse.Namespace) -> int:
    """Print concerns, what was sent, what came back."""
    found = report(load_settings(args.config))
    print(json.dumps(found.plain, ensure_ascii=False) if args.json else "\n".join(found.lines))
    return 0
