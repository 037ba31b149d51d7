"""Reads ``desk.toml``: the one place where an operator configures a desk.

Rules: every option has a default that works on one computer; an unknown option is
refused; relative paths start at the folder of the file itself, so that a desk can be
moved as one folder; a console that other computers reach is served over HTTPS only.

>>> from pathlib import Path
>>> load(Path("config/desk.toml")).web.port
8080
"""

from dataclasses import dataclass, replace
from pathlib import Path
from urllib.parse import SplitResult, urlsplit
from zoneinfo import ZoneInfo

from escalation.authority import options as authority_options
from escalation.authority.options import AuthorityConfig
from escalation.entrance import options as entrance_options
from escalation.entrance.options import SignInConfig
from escalation.guarding import options as guardian_options
from escalation.guarding.options import GuardianConfig
from escalation.notices import options as notices_options
from escalation.notices.options import NoticesConfig
from wire.options import ConfigError, Options

LOOPBACK_NAMES = frozenset({"127.0.0.1", "localhost", "::1", "[::1]"})
"""Names by which a browser reaches its own computer and no other."""

WORKERS_MAX = 8
"""More would only wait for the same database."""

DATABASE_URL_HINT = "write postgresql://user:password@host:5432/name, or leave it empty"


@dataclass(frozen=True, slots=True, kw_only=True)
class WebConfig:
    """How the console is reached."""

    host: str
    port: int
    """0 lets the operating system choose a free one; the ``ready`` line names it."""
    allowed_hosts: tuple[str, ...]
    https: bool
    timezone: str
    security_contact: str
    metrics_token: str
    second_factor_required: bool
    """Whether everybody has to set one up before anything else."""


@dataclass(frozen=True, slots=True, kw_only=True)
class DatabaseConfig:
    """Where cases are kept: a SQLite file, or PostgreSQL when ``url`` is given."""

    path: Path
    url: SplitResult | None


@dataclass(frozen=True, slots=True, kw_only=True)
class BrokerConfig:
    """How the MQTT broker is reached."""

    host: str
    port: int
    client_id: str
    ca: Path | None
    certificate: Path | None
    key: Path | None
    worker: int = 1

    def for_worker(self, number: int) -> "BrokerConfig":
        """Return how the worker of this number reaches the broker, as somebody of its own.

        The first one is the desk itself. Where the broker tells clients by certificate, the
        others have their own beside the desk's: ``desk-2.crt`` for ``desk.crt``.
        """
        if number == 1:
            return self
        return replace(
            self,
            worker=number,
            client_id=f"{self.client_id}-{number}",
            certificate=_beside(self.certificate, number),
            key=_beside(self.key, number),
        )


def _beside(path: Path | None, number: int) -> Path | None:
    if path is None:
        return None
    numbered = path.with_name(f"{path.stem}-{number}{path.suffix}")
    if not numbered.is_file():
        raise ConfigError(
            f"[intake] workers: worker {number} needs a certificate of its own: there is no "
            f"file {numbered}; make it, or run fewer workers"
        )
    return numbered


@dataclass(frozen=True, slots=True, kw_only=True)
class IntakeConfig:
    """How what devices send is taken in."""

    workers: int
    heartbeat_s: int
    closed_days: int
    """How long the words of a closed case are kept."""


@dataclass(frozen=True, slots=True, kw_only=True)
class DeskConfig:
    """All of ``desk.toml``."""

    web: WebConfig
    database: DatabaseConfig
    broker: BrokerConfig
    keys_folder: Path
    intake: IntakeConfig
    authority: AuthorityConfig
    notices: NoticesConfig
    sign_in: SignInConfig
    guardian: GuardianConfig


def load(path: Path) -> DeskConfig:
    """Return the configuration in ``path``, or raise ``ConfigError`` with the fix."""
    options = Options.load(path)
    folder = path.resolve().parent
    broker = _broker(options.section("broker"), folder)
    keys_folder = _keys_folder(options.section("keys"), folder)
    web = _web(options.section("web"))
    notices = notices_options.read(
        options.section("notices"),
        options.section("nudge"),
        options.section("heartbeat"),
        console_url=_console_url(web),
    )
    config = DeskConfig(
        web=web,
        database=_database(options.section("database"), folder),
        broker=broker,
        keys_folder=keys_folder,
        intake=_intake(options.section("intake")),
        authority=authority_options.read(
            options.section("authority"),
            folder=folder,
            keys_folder=keys_folder,
            broker=(broker.host, broker.port),
        ),
        notices=notices,
        sign_in=entrance_options.read(
            options.section("sign_in"), folder=folder, console_url=notices.console_url
        ),
        guardian=guardian_options.read(options.section("guardian")),
    )
    options.close()
    return config


def _web(options: Options) -> WebConfig:
    hosts = options.texts("allowed_hosts", default=("127.0.0.1", "localhost"))
    if not hosts:
        options.refuse("allowed_hosts", [], "name at least one host, such as 127.0.0.1")
    only_here = LOOPBACK_NAMES.issuperset(hosts)
    https = options.switch("https", default=not only_here)
    if not https and not only_here:
        options.refuse(
            "https", https, "write true: allowed_hosts names more than this computer"
        )
    timezone = options.text("timezone", default="Europe/Paris")
    try:
        ZoneInfo(timezone)
    except (KeyError, ValueError, OSError):
        options.refuse("timezone", timezone, "choose an IANA name such as Europe/Paris")
    return WebConfig(
        host=options.text("host", default="127.0.0.1"),
        port=options.integer("port", default=8080, low=0, high=65535),
        allowed_hosts=hosts,
        https=https,
        timezone=timezone,
        security_contact=_security_contact(options, hosts[0]),
        metrics_token=_metrics_token(options),
        second_factor_required=options.choice(
            "second_factor", among=("optional", "required"), default="optional"
        )
        == "required",
    )


def _console_url(web: WebConfig) -> str:
    if web.https:
        return f"https://{web.allowed_hosts[0]}/"
    return f"http://{web.host}:{web.port}/"


def _security_contact(options: Options, host: str) -> str:
    # RFC 2142 reserves the mailbox "security" of every domain for exactly this.
    contact = options.text("security_contact", default=f"mailto:security@{host}")
    if not contact.startswith(("mailto:", "https://", "tel:")):
        options.refuse("security_contact", contact, "begin with mailto:, https:// or tel:")
    return contact


def _metrics_token(options: Options) -> str:
    token = options.text("metrics_token", default="")
    if token and len(token) < 16:
        options.refuse("metrics_token", "…", "write at least 16 characters, or leave it empty")
    return token


def _database(options: Options, folder: Path) -> DatabaseConfig:
    url_text = options.text("url", default="", max_length=500)
    path = folder / options.text("path", default="/var/lib/demitasse-desk/desk.sqlite3")
    if not url_text:
        return DatabaseConfig(path=path, url=None)
    try:
        url = urlsplit(url_text)
        _ = url.port
    except ValueError:
        options.refuse("url", "…", DATABASE_URL_HINT)
    if url.scheme not in ("postgresql", "postgres") or len(url.path) < 2:
        # The value stays out of the message, because it may hold a password.
        options.refuse("url", "…", DATABASE_URL_HINT)
    return DatabaseConfig(path=path, url=url)


def _broker(options: Options, folder: Path) -> BrokerConfig:
    ca = _optional_file(options, "ca", folder)
    certificate = _optional_file(options, "certificate", folder)
    key = _optional_file(options, "key", folder)
    if (certificate is None) != (key is None):
        missing = "certificate" if certificate is None else "key"
        options.refuse(missing, "", "certificate and key belong together: give both or none")
    if certificate is not None and ca is None:
        options.refuse("ca", "", "a certificate is used over TLS only: name the ca file too")
    host = options.text("host", default="127.0.0.1")
    if certificate is None and host not in LOOPBACK_NAMES:
        # Envelopes are sealed, but the client certificate is what proves the desk.
        options.refuse(
            "host", host, "a broker elsewhere needs the files ca, certificate and key"
        )
    return BrokerConfig(
        host=host,
        port=options.integer("port", default=8883 if ca else 1883, low=1, high=65535),
        client_id=options.text("client_id", default="demitasse-desk", max_length=64),
        ca=ca,
        certificate=certificate,
        key=key,
    )


def _intake(options: Options) -> IntakeConfig:
    return IntakeConfig(
        workers=options.integer("workers", default=1, low=1, high=WORKERS_MAX),
        heartbeat_s=options.integer("heartbeat_s", default=300, low=10, high=3600),
        closed_days=options.integer("closed_days", default=90, low=1, high=3650),
    )


def _optional_file(options: Options, name: str, folder: Path) -> Path | None:
    text = options.text(name, default="")
    if not text:
        return None
    path = folder / text
    if not path.is_file():
        options.refuse(name, text, f"there is no file {path}; correct it or leave it empty")
    return path


def _keys_folder(options: Options, folder: Path) -> Path:
    return folder / options.text("folder", default="/var/lib/demitasse-desk/keys")


__all__ = [
    "BrokerConfig",
    "ConfigError",
    "DatabaseConfig",
    "DeskConfig",
    "IntakeConfig",
    "WebConfig",
    "load",
]
