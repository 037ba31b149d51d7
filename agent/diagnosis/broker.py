"""Looks at the way to the broker: its name, a line to it, TLS with this device's own files.

It ends where MQTT would begin: no envelope, no name of a topic, nothing of a household. While
the owner allows nothing, nobody is called at all, unless whoever looks asks for it.
"""

import socket
import ssl
import threading
from queue import Empty, SimpleQueue

from agent.diagnosis import household
from agent.diagnosis.findings import Found, Reason, Subject, not_looked_at, ok, wrong
from agent.diagnosis.scene import Scene, look_as, may_look_into
from agent.identity.desk_pin import read_pinned_desk
from agent.identity.enrolment_line import is_refused
from agent.identity.key_files import device_keys, keys_folder
from agent.identity.tls import TlsFiles, tls_of
from agent.settings import Broker, Tls
from wire.options import ConfigError

WITHIN_S = 5.0
_COMES_FIRST = "What is wrong above comes first."


def look(scene: Scene) -> Found:
    """Return how far the way to the broker goes."""
    settings = scene.settings
    if not may_look_into(keys_folder(settings.state_dir)):
        return not_looked_at(
            Subject.BROKER,
            Reason.NOT_PERMITTED,
            "This device's certificate is not for this user to use.",
            look_as(settings.state_dir),
        )
    try:
        broker, context = _way(scene)
    except ConfigError:
        return not_looked_at(Subject.BROKER, Reason.TLS_FAILED, _COMES_FIRST)
    except OSError as error:
        return _bad_files(settings.broker.tls, error)
    if not broker.host:
        text = "There is no broker before the device belongs to a desk."
        return not_looked_at(Subject.BROKER, Reason.NOT_ENROLLED, text)
    if not scene.connect and not household.allows_anything(scene):
        return not_looked_at(
            Subject.BROKER,
            Reason.NOBODY_CALLED,
            "Nothing may leave this house yet, so nobody was called.",
            "to try the line nevertheless: demitasse check --connect",
        )
    return _called(broker, context)


def _way(scene: Scene) -> tuple[Broker, ssl.SSLContext | None]:
    settings = scene.settings
    desk = read_pinned_desk(settings.state_dir)
    if settings.broker.host or desk is None:
        # Before its first start a device has no keys, and a look does not make them.
        return settings.broker, TlsFiles(settings.broker.tls).context()
    keys = device_keys(settings.state_dir)
    broker, tls = tls_of(settings.broker, settings.state_dir, keys=keys, desk=desk)
    return broker, tls.context()


def _bad_files(tls: Tls | None, error: OSError) -> Found:
    names = f"{tls.ca_file}, {tls.certificate_file} and {tls.key_file}" if tls else "its files"
    return wrong(
        Subject.BROKER,
        Reason.TLS_FAILED,
        f"TLS cannot be made with {names}: {error.strerror or error}.",
        "see that they are PEM, belong together, and may be read by the device's user",
    )


def _called(broker: Broker, context: ssl.SSLContext | None) -> Found:
    where = f"{broker.host}:{broker.port}"
    if not _is_known(broker):
        return wrong(
            Subject.BROKER,
            Reason.NAME_UNKNOWN,
            f"The name {broker.host} is known to nobody here.",
            "see whether the device is online and the name is right: getent hosts "
            f"{broker.host}",
        )
    try:
        line = socket.create_connection((broker.host, broker.port), timeout=WITHIN_S)
    except OSError as error:
        return wrong(
            Subject.BROKER,
            Reason.BROKER_UNREACHABLE,
            f"The broker {where} cannot be reached: {error.strerror or error}.",
            "see whether it runs, and whether a firewall stands between",
        )
    with line:
        if context is None:
            return ok(Subject.BROKER, f"The broker {where} answers.")
        return _shaken(line, context, broker)


def _is_known(broker: Broker) -> bool:
    # The system's resolver has no time limit of its own; its thread may outlive our patience.
    found: SimpleQueue[bool] = SimpleQueue()

    def resolve() -> None:
        try:
            found.put(bool(socket.getaddrinfo(broker.host, broker.port)))
        except (OSError, UnicodeError):
            found.put(False)

    threading.Thread(target=resolve, daemon=True).start()
    try:
        return found.get(timeout=WITHIN_S)
    except Empty:
        return False


def _shaken(line: socket.socket, context: ssl.SSLContext, broker: Broker) -> Found:
    where = f"{broker.host}:{broker.port}"
    try:
        with context.wrap_socket(line, server_hostname=broker.host) as secured:
            if is_refused(secured):
                return _refused(where, "it hung up")
    except ssl.SSLCertVerificationError as error:
        return wrong(
            Subject.BROKER,
            Reason.TLS_FAILED,
            f"The broker {where} is not the one to be trusted: {error.verify_message}.",
            "see whether the clock is right; if it is, ask whoever runs the broker",
        )
    except ssl.SSLError as error:
        return _refused(where, error.reason or "TLS failed")
    except OSError as error:
        return _refused(where, error.strerror or str(error))
    return ok(Subject.BROKER, f"The broker {where} lets this device in.")


def _refused(where: str, why: str) -> Found:
    return wrong(
        Subject.BROKER,
        Reason.DEVICE_REFUSED,
        f"The broker {where} does not accept this device's certificate ({why}).",
        "see the line about the certificate; if that is good, the desk may have revoked it",
    )
