"""``./scripts/bench``, once its environment is there: chooses a benchmark and runs it."""

import argparse
import sys

from scripts.benchmarks import bridge
from wire.options import ConfigError


def main() -> int:
    """Run the benchmark that was asked for."""
    parser = argparse.ArgumentParser(
        prog="./scripts/bench", description="Measures a part of Demitasse on this computer."
    )
    benchmarks = parser.add_subparsers(required=True, metavar="PART")
    one = benchmarks.add_parser("bridge", help="drivers: speed, and what they withstand")
    bridge.add_arguments(one)
    one.set_defaults(run=bridge.run)
    args = parser.parse_args()
    try:
        return int(args.run(args))
    except ConfigError as error:
        print(f"./scripts/bench: {error}", file=sys.stderr)
        return 2
    except KeyboardInterrupt:
        return 130


if __name__ == "__main__":
    sys.exit(main())
