"""What goes with the program and is made from code and lock, never by hand.

The man page and the completion come from the parser of the command itself, so that they
cannot tell of an option that is not there. The bill of materials and the licences come
from the libraries that are in the package.
"""

import gzip
import json
import subprocess
import sys
from collections.abc import Iterable
from datetime import UTC, datetime
from email.parser import HeaderParser
from email.utils import format_datetime
from pathlib import Path
from typing import Any

import shtab
from argparse_manpage.manpage import Manpage

from agent.main import whole_parser
from scripts.packaging.payload import ROOT

MAINTAINER = "Demitasse maintainers <maintainers@demitasse.invalid>"


def man_page(version: str, epoch: int) -> bytes:
    """Return the compressed ``demitasse(1)`` as of the second ``epoch``."""
    page = Manpage(whole_parser())
    page.description = "coffee machine that notices, person who calls"
    page.source = f"Demitasse {version}"
    page.manual = "Demitasse"
    page.date = datetime.fromtimestamp(epoch, UTC).date().isoformat()
    return gzip.compress(str(page).encode(), compresslevel=9, mtime=0)


def completion(shell: str) -> bytes:
    """Return the completion script for ``shell``: bash or zsh."""
    return str(shtab.complete(whole_parser(), shell)).encode()


def bill_of_materials(tree: Path) -> bytes:
    """Return the CycloneDX document of the libraries that are in the payload ``tree``."""
    made = subprocess.run(
        [
            *(sys.executable, "-m", "cyclonedx_py", "environment"),
            *("--pyproject", str(ROOT / "pyproject.toml"), "--mc-type", "application"),
            *("--output-reproducible", "--short-PURLs", "--of", "JSON", "--sv", "1.6"),
            sys.executable,
        ],
        check=True,
        capture_output=True,
    )
    document: dict[str, Any] = json.loads(made.stdout)
    inside = {f"{m['Name'].lower()}=={m['Version']}" for m in _libraries(tree)}
    kept = [
        c for c in document["components"] if f"{c['name'].lower()}=={c['version']}" in inside
    ]
    references = {c["bom-ref"] for c in kept} | {"root-component"}
    document["components"] = kept
    document["dependencies"] = [
        {**d, "dependsOn": [r for r in d.get("dependsOn", []) if r in references]}
        for d in document["dependencies"]
        if d["ref"] in references
    ]
    return (json.dumps(document, indent=2, sort_keys=True) + "\n").encode()


def copyright_file(tree: Path) -> bytes:
    """Return Debian's copyright file: this project, and the licence of each library."""
    ours = (ROOT / "LICENSE").read_text(encoding="utf-8").rstrip()
    parts = [
        "Format: https://www.debian.org/doc/packaging-manuals/copyright-format/1.0/\n"
        "Upstream-Name: Demitasse\n",
        "Files: *\nCopyright: Demitasse contributors\nLicense: MIT\n" + _indented(ours),
    ]
    for library in _libraries(tree):
        name, licence = library["Name"], _licence(library)
        folder = name.replace("-", "_")
        parts.append(
            f"Files: opt/demitasse/*/{folder}*\n"
            f"Copyright: the authors of {name} {library['Version']}\n"
            f"License: {licence}\n Its text is in the library's own dist-info folder.\n"
        )
    return "\n".join(parts).encode()


def changelog(version: str, epoch: int) -> bytes:
    """Return Debian's compressed changelog, with one entry: this version."""
    at = format_datetime(datetime.fromtimestamp(epoch, UTC))
    text = (
        f"demitasse ({version}) stable; urgency=medium\n\n"
        "  * See CHANGELOG.md of the project.\n\n"
        f" -- {MAINTAINER}  {at}\n"
    )
    return gzip.compress(text.encode(), compresslevel=9, mtime=0)


def _libraries(tree: Path) -> Iterable[Any]:
    """Yield the metadata of each library in ``tree``, once, by name."""
    found: dict[str, Any] = {}
    for file in sorted(tree.rglob("*.dist-info/METADATA")):
        metadata = HeaderParser().parsestr(file.read_text(encoding="utf-8"))
        if metadata["Name"] != "demitasse":
            found[metadata["Name"]] = metadata
    return [found[name] for name in sorted(found, key=str.lower)]


def _licence(metadata: Any) -> str:
    said = metadata["License-Expression"] or metadata["License"] or "see its dist-info"
    return " ".join(str(said).split())[:80]


def _indented(text: str) -> str:
    return "".join(f" {line}\n" if line.strip() else " .\n" for line in text.splitlines())
