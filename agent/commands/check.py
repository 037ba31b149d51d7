"""``demitasse check``: is everything in place, and if not, what is to be done?"""

import argparse
import json

from agent.diagnosis import findings
from agent.diagnosis.examination import examine, lines
from agent.diagnosis.findings import Judgement

WRONG = 1


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Add the choice between words and JSON, and leave to call the broker."""
    parser.add_argument("--json", action="store_true", help="one object for programs")
    parser.add_argument(
        "--connect",
        action="store_true",
        help="call the broker also while nothing may leave the house",
    )


def run(args: argparse.Namespace) -> int:
    """Print how each thing stands; return 0 if nothing is wrong, 1 otherwise."""
    found = examine(args.config, args.machine_parts, connect=args.connect)
    verdict = findings.worst(found)
    if args.json:
        plain = {
            "format": findings.FORMAT,
            "verdict": str(verdict),
            "checks": [one.to_json() for one in found],
        }
        print(json.dumps(plain, ensure_ascii=False))
    else:
        print("\n".join(lines(found)))
    return WRONG if verdict is Judgement.WRONG else 0
