"""``./scripts/package``, once its environment is there."""

import argparse
import sys
from pathlib import Path

from scripts.packaging import deb
from scripts.packaging.targets import TARGETS


def main() -> int:
    """Build what was asked for, and say where it is and how large."""
    parser = argparse.ArgumentParser(
        prog="./scripts/package", description="Builds what a device maker installs."
    )
    kinds = parser.add_subparsers(required=True, metavar="KIND")
    one = kinds.add_parser("deb", help="the Debian package of the device")
    one.add_argument("--arch", choices=sorted(TARGETS), action="append", required=True)
    one.add_argument("--version", default=deb.project_version(), help="default: %(default)s")
    one.add_argument("--out", type=Path, default=Path("dist"), help="default: %(default)s")
    args = parser.parse_args()
    if not deb.VERSION.fullmatch(args.version):
        parser.error(f"--version {args.version!r}: write numbers and dots, such as 1.2.0")
    for arch in args.arch:
        file = deb.build(TARGETS[arch], args.version, args.out)
        print(f"{file}  {file.stat().st_size / 1e6:.1f} MB")
    return 0


if __name__ == "__main__":
    sys.exit(main())
