"""``demitasse diag``: a file for support, in which nobody can be recognised.

What is in it comes from ``facts`` and ``log_facts`` alone. The file is new, for its owner's
eyes, and says of itself no time, no user and no folder either.
"""

import gzip
import io
import json
import os
import tarfile
import zipfile
from collections.abc import Callable, Mapping
from pathlib import Path

from agent.clock import SystemClock
from agent.diagnosis import facts, log_facts
from agent.diagnosis.examination import examine
from agent.diagnosis.letter import TEXT
from agent.diagnosis.scene import OpenParts, Scene
from agent.settings import load_settings
from wire.options import ConfigError
from wire.schema import JSON

LETTER = "README.txt"


def gather(config: Path, open_parts: OpenParts) -> Mapping[str, JSON]:
    """Return the facts of the device, by the name of their file."""
    found: dict[str, JSON] = {
        "versions": facts.versions(),
        "check": facts.check(examine(config, open_parts, connect=False)),
        "log": dict(log_facts.of_this_device() or {}),
    }
    try:
        settings = load_settings(config)
    except ConfigError:
        found["config"] = {"readable": False}
        return found
    scene = Scene(settings=settings, open_parts=open_parts, clock=SystemClock(), connect=False)
    found["config"] = facts.configuration(scene)
    found["consent"] = facts.consent(scene)
    found["counts"] = facts.counts(settings)
    return found


def write(file: Path, found: Mapping[str, JSON]) -> list[str]:
    """Write ``found`` and the letter into ``file``, which must be new; return the names."""
    members = {LETTER: TEXT}
    for name, value in found.items():
        members[f"{name}.json"] = json.dumps(value, indent=2, sort_keys=True) + "\n"
    pack = _packer(file)
    try:
        data = pack(members)
        # New, and for nobody else to read: what it replaces could be anything.
        with open(os.open(file, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "wb") as opened:
            opened.write(data)
    except FileExistsError:
        raise ConfigError(f"{file}: is there already; name a new file") from None
    except OSError as error:
        raise ConfigError(f"{file}: {error.strerror}; name a file in another folder") from None
    return list(members)


def _packer(file: Path) -> Callable[[Mapping[str, str]], bytes]:
    if file.name.endswith(".zip"):
        return _zip
    if file.name.endswith(".tar.gz"):
        return _tar
    raise ConfigError(f"{file}: name a file that ends with .zip or .tar.gz")


def _zip(members: Mapping[str, str]) -> bytes:
    data = io.BytesIO()
    with zipfile.ZipFile(data, "w", zipfile.ZIP_DEFLATED) as packed:
        for name, text in members.items():
            # As ZipInfo, whose time is that of 1980 and not that of the file system.
            packed.writestr(zipfile.ZipInfo(name), text, zipfile.ZIP_DEFLATED)
    return data.getvalue()


def _tar(members: Mapping[str, str]) -> bytes:
    data = io.BytesIO()
    # Named here, because tarfile would write this file's name and the time into the header.
    with (
        gzip.GzipFile(filename="", mode="wb", fileobj=data, mtime=0) as squeezed,
        tarfile.open(fileobj=squeezed, mode="w") as packed,
    ):
        for name, text in members.items():
            content = text.encode()
            info = tarfile.TarInfo(name)
            info.size = len(content)
            packed.addfile(info, io.BytesIO(content))
    return data.getvalue()
