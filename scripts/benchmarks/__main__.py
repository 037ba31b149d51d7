"""``./scripts/bench``, once its environment is there: chooses a benchmark and runs it.

A benchmark is a module with ``add_arguments(parser)`` and ``run(args) -> int``, and is
imported when it is asked for: each needs other things than the next.
"""

import argparse
import importlib
import sys

from wire.options import ConfigError

PARTS = {
    "authorisation": (
        "scripts.benchmarks.authorisation",
        "the broker's rules: who can send and hear what, every cell tried",
    ),
    "bridge": ("scripts.benchmarks.bridge", "drivers: speed, and what they withstand"),
    "consent": ("scripts.benchmarks.consent", "hostile consent files: 0 grants too many"),
    "delivery": (
        "scripts.benchmarks.delivery.command",
        "alerts: never lost, never doubled, read by nobody on the way",
    ),
    "desk": (
        "scripts.benchmarks.desk.command",
        "cases: claims, pages, names, intake and whole days, on SQLite and on PostgreSQL",
    ),
    "device": ("scripts.benchmarks.device", "memory, time and disk, beside two others"),
    "package": ("scripts.benchmarks.package", "the Debian package, in clean systems"),
    "routine": ("scripts.benchmarks.routine", "false questions, delays, and what they cost"),
}


def main() -> int:
    """Run the benchmark that was asked for."""
    parser = argparse.ArgumentParser(
        prog="./scripts/bench", description="Measures a part of Demitasse on this computer."
    )
    benchmarks = parser.add_subparsers(required=True, metavar="PART")
    for name, (module, summary) in PARTS.items():
        one = benchmarks.add_parser(name, help=summary)
        if name in sys.argv[1:2]:
            part = importlib.import_module(module)
            part.add_arguments(one)
            one.set_defaults(run=part.run)
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
