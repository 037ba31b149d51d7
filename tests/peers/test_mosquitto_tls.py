"""The shipped broker configuration keeps its word, in a real Mosquitto.

The test authority signs everybody's certificates. Clients speak MQTT 5: an older one
would be told "success" for a publish that the broker throws away.
"""

import queue
import re
import signal
import ssl
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path

import paho.mqtt.client as mqtt
import pytest
from paho.mqtt.enums import CallbackAPIVersion, MQTTProtocolVersion
from paho.mqtt.packettypes import PacketTypes
from paho.mqtt.properties import Properties
from paho.mqtt.reasoncodes import ReasonCode

from agent.delivery import publisher
from tests.peers.brokers import Broker, mosquitto, needs_mosquitto
from tests.peers.certificates import Authority, Identity
from tests.wire.examples import DESK, DEVICE, EXAMPLES
from wire import topics
from wire.enrolment import RENEWABLE_FOR
from wire.messages import Direction
from wire.sealing import SLOT_BYTES, open_sealed, seal

pytestmark = needs_mosquitto

SHIPPED = Path(__file__).parents[2] / "config" / "mosquitto"
PLACE = "/etc/mosquitto/demitasse"
ANSWER_WITHIN_S = 10
SUCCESS, NOT_AUTHORIZED = 0, 135
REFUSED_FROM = 128
"""Lower reason codes are kinds of success: 16 says that nobody listens just now."""
NAME, OTHER = DEVICE.device_id, "00112233445566ff"
ENVELOPE = bytes(SLOT_BYTES)


@dataclass(frozen=True, kw_only=True)
class Site:
    """A running broker and the authority that it trusts."""

    broker: Broker
    authority: Authority


@pytest.fixture(scope="module")
def site(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Site]:
    """Run the shipped configuration with certificates of this test."""
    with _running(tmp_path_factory.mktemp("broker")) as running:
        yield running


@contextmanager
def _running(folder: Path, *edits: tuple[str, str]) -> Iterator[Site]:
    authority = Authority.create(folder)
    authority.issue("broker", server=True)
    authority.revoke()
    (folder / "acl").write_text((SHIPPED / "acl").read_text(encoding="utf-8"), "utf-8")
    (folder / "acl").chmod(0o600)
    conf = _shipped().replace(PLACE, str(folder)).replace("/var/lib/mosquitto/", f"{folder}/")
    for old, new in edits:
        assert old in conf
        conf = conf.replace(old, new)
    with mosquitto(folder, conf=conf) as broker:
        yield Site(broker=broker, authority=authority)


def _shipped() -> str:
    return (SHIPPED / "mosquitto.conf").read_text(encoding="utf-8")


def trust(authority: Authority, identity: Identity | None) -> ssl.SSLContext:
    """Return TLS settings of a client that shows ``identity``."""
    context = ssl.create_default_context(cafile=str(authority.certificate))
    if identity is not None:
        context.load_cert_chain(identity.certificate, identity.key)
    return context


class Client:
    """A paho client whose callbacks only fill queues."""

    def __init__(self, client_id: str, context: ssl.SSLContext) -> None:
        self.connected: queue.Queue[ReasonCode] = queue.Queue()
        self.published: queue.Queue[ReasonCode] = queue.Queue()
        self.subscribed: queue.Queue[list[ReasonCode]] = queue.Queue()
        self.received: queue.Queue[mqtt.MQTTMessage] = queue.Queue()
        self.gone = threading.Event()
        self.paho = mqtt.Client(
            CallbackAPIVersion.VERSION2, client_id, protocol=MQTTProtocolVersion.MQTTv5
        )
        self.paho.tls_set_context(context)
        self.paho.on_connect = lambda *a: self.connected.put(a[3])
        self.paho.on_publish = lambda *a: self.published.put(a[3])
        self.paho.on_subscribe = lambda *a: self.subscribed.put(a[3])
        self.paho.on_message = lambda *a: self.received.put(a[2])
        self.paho.on_disconnect = lambda *a: self.gone.set()

    def publish(self, topic: str, payload: bytes = ENVELOPE) -> int:
        """Publish with QoS 1 and return the broker's reason code."""
        self.paho.publish(topic, payload, qos=1)
        return self.published.get(timeout=ANSWER_WITHIN_S).value

    def subscribe(self, topic: str) -> None:
        """Subscribe, and wait until the broker has said so."""
        self.paho.subscribe(topic, qos=1)
        self.subscribed.get(timeout=ANSWER_WITHIN_S)

    def hear(self) -> mqtt.MQTTMessage:
        """Return the next message."""
        return self.received.get(timeout=ANSWER_WITHIN_S)


@contextmanager
def client(
    site: Site,
    name: str,
    *,
    client_id: str | None = None,
    identity: Identity | None = None,
    expiry_s: int = 0,
) -> Iterator[Client]:
    """Connect with a certificate for ``name``, or with ``identity``."""
    shown = identity or site.authority.issue(name)
    peer = Client(client_id or name, trust(site.authority, shown))
    properties = Properties(PacketTypes.CONNECT)  # type: ignore[no-untyped-call]
    properties.SessionExpiryInterval = expiry_s
    peer.paho.connect(
        site.broker.host, site.broker.port, clean_start=not expiry_s, properties=properties
    )
    peer.paho.loop_start()
    try:
        assert peer.connected.get(timeout=ANSWER_WITHIN_S).value == SUCCESS
        yield peer
    finally:
        peer.paho.disconnect()
        peer.paho.loop_stop()


def assert_no_way_in(site: Site, context: ssl.SSLContext) -> None:
    """Expect the broker to end the connection before it has greeted anybody."""
    peer = Client(NAME, context)
    try:
        peer.paho.connect(site.broker.host, site.broker.port)
    except (ssl.SSLError, ConnectionError):
        return
    # In TLS 1.3 a client believes itself connected until it hears what the server thinks
    # of its certificate.
    peer.paho.loop_start()
    try:
        assert peer.gone.wait(ANSWER_WITHIN_S)
        assert peer.connected.empty()
    finally:
        peer.paho.loop_stop()


def test_a_sealed_alert_crosses_and_opens(site: Site) -> None:
    envelope = seal(
        EXAMPLES["alert"],
        direction=Direction.UP,
        device=NAME,
        message_id="ab" * 16,
        epoch=1,
        sequence=1,
        sender=DEVICE,
        recipient=DESK.public(),
    )
    with client(site, "demitasse-desk") as desk, client(site, NAME) as device:
        desk.subscribe(f"$share/desk/{topics.INTAKE_FILTER}")
        assert device.publish(topics.up(NAME), envelope) < REFUSED_FROM
        arrived = desk.hear()
    opened = open_sealed(
        bytes(arrived.payload),
        direction=Direction.UP,
        device=str(topics.sender(arrived.topic)),
        recipient=DESK,
        sender=DEVICE.public(),
    )
    assert opened.message == EXAMPLES["alert"]


def test_the_desk_answers_a_device_and_no_other_device_hears_it(site: Site) -> None:
    with (
        client(site, "demitasse-desk") as desk,
        client(site, NAME) as device,
        client(site, OTHER) as other,
    ):
        for curious in (topics.down(NAME), topics.down(OTHER), "#"):
            other.subscribe(curious)
        device.subscribe(topics.down(NAME))
        assert desk.publish(topics.down(NAME)) < REFUSED_FROM
        assert device.hear().topic == topics.down(NAME)
        # Messages arrive in order: had it heard the first, it would be here before this one.
        assert desk.publish(topics.down(OTHER)) < REFUSED_FROM
        assert other.hear().topic == topics.down(OTHER)


@pytest.mark.parametrize(
    "topic",
    [
        topics.up(OTHER),
        topics.state(OTHER),
        topics.down(NAME),
        topics.down(OTHER),
        f"demitasse/2/{NAME}/up",
        f"demitasse/1/{NAME}/up/more",
        "anything",
    ],
)
def test_a_device_cannot_send_on_a_topic_that_is_not_its_own(site: Site, topic: str) -> None:
    with client(site, NAME) as device:
        assert device.publish(topic) == NOT_AUTHORIZED
        assert device.publish(topics.up(NAME)) < REFUSED_FROM


def test_a_foreign_client_id_takes_nobodys_session(site: Site) -> None:
    with client(site, NAME) as device, client(site, OTHER, client_id=NAME) as thief:
        assert thief.publish(topics.up(NAME)) == NOT_AUTHORIZED
        assert thief.publish(topics.up(OTHER)) < REFUSED_FROM
        assert device.publish(topics.up(NAME)) < REFUSED_FROM
        assert not device.gone.is_set()


def test_the_last_will_is_told_when_a_device_vanishes(site: Site) -> None:
    with client(site, "demitasse-desk") as desk:
        desk.subscribe(topics.state("+"))
        device = Client(NAME, trust(site.authority, site.authority.issue(NAME)))
        device.paho.will_set(topics.state(NAME), b"gone", qos=1, retain=True)
        device.paho.connect(site.broker.host, site.broker.port)
        device.paho.loop_start()
        assert device.connected.get(timeout=ANSWER_WITHIN_S).value == SUCCESS
        device.paho.loop_stop()
        _cut(device)
        told = desk.hear()
    assert (told.topic, told.payload) == (topics.state(NAME), b"gone")


def _cut(device: Client) -> None:
    """End the connection as a power cut does, without a farewell."""
    connection = device.paho.socket()
    assert isinstance(connection, ssl.SSLSocket)
    connection.close()


def test_more_than_an_envelope_is_refused(site: Site) -> None:
    with client(site, NAME) as device:
        device.paho.publish(topics.up(NAME), ENVELOPE + b"x", qos=1)
        assert device.gone.wait(ANSWER_WITHIN_S)
        assert device.published.empty()


def test_without_a_certificate_there_is_no_way_in(site: Site) -> None:
    assert_no_way_in(site, trust(site.authority, None))


def test_with_a_certificate_of_another_authority_there_is_no_way_in(
    site: Site, tmp_path: Path
) -> None:
    stranger = Authority.create(tmp_path, "Another authority").issue(NAME)
    assert_no_way_in(site, trust(site.authority, stranger))


def test_below_tls_1_3_there_is_no_way_in(site: Site) -> None:
    context = trust(site.authority, site.authority.issue(NAME))
    context.maximum_version = ssl.TLSVersion.TLSv1_2
    assert_no_way_in(site, context)


def test_a_device_recognises_a_broker_that_is_not_its_own(site: Site, tmp_path: Path) -> None:
    elsewhere = Authority.create(tmp_path, "Another authority")
    device = Client(NAME, trust(elsewhere, elsewhere.issue(NAME)))
    with pytest.raises(ssl.SSLCertVerificationError):
        device.paho.connect(site.broker.host, site.broker.port)


def test_a_revoked_device_stays_outside_after_a_reload(tmp_path: Path) -> None:
    """A reload is enough for new connections; two lines in the rules end an open one."""
    with _running(tmp_path) as site:
        identity = site.authority.issue(NAME)
        with client(site, NAME, identity=identity) as device:
            site.authority.revoke(identity)
            acl = tmp_path / "acl"
            acl.write_text(f"{acl.read_text()}\nuser {NAME}\ntopic deny #\n")
            site.broker.process.send_signal(signal.SIGHUP)
            deadline = time.monotonic() + ANSWER_WITHIN_S
            while device.publish(topics.up(NAME)) != NOT_AUTHORIZED:
                assert time.monotonic() < deadline
        assert_no_way_in(site, trust(site.authority, identity))
        with client(site, OTHER) as other:
            assert other.publish(topics.up(OTHER)) < REFUSED_FROM


def test_what_is_dropped_is_said_and_nobodys_name_is(tmp_path: Path) -> None:
    """Full queues are logged; coming and going is not."""
    with _running(tmp_path, ("max_queued_messages 20000", "max_queued_messages 1")) as site:
        with client(site, "demitasse-desk", expiry_s=3600) as desk:
            desk.subscribe(topics.INTAKE_FILTER)
        with client(site, NAME) as device:
            for _ in range(40):
                device.publish(topics.up(NAME))
        log = site.broker.log.read_text()
    assert "messages are being dropped for client demitasse-desk" in log
    # Mosquitto 2.1 has a notice of its own for each connection, and no option against it.
    lines = [line for line in log.splitlines() if "negotiated TLSv1.3" not in line]
    assert NAME not in "".join(lines)


def test_device_and_broker_agree_how_long_a_session_waits() -> None:
    days = re.findall(r"(?m)^persistent_client_expiration (\d+)d$", _shipped())
    assert [int(d) * 24 * 60 * 60 for d in days] == [publisher.SESSION_EXPIRY_S]
    certificate = timedelta(days=30)
    assert timedelta(seconds=publisher.SESSION_EXPIRY_S) >= RENEWABLE_FOR + certificate


def test_every_option_of_the_shipped_configuration_has_its_reason() -> None:
    paragraphs = re.split(r"\n\n+", _shipped())
    assert all(paragraph.startswith("#") for paragraph in paragraphs)
