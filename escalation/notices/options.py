"""Reads ``[notices]``, ``[nudge]`` and ``[heartbeat]`` of ``desk.toml``."""

from dataclasses import dataclass
from typing import Final
from urllib.parse import urlsplit

from wire.options import Options

PLACE: Final = "{to}"
"""Stands in an address where the owner's own is put, quoted."""

LOOPBACK = frozenset({"127.0.0.1", "localhost", "::1"})


@dataclass(frozen=True, slots=True, kw_only=True)
class NoticesConfig:
    """How people are reached."""

    console_url: str
    """What a notice to staff says besides its sentence."""
    nudge_email: str
    """How a note goes to an owner's e-mail address; empty: not at all."""
    nudge_phone: str
    """How it goes to a telephone."""
    heartbeat_url: str
    """Who raises the alarm when nothing comes any more; empty: nobody is told."""


def read(
    notices: Options, nudge: Options, heartbeat: Options, *, console_url: str
) -> NoticesConfig:
    """Return the three sections; ``console_url`` holds where nothing else is said."""
    return NoticesConfig(
        console_url=_console_url(notices, console_url),
        nudge_email=_template(nudge, "email"),
        nudge_phone=_template(nudge, "phone"),
        heartbeat_url=_heartbeat_url(heartbeat),
    )


def _console_url(options: Options, otherwise: str) -> str:
    url = options.text("console_url", default="", max_length=300) or otherwise
    if not url.startswith(("https://", "http://")):
        options.refuse("console_url", url, "write the console's address, https://…")
    return url


def _template(options: Options, name: str) -> str:
    url = options.text(name, default="", max_length=500)
    if url and (url.count(PLACE) != 1 or "://" not in url):
        # The value stays out of the message, because it holds a password.
        options.refuse(
            name, "…", f"write an apprise URL in which {PLACE} stands once, or leave it empty"
        )
    return url


def _heartbeat_url(options: Options) -> str:
    url = options.text("url", default="", max_length=500)
    if not url:
        return ""
    try:
        parts = urlsplit(url)
        here = parts.hostname in LOOPBACK
    except ValueError:
        parts, here = urlsplit(""), False
    if not parts.hostname or parts.scheme not in (("https", "http") if here else ("https",)):
        # Whoever reads the address could keep the alarm silent, so it is not repeated here.
        options.refuse("url", "…", "write the address to be asked for, beginning with https://")
    return url
