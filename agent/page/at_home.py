"""How the owner finds the page from the home network, how it proves itself, who was let in.

Read from the files that the page's own process has left; nothing heavy is loaded for it.
"""

import base64
import contextlib
import hashlib
import socket
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

from agent.page import pairing

CERTIFICATE_FILE = "page.tls"
"""The key and the certificate, PEM, in one file: there are both or neither."""
PORT_FILE = "page.port"
"""Where the page listened last."""
HTTPS_PORT = 443
FIRST_NAME = "demitasse"
"""What a maker calls a device, so that every leaflet can name it."""


@dataclass(frozen=True, slots=True, kw_only=True)
class AtHome:
    """The page as the home network sees it."""

    address: str
    fingerprint: str | None
    """``None`` before the page was opened for the first time."""
    paired_since: datetime | None


def read(folder: Path, now: datetime) -> AtHome:
    """Read what is known in the state folder."""
    found = pairing.paired(folder, now)
    return AtHome(
        address=f"https://{local_name()}{_port_of(folder)}",
        fingerprint=fingerprint(folder / CERTIFICATE_FILE),
        paired_since=found.since if found else None,
    )


def local_name() -> str:
    """Return the name that the home network's own name service (mDNS) gives this device."""
    return f"{socket.gethostname().partition('.')[0].lower()}.local"


def own_names() -> frozenset[str]:
    """Return every name by which a browser at home may ask for this device."""
    return frozenset({f"{FIRST_NAME}.local", local_name(), socket.gethostname().lower()})


def fingerprint(file: Path) -> str | None:
    """Return the SHA-256 of the certificate in ``file``, as browsers show it."""
    with contextlib.suppress(OSError, ValueError):
        _, _, pem = file.read_text(encoding="ascii").partition("BEGIN CERTIFICATE-----")
        body, end, _ = pem.partition("-----END")
        digest = hashlib.sha256(base64.b64decode(body)).digest()
        return digest.hex(":").upper() if end else None
    return None


def _port_of(folder: Path) -> str:
    with contextlib.suppress(OSError, ValueError):
        port = int((folder / PORT_FILE).read_text(encoding="ascii"))
        return "" if port == HTTPS_PORT else f":{port}"
    return ""
