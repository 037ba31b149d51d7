"""What a real broker keeps of a device, and how it loses it when the device is forgotten."""

import time
from pathlib import Path

import paho.mqtt.client as mqtt
from paho.mqtt.enums import CallbackAPIVersion

from agent.delivery import broker_traces
from agent.delivery.publisher import Connected, Publisher
from agent.identity.tls import TlsFiles
from agent.settings import Broker
from tests.peers.brokers import mosquitto, needs_mosquitto
from tests.waiting import until
from wire import topics

pytestmark = needs_mosquitto
DEVICE = "56475aa75463474c"


def retained(port: int, topic: str) -> list[bytes]:
    """Return what the broker has kept under ``topic``."""
    found: list[bytes] = []
    client = mqtt.Client(CallbackAPIVersion.VERSION2, protocol=mqtt.MQTTv5)
    client.on_message = lambda _c, _d, message: found.append(bytes(message.payload))
    client.connect("127.0.0.1", port)
    client.subscribe(topic, qos=1)
    deadline = time.monotonic() + 1.5
    while time.monotonic() < deadline:
        client.loop(0.1)
    client.disconnect()
    return found


def test_the_line_that_says_here_or_gone_is_cleared_and_stays_so(tmp_path: Path) -> None:
    with mosquitto(tmp_path) as server:
        broker = Broker(host="127.0.0.1", port=server.port, tls=None)
        publisher = Publisher(broker, DEVICE, tls=TlsFiles(None))
        until(lambda: any(isinstance(e, Connected) for e in publisher.events()), "a connection")
        publisher.close()
        assert retained(server.port, topics.state(DEVICE)) != []
        assert broker_traces.clear(broker, DEVICE, TlsFiles(None))
        assert retained(server.port, topics.state(DEVICE)) == []


def test_a_broker_that_is_away_is_no_reason_not_to_forget() -> None:
    nowhere = Broker(host="127.0.0.1", port=1, tls=None)
    assert not broker_traces.clear(nowhere, DEVICE, TlsFiles(None))
