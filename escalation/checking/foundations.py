"""What a desk stands on: its configuration, keys, database, broker and certificates."""

import socket
import ssl
import stat
from datetime import UTC, datetime, timedelta
from pathlib import Path

from cryptography import x509
from django import db
from django.db.migrations.executor import MigrationExecutor

from escalation import clock, desk_keys
from escalation.checking.findings import Finding, Look, look, well, wrong
from escalation.desk_config import BrokerConfig, DeskConfig
from escalation.intake import unheard
from escalation.notices.models import Beat

BROKER_WITHIN_S = 3.0
REFUSAL_WITHIN_S = 0.5
"""With TLS 1.3 a certificate that is not wanted is refused only after the handshake."""
CERTIFICATE_ENDS_SOON = timedelta(days=7)


def config(config: DeskConfig, file: Path) -> Look:
    notices = config.notices
    url = config.database.url
    secret = (
        notices.heartbeat_url,
        notices.nudge_email,
        notices.nudge_phone,
        config.web.metrics_token,
        url.password if url else "",
    )
    if any(secret) and stat.S_IMODE(file.stat().st_mode) & 0o007:
        yield look(
            "config", f"{file} holds secrets and everybody may read it", f"chmod 640 {file}"
        )
    else:
        yield well("config", f"{file} is understood")


def keys(folder: Path) -> Look:
    desk_keys.load(folder)
    desk_keys.load_secret(folder)
    open_ = [
        path
        for path in (folder, *sorted(folder.rglob("*")))
        if stat.S_IMODE(path.stat().st_mode) & 0o077
        and not path.name.endswith((".crt", ".pem"))
    ]
    if open_:
        yield wrong(
            "keys", f"others may read {open_[0]}", f"chmod -R go= {folder}; then ask who has"
        )
    else:
        yield well("keys", f"{folder} is there, and its owner alone may read it")


def database() -> Look:
    executor = MigrationExecutor(db.connection)
    if executor.migration_plan(executor.loader.graph.leaf_nodes()):
        yield wrong("database", "it is older than this program", desk_keys.INIT_HINT)
        return
    with db.transaction.atomic():
        # Written and taken back: a disk that is full still reads.
        Beat.objects.create()
        db.transaction.set_rollback(True)
    yield well("database", f"{db.connection.vendor}: up to date, and writable")


def broker(config: BrokerConfig) -> Look:
    place = f"{config.host}:{config.port}"
    try:
        _connect(config)
    except ssl.SSLError as error:
        yield wrong(
            "broker",
            f"{place} answers, and TLS fails ({error.reason or error})",
            "compare [broker] ca, certificate and key with the broker's own",
        )
    except OSError as error:
        yield wrong(
            "broker",
            f"{place} cannot be reached ({error.strerror or error})",
            "start the broker, or correct [broker] host and port",
        )
    else:
        yield well("broker", f"{place} answers")


def intake() -> Look:
    if unheard.listening(clock.computer_now()):
        yield well("intake", "it is connected and hears")
    else:
        yield look("intake", "no process hears at the moment", "run `demitasse-desk serve`")


def _connect(config: BrokerConfig) -> None:
    """Open a connection and close it; the session of a desk that serves is left alone."""
    with socket.create_connection((config.host, config.port), BROKER_WITHIN_S) as line:
        if config.ca is None:
            return
        context = ssl.create_default_context(cafile=str(config.ca))
        context.minimum_version = ssl.TLSVersion.TLSv1_3
        if config.certificate is not None:
            context.load_cert_chain(config.certificate, config.key)
        with context.wrap_socket(line, server_hostname=config.host) as secured:
            secured.settimeout(REFUSAL_WITHIN_S)
            try:
                secured.recv(1)
            except TimeoutError:
                return  # It waits for our first word: the certificate is wanted.


def certificates(config: BrokerConfig) -> Look:
    for name, path in (("ca", config.ca), ("certificate", config.certificate)):
        if path is not None:
            yield _certificate(name, path)
    if config.ca is None:
        yield well("certificates", "none: the broker is on this computer")


def _certificate(name: str, path: Path) -> Finding:
    subject = f"[broker] {name}"
    try:
        ends = x509.load_pem_x509_certificate(path.read_bytes()).not_valid_after_utc
    except (OSError, ValueError) as error:
        return wrong(subject, f"{path}: {error}", "name a PEM file with a certificate")
    left = ends - datetime.now(UTC)
    if left <= timedelta(0):
        return wrong(subject, f"{path} ended on {ends:%Y-%m-%d}", "issue a new one")
    if left <= CERTIFICATE_ENDS_SOON:
        return look(subject, f"{path} ends on {ends:%Y-%m-%d}", "issue a new one before")
    return well(subject, f"{path} is valid until {ends:%Y-%m-%d}")
