"""The Debian package: payload, configuration and papers, packed by nFPM.

Two builds of one commit are the same bytes: every time in the package is that commit's,
every library is pinned by hash, and nothing is compiled here.
"""

import json
import os
import re
import shutil
import subprocess
import sys
import tempfile
import tomllib
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from scripts.packaging import papers, payload
from scripts.packaging.payload import HOME, ROOT
from scripts.packaging.targets import Target

CONFIG = ROOT / "config"
SCRIPTS = Path(__file__).parent / "debian"
VERSION = re.compile(r"[0-9]+(\.[0-9]+)*")

_DESCRIPTION = """coffee machine that notices, person who calls
Reads a coffee machine over serial or GPIO and learns, at home, what is
usual there. When that breaks although the machine is fine, it asks its
owner first; only with the owner's consent, a sealed alert goes to a queue
where a trained person decides. All is off until the owner says otherwise."""

_LINTIAN_OVERRIDES = """\
# A self-contained environment, apart from Debian's own Python modules: this is what the
# folder is for.
demitasse: dir-or-file-in-opt [opt/*]
# Wheels are stripped and linked by those who publish them, and pinned here by hash.
demitasse: embedded-library *
demitasse: unstripped-binary-or-object *
demitasse: hardening-no-relro *
demitasse: sharedobject-in-library-directory-missing-soname *
demitasse: custom-library-search-path *
demitasse: library-not-linked-against-libc *
# Modules of libraries that can also be run by hand; here they never are.
demitasse: script-not-executable *
demitasse: unusual-interpreter *
"""


@dataclass(frozen=True, slots=True)
class Release:
    """What is packed, and the second that every file of the package bears."""

    version: str
    epoch: int


def build(target: Target, version: str, out: Path) -> Path:
    """Write the package of ``version`` for ``target`` into ``out``; return its path."""
    out.mkdir(parents=True, exist_ok=True)
    release = Release(version, _epoch())
    with tempfile.TemporaryDirectory(prefix="demitasse-package-") as name:
        scratch = Path(name)
        tree = scratch / "payload"
        payload.lay_out(target, tree, scratch)
        shared = scratch / "papers"
        _write_papers(shared, tree, release)
        recipe = scratch / "nfpm.json"
        recipe.write_text(json.dumps(_recipe(target, release, tree, shared)), encoding="utf-8")
        file = out / f"demitasse_{version}_{target.debian}.deb"
        nfpm = Path(sys.executable).parent / "nfpm"
        words = ("package", "--packager", "deb", "--config", str(recipe), "--target", str(file))
        subprocess.run(
            [nfpm, *words],
            check=True,
            stdout=subprocess.DEVNULL,
            env={**os.environ, "SOURCE_DATE_EPOCH": str(release.epoch)},
        )
    return file


def project_version() -> str:
    """Return the version that ``pyproject.toml`` names."""
    project = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["project"]
    return str(project["version"])


def _epoch() -> int:
    """Return the second of the commit, unless somebody has set another."""
    if given := os.environ.get("SOURCE_DATE_EPOCH"):
        return int(given)
    words = ("git", "-C", str(ROOT), "log", "-1", "--format=%ct")
    return int(subprocess.run(words, check=True, capture_output=True, text=True).stdout)


def _recipe(target: Target, release: Release, tree: Path, shared: Path) -> dict[str, Any]:
    at = datetime.fromtimestamp(release.epoch, UTC).isoformat().replace("+00:00", "Z")
    return {
        "name": "demitasse",
        "arch": target.debian,
        "platform": "linux",
        "version": release.version,
        "version_schema": "none",
        "section": "misc",
        "priority": "optional",
        "maintainer": "Demitasse maintainers <maintainers@demitasse.invalid>",
        "description": _DESCRIPTION,
        "license": "MIT",
        "mtime": at,
        "depends": [
            "libc6 (>= 2.31)",
            "passwd",
            "python3 (>= 3.11)",
            "python3 (<< 3.14)",
            "tzdata",
            *_borrowed(target, required=True),
        ],
        "recommends": ["systemd", "udev", *_borrowed(target, required=False)],
        "contents": _contents(tree, shared),
        "scripts": {
            "postinstall": str(SCRIPTS / "postinst.sh"),
            "preremove": str(SCRIPTS / "prerm.sh"),
            "postremove": str(SCRIPTS / "postrm.sh"),
        },
        "deb": {"compression": "xz", "fields": {"Multi-Arch": "foreign"}},
    }


def _borrowed(target: Target, *, required: bool) -> list[str]:
    return [b.debian_package for b in target.borrowed if b.required is required]


def _contents(tree: Path, shared: Path) -> list[dict[str, Any]]:
    units = sorted((CONFIG / "systemd").iterdir())
    return [
        *_all_of(tree, HOME),
        *_all_of(shared, Path("/usr/share")),
        _file(SCRIPTS / "demitasse.sh", "/usr/bin/demitasse", mode=0o755),
        *(_file(unit, f"/usr/lib/systemd/system/{unit.name}") for unit in units),
        _file(
            CONFIG / "udev" / "60-demitasse.rules", "/usr/lib/udev/rules.d/60-demitasse.rules"
        ),
        *(
            _config(CONFIG / name, f"/etc/demitasse/{name}")
            for name in ("agent.toml", "consent.toml")
        ),
        *(
            _config(profile, f"/etc/demitasse/machines/{profile.name}")
            for profile in sorted((CONFIG / "machines").glob("*.toml"))
        ),
        {"dst": "/etc/demitasse/conf.d", "type": "dir", "file_info": {"mode": 0o755}},
    ]


def _all_of(folder: Path, at: Path) -> Iterable[dict[str, Any]]:
    """Yield every file and link under ``folder``, as it will lie under ``at``."""
    for found in sorted(folder.rglob("*")):
        place = str(at / found.relative_to(folder))
        if found.is_symlink():
            yield {"src": str(found.readlink()), "dst": place, "type": "symlink"}
        elif found.is_file():
            yield _file(found, place)


def _file(source: Path, place: str, *, mode: int = 0o644) -> dict[str, Any]:
    return {"src": str(source), "dst": place, "file_info": {"mode": mode}}


def _config(source: Path, place: str) -> dict[str, Any]:
    return {**_file(source, place), "type": "config|noreplace"}


def _write_papers(folder: Path, tree: Path, release: Release) -> None:
    """Fill ``folder`` with what belongs under ``/usr/share``."""
    documents = folder / "doc" / "demitasse"
    version, epoch = release.version, release.epoch
    texts: dict[Path, bytes] = {
        folder / "man" / "man1" / "demitasse.1.gz": papers.man_page(version, epoch),
        folder / "bash-completion" / "completions" / "demitasse": papers.completion("bash"),
        folder / "zsh" / "vendor-completions" / "_demitasse": papers.completion("zsh"),
        folder / "lintian" / "overrides" / "demitasse": _LINTIAN_OVERRIDES.encode(),
        documents / "sbom.cdx.json": papers.bill_of_materials(tree),
        documents / "copyright": papers.copyright_file(tree),
        documents / "changelog.gz": papers.changelog(version, epoch),
    }
    for file, content in texts.items():
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_bytes(content)
    shutil.copy(ROOT / "README.md", documents / "README.md")
