"""Under which licences stands what a device and a desk install: ``docs/licences.md``.

    python -m scripts.packaging.licences > docs/licences.md

Written from the locks and from what each library says of itself, in an environment that has
them all (``scripts/venv .venv test``). A test compares; nobody writes the table by hand.
"""

import importlib.metadata
import re
import sys
from collections.abc import Iterator
from pathlib import Path

LOCKS = Path(__file__).resolve().parents[1] / "locks"
_ONLY_BUILDS = frozenset({"setuptools"})
"""In the locks so that the project itself can be installed; part of nothing that runs."""
_INTRODUCTION = """\
# Licences

Demitasse itself is under the [MIT licence](../LICENSE). It installs the libraries below and no
others, each pinned with its hash ([`scripts/locks/`](../scripts/locks/)). All of them may be
passed on with a product, also with a closed one, as long as their notices go along; those under
the LGPL must stay replaceable, which a Python library is. The Debian package keeps each
library’s own text and lists them in `/usr/share/doc/demitasse` (`copyright`, and
`sbom.cdx.json` in CycloneDX). Where a line says *or*, you choose. numpy’s wheel brings OpenBLAS
(BSD) and GCC’s runtime libraries (GPL with the runtime exception). From Debian come Python
(PSF), SQLite (public domain), OpenSSL (Apache-2.0) and, on ARM, `lgpio` (Unlicense).

This page is made from the locks: `python -m scripts.packaging.licences > docs/licences.md`.
"""
_TITLES = {"device": "On a device", "desk": "On a desk, beside those"}


def main() -> int:
    """Write the page."""
    sys.stdout.write(page())
    return 0


def page() -> str:
    """Return the page with a table for each lock, a library once."""
    told: set[str] = set()
    parts = [_INTRODUCTION]
    for lock, title in _TITLES.items():
        rows = [row for row in pinned(lock) if row[0] not in told]
        told |= {name for name, _ in rows}
        lines = [f"| {name} | {version} | {licence(name)} |" for name, version in rows]
        head = (f"## {title}", "", "| library | version | licence |", "|---|---|---|")
        parts.append("\n".join((*head, *lines, "")))
    return "\n".join(parts)


def pinned(lock: str) -> Iterator[tuple[str, str]]:
    """Yield name and version of what ``lock`` installs and runs."""
    text = (LOCKS / f"{lock}.txt").read_text(encoding="utf-8")
    for name, version in re.findall(r"(?m)^([\w.-]+)==([^\s;\\]+)", text):
        if name not in _ONLY_BUILDS:
            yield name, version


def licence(name: str) -> str:
    """Return what the library says of itself, on one line."""
    metadata = importlib.metadata.metadata(name)
    said = metadata["License-Expression"] or metadata["License"] or _classified(metadata)
    return " ".join(str(said).split()).replace(" OR ", " or ").replace(" AND ", " and ")


def _classified(metadata: importlib.metadata.PackageMetadata) -> str:
    found = [c for c in metadata.get_all("Classifier") or [] if c.startswith("License :: ")]
    return " or ".join(c.rpartition(" :: ")[2] for c in found) or "see the library"


if __name__ == "__main__":
    sys.exit(main())
