"""Reads ``[authority]`` of ``desk.toml``: who signs, and what enrolment bundles say."""

from dataclasses import dataclass
from pathlib import Path

from wire.enrolment import check_url
from wire.options import Options

FOLDER = "authority"
"""Within the folder of the desk's keys: both are backed up, and guarded, as one."""


@dataclass(frozen=True, slots=True, kw_only=True)
class AuthorityConfig:
    """Who signs certificates, and what enrolment bundles say."""

    folder: Path
    certificate_days: int
    sign_command: tuple[str, ...]
    """A maker's own authority; empty: the small one in ``folder``."""
    ca: Path | None
    """Authorities that devices trust beside the small one, or instead of it."""
    publish_command: tuple[str, ...]
    broker_host: str
    broker_port: int
    enrol_url: str


def read(
    options: Options, *, folder: Path, keys_folder: Path, broker: tuple[str, int]
) -> AuthorityConfig:
    """Return the section; ``broker`` is what devices are told where nothing else is said."""
    sign_command = options.texts("sign_command", default=())
    ca = _file(options, folder)
    if sign_command and ca is None:
        options.refuse("ca", "", "your own sign_command needs its authority's PEM file here")
    enrol_url = options.text("enrol_url", default="", max_length=300)
    if enrol_url:
        _check(options, enrol_url)
    return AuthorityConfig(
        folder=keys_folder / FOLDER,
        certificate_days=options.integer(
            "certificate_days", default=30, low=1, high=396, unit="days"
        ),
        sign_command=sign_command,
        ca=ca,
        publish_command=options.texts("publish_command", default=()),
        broker_host=options.text("broker_host", default="", max_length=253) or broker[0],
        broker_port=options.integer("broker_port", default=broker[1], low=1, high=65535),
        enrol_url=enrol_url,
    )


def _file(options: Options, folder: Path) -> Path | None:
    text = options.text("ca", default="")
    if text and not (folder / text).is_file():
        options.refuse("ca", text, f"there is no file {folder / text}; correct it or leave it")
    return folder / text if text else None


def _check(options: Options, url: str) -> None:
    try:
        check_url(url)
    except ValueError as error:
        options.refuse("enrol_url", url, str(error))
