"""The peers of ``authorisation``: certificates good and bad, clients, and a real broker."""

import os
import queue
import re
import socket
import ssl
import subprocess
import threading
import time
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from enum import StrEnum
from pathlib import Path

import paho.mqtt.client as mqtt
from cryptography import x509
from paho.mqtt.enums import CallbackAPIVersion, MQTTProtocolVersion

from escalation.authority import local_ca
from escalation.authority.local_ca import LocalCa, Revoked
from scripts.first_cup.broker import find_free_port, find_mosquitto
from wire.options import ConfigError

SHIPPED = Path(__file__).parents[2] / "config" / "mosquitto"
WITHIN_S = 10.0
OBSERVER = "observer"


class Shown(StrEnum):
    """Which certificate a client shows."""

    VALID = "valid"
    ENDED = "expired"
    NOT_BEGUN = "not yet valid"
    REVOKED = "revoked"
    FOREIGN = "foreign authority"
    NONE = "none"
    OTHER_NAME = "other name"
    """A good one of another device, while the client calls itself by this role's name."""
    SERVER = "a server's"


class Certificates:
    """Everybody's certificates, good and bad, as files for TLS."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self._now = datetime.now(UTC)
        long_ago = self._now - timedelta(days=900)
        self._ca = local_ca.create(folder / "ca", "Authority", long_ago)
        self._foreign = local_ca.create(folder / "foreign", "Authority", long_ago)
        self._revoked: list[Revoked] = []
        self.root = folder / "ca" / "ca.crt"

    def broker(self) -> Path:
        """Return key and certificate of the broker."""
        return self._server("broker")

    def shown_by(self, role: str, shown: Shown, other: str = "") -> Path | None:
        """Return what ``role`` shows: key and certificate, in a file."""
        now, month = self._now, timedelta(days=30)
        if shown is Shown.NONE:
            return None
        if shown is Shown.SERVER:
            return self._server(role)
        name, ca, at = {
            Shown.ENDED: (role, self._ca, now - month),
            Shown.NOT_BEGUN: (role, self._ca, now + month),
            Shown.FOREIGN: (role, self._foreign, now),
            Shown.OTHER_NAME: (other, self._ca, now),
        }.get(shown, (role, self._ca, now))
        file = self._client(name, ca, at)
        if shown is Shown.REVOKED:
            certificate = x509.load_pem_x509_certificates(file.read_bytes())[0]
            self._revoked.append(Revoked(certificate.serial_number, now))
        return file

    def revocation_list(self) -> bytes:
        """Return the list of all that was shown as revoked."""
        return self._ca.revocation_list(self._revoked, self._now)

    def _client(self, name: str, ca: LocalCa, at: datetime) -> Path:
        key = local_ca.new_key()
        signed = ca.sign_client(key.public_key(), name, at, timedelta(days=1))
        return self._put(local_ca.key_pem(key) + local_ca.pem(signed))

    def _server(self, name: str) -> Path:
        key = local_ca.new_key()
        hosts = ["127.0.0.1"] if name == "broker" else [name]
        signed = self._ca.sign_server(key.public_key(), hosts, self._now)
        return self._put(local_ca.key_pem(key) + local_ca.pem(signed))

    def _put(self, data: bytes) -> Path:
        file = self._folder / f"{len(list(self._folder.iterdir()))}.pem"
        file.write_bytes(data)
        return file


class Client:
    """One connection; what it hears is kept by topic."""

    def __init__(self, port: int, name: str, protocol: MQTTProtocolVersion) -> None:
        self._port = port
        self._answers: queue.Queue[str] = queue.Queue()
        self._connected: queue.Queue[bool] = queue.Queue()
        self.heard: set[tuple[str, bytes]] = set()
        self._arrived = threading.Condition()
        # Sessions are new: nothing may come from an earlier connection.
        modern = protocol == MQTTProtocolVersion.MQTTv5
        clean = None if modern else True
        self._paho = mqtt.Client(
            CallbackAPIVersion.VERSION2,
            name,
            protocol=protocol,
            clean_session=clean,
            reconnect_on_failure=False,
        )
        self._paho.max_queued_messages_set(0)
        self._paho.on_connect = lambda *a: self._connected.put(not a[3].is_failure)
        self._paho.on_disconnect = lambda *_: self._connected.put(False)
        self._paho.on_publish = lambda *_: self._answers.put("published")
        self._paho.on_subscribe = lambda *_: self._answers.put("subscribed")
        self._paho.on_message = self._on_message

    def connect(self, root: Path, shown: Path | None) -> bool:
        """Return whether the broker lets this client in."""
        context = ssl.create_default_context(cafile=str(root))
        if shown is not None:
            context.load_cert_chain(shown)
        self._paho.tls_set_context(context)
        try:
            self._paho.connect("127.0.0.1", self._port)
        except OSError:
            return False
        self._paho.loop_start()
        return self._connected.get(timeout=WITHIN_S)

    def subscribe(self, filters: Iterable[str]) -> None:
        """Subscribe to each, and wait until the broker has said what it thinks of it."""
        for each in filters:
            try:
                self._paho.subscribe(each, qos=1)
            except ValueError:
                continue
            self._wait("subscribed")

    def publish(self, topic: str, payload: bytes) -> None:
        """Send with QoS 1, and wait for the answer."""
        self._paho.publish(topic, payload, qos=1)
        self._wait("published")

    def wait_for(self, topic: str, payload: bytes) -> None:
        """Wait until exactly this has been heard."""
        with self._arrived:
            if not self._arrived.wait_for(lambda: (topic, payload) in self.heard, WITHIN_S):
                raise ConfigError(f"the broker did not bring {topic} within {WITHIN_S:g} s")

    def close(self) -> None:
        """Hang up."""
        self._paho.disconnect()
        self._paho.loop_stop()

    def _wait(self, answer: str) -> None:
        deadline = time.monotonic() + WITHIN_S
        while self._answers.get(timeout=max(0.01, deadline - time.monotonic())) != answer:
            continue

    def _on_message(self, _client: mqtt.Client, _data: object, m: mqtt.MQTTMessage) -> None:
        with self._arrived:
            self.heard.add((m.topic, bytes(m.payload)))
            self._arrived.notify_all()


@contextmanager
def broker(folder: Path, certificates: Certificates, broken: str | None) -> Iterator[int]:
    program = find_mosquitto()
    if program is None:
        raise ConfigError("mosquitto is not installed: run `sudo apt install mosquitto`")
    port = find_free_port()
    log = folder / "mosquitto.log"
    with log.open("wb") as stream:
        process = subprocess.Popen(
            [program, "-c", str(_configuration(folder, certificates, port, broken))],
            stdout=stream,
            stderr=subprocess.STDOUT,
        )
    try:
        deadline = time.monotonic() + WITHIN_S
        while not _listens(port):
            if time.monotonic() > deadline or process.poll() is not None:
                raise ConfigError(f"mosquitto did not start:\n{log.read_text()}")
            time.sleep(0.02)
        yield port
    finally:
        process.terminate()
        process.wait()


def _listens(port: int) -> bool:
    try:
        socket.create_connection(("127.0.0.1", port), timeout=1).close()
    except OSError:
        return False
    return True


def _configuration(
    folder: Path, certificates: Certificates, port: int, broken: str | None
) -> Path:
    """Write the shipped configuration with the paths of this measurement."""
    place = folder / "broker"
    place.mkdir()
    pair = certificates.broker()
    for name, source in (("ca.crt", certificates.root), ("broker.crt", pair)):
        (place / name).write_bytes(source.read_bytes())
    (place / "broker.key").write_bytes(pair.read_bytes())
    (place / "revoked.crl").write_bytes(certificates.revocation_list())
    rules = (SHIPPED / "acl").read_text() + f"\nuser {OBSERVER}\ntopic readwrite #\n"
    rules += "topic readwrite $CONTROL/#\n"
    if broken == "acl":
        rules += "\npattern readwrite #\n"
    if broken == "rights":
        rules = rules.replace("user demitasse-desk\n", "user nobody\n")
    (place / "acl").write_text(rules)
    text = (SHIPPED / "mosquitto.conf").read_text()
    text = text.replace("/etc/mosquitto/demitasse", str(place))
    text = text.replace("/var/lib/mosquitto/", f"{place}/")
    text = re.sub(r"(?m)^listener .*$", f"listener {port} 127.0.0.1", text)
    if broken == "crl":
        text = re.sub(r"(?m)^crlfile .*$", "", text)
    if broken == "certificate":
        text = text.replace("require_certificate true", "require_certificate false")
        text = text.replace("allow_anonymous false", "allow_anonymous true")
        text = re.sub(r"(?m)^(acl_file|use_\w+) .*$", "", text)
    if os.geteuid() == 0:
        # Otherwise it becomes its own user, who may not read this folder.
        text += "\nuser root\n"
    file = place / "mosquitto.conf"
    file.write_text(text)
    return file
